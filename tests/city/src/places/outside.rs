//! Everything that the gateway of a place calls: operators, mini-programs, dispatch systems. One server takes it all, writes it down and agrees.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::net::TcpListener;

/// A call of the gateway.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub path: String,
    pub body: String,
}

/// The server.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    calls: Arc<Mutex<Vec<Call>>>,
    /// Host and port.
    pub address: String,
}

impl Outside {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let outside = Self { calls: Arc::default(), address: listener.local_addr()?.to_string() };
        let router = Router::new().fallback(take).with_state(outside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(outside)
    }

    /// The calls since the last time.
    pub(super) fn drain(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn take(State(outside): State<Outside>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let number = {
        let mut calls = outside.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(Call { path: uri.path().to_owned(), body: body.clone() });
        format!("F{:08}", calls.len())
    };
    let is_xml =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.contains("xml")));
    if is_xml {
        let answer = soap(&body, &number);
        return ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer).into_response();
    }
    let agreed = json!({
        "ok": true, "code": 0, "result": 0, "errmsg": "OK", "msg": "OK", "status": 200, "flag": "1",
        "data": { "orderId": number, "list": [] }, "rows": [], "list": [],
    });
    axum::Json(agreed).into_response()
}

/// The answer to an operation of any name.
fn soap(body: &str, number: &str) -> String {
    let inside = body.split_once("Body>").map_or(body, |(_, inside)| inside);
    let operation: String =
        inside.trim_start_matches(|c: char| c != '<').chars().skip(1).take_while(char::is_ascii_alphanumeric).collect();
    format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{operation}Response><Code>0</Code>\
         <CaseNo>{number}</CaseNo></{operation}Response></soap:Body></soap:Envelope>"
    )
}
