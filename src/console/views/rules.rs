//! The city's rules as tables: what is live, and the tables of a draft, edited row by row.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::{Locale, say};
use huiliu_domain::pack::{Grid, GridEdit, GridRefusal, GridRow, grids, regridded};
use minijinja::context;
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use serde_json::json;

use super::packs::{Found, Problem, check, problems_of, save, text};
use crate::api::{Address, PART, path};
use crate::form::Form;
use crate::page::data;
use crate::to;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// Rows of a page.
const ROWS: usize = 100;
/// What stands for the number of a row that is not there yet.
const NEW: &str = "new";
/// What stands before the number of a cell in the name of its field.
const CELL: &str = "cell-";

/// A kind of rules: its code in the address, the file and the table of it.
struct Kind {
    code: &'static str,
    file: &'static str,
    table: &'static str,
}

const fn kind(code: &'static str, file: &'static str, table: &'static str) -> Kind {
    Kind { code, file, table }
}

/// The rules that are tables.
const KINDS: [Kind; 12] = [
    kind("grades", "city.toml", "grade"),
    kind("clocks", "handling.toml", "clock"),
    kind("notices", "handling.toml", "notice"),
    kind("holds", "handling.toml", "hold"),
    kind("levels", "handling.toml", "level"),
    kind("tags", "watch.toml", "tag"),
    kind("units", "tables/departments.csv", ""),
    kind("handlers", "tables/handlers.csv", ""),
    kind("categories", "tables/categories.csv", ""),
    kind("responsibility", "tables/responsibility.csv", ""),
    kind("districts", "tables/districts.csv", ""),
    kind("calendar", "tables/calendar.csv", ""),
];

fn name(locale: Locale, code: &str) -> String {
    match code {
        "grades" => say!(in locale; "rules-grades"),
        "clocks" => say!(in locale; "rules-clocks"),
        "notices" => say!(in locale; "rules-notices"),
        "holds" => say!(in locale; "rules-holds"),
        "levels" => say!(in locale; "rules-levels"),
        "tags" => say!(in locale; "rules-tags"),
        "units" => say!(in locale; "rules-units"),
        "handlers" => say!(in locale; "rules-handlers"),
        "categories" => say!(in locale; "rules-categories"),
        "responsibility" => say!(in locale; "rules-responsibility"),
        "districts" => say!(in locale; "rules-districts"),
        "calendar" => say!(in locale; "rules-calendar"),
        other => other.to_owned(),
    }
}

/// A row as it is shown.
#[derive(Serialize)]
struct Shown<'g> {
    index: usize,
    #[serde(flatten)]
    row: &'g GridRow,
    problems: Vec<&'g str>,
}

/// A part of a table: the rows with some words, from one on.
#[derive(Serialize)]
struct Part<'g> {
    name: &'g str,
    many: bool,
    columns: &'g [String],
    rows: Vec<Shown<'g>>,
    /// Rows that have the words.
    total: usize,
    /// Numbers of the first and the last that is shown, counted from 1 among these.
    first: usize,
    last: usize,
    before: Option<usize>,
    after: Option<usize>,
}

impl<'g> Part<'g> {
    fn of(visit: &Visit, grid: &'g Grid, problems: &'g [Problem]) -> Self {
        let from = visit.asked("from").and_then(|from| from.parse().ok()).unwrap_or(0);
        let words = visit.asked("q").unwrap_or_default().trim();
        let has_words = |row: &GridRow| words.is_empty() || row.cells.iter().any(|cell| cell.contains(words));
        let fitting: Vec<_> = grid.rows.iter().enumerate().filter(|(_, row)| has_words(row)).collect();
        let of_row = |(index, row): &(usize, &'g GridRow)| {
            let is_there = |problem: &&Problem| problem.line.is_some_and(|at| (row.line..row.until).contains(&at));
            let problems = problems.iter().filter(is_there).map(|problem| problem.said.as_str()).collect();
            Shown { index: *index, row, problems }
        };
        let total = fitting.len();
        let rows: Vec<_> = fitting.iter().skip(from).take(ROWS).map(of_row).collect();
        Self {
            name: &grid.name,
            many: grid.many,
            columns: &grid.columns,
            total,
            first: from + usize::from(!rows.is_empty()),
            last: from + rows.len(),
            rows,
            before: (from > 0).then(|| from.saturating_sub(ROWS)),
            after: (from + ROWS < total).then_some(from + ROWS),
        }
    }
}

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(live(&visit).await)
}

