//! Which passwords people may have (GB/T 22239-2019, 8.1.4.1: complex, and changed from time to time).

/// Least characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Most characters: hashing reads all of them.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// Days after which a password is to be changed.
pub const PASSWORD_DAYS: i64 = 90;
/// Least kinds of characters: small letters, capitals, digits, others.
const MIN_KINDS: usize = 3;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer than [`MIN_PASSWORD_CHARS`].
    TooShort,
    /// It has more than [`MAX_PASSWORD_CHARS`].
    TooLong,
    /// It is of fewer than three kinds of characters.
    FewKinds,
    /// It has the name of its owner in it.
    HasName,
    /// It is one character again and again, or two.
    FewCharacters,
}

impl Weakness {
    /// What is wrong and what to do, in Chinese.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::TooShort => format!("口令至少 {MIN_PASSWORD_CHARS} 个字符"),
            Self::TooLong => format!("口令最多 {MAX_PASSWORD_CHARS} 个字符"),
            Self::FewKinds => format!("口令要有小写字母、大写字母、数字、其他字符中的 {MIN_KINDS} 种"),
            Self::HasName => "口令里不能有用户名".to_owned(),
            Self::FewCharacters => "口令不能只是一两个字符的重复".to_owned(),
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> String {
        match self {
            Self::TooShort => format!("a password has at least {MIN_PASSWORD_CHARS} characters"),
            Self::TooLong => format!("a password has at most {MAX_PASSWORD_CHARS} characters"),
            Self::FewKinds => {
                format!("a password has {MIN_KINDS} of these kinds: small letters, capitals, digits, other characters")
            }
            Self::HasName => "a password does not have the name of its owner in it".to_owned(),
            Self::FewCharacters => "a password is not one or two characters again and again".to_owned(),
        }
    }
}

/// Why somebody may not have a password; none: it will do.
#[must_use]
pub fn weakness(password: &str, owner: &str) -> Option<Weakness> {
    let characters = password.chars().count();
    if characters < MIN_PASSWORD_CHARS {
        return Some(Weakness::TooShort);
    }
    if characters > MAX_PASSWORD_CHARS {
        return Some(Weakness::TooLong);
    }
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_lowercase(),
        |c| c.is_uppercase(),
        |c| c.is_numeric(),
        |c| !(c.is_lowercase() || c.is_uppercase() || c.is_numeric()),
    ];
    if kinds.iter().filter(|kind| password.chars().any(**kind)).count() < MIN_KINDS {
        return Some(Weakness::FewKinds);
    }
    let different: std::collections::BTreeSet<char> = password.chars().collect();
    if different.len() < 4 {
        return Some(Weakness::FewCharacters);
    }
    let owner = owner.to_lowercase();
    (!owner.is_empty() && password.to_lowercase().contains(&owner)).then_some(Weakness::HasName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_each_with_its_reason() {
        for (password, wanted) in [
            ("Aa1!", Some(Weakness::TooShort)),
            (&"Aa1!".repeat(40), Some(Weakness::TooLong)),
            ("aaaaaaaaaa11", Some(Weakness::FewKinds)),
            ("Aa1Aa1Aa1Aa1", Some(Weakness::FewCharacters)),
            ("Wanglei-2026", Some(Weakness::HasName)),
            ("七里街道-Qili9", None),
            ("correct-Horse7", None),
        ] {
            assert_eq!(weakness(password, "wanglei"), wanted, "{password}");
        }
    }
}
