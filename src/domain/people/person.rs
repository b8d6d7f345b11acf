//! Somebody who may sign in.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::skeleton;

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

/// Why nobody can have a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameFault {
    /// It is empty, too long, or has characters beside letters, digits and `._@-`.
    Characters,
    /// It has full-width or other special forms of letters and digits.
    Forms,
    /// It looks like this one, which somebody else has: other letters of the same look, or the same in capitals.
    LooksLike(String),
}

impl NameFault {
    /// What is wrong and what to do, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Characters => format!("用户名应为 1 到 {MAX_NAME_CHARS} 个字母、汉字、数字或 . _ @ -"),
            Self::Forms => "用户名里有全角或特殊写法的字符，请用普通的字母和数字".to_owned(),
            Self::LooksLike(other) => format!("用户名与已有的 {other} 看起来一样，请换一个"),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Characters => format!("a name is 1 to {MAX_NAME_CHARS} letters, digits and . _ @ -"),
            Self::Forms => "a name has plain letters and digits, no full-width or special forms".to_owned(),
            Self::LooksLike(other) => format!("the name looks like {other}, which there is; take another"),
        }
    }
}

/// Why somebody new cannot have a name beside those that others have; none: they can.
pub fn name_fault<'n>(name: &str, others: impl IntoIterator<Item = &'n str>) -> Option<NameFault> {
    let count = name.chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&count) || !name.chars().all(|c| c.is_alphanumeric() || "._@-".contains(c)) {
        return Some(NameFault::Characters);
    }
    // Unicode Technical Standard 39: of what is written in one way only, the skeletons of its characters tell what looks the same.
    if !name.nfkc().eq(name.chars()) {
        return Some(NameFault::Forms);
    }
    let looks = looks(name);
    let mut others = others.into_iter().filter(|other| *other != name);
    let other = others.find(|other| self::looks(other).iter().zip(&looks).any(|(one, other)| one == other))?;
    Some(NameFault::LooksLike(other.to_owned()))
}

/// What a name looks like as it is written, and in small letters: `I` looks like `l`, and means `i`.
fn looks(name: &str) -> [String; 2] {
    let as_written: String = skeleton(name).collect();
    [as_written.to_lowercase(), skeleton(&name.to_lowercase()).collect()]
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
        for name in ["wang.lei", "王蕾", "li@county-7"] {
            assert_eq!(name_fault(name, []), None, "{name}");
        }
        for name in ["", "a b", "a\n", &"a".repeat(41), "<b>"] {
            assert_eq!(name_fault(name, []), Some(NameFault::Characters), "{name:?}");
        }
    }

    #[test]
    fn names_that_look_the_same_are_not_of_two_people() {
        for name in ["ｗａｎｇ", "wang１", "ﬁre"] {
            assert_eq!(name_fault(name, []), Some(NameFault::Forms), "{name}");
        }
        // Cyrillic, Greek, capitals, a digit for a letter.
        for name in ["w\u{430}ng.lei", "wang.l\u{435}i", "Wang.Lei", "wang.1ei", "wang.Iei"] {
            let fault = name_fault(name, ["zhou", "wang.lei"]);
            assert_eq!(fault, Some(NameFault::LooksLike("wang.lei".to_owned())), "{name}");
        }
        assert_eq!(name_fault("wang.lei", ["wang.lei", "wang.le"]), None, "the same one is no other");
    }
}
