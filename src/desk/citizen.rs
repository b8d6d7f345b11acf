//! Whom somebody asks about: a citizen by telephone or identity number, in whatever spelling, or the citizen of one complaint.
//!
//! What a look-up is given and what complaints carry is read here in one way, the mappings' own; else the two would not meet.

use huiliu_expression::{in_area, read_idnumber, read_phone};

use crate::mask::{Person, Said, mask_phone, mask_sample};
use crate::store::Vault;

/// Whom somebody asks about. Every complaint of which one of these is true is meant.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Citizen {
    phone: Option<String>,
    id_number: Option<String>,
    receipt: Option<String>,
}

impl std::fmt::Debug for Citizen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Citizen").field(&self.shown()).finish()
    }
}

/// Why nobody can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    /// The telephone number is none, or not whole.
    #[error("not a usable telephone number (mobile: 11 digits; fixed line: 10 to 12 with area code)")]
    Phone,
    /// Nothing is named.
    #[error("name a telephone number, an identity number or a receipt number")]
    Nobody,
}

impl NotReadable {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Phone => "不是可用的电话号码（手机 11 位，座机带区号 10 到 12 位）",
            Self::Nobody => "请给出电话号码、身份证号或受理号",
        }
    }
}

impl Citizen {
    /// Reads whom somebody asks about. Empty texts name nobody.
    ///
    /// # Errors
    /// The telephone number cannot be read, or nobody is named.
    pub fn read(phone: Option<&str>, id_number: Option<&str>, receipt: Option<&str>) -> Result<Self, NotReadable> {
        let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let phone = given(phone).map(|phone| read_phone(&phone).map_err(|_fault| NotReadable::Phone)).transpose()?;
        let id_number = given(id_number).map(|number| id_number_as_kept(&number));
        let citizen = Self { phone, id_number, receipt: given(receipt) };
        if citizen == Self::default() { Err(NotReadable::Nobody) } else { Ok(citizen) }
    }

    /// The keyed hashes by which complaints of this citizen are found: of every spelling that a mapping may have left. `area_codes`
    /// are those with which the city's mappings complete fixed lines.
    pub fn hashes<'a>(&self, vault: &Vault, area_codes: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
        let mut hashes = Vec::new();
        if let Some(phone) = &self.phone {
            hashes.push(vault.hash(PHONE, phone));
            let others = area_codes.into_iter().filter_map(|code| in_area(phone, code));
            hashes.extend(others.map(|other| vault.hash(PHONE, &other)));
        }
        if let Some(number) = &self.id_number {
            hashes.push(vault.hash(ID_NUMBER, number));
            hashes.extend(of_fifteen_digits(number).map(|old| vault.hash(ID_NUMBER, &old)));
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }

    /// Whether a text carries the telephone or the identity number, in whatever spelling.
    #[must_use]
    pub fn is_named_in(&self, text: &str) -> bool {
        let person = Person { phone: self.phone.as_deref(), id_number: self.id_number.as_deref(), ..Person::default() };
        Said::new(text).names(&person).is_some()
    }

    /// The receipt number of one complaint.
    #[must_use]
    pub fn receipt(&self) -> Option<&str> {
        self.receipt.as_deref()
    }

    /// The telephone number as it was read, masked.
    #[must_use]
    pub fn shown_phone(&self) -> Option<String> {
        self.phone.as_deref().map(mask_phone)
    }

    /// The identity number as it was read, masked.
    #[must_use]
    pub fn shown_id_number(&self) -> Option<String> {
        self.id_number.as_deref().map(|number| mask_sample("reporter_id_number", number))
    }

    /// What is looked for, masked, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        let parts = [self.shown_phone(), self.shown_id_number(), self.receipt.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("、")
    }
}

const PHONE: &str = "phone";
const ID_NUMBER: &str = "id";

/// The keyed hash of a telephone number that a complaint carries or a follow-up names. One that cannot be read stands for itself.
pub(super) fn hash_of_phone(vault: &Vault, phone: &str) -> u64 {
    match read_phone(phone) {
        Ok(number) => vault.hash(PHONE, &number),
        Err(_fault) => vault.hash(PHONE, phone),
    }
}

/// The keyed hash of an account of a channel, which says nothing on another.
#[must_use]
pub fn hash_of_account(vault: &Vault, channel: &str, account: &str) -> u64 {
    vault.hash("account", &format!("{channel}\u{0}{account}"))
}

