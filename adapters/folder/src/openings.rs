//! How often a file was opened without anything coming of it: what reads it may end the process, again and again.

use std::path::{Path, PathBuf};

/// Times that a file is opened without a record coming of it, before it is given up.
pub const MAX_OPENINGS: u32 = 5;
/// Name of the file that counts them.
const NAME: &str = ".openings";

/// The count of one folder, in a hidden file of its own. What cannot be noted is not counted.
#[derive(Debug)]
pub struct Openings(PathBuf);

impl Openings {
    /// The count that is kept in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(folder.join(NAME))
    }

    /// Notes that a file is opened once more.
    ///
    /// # Errors
    /// How often it was opened already, when that is [`MAX_OPENINGS`]; the count begins anew.
    pub fn count(&self, file: &str) -> Result<(), u32> {
        let noted = std::fs::read_to_string(&self.0).unwrap_or_default();
        let times = noted.split_once(' ').filter(|(_, name)| *name == file).and_then(|(times, _)| times.parse().ok());
        let times = times.unwrap_or(0_u32);
        if times >= MAX_OPENINGS {
            self.forget();
            return Err(times);
        }
        drop(std::fs::write(&self.0, format!("{} {file}", times + 1)));
        Ok(())
    }

    /// Something came of the file that was opened last.
    pub fn forget(&self) {
        if self.0.exists() {
            drop(std::fs::remove_file(&self.0));
        }
    }
}
