//! What every engine offers, by what it serves.

mod deliveries;
mod foreign;
mod known;
mod listings;
mod queues;
mod searches;
mod steps;
mod upkeep;

pub use deliveries::Deliveries;
pub use foreign::ForeignNumbers;
pub use known::Known;
pub use listings::Listings;
pub use queues::Queues;
pub use searches::Searches;
pub use steps::Steps;
pub use upkeep::Upkeep;

/// A whole store. It is synchronous and has one owner, a thread of its own behind [`super::StoreHandle`].
pub trait Store: Steps + Known + Queues + Deliveries + ForeignNumbers + Listings + Searches + Upkeep + Send {}

impl<S: Steps + Known + Queues + Deliveries + ForeignNumbers + Listings + Searches + Upkeep + Send> Store for S {}
