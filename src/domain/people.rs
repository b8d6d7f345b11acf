//! People (人员): who may sign in, of which matters they may know, which passwords they may have, and when they are locked out.

mod password;
mod person;
mod reach;
mod scope;

pub use password::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, Owner, PASSWORD_DAYS, Weakness, folded, weakness};
pub use person::{MAX_NAME_CHARS, MAX_TITLE_CHARS, NameFault, Person, name_fault};
pub use reach::{Matter, Reach};
pub use scope::{Known, Scope};

use jiff::{SignedDuration, Timestamp};

/// Wrong passwords in a row from one address after which a name may not be tried from there.
pub const MAX_FAILURES: u32 = 5;
/// Wrong passwords in a row from any addresses after which a name may be tried only from where its owner came in before: a stranger must
/// not keep somebody out, and many addresses must not be able to guess on.
pub const MAX_FAILURES_OF_NAME: u32 = 50;
/// Wrong passwords in a row from one address, of any names, after which nobody may try from there: an office has many people.
pub const MAX_FAILURES_OF_ADDRESS: u32 = 100;
/// How long somebody is locked out, and how long a wrong password is remembered.
pub const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// How signing in went lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// Wrong passwords or codes since the last right one.
    pub failures: u32,
    /// When the last of them was tried.
    pub failed_at: Option<Timestamp>,
    /// The last step of time (RFC 6238) whose code of the second factor was taken: none is taken twice.
    pub used_step: Option<u64>,
}

impl Attempts {
    /// Until when nobody may try after so many wrong ones; none: somebody may.
    #[must_use]
    pub fn locked_until(&self, most: u32, now: Timestamp) -> Option<Timestamp> {
        let until = self.failed_at?.saturating_add(LOCKED_FOR).unwrap_or(Timestamp::MAX);
        (self.failures >= most && now < until).then_some(until)
    }

    /// After one that was right, with the step of its code.
    #[must_use]
    pub fn succeeded(&self, step: Option<u64>) -> Self {
        Self { failures: 0, failed_at: None, used_step: step.or(self.used_step) }
    }

    /// After one more that was wrong. What lies longer back than [`LOCKED_FOR`] is forgotten.
    #[must_use]
    pub fn failed(&self, now: Timestamp) -> Self {
        let is_recent = self.failed_at.is_some_and(|at| now.duration_since(at) < LOCKED_FOR);
        let before = if is_recent { self.failures } else { 0 };
        Self { failures: before.saturating_add(1), failed_at: Some(now), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    #[test]
    fn who_is_wrong_again_and_again_waits_and_may_try_then() {
        let mut attempts = Attempts::default();
        for minute in 0..5 {
            assert_eq!(attempts.locked_until(MAX_FAILURES, at(minute)), None, "{minute}");
            attempts = attempts.failed(at(minute));
        }
        assert_eq!(attempts.locked_until(MAX_FAILURES, at(5)), Some(at(19)));
        assert_eq!(attempts.locked_until(MAX_FAILURES, at(19)), None);
        assert_eq!(attempts.failed(at(19)).failures, 1, "what was before is forgotten");
        assert_eq!(attempts.failed(at(18)).failures, 6);
    }
}
