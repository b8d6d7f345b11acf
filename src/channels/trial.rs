//! Packs that are tried without being live: checked whole with their cases, and what a channel makes of a sample.
//!
//! Checking and trying read folders as `huiliu check` does, so a trial has one of its own, in memory where the machine offers that,
//! and gone with the trial. A sample is as personal as a complaint.

use std::io;
use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::{Factory, Receipts};
use serde_json::Value;
use tempfile::TempDir;

use super::{folder, load_and_check};
use crate::city::{PackFiles, Problem};
use crate::clock::Clock;
use crate::mapping::{Loading, outcome_document};
use crate::pack::Pack;

/// Memory as a folder, where there is one.
const IN_MEMORY: &str = "/dev/shm";

/// What packs are tried with.
#[derive(Clone)]
pub struct Trial {
    pub(super) factories: Arc<Vec<Box<dyn Factory>>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) receipts: Arc<dyn Receipts>,
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").finish_non_exhaustive()
    }
}

/// What a channel is to make something of.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Channel of the pack.
    pub channel: String,
    /// Name of the file, of which its ending tells what it is.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The pack has problems.
    #[error("the pack has problems")]
    Problems(Vec<Problem>),
    /// The pack has no such channel; these it has.
    #[error("there is no such channel; there are {0:?}")]
    NoChannel(Vec<String>),
    /// The channel cannot read the sample, or its name is none.
    #[error("the sample cannot be read: {0}")]
    Sample(String),
    /// There is no place for it.
    #[error("there is no place for a trial: {0}")]
    Place(#[source] io::Error),
}

impl Trial {
    /// Checks a pack as a reload would, its cases and secrets included. Blocks.
    ///
    /// # Errors
    /// All problems, or there is no place for it.
    pub fn check(&self, files: &PackFiles) -> Result<Pack, TrialError> {
        let place = laid_out(files).map_err(TrialError::Place)?;
        let loading = Loading::running(&self.factories, Arc::clone(&self.clock), Arc::clone(&self.receipts));
        load_and_check(place.path(), &loading).map_err(TrialError::Problems)
    }

    /// A pack of which it is only asked what it makes: without its cases, and its secrets may be missing. Blocks.
    ///
    /// # Errors
    /// The pack has problems beyond its cases.
    pub fn load(&self, files: &PackFiles) -> Result<Pack, TrialError> {
        let loading = Loading::away(&self.factories, Arc::clone(&self.clock));
        Pack::load(files.clone(), &loading).map_err(TrialError::Problems)
    }

    /// What a channel of a pack makes of a sample, as in the outcome of a case; at most `most` records. Blocks.
    ///
    /// # Errors
    /// The pack has problems beyond its cases, or the sample cannot be read.
    pub fn map(&self, files: &PackFiles, sample: &Sample, most: usize) -> Result<Value, TrialError> {
        let is_plain = Path::new(&sample.name).components().count() == 1 && !sample.name.starts_with('.');
        if !is_plain || sample.name.contains(['/', '\\', '\0']) {
            return Err(TrialError::Sample(format!("{:?} is no name of a file", sample.name)));
        }
        let pack = self.load(files)?;
        let known = || pack.channels.keys().cloned().collect();
        let channel = pack.channels.get(&sample.channel).ok_or_else(|| TrialError::NoChannel(known()))?;
        let place = empty_place().map_err(TrialError::Place)?;
        let path = place.path().join(&sample.name);
        std::fs::write(&path, &sample.bytes).map_err(TrialError::Place)?;
        outcome_document(channel, &path, most).map_err(TrialError::Sample)
    }
}

/// A folder that only this user may look into, and that is gone with it.
fn empty_place() -> io::Result<TempDir> {
    let memory = Path::new(IN_MEMORY);
    let mut builder = tempfile::Builder::new();
    builder.prefix("huiliu-trial-");
    if memory.is_dir() { builder.tempdir_in(memory).or_else(|_refused| builder.tempdir()) } else { builder.tempdir() }
}

fn laid_out(files: &PackFiles) -> io::Result<TempDir> {
    let place = empty_place()?;
    folder::write(place.path(), &PackFiles::default(), files)?;
    Ok(place)
}
