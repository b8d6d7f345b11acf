//! Mail to a real SMTP server, and to one that says what a test wants.

#![expect(clippy::unwrap_used, reason = "a test ends where its server cannot be set up")]

mod answers;
mod real;
mod scripted;
mod sent;
