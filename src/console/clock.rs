//! The time, as the machine has it.

use jiff::Timestamp;

#[expect(
    clippy::disallowed_methods,
    reason = "the console is given no clock: this is the only place where it looks at one"
)]
pub(crate) fn machine() -> Timestamp {
    Timestamp::now()
}
