//! A TOML file as tables: what stands at its top, its tables, and its lists of tables. Rows are moved and removed as pieces of the text,
//! with the remarks above them; cells are changed in place.

use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, TableLike, Value};

use super::{Grid, GridEdit, GridRefusal, GridRow, MAX_ROWS, line_of, swapped};

/// What stands between the words of a list of words.
const BETWEEN_WORDS: char = '、';
/// What may not be in a word that is shown in such a list.
const IN_NO_WORD: [char; 6] = ['、', ',', '，', ';', '；', '\n'];

/// How the cells of a column are typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typing {
    /// As they are: text.
    Text,
    /// A list of words.
    Words,
    /// Members of a table in one line, without the braces.
    Members,
    /// As TOML writes it.
    Toml,
}

/// How a value is typed; none where the column decides.
fn typing(item: &Item) -> Option<Typing> {
    let value = item.as_value()?;
    Some(match value {
        Value::String(_) => Typing::Text,
        Value::InlineTable(_) => Typing::Members,
        Value::Array(array) if array.is_empty() => return None,
        Value::Array(array) => {
            let is_word = |one: &Value| {
                one.as_str().is_some_and(|word| !word.is_empty() && word.trim() == word && !word.contains(IN_NO_WORD))
            };
            if array.iter().all(is_word) { Typing::Words } else { Typing::Toml }
        }
        _ => Typing::Toml,
    })
}

/// How new cells of a column are typed: as those that are there, where they agree.
fn typing_of_column<'r>(rows: impl Iterator<Item = &'r Table>, column: &str) -> Typing {
    let mut typings = rows.filter_map(|row| typing(row.get(column)?));
    let first = typings.next().unwrap_or(Typing::Text);
    if typings.all(|other| other == first) { first } else { Typing::Toml }
}

/// What a person reads of an item.
fn shown(item: &Item) -> String {
    let Some(value) = item.as_value() else {
        let value = item.clone().into_value().map(|value| value.to_string());
        return value.unwrap_or_default().trim().to_owned();
    };
    match (typing(item), value) {
        (Some(Typing::Text), Value::String(text)) => text.value().clone(),
        (Some(Typing::Words), Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(&BETWEEN_WORDS.to_string())
        }
        (Some(Typing::Members), Value::InlineTable(table)) => {
            let whole = table.to_string();
            let whole = whole.trim();
            let bare = whole.strip_prefix('{').and_then(|whole| whole.strip_suffix('}')).unwrap_or(whole);
            bare.trim().to_owned()
        }
        _ => value.to_string().trim().to_owned(),
    }
}

/// The value that a person has typed.
fn typed(column: &str, text: &str, typing: Typing) -> Result<Value, GridRefusal> {
    let refused = |reason: String| GridRefusal::Typed { column: column.to_owned(), typed: text.to_owned(), reason };
    match typing {
        Typing::Text => Ok(Value::from(text)),
        Typing::Words => {
            let words = text.split(IN_NO_WORD).map(str::trim).filter(|word| !word.is_empty());
            Ok(Value::from_iter(words))
        }
        Typing::Members if !text.trim_start().starts_with('{') => value(&format!("{{ {text} }}")).map_err(refused),
        Typing::Members | Typing::Toml => value(text).map_err(refused),
    }
}

/// One value as TOML writes it, and nothing behind it.
fn value(text: &str) -> Result<Value, String> {
    let value: Value = text.trim().parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    Ok(value.decorated(" ", ""))
}

fn read(text: &str) -> Result<Document<&str>, GridRefusal> {
    Document::parse(text).map_err(|error| GridRefusal::Form(error.to_string()))
}

/// Whether a table is written on its own, under a heading.
fn is_headed(table: &Table) -> bool {
    !table.is_implicit() && !table.is_dotted()
}

/// Columns of some rows: their keys, in the order in which they come up, without what is a table or list of tables of its own.
fn columns<'r>(rows: impl Iterator<Item = &'r Table>) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for (key, item) in rows.flat_map(Table::iter) {
        if item.is_value() && !columns.iter().any(|known| known == key) {
            columns.push(key.to_owned());
        }
    }
    columns
}

fn start(table: &Table) -> usize {
    table.span().map_or(0, |span| span.start)
}

