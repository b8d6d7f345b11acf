//! A 12345 system that is channel and destination at once: it takes orders that others make, handles them, and lists all that it has.
//!
//! What its interface says of itself:
//! - `POST /orders` makes an order of `{"outerNo", "content", "hops"}`; without the first two it answers code 400. The answer is
//!   `{"code": 0, "data": {"orderNo"}}`. The same call again makes another order.
//! - `GET /orders/find?outerNo=` gives `{"code": 0, "rows": […]}`: the orders with this number of others.
//! - `POST /orders/{orderNo}/state` notes `{"state", "reply"}` of an order; code 404 where it has none of this number.
//! - `GET /orders?last=` lists its orders, its own and those of others, those that changed last first, a hundred at a time: below `seq` `last`.
//!
//! Of so many answers to a new order one is lost after the order was made, and one comes only after the order was listed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// OrderCenter on a page of the list.
const PAGE: usize = 100;
/// What its times begin with, in milliseconds since 1970: they grow with every change.
const EPOCH_MS: i64 = 1_795_000_000_000;

#[derive(Debug, Default)]
struct Book {
    orders: BTreeMap<String, Value>,
    changes: i64,
    asked_to_create: u64,
    said: Vec<(String, String)>,
}

/// A running system.
#[derive(Debug, Clone)]
pub struct OrderCenter {
    book: Arc<Mutex<Book>>,
    /// How often the list was given.
    listed: Arc<watch::Sender<u64>>,
    /// Its base URL.
    pub url: String,
}

impl OrderCenter {
    /// Of so many orders one answer is lost after the order was made.
    pub const LOSES_ONE_OF: u64 = 40;
    /// Of so many orders one is answered only after the order was listed.
    pub const DELAYS_ONE_OF: u64 = 50;

    /// Starts it on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let orders = Self { book: Arc::default(), listed: Arc::new(watch::Sender::new(0)), url };
        let router = Router::new()
            .route("/orders", get(list).post(create))
            .route("/orders/find", get(find))
            .route("/orders/{number}/state", post(state))
            .with_state(orders.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(orders)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen calls; the order's number.
    pub fn call(&self, content: &str) -> String {
        self.book().make("", content, "")
    }

    /// Handles an order.
    pub fn handle(&self, number: &str, state: &str, reply: &str) {
        self.book().change(number, state, reply);
    }

    /// The orders, by number.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Value> {
        self.book().orders.clone()
    }

    /// What others said of the state of orders: number and state.
    #[must_use]
    pub fn said(&self) -> Vec<(String, String)> {
        self.book().said.clone()
    }

    /// How often the list was given.
    #[must_use]
    pub fn listed(&self) -> u64 {
        *self.listed.borrow()
    }
}

impl Book {
    fn make(&mut self, mark: &str, content: &str, hops: &str) -> String {
        let number = format!("H{:06}", self.orders.len() + 1);
        let order = json!({ "orderNo": number, "outerNo": mark, "content": content, "hops": hops });
        self.orders.insert(number.clone(), order);
        self.change(&number, "new", "");
        number
    }

    fn change(&mut self, number: &str, state: &str, reply: &str) {
        self.changes += 1;
        let (seq, at) = (self.changes, EPOCH_MS + self.changes * 1_000);
        if let Some(order) = self.orders.get_mut(number) {
            (order["state"], order["reply"]) = (json!(state), json!(reply));
            (order["seq"], order["at"]) = (json!(seq), json!(at));
        }
    }
}

async fn create(State(orders): State<OrderCenter>, Json(order): Json<Value>) -> Response {
    let text = |name: &str| order[name].as_str().unwrap_or_default().to_owned();
    if text("outerNo").is_empty() || text("content").is_empty() {
        return Json(json!({ "code": 400, "msg": "outerNo and content are required" })).into_response();
    }
    let (number, count) = {
        let mut book = orders.book();
        book.asked_to_create += 1;
        let hops = order["hops"].to_string();
        (book.make(&text("outerNo"), &text("content"), &hops), book.asked_to_create)
    };
    if count.is_multiple_of(OrderCenter::LOSES_ONE_OF) {
        return Body::from_stream(stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))])).into_response();
    }
    if count.is_multiple_of(OrderCenter::DELAYS_ONE_OF) {
        let mut listed = orders.listed.subscribe();
        let before = *listed.borrow_and_update();
        // Two more: one may have been under way.
        let _closed = listed.wait_for(|listed| *listed >= before + 2).await;
    }
    Json(json!({ "code": 0, "data": { "orderNo": number } })).into_response()
}

async fn find(State(orders): State<OrderCenter>, Query(query): Query<BTreeMap<String, String>>) -> Json<Value> {
    let mark = query.get("outerNo").cloned().unwrap_or_default();
    let rows: Vec<Value> = orders.book().orders.values().filter(|order| order["outerNo"] == *mark).cloned().collect();
    Json(json!({ "code": 0, "rows": rows }))
}

async fn list(State(orders): State<OrderCenter>, Query(query): Query<BTreeMap<String, String>>) -> Json<Value> {
    let last: i64 = query.get("last").and_then(|last| last.parse().ok()).unwrap_or(0);
    let mut rows: Vec<Value> = orders.book().orders.values().cloned().collect();
    rows.sort_by_key(|order| -order["seq"].as_i64().unwrap_or(0));
    rows.retain(|order| last == 0 || order["seq"].as_i64().is_some_and(|seq| seq < last));
    rows.truncate(PAGE);
    orders.listed.send_modify(|listed| *listed += 1);
    Json(json!({ "code": 0, "rows": rows }))
}

async fn state(State(orders): State<OrderCenter>, Path(number): Path<String>, Json(said): Json<Value>) -> Json<Value> {
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let mut book = orders.book();
    if !book.orders.contains_key(&number) {
        return Json(json!({ "code": 404, "msg": "no such order" }));
    }
    book.said.push((number.clone(), text("state")));
    book.change(&number, &text("state"), &text("reply"));
    Json(json!({ "code": 0 }))
}
