//! Mapping: rules of a channel file turn a raw record into a complaint, and are tested by cases.
//!
//! Applying a mapping is pure: the same record gives the same complaint, a follow-up, a record discarded by rule, or one that is
//! quarantined with all its problems.

mod answers;
mod apply;
mod cases;
mod channel;
mod garbled;
mod known;
mod loading;
mod normalize;
pub mod number;
mod off;
mod reply;
mod tested;
mod wish;

pub use answers::{Answered, AnsweredStatus};
pub(crate) use answers::{Answering, check_answers};
pub use apply::{Applied, FieldMade, Mapped, Past, Warning};
pub use cases::{
    CaseParts, CaseResult, NO_RECORDS, accept_case, answered_document, outcome_document, run_cases, statement_document,
};
pub use channel::{Channel, ChannelPace, FIELDS, SameNumber};
pub(crate) use known::Known;
pub(crate) use loading::SecretReference;
pub use loading::{Loading, SecretSource};
pub use normalize::{Broken, Normalized, broken_of, normalize, record_of};
pub use off::Off;
pub use reply::{ReplyRule, ReplyWay};
pub(crate) use reply::{check_statements, check_ways};
pub use tested::{Becomes, Found, MAX_TESTED_RECORDS, Standing, Tested, TestedRecord};
