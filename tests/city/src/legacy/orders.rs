//! A 12345 system: its orders wait until they are signed for, and what is said of them at their end is looked at before it is taken.
//!
//! All is `POST /api/gateway`, JSON `{"service", "token", "data"}`, and answered with HTTP 200 and `{"resultCode", "resultMsg", "data"}`; `0000` is success.
//!
//! | service | data | answer |
//! |---|---|---|
//! | `order.pending` | `pageNo` (from 1), `pageSize` (at most 20) | `{"total", "rows"}` of orders that are not signed for, the oldest first: `orderCode`, `callContent`, `callerName`, `callerPhone`, `secretFlag`, `acceptTime` |
//! | `order.sign` | `orderCode`, `acceptNo` (the number given there) | success; `1003` where it was signed for already |
//! | `order.reply` | `replyId`, `orderCode`, `handleResult`, `handleType` (`01` done, `02` not to be done) | first `2001` (正在审核): ask again later **with the same `replyId`**; then success. `1002` where the order was not signed for, `1004` where it was answered under another `replyId` |
//!
//! A wrong token is `1001`, anything else that is wrong `1009`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::response::Json;
use serde_json::{Value, json};

use super::{Matter, Notes, serve};

const TOKEN: &str = "city-12345-token";
/// Most orders of a page.
const MAX_ROWS: usize = 20;
/// How often a reply is still being looked at when it is asked for.
const LOOKS: u32 = 2;

#[derive(Debug, Default)]
struct Desk {
    orders: BTreeMap<String, Matter>,
    signed: BTreeMap<String, String>,
    /// By order: the reply's own id, and how often it is still being looked at.
    replies: BTreeMap<String, (String, u32)>,
}

/// A running 12345 system.
#[derive(Debug, Clone)]
pub struct Orders {
    desk: Arc<Mutex<Desk>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Its base URL.
    pub url: String,
}

type Answer = Result<Value, (&'static str, &'static str)>;

impl Orders {
    /// The token that it knows.
    pub const TOKEN: &str = TOKEN;

    /// Starts a system.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let mut system = Self { desk: Arc::default(), notes: Notes::default(), url: String::new() };
        let router = Router::new().route("/api/gateway", axum::routing::post(answer)).with_state(system.clone());
        system.url = serve(router).await?;
        Ok(system)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen calls.
    pub fn put(&self, call: Matter) {
        self.desk().orders.insert(format!("2026112100{}", call.number), call);
    }

    /// The numbers under which orders were signed for, by order.
    #[must_use]
    pub fn accepted(&self) -> BTreeMap<String, String> {
        self.desk().signed.clone()
    }

    fn pending(&self, data: &Value) -> Answer {
        let number = |name: &str| data[name].as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let (Some(page), Some(rows)) = (number("pageNo"), number("pageSize").filter(|rows| *rows <= MAX_ROWS)) else {
            return Err(("1009", "分页参数错误"));
        };
        let desk = self.desk();
        let open: Vec<_> = desk.orders.iter().filter(|(code, _)| !desk.signed.contains_key(*code)).collect();
        let shown = open.iter().skip((page - 1) * rows).take(rows).map(|(code, call)| {
            json!({
                "orderCode": code, "callContent": call.text, "callerName": call.name, "callerPhone": call.phone, "secretFlag": "0",
                "acceptTime": "2026-11-21 09:12:40",
            })
        });
        Ok(json!({ "total": open.len(), "rows": shown.collect::<Vec<_>>() }))
    }

    fn sign(&self, code: &str, accept: &str) -> Answer {
        let mut desk = self.desk();
        if !desk.orders.contains_key(code) || accept.is_empty() {
            return Err(("1009", "工单号或受理号错误"));
        }
        if desk.signed.contains_key(code) {
            return Err(("1003", "已签收"));
        }
        desk.signed.insert(code.to_owned(), accept.to_owned());
        self.notes.sign(code);
        Ok(Value::Null)
    }

    fn reply(&self, data: &Value) -> Answer {
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        let (id, code) = (text("replyId"), text("orderCode"));
        if id.is_empty() || text("handleResult").is_empty() || !["01", "02"].contains(&text("handleType")) {
            return Err(("1009", "缺少参数"));
        }
        let mut desk = self.desk();
        if !desk.signed.contains_key(code) {
            return Err(("1002", "未签收"));
        }
        let (first, looks) = desk.replies.entry(code.to_owned()).or_insert((id.to_owned(), 0));
        if first != id {
            return Err(("1004", "已答复"));
        }
        *looks += 1;
        match *looks {
            looks if looks <= LOOKS => Err(("2001", "正在审核")),
            looks => {
                if looks == LOOKS + 1 {
                    self.notes.replied(code, text("handleResult"));
                }
                Ok(Value::Null)
            }
        }
    }
}

async fn answer(State(system): State<Orders>, Json(asked): Json<Value>) -> Json<Value> {
    let (service, data) = (asked["service"].as_str().unwrap_or_default(), &asked["data"]);
    let text = |name: &str| data[name].as_str().unwrap_or_default();
    let answered = match service {
        _ if asked["token"] != TOKEN => Err(("1001", "token 错误")),
        "order.pending" => system.pending(data),
        "order.sign" => system.sign(text("orderCode"), text("acceptNo")),
        "order.reply" => system.reply(data),
        _ => Err(("1009", "没有这个服务")),
    };
    Json(match answered {
        Ok(data) => json!({ "resultCode": "0000", "resultMsg": "成功", "data": data }),
        Err((code, words)) => {
            if code != "2001" {
                system.notes.refuse(format!("{code} {words}: {asked}"));
            }
            json!({ "resultCode": code, "resultMsg": words, "data": null })
        }
    })
}
