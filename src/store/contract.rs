//! What every engine offers, by what it serves.

mod audit;
mod deliveries;
mod drafts;
mod editions;
mod evaluations;
mod facts;
mod foreign;
mod known;
mod listings;
mod lives;
mod packs;
mod people;
mod queues;
mod rewards;
mod searches;
mod steps;
mod topics;
mod upkeep;
mod watching;

pub use audit::{Audit, MAX_AUDIT_LOOKED_AT};
pub use deliveries::Deliveries;
pub use drafts::Drafts;
pub(crate) use drafts::MAX_DRAFTS;
pub use editions::Editions;
pub(crate) use editions::MAX_EDITIONS;
pub use evaluations::Evaluations;
pub use facts::Facts;
pub use foreign::ForeignNumbers;
pub use known::Known;
pub use listings::{LOOKED_BACK, Listings};
pub use lives::Lives;
pub(crate) use packs::MAX_KEPT_PACKS;
pub use packs::Packs;
pub use people::{MAX_PEOPLE, MAX_SESSIONS, People};
pub use queues::Queues;
pub use rewards::Rewards;
pub use searches::Searches;
pub use steps::Steps;
pub use topics::{TopicCount, Topics};
pub use upkeep::Upkeep;
pub use watching::Watching;

/// A whole store. It is synchronous and has one owner, a thread of its own behind [`super::StoreHandle`].
pub trait Store:
    Steps
    + Known
    + Queues
    + Deliveries
    + ForeignNumbers
    + Listings
    + Lives
    + Searches
    + Upkeep
    + Audit
    + Packs
    + Drafts
    + Facts
    + Editions
    + Evaluations
    + Watching
    + Topics
    + Rewards
    + People
    + Send
{
}

impl<
    S: Steps
        + Known
        + Queues
        + Deliveries
        + ForeignNumbers
        + Listings
        + Lives
        + Searches
        + Upkeep
        + Audit
        + Packs
        + Drafts
        + Facts
        + Editions
        + Evaluations
        + Watching
        + Topics
        + Rewards
        + People
        + Send,
> Store for S
{
}
