//! The mayor's mailbox of a portal that was made for people at a browser: whoever reads letters logs in by the form, and every request carries
//! the session's cookie and the mark against forgery.
//!
//! | request | answer |
//! |---|---|
//! | `GET /login.do` | the page of the login, with the hidden field `_csrf`, and the cookie `JSESSIONID` of a session that nobody is in |
//! | `POST /login.do`, form `_csrf`, `username`, `password`, with that cookie | 302 to `/index.do`, another `JSESSIONID`, and the cookie `XSRF-TOKEN`; where anything is wrong 200 and the page again |
//! | `POST /letter/list.do`, form `page` (from 1), `rows` (at most 20) | `{"total", "rows": [{"id", "title", "state"}]}`, newest first |
//! | `GET /letter/view.do?id=…` | `{"id", "title", "content" (HTML), "writer", "mobile", "wtime"}` |
//! | `POST /letter/reply.do`, form `id`, `opinion`, `state` (`办结` or `不予受理`) | `{"success": true}`, else `{"success": false, "msg"}` |
//!
//! All but the first two want both cookies and the header `X-XSRF-TOKEN`, which repeats the cookie: 403 without it. A session that is not known, or
//! has served its requests, is answered with 200 and the page of the login. Nothing is ever answered with 401.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{get, post};
use huiliu_payload::{Charset, parse_form};
use serde_json::{Value, json};

use super::{Matter, Notes, cookie, escape, header, serve};

const USER: &str = "huiliu";
const PASSWORD: &str = "Port@l&2026";
/// Most rows of a page.
const MAX_ROWS: usize = 20;

#[derive(Debug, Default)]
struct Desk {
    letters: BTreeMap<u64, Matter>,
    /// Marks of sessions before their login.
    strangers: BTreeMap<String, String>,
    /// Sessions of users: mark and requests that are left.
    sessions: BTreeMap<String, (String, u32)>,
    drawn: u32,
    logins: usize,
}

/// A running portal.
#[derive(Debug, Clone)]
pub struct Portal {
    desk: Arc<Mutex<Desk>>,
    requests_per_session: u32,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Its base URL.
    pub url: String,
}

impl Portal {
    /// Who may log in.
    pub const USER: &str = USER;
    /// The password.
    pub const PASSWORD: &str = PASSWORD;

    /// Starts a portal whose sessions serve so many requests.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(requests_per_session: u32) -> std::io::Result<Self> {
        let mut portal =
            Self { desk: Arc::default(), requests_per_session, notes: Notes::default(), url: String::new() };
        let router = Router::new()
            .route("/login.do", get(page).post(login))
            .route("/letter/list.do", post(list))
            .route("/letter/view.do", get(view))
            .route("/letter/reply.do", post(reply))
            .with_state(portal.clone());
        portal.url = serve(router).await?;
        Ok(portal)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen writes.
    pub fn put(&self, letter: Matter) {
        self.desk().letters.insert(letter.number, letter);
    }

    /// How often somebody logged in.
    #[must_use]
    pub fn logins(&self) -> usize {
        self.desk().logins
    }

    /// The page of the login, with a mark for a new session.
    fn login_page(&self, said: &str) -> Response {
        let mut desk = self.desk();
        desk.drawn += 1;
        let (session, mark) = (format!("A{:04}", desk.drawn), format!("c-{}", desk.drawn));
        let page = format!(
            "<html><head><title>领导信箱管理系统</title></head><body><form action=\"/login.do\" method=\"post\">\n<input type=\"hidden\" name=\"_csrf\" \
             value=\"{mark}\"/>\n<input name=\"username\"/><input type=\"password\" name=\"password\"/><span>{said}</span></form></body></html>"
        );
        let cookie = format!("JSESSIONID={session}; Path=/; HttpOnly");
        desk.strangers.insert(session, mark);
        ([("set-cookie", cookie)], Html(page)).into_response()
    }

    /// Whether the request is one of a user's session; else the answer.
    fn enter(&self, headers: &HeaderMap) -> Result<(), Box<Response>> {
        let session = cookie(headers, "JSESSIONID");
        let mark = match self.desk().sessions.get_mut(session) {
            Some((mark, left)) if *left > 0 => {
                *left -= 1;
                Some(mark.clone())
            }
            _ => None,
        };
        let Some(mark) = mark else { return Err(Box::new(self.login_page("登录已超时"))) };
        if cookie(headers, "XSRF-TOKEN") != mark || header(headers, "x-xsrf-token") != mark {
            self.notes.refuse("the mark against forgery is missing");
            return Err(Box::new((StatusCode::FORBIDDEN, Html("<h1>Invalid CSRF Token</h1>")).into_response()));
        }
        Ok(())
    }
}

