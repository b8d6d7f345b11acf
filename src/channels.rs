//! Channels: each has a worker that pulls batches from its adapter, applies the mapping, hands them to the desk, and confirms
//! them to the source after the commit. The supervisor starts and stops workers and puts a changed pack live.

mod alarm;
mod change;
mod control;
mod field_watch;
mod folder;
mod health;
mod pace;
mod remarks;
mod session;
mod supervisor;
mod trial;
mod undecided;
mod worker;

pub use alarm::{Alarm, FAILING_FIELD};
pub use change::PackChange;
pub use control::{Pause, PullBell};
pub use folder::{ExchangeError, Terms, write as write_folder};
pub use health::{ChannelHealth, ChannelState, Health, LinkState};
pub use pace::Pace;
pub use supervisor::{CommandError, ReloadState, RunningChannel, Supervisor, SupervisorParts, load_and_check};
pub use trial::{Sample, Trial, TrialError};
pub use worker::ChannelWorker;
