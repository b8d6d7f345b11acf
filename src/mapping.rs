//! The city pack: everything an admin writes, loaded, checked whole, applied to records and tested by cases.
//!
//! A pack is a folder: `city.toml`, `channels/*.toml`, `tables/*.csv`, `cases/<channel>/NAME.{in.*,out.json}`. It is read
//! into memory as a whole, gets a version (a digest of its files) and is either good or a list of problems, each with
//! file, line and column. Applying a mapping is pure: the same record gives the same complaint.

mod apply;
mod cases;
mod channel;
mod city;
mod files;
mod loading;
mod pack;
mod problem;
mod table;

pub use apply::{Applied, Mapped, Warning};
pub use cases::{CaseResult, accept_case, outcome_document, run_cases};
pub use channel::{Channel, ChannelPace, FIELDS, ReplyRule};
pub use city::{City, Contact, DueRule, FeedSettings, GradeSettings};
pub use files::PackFiles;
pub use loading::{Loading, SecretSource};
pub use pack::Pack;
pub use problem::Problem;
pub use table::{Row, Table};
