//! The archive that a workbook is: its parts and how they refer to each other.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;
use zip::read::ZipFile;

use crate::event::Reason;
use crate::workbook::office_xml::{attribute, next};

/// Most parts of a workbook.
const MAX_PARTS: usize = 5_000;
/// Largest sheet, unpacked; sheets are read cell by cell.
const MAX_SHEET_BYTES: u64 = 4 << 30;
/// Largest other part, unpacked; the strings that cells share are kept in memory.
const MAX_PART_BYTES: u64 = 128 << 20;
/// Longest text of a cell, with its marks.
const MAX_CELL_BYTES: usize = 1 << 20;

/// A part that is being read.
pub(crate) type Part<'a> = Reader<BufReader<ZipFile<'a, BufReader<File>>>>;

/// An archive whose parts are within bounds.
pub(crate) struct Package {
    archive: ZipArchive<BufReader<File>>,
    /// The parts by their names in small letters.
    places: HashMap<String, Place>,
}

/// Where a part is, and its size unpacked where it has been measured.
#[derive(Debug, Clone, Copy)]
struct Place {
    index: usize,
    bytes: Option<u64>,
}

/// What one part says of another.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub id: String,
    /// The last word of its type, e.g. `worksheet`.
    pub kind: String,
    /// Name of the part.
    pub target: String,
}

impl Package {
    /// # Errors
    /// It is no archive, damaged, or larger than may be.
    pub(crate) fn open(path: &Path) -> Result<Self, Reason> {
        let file = BufReader::new(File::open(path).map_err(|error| unreadable(&error))?);
        let mut archive = ZipArchive::new(file).map_err(|error| unreadable(&error))?;
        if archive.len() > MAX_PARTS {
            return Err(Reason::new(
                format!("工作簿有 {} 个部件，最多 {MAX_PARTS} 个", archive.len()),
                format!("the workbook has {} parts, at most {MAX_PARTS} are read", archive.len()),
            ));
        }
        let mut places = HashMap::new();
        for index in 0..archive.len() {
            let name = name_of(&mut archive, index)?;
            let is_markup = name.ends_with(".xml") || name.ends_with(".rels");
            let bytes = if is_markup { Some(measure(&mut archive, index, &name)?) } else { None };
            places.insert(name, Place { index, bytes });
        }
        Ok(Self { archive, places })
    }

    /// Reads a part that is no sheet; `None` where there is none of this name.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<Part<'_>>, Reason> {
        self.read(name, MAX_PART_BYTES)
    }

    /// Reads a sheet; `None` where there is none of this name.
    pub(crate) fn sheet(&mut self, name: &str) -> Result<Option<Part<'_>>, Reason> {
        self.read(name, MAX_SHEET_BYTES)
    }

    /// A part is what refers to it, whatever its name: each is measured before it is read.
    fn read(&mut self, name: &str, most: u64) -> Result<Option<Part<'_>>, Reason> {
        let name = name.to_lowercase();
        let Some(place) = self.places.get_mut(&name) else { return Ok(None) };
        let bytes = match place.bytes {
            Some(bytes) => bytes,
            None => *place.bytes.insert(measure(&mut self.archive, place.index, &name)?),
        };
        if bytes > most {
            return Err(too_large(&name, most));
        }
        let part = self.archive.by_index(place.index).map_err(|error| unreadable(&error))?;
        let mut reader = Reader::from_reader(BufReader::new(part));
        reader.config_mut().expand_empty_elements = true;
        Ok(Some(reader))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// What a part refers to; nothing where it has no list of that.
    pub(crate) fn relations(&mut self, of: &str) -> Result<Vec<Relation>, Reason> {
        let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
        let folder = folder.to_owned();
        let list = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
        let Some(mut part) = self.part(&list)? else { return Ok(Vec::new()) };
        let (mut relations, mut buffer) = (Vec::new(), Vec::new());
        loop {
            match next(&mut part, &mut buffer)? {
                Event::Start(start) if start.local_name().as_ref() == "Relationship" => {
                    let value = |name| attribute(&start, name).unwrap_or_default();
                    let kind = value("Type").rsplit('/').next().unwrap_or_default().to_owned();
                    relations.push(Relation { id: value("Id"), kind, target: resolved(&folder, &value("Target")) });
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }
}

/// The part that `target` is, seen from `folder`.
fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let whole = match target.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn name_of(archive: &mut ZipArchive<BufReader<File>>, index: usize) -> Result<String, Reason> {
    let part = archive.by_index(index).map_err(|error| unreadable(&error))?;
    Ok(part.name().map_err(|error| unreadable(&error))?.to_lowercase().replace('\\', "/"))
}

/// The size of a part, unpacked, which is that of a sheet at most. What the archive states is not believed.
fn measure(archive: &mut ZipArchive<BufReader<File>>, index: usize, name: &str) -> Result<u64, Reason> {
    let mut part = archive.by_index(index).map_err(|error| unreadable(&error))?;
    let (mut bytes, mut run, mut buffer) = (0_u64, 0_usize, vec![0; 64 << 10]);
    loop {
        let count = part.read(&mut buffer).map_err(|error| unreadable(&error))?;
        let read = buffer.get(..count).unwrap_or_default();
        if count == 0 {
            return Ok(bytes);
        }
        bytes += u64::try_from(count).unwrap_or(u64::MAX);
        for byte in read {
            run = if *byte == b'<' { 0 } else { run + 1 };
            if run > MAX_CELL_BYTES {
                return Err(Reason::new(
                    format!("一个单元格超过 {MAX_CELL_BYTES} 字节"),
                    format!("a cell holds more than {MAX_CELL_BYTES} bytes"),
                ));
            }
        }
        if bytes > MAX_SHEET_BYTES {
            return Err(too_large(name, MAX_SHEET_BYTES));
        }
    }
}

fn too_large(name: &str, most: u64) -> Reason {
    Reason::new(
        format!("{name} 解压后超过 {most} 字节；请拆分表格，或改用 CSV"),
        format!("{name} unpacks to more than {most} bytes; divide the table, or send it as CSV"),
    )
}

pub(crate) fn unreadable(error: &dyn std::fmt::Display) -> Reason {
    Reason::new(
        format!("不是可读的 XLSX 文件；请用 Excel 或 WPS 打开后另存为 .xlsx\n原文：{error}"),
        format!("not a readable XLSX file: {error}; open it in a spreadsheet program and save it as .xlsx"),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_part_is_within_bounds_whatever_its_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut archive = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, count) in [("xl/strings.bin", MAX_CELL_BYTES + 1), ("xl/small", 10)] {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(&vec![b'a'; count]).unwrap();
        }
        archive.finish().unwrap();
        let mut package = Package::open(file.path()).unwrap();
        assert!(package.part("xl/strings.bin").is_err());
        assert!(package.part("xl/small").unwrap().is_some());
        assert!(package.read("xl/small", 9).is_err());
    }
}
