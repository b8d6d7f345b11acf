//! What the schemas say, held against what else knows the members.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::ManualClock;
use huiliu_expression::Shape;
use serde_json::Value;

use super::schemas;
use crate::city::{PackFiles, ticket_shape};
use crate::mapping::Loading;
use crate::pack::Pack;
use crate::registry::factories;

/// The paths of all members below a part of a schema.
fn schema_paths(schema: &Value, part: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = part["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        return schema_paths(schema, &schema["$defs"][name], path, found);
    }
    part["anyOf"].as_array().into_iter().flatten().for_each(|one| schema_paths(schema, one, path, found));
    if part["items"].is_object() {
        schema_paths(schema, &part["items"], path, found);
    }
    for (name, member) in part["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        schema_paths(schema, member, &path, found);
        found.insert(path);
    }
}

fn shape_paths(shape: &Shape, path: &str, found: &mut BTreeSet<String>) {
    match shape {
        Shape::List(item) => shape_paths(item, path, found),
        Shape::Members(members) => {
            for (name, member) in members {
                let path = format!("{path}.{name}");
                shape_paths(member, &path, found);
                found.insert(path);
            }
        }
        Shape::Open | Shape::Single | Shape::OneOf(_) => {}
    }
}

#[test]
fn filters_know_the_members_that_the_schema_has() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng");
    let (factories, clock) = (factories(), Arc::new(ManualClock::at("2026-11-26T00:00:00Z".parse().unwrap())));
    let pack = Pack::load(PackFiles::read(&folder).unwrap(), &Loading::away(&factories, clock)).unwrap();
    let (_, schema) = schemas().into_iter().find(|(name, _)| name.contains("ticket")).unwrap();
    let (mut of_schema, mut of_shape) = (BTreeSet::new(), BTreeSet::new());
    schema_paths(&schema, &schema, "", &mut of_schema);
    shape_paths(&ticket_shape(&pack.city, &pack.rules.names), "", &mut of_shape);
    assert!(of_schema.len() > 40, "{of_schema:?}");
    assert_eq!(of_schema, of_shape);
}
