//! Five places and what they demand of the product: the table in `deploy/guides/five-places.md`, row by row. A setting is taken away in
//! a copy of its pack (a number becomes another); exactly the cases that the row names fail then, or the pack is refused with the words
//! that the row names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use huiliu_adapter_api::ManualClock;

use super::Pack;
use crate::city::PackFiles;
use crate::mapping::Loading;
use crate::registry::factories;
use settings::without;

mod settings;

const TABLE: &str = "../../deploy/guides/five-places.md";
/// What a cell holds that says nothing.
const NOTHING: &str = "—";
/// How a cell begins that names the words with which a pack is refused, and one that says why a demand is not carried.
const REFUSED: &str = "检查：";
const NOT_CARRIED: &str = "没有做到：";

/// One row: a demand, the setting that carries it, what fails without it, and the figure that counts it.
struct Row {
    line: usize,
    setting: String,
    shown: String,
    figure: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The rows of a city: what stands under the heading that names its folder.
fn rows(city: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(root().join(TABLE)).unwrap();
    let heading = format!("`mappings/{city}`");
    let lines = text.lines().enumerate().skip_while(|(_, line)| !(line.starts_with("## ") && line.contains(&heading)));
    let lines = lines.skip(1).take_while(|(_, line)| !line.starts_with("## "));
    let cells = lines.filter(|(_, line)| line.starts_with("| ")).map(|(number, line)| {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        (number + 1, cells)
    });
    let rows = cells.skip(1).map(|(line, cells)| {
        let [_, setting, shown, figure]: [String; 4] =
            cells.try_into().unwrap_or_else(|cells| panic!("line {line} has four cells: {cells:?}"));
        Row { line, setting, shown, figure }
    });
    rows.collect()
}

/// A pack whose cases are run.
struct City {
    files: PackFiles,
    folder: PathBuf,
}

impl City {
    fn new(name: &str) -> Self {
        let folder = root().join("../../mappings").join(name);
        Self { files: PackFiles::read(&folder).unwrap(), folder }
    }

    fn load(&self, files: &PackFiles) -> Result<Pack, String> {
        let factories = factories();
        let clock = Arc::new(ManualClock::at("2026-11-26T08:00:00+08:00".parse().unwrap()));
        Pack::load(files.clone(), &Loading::away(&factories, clock)).map_err(|problems| {
            problems.iter().map(|problem| format!("{}:{} {}\n", problem.file, problem.line, problem.zh)).collect()
        })
    }

    /// All cases that pass.
    fn passed(&self, pack: &Pack) -> BTreeSet<String> {
        let results = pack.run_cases(&self.folder, &factories());
        results.into_iter().filter(|case| case.failure.is_none()).map(|case| short(&case.name)).collect()
    }
}

/// A case as the table writes it: `handling/blue`; of a file with several calls each with its line.
fn short(name: &str) -> String {
    name.trim_start_matches("cases/").replace(".case.toml", "")
}

/// The cases that a cell names; `sms/*` is all of them.
fn named(cell: &str, passed: &BTreeSet<String>) -> BTreeSet<String> {
    let of = |word: &str| match word.strip_suffix('*') {
        Some(folder) => passed.iter().filter(|case| case.starts_with(folder)).cloned().collect(),
        None => vec![word.to_owned()],
    };
    quoted(cell).into_iter().flat_map(of).collect()
}

/// The words of a cell that stand between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// What is wrong with a row.
fn check(city: &City, (whole, passed): (&Pack, &BTreeSet<String>), row: &Row) -> Result<(), String> {
    for figure in quoted(&row.figure) {
        let (report, word) = figure.split_once('.').ok_or_else(|| format!("{figure} is not report.figure"))?;
        let report = whole.rules.reports.get(report).ok_or_else(|| format!("there is no report {report}"))?;
        if !report.figures.iter().any(|known| known.word() == word) {
            return Err(format!("the report {} has no figure {word}", report.name));
        }
    }
    if row.shown.starts_with(NOT_CARRIED) {
        return if row.setting == NOTHING {
            Ok(())
        } else {
            Err("a demand that is not carried names a setting".to_owned())
        };
    }
    if row.shown != NOTHING && !row.shown.starts_with(REFUSED) && quoted(&row.shown).is_empty() {
        return Err(format!("what shows it is cases, {NOTHING}, {REFUSED} or {NOT_CARRIED}"));
    }
    let [setting] = quoted(&row.setting)[..] else { return Err("a row has one setting".to_owned()) };
    let files = without(&city.files, setting)?;
    match (city.load(&files), row.shown.strip_prefix(REFUSED)) {
        (Err(said), Some(words)) if said.contains(words) => Ok(()),
        (Err(said), _) => Err(format!("without {setting} the pack is refused: {said}")),
        (Ok(_), Some(words)) => Err(format!("without {setting} the pack is not refused; expected: {words}")),
        (Ok(pack), None) => {
            let left = city.passed(&pack);
            let failed: BTreeSet<String> = passed.difference(&left).cloned().collect();
            (failed == named(&row.shown, passed))
                .then_some(())
                .ok_or_else(|| format!("without {setting} fails {failed:?}"))
        }
    }
}

fn holds(city: &str) {
    let rows = rows(city);
    assert!(rows.len() >= 10, "{city} has {} rows", rows.len());
    let city = City::new(city);
    let whole = city.load(&city.files).unwrap();
    let passed = city.passed(&whole);
    let results = whole.run_cases(&city.folder, &factories());
    let failed: Vec<_> = results.iter().filter(|case| case.failure.is_some()).collect();
    assert!(
        failed.is_empty() && results.len() == passed.len(),
        "each case passes and has a name of its own: {failed:#?}"
    );
    let wrong = rows
        .iter()
        .filter_map(|row| Some(format!("line {}: {}\n", row.line, check(&city, (&whole, &passed), row).err()?)));
    let wrong: String = wrong.collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_line_of_rongcheng_is_carried_by_a_setting() {
    holds("rongcheng");
}

#[test]
fn every_line_of_yantian_is_carried_by_a_setting() {
    holds("yantian");
}

#[test]
fn every_line_of_baoshan_is_carried_by_a_setting() {
    holds("baoshan");
}

#[test]
fn every_line_of_gongxian_is_carried_by_a_setting() {
    holds("gongxian");
}

#[test]
fn every_line_of_baiyin_is_carried_by_a_setting() {
    holds("baiyin");
}
