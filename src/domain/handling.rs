//! Handling: what a ticket is made of, and what its clocks say. Pure: complaints, rules and a time go in, a changed ticket or a
//! plan comes out.

mod act_settings;
mod acts;
mod assemble;
mod cases;
mod clocks;
mod codes;
mod counting;
mod evaluation;
mod grouping;
mod holds;
mod joint;
mod loading;
mod moment;
mod notice;
mod phone_link;
mod refusal;
mod reminders;
mod rules;
mod settings;
mod status;
mod units;
mod work_time;

pub use acts::note_extension;
pub use assemble::{Covered, assemble, counted_from, escalate, grant_extension, present, tags};
pub use cases::{HandlingCase, run_handling_cases};
pub use clocks::{Clock, MAX_ALARMS};
pub use evaluation::{Evaluating, REPEATED, SAMPLE_PARTS};
pub use grouping::{Due, MAX_GROUPED, Sent};
pub use holds::HoldRule;
pub use joint::JOINT_TABLE;
pub use loading::FILE as HANDLING_FILE;
pub use moment::{Happened, Moment};
pub use notice::NoticeRule;
pub use phone_link::{LinkTimes, Void, holds};
pub use refusal::ActRefusal;
pub use reminders::{Reminder, reminders};
pub use rules::{Handling, Rung};
pub use status::{Turn, change_status};
pub use units::{Handler, Unit, Units};
pub use work_time::{OfficeHours, WorkTime};

#[cfg(test)]
mod tests;
