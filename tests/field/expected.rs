//! The table of what is sent and what must come of it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// One relative of a kind.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub kind: String,
    pub relative: String,
    pub channel: String,
    pub input: String,
    pub taken: String,
    pub aside: usize,
    pub values: String,
    pub says: String,
}

/// A field of a complaint.
pub struct Expected<'a> {
    pub number: &'a str,
    pub field: &'a str,
    pub value: &'a str,
}

impl Row {
    /// Numbers of the complaints that come of it, in order.
    pub fn taken(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = self.taken.split_whitespace().collect();
        numbers.sort_unstable();
        numbers
    }

    /// The fields that are looked at.
    pub fn values(&self) -> anyhow::Result<Vec<Expected<'_>>> {
        self.values
            .split(';')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| {
                let mut words = text.splitn(3, ' ');
                let mut next = |what: &str| words.next().with_context(|| format!("{text}: no {what}"));
                Ok(Expected { number: next("number")?, field: next("field")?, value: next("value")? })
            })
            .collect()
    }

    /// What an operator must be shown, and what not.
    pub fn says(&self) -> (Vec<&str>, Vec<&str>) {
        let pieces = self.says.split('|').map(str::trim).filter(|piece| !piece.is_empty());
        let (not, shown): (Vec<&str>, Vec<&str>) = pieces.partition(|piece| piece.starts_with('!'));
        (shown, not.into_iter().map(|piece| piece.trim_start_matches('!')).collect())
    }
}

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/field")
}

/// A file of `files/`.
pub fn file(name: &str) -> PathBuf {
    room().join("files").join(name)
}

/// A channel of `channels/`, if there is one of this name.
pub fn channel(name: &str) -> Option<PathBuf> {
    Some(room().join("channels").join(format!("{name}.toml"))).filter(|path| path.exists())
}

/// The table.
pub fn rows() -> anyhow::Result<Vec<Row>> {
    let mut reader = csv::Reader::from_path(room().join("kinds.csv"))?;
    Ok(reader.deserialize().collect::<Result<_, csv::Error>>()?)
}

/// Whether the test that stands in for a row exists.
pub fn exists(row: &Row) -> anyhow::Result<()> {
    let (path, function) = row.input.split_once("::").context("a test is named as path::function")?;
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).context(path.to_owned())?;
    anyhow::ensure!(text.contains(&format!("fn {function}(")), "{path} has no {function}");
    Ok(())
}
