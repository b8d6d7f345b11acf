//! Several nodes before one store: those that stand by pass on what comes to the one that decides.

mod relay;
mod vouch;

pub use relay::{Passing, Relays};
pub(super) use vouch::HEADER;
pub use vouch::{Right, Vouching};
