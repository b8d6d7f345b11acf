//! Randomness as an argument: values that requests use once.

use std::sync::atomic::{AtomicU64, Ordering};

use ring::rand::{SecureRandom as _, SystemRandom};

/// Draws values that are used once.
pub trait Nonces: Send + Sync + std::fmt::Debug {
    /// The next one: 32 lower-case hexadecimal digits.
    fn draw(&self) -> String;
}

/// Values from the machine's randomness.
#[derive(Debug, Default)]
pub struct SystemNonces;

impl Nonces for SystemNonces {
    fn draw(&self) -> String {
        let mut bytes = [0; 16];
        // It fails before the machine's randomness is there at all; then the request is refused by its source as repeated.
        let _unavailable = SystemRandom::new().fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Values that count from 1, for tests and cases.
#[derive(Debug, Default)]
pub struct CountedNonces(AtomicU64);

impl Nonces for CountedNonces {
    fn draw(&self) -> String {
        format!("{:032x}", self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The same value every time, as a case gives it.
#[derive(Debug)]
pub struct FixedNonce(pub String);

impl Nonces for FixedNonce {
    fn draw(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_differ_and_have_one_length() {
        let system = SystemNonces;
        let (one, other) = (system.draw(), system.draw());
        assert_ne!(one, other);
        assert_eq!((one.len(), CountedNonces::default().draw().len()), (32, 32));
    }
}
