//! Masking of personal data for readers who may not see it: which kinds there are, where they stand in a text, and what is shown
//! instead. Knows no ticket and no feed; what a reader may see is handed in.
//!
//! Doubt hides: what is probably a number of a person is masked, also where it is mistyped. A text stays readable: the first
//! characters stay, each hidden character is one asterisk.

mod address;
mod door;
mod folded;
mod name;
mod number;
mod person;
mod sample;
mod shown;
mod spelled;

use std::ops::Range;

use serde::Deserialize;

use folded::Folded;
pub use person::{Person, Said};
pub use sample::mask_sample;

/// A kind of personal data (个人信息种类).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// Identity cards, and passports and travel permits that are introduced as such.
    Identity,
    /// Bank cards and accounts.
    Card,
    /// Telephone numbers, mobile and fixed, in every usual spelling.
    Phone,
    /// E-mail addresses.
    Email,
    /// Number plates of vehicles.
    Plate,
    /// Names at WeChat, QQ and the like.
    Chat,
    /// Names of people: those that are known, and those by which somebody introduces himself.
    Name,
    /// The door of a dwelling: unit and room, not the building.
    Door,
}

impl PersonalData {
    /// All kinds; where two claim the same characters, the earlier one has them.
    pub const ALL: [Self; 8] =
        [Self::Identity, Self::Card, Self::Phone, Self::Email, Self::Plate, Self::Chat, Self::Name, Self::Door];

    /// The name in settings and figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Card => "card",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Plate => "plate",
            Self::Chat => "chat",
            Self::Name => "name",
            Self::Door => "door",
        }
    }
}

/// Personal data in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its kind.
    pub kind: PersonalData,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// What one reader may see of texts: `shown` kinds stay, `known` names are hidden wherever they stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mask<'a> {
    /// Kinds that are not masked.
    pub shown: &'a [PersonalData],
    /// Names of the people whom the text is about.
    pub known: &'a [&'a str],
}

impl Mask<'_> {
    /// The text as the reader may see it.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for found in find(text, self.known) {
            if self.shown.contains(&found.kind) {
                continue;
            }
            masked.push_str(text.get(end..found.range.start).unwrap_or_default());
            masked.push_str(&shown::shown(found.kind, text.get(found.range.clone()).unwrap_or_default()));
            end = found.range.end;
        }
        masked.push_str(text.get(end..).unwrap_or_default());
        masked
    }
}

/// The text with all kinds of personal data masked that can be recognized without knowing whom it is about.
#[must_use]
pub fn mask_text(text: &str) -> String {
    Mask::default().text(text)
}

/// 张三 becomes 张*, 欧阳小明 becomes 欧***: the first character and as many asterisks as characters follow.
#[must_use]
pub fn mask_name(name: &str) -> String {
    shown::first_chars(name, 1)
}

/// 13800001111 becomes 138****1111; numbers of up to ten digits keep their last two.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    shown::phone(phone)
}

/// Personal data of a text, in its order, without overlaps. `known` are names of the people whom it is about.
#[must_use]
pub fn find(text: &str, known: &[&str]) -> Vec<Found> {
    let seen = Folded::seen(text);
    let mut all = find_seen(&seen.text, known);
    for found in &mut all {
        found.range = seen.original(&found.range);
    }
    all
}

fn find_seen(text: &str, known: &[&str]) -> Vec<Found> {
    let folded = Folded::new(text);
    let mut all = Vec::new();
    number::find(&folded, &mut all);
    spelled::find(&folded, &mut all);
    for found in &mut all {
        found.range = folded.original(&found.range);
    }
    name::find(text, known, &mut all);
    door::find(&folded, &mut all);
    apart(all)
}

/// Of those that overlap only the one whose kind comes first, and of one kind the longer.
fn apart(mut all: Vec<Found>) -> Vec<Found> {
    all.sort_by_key(|found| (found.kind, std::cmp::Reverse(found.range.len()), found.range.start));
    let mut kept: Vec<Found> = Vec::with_capacity(all.len());
    for found in all {
        if kept.iter().all(|other| found.range.end <= other.range.start || other.range.end <= found.range.start) {
            kept.push(found);
        }
    }
    kept.sort_by_key(|found| found.range.start);
    kept
}

#[cfg(test)]
mod tests;
