//! For whom people and programs act, what they are shown of files, which names and passwords they may have, and where strangers lock a name.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::HttpClient;
use huiliu_city::{eventually, write_petitions};
use serde_json::json;

use crate::signing_in::{DESKS, OWN, Somebody};
use crate::town::{PATIENCE, Town};

impl Town {
    /// A town whose units handle matters at the console.
    async fn with_desks(name: &str) -> Self {
        let mut town = Self::prepare(name).await;
        let city = town.sandbox.pack.join("city.toml");
        let written = std::fs::read_to_string(&city).unwrap() + DESKS;
        std::fs::write(&city, written).unwrap();
        town.sandbox.start().await.unwrap();
        town
    }

    async fn program(&self, name: &str, role: &str) -> Somebody<'_> {
        let token = self.sandbox.command(&["token", "new", name, "--role", role]).await.unwrap();
        Somebody { town: self, token: token.trim().to_owned() }
    }

    /// Signs in from an address, as the proxy says.
    pub async fn enter_from(&self, address: &str, name: &str, password: &str) -> u16 {
        let body = json!({ "name": name, "password": password }).to_string();
        let request = Request::post(format!("{}/api/v1/sessions", self.sandbox.url));
        let request = request.header("content-type", "application/json").header("x-forwarded-for", address);
        let request = request.body(Bytes::from(body)).unwrap();
        HttpClient::new().send(request, Duration::from_secs(40)).await.unwrap().status.as_u16()
    }

    /// The page on which somebody who is locked out tries to sign in from an address.
    async fn console_from(&self, address: &str, name: &str, language: &str) -> String {
        let request = Request::post(format!("{}/console/sign-in", self.sandbox.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("accept-language", language)
            .header("x-forwarded-for", address);
        let request = request.body(Bytes::from(format!("name={name}&password={OWN}&code="))).unwrap();
        let answer = HttpClient::new().send(request, Duration::from_secs(40)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 429);
        String::from_utf8_lossy(&answer.body).into_owned()
    }
}

#[tokio::test]
async fn whoever_is_bounded_by_divisions_alone_sees_and_does_not_act_for_units() {
    let town = Town::with_desks("bounded").await;
    let (lamp, _) = town.two_matters().await;
    let (_, ticket) = town.program("looker", "viewer").await.get(&format!("tickets/{lamp}")).await;
    let district = ticket["route"]["district"]["code"].as_str().or(ticket["district"]["code"].as_str());
    let district = district.or(ticket["district"].as_str()).unwrap_or_default().to_owned();
    let clerk = town.signed_in(&["li", "--role", "clerk", "--district", &district]).await;
    let center = town.signed_in(&["op", "--role", "operator", "--district", &district]).await;
    let update = |id: &str| json!({ "update_id": id, "status": "accepted" });
    let path = format!("tickets/{lamp}/updates");
    assert!(clerk.tickets().await.contains(&lamp));
    let (_, choices) = clerk.get(&format!("tickets/{lamp}/choices")).await;
    assert!(choices["choices"].as_array().unwrap().iter().all(|one| one["statuses"] == json!([])), "{choices}");
    let (status, refused) = clerk.post(&path, update("a")).await;
    assert!(status == 403 && refused.to_string().contains("another unit"), "{refused}");
    let (status, done) = center.post(&path, update("b")).await;
    assert_eq!(status, 200, "{done}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_program_with_a_clerks_token_is_written_as_the_program_that_it_is() {
    let town = Town::with_desks("program").await;
    let (lamp, _) = town.two_matters().await;
    let program = town.program("desk", "clerk").await;
    let update = json!({ "update_id": "a", "status": "accepted" });
    let (status, done) = program.post(&format!("tickets/{lamp}/updates"), update).await;
    assert_eq!(status, 200, "{done}");
    let (_, life) = program.get(&format!("tickets/{lamp}/life")).await;
    assert!(life.to_string().contains("token:desk") && !life.to_string().contains("person:"), "{life}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_scope_that_nothing_could_be_held_against_is_noted_and_not_passed_over() {
    let mut town = Town::prepare("unchecked").await;
    town.sandbox.set("HULIU_LANG", "zh");
    let add = ["people", "add", "li", "--role", "clerk", "--department", "no-such-unit"];
    let (code, told, said) = town.sandbox.ended(&add).await.unwrap();
    assert!(code == 0 && told.starts_with("li  ") && said.contains("还没有配置包生效过"), "{told}{said}");
    let (code, _, said) = town.sandbox.ended(&["people", "add", "wang"]).await.unwrap();
    assert!(code == 0 && !said.contains("配置包"), "of all matters: {said}");
    town.sandbox.start().await.unwrap();
    let add = ["people", "add", "sun", "--role", "clerk", "--department", "no-such-unit"];
    let (code, told, said) = town.sandbox.ended(&add).await.unwrap();
    assert!(code != 0 && told.is_empty() && said.contains("no-such-unit"), "{told}{said}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_stranger_locks_a_name_where_they_are_and_not_where_its_owner_is() {
    let mut town = Town::prepare("elsewhere").await;
    let path = town.sandbox.folder.join("huiliu.toml");
    let text = std::fs::read_to_string(&path).unwrap() + "\n[console]\nproxies = [\"127.0.0.1\"]\n";
    std::fs::write(&path, text).unwrap();
    town.sandbox.start().await.unwrap();
    town.signed_in(&["li", "--role", "viewer"]).await;
    for _ in 0..5 {
        assert_eq!(town.enter_from("6.6.6.6", "li", "Wrong-pass-1").await, 401);
    }
    assert_eq!(town.enter_from("6.6.6.6", "li", OWN).await, 429);
    assert_eq!(town.enter_from("6.6.6.7", "li", OWN).await, 201);
    for (language, said) in [("zh", "请 15 分钟后再试"), ("en", "try again in 15 minutes")] {
        let page = town.console_from("6.6.6.6", "li", language).await;
        assert!(page.contains("role=\"alert\"") && page.contains(said), "{page}");
    }
    // Who is known there is kept out by nobody but by wrong tries of their own name from there, and is told for how long.
    for stranger in 0..10 {
        for _ in 0..5 {
            assert_eq!(town.enter_from(&format!("6.6.7.{stranger}"), "li", "Wrong-pass-1").await, 401);
        }
    }
    assert_eq!(town.enter_from("6.6.8.1", "li", OWN).await, 429, "a name that is tried from everywhere");
    assert_eq!(town.enter_from("6.6.6.7", "li", OWN).await, 201);
    for _ in 0..4 {
        assert_eq!(town.enter_from("6.6.6.7", "li", "Wrong-pass-1").await, 401);
    }
    assert_eq!(town.enter_from("6.6.6.7", "li", OWN).await, 201, "four are forgotten by the right one");
    for _ in 0..5 {
        assert_eq!(town.enter_from("6.6.6.7", "li", "Wrong-pass-1").await, 401);
    }
    assert_eq!(town.enter_from("6.6.6.7", "li", OWN).await, 429);
    // What a stranger writes before it is not believed.
    assert_eq!(town.enter_from("6.6.6.7, 6.6.6.6", "li", OWN).await, 429);
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn names_that_look_the_same_and_passwords_that_many_have_are_refused_with_words() {
    let mut town = Town::prepare("lookalike").await;
    town.sandbox.start().await.unwrap();
    let security = town.signed_in(&["sun.wei", "--role", "security"]).await;
    // A Cyrillic letter, capitals, a letter of full width.
    for (name, words) in [("sun.w%D0%B5i", "looks like"), ("Sun.Wei", "looks like"), ("%EF%BD%93un", "full-width")] {
        let (status, refused) = security.ask("PUT", &format!("people/{name}"), json!({ "role": "viewer" })).await;
        assert!(status == 400 && refused["detail"].as_str().unwrap().contains(words), "{name}: {refused}");
    }
    assert!(town.sandbox.command(&["people", "add", "SUN.WEI"]).await.unwrap_err().to_string().contains("sun.wei"));
    for (new, words) in
        [("Password123!", "common words"), ("Sunwei-88-Lamp", "name of its owner"), ("荣成-Lamp-7788", "city")]
    {
        let (status, refused) = security.post("me/password", json!({ "old": OWN, "new": new })).await;
        assert!(status == 400 && refused["detail"].as_str().unwrap().contains(words), "{new}: {refused}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn names_of_source_files_are_for_those_without_bounds() {
    let mut town = Town::prepare("filenames").await;
    town.sandbox.start().await.unwrap();
    let bounded = town.signed_in(&["li", "--role", "operator", "--channel", "generic"]).await;
    let by_unit = town.signed_in(&["zhou", "--role", "clerk", "--department", "urban-management"]).await;
    let whole = town.signed_in(&["op", "--role", "operator"]).await;
    let whole = &whole;
    let row = ["X1", "2026-11-20", "投诉", "路灯不亮", "青鱼滩路路灯一周不亮", "王蕾", "13800001111", "", "荣成市"];
    write_petitions(&town.sandbox.folder.join("var/petition"), "王蕾的来信.xlsx", &[row.map(str::to_owned)]).unwrap();
    let came = || async move {
        let (_, page) = whole.get("source-files").await;
        page["source_files"].get(0).is_some().then_some(page)
    };
    let shown = eventually("a file that is read", PATIENCE, came).await.unwrap();
    assert!(shown.to_string().contains("王蕾的来信"), "{shown}");
    let (_, bounded_page) = bounded.get("source-files").await;
    assert!(!bounded_page.to_string().contains("王蕾") && bounded_page["source_files"] == json!([]), "{bounded_page}");
    let (_, by_unit) = by_unit.get("source-files").await;
    assert!(!by_unit.to_string().contains("王蕾") && by_unit["source_files"].get(0).is_some(), "{by_unit}");
    town.sandbox.finish().await.unwrap();
}
