//! People sign in, see what is in their scope, and act for their units; those who look after them let them in and out.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use huiliu::clock::{Clock as _, SystemClock};
use huiliu_adapter_http::HttpClient;
use serde_json::{Value, json};

use crate::town::Town;

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。");
const NOISE: (&str, &str) = ("工资拖欠三个月", "成山大道工地拖欠农民工工资三个月，老板一直推脱，请劳动部门处理。");
/// Feeds in whose names people speak: of units, and of the command center.
pub const DESKS: &str = "
[[feed]]
name = \"center\"
carrier = \"console\"
role = \"operator\"

[[feed]]
name = \"units\"
carrier = \"console\"
";
pub const OWN: &str = "Seven-Roads-7788";

/// Somebody at the console.
pub struct Somebody<'t> {
    pub town: &'t Town,
    pub token: String,
}

impl Somebody<'_> {
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/{path}", self.town.sandbox.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Bytes::from(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }));
        let answer = HttpClient::new().send(request.unwrap(), Duration::from_secs(40)).await.unwrap();
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, body).await
    }

    /// Changes something of oneself: the session goes on with another token, and the one of before is good for nothing.
    pub async fn change(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, answer) = self.ask(method, path, body).await;
        if let Some(token) = answer["token"].as_str() {
            let before = std::mem::replace(&mut self.token, token.to_owned());
            assert_eq!(Somebody { town: self.town, token: before }.get("me").await.0, 401, "a copy of the session");
        }
        (status, answer)
    }

    pub async fn tickets(&self) -> Vec<String> {
        let (status, answer) = self.get("tickets").await;
        assert_eq!(status, 200, "{answer}");
        answer["tickets"].as_array().unwrap().iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Town {
    fn nobody(&self) -> Somebody<'_> {
        Somebody { town: self, token: String::new() }
    }

    /// Somebody added at the terminal; their one-time password.
    pub async fn new_person(&self, arguments: &[&str]) -> String {
        let told = self.sandbox.command(&[&["people", "add"], arguments].concat()).await.unwrap();
        told.trim().rsplit(' ').next().unwrap().to_owned()
    }

    pub async fn enter(&self, name: &str, password: &str, code: Option<&str>) -> (u16, Value) {
        let body = json!({ "name": name, "password": password, "code": code });
        self.nobody().post("sessions", body).await
    }

    /// Somebody who has signed in and has a password of their own, [`OWN`].
    pub async fn signed_in(&self, arguments: &[&str]) -> Somebody<'_> {
        let first = self.new_person(arguments).await;
        let mut somebody = self.session(arguments[0], &first).await;
        let (status, answer) = somebody.change("POST", "me/password", json!({ "old": first, "new": OWN })).await;
        assert_eq!(status, 200, "{answer}");
        somebody
    }

    /// The status of a look at oneself from an address, as the proxy says.
    async fn look_from(&self, address: &str, token: &str) -> u16 {
        let request = Request::get(format!("{}/api/v1/me", self.sandbox.url));
        let request = request.header("authorization", format!("Bearer {token}")).header("x-forwarded-for", address);
        let request = request.body(Bytes::new()).unwrap();
        HttpClient::new().send(request, Duration::from_secs(40)).await.unwrap().status.as_u16()
    }

    async fn session(&self, name: &str, password: &str) -> Somebody<'_> {
        let (status, answer) = self.enter(name, password, None).await;
        assert_eq!(status, 201, "{answer}");
        Somebody { town: self, token: answer["token"].as_str().unwrap().to_owned() }
    }

    /// What the audit log says of somebody.
    pub async fn audit_of(&self, name: &str) -> Vec<Value> {
        let auditor = ["token", "new", "inspector", "--role", "auditor", "--replace"];
        let token = self.sandbox.command(&auditor).await.unwrap().trim().to_owned();
        let (status, page) = Somebody { town: self, token }.get(&format!("audit?limit=500&actor={name}")).await;
        assert_eq!(status, 200, "{page}");
        page["entries"].as_array().unwrap().clone()
    }

    /// The tickets of two matters of different units.
    pub async fn two_matters(&self) -> (String, String) {
        let mut ids = Vec::new();
        for (number, (title, text)) in [("L-1", LAMP), ("N-1", NOISE)] {
            let receipt = self.accept(number, title, text).await;
            let found = self.sandbox.get(&format!("/api/v1/complaints?receipt={receipt}")).await.unwrap();
            ids.push(found["complaints"][0]["ticket"].as_str().unwrap().to_owned());
        }
        (ids[0].clone(), ids[1].clone())
    }
}

