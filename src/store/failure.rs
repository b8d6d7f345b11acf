//! Why the store could not do something: one variant for each thing its caller can do about it.

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is busy, full or failing: the same can be tried again later.
    #[error("the store cannot be reached or written: {source}")]
    Unavailable {
        /// What the engine said.
        source: Cause,
    },
    /// A step contradicts what is stored; nothing of it was written. Its owner must read the store again.
    #[error("the step contradicts what is stored: {source}")]
    Conflict {
        /// What the engine said.
        source: Cause,
    },
    /// A row cannot be understood: it was damaged, or sealed with a key that is not at hand. Other rows are not concerned.
    #[error("{table} {row} is damaged: {reason}; run `huiliu doctor`")]
    Damaged {
        /// Table of the row.
        table: &'static str,
        /// Number of the row; 0 where rows have none.
        row: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// The store was written by a newer version of this program: only that one may open it.
    #[error("the store was written by a newer version of huiliu: {source}")]
    Newer {
        /// What the engine said.
        source: Cause,
    },
    /// Another process writes to the store.
    #[error("{place} is in use by another huiliu process; stop it first ({reason})")]
    Locked {
        /// Where the store is.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// The store cannot be made, opened or brought up to date where it is said to be: somebody has to see to it.
    #[error("{place} cannot be used: {source}")]
    Unusable {
        /// Where the store is.
        place: String,
        /// What the system or the engine said.
        source: Cause,
    },
    /// The keys are not those that the store was sealed with.
    #[error("the key file is not that of this database ({reason}); nothing was changed: give the one it was made with")]
    OtherKeys {
        /// What opening found.
        reason: String,
    },
    /// The store was moved to another database, or is being moved there: from then on this one is not written any more.
    #[error(
        "{place} was moved to another database, or is being moved: set `database` to that one, or take this one back with `huiliu store move --undo`"
    )]
    Moved {
        /// Where the store was.
        place: String,
    },
    /// Another store is being moved here, and not all of it has come.
    #[error("a store is being moved into {place}, and not all of it is there: end that with `huiliu store move` first")]
    Moving {
        /// Where the store will be.
        place: String,
    },
    /// This process may not write any more: another node decides.
    #[error("the lease has run out, or another node has it")]
    Deposed,
    /// The store's thread has stopped.
    #[error("the store has stopped")]
    Stopped,
}

/// What an engine said of a failure.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

impl StoreError {
    /// Whether something stored cannot be understood: only what needs that row is concerned.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }

    /// Damage that is met while a row is read is laid at that row, whose reader can do something about it.
    #[must_use]
    pub fn met_by(self, reader: &'static str, number: i64) -> Self {
        match self {
            Self::Damaged { table, row, reason } if (table, row) != (reader, number) => {
                Self::Damaged { table: reader, row: number, reason: format!("{table} {row}: {reason}") }
            }
            other => other,
        }
    }

    /// A failure that may pass.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self::Unavailable { source: source.into() }
    }
}
