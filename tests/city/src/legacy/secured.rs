//! A bureau's .NET service (WCF, `wsHttpBinding` without sessions): SOAP 1.2 with WS-Security.
//!
//! `POST /Service.svc`, `application/soap+xml` with the operation's `action` `http://city.example/IPetition/NAME`. The header has, besides the
//! `UsernameToken` of WS-Security with `PasswordDigest` (Base64 of the SHA-1 of nonce, time and password), a `Nonce` that comes once and a `Created` that is at most
//! 5 minutes off, the element `<Route xmlns="http://city.example/"><Area>371082</Area></Route>`.
//!
//! | operation (`http://city.example/`) | answer |
//! |---|---|
//! | `GetPending`, `count` (at most 10), `skip` | `GetPendingResult` with a `Petition` of `Id` and `Caption` each |
//! | `GetPetition`, `id` | `GetPetitionResult` with `Id`, `Caption`, `Body`, `Person`, `Mobile`, `Created` |
//! | `Acknowledge`, `id` | `AcknowledgeResult` `true`; the petition is pending no longer |
//! | `Finish`, `id`, `opinion`, `outcome` (`Solved` or `Declined`) | `FinishResult` `true` |
//!
//! What is wrong with a request is a fault: `Sender` with the subcode `wsse:FailedAuthentication`, `wsse:MessageExpired` (both HTTP 400, as .NET sends them), `c:BadRoute` or
//! `c:BadRequest`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_payload::parse_xml;
use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::Value;

use super::{Matter, Notes, escape, header, now, serve};

const USER: &str = "huiliu";
const PASSWORD: &str = "Wcf#<2026>";
const ACTIONS: &str = "http://city.example/IPetition/";
/// How far a caller's clock may be off, in seconds.
const WINDOW_S: u64 = 300;
/// Most petitions of a page.
const MAX_COUNT: usize = 10;

#[derive(Debug, Default)]
struct Desk {
    petitions: BTreeMap<u64, Matter>,
    acknowledged: BTreeSet<u64>,
    nonces: BTreeSet<String>,
}

/// A running service.
#[derive(Debug, Clone)]
pub struct Secured {
    desk: Arc<Mutex<Desk>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Its endpoint.
    pub url: String,
}

/// A refusal: subcode and reason.
type Refusal = (&'static str, &'static str);

impl Secured {
    /// Who may call.
    pub const USER: &str = USER;
    /// The password.
    pub const PASSWORD: &str = PASSWORD;

    /// Starts a service.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let mut service = Self { desk: Arc::default(), notes: Notes::default(), url: String::new() };
        let router = Router::new().route("/Service.svc", post(answer)).with_state(service.clone());
        service.url = format!("{}/Service.svc", serve(router).await?);
        Ok(service)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen petitions.
    pub fn put(&self, petition: Matter) {
        self.desk().petitions.insert(petition.number, petition);
    }

