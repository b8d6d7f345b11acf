//! A scripted source on a real socket: it remembers what it was asked, and answers by a script.

#![expect(clippy::unwrap_used, reason = "this crate is a test kit")]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

/// A request as the source got it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header fields.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header field; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What is answered: status, header fields, body.
pub type Said = (u16, Vec<(&'static str, String)>, String);

/// How a source answers.
type Script = Arc<dyn Fn(&Asked, usize) -> Said + Send + Sync>;

/// The source.
#[derive(Clone)]
pub struct Scripted {
    /// Where it listens: `http://127.0.0.1:port`.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    script: Script,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripted").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Scripted {
    /// A source that answers by `script`, which is given the request and how many came to the same path before.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn start(script: impl Fn(&Asked, usize) -> Said + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let portal = Self { url, asked: Arc::default(), script: Arc::new(script) };
        let router = Router::new().fallback(answer).with_state(portal.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        portal
    }

    /// The requests to a path.
    ///
    /// # Panics
    /// The script has panicked.
    #[must_use]
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

async fn answer(State(portal): State<Scripted>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.unwrap();
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: body.to_vec(),
    };
    let before = portal.asked(&asked.path).len();
    portal.asked.lock().unwrap().push(asked.clone());
    // A script may wait, for others to come or for a moment: it must not hold up what else this runtime carries.
    let (status, headers, body) = tokio::task::spawn_blocking(move || (portal.script)(&asked, before)).await.unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

/// A JSON answer.
#[must_use]
pub fn json(body: &str) -> Said {
    (200, vec![("content-type", "application/json".to_owned())], body.to_owned())
}

/// A web page that asks for a password.
#[must_use]
pub fn login_page() -> Said {
    let page = "<!DOCTYPE html><html><head><title>统一登录</title></head><body><form method=\"post\"><input \
                type=\"hidden\" name=\"_csrf\" value=\"c-7\"><input type=\"password\" name=\"pw\"></form></body></html>";
    (200, vec![("content-type", "text/html; charset=utf-8".to_owned())], page.to_owned())
}
