//! Examples in the OpenAPI document. A member of a schema shows the value that its own `example` gives, or that its name has in
//! `words`; a parameter shows that of its schema; what a body or an answer looks like as a whole is put together from its members.

use serde_json::{Map, Value, json};

use super::words;

/// How deep schemas are followed: none of ours nests deeper, and none has an example that does not end.
const MAX_DEPTH: usize = 16;
/// Where the document keeps its schemas.
const SCHEMAS: &str = "/components/schemas";

/// Puts examples to what has none.
pub(super) fn put_in(document: &mut Value) {
    if let Some(Value::Object(schemas)) = document.pointer_mut(SCHEMAS) {
        let members = schemas.values_mut().filter_map(|schema| schema.get_mut("properties")?.as_object_mut());
        for (name, schema) in members.flatten() {
            show(name, schema);
        }
    }
    let schemas = document.pointer(SCHEMAS).cloned().unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        parameters(operation);
        bodies(operation, &schemas);
    }
}

fn parameters(operation: &mut Value) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(parameter) = parameter.as_object_mut() else { continue };
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(schema) = parameter.get_mut("schema") else { continue };
        show(&name, schema);
        if let Some(example) = own(schema).cloned() {
            parameter.insert("example".to_owned(), example);
        }
    }
}

/// What is sent, and what comes back where all is well.
fn bodies(operation: &mut Value, schemas: &Value) {
    let well = |(status, answer)| Some(answer).filter(|_: &&mut Value| str::starts_with(status, "2"));
    let mut sides: Vec<&mut Value> = Vec::new();
    for (name, member) in operation.as_object_mut().into_iter().flatten() {
        match (name.as_str(), member) {
            ("requestBody", body) => sides.push(body),
            ("responses", Value::Object(answers)) => {
                sides.extend(answers.iter_mut().map(|(status, answer)| (status.as_str(), answer)).filter_map(well));
            }
            _ => {}
        }
    }
    let kinds = sides.into_iter().filter_map(|side| side.get_mut("content")?.as_object_mut());
    for media in kinds.flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        if media.contains_key("example") {
            continue;
        }
        if let Some(example) = media.get("schema").and_then(|schema| whole(schema, schemas, MAX_DEPTH)) {
            media.insert("example".to_owned(), example);
        }
    }
}

/// The first of a schema's own examples.
fn own(schema: &Value) -> Option<&Value> {
    schema.get("examples")?.as_array()?.first()
}

/// Gives a schema the example of its name, unless it has one, or is a document of its own.
fn show(name: &str, schema: &mut Value) {
    if own(schema).is_none()
        && let Some(example) = of_name(name, schema)
        && let Some(members) = schema.as_object_mut()
    {
        members.insert("examples".to_owned(), json!([example]));
    }
}

/// What a member of this name and type shows.
fn of_name(name: &str, schema: &Value) -> Option<Value> {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let usual = words::text(name).map(Value::from).filter(|usual| choices.contains(usual));
        return usual.or_else(|| choices.first().cloned());
    }
    let kind = schema.get("type")?;
    let kind = kind.as_str().or_else(|| kind.as_array()?.first()?.as_str())?;
    match kind {
        "string" if schema.get("format").is_some_and(|format| format == "date-time") => Some(words::time(name).into()),
        "string" => words::text(name).map(Value::from),
        "integer" => words::number(name).map(Value::from),
        "number" => words::fraction(name).map(Value::from),
        "boolean" => Some(words::holds(name).into()),
        "array" => of_name(name, schema.get("items")?).map(|item| json!([item])),
        _ => None,
    }
}

/// A whole document of a schema, without what an ordinary one lacks.
fn whole(schema: &Value, schemas: &Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(example) = own(schema) {
        return Some(example.clone());
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return whole(schemas.get(name.rsplit('/').next()?)?, schemas, depth);
    }
    // A document under a description of its own, or one that may be missing.
    if let Some(choices) = schema.get("allOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
        return choices.iter().find_map(|choice| whole(choice, schemas, depth));
    }
    if let Some(items) = schema.get("items") {
        return whole(items, schemas, depth).map(|item| json!([item]));
    }
    let members = schema.get("properties")?.as_object()?;
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|required| required.iter().any(|one| one == name));
    let shown = members.iter().filter(|(name, _)| is_required(name) || !words::is_rare(name));
    let members = shown.filter_map(|(name, schema)| {
        let is_none = words::is_rare(name) && schema.get("type").is_some_and(|kind| kind == "array");
        Some((name.clone(), if is_none { json!([]) } else { whole(schema, schemas, depth)? }))
    });
    Some(Value::Object(members.collect()))
}
