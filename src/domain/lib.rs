//! What Huiliu knows of its matters, apart from any database, broker and network: the nouns, what an admin's files say of a city, and
//! the decisions that follow from both. Synchronous; time, ids and settings are arguments.
//!
//! The rooms in reading order. A complaint passes through them from top to bottom.

pub mod audit;
pub mod complaint;
pub mod key;
pub mod people;
pub mod ticket;

pub mod catalogue;
pub mod clock;
pub mod mask;
pub mod page;

pub mod city;
pub mod document;
pub mod mapping;

pub mod merge;
pub mod routing;

pub mod bulletin;
pub mod decide;
pub mod handling;
pub mod reply_check;
pub mod report;
pub mod rewards;
pub mod watch;

pub mod destinations;
pub mod pack;

#[cfg(test)]
mod registry;
