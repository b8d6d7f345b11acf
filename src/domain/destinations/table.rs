//! Events become the rows of a file: its columns, its name, and the manifest beside it.
//!
//! A file's name and its rows follow from the events that it is made of. A file that is made again after a crash has the name of the one
//! before and goes in its place. Where more events have come since, or one of them has changed, it is another file and has another name:
//! whoever has taken a name never finds something else under it.

mod settings;

use std::collections::BTreeSet;

use huiliu_expression::{Context, Expression, Template};
use huiliu_sheet::{Cell, Finished, Manifest, Sheet, SheetError, SheetKind};
use jiff::Zoned;
use serde_json::json;

pub(super) use settings::TableSettings;

use super::{Parcel, event};
use crate::key::DeliveryKey;

/// How events become files.
#[derive(Debug)]
pub struct Table {
    kind: SheetKind,
    headings: Vec<String>,
    /// One for each heading.
    values: Vec<Expression>,
    /// Over [`NAME_VARIABLES`].
    name: Template,
    last_only: bool,
    empty: bool,
    manifest: bool,
    max_rows: usize,
}

/// What the name of a file can be made of.
const NAME_VARIABLES: [&str; 5] = ["destination", "date", "time", "first", "digest"];

/// Bytes of a digest that stand in names: files that could be taken for one another are those of one first event.
const DIGEST_BYTES: usize = 4;

/// What stands behind the name of a file in that of its manifest.
const MANIFEST_ENDING: &str = ".manifest.json";

/// A file that is to be put somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// The file.
    pub table: Finished,
    /// Name and content of its manifest, which is put beside it afterwards.
    pub manifest: Option<(String, Vec<u8>)>,
    /// The set time it is for.
    pub for_time: Zoned,
    /// What tells its content from others, in hexadecimal.
    pub digest: String,
}

/// What became of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The file; none where no event has a row.
    pub file: Option<TableFile>,
    /// Events that are done when the file is where it belongs.
    pub within: Vec<DeliveryKey>,
    /// Events that never become a row, and why.
    pub impossible: Vec<(DeliveryKey, String)>,
}

/// An event with its cells, where it is shown.
type Row = (DeliveryKey, Option<Vec<Cell>>);

impl Table {
    /// Whether a file without rows is made when nothing has happened.
    #[must_use]
    pub fn makes_empty(&self) -> bool {
        self.empty
    }

    /// Most events of one file.
    #[must_use]
    pub fn max_rows(&self) -> usize {
        self.max_rows
    }

    /// The file of events that belong to one set time, in their order; those beyond what a file takes are for the next.
    ///
    /// # Errors
    /// No file can be made.
    pub fn collect(
        &self,
        destination: &str,
        for_time: &Zoned,
        parcels: &[Parcel<'_>],
    ) -> Result<Collection, SheetError> {
        let mut sheet = Sheet::new(self.kind, &self.headings)?;
        let (rows, mut impossible) = self.rows(parcels);
        let (mut within, mut first) = (Vec::new(), None);
        for (id, cells) in rows {
            match cells.map_or(Ok(()), |cells| sheet.push(&cells)) {
                Ok(()) => {}
                Err(SheetError::TooLarge) if within.is_empty() => {
                    impossible.push((id, SheetError::TooLarge.to_string()));
                    continue;
                }
                Err(SheetError::TooLarge) => break,
                Err(error) => return Err(error),
            }
            first = first.or(Some(id));
            within.push(id);
        }
        let file = first.map(|first| self.file(destination, for_time, first, sheet.finish()?)).transpose()?;
        Ok(Collection { file, within, impossible })
    }

    /// The file that says that nothing has happened.
    ///
    /// # Errors
    /// No file can be made.
    pub fn without_rows(&self, destination: &str, for_time: &Zoned) -> Result<TableFile, SheetError> {
        let sheet = Sheet::new(self.kind, &self.headings)?;
        self.file(destination, for_time, DeliveryKey(0), sheet.finish()?)
    }

    fn file(
        &self,
        destination: &str,
        for_time: &Zoned,
        first: DeliveryKey,
        table: Finished,
    ) -> Result<TableFile, SheetError> {
        let digest = digest(&table.content);
        let name = named(&self.name, destination, for_time, (first, &digest)).map_err(SheetError::Unwritten)?;
        let mut manifest = Manifest::new(for_time);
        manifest.add(&name, &table)?;
        let manifest = match self.manifest {
            true => Some((format!("{name}{MANIFEST_ENDING}"), manifest.to_json()?)),
            false => None,
        };
        Ok(TableFile { name, media_type: self.kind.media_type(), table, manifest, for_time: for_time.clone(), digest })
    }

    /// The cells of each event, none where a newer one of its ticket is shown in its stead; and the events that have no cells.
    fn rows(&self, parcels: &[Parcel<'_>]) -> (Vec<Row>, Vec<(DeliveryKey, String)>) {
        let (mut rows, mut impossible, mut shown) = (Vec::new(), Vec::new(), BTreeSet::new());
        for parcel in parcels.iter().rev() {
            if self.last_only && shown.contains(parcel.ticket_id) {
                rows.push((parcel.delivery, None));
                continue;
            }
            match self.cells(*parcel) {
                Ok(cells) => {
                    shown.insert(parcel.ticket_id);
                    rows.push((parcel.delivery, Some(cells)));
                }
                Err(reason) => impossible.push((parcel.delivery, reason)),
            }
        }
        rows.reverse();
        impossible.reverse();
        (rows, impossible)
    }

    fn cells(&self, parcel: Parcel<'_>) -> Result<Vec<Cell>, String> {
        let context = event::context(parcel)?;
        let columns = self.headings.iter().zip(&self.values);
        let cell = |(heading, value): (&String, &Expression)| match value
            .eval(&context)
            .and_then(|found| found.understood())
        {
            Ok(found) => Ok(Cell::from(&found.value)),
            Err(fault) => Err(format!("{heading}: {fault}")),
        };
        columns.map(cell).collect()
    }
}

/// What tells a content from others.
fn digest(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    digest.as_ref().iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// The name of a file with this content whose first event is `first`.
fn named(
    template: &Template,
    destination: &str,
    for_time: &Zoned,
    (first, digest): (DeliveryKey, &str),
) -> Result<String, String> {
    let (date, time) = (for_time.strftime("%Y%m%d").to_string(), for_time.strftime("%H%M").to_string());
    let values =
        [destination.to_owned(), date, time, format!("{:08}", first.0), digest.to_owned()].map(|text| json!(text));
    let values = values.each_ref();
    let context = Context::new(NAME_VARIABLES.into_iter().zip(values));
    template.render(&context).map(|name| name.trim().to_owned()).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests;
