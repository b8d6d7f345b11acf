//! Whether a text that is meant for others names one person: by name, number or door, in whatever spelling.

use super::folded::Folded;
use super::{PersonalData, door};

/// What is known of a person; everything may be missing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person<'a> {
    /// Name.
    pub name: Option<&'a str>,
    /// Telephone number.
    pub phone: Option<&'a str>,
    /// Identity number.
    pub id_number: Option<&'a str>,
    /// Where he lives or complains of: only the door in it is personal.
    pub address: Option<&'a str>,
}

/// Fewest digits of a number that are looked for: shorter ones stand in texts by chance.
const MIN_DIGITS: usize = 7;

/// A text, ready to be looked at for many people.
#[derive(Debug)]
pub struct Said {
    /// Without white space.
    squeezed: String,
    digits: String,
    doors: Vec<Vec<u32>>,
}

impl Said {
    /// Reads a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let squeezed = text.chars().filter(|c| !c.is_whitespace()).collect();
        Self { squeezed, digits: digits(text), doors: doors(text) }
    }

    /// The first kind of personal data of a person that the text carries.
    #[must_use]
    pub fn names(&self, person: &Person<'_>) -> Option<PersonalData> {
        let name = person.name.map(str::trim).filter(|name| name.chars().nth(1).is_some() && !name.contains('*'));
        if name.is_some_and(|name| self.squeezed.contains(name)) {
            return Some(PersonalData::Name);
        }
        let carries = |number: Option<&str>| {
            let number: String = number.map(digits).unwrap_or_default();
            number.len() >= MIN_DIGITS && self.digits.contains(&number)
        };
        if carries(person.phone) {
            return Some(PersonalData::Phone);
        }
        if carries(person.id_number) {
            return Some(PersonalData::Identity);
        }
        let own = person.address.filter(|_| !self.doors.is_empty()).map(doors).unwrap_or_default();
        own.iter().any(|door| self.doors.contains(door)).then_some(PersonalData::Door)
    }
}

/// All digits of a text in their order; what does not belong to one number is divided by a blank.
fn digits(text: &str) -> String {
    let mut digits = String::new();
    let mut apart = false;
    for c in Folded::new(text).text.chars() {
        match c {
            '0'..='9' => {
                if apart && !digits.is_empty() {
                    digits.push(' ');
                }
                apart = false;
                digits.push(c);
            }
            ' ' | '-' | '.' | '(' | ')' | '_' => {}
            _ => apart = true,
        }
    }
    digits
}

/// The doors of a text as the numbers in them: 3栋2单元501室 and 3-2-501 are one.
fn doors(text: &str) -> Vec<Vec<u32>> {
    let folded = Folded::new(text);
    let mut found = Vec::new();
    door::find(&folded, &mut found);
    let numbers = |door: &str| -> Vec<u32> {
        let door = Folded::new(door).text;
        let digits = door.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
        digits.collect()
    };
    let mut doors: Vec<Vec<u32>> = found.into_iter().filter_map(|found| text.get(found.range)).map(numbers).collect();
    doors.retain(|numbers| !numbers.is_empty());
    doors
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Person<'static> = Person {
        name: Some("孙晓燕"),
        phone: Some("13800001111"),
        id_number: Some("11010519491231002X"),
        address: Some("青鱼滩路18号3栋2单元501室"),
    };

    #[test]
    fn a_person_is_found_in_whatever_spelling() {
        for (text, kind) in [
            ("您好，孙晓燕：", PersonalData::Name),
            ("孙 晓 燕女士", PersonalData::Name),
            ("已电话联系138-0000-1111", PersonalData::Phone),
            ("已联系１３８ ００００ １１１１", PersonalData::Phone),
            ("已联系+86 13800001111、0631-7562345", PersonalData::Phone),
            ("身份证11010519491231002X", PersonalData::Identity),
            ("已到3-2-501查看", PersonalData::Door),
            ("3号楼2单元501室漏水已修", PersonalData::Door),
        ] {
            assert_eq!(Said::new(text).names(&PERSON), Some(kind), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_of_the_person_may_be_told() {
        for text in
            ["路灯已修好，咨询电话0631-7562345", "3栋2单元的门禁已修", "2026年11月21日1时38分", "1380000111", ""]
        {
            assert_eq!(Said::new(text).names(&PERSON), None, "{text}");
        }
        assert_eq!(Said::new("孙先生").names(&Person { name: Some("孙"), ..Person::default() }), None);
        assert_eq!(Said::new("张*").names(&Person { name: Some("张*"), ..Person::default() }), None);
    }
}