/// A table of a text in which headings stand at `headings`, in order.
fn grid(text: &str, headings: &[usize], (name, many): (&str, bool), rows: &[&Table]) -> Grid {
    let columns = columns(rows.iter().copied());
    let until = |at: usize| headings.iter().find(|heading| **heading > at).map_or(usize::MAX, |at| line_of(text, *at));
    let row = |table: &&Table| GridRow {
        line: line_of(text, start(table)),
        until: until(start(table)),
        cells: columns
            .iter()
            .map(|column| table.get(column).filter(|item| item.is_value()).map(shown).unwrap_or_default())
            .collect(),
    };
    let rows = rows.iter().map(row).collect();
    Grid { name: name.to_owned(), many, columns, rows }
}

/// A table of a file, by its name.
enum Found<'d> {
    One(&'d Table),
    Many(&'d ArrayOfTables),
}

/// Calls `each` for all tables of a file, those of rows of lists left out.
fn walk<'d>(table: &'d Table, name: &str, each: &mut dyn FnMut(&str, Found<'d>)) {
    if name.is_empty() || is_headed(table) {
        each(name, Found::One(table));
    }
    for (key, item) in table {
        let name = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        match item {
            Item::Table(below) => walk(below, &name, each),
            Item::ArrayOfTables(list) => each(&name, Found::Many(list)),
            Item::None | Item::Value(_) => {}
        }
    }
}

pub(super) fn grids(text: &str) -> Result<Vec<Grid>, GridRefusal> {
    let document = read(text)?;
    let (mut grids, mut headings) = (Vec::new(), Vec::new());
    walk(document.as_table(), "", &mut |_, found| match found {
        Found::One(table) => headings.push(start(table)),
        Found::Many(list) => headings.extend(list.iter().map(start)),
    });
    headings.sort_unstable();
    walk(document.as_table(), "", &mut |name, found| {
        let grid = match found {
            Found::One(table) => grid(text, &headings, (name, false), &[table]),
            Found::Many(list) => grid(text, &headings, (name, true), &list.iter().collect::<Vec<_>>()),
        };
        if !grid.columns.is_empty() {
            grids.push(grid);
        }
    });
    if grids.iter().map(|grid| grid.rows.len()).sum::<usize>() > MAX_ROWS {
        return Err(GridRefusal::Form(format!("more than {MAX_ROWS} rows")));
    }
    Ok(grids)
}

/// A table or list of a document, to be changed.
fn found_mut<'d>(document: &'d mut DocumentMut, name: &str) -> Option<&'d mut Item> {
    let mut item = document.as_item_mut();
    for key in name.split('.').filter(|key| !key.is_empty()) {
        item = item.as_table_mut()?.get_mut(key)?;
    }
    Some(item)
}

/// Where the rows of a list lie in the text: each from the remarks directly above its heading to those of what follows.
fn places(text: &str, name: &str) -> Result<Vec<(usize, usize)>, GridRefusal> {
    let document = read(text)?;
    let mut own = Vec::new();
    let mut others = vec![text.len()];
    walk(document.as_table(), "", &mut |known, found| {
        let begins = |table: &Table| with_remarks(text, start(table));
        match found {
            Found::Many(list) if known == name => own.extend(list.iter().map(begins)),
            Found::Many(list) => others.extend(list.iter().map(begins)),
            Found::One(_) if known.is_empty() => {}
            Found::One(table) => others.push(begins(table)),
        }
    });
    let after = |start: usize| own.iter().chain(&others).copied().filter(|other| *other > start).min();
    Ok(own.iter().map(|start| (*start, after(*start).unwrap_or(text.len()))).collect())
}

/// Where the remarks begin that stand directly above a heading.
fn with_remarks(text: &str, heading: usize) -> usize {
    let mut start = heading;
    for line in text.get(..heading).unwrap_or_default().split_inclusive('\n').rev() {
        if !line.trim_start().starts_with('#') {
            break;
        }
        start -= line.len();
    }
    start
}

pub(super) fn edited(text: &str, name: &str, edit: GridEdit) -> Result<String, GridRefusal> {
    match edit {
        GridEdit::Set(row, cells) => set(text, name, row, &cells).map(|changed| with_ends_of(text, changed)),
        GridEdit::Add(cells) => add(text, name, &cells).map(|changed| with_ends_of(text, changed)),
        GridEdit::Remove(row) => {
            let (start, end) = places(text, name)?.get(row).copied().ok_or(GridRefusal::Missing)?;
            let (before, after) = text.get(..start).zip(text.get(end..)).ok_or(GridRefusal::Missing)?;
            Ok(format!("{before}{after}"))
        }
        GridEdit::Up(row) => {
            let places = places(text, name)?;
            let (before, _) =
                row.checked_sub(1).and_then(|row| places.get(row)).copied().ok_or(GridRefusal::Missing)?;
            let (start, end) = places.get(row).copied().ok_or(GridRefusal::Missing)?;
            swapped(text, (before, start, end)).ok_or(GridRefusal::Missing)
        }
    }
}

