//! Which passwords people may have (GB/T 22239-2019, 8.1.4.1: complex, and changed from time to time).

use unicode_normalization::UnicodeNormalization as _;

/// Least characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Most characters: hashing reads all of them.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// Days after which a password is to be changed.
pub const PASSWORD_DAYS: i64 = 90;
/// Least kinds of characters: small letters, capitals, digits, others.
const MIN_KINDS: usize = 3;

/// Least different characters beside words that many know, names and runs.
const MIN_OWN: usize = 5;
/// Longest run of a keyboard or of the alphabet that is no run yet.
const NO_RUN: usize = 2;
/// Words that many passwords are made of.
const COMMON: &str = include_str!("common.txt");
/// Characters that stand beside each other.
const RUNS: [&str; 6] =
    ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t6y7u8i9o0p"];

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
    /// It has the name of the city in it.
    HasPlace,
    /// It is one character again and again, or two.
    FewCharacters,
    /// It is made of words that many use, of names and of runs of a keyboard.
    Common,
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
            Self::HasPlace => "口令里不能有本市、本系统的名字".to_owned(),
            Self::FewCharacters => "口令不能只是一两个字符的重复".to_owned(),
            Self::Common => "口令太常见：不能只由常用词、名字、年份、键盘上相邻的字符组成".to_owned(),
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
            Self::HasPlace => "a password does not have the name of the city or of this system in it".to_owned(),
            Self::FewCharacters => "a password is not one or two characters again and again".to_owned(),
            Self::Common => {
                "a password is made of more than common words, names, years and neighbours on a keyboard".to_owned()
            }
        }
    }
}

/// Whose password it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The name by which they sign in.
    pub name: &'a str,
    /// What others call them.
    pub title: &'a str,
    /// The city.
    pub city: &'a str,
}

/// A password as it is judged and kept: full-width and other special forms of characters are the plain ones (Unicode's NFKC, by NIST
/// SP 800-63B, 5.1.1.2), whichever the keyboard gave.
#[must_use]
pub fn folded(password: &str) -> String {
    password.nfkc().collect()
}

/// Why somebody may not have a password; none: it will do.
#[must_use]
pub fn weakness(password: &str, owner: Owner<'_>) -> Option<Weakness> {
    let password = folded(password);
    let password = password.as_str();
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
    if different(password) < 4 {
        return Some(Weakness::FewCharacters);
    }
    let small = plain(password);
    if parts(owner.name).chain(parts(owner.title)).any(|part| small.contains(&part)) {
        return Some(Weakness::HasName);
    }
    let place = owner.city.trim_end_matches(['市', '县', '区', '州', '盟']);
    if parts(place).chain(["huiliu".to_owned(), "汇流".to_owned()]).any(|part| small.contains(&part)) {
        return Some(Weakness::HasPlace);
    }
    (different(&own(&small)) < MIN_OWN).then_some(Weakness::Common)
}

fn different(text: &str) -> usize {
    text.chars().collect::<std::collections::BTreeSet<char>>().len()
}

fn plain(text: &str) -> String {
    text.to_lowercase()
}

/// The words of a name that are long enough to be known again: of Chinese two characters, of others four.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let whole = name.to_lowercase();
    let words: Vec<String> = whole.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    let joined = words.concat();
    words.into_iter().chain([whole, joined]).filter(|word| {
        let count = word.chars().count();
        count >= if word.is_ascii() { 4 } else { 2 }
    })
}

/// What of a password is left without words that many use, runs, years and signs.
fn own(small: &str) -> String {
    let mut left = small.to_owned();
    for text in [small.to_owned(), written_out(small)] {
        // The longest first: they stand so in the list.
        let text = COMMON.lines().fold(text, |text, word| text.replace(word, " "));
        let mut text = without_runs(&text);
        text.retain(|c| c.is_alphanumeric());
        if different(&text) < different(&left) {
            left = text;
        }
    }
    left
}

/// With the letters for which digits and signs are written.
fn written_out(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// Without characters that follow each other on a keyboard, in the alphabet, or are the same again.
fn without_runs(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let follows = |a: char, b: char| {
        a == b
            || RUNS.iter().any(|run| {
                let mut next = run.chars().zip(run.chars().skip(1));
                next.any(|(one, other)| (one, other) == (a, b) || (other, one) == (a, b))
            })
    };
    let mut left = String::new();
    let mut run: Vec<char> = Vec::new();
    // A run counts as its first character.
    let kept = |run: &[char]| run.iter().take(if run.len() > NO_RUN { 1 } else { NO_RUN }).collect::<String>();
    for character in characters {
        if run.last().is_some_and(|last| !follows(*last, character)) {
            left.push_str(&kept(&run));
            run.clear();
        }
        run.push(character);
    }
    left.push_str(&kept(&run));
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner<'static> = Owner { name: "wanglei", title: "王蕾，七里街道", city: "荣成市" };

    #[test]
    fn weak_passwords_are_refused_each_with_its_reason() {
        for (password, wanted) in [
            ("Aa1!", Some(Weakness::TooShort)),
            (&"Aa1!".repeat(40), Some(Weakness::TooLong)),
            ("aaaaaaaaaa11", Some(Weakness::FewKinds)),
            ("Aa1Aa1Aa1Aa1", Some(Weakness::FewCharacters)),
            ("Wanglei-2026", Some(Weakness::HasName)),
            ("七里街道-Qili9", Some(Weakness::HasName)),
            ("荣成-Road-7788", Some(Weakness::HasPlace)),
            ("ｗａｎｇｌｅｉ-2026x", Some(Weakness::HasName)),
            ("ｌａｎｔｅｒｎｈａｒｂｏｕｒ", Some(Weakness::FewKinds)),
            ("Huiliu#2026xy", Some(Weakness::HasPlace)),
            ("八里街道-Qili9", None),
            ("correct-Horse7", None),
            ("Seven-Roads-7788", None),
        ] {
            assert_eq!(weakness(password, OWNER), wanted, "{password}");
        }
    }

    #[test]
    fn what_many_have_is_weak_whatever_its_kinds() {
        for password in [
            "Password123!",
            "P@ssw0rd2026",
            "Admin@123456",
            "Qwerty!23456",
            "1qaz@WSX3edc",
            "Abcd1234!@#$",
            "Welcome2026!",
            "Woaini520!!",
            "Aa123456789!",
            "Test@1234567",
            "Ｐａｓｓｗｏｒｄ１２３！",
            "Ａｄｍｉｎ＠123456",
        ] {
            assert_eq!(
                weakness(password, OWNER),
                Some(Weakness::Common),
                "{password}: {}",
                own(&plain(&folded(password)))
            );
        }
        for password in ["青鱼滩路Lamp77", "Xk7-pq9-Zt4w", "Lantern&Harbour9"] {
            assert_eq!(weakness(password, OWNER), None, "{password}");
        }
    }
}
