//! The client against a real OpenSSH server, which each test starts for itself on 127.0.0.1.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its server cannot be set up")]

mod faults;
mod files;
mod server;
mod trust;
