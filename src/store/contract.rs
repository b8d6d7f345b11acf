//! What every engine offers, by what it serves.

mod deliveries;
mod foreign;
mod known;
mod listings;
mod lives;
mod queues;
mod steps;
mod upkeep;

pub use deliveries::Deliveries;
pub use foreign::ForeignNumbers;
pub use known::Known;
pub use listings::Listings;
pub use lives::Lives;
pub use queues::Queues;
pub use steps::Steps;
pub use upkeep::Upkeep;

/// A whole store. It is synchronous and has one owner, a thread of its own behind [`super::StoreHandle`].
pub trait Store: Steps + Known + Queues + Deliveries + ForeignNumbers + Listings + Lives + Upkeep + Send {}

impl<S: Steps + Known + Queues + Deliveries + ForeignNumbers + Listings + Lives + Upkeep + Send> Store for S {}
