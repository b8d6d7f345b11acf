//! The pipeline: intake, normalize, merge, commit. One stage, one file.
//!
//! Each channel has a worker ([`ChannelWorker`]) that pulls batches, applies the mapping ([`normalize`]) and hands them to
//! the [`Desk`]. The desk is the one place where tickets change: it takes what is waiting, works it through in one
//! [`Step`](step::Step) on the store's thread, and commits it in one transaction. Only then are workers answered and
//! sources confirmed. What people do (split, pin, answers to reviews, replays), status updates and reminders go the same way.

mod desk;
mod follow_ups;
mod intake;
mod normalize;
mod pace;
mod people;
mod prepare;
mod replay;
mod state;
mod status;
mod step;
mod supervisor;
mod threads;
mod worker;

pub use desk::{Desk, DeskError, DeskHandle, HandedIn, Refusal};
pub use normalize::{Normalized, normalize};
pub use pace::{ChannelHealth, Health, Pace};
pub use people::{Acted, Action};
pub use replay::Replayed;
pub use state::DeskState;
pub use supervisor::{ReloadState, RunningChannel, Supervisor, SupervisorParts, load_and_check};
pub use worker::ChannelWorker;
