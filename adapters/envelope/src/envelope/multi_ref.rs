//! Values that SOAP 1.1's encoding writes beside the answer and refers to (§5.4.1), as services on Axis 1 do: each reference becomes what it
//! refers to.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// The element under which Axis writes such a value.
const MULTI_REF: &str = "multiRef";
/// Most references in each other.
const MAX_PATH: usize = 32;
/// Deepest value that may come of references, in levels.
const MAX_LEVELS: usize = 64;
/// Most values that may come of one body by references.
const MAX_VALUES: usize = 200_000;

/// Puts the values of a body where they are referred to, and drops them beside it. A reference that leads nowhere, round in a circle or
/// beyond the limits stays as it is.
pub(super) fn resolved(body: Value) -> Value {
    let Value::Object(mut members) = body else { return body };
    let Some(listed) = members.shift_remove(MULTI_REF) else { return Value::Object(members) };
    let listed = match listed {
        Value::Array(items) => items,
        single => vec![single],
    };
    let values = listed.into_iter().filter_map(|item| Some((id_of(&item)?, without_id(item)))).collect();
    let mut body = Value::Object(members);
    Resolving { values, left: MAX_VALUES }.resolve(&mut body, 0, &mut Vec::new());
    body
}

struct Resolving {
    values: HashMap<String, Value>,
    left: usize,
}

impl Resolving {
    /// `level` is the depth at which the tree stands, `path` holds the ids of the references that led here.
    fn resolve(&mut self, tree: &mut Value, level: usize, path: &mut Vec<String>) {
        if let Some(id) = reference(tree) {
            let fits = path.len() < MAX_PATH && !path.contains(&id);
            let value = self.values.get(&id).filter(|value| fits && level + levels(value) <= MAX_LEVELS);
            let Some(value) = value else { return };
            let Some(left) = self.left.checked_sub(count(value)) else { return };
            self.left = left;
            *tree = value.clone();
            path.push(id);
            self.resolve(tree, level, path);
            path.pop();
            return;
        }
        match tree {
            Value::Array(items) => items.iter_mut().for_each(|item| self.resolve(item, level + 1, path)),
            Value::Object(members) => members.values_mut().for_each(|member| self.resolve(member, level + 1, path)),
            _ => {}
        }
    }
}

fn levels(tree: &Value) -> usize {
    match tree {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

fn count(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn id_of(item: &Value) -> Option<String> {
    item.get("@id")?.as_str().map(str::to_owned)
}

/// The id that an element refers to; it has nothing else.
fn reference(tree: &Value) -> Option<String> {
    let members = tree.as_object().filter(|members| members.len() == 1)?;
    members.get("@href")?.as_str()?.strip_prefix('#').map(str::to_owned)
}

/// The value as it would stand in its place.
fn without_id(item: Value) -> Value {
    let Value::Object(mut members) = item else { return item };
    members.shift_remove("@id");
    if members.is_empty() {
        return Value::String(String::new());
    }
    let only = |members: &Map<String, Value>| members.len() == 1 && members.contains_key("#text");
    if only(&members) { members.shift_remove("#text").unwrap_or_default() } else { Value::Object(members) }
}

#[cfg(test)]
mod tests {
    use huiliu_payload::parse_xml;
    use serde_json::json;

    use super::*;

    fn check(body: &str, wanted: &Value) {
        let xml = format!(
            "<Body xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:x='http://schemas.xmlsoap.org/soap/encoding/' \
             xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{body}</Body>"
        );
        assert_eq!(&resolved(parse_xml(&xml).unwrap()["Body"].take()), wanted, "{body}");
    }

    const ATTRIBUTES: &str = "x:root='0' e:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/' xsi:type='xsd:x'";

    #[test]
    fn references_become_what_they_refer_to() {
        check(
            &format!(
                "<R><return><item href='#id0'/><item href='#id1'/></return></R><multiRef id='id0' {ATTRIBUTES}><n>1</n><w href='#id2'/></multiRef>\
                 <multiRef id='id1' {ATTRIBUTES}><n xsi:nil='true'/></multiRef><multiRef id='id2' {ATTRIBUTES}>2026</multiRef>"
            ),
            &json!({"R": {"return": {"item": [{"n": "1", "w": "2026"}, {"n": null}]}}}),
        );
    }

    #[test]
    fn what_leads_nowhere_or_round_stays() {
        check("<R href='#x'/>", &json!({"R": {"@href": "#x"}}));
        check(
            "<R><a href='http://a/'/></R><multiRef id='1'>1</multiRef>",
            &json!({"R": {"a": {"@href": "http://a/"}}}),
        );
        check("<R href='#1'/><multiRef id='1'><a href='#1'/></multiRef>", &json!({"R": {"a": {"@href": "#1"}}}));
        check("<R><item id='5'><n>1</n></item></R>", &json!({"R": {"item": {"@id": "5", "n": "1"}}}));
    }

    #[test]
    fn references_that_multiply_are_bounded() {
        let many: String =
            (0..30).map(|n| format!("<multiRef id='{n}'><a href='#{0}'/><b href='#{0}'/></multiRef>", n + 1)).collect();
        let tree = parse_xml(&format!("<Body><R href='#0'/>{many}</Body>")).unwrap()["Body"].take();
        assert!(count(&resolved(tree)) < 2 * MAX_VALUES);
        let nested = |id: usize| {
            format!("<multiRef id='{id}'>{}<a href='#{}'/>{}</multiRef>", "<x>".repeat(20), id + 1, "</x>".repeat(20))
        };
        let deep: String = (0..30).map(nested).collect();
        let tree = parse_xml(&format!("<Body><R href='#0'/>{deep}</Body>")).unwrap()["Body"].take();
        assert!(levels(&resolved(tree)) <= MAX_LEVELS + 2, "references in each other");
    }
}