    fn secured(&self, envelope: &Value) -> Result<(), Refusal> {
        let text = |path: &str| text_at(envelope, &format!("/Header/Security/UsernameToken/{path}"));
        let (nonce, created) = (text("Nonce"), text("Created"));
        let kind = envelope.pointer("/Header/Security/UsernameToken/Password/@Type").and_then(Value::as_str);
        let raw = STANDARD.decode(&nonce).map_err(|_error| ("wsse:FailedAuthentication", "Nonce 不是 Base64"))?;
        let whole = [raw.as_slice(), created.as_bytes(), PASSWORD.as_bytes()].concat();
        let expected = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &whole));
        let digested = kind.is_some_and(|kind| kind.ends_with("#PasswordDigest"));
        if text("Username") != USER || text("Password") != expected || !digested {
            return Err(("wsse:FailedAuthentication", "用户或口令错误"));
        }
        let at = created.parse::<Timestamp>().map_err(|_error| ("wsse:MessageExpired", "Created 无法识别"))?;
        if at.as_second().abs_diff(now().as_second()) > WINDOW_S {
            return Err(("wsse:MessageExpired", "消息已过期"));
        }
        if !self.desk().nonces.insert(nonce) {
            return Err(("wsse:FailedAuthentication", "Nonce 已使用"));
        }
        if text_at(envelope, "/Header/Route/Area") != "371082" {
            return Err(("c:BadRoute", "缺少路由"));
        }
        Ok(())
    }

    fn operate(&self, headers: &HeaderMap, body: &str) -> Result<String, Refusal> {
        let bad = ("c:BadRequest", "请求不合规范");
        let tree = parse_xml(body).map_err(|_error| bad)?;
        let envelope = tree.get("Envelope").ok_or(bad)?;
        if !body.contains("http://www.w3.org/2003/05/soap-envelope") {
            return Err(("c:BadRequest", "不是 SOAP 1.2"));
        }
        self.secured(envelope)?;
        let operations = envelope.get("Body").and_then(Value::as_object).ok_or(bad)?;
        let (name, call) = operations.iter().find(|(name, _)| !name.starts_with('@')).ok_or(bad)?;
        let wanted = format!("action=\"{ACTIONS}{name}\"");
        let kind = header(headers, "content-type");
        if !kind.starts_with("application/soap+xml") || !kind.contains(&wanted) {
            return Err(("c:BadRequest", "Content-Type 或 action 不符"));
        }
        let result = self.result(name, call).ok_or(bad)?;
        Ok(format!(
            "<{name}Response xmlns=\"http://city.example/\"><{name}Result>{result}</{name}Result></{name}Response>"
        ))
    }

    /// What an operation gives; none where it is not known or not rightly asked for.
    fn result(&self, name: &str, call: &Value) -> Option<String> {
        let text = |name: &str| text_at(call, &format!("/{name}"));
        let mut desk = self.desk();
        if name == "GetPending" {
            let (count, skip) = (text("count").parse::<usize>().ok()?, text("skip").parse::<usize>().ok()?);
            let pending = desk.petitions.values().filter(|petition| !desk.acknowledged.contains(&petition.number));
            let shown = pending.skip(skip).take(count).map(|petition| {
                format!(
                    "<Petition><Id>{}</Id><Caption>{}</Caption></Petition>",
                    petition.number,
                    escape(&petition.title)
                )
            });
            return (1..=MAX_COUNT).contains(&count).then(|| shown.collect());
        }
        let id: u64 = text("id").parse().ok()?;
        let petition = desk.petitions.get(&id)?.clone();
        match name {
            "GetPetition" => Some(format!(
                "<Id>{id}</Id><Caption>{}</Caption><Body>{}</Body><Person>{}</Person><Mobile>{}</Mobile><Created>2026-11-21T09:12:40</Created>",
                escape(&petition.title),
                escape(&petition.text),
                escape(&petition.name),
                petition.phone
            )),
            "Acknowledge" => {
                desk.acknowledged.insert(id);
                self.notes.sign(&id.to_string());
                Some("true".to_owned())
            }
            "Finish"
                if desk.acknowledged.contains(&id) && ["Solved", "Declined"].contains(&text("outcome").as_str()) =>
            {
                self.notes.replied(&id.to_string(), &text("opinion"));
                Some("true".to_owned())
            }
            _ => None,
        }
    }
}

/// The text of an element, whether it has attributes or not.
fn text_at(tree: &Value, path: &str) -> String {
    let element = tree.pointer(path);
    let text = element.and_then(|element| element.as_str().or_else(|| element.get("#text")?.as_str()));
    text.unwrap_or_default().to_owned()
}

async fn answer(State(service): State<Secured>, headers: HeaderMap, body: String) -> Response {
    let (status, content) = match service.operate(&headers, &body) {
        Ok(content) => (StatusCode::OK, content),
        Err((subcode, reason)) => {
            service.notes.refuse(format!("{subcode} {reason}: {body}"));
            let fault = format!(
                "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"zh-CN\">{reason}</s:Text></s:Reason></s:Fault>"
            );
            (StatusCode::BAD_REQUEST, fault)
        }
    };
    let text = format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>{content}</s:Body></s:Envelope>"
    );
    (status, [("content-type", "application/soap+xml; charset=utf-8")], text).into_response()
}