/// The columns of a table of a document, and how each is typed.
fn typings(item: &Item) -> Vec<(String, Typing)> {
    let rows: Vec<&Table> = match item {
        Item::Table(table) => vec![table],
        Item::ArrayOfTables(list) => list.iter().collect(),
        Item::None | Item::Value(_) => Vec::new(),
    };
    let typed = |column: String| {
        let typing = typing_of_column(rows.iter().copied(), &column);
        (column, typing)
    };
    columns(rows.iter().copied()).into_iter().map(typed).collect()
}

fn set(text: &str, name: &str, row: usize, cells: &[String]) -> Result<String, GridRefusal> {
    let mut document = read(text)?.into_mut();
    let item = found_mut(&mut document, name).ok_or(GridRefusal::Missing)?;
    let columns = typings(item);
    let table = match item {
        Item::Table(table) if row == 0 => table,
        Item::ArrayOfTables(list) => list.get_mut(row).ok_or(GridRefusal::Missing)?,
        _ => return Err(GridRefusal::Missing),
    };
    if cells.len() != columns.len() {
        return Err(GridRefusal::Missing);
    }
    for ((column, of_column), cell) in columns.iter().zip(cells) {
        // Browsers send line ends as CR LF.
        let cell = cell.replace("\r\n", "\n");
        let known = table.get(column);
        if known.map(shown).unwrap_or_default() == cell.trim() {
            continue;
        }
        if known.is_some_and(|item| !item.is_value()) {
            return Err(GridRefusal::Nested(column.clone()));
        }
        if cell.trim().is_empty() {
            table.remove(column);
            continue;
        }
        let typing = known.and_then(typing).unwrap_or(*of_column);
        let mut value = typed(column, cell.trim(), typing)?;
        if let Some(known) = known.and_then(Item::as_value) {
            // What stands behind a value, a remark for instance, stays.
            *value.decor_mut() = known.decor().clone();
        }
        table.insert_value(column, value);
    }
    Ok(document.to_string())
}

/// With the line ends of Windows all along, where a text had them: what is written anew has others.
fn with_ends_of(text: &str, changed: String) -> String {
    if text.contains("\r\n") { changed.replace("\r\n", "\n").replace('\n', "\r\n") } else { changed }
}

/// Puts a value where the one before was, so that its key keeps its place and its remarks.
trait InsertValue {
    fn insert_value(&mut self, key: &str, value: Value);
}

impl InsertValue for Table {
    fn insert_value(&mut self, key: &str, value: Value) {
        match TableLike::get_mut(self, key) {
            Some(item) => *item = Item::Value(value),
            None => drop(self.insert(key, Item::Value(value))),
        }
    }
}

fn add(text: &str, name: &str, cells: &[String]) -> Result<String, GridRefusal> {
    let mut document = read(text)?.into_mut();
    let item = found_mut(&mut document, name).ok_or(GridRefusal::Missing)?;
    if !item.is_array_of_tables() {
        return Err(GridRefusal::Missing);
    }
    let mut row = format!("[[{name}]]\n");
    let columns = typings(item);
    if cells.len() != columns.len() {
        return Err(GridRefusal::Missing);
    }
    for ((column, typing), cell) in columns.iter().zip(cells) {
        let cell = cell.replace("\r\n", "\n");
        if !cell.trim().is_empty() {
            let value = typed(column, cell.trim(), *typing)?.decorated(" ", "");
            row.push_str(&format!("{} ={value}\n", toml_edit::Key::new(column.as_str())));
        }
    }
    let (_, end) = places(text, name)?.last().copied().ok_or(GridRefusal::Missing)?;
    let (before, after) = text.get(..end).zip(text.get(end..)).ok_or(GridRefusal::Missing)?;
    let before = before.trim_end();
    let gap = if after.is_empty() { "" } else { "\n" };
    Ok(format!("{before}\n\n{row}{gap}{after}"))
}
