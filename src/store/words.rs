//! Words that are looked for in texts: one spelling for both, and what a match is. Knows no engine and no key.
//!
//! A word is in a text if, both in one spelling, it is a part of it. The spelling has letters and digits only: half-width, small,
//! Chinese in simplified characters. So blanks, line breaks and punctuation between characters do not matter. An asterisk stands for
//! something that is not said: no word reaches over it.

mod postings;
mod tokens;

pub(super) use postings::{BLOCK, Places, Postings, block_of};
pub(super) use tokens::{Token, each_token};

use tokens::tokens_of_word;

use huiliu_domain::complaint::Complaint;
use huiliu_domain::merge::simplified;

/// What stands in a spelling where something is not said.
const BREAK: char = '\0';

/// A text in the spelling in which words are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling(String);

impl Spelling {
    /// The spelling of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut spelling = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\u{FF01}'..='\u{FF5E}' => put(char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c), &mut spelling),
                other => put(other, &mut spelling),
            }
        }
        Self(spelling)
    }

    /// The spellings of what a complaint tells: its title, its text, and where it is.
    pub(super) fn of_complaint(complaint: &Complaint) -> Vec<Self> {
        let mut all = vec![Self::of(&complaint.title), Self::of(&complaint.text)];
        all.extend(Self::of_place(complaint));
        all
    }

    /// The spellings of where a complaint is.
    pub(super) fn of_place(complaint: &Complaint) -> Vec<Self> {
        let place = &complaint.place;
        [&place.address, &place.street, &place.community].into_iter().flatten().map(|text| Self::of(text)).collect()
    }
}

fn put(c: char, spelling: &mut String) {
    match c {
        '*' => spelling.push(BREAK),
        c if c.is_ascii_alphanumeric() => spelling.push(c.to_ascii_lowercase()),
        c if c.is_alphanumeric() => spelling.extend(simplified(c).to_lowercase()),
        _ => {}
    }
}

/// Words, all of which must be in one of several texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(Vec<String>);

impl Words {
    /// Most characters that are looked for at once.
    pub const MAX_CHARS: usize = 100;

    /// Reads words that blanks separate.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let spelled = text.split_whitespace().map(Spelling::of);
        let words = spelled.flat_map(|word| word.0.split(BREAK).map(str::to_owned).collect::<Vec<_>>());
        Self(words.filter(|word| !word.is_empty()).collect())
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether each word is in one of these texts.
    #[must_use]
    pub fn are_in(&self, texts: &[Spelling]) -> bool {
        self.0.iter().all(|word| texts.iter().any(|text| text.0.contains(word.as_str())))
    }

    /// Whether they are in what a complaint tells.
    pub(super) fn are_told_by(&self, complaint: &Complaint) -> bool {
        self.is_empty() || self.are_in(&Spelling::of_complaint(complaint))
    }

    /// Whether they are in what a complaint says of where it is.
    pub(super) fn are_its_place(&self, complaint: &Complaint) -> bool {
        self.is_empty() || self.are_in(&Spelling::of_place(complaint))
    }

    /// The tokens that every complaint with these words has; with `of_place`, that has them where it says where it is.
    pub(super) fn tokens(&self, of_place: bool) -> impl Iterator<Item = Token> {
        self.0.iter().flat_map(move |word| tokens_of_word(word, of_place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(words: &str, text: &str) -> bool {
        Words::read(words).are_in(&[Spelling::of(text)])
    }

    #[test]
    fn spelling_decides_nothing() {
        for (words, text) in [
            ("路灯不亮", "青鱼滩路，路灯　不\n亮。"),
            ("麗景花園", "丽景花园三栋"),
            ("ＡＢ１２", "车牌鲁K·ab-12"),
            ("WiFi", "没有wifi"),
            ("叁棟", "3号院三栋"),
            ("停水 听涛", "听涛嘉园停水两天"),
            ("臭", "河水发臭"),
            ("ñ", "SEÑOR"),
        ] {
            assert!(is_in(words, text), "{words} {text}");
        }
        for (words, text) in
            [("路灯亮", "路灯不亮"), ("停水 停电", "停水两天"), ("1381111", "138****1111"), ("三栋", "3栋")]
        {
            assert!(!is_in(words, text), "{words} {text}");
        }
    }

    #[test]
    fn a_mask_that_is_looked_for_stands_for_anything() {
        assert!(is_in("138****1111", "电话13800001111"));
        assert!(Words::read("，。 ***").is_empty());
    }
}
