//! The second secrets of receipt numbers, derived from the `hash` key of the key ring, which never changes.

use huiliu_domain::complaint::{as_typed, receipt_code};
use ring::hmac;

use crate::Vault;

/// What the key is derived for.
const PURPOSE: &str = "receipt codes";

/// Makes and checks second secrets.
#[derive(Debug, Clone)]
pub struct ReceiptCodes(hmac::Key);

impl ReceiptCodes {
    /// Those of a vault: always the same.
    #[must_use]
    pub fn of(vault: &Vault) -> Self {
        Self(vault.signing_key(PURPOSE))
    }

    /// The code of a receipt number.
    #[must_use]
    pub fn code(&self, receipt_number: &str) -> String {
        receipt_code(hmac::sign(&self.0, receipt_number.as_bytes()).as_ref())
    }

    /// Whether somebody typed the code of a receipt number. Both are compared by tags, in constant time, and whether there is such a number is
    /// not asked: a wrong code and a number that nobody has take the same time.
    #[must_use]
    pub fn opens(&self, receipt_number: &str, typed: &str) -> bool {
        let expected = hmac::sign(&self.0, self.code(receipt_number).as_bytes());
        hmac::verify(&self.0, as_typed(typed).as_bytes(), expected.as_ref()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyRing;

    #[test]
    fn a_code_opens_its_own_number_for_good_and_no_other() {
        let ring = KeyRing::generate().unwrap();
        let codes = ReceiptCodes::of(&Vault::new(&ring).unwrap());
        let later = ReceiptCodes::of(&Vault::new(&ring.rotated().unwrap()).unwrap());
        let code = codes.code("RC2611220000001");
        assert_eq!(code, later.code("RC2611220000001"));
        assert!(later.opens("RC2611220000001", &code.to_lowercase()));
        assert!(!codes.opens("RC2611220000002", &code) && !codes.opens("RC2611220000001", ""));
        let others = ReceiptCodes::of(&Vault::new(&KeyRing::generate().unwrap()).unwrap());
        assert!(!others.opens("RC2611220000001", &code));
    }
}