/// The fields of a form in UTF-8; nothing where the body is none.
fn form(headers: &HeaderMap, body: &str) -> Value {
    let named = header(headers, "content-type").starts_with("application/x-www-form-urlencoded");
    if named && body.is_ascii() { parse_form(body.as_bytes(), Charset::Utf8).unwrap_or_default() } else { Value::Null }
}

async fn page(State(portal): State<Portal>) -> Response {
    portal.login_page("")
}

async fn login(State(portal): State<Portal>, headers: HeaderMap, body: String) -> Response {
    let form = form(&headers, &body);
    let mark = portal.desk().strangers.remove(cookie(&headers, "JSESSIONID"));
    if mark.is_none() || mark.as_deref() != form["_csrf"].as_str() {
        portal.notes.refuse("login: the mark is not the one of the page");
        return portal.login_page("请求已失效，请重新登录");
    }
    if form["username"] != USER || form["password"] != PASSWORD {
        portal.notes.refuse("login: user or password is wrong");
        return portal.login_page("用户名或密码错误");
    }
    let mut desk = portal.desk();
    desk.logins += 1;
    let (session, mark) = (format!("B{:04}", desk.logins), format!("x-{}", desk.logins));
    let cookies = [
        ("set-cookie", format!("JSESSIONID={session}; Path=/; HttpOnly")),
        ("set-cookie", format!("XSRF-TOKEN={mark}; Path=/")),
    ];
    desk.sessions.insert(session, (mark, portal.requests_per_session));
    (StatusCode::FOUND, axum::response::AppendHeaders(cookies), [("location", "/index.do")]).into_response()
}

async fn list(State(portal): State<Portal>, headers: HeaderMap, body: String) -> Response {
    if let Err(answer) = portal.enter(&headers) {
        return *answer;
    }
    let form = form(&headers, &body);
    let number = |name: &str| form[name].as_str().and_then(|text| text.parse::<usize>().ok()).filter(|n| *n > 0);
    let (Some(page), Some(rows)) = (number("page"), number("rows").filter(|rows| *rows <= MAX_ROWS)) else {
        portal.notes.refuse("list: page or rows is wrong");
        return StatusCode::BAD_REQUEST.into_response();
    };
    let desk = portal.desk();
    let shown: Vec<Value> = desk
        .letters
        .values()
        .rev()
        .skip((page - 1) * rows)
        .take(rows)
        .map(|letter| json!({ "id": letter.number, "title": letter.title, "state": "待办理" }))
        .collect();
    Json(json!({ "total": desk.letters.len(), "rows": shown })).into_response()
}

async fn view(State(portal): State<Portal>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    if let Err(answer) = portal.enter(&headers) {
        return *answer;
    }
    let id = query.unwrap_or_default().strip_prefix("id=").and_then(|id| id.parse().ok()).unwrap_or_default();
    match portal.desk().letters.get(&id) {
        Some(letter) => Json(json!({
            "id": id, "title": letter.title, "content": format!("<p>{}</p>", escape(&letter.text)), "writer": letter.name,
            "mobile": letter.phone, "wtime": "2026-11-21 09:12:40",
        }))
        .into_response(),
        None => {
            portal.notes.refuse(format!("view: there is no letter {id}"));
            (StatusCode::NOT_FOUND, Html("<h1>404</h1>")).into_response()
        }
    }
}

async fn reply(State(portal): State<Portal>, headers: HeaderMap, body: String) -> Response {
    if let Err(answer) = portal.enter(&headers) {
        return *answer;
    }
    let form = form(&headers, &body);
    let text = |name: &str| form[name].as_str().unwrap_or_default().to_owned();
    let known = text("id").parse().is_ok_and(|id: u64| portal.desk().letters.contains_key(&id));
    if !known || text("opinion").is_empty() || !["办结", "不予受理"].contains(&text("state").as_str()) {
        portal.notes.refuse(format!("reply: {form}"));
        return Json(json!({ "success": false, "msg": "参数错误" })).into_response();
    }
    portal.notes.replied(&text("id"), &text("opinion"));
    Json(json!({ "success": true })).into_response()
}
