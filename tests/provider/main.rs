//! Signing in by an identity provider that people run: the gateway's own process, the package oidc-provider, and a browser that follows
//! redirects and keeps cookies. `tests/provider/install` installs the provider.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod browser;
mod provider;
mod sign_ins;
mod slips;
#[path = "../gateway/town.rs"]
#[expect(dead_code, reason = "it serves the tests of the whole gateway too")]
mod town;
mod walk;
