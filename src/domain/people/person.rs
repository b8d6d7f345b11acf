//! Somebody who may sign in.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{PASSWORD_DAYS, Scope};

/// Most characters of a name by which somebody signs in.
pub const MAX_NAME_CHARS: usize = 40;
/// Most characters of what others call somebody.
pub const MAX_TITLE_CHARS: usize = 60;

/// Somebody who may sign in, apart from the name by which they do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// What others call them: `王蕾，七里街道`.
    pub title: String,
    /// Name of the role.
    pub role: String,
    /// Of which matters they may know.
    pub scope: Scope,
    /// Whether they may not sign in any more.
    pub is_barred: bool,
    /// The password's hash, in PHC's form; none: nobody can sign in by a password.
    pub password: Option<String>,
    /// When the password was set.
    pub password_at: Option<Timestamp>,
    /// Whether the password was set by somebody else: then it is good for one thing, setting another.
    pub is_first: bool,
    /// The secret of the second factor (RFC 6238, SHA-1, 30 s, 6 digits); none: there is none.
    pub second: Option<Vec<u8>>,
}

impl Person {
    /// Whether the password is to be changed before anything else: it was set by somebody else, or is older than [`PASSWORD_DAYS`].
    #[must_use]
    pub fn needs_password(&self, now: Timestamp) -> bool {
        let old = |at: Timestamp| now.duration_since(at) > SignedDuration::from_hours(24 * PASSWORD_DAYS);
        self.password.is_some() && (self.is_first || self.password_at.is_some_and(old))
    }
}

/// Whether somebody can have a name: letters of any script, digits and `._@-`, at most [`MAX_NAME_CHARS`].
#[must_use]
pub fn is_name(name: &str) -> bool {
    let count = name.chars().count();
    (1..=MAX_NAME_CHARS).contains(&count) && name.chars().all(|c| c.is_alphanumeric() || "._@-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_another_set_or_that_is_old_is_to_be_changed() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 400);
        let set = |days: i64| Person {
            password: Some("$argon2id$".to_owned()),
            password_at: Some(now - SignedDuration::from_hours(24 * days)),
            ..Person::default()
        };
        assert!(!set(90).needs_password(now) && set(91).needs_password(now));
        assert!(Person { is_first: true, ..set(0) }.needs_password(now));
        assert!(!Person::default().needs_password(now), "who comes from another door has none");
    }

    #[test]
    fn names_can_be_written_into_a_line() {
        assert!(is_name("wang.lei") && is_name("王蕾") && is_name("li@county-7"));
        assert!(!is_name("") && !is_name("a b") && !is_name("a\n") && !is_name(&"a".repeat(41)) && !is_name("<b>"));
    }
}
