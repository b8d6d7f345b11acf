//! Files that rows name: photos beside a table.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use huiliu_adapter_api::{LeftOutReason, RawRecord, RecordBody, RecordFile};
use huiliu_expression::{Context, Evaluated, Expression};
use serde_json::Value;

/// Where named files are, and what names them.
#[derive(Debug)]
pub(crate) struct Attached {
    pub folder: PathBuf,
    pub names: Expression,
}

impl Attached {
    /// Puts the files that a record names to it; those that cannot be had are noted as left out. They stay in their folder: other
    /// rows may name them too.
    pub(crate) fn attach(&self, record: &mut RawRecord) {
        let RecordBody::Tree(tree) = &record.body else { return };
        let names = match self.names.eval(&Context::of("record", tree)).and_then(Evaluated::understood) {
            Ok(found) => names_of(found.value),
            Err(fault) => {
                return record
                    .leave_out("", LeftOutReason::Unreadable(format!("its name cannot be found: {}", fault.en)));
            }
        };
        for name in names {
            match self.read(&name) {
                Ok(bytes) => record.attach(&name, bytes.into()),
                Err(reason) => record.leave_out(&name, reason),
            }
        }
    }

    /// Only plain names are followed: a table must not reach files outside the folder.
    fn read(&self, name: &str) -> Result<Vec<u8>, LeftOutReason> {
        let unreadable = |reason: &str| LeftOutReason::Unreadable(reason.to_owned());
        if name.contains(['/', '\\', '\0']) || name.starts_with('.') || Path::new(name).file_name().is_none() {
            return Err(unreadable("it is not a plain file name"));
        }
        let path = self.folder.join(name);
        if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(unreadable("there is no such file in the folder"));
        }
        let most = u64::try_from(RecordFile::MAX_BYTES).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
        read.map_err(|error| LeftOutReason::Unreadable(error.kind().to_string()))?;
        if bytes.len() > RecordFile::MAX_BYTES { Err(LeftOutReason::TooLarge) } else { Ok(bytes) }
    }
}

/// At most one more than a record may have, so that too many are noticed.
fn names_of(found: Value) -> Vec<String> {
    let text = |value: Value| match value {
        Value::String(name) => Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
        _ => None,
    };
    match found {
        Value::Array(names) => names.into_iter().take(RawRecord::MAX_FILES + 1).filter_map(text).collect(),
        single => text(single).into_iter().collect(),
    }
}
