//! Watching: which matters a city marks, by the rules of `watch.toml`. A tag (标签) is a mark on a ticket that feeds, destinations
//! and clocks can ask for. Pure: a complaint with its route goes in, codes of tags come out.

mod cases;
mod loading;
mod rules;
mod settings;

pub use cases::{WatchCase, run_watch_cases};
pub use loading::FILE as WATCH_FILE;
pub use rules::Watch;

#[cfg(test)]
mod tests;