/// A kind of rules as it is live.
async fn live(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let wanted = visit.asked("of").unwrap_or("grades");
    let &Kind { code, file, table } = KINDS.iter().find(|kind| kind.code == wanted).ok_or(Trouble::NotFound)?;
    let newest = Address::of(["pack", "versions"]).with("limit", Some(1));
    let number = visit.rows(newest, "versions").await?.rows.first().and_then(|version| version["number"].as_i64());
    let number = number.unwrap_or_default().to_string();
    let at = Address::of(["pack", "versions", number.as_str()]).with("path", Some(file));
    let (read, refused) = match visit.get(at).await {
        Ok(whole) => {
            let read = whole["files"][0]["text"].as_str().map(|text| grids(file, text));
            let refused = no_tables(locale, read.as_ref());
            (read, refused)
        }
        Err(Trouble::NotFound) => (None, None),
        Err(trouble) => return Err(trouble),
    };
    let grids = read.and_then(Result::ok).unwrap_or_default();
    let grid = grids.iter().find(|grid| grid.name == table);
    let drafts = visit.rows(Address::of(["pack", "drafts"]), "drafts").await?.rows;
    let kinds = KINDS.map(|kind| json!({ "code": kind.code, "name": name(locale, kind.code) }));
    let view = context! {
        kinds => data(&kinds), code, file, table, number, refused, drafts => data(&drafts),
        grid => grid.map(|grid| data(Part::of(visit, grid, &[]))), q => visit.asked("q").unwrap_or_default(),
    };
    let title = name(locale, code);
    Ok(visit.show("rules", "rules.html", &title, view))
}

/// Begins to change a kind of rules in a new draft.
pub(crate) async fn begin(visit: Visit, Form(given): Form<BTreeMap<String, String>>) -> Response {
    visit.told(begun(&visit, &given).await)
}

async fn begun(visit: &Visit, given: &BTreeMap<String, String>) -> Result<Response, Trouble> {
    let member = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    visit.check(member("form_token"))?;
    let kind = KINDS.iter().find(|kind| kind.code == member("of")).ok_or(Trouble::NotFound)?;
    let body = json!({ "label": name(visit.locale(), kind.code) });
    let draft = visit.post(Address::of(["pack", "drafts"]), &body).await?["id"].to_string();
    let place = path(["packs", "drafts", draft.as_str(), "tables"]);
    let file = utf8_percent_encode(kind.file, PART);
    Ok(to(&format!("{place}?path={file}&table={}", kind.table)).into_response())
}

/// Why a file that is there is not shown as tables; of `read` none is no text in UTF-8.
fn no_tables(locale: Locale, read: Option<&Result<Vec<Grid>, GridRefusal>>) -> Option<String> {
    match read {
        None => Some(say!(in locale; "rules-other-charset")),
        Some(read) => read.as_ref().err().map(|refusal| said(locale, refusal)),
    }
}

fn said(locale: Locale, refusal: &GridRefusal) -> String {
    locale.pick(refusal.zh(), refusal.to_string())
}

/// What is open on the page of a draft's tables.
struct Open<'v> {
    id: &'v str,
    path: &'v str,
    table: &'v str,
    /// The row that is edited, by its number or `new`.
    row: Option<String>,
    /// What was typed there and is not saved.
    typed: Option<Vec<String>>,
}

pub(crate) async fn tables(visit: Visit, Path(id): Path<String>) -> Response {
    let asked = |name: &str| visit.asked(name).unwrap_or_default().to_owned();
    let (path, table) = (asked("path"), asked("table"));
    let row = visit.asked("row").map(str::to_owned);
    let open = Open { id: &id, path: &path, table: &table, row, typed: None };
    visit.told(shown(&visit, open, Found::default()).await)
}

