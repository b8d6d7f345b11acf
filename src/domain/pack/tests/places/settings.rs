//! One setting of a pack, taken away: `handling.toml clock.finish.limit.1`, `tables/handlers.csv role=leader`, `channels/sms.toml`.

use toml::{Table, Value};

use crate::city::PackFiles;

/// The pack without a setting; a number becomes the next one, for what is missing may be a default.
pub(super) fn without(files: &PackFiles, setting: &str) -> Result<PackFiles, String> {
    let mut files = files.clone();
    let (path, place) = setting.split_once(' ').unwrap_or((setting, ""));
    let bytes = files.get(path).ok_or_else(|| format!("there is no file {path}"))?.to_vec();
    if place.is_empty() {
        files.remove(path);
        return Ok(files);
    }
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let text = if path.ends_with(".csv") { without_rows(&text, place)? } else { without_place(&text, place)? };
    Ok(files.with(path, text.into_bytes()))
}

/// A table without the rows that have a value in a column, `role=leader`.
fn without_rows(text: &str, place: &str) -> Result<String, String> {
    let (column, value) = place.split_once('=').ok_or_else(|| format!("{place} is not column=value"))?;
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default();
    let at = heading.split(',').position(|name| name == column).ok_or_else(|| format!("no column {column}"))?;
    let rows: Vec<&str> = lines.filter(|line| line.split(',').nth(at) != Some(value)).collect();
    if rows.len() + 1 == text.lines().count() {
        return Err(format!("no row has {place}"));
    }
    Ok(format!("{heading}\n{}\n", rows.join("\n")))
}

fn without_place(text: &str, place: &str) -> Result<String, String> {
    let mut table: Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let steps: Vec<&str> = place.split('.').collect();
    let (last, before) = steps.split_last().ok_or("a place has a step")?;
    let mut whole = Value::Table(std::mem::take(&mut table));
    let mut at = &mut whole;
    for step in before {
        at = inside(at, step).ok_or_else(|| format!("{place}: there is no {step}"))?;
    }
    take(at, last).ok_or_else(|| format!("{place}: there is no {last}"))?;
    toml::to_string(&whole).map_err(|error| error.to_string())
}

/// Where a step leads: by key, by place from 1, or by code, name or token.
fn inside<'a>(value: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    match value {
        Value::Table(table) => table.get_mut(step),
        Value::Array(items) => {
            let at = place(items, step)?;
            items.get_mut(at)
        }
        _ => None,
    }
}

fn take(value: &mut Value, step: &str) -> Option<()> {
    if let Some(Value::Integer(number)) = inside(value, step) {
        *number += 1;
        return Some(());
    }
    match value {
        Value::Table(table) => table.remove(step).map(drop),
        Value::Array(items) => {
            let at = place(items, step)?;
            items.remove(at);
            Some(())
        }
        _ => None,
    }
}

fn place(items: &[Value], step: &str) -> Option<usize> {
    let is_it = |item: &Value| match item {
        Value::Table(table) => {
            ["code", "name", "token"].iter().any(|key| table.get(*key).and_then(Value::as_str) == Some(step))
        }
        Value::String(text) => text == step,
        _ => false,
    };
    let counted = step.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|at| *at < items.len());
    counted.or_else(|| items.iter().position(is_it))
}
