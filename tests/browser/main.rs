//! Pages in a real browser: Chromium by its driver, in both languages, opened, used by mouse and keys, photographed, and looked at by
//! axe-core. Pictures are left in `target/pages`; `HULIU_PICTURES=write` puts those of the guides into `deploy/guides/pictures`.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod citizens;
mod console;
#[path = "../gateway/county.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod county;
mod driver;
mod guides;
mod handlers;
mod people;
#[path = "../gateway/points.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod points;
mod reviewing;
mod rounds;
#[path = "../gateway/town.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod town;
mod workbench;
