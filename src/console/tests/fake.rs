//! An API made of its published description. Every answer has the members that the description names, and hostile words wherever
//! somebody's words can be; every question and every body is held against it.

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::ticket::ActKind;
use serde_json::{Value, json};

use super::HOSTILE;

static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../deploy/schemas/openapi.json")).unwrap());

/// How much is in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// Everything that can be, each question answered so.
    Full {
        /// What is said where the answer is yes or no.
        yes: bool,
    },
    /// Nothing that need not be.
    Least,
}

/// What the API was asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Value,
}

#[derive(Clone)]
pub(super) struct Fake {
    amount: Amount,
    role: &'static str,
    refusal: Option<(StatusCode, &'static str)>,
    /// Whether people come in by a provider, and only those who look after them by a password.
    pub(super) has_provider: bool,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Fake {
    pub(super) fn new(amount: Amount) -> Self {
        Self { amount, role: "admin", refusal: None, has_provider: false, calls: Arc::default() }
    }

    /// For somebody with a role.
    pub(super) fn of(self, role: &'static str) -> Self {
        Self { role, ..self }
    }

    /// One of a city with a provider.
    pub(super) fn with_provider(self) -> Self {
        Self { has_provider: true, ..self }
    }

    /// One that refuses everything that is done.
    pub(super) fn refusing(self, status: StatusCode, code: &'static str) -> Self {
        Self { refusal: Some((status, code)), ..self }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// What was done, not looked at.
    pub(super) fn deeds(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.method != "GET").collect()
    }

    pub(super) fn router(&self) -> Router {
        let fake = self.clone();
        Router::new().fallback(move |request: Request| {
            let fake = fake.clone();
            async move { fake.answer(request).await }
        })
    }

    async fn answer(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body: Value = serde_json::from_slice(&to_bytes(body, 8 << 20).await.unwrap()).unwrap_or_default();
        let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
        if path == "/api/v1/sessions" {
            return signed_in(&body);
        }
        if path.starts_with("/api/v1/provided") && self.has_provider {
            return provided(&path, &body);
        }
        if parts.headers.get("authorization").is_none_or(|value| value != "Bearer hs_one") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        match path.as_str() {
            "/api/v1/sessions/current" => return "{}".into_response(),
            "/api/v1/me" => {
                let scope =
                    json!({ "districts": [HOSTILE], "departments": [], "categories": [HOSTILE], "channels": [] });
                return json!({
                    "name": HOSTILE, "title": null, "role": self.role, "scope": scope, "must": null, "has_second_factor": false,
                    "ends_at": "2026-11-27T12:00:00Z",
                })
                .to_string()
                .into_response();
            }
            _ => {}
        }
        let method = parts.method.as_str().to_owned();
        let Some(operation) = operation(&method, &path) else { return StatusCode::NOT_FOUND.into_response() };
        self.calls.lock().unwrap().push(Call {
            method: method.clone(),
            path,
            query: query.clone(),
            body: body.clone(),
        });
        if let Some(wrong) = wrong(operation, &query, &body) {
            let said = json!({ "code": "invalid_request", "detail": wrong, "error_zh": wrong });
            return (StatusCode::BAD_REQUEST, said.to_string()).into_response();
        }
        match self.refusal {
            Some((status, code)) if method != "GET" => {
                let said = format!("one\nchannels/a.toml:3:1: {HOSTILE}");
                (status, json!({ "code": code, "detail": said, "error_zh": said }).to_string()).into_response()
            }
            _ => self.good(operation, &query),
        }
    }

    fn good(&self, operation: &Value, query: &str) -> Response {
        let content = &operation["responses"]["200"]["content"];
        let asked = ["csv", "html", "xlsx"].into_iter().find(|format| query.contains(&format!("format={format}")));
        if asked.is_some() {
            return ([("content-type", "text/csv; charset=utf-8")], HOSTILE).into_response();
        }
        sample(&content["application/json"]["schema"], self.amount).to_string().into_response()
    }
}

fn signed_in(body: &Value) -> Response {
    match *body == json!({ "name": "li", "password": "right", "code": null }) {
        true => json!({ "token": "hs_one" }).to_string().into_response(),
        false => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// The way in by a provider, which is no part of the published description.
fn provided(path: &str, body: &Value) -> Response {
    let refused = |reason: &str| {
        let said = json!({ "code": "unauthorized", "detail": HOSTILE, "error_zh": HOSTILE, "reasons": [reason] });
        (StatusCode::UNAUTHORIZED, said.to_string()).into_response()
    };
    match (path, body["attempt"].as_str(), body["code"].as_str()) {
        ("/api/v1/provided", ..) => {
            json!({ "address": "https://sso.example/auth?state=s", "attempt": "ha_one" }).to_string().into_response()
        }
        ("/api/v1/provided/back", Some("ha_one"), Some("good"))
        | ("/api/v1/provided/code", Some("ha_one"), Some("7")) => {
            json!({ "token": "hs_one" }).to_string().into_response()
        }
        ("/api/v1/provided/back", Some("ha_one"), Some("half")) | ("/api/v1/provided/code", Some("ha_one"), _) => {
            refused("code")
        }
        _ => refused("not_pending"),
    }
}

/// The operation that a request is for: one whose path has no parameter there, where there is one.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let fits = |known: &str| {
        let (known, asked): (Vec<&str>, Vec<&str>) = (known.split('/').collect(), path.split('/').collect());
        let same = |(known, asked): (&&str, &&str)| known == asked || (known.starts_with('{') && !asked.is_empty());
        known.len() == asked.len() && known.iter().zip(&asked).all(same)
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap().iter().filter(|(known, _)| fits(known));
    let (_, found) = paths.min_by_key(|(known, _)| known.matches('{').count())?;
    found.get(method.to_lowercase())
}

/// What is wrong with a request.
fn wrong(operation: &Value, query: &str, body: &Value) -> Option<String> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let of_query: Vec<&Value> = parameters.iter().filter(|one| one["in"] == "query").collect();
    let given: Vec<&str> = query.split('&').filter_map(|part| part.split_once('=')).map(|(name, _)| name).collect();
    let missing =
        of_query.iter().find(|one| one["required"] == true && !given.contains(&one["name"].as_str().unwrap()));
    if let Some(missing) = missing {
        return Some(format!("{} is missing", missing["name"]));
    }
    if let Some(unknown) = given.iter().find(|name| !of_query.iter().any(|one| one["name"] == **name)) {
        return Some(format!("{unknown} is no parameter"));
    }
    if query.split('&').any(|part| part.ends_with("=nowhere")) {
        return Some(format!("the city has no such code {HOSTILE}"));
    }
    let schema = resolved(&operation["requestBody"]["content"]["application/json"]["schema"]);
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let members = body.as_object().cloned().unwrap_or_default();
    if let Some((unknown, _)) = members.iter().find(|(name, _)| !properties.contains_key(*name)) {
        return Some(format!("{unknown} is no member"));
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    if let Some(missing) = required.iter().find(|name| !members.contains_key(name.as_str().unwrap())) {
        return Some(format!("{missing} is not there"));
    }
    let kind = |schema: &Value| match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
        kind => kind.as_str().unwrap_or_default().to_owned(),
    };
    let is = |value: &Value, kind: &str| match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => true,
    };
    let other = members.iter().find(|(name, value)| !is(value, &kind(resolved(&properties[*name]))));
    other.map(|(name, _)| format!("{name} is of another kind"))
}

fn resolved(schema: &Value) -> &Value {
    if let Some(whole) = schema["allOf"].get(0) {
        return resolved(whole);
    }
    match schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        Some(name) => &DESCRIPTION["components"]["schemas"][name],
        None => schema,
    }
}

