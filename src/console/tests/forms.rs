//! Every form of every page is sent as a browser would, and what the API is asked is held against its description.

use axum::http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::fake::{Amount, Fake};
use super::pages::PAGES;
use super::{SIGNED_IN, ask, form_token, full, look};

/// A form: where it goes, and its members with their values.
#[derive(Debug)]
struct Form {
    action: String,
    members: Vec<(String, String)>,
}

impl Form {
    fn member(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn written(&self) -> String {
        let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let members: Vec<String> =
            self.members.iter().map(|(name, value)| format!("{}={}", part(name), part(value))).collect();
        members.join("&")
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#x27;", "'")
            .replace("&#x2f;", "/")
            .replace("&amp;", "&"),
    )
}

/// The forms of a page that are posted, filled in: with what they have, else with something.
fn forms(page: &str) -> Vec<Form> {
    let posted = page.split("<form").skip(1).filter_map(|part| part.split("</form>").next());
    let filled = |form: &str| {
        let action = attribute(form, "action")?;
        let named = form.split('<').filter_map(|tag| {
            Some((attribute(tag, "name")?, attribute(tag, "value").filter(|value| !value.is_empty())))
        });
        let something = |name: &str| match name {
            "record" => "{}",
            "due_at" => "2026-11-30T17:30",
            "speed" | "quality" => "3",
            _ => "something",
        };
        let mut members: Vec<(String, String)> = Vec::new();
        for (name, value) in named {
            if !members.iter().any(|(known, _)| *known == name) {
                let value = value.unwrap_or_else(|| something(&name).to_owned());
                members.push((name, value));
            }
        }
        Some(Form { action, members })
    };
    posted.filter(|form| form.contains("method=\"post\"")).filter_map(filled).collect()
}

async fn send(api: &Fake, form: &Form) -> super::Told {
    ask(api, Method::POST, &form.action, SIGNED_IN, &form.written()).await
}

#[tokio::test]
async fn every_form_asks_the_api_for_something_that_it_knows() {
    for amount in [Amount::Full { yes: false }, Amount::Full { yes: true }] {
        for page in PAGES {
            let own = forms(&look(&Fake::new(amount), page, "zh").await.body);
            for mut form in own.into_iter().filter(|form| form.action == "/console/do") {
                let api = full();
                let mut told = send(&api, &form).await;
                if told.status == StatusCode::OK {
                    assert!(api.deeds().is_empty(), "asked first: {form:?}");
                    form = forms(&told.body).into_iter().find(|form| form.member("sure") == Some("yes")).unwrap();
                    told = send(&api, &form).await;
                }
                assert_eq!(told.status, StatusCode::SEE_OTHER, "{page}: {form:?}: {:?}\n{}", api.deeds(), told.body);
                assert!(!api.deeds().is_empty(), "{form:?}");
                assert!(told.location().contains(&format!("done={}", form.member("deed").unwrap())));
            }
        }
    }
}

#[tokio::test]
async fn no_form_does_anything_without_the_token_of_this_session() {
    for page in PAGES {
        for mut form in forms(&look(&full(), page, "zh").await.body) {
            if form.action == "/console/language" {
                continue;
            }
            form.members
                .iter_mut()
                .filter(|(name, _)| name == "form_token")
                .for_each(|(_, value)| "wrong".clone_into(value));
            let api = full();
            assert_eq!(send(&api, &form).await.status, StatusCode::FORBIDDEN, "{page}: {form:?}");
            assert!(api.deeds().is_empty(), "{form:?}");
        }
    }
    let told = ask(&full(), Method::POST, "/console/review/7", SIGNED_IN, "form_token=wrong&same=true").await;
    assert_eq!(told.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_done_is_what_was_meant() {
    for (form, path, body) in [
        ("deed=pin&ticket=T1", "tickets/T1/pin", json!({ "pinned": true })),
        ("deed=unpin&ticket=T1", "tickets/T1/pin", json!({ "pinned": false })),
        ("deed=merge&ticket=T1&into=+T2+", "tickets/T1/merge", json!({ "into": "T2" })),
        ("deed=move&receipt=a%2Fb&into=T2", "complaints/a%2Fb/move", json!({ "into": "T2" })),
        ("deed=answer-review&review=7&same=false", "reviews/7", json!({ "same": false })),
        ("deed=call-back&receipt=R1&rating=fair&words=", "callbacks/R1", json!({ "rating": "fair" })),
        ("deed=not-reached&receipt=R1&sure=yes", "callbacks/R1", json!({})),
        ("deed=topic-new&title=a&tickets=T1%2C+T2", "topics", json!({ "title": "a", "tickets": ["T1", "T2"] })),
        (
            "deed=deliveries-discard&destination=a&reason=b&sure=yes",
            "deliveries/discard",
            json!({ "destination": "a", "reason": "b" }),
        ),
        ("deed=draft-publish&draft=4&revision=2&reason=&sure=yes", "pack/drafts/4/publish", json!({ "revision": 2 })),
        (
            "deed=act-whistle&ticket=T1&feed=units&update_id=7&units=a%2C+b&words=&sure=yes",
            "tickets/T1/updates",
            json!({ "update_id": "7", "feed": "units", "act": { "kind": "whistle", "units": ["a", "b"] } }),
        ),
        (
            "deed=set-status&ticket=T1&feed=units&update_id=7&status=extended&result=&due_at=2026-11-30T17%3A30&name=&phone=&sure=yes",
            "tickets/T1/updates",
            json!({ "update_id": "7", "feed": "units", "status": "extended", "due_at": "2026-11-30T09:30:00Z" }),
        ),
        (
            "deed=quarantine-replay&raw=4&record=%7B%22a%22%3A1%7D",
            "quarantine/4/replay",
            json!({ "record": { "a": 1 } }),
        ),
    ] {
        let api = full();
        let token = form_token(&api).await;
        let told = ask(&api, Method::POST, "/console/do", SIGNED_IN, &format!("form_token={token}&{form}")).await;
        assert_eq!(told.status, StatusCode::SEE_OTHER, "{form}: {}", told.body);
        let done: Vec<_> = api.deeds().into_iter().map(|call| (call.path, call.body)).collect();
        assert_eq!(done, [(format!("/api/v1/{path}"), body)], "{form}");
    }
}

#[tokio::test]
async fn a_group_is_worked_off_one_by_one_and_added_up() {
    let api = full();
    let token = form_token(&api).await;
    let form = format!(
        "form_token={token}&deed=quarantine-replay&raw=4+5+6&back=%2Fconsole%2Fquarantine%3Fchannel%3Dsms%26done%3Dpin"
    );
    let told = ask(&api, Method::POST, "/console/do", SIGNED_IN, &form).await;
    assert_eq!(api.deeds().len(), 3);
    assert_eq!(told.location(), "/console/quarantine?channel=sms&done=quarantine-replay&count=9&kept=9");
}

#[tokio::test]
async fn nobody_is_led_away_by_a_form() {
    let api = full();
    let token = form_token(&api).await;
    for back in [
        "https://example.org/",
        "//example.org/",
        "/console//example.org",
        "/consoles/",
        "/console/%0d",
        "/console/\\a",
        "/console/a\r\nx:y",
    ] {
        let back = utf8_percent_encode(back, NON_ALPHANUMERIC);
        let form = format!("form_token={token}&deed=pin&ticket=T1&back={back}");
        let told = ask(&api, Method::POST, "/console/do", SIGNED_IN, &form).await;
        let to = told.location();
        assert!(to.starts_with("/console?done=pin") || to.starts_with("/console/%0d?done=pin"), "{to}");
    }
}

#[tokio::test]
async fn what_the_api_refuses_is_said_with_the_way_back() {
    let api = full().refusing(StatusCode::CONFLICT, "conflict");
    let token = form_token(&api).await;
    let form = format!("form_token={token}&deed=merge&ticket=T1&into=T2&back=%2Fconsole%2Ftickets%2FT1");
    let told = ask(&api, Method::POST, "/console/do", SIGNED_IN, &form).await;
    assert!(told.status == StatusCode::CONFLICT && told.body.contains("&lt;script&gt;"), "{}", told.body);
    assert!(
        told.body.contains("href=\"&#x2f;console&#x2f;tickets&#x2f;T1\"")
            || told.body.contains("href=\"/console/tickets/T1\""),
        "{}",
        told.body
    );
    let told = ask(&api, Method::POST, "/console/do", SIGNED_IN, &format!("form_token={token}&deed=everything")).await;
    assert_eq!(told.status, StatusCode::NOT_FOUND);
    let form = format!("form_token={token}&deed=quarantine-replay&raw=4&record=not%20json");
    assert_eq!(ask(&api, Method::POST, "/console/do", SIGNED_IN, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_answer_by_key_stays_on_its_page_and_says_why_it_was_not_taken() {
    let api = full();
    let form = format!("form_token={}&same=true", form_token(&api).await);
    let told = ask(&api, Method::POST, "/console/review/7", SIGNED_IN, &form).await;
    assert_eq!(told.status, StatusCode::NO_CONTENT);
    assert_eq!(
        api.deeds().into_iter().map(|call| (call.path, call.body)).collect::<Vec<_>>(),
        [("/api/v1/reviews/7".to_owned(), json!({ "same": true }))]
    );
    let api = full().refusing(StatusCode::CONFLICT, "conflict");
    let told = ask(&api, Method::POST, "/console/review/7", SIGNED_IN, &form).await;
    assert!(told.status == StatusCode::CONFLICT && told.body.starts_with("one"), "{}", told.body);
}

#[tokio::test]
async fn a_draft_is_saved_checked_and_tried_on_one_page() {
    let work = async |api: &Fake, rest: &str| {
        let form = format!("form_token={}&{rest}", form_token(api).await);
        ask(api, Method::POST, "/console/packs/drafts/3", SIGNED_IN, &form).await
    };
    let api = full();
    let told = work(&api, "what=save&revision=3&path=city.toml&text=a%0D%0Ab").await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    assert_eq!(api.deeds()[0].body, json!({ "revision": 3, "files": [{ "path": "city.toml", "text": "a\nb" }] }));
    assert!(api.deeds()[1].path.ends_with("/check") && told.body.contains("检查通过"), "{}", told.body);
    let told = work(&full(), "what=try&channel=sms&name=a.json&sample=%5B%5D").await;
    assert!(told.status == StatusCode::OK && told.body.contains("试出的结果"), "{}", told.body);
    // What was refused keeps what somebody typed, and says where the problems are.
    let told = work(
        &full().refusing(StatusCode::UNPROCESSABLE_ENTITY, "pack_has_problems"),
        "what=check&path=channels/a.toml",
    )
    .await;
    assert!(told.body.contains("channels/a.toml:3") || told.body.contains("channels&#x2f;a.toml:3"), "{}", told.body);
    let told =
        work(&full().refusing(StatusCode::CONFLICT, "conflict"), "what=save&revision=1&path=city.toml&text=typed")
            .await;
    assert!(told.body.contains("typed") && told.body.contains("&lt;script&gt;"), "{}", told.body);
    assert_eq!(work(&full(), "what=everything").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rules_are_changed_row_by_row_in_a_draft() {
    let begin = format!("form_token={}&of=units", form_token(&full()).await);
    let api = full();
    let told = ask(&api, Method::POST, "/console/rules", SIGNED_IN, &begin).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER, "{}", told.body);
    assert!(told.location().ends_with("/tables?path=tables%2Fdepartments.csv&table="), "{}", told.location());
    assert_eq!(api.deeds()[0].body, json!({ "label": "单位" }));
    let work = async |api: &Fake, rest: &str| {
        let form = format!("form_token={}&revision=3&path=tables/a.csv&table=&{rest}", form_token(api).await);
        ask(api, Method::POST, "/console/packs/drafts/3/tables", SIGNED_IN, &form).await
    };
    let api = full();
    let told = work(&api, "what=set&row=new&cell-0=road&cell-1=%E9%81%93%E8%B7%AF").await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let written = api.deeds()[0].body["files"][0]["text"].as_str().unwrap().to_owned();
    assert!(written.ends_with("\nroad;道路\n") && api.deeds()[0].body["revision"] == 3, "{written}");
    assert!(api.deeds()[1].path.ends_with("/check") && told.body.contains("检查通过"), "{}", told.body);
    // What is refused stays in its fields.
    let api = full();
    let told = work(&api, "what=set&row=new&cell-0=++&cell-1=").await;
    assert!(api.deeds().is_empty() && told.body.contains("name=\"cell-0\""), "{}", told.body);
    let told = work(&full().refusing(StatusCode::CONFLICT, "conflict"), "what=set&row=new&cell-0=kept&cell-1=").await;
    assert!(told.body.contains("kept") && told.body.contains("role=\"alert\""), "{}", told.body);
    for nothing in ["what=everything&row=0", "what=set&row=first&cell-0=a&cell-1=b"] {
        assert_eq!(work(&full(), nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
    }
    let gone = work(&full(), "what=remove&row=99").await;
    assert!(gone.status == StatusCode::OK && gone.body.contains("没有这一行"), "{}", gone.body);
}

#[tokio::test]
async fn a_draft_is_tried_on_the_newest_records() {
    let form = format!("form_token={}&what=preview&records=50&channel=+sms+", form_token(&full()).await);
    let api = full();
    let told = ask(&api, Method::POST, "/console/packs/drafts/3", SIGNED_IN, &form).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let asked = &api.deeds()[0];
    assert!(asked.path.ends_with("/pack/drafts/3/preview"), "{asked:?}");
    assert_eq!(asked.body, json!({ "records": 50, "channel": "sms" }));
    assert!(told.body.contains("在草稿下会不同") && told.body.contains("&lt;script&gt;"), "{}", told.body);
}
