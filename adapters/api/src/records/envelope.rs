//! Where a payload has its list of records, when the channel file looks for it elsewhere: what an operator is told.

use serde_json::Value;

/// Levels of objects around a list that are looked through.
const MAX_LEVELS: usize = 6;
/// Members of an object that are named in a message.
const MAX_NAMED: usize = 12;
/// Longest name of a member in a message, in characters.
const MAX_NAME_CHARS: usize = 40;

/// Why the records are not where the channel file says, and where they seem to be; `None` where nothing speaks against `found`, which
/// is what the expression `records` gave. `is_record` says whether an object is one, as far as its id shows.
pub(super) fn misplaced(
    records: Option<&str>,
    payload: &Value,
    found: &Value,
    is_record: &dyn Fn(&Value) -> bool,
) -> Option<String> {
    let suspicious = match found {
        Value::Null => records.is_some_and(|path| is_absent(path, payload)) && !counts_none(payload, MAX_LEVELS),
        // Nothing where the payload says that there is something.
        Value::Array(items) if records.is_some() && items.iter().all(Value::is_null) && found != payload => {
            !items.is_empty() || counts_some(payload, MAX_LEVELS)
        }
        // What has a content of its own is a record without its id, and its lists are its own.
        Value::Object(_) => !is_record(found) && has_only_marks(found),
        Value::String(text) => text.trim_start().starts_with(['[', '{']),
        Value::Array(items) => {
            records.is_none()
                && items.len() == 1
                && items[0].is_object()
                && !is_record(&items[0])
                && has_only_marks(&items[0])
        }
        _ => false,
    };
    let list = if suspicious { list_in(payload, "payload", MAX_LEVELS, is_record) } else { None }?;
    let set = records.unwrap_or("payload");
    let members = members_of(payload);
    let (zh, en) = match list {
        List::Tree(path) => {
            (format!("请在 [format] 中设置 records = \"{path}\""), format!("set records = \"{path}\" under [format]"))
        }
        List::Text(path) => (
            format!("{path} 是写成文本的 JSON，请来源系统改为直接发送 JSON"),
            format!("{path} is JSON written as a text, which the source should send as JSON"),
        ),
    };
    Some(format!(
        "记录列表不在 records（{set}）所指之处；收到的内容有：{members}。{zh} (the list of records is not where records ({set}) says; the body has {members}: {en})"
    ))
}

/// Names, or parts of names, of what stands around a list: results of calls and places in the list.
const MARKS: &[&str] = &[
    "code",
    "status",
    "state",
    "success",
    "ok",
    "msg",
    "message",
    "errmsg",
    "error",
    "total",
    "count",
    "page",
    "size",
    "num",
    "limit",
    "offset",
    "cursor",
    "next",
    "more",
    "last",
    "first",
    "time",
    "timestamp",
    "trace",
    "request",
    "version",
];
/// Of those, the names of numbers of records.
const COUNTS: &[&str] = &["total", "count", "totalcount", "totalnum", "recordcount", "totalrecords"];

/// Whether an object has nothing but lists, objects, and marks of what stands around a list.
fn has_only_marks(tree: &Value) -> bool {
    let Value::Object(members) = tree else { return false };
    members.iter().all(|(name, member)| {
        let name = name.to_ascii_lowercase();
        let is_mark = name.starts_with(['$', '@']) || MARKS.iter().any(|mark| name.contains(mark));
        matches!(member, Value::Null | Value::Array(_) | Value::Object(_)) || is_mark || is_written_list(member)
    })
}

/// Whether a text is JSON.
fn is_written_list(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.trim_start().starts_with(['[', '{']))
}

/// Whether a payload says that there are no records: many systems leave out a list that is empty.
fn counts_none(tree: &Value, levels: usize) -> bool {
    let Value::Object(members) = tree else { return false };
    members.iter().any(|(name, member)| {
        let is_count = COUNTS.contains(&name.to_ascii_lowercase().replace(['_', '-'], "").as_str());
        let is_none = member.as_i64() == Some(0) || member.as_str().is_some_and(|text| text.trim() == "0");
        (is_count && is_none) || (levels > 0 && counts_none(member, levels - 1))
    })
}

/// Whether a payload says that there are records.
fn counts_some(tree: &Value, levels: usize) -> bool {
    let Value::Object(members) = tree else { return false };
    members.iter().any(|(name, member)| {
        let is_count = COUNTS.contains(&name.to_ascii_lowercase().replace(['_', '-'], "").as_str());
        (is_count && member.as_i64().is_some_and(|count| count > 0)) || (levels > 0 && counts_some(member, levels - 1))
    })
}

/// Whether an object stands around an empty list: it has such a list, and nothing that could be of a record.
pub(super) fn is_empty(found: &Value) -> bool {
    let Value::Object(members) = found else { return false };
    let is_none = |member: &Value| match member {
        Value::Array(items) => items.is_empty(),
        Value::Object(inner) => inner.is_empty(),
        _ => true,
    };
    members.values().any(|member| matches!(member, Value::Array(items) if items.is_empty()))
        && members.values().all(is_none)
        && has_only_marks(found)
}

/// A list that was found, with the expression that leads there.
enum List {
    Tree(String),
    /// The text in which it is.
    Text(String),
}

/// The outermost list of records in a tree; within a level, the first.
fn list_in(tree: &Value, path: &str, levels: usize, is_record: &dyn Fn(&Value) -> bool) -> Option<List> {
    match tree {
        Value::Array(items) if items.iter().any(|item| item.is_object() && is_record(item)) => {
            Some(List::Tree(path.to_owned()))
        }
        Value::Array(items) if items.len() == 1 && levels > 0 => {
            list_in(&items[0], &format!("{path}[0]"), levels - 1, is_record)
        }
        Value::Object(members) if levels > 0 => {
            // Lists of this level before those of deeper ones: a record's own lists are deeper than the list of records.
            let within = |levels| {
                members.iter().find_map(|(name, member)| list_in(member, &step(path, name), levels, is_record))
            };
            within(0).or_else(|| within(levels - 1))
        }
        Value::String(text) if text.trim_start().starts_with(['[', '{']) => {
            let inner: Value = serde_json::from_str(text).ok()?;
            // A text that is only another text is not opened.
            let records = !inner.is_string() && list_in(&inner, path, MAX_LEVELS, is_record).is_some();
            records.then(|| List::Text(path.to_owned()))
        }
        _ => None,
    }
}

fn step(path: &str, name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { format!("{path}.{name}") } else { format!("{path}['{}']", shortened(name)) }
}

/// Whether a plain path (`payload.data.rows`) names a member that a payload does not have. One that is there and null is an empty list.
fn is_absent(path: &str, payload: &Value) -> bool {
    let mut names = path.trim().split('.');
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if names.next() != Some("payload") || !names.clone().all(is_name) {
        return false;
    }
    let mut here = payload;
    for name in names {
        match here {
            Value::Null => return false,
            _ => match here.get(name) {
                Some(member) => here = member,
                None => return true,
            },
        }
    }
    false
}

/// The members of a payload, for a message: names only, no content.
fn members_of(payload: &Value) -> String {
    match payload {
        Value::Object(members) => {
            let names: Vec<String> = members.keys().take(MAX_NAMED).map(|name| shortened(name)).collect();
            format!("{}{}", names.join(", "), if members.len() > MAX_NAMED { " …" } else { "" })
        }
        Value::Array(items) => format!("[{}]", items.len()),
        Value::String(_) => "\"…\"".to_owned(),
        other => other.to_string(),
    }
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && *c != '\'').take(MAX_NAME_CHARS).collect()
}