fn code(answer: &Value) -> &str {
    answer["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn the_first_start_tells_how_to_sign_in_and_a_first_password_is_good_for_another_one_only() {
    let mut town = Town::prepare("first").await;
    town.sandbox.set("HULIU_LANG", "en");
    town.sandbox.start().await.unwrap();
    let told = town.sandbox.printed();
    let password = told.split("one-time password ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(!town.sandbox.log().contains(&password), "it is in no log");
    let (status, answer) = town.enter("security", &password, None).await;
    assert_eq!((status, &answer["must"]), (201, &json!("password")), "{answer}");
    let mut somebody = Somebody { town: &town, token: answer["token"].as_str().unwrap().to_owned() };
    let (status, refused) = somebody.get("people").await;
    assert_eq!((status, &refused["reasons"]), (403, &json!(["password"])), "{refused}");
    for (new, part) in
        [("Short-1", "at least"), ("security-Aa1-long", "name of its owner"), (password.as_str(), "old one")]
    {
        let (status, refused) = somebody.post("me/password", json!({ "old": password, "new": new })).await;
        assert!(status == 400 && refused["detail"].as_str().unwrap().contains(part), "{new}: {refused}");
    }
    let (status, _) = somebody.post("me/password", json!({ "old": "wrong", "new": OWN })).await;
    assert_eq!(status, 400);
    let (status, _) = somebody.change("POST", "me/password", json!({ "old": password, "new": OWN })).await;
    assert_eq!(status, 200);
    let (status, people) = somebody.get("people").await;
    assert_eq!((status, &people["people"][0]["name"]), (200, &json!("security")));
    assert_eq!(town.enter("security", &password, None).await.0, 401, "the first password is gone");
    assert_eq!(somebody.ask("DELETE", "sessions/current", Value::Null).await.0, 200);
    assert_eq!(somebody.get("me").await.0, 401, "signed out");
    town.sandbox.stop().await.unwrap();
    town.sandbox.start().await.unwrap();
    assert_eq!(town.sandbox.printed().matches("one-time password").count(), 1, "told once");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn whoever_is_wrong_again_and_again_is_locked_out_whether_or_not_there_is_such_a_person() {
    let mut town = Town::prepare("locked").await;
    town.sandbox.start().await.unwrap();
    let somebody = town.signed_in(&["li", "--role", "viewer"]).await;
    for name in ["li", "nobody"] {
        for _ in 0..5 {
            let (status, refused) = town.enter(name, "Wrong-pass-1", None).await;
            assert_eq!((status, code(&refused)), (401, "unauthorized"), "{name}");
        }
        let (status, refused) = town.enter(name, OWN, None).await;
        assert_eq!((status, code(&refused)), (429, "too_many_requests"), "{name}: {refused}");
    }
    assert_eq!(somebody.get("me").await.0, 200, "a session that goes on is not ended by strangers");
    let security = town.signed_in(&["sun", "--role", "security"]).await;
    let (_, people) = security.get("people").await;
    let li = people["people"].as_array().unwrap().iter().find(|person| person["name"] == "li").unwrap();
    assert!(li["locked_until"].is_string(), "{li}");
    let (status, given) = security.post("people/li/reset", Value::Null).await;
    let first = given["first_password"].as_str().unwrap();
    assert_eq!((status, town.enter("li", first, None).await.0), (200, 201), "who is reset may try at once");
    assert_eq!(somebody.get("me").await.0, 401, "sessions end");
    let entries = town.audit_of("li").await;
    let refused = entries.iter().filter(|entry| entry["action"] == "login" && entry["outcome"] == "refused").count();
    assert!(refused >= 5, "{entries:?}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn whoever_came_in_from_somewhere_comes_in_again_whatever_strangers_try() {
    let mut town = Town::prepare("known").await;
    let settings = town.sandbox.folder.join("huiliu.toml");
    let text = std::fs::read_to_string(&settings).unwrap() + "\n[console]\nproxies = [\"127.0.0.1\"]\n";
    std::fs::write(&settings, text).unwrap();
    town.sandbox.start().await.unwrap();
    let token = town.signed_in(&["sun", "--role", "security"]).await.token;
    let (office, home) = ("10.1.1.1", "10.9.9.9");
    assert_eq!(town.enter_from(office, "sun", OWN).await, 201);
    let flood = async |town: &Town| {
        for number in 0..50 {
            let elsewhere = format!("10.2.0.{}", number / 5);
            assert_eq!(town.enter_from(&elsewhere, "sun", "Wrong-pass-1").await, 401, "{number}");
        }
        for number in 0..100 {
            let status = town.enter_from(office, &format!("name-{number}"), "Wrong-pass-1").await;
            assert_eq!(status, 401, "{number}");
        }
        assert_eq!(town.enter_from(office, "name-100", "Wrong-pass-1").await, 429, "of the address");
        assert_eq!(town.enter_from(home, "sun", OWN).await, 429, "of the name");
    };
    flood(&town).await;
    assert_eq!(town.enter_from(office, "sun", OWN).await, 201, "known there");
    town.sandbox.stop().await.unwrap();
    town.sandbox.start().await.unwrap();
    flood(&town).await;
    assert_eq!(town.enter_from(office, "sun", OWN).await, 429, "where they came in is kept in memory only");
    assert_eq!(town.look_from(office, &token).await, 200);
    assert_eq!(town.enter_from(office, "sun", OWN).await, 201, "known again by a session that goes on");
    assert_eq!(town.enter_from(office, "sun", "Wrong-pass-1").await, 401);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_code_is_taken_once() {
    let mut town = Town::prepare("second").await;
    let settings = town.sandbox.folder.join("huiliu.toml");
    let text = std::fs::read_to_string(&settings).unwrap() + "\n[console]\nsecond_factor = true\n";
    std::fs::write(&settings, text).unwrap();
    town.sandbox.start().await.unwrap();
    let mut somebody = town.signed_in(&["li", "--role", "viewer"]).await;
    let (status, refused) = somebody.get("tickets").await;
    assert_eq!((status, &refused["reasons"]), (403, &json!(["second_factor"])), "{refused}");
    let (_, offered) = somebody.post("me/second-factor", Value::Null).await;
    let secret = offered["secret"].as_str().unwrap().to_owned();
    assert!(offered["address"].as_str().unwrap().starts_with("otpauth://totp/Huiliu:li?"), "{offered}");
    let set = |code: String| json!({ "password": OWN, "secret": secret, "code": code });
    assert_eq!(somebody.ask("PUT", "me/second-factor", set("000000".to_owned())).await.0, 400);
    assert_eq!(somebody.change("PUT", "me/second-factor", set(code_in(0, &secret))).await.0, 200);
    assert_eq!(somebody.get("tickets").await.0, 200);
    assert_eq!(somebody.ask("PUT", "me/second-factor", json!({ "password": OWN })).await.0, 400, "not without a code");
    assert_eq!(
        somebody.ask("PUT", "me/second-factor", set(code_in(30, &secret))).await.0,
        409,
        "nor another in its place"
    );
    let (status, refused) = town.enter("li", OWN, None).await;
    assert_eq!((status, &refused["reasons"]), (401, &json!(["code"])), "{refused}");
    assert_eq!(town.enter("li", OWN, Some("123")).await.0, 401);
    assert_eq!(town.enter("li", OWN, Some(&code_in(0, &secret))).await.0, 401, "it was taken when it was set up");
    let now = code_in(30, &secret);
    assert_eq!(town.enter("li", OWN, Some(&now)).await.0, 201);
    assert_eq!(town.enter("li", OWN, Some(&now)).await.0, 401, "taken before");
    town.sandbox.finish().await.unwrap();
}

/// The code that an authenticator shows some seconds from now.
fn code_in(seconds: u64, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let now = u64::try_from(SystemClock.now().as_second()).unwrap();
    totp_rs::Builder::new().with_secret(secret.as_bytes().to_vec()).build().unwrap().generate(now + seconds).to_string()
}

#[tokio::test]
async fn people_are_let_in_and_out_by_whoever_looks_after_them_and_by_nobody_else() {
    let mut town = Town::prepare("letting").await;
    town.sandbox.start().await.unwrap();
    let security = town.signed_in(&["sun", "--role", "security"]).await;
    let operator = town.signed_in(&["op", "--role", "operator"]).await;
    assert!(town.sandbox.command(&["token", "new", "op"]).await.is_err(), "a program is not called as a person is");
    for (method, path, body) in [
        ("GET", "people", Value::Null),
        ("PUT", "people/li", json!({ "role": "viewer" })),
        ("POST", "people/sun/reset", Value::Null),
        ("DELETE", "people/sun", Value::Null),
    ] {
        assert_eq!(operator.ask(method, path, body).await.0, 403, "{method} {path}");
    }
    for path in ["tickets", "complaints?words=%E8%B7%AF", "audit", "channels", "ledger"] {
        assert_eq!(security.get(path).await.0, 403, "{path}: who lets people in sees no matters");
    }
    assert_eq!(security.get("people").await.0, 200);
    let put = |body: Value| security.ask("PUT", "people/li", body);
    let (status, refused) = put(json!({ "role": "clerk", "scope": { "departments": ["no-such"] } })).await;
    assert!(status == 400 && refused["detail"].as_str().unwrap().contains("scope.departments"), "{refused}");
    let (_, refused) = put(json!({ "role": "clerk", "scope": { "departments": ["urban-managment"] } })).await;
    for (member, said) in [("detail", "the city has no unit urban-managment"), ("error_zh", "本市没有承办单位")]
    {
        let told = refused[member].as_str().unwrap();
        assert!(told.contains(said) && told.contains("urban-management "), "{refused}");
    }
    let typed = ["people", "add", "li", "--role", "clerk", "--department", "urban-managment"];
    let told = town.sandbox.command(&typed).await.unwrap_err().to_string();
    assert!(told.contains("urban-managment") && told.contains("urban-management "), "{told}");
    assert_eq!(put(json!({ "role": "platform" })).await.0, 400);
    assert_eq!(security.ask("PUT", "people/a%20b", json!({ "role": "viewer" })).await.0, 400);
    assert_eq!(security.ask("PUT", "people/city", json!({ "role": "viewer" })).await.0, 409, "the name of a token");
    let (status, added) =
        put(json!({ "role": "clerk", "title": "李，执法局", "scope": { "departments": ["urban-management"] } })).await;
    assert_eq!(status, 200, "{added}");
    assert_eq!(put(json!({ "role": "viewer", "new": true })).await.0, 409, "who is added overwrites nobody");
    let li = town.session("li", added["first_password"].as_str().unwrap()).await;
    let (_, me) = li.get("me").await;
    assert_eq!((&me["role"], &me["scope"]["departments"]), (&json!("clerk"), &json!(["urban-management"])), "{me}");
    let (status, changed) = put(json!({ "role": "viewer", "barred": true })).await;
    assert_eq!((status, &changed["first_password"]), (200, &Value::Null));
    assert_eq!(li.get("me").await.0, 401, "who is barred is out at once");
    for (method, path, body) in [
        ("PUT", "people/sun", json!({ "role": "admin" })),
        ("POST", "people/sun/reset", Value::Null),
        ("DELETE", "people/sun", Value::Null),
    ] {
        assert_eq!(security.ask(method, path, body).await.0, 403, "oneself: {method}");
    }
    assert_eq!(security.ask("DELETE", "people/li", Value::Null).await.0, 200);
    assert_eq!(security.ask("DELETE", "people/li", Value::Null).await.0, 404);
    let actions: Vec<String> = town.audit_of("sun").await.iter().map(|entry| entry["action"].to_string()).collect();
    for action in ["person.new", "person.change", "person.remove", "person.look", "login", "password.change"] {
        assert!(actions.contains(&format!("\"{action}\"")), "{action}: {actions:?}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_unit_sees_its_own_matters_and_handles_them_by_the_way_of_platforms() {
    let mut town = Town::prepare("unit").await;
    let city = town.sandbox.pack.join("city.toml");
    let written = std::fs::read_to_string(&city).unwrap() + DESKS;
    std::fs::write(&city, written).unwrap();
    town.sandbox.start().await.unwrap();
    let (lamp, wages) = town.two_matters().await;
    let clerk = town.signed_in(&["li", "--role", "clerk", "--department", "urban-management"]).await;
    let labour = town.signed_in(&["zhou", "--role", "clerk", "--department", "human-resources"]).await;
    let center = town.signed_in(&["op", "--role", "operator", "--department", "command-center"]).await;
    assert_eq!(clerk.tickets().await, [lamp.as_str()]);
    assert_eq!(labour.tickets().await, [wages.as_str()]);
    assert_eq!(center.tickets().await, [wages.clone(), lamp.clone()], "above both");
    for path in [format!("tickets/{lamp}"), format!("tickets/{lamp}/life"), format!("tickets/{lamp}/choices")] {
        assert_eq!((labour.get(&path).await.0, clerk.get(&path).await.0), (404, 200), "{path}");
    }
    let update = |status: &str| json!({ "update_id": status, "status": status, "result": "路灯已修复。" });
    let path = format!("tickets/{lamp}/updates");
    assert_eq!(labour.post(&path, update("resolved")).await.0, 404, "of another unit");
    let (_, choices) = clerk.get(&format!("tickets/{lamp}/choices")).await;
    let units = &choices["choices"][0];
    assert_eq!((choices["choices"].as_array().unwrap().len(), &units["feed"]), (1, &json!("units")), "{choices}");
    let acts = units["acts"].as_array().unwrap();
    assert!(acts.contains(&json!("whistle")) && !acts.contains(&json!("assign")), "{choices}");
    let (status, done) = clerk.post(&path, update("accepted")).await;
    assert_eq!((status, &done["verdict"]), (200, &json!("accepted")), "{done}");
    assert_eq!(clerk.post(&path, update("accepted")).await.1["verdict"], "repeated");
    let whistle =
        json!({ "update_id": "w", "act": { "kind": "whistle", "units": ["人力资源和社会保障局"], "words": "请到场" } });
    let (status, done) = clerk.post(&path, whistle).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(labour.tickets().await, [wages.clone(), lamp.clone()], "who is called by name sees the matter");
    assert_eq!(labour.post(&path, update("resolved")).await.0, 403, "and does not answer it");
    let respond =
        json!({ "update_id": "r", "act": { "kind": "respond", "unit": "human-resources", "words": "已到场" } });
    let mut told = respond.clone();
    told["results"] = json!([{ "receipt_number": "RC1", "result": "已办完" }]);
    assert_eq!(labour.post(&path, told).await.0, 403, "who was called tells citizens nothing");
    let mut of_another = respond.clone();
    of_another["act"]["unit"] = json!("urban-management");
    assert_eq!(labour.post(&path, of_another).await.0, 403, "nor comes for another");
    let (status, done) = labour.post(&path, respond).await;
    assert_eq!(status, 200, "{done}");
    let foreign = json!({ "update_id": "x", "feed": "center", "status": "resolved", "result": "好" });
    assert_eq!(clerk.post(&path, foreign).await.0, 403, "a clerk does not speak for the center");
    let mut rated = update("resolved");
    rated["rating"] = json!({ "rater": "citizen", "step": "satisfied" });
    assert_eq!(clerk.post(&path, rated).await.0, 400, "nobody rates their own work");
    let (status, done) = clerk.post(&path, update("resolved")).await;
    assert_eq!((status, &done["ticket_status"]), (200, &json!("resolved")), "{done}");
    let (_, life) = clerk.get(&format!("tickets/{lamp}/life")).await;
    assert!(life.to_string().contains("路灯已修复。"), "{life}");
    let seen = town.audit_of("li").await;
    assert!(
        seen.iter().any(|entry| entry["action"] == "ticket.update" && entry.to_string().contains(&lamp)),
        "{seen:?}"
    );
    town.sandbox.finish().await.unwrap();
}
