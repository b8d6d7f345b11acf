//! A message board with last-id paging meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use huiliu_adapter_api::{Factory, MAX_PAYLOAD_BYTES};
use huiliu_conformance::{Behaviour, Exemption, Exercise, MARKER, Source, conforms};
use huiliu_http_poll::HttpPollFactory;
use serde_json::{Value, json};

#[derive(Clone)]
struct Board {
    threads: Arc<Mutex<BTreeMap<u64, Value>>>,
    replies: Arc<Mutex<Vec<String>>>,
    behaviour: Arc<Mutex<Behaviour>>,
    url: String,
}

impl Board {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let board = Self {
            threads: Arc::default(),
            replies: Arc::default(),
            behaviour: Arc::new(Mutex::new(Behaviour::Well)),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new().route("/list", get(list)).route("/reply", post(reply)).with_state(board.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        board
    }

    /// What the board answers instead, as it behaves now.
    async fn misbehave(&self) -> Option<(StatusCode, Json<Value>)> {
        let behaviour = *self.behaviour.lock().unwrap();
        match behaviour {
            Behaviour::Well | Behaviour::ConfirmsAllBut(_) => None,
            Behaviour::Busy => Some((StatusCode::SERVICE_UNAVAILABLE, Json(json!({})))),
            Behaviour::Refusing => Some((StatusCode::OK, Json(json!({ "code": "SN0006" })))),
            Behaviour::ComplaintUnknown => Some((StatusCode::NOT_FOUND, Json(json!({})))),
            Behaviour::Hanging => std::future::pending().await,
            Behaviour::Oversized => {
                Some((StatusCode::OK, Json(json!({ "code": 0, "list": ["x".repeat(MAX_PAYLOAD_BYTES)] }))))
            }
        }
    }
}

async fn list(State(board): State<Board>, RawQuery(query): RawQuery, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    if let Some(answer) = board.misbehave().await {
        return answer;
    }
    assert_eq!(headers["authorization"], "secret-1");
    let last: u64 = query.unwrap_or_default().trim_start_matches("last=").parse().unwrap_or(0);
    let threads = board.threads.lock().unwrap();
    let older = threads.iter().rev().filter(|(tid, _)| last == 0 || **tid < last).take(15);
    (StatusCode::OK, Json(json!({ "code": 0, "list": older.map(|(_, thread)| thread).collect::<Vec<_>>() })))
}

async fn reply(State(board): State<Board>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    if let Some(answer) = board.misbehave().await {
        return answer;
    }
    board.replies.lock().unwrap().push(body["key"].as_str().unwrap().to_owned());
    (StatusCode::OK, Json(json!({ "code": 0 })))
}

fn thread(number: u64) -> (u64, Value) {
    (number, json!({ "tid": number, "text": MARKER }))
}

#[async_trait]
impl Source for Board {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(HttpPollFactory::default())
    }

    fn channel_file(&self) -> String {
        format!(
            "[format]\nkind = \"json\"\nrecords = \"payload.list\"\nid = \"record.tid\"\n[settings]\norder = \"record.tid\"\n\
             paging = \"last_id\"\n[settings.list]\nurl = \"{url}/list?last={{{{ page.last }}}}\"\n\
             headers = {{ authorization = \"{{{{ secrets.token }}}}\" }}\nsuccess = \"answer.code == 0\"\n\
             [settings.reply]\nurl = \"{url}/reply\"\nheaders = {{ content-type = \"application/json\" }}\n\
             body = '{{\"key\":{{{{ reply.key }}}}}}'\nsuccess = \"answer.code == 0\"\n",
            url = self.url
        )
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![("token", "secret-1".to_owned())]
    }

    async fn give(&self, numbers: &[u64]) {
        *self.threads.lock().unwrap() = numbers.iter().copied().map(thread).collect();
    }

    async fn give_more(&self, number: u64) {
        self.threads.lock().unwrap().extend([thread(number)]);
    }

    async fn give_broken(&self, before: u64, after: u64) -> Exercise {
        self.give(&[before, after]).await;
        self.threads.lock().unwrap().insert(before + 1, Value::Null);
        Exercise::Arranged
    }

    async fn give_file(&self, _number: u64) -> Exercise {
        Exercise::CannotHappen("attachments are addresses in the record")
    }

    async fn behave(&self, how: Behaviour) -> Exercise {
        if let Behaviour::ConfirmsAllBut(_) = how {
            return Exercise::CannotHappen("nothing is told to the source: the position is kept here");
        }
        *self.behaviour.lock().unwrap() = how;
        Exercise::Arranged
    }

    fn replies(&self) -> Result<Vec<String>, &'static str> {
        Ok(self.replies.lock().unwrap().clone())
    }
}

#[tokio::test]
async fn a_board_conforms() {
    let exempt = conforms(&Board::start().await).await;
    assert_eq!(
        exempt,
        [
            Exemption { asked: "files", reason: "attachments are addresses in the record" },
            Exemption {
                asked: "partial confirmation",
                reason: "nothing is told to the source: the position is kept here"
            },
        ]
    );
}