/// The tables of a file of a draft, with one of them and a row of it open.
async fn shown(visit: &Visit, open: Open<'_>, found: Found) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let Open { id, path, table, row, typed } = open;
    let whole = visit.get(Address::of(["pack", "drafts", id])).await?;
    let content = text(visit, id, path).await?;
    let read = content.as_deref().map(|text| grids(path, text));
    let unread = no_tables(locale, read.as_ref());
    let grids = read.and_then(Result::ok).unwrap_or_default();
    let grid = grids.iter().find(|grid| grid.name == table).or_else(|| grids.first());
    let problems = problems_of(&found, path);
    let edited = grid.and_then(|grid| edited(grid, row.as_deref()?, typed));
    let view = context! {
        id, path, draft => data(&whole), names => data(grids.iter().map(|grid| &grid.name).collect::<Vec<_>>()),
        grid => grid.map(|grid| data(Part::of(visit, grid, &problems))), q => visit.asked("q").unwrap_or_default(),
        edited => edited.map(data), unread, refused => found.refused, problems => data(&found.problems),
        checked => found.checked.map(data),
    };
    Ok(visit.show("packs", "tables.html", path, view))
}

/// A row with a field for each column.
#[derive(Serialize)]
struct Edited {
    /// Its number; none of a new one.
    row: Option<usize>,
    fields: Vec<(String, String)>,
}

fn edited(grid: &Grid, row: &str, typed: Option<Vec<String>>) -> Option<Edited> {
    let number: Option<usize> = row.parse().ok();
    let cells = match (typed, number) {
        (Some(typed), _) => typed,
        (None, Some(number)) => grid.rows.get(number)?.cells.clone(),
        (None, None) if grid.many => vec![String::new(); grid.columns.len()],
        (None, None) => return None,
    };
    Some(Edited { row: number, fields: grid.columns.iter().cloned().zip(cells).collect() })
}

/// Changes a row of a table of a draft.
pub(crate) async fn edit(
    visit: Visit,
    Path(id): Path<String>,
    Form(given): Form<BTreeMap<String, String>>,
) -> Response {
    visit.told(changed(&visit, &id, given).await)
}

async fn changed(visit: &Visit, id: &str, given: BTreeMap<String, String>) -> Result<Response, Trouble> {
    let member = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    visit.check(member("form_token"))?;
    let (path, table, what) = (member("path"), member("table"), member("what"));
    let row: Option<usize> = member("row").parse().ok();
    let cells: Vec<String> = (0..)
        .map_while(|number: usize| given.get(&format!("{CELL}{number}")))
        .map(|cell| cell.trim().to_owned())
        .collect();
    let edit = match (what, row) {
        ("set", Some(row)) => GridEdit::Set(row, cells.clone()),
        ("set", None) if member("row") == NEW => GridEdit::Add(cells.clone()),
        ("remove", Some(row)) => GridEdit::Remove(row),
        ("up", Some(row)) => GridEdit::Up(row),
        _ => return Err(Trouble::NotFound),
    };
    let is_typed = matches!(edit, GridEdit::Set(..) | GridEdit::Add(_));
    let content = text(visit, id, path).await?.ok_or(Trouble::NotFound)?;
    let found = match regridded(path, &content, table, edit) {
        Ok(changed) if changed == content => check(visit, id).await?,
        Ok(changed) => save(visit, id, (member("revision"), path, &changed)).await?,
        Err(refusal) => Found::refused(said(visit.locale(), &refusal)),
    };
    // What was refused stays in its fields.
    let kept = is_typed && found.refused.is_some();
    let open = Open {
        id,
        path,
        table,
        row: kept.then(|| row.map_or_else(|| NEW.to_owned(), |row| row.to_string())),
        typed: kept.then_some(cells),
    };
    shown(visit, open, found).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_rules_has_a_name_of_its_own() {
        for locale in [Locale::Zh, Locale::En] {
            let names: std::collections::BTreeSet<_> = KINDS.iter().map(|kind| name(locale, kind.code)).collect();
            assert_eq!(names.len(), KINDS.len());
            assert!(KINDS.iter().all(|kind| name(locale, kind.code) != kind.code), "{names:?}");
        }
    }
}
