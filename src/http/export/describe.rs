//! What the OpenAPI document says of lists as files.

use serde_json::{Value, json};

use super::MAX_ROWS;
use super::columns::LISTS;
use crate::report::Format;

/// Adds to each list that it can be had as a file.
pub(in crate::http) fn describe(document: &mut Value) {
    for list in LISTS {
        let Some(operation) = document.pointer_mut(&format!("/paths/{}/get", list.path.replace('/', "~1"))) else {
            continue;
        };
        if let Some(parameters) =
            operation.as_object_mut().map(|members| members.entry("parameters").or_insert(json!([])))
            && let Some(parameters) = parameters.as_array_mut()
        {
            parameters.extend(parameters_of_files());
        }
        let Some(answer) = operation.pointer_mut("/responses/200") else { continue };
        for (format, example) in
            [(Format::Csv, "工单,标题,状态\r\nRC-20261122-000001,青鱼滩路路灯不亮,待签收\r\n"), (Format::Xlsx, "PK…")]
        {
            let essence = format.media_type().split(';').next().unwrap_or_default();
            answer["content"][essence] = json!({ "schema": { "type": "string" }, "example": example });
        }
        answer["headers"]["link"] = json!({
            "description": "Of a file that ends before the list does: where it goes on, with rel=\"next\" (RFC 8288).",
            "schema": { "type": "string" },
        });
    }
}

fn parameters_of_files() -> [Value; 2] {
    let form = format!(
        "In which form: a document with a page (also where nothing is said), or a file for spreadsheets with at most {MAX_ROWS} rows from \
         `after` on; `limit` is how many rows the first page of them has. \
         That a file was made is noted in the audit log."
    );
    let language = "Language of the headings and words of a file; Chinese where nothing is said.";
    [("format", form.as_str(), ["json", "csv", "xlsx"].as_slice()), ("language", language, ["zh", "en"].as_slice())]
        .map(|(name, description, words)| {
            json!({
                "in": "query", "name": name, "description": description,
                "schema": { "type": "string", "enum": words, "example": words.first() },
            })
        })
}
