//! Records in another list of a payload than the one that the channel file names: two systems put into one answer, or a name that was
//! written in two ways.

use std::collections::HashSet;

use huiliu_payload::broken;
use serde_json::{Map, Value};

/// Levels of objects that are looked through.
const MAX_LEVELS: usize = 3;
/// Least share of the names of a record's members that another list's entries have, for these to be records too.
const MIN_SHARE: f64 = 0.6;

/// For each list beside `found` with records that `found` has not, a broken entry that holds them. `records` is the expression that gave
/// `found`; `id_of` gives what the source calls a record.
pub(super) fn lists(
    payload: &Value,
    found: &Value,
    records: &str,
    id_of: &dyn Fn(&Value) -> Option<String>,
) -> Vec<Value> {
    let known: Vec<&Value> = match found {
        _ if found == payload => Vec::new(),
        Value::Array(items) => items.iter().filter(|item| item.is_object()).collect(),
        Value::Object(_) if id_of(found).is_some() => vec![found],
        _ => Vec::new(),
    };
    let Some(names) = known.first().and_then(|record| record.as_object()) else { return Vec::new() };
    let search = Search { found, names, id_of, ids: known.iter().filter_map(|record| id_of(record)).collect() };
    let mut lists = Vec::new();
    search.look(payload, "payload", MAX_LEVELS, &mut lists);
    lists.into_iter().map(|(path, items)| entry(&path, &items, records)).collect()
}

struct Search<'a> {
    found: &'a Value,
    /// Members of a record.
    names: &'a Map<String, Value>,
    ids: HashSet<String>,
    id_of: &'a dyn Fn(&Value) -> Option<String>,
}

impl Search<'_> {
    fn look(&self, tree: &Value, path: &str, levels: usize, lists: &mut Vec<(String, Vec<Value>)>) {
        let Value::Object(members) = tree else { return };
        for (name, member) in members.iter().filter(|(_, member)| *member != self.found) {
            let path = format!("{path}.{name}");
            match member {
                Value::Array(items) => {
                    let missed: Vec<Value> = items.iter().filter(|item| self.is_missed(item)).cloned().collect();
                    if !missed.is_empty() {
                        lists.push((path, missed));
                    }
                }
                // A record's own lists are its own.
                Value::Object(_) if levels > 0 && (self.id_of)(member).is_none() => {
                    self.look(member, &path, levels - 1, lists);
                }
                _ => {}
            }
        }
    }

    /// Whether an item is a record that is not among those found.
    fn is_missed(&self, item: &Value) -> bool {
        let Some(members) = item.as_object().filter(|members| !members.is_empty()) else { return false };
        let shared = self.names.keys().filter(|name| members.contains_key(*name)).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of members are small")]
        let is_alike = shared as f64 >= MIN_SHARE * self.names.len() as f64;
        is_alike && (self.id_of)(item).is_some_and(|id| !self.ids.contains(&id))
    }
}

fn entry(path: &str, items: &[Value], records: &str) -> Value {
    let path: String = path.chars().filter(|c| !c.is_control()).take(200).collect();
    let count = items.len();
    let reason = format!(
        "{path} 里还有 {count} 条记录，而 records（{records}）只读别处的列表：没有收下；请来源放到一个列表里，或改 records \
         ({count} more records stand in {path}, beside the list that records ({records}) names: they were not taken; have the source \
         use one list, or set records)"
    );
    broken::entry(&Value::Array(items.to_vec()).to_string(), &reason)
}