/// The keyed hash of an identity number that a complaint carries.
pub(super) fn hash_of_id_number(vault: &Vault, number: &str) -> u64 {
    vault.hash(ID_NUMBER, &id_number_as_kept(number))
}

/// A resident identity number in one spelling; a number of another kind, as of a passport, as it stands.
fn id_number_as_kept(number: &str) -> String {
    read_idnumber(number).unwrap_or_else(|_fault| number.to_owned())
}

/// The number of 15 digits that stood before one of 18, until 2013: without the century and the check digit.
fn of_fifteen_digits(number: &str) -> Option<String> {
    let (area, born, order) = (number.get(..6)?, number.get(8..14)?, number.get(14..17)?);
    (number.len() == 18 && number.get(6..8) == Some("19")).then(|| format!("{area}{born}{order}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KeyRing;

    fn vault() -> Vault {
        Vault::new(&KeyRing::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_telephone_number_is_the_same_in_every_spelling() {
        let vault = vault();
        let kept = hash_of_phone(&vault, "13700002222");
        for spelling in [
            "13700002222",
            "+86 137-0000-2222",
            "(+86)13700002222",
            "0086 137 0000 2222",
            "8613700002222",
            "013700002222",
            "137 0000 2222",
            "137-0000-2222",
            "１３７００００２２２２",
            "tel: 13700002222",
            "Tel:+86-137-0000-2222",
            "手机：13700002222",
            "13700002222（李先生）",
            "13700002222.0",
            " 13700002222\u{200B}\t",
            "12593 13700002222",
        ] {
            let citizen = Citizen::read(Some(spelling), None, None).unwrap();
            assert_eq!(citizen.hashes(&vault, []), [kept], "{spelling}");
            assert_eq!(hash_of_phone(&vault, spelling), kept, "{spelling}, where a mapping left it so");
            assert_eq!(citizen.shown(), "137****2222");
        }
    }

    #[test]
    fn a_fixed_line_is_found_with_and_without_its_area_code() {
        let vault = vault();
        let hashes = |typed: &str| Citizen::read(Some(typed), None, None).unwrap().hashes(&vault, ["0631"]);
        let both = hashes("0631-5190000");
        assert_eq!(hashes("5190000"), both);
        assert!(
            both.contains(&hash_of_phone(&vault, "5190000")) && both.contains(&hash_of_phone(&vault, "06315190000"))
        );
        assert_eq!(hashes("0632-5190000").len(), 1, "another area's number is another's");
        assert_eq!(hashes("13700002222").len(), 1);
    }

    #[test]
    fn an_identity_number_is_found_in_its_old_form_too() {
        let vault = vault();
        let typed = Citizen::read(None, Some("１１０１０５ 19491231 002x"), None).unwrap().hashes(&vault, []);
        for kept in ["11010519491231002X", "11010519491231002x", "110105491231002"] {
            assert!(typed.contains(&hash_of_id_number(&vault, kept)), "{kept}");
        }
        let passport = Citizen::read(None, Some("E12345678"), None).unwrap();
        assert_eq!(passport.hashes(&vault, []), [hash_of_id_number(&vault, "E12345678")]);
    }

    #[test]
    fn a_record_that_was_not_understood_names_a_citizen_in_any_spelling() {
        let citizen = Citizen::read(Some("13700002222"), None, None).unwrap();
        for text in [r#"{"tel":"+86 137-0000-2222"}"#, r#"{"电话":"１３７００００２２２２"}"#, "来电人 137 0000 2222"]
        {
            assert!(citizen.is_named_in(text), "{text}");
        }
        assert!(!citizen.is_named_in(r#"{"tel":"13700003333"}"#));
        assert!(
            !Citizen::read(None, None, Some("RC1")).unwrap().is_named_in("RC1"),
            "a receipt number names no citizen"
        );
    }

    #[test]
    fn whom_nobody_can_be_is_refused() {
        assert_eq!(Citizen::read(Some("138****1111"), None, None), Err(NotReadable::Phone));
        assert_eq!(Citizen::read(Some("12"), None, Some("RC1")), Err(NotReadable::Phone));
        assert_eq!(Citizen::read(Some(" "), None, Some("")), Err(NotReadable::Nobody));
    }
}
