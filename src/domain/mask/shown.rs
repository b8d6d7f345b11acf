//! What is shown instead of personal data.

use super::PersonalData;

/// Characters of an identity number that are shown at its beginning: the code of a county.
const IDENTITY_HEAD: usize = 6;
/// Characters of a plate that are shown: province and city.
const PLATE_HEAD: usize = 2;
/// Digits of a card that are shown at its end.
const CARD_TAIL: usize = 4;

/// The masked form of what was found.
pub(super) fn shown(kind: PersonalData, text: &str) -> String {
    match kind {
        PersonalData::Phone => phone(text),
        PersonalData::Identity => signs(text, IDENTITY_HEAD, 0),
        PersonalData::Card => signs(text, 0, CARD_TAIL),
        PersonalData::Email => email(text),
        PersonalData::Plate => first_chars(text, PLATE_HEAD),
        PersonalData::Chat | PersonalData::Name => first_chars(text, 1),
        PersonalData::Door => super::door::shown(text),
    }
}

/// 138****1111; numbers of up to ten digits keep their last two. Separators stay.
pub(super) fn phone(text: &str) -> String {
    let digits = text.chars().filter(|c| is_sign(*c)).count();
    if digits > 10 { signs(text, digits - 8, 4) } else { signs(text, 0, 2) }
}

/// The first characters, and an asterisk for each other one.
pub(super) fn first_chars(text: &str, head: usize) -> String {
    text.chars().enumerate().map(|(index, c)| if index < head || c.is_whitespace() { c } else { '*' }).collect()
}

fn email(text: &str) -> String {
    match text.split_once(['@', '＠']) {
        Some((name, host)) => format!("{}@{host}", first_chars(name, 1)),
        None => first_chars(text, 1),
    }
}

/// Hides digits, letters and asterisks but the first and the last ones; what separates them stays.
fn signs(text: &str, head: usize, tail: usize) -> String {
    let all = text.chars().filter(|c| is_sign(*c)).count();
    let mut index = 0;
    text.chars()
        .map(|c| {
            if !is_sign(c) {
                return c;
            }
            index += 1;
            if index <= head || index + tail > all { c } else { '*' }
        })
        .collect()
}

fn is_sign(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '*' | '＊' | '●')
}
