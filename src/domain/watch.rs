//! Watching: which matters a city marks, by the rules of `watch.toml`. A tag (标签) is a mark on a ticket that feeds, destinations
//! and clocks can ask for; a surge (突增) and a warning (关键词预警) are told as soon as there are enough complaints of one matter.
//! Pure: a complaint with its route, and what was seen before it, go in; codes of tags and what is to be told come out.

mod alert;
mod area;
mod cases;
mod loading;
mod ranking;
mod rehearsal;
mod rules;
mod settings;
mod topic;

pub use alert::{AlertRule, Ended, MAX_BEHIND, MAX_TICKETS_TOLD, Situation, Subject, Told as ToldAlert, Verdict};
pub use area::AreaLevel;
pub use cases::{WatchCase, run_watch_cases};
pub use loading::FILE as WATCH_FILE;
pub use ranking::{Ranked, Trend, rank};
pub use rules::Watch;
pub use topic::TopicRule;

#[cfg(test)]
mod tests;
