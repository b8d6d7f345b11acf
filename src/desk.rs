//! The desk: the one place where tickets change.
//!
//! It takes what is waiting (`task`), works it through in one `Step` on the store's thread, and commits it in one
//! transaction. Each `Job` is one kind of work: a batch of a channel, what a person decides, a replay, status updates,
//! reminders, erasure. Every read goes through the step's `View`. Whoever asked is answered after the commit.

mod act;
mod action;
mod answers;
mod audited;
mod citizen;
mod decide;
mod echo;
mod erase;
mod evaluation;
mod explain;
mod facts;
mod failure;
mod follow_ups;
mod handle;
mod history;
mod holds;
mod intake;
mod job;
mod late;
mod people;
mod photos;
mod prepare;
mod rebuild;
mod remarks;
mod remembered;
mod remind;
mod replay;
mod reviews;
mod rewards;
mod send_again;
mod state;
mod statements;
mod status;
mod step;
mod tags;
mod taken;
mod task;
#[cfg(test)]
mod tests;
mod threads;
mod together;
mod told;
mod topics;
mod transfer;
mod undecided;
mod undo;
mod view;
mod watch;

pub use action::{Acted, Action};
pub use citizen::{Citizen, NotReadable, hash_of_account};
pub use erase::{Erased, erase_beside, find_citizen, quarantined_of};
pub use failure::DeskError;
pub use handle::{DeskHandle, HandedIn, Incoming};
pub use history::{PastFate, PastRecord};
pub(crate) use photos::FIRST_PHOTO_NUMBER;
pub use photos::HandlerPhoto;
pub use remembered::UnreadableUpdate;
pub use replay::Replayed;
pub use state::DeskState;
pub use status::{Applied, Refusal, Signer};
pub use taken::{Fate, Taken};
pub use task::Desk;
pub use undecided::Undecided;
