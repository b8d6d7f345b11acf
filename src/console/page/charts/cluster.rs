//! Which complaints of a ticket are linked by what: complaints on a circle, a line for every decision that put one to another.

use std::collections::BTreeMap;

use minijinja::{Error, State, Value, context};
use serde::Serialize;
use serde_json::Value as Json;

use super::{data, json};

/// Width and height of the picture, in its own units.
const SIDE: (f64, f64) = (560.0, 300.0);
/// Room for words at its edges.
const EDGE: (f64, f64) = (90.0, 34.0);
/// Most complaints that are drawn.
const MAX_NODES: usize = 24;

#[derive(Debug, PartialEq, Serialize)]
struct Node {
    receipt: String,
    x: f64,
    y: f64,
}

#[derive(Debug, PartialEq, Serialize)]
struct Edge {
    x1: f64,
    y1: f64,
    x2: f64,
    y2: f64,
    /// Match weight, where a comparison decided.
    weight: Option<f64>,
}

/// `cluster(complaints, merge_events)`.
pub(super) fn draw(state: &State, complaints: &Value, events: &Value) -> Result<Value, Error> {
    let (nodes, edges, left_out) = placed(&json(complaints), &json(events));
    let (nodes, edges) = (data(nodes), data(edges));
    super::draw(state, "cluster.html", context! { nodes, edges, left_out, width => SIDE.0, height => SIDE.1 })
}

fn placed(complaints: &Json, events: &Json) -> (Vec<Node>, Vec<Edge>, usize) {
    let receipts: Vec<&str> =
        complaints.as_array().into_iter().flatten().filter_map(|one| one["receipt_number"].as_str()).collect();
    let drawn = receipts.len().min(MAX_NODES);
    let nodes: Vec<Node> = receipts
        .iter()
        .take(drawn)
        .zip(0_u32..)
        .map(|(receipt, at)| {
            let angle = std::f64::consts::TAU * f64::from(at) / f64::from(u32::try_from(drawn).unwrap_or(1));
            let x = SIDE.0 / 2.0 - (SIDE.0 / 2.0 - EDGE.0) * angle.cos();
            let y = SIDE.1 / 2.0 - (SIDE.1 / 2.0 - EDGE.1) * angle.sin();
            Node { receipt: (*receipt).to_owned(), x: x.round(), y: y.round() }
        })
        .collect();
    let place: BTreeMap<&str, (f64, f64)> =
        nodes.iter().map(|node| (node.receipt.as_str(), (node.x, node.y))).collect();
    let edge = |event: &Json| {
        let end = |name: &str| event[name].as_str().and_then(|receipt| place.get(receipt)).copied();
        let ((x1, y1), (x2, y2)) = end("receipt_number").zip(end("matched_receipt_number"))?;
        Some(Edge { x1, y1, x2, y2, weight: event["evidence"]["weight"].as_f64() })
    };
    let edges = events.as_array().into_iter().flatten().filter_map(edge).collect();
    (nodes, edges, receipts.len() - drawn)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_decision_is_a_line_between_its_two_complaints() {
        let complaints = json!([{ "receipt_number": "A" }, { "receipt_number": "B" }]);
        let events = json!([
            { "receipt_number": "B", "matched_receipt_number": "A", "evidence": { "weight": 4.5 } },
            { "receipt_number": "C", "matched_receipt_number": "A", "evidence": null },
            { "receipt_number": null, "matched_receipt_number": null },
        ]);
        let (nodes, edges, left_out) = placed(&complaints, &events);
        assert_eq!(nodes.iter().map(|node| (node.x, node.y)).collect::<Vec<_>>(), [(90.0, 150.0), (470.0, 150.0)]);
        assert_eq!(edges, [Edge { x1: 470.0, y1: 150.0, x2: 90.0, y2: 150.0, weight: Some(4.5) }]);
        assert_eq!(left_out, 0);
    }

    #[test]
    fn what_is_not_drawn_is_counted() {
        let complaints: Vec<Json> = (0..30).map(|at| json!({ "receipt_number": at.to_string() })).collect();
        let (nodes, _, left_out) = placed(&Json::from(complaints), &Json::Null);
        assert_eq!((nodes.len(), left_out), (24, 6));
    }
}