/// A document of a schema.
fn sample(schema: &Value, amount: Amount) -> Value {
    let schema = resolved(schema);
    for name in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[name].as_array() {
            let empty = choices.iter().any(|choice| choice["type"] == "null");
            return if empty && amount == Amount::Least { Value::Null } else { sample(&choices[0], amount) };
        }
    }
    if let Some(Value::Null) =
        schema["enum"].as_array().and_then(|names| names.last()).filter(|_| amount == Amount::Least)
    {
        return Value::Null;
    }
    if let Some(first) = schema["enum"].as_array().and_then(|names| names.first()) {
        return first.clone();
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    if kinds.contains(&"null") && amount == Amount::Least {
        return Value::Null;
    }
    match kinds.first().copied() {
        Some("string") => match schema["format"].as_str() {
            Some("date-time") => json!("2026-11-27T01:00:00Z"),
            Some("date") => json!("2026-11-27"),
            _ => json!(HOSTILE),
        },
        Some("integer") => json!(3),
        Some("number") => json!(2.5),
        Some("boolean") => json!(amount == Amount::Full { yes: true }),
        Some("array") if amount == Amount::Least => json!([]),
        Some("array") => json!([sample(&schema["items"], amount), sample(&schema["items"], amount)]),
        Some(_) => object(schema, amount),
        None => hostile(schema["examples"][0].clone()),
    }
}

fn object(schema: &Value, amount: Amount) -> Value {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let there = |name: &String| amount != Amount::Least || required.iter().any(|one| one == name.as_str());
    let properties = schema["properties"].as_object().into_iter().flatten().filter(|(name, _)| there(name));
    let member = |(name, one): (&String, &Value)| match name.as_str() {
        // All that somebody can do, and something that nobody knows.
        "acts" if one["type"] == "array" && amount != Amount::Least => {
            let known = ActKind::of_platforms().map(ActKind::wire).chain([HOSTILE]);
            (name.clone(), known.collect::<Vec<_>>().into())
        }
        _ => (name.clone(), sample(one, amount)),
    };
    Value::Object(properties.map(member).collect())
}

/// An example, with other words.
fn hostile(example: Value) -> Value {
    match example {
        Value::String(_) => json!(HOSTILE),
        Value::Array(items) => items.into_iter().map(hostile).collect(),
        Value::Object(members) => Value::Object(members.into_iter().map(|(name, one)| (name, hostile(one))).collect()),
        other => other,
    }
}
