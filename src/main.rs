//! The `huiliu` command.
fn main() {}
