//! A grid system that hands in what its wardens found, a batch at a time, and does its books by rows.
//!
//! **What it posts**: JSON `{"batchNo", "rows": [{"rowNo" (from 1), "caseCode", "caseDesc", "reporter", "tel"}]}` with the header `X-Grid-Key`.
//!
//! **What it wants**: HTTP 200 and JSON `{"batchNo", "success" (rows taken), "results": [{"rowNo", "flag": "1", "acceptNo"} | {"rowNo", "flag": "0", "errorMsg"}]}`,
//! **one result for each row, in the order of the rows**. A row with `0` is mended by its warden and comes again; a batch that is answered in any other way
//! comes again whole.
//!
//! **Replies** go to `POST /result` as JSON `{"rows": [{"caseCode", "acceptNo", "flag": "1" (done) or "0" (not to be done), "opinion"}]}` with the same header; the
//! answer has `results` of the same form, and `flag` `0` where a case or its number of acceptance is not known. HTTP is 200 in any case.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Json;
use serde_json::{Value, json};

use super::{Matter, Notes, header, serve};

const KEY: &str = "city-grid-key";

/// A system that counts rows.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Numbers of acceptance by case.
    accepted: Arc<Mutex<BTreeMap<String, String>>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Where it takes replies.
    pub url: String,
}

impl Rows {
    /// The key that both sides show.
    pub const KEY: &str = KEY;

    /// Starts its place for replies on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let mut grid = Self { accepted: Arc::default(), notes: Notes::default(), url: String::new() };
        let router = Router::new().route("/result", axum::routing::post(result)).with_state(grid.clone());
        grid.url = serve(router).await?;
        Ok(grid)
    }

    /// Hands a batch in; the flag of each row.
    ///
    /// # Errors
    /// It is not answered row by row.
    pub async fn post(&self, gateway: &str, batch: &str, cases: &[Matter]) -> anyhow::Result<Vec<bool>> {
        let rows: Vec<Value> = (1..).zip(cases).map(|(row, case)| {
            json!({ "rowNo": row, "caseCode": format!("G{}", case.number), "caseDesc": case.text, "reporter": case.name, "tel": case.phone })
        }).collect();
        let body = serde_json::to_vec(&json!({ "batchNo": batch, "rows": rows }))?;
        let headers = [("content-type", "application/json"), ("x-grid-key", KEY)];
        let answer = super::post(&format!("{gateway}/in/row-answers"), &headers, body).await?;
        anyhow::ensure!(answer.status.as_u16() == 200, "HTTP {}", answer.status);
        let said: Value = serde_json::from_slice(&answer.body)?;
        let results = said["results"].as_array().cloned().unwrap_or_default();
        anyhow::ensure!(said["batchNo"] == batch && results.len() == cases.len(), "{said}");
        let mut flags = Vec::new();
        for ((row, case), result) in (1_u64..).zip(cases).zip(&results) {
            let text = |name: &str| result[name].as_str().unwrap_or_default();
            let taken = text("flag") == "1" && !text("acceptNo").is_empty();
            anyhow::ensure!(taken || (text("flag") == "0" && !text("errorMsg").is_empty()), "{said}");
            anyhow::ensure!(result["rowNo"] == row, "{said}");
            if taken {
                let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
                accepted.insert(format!("G{}", case.number), text("acceptNo").to_owned());
            }
            flags.push(taken);
        }
        anyhow::ensure!(said["success"] == flags.iter().filter(|taken| **taken).count(), "{said}");
        Ok(flags)
    }
}

async fn result(State(grid): State<Rows>, headers: HeaderMap, body: String) -> Json<Value> {
    let told: Value = serde_json::from_str(&body).unwrap_or_default();
    let rows = told["rows"].as_array().cloned().unwrap_or_default();
    if header(&headers, "x-grid-key") != KEY || rows.is_empty() {
        grid.notes.refuse(body);
        return Json(json!({ "results": [] }));
    }
    let judged = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let accepted = grid.accepted.lock().unwrap_or_else(PoisonError::into_inner).get(text("caseCode")).cloned();
        let known = accepted.as_deref() == Some(text("acceptNo"));
        if !known || text("opinion").is_empty() || !["0", "1"].contains(&text("flag")) {
            grid.notes.refuse(row.to_string());
            return json!({ "caseCode": row["caseCode"], "flag": "0", "errorMsg": "件号或受理号不符" });
        }
        grid.notes.replied(text("caseCode"), text("opinion"));
        json!({ "caseCode": row["caseCode"], "flag": "1" })
    };
    Json(json!({ "results": rows.iter().map(judged).collect::<Vec<_>>() }))
}
