//! Signing in, and every page of the console in a city that has lived.

use std::collections::{BTreeMap, VecDeque};

use huiliu_city::History;

use crate::driver::{Browser, LANGUAGES, Language, Screen, is_there};
use crate::people;
use crate::town::{Town, amqp, pack};

/// Most kinds of pages.
const MAX_PAGES: usize = 80;
/// Kinds of pages that must be among those that are found by following links.
const PAGES: [&str; 37] = [
    "console",
    "console-me",
    "console-tickets",
    "console-tickets-N",
    "console-search",
    "console-review",
    "console-handling",
    "console-notices",
    "console-callbacks",
    "console-unanswered",
    "console-alerts",
    "console-topics",
    "console-topics-N",
    "console-channels",
    "console-channels-generic",
    "console-feeds",
    "console-replies",
    "console-replies-N",
    "console-deliveries",
    "console-files",
    "console-warnings",
    "console-quarantine",
    "console-quarantine-N",
    "console-reports",
    "console-reports-domains",
    "console-bulletins",
    "console-reply-checks",
    "console-packs",
    "console-packs-versions-N",
    "console-packs-difference",
    "console-packs-drafts-N",
    "console-packs-drafts-N-tables",
    "console-rules",
    "console-matter",
    "console-explain",
    "console-audit",
    "console-people",
];

/// The kind of page at an address: its path, with `N` for what has a number.
fn kind(path: &str) -> String {
    let numbered = |part: &str| if part.chars().any(|letter| letter.is_ascii_digit()) { "N" } else { part }.to_owned();
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(numbered).collect();
    parts.join("-")
}

/// Opens one page of each kind that is reached by links from the first; the pages found, by kind.
async fn walk(browser: &Browser, url: &str, found: &mut BTreeMap<String, String>) {
    // A matter is asked for by a form.
    let mut ahead = VecDeque::from(["/console", "/console/matter?number=1"].map(str::to_owned));
    while let Some(address) = ahead.pop_front() {
        let kind = kind(address.split(['?', '#']).next().unwrap_or_default());
        if found.contains_key(&kind) {
            continue;
        }
        assert!(found.len() < MAX_PAGES, "{kind} is one too many: {:?}", found.keys());
        browser.open(&format!("{url}{address}")).await;
        found.insert(kind.clone(), address.clone());
        browser.look(&kind).await;
        ahead.extend(browser.links("/console").await);
    }
}

#[tokio::test]
async fn every_page_is_opened_by_following_links_and_is_accessible() {
    if !is_there() {
        return;
    }
    let history = History::live(std::path::Path::new(env!("CARGO_BIN_EXE_huiliu")), &pack(), &amqp()).await.unwrap();
    let sandbox = &history.sandbox;
    sandbox.post("/api/v1/pack/drafts", &serde_json::json!({ "label": "路灯的词" })).await.unwrap();
    let tickets = sandbox.get("/api/v1/tickets?limit=2").await.unwrap();
    let ids: Vec<&str> = tickets["tickets"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    sandbox.post("/api/v1/topics", &serde_json::json!({ "title": "路灯", "tickets": ids })).await.unwrap();
    for Language { code, short, .. } in LANGUAGES {
        let mut found = BTreeMap::new();
        for (name, role) in [("chief", "admin"), ("auditor", "auditor"), ("keeper", "security")] {
            let browser = Browser::start(code, Screen::Desk).await;
            people::enter(&browser, sandbox, &format!("{name}-{short}"), &["--role", role]).await;
            // What a role sees of a page that another has, too.
            found.remove("console");
            walk(&browser, &sandbox.url, &mut found).await;
            browser.close().await;
        }
        let missing: Vec<&str> = PAGES.into_iter().filter(|page| !found.contains_key(*page)).collect();
        assert!(missing.is_empty(), "{missing:?} are not among {:?}", found.keys());
    }
}

#[tokio::test]
async fn a_person_signs_in_chooses_a_password_and_signs_out() {
    if !is_there() {
        return;
    }
    for Language { code, short, sign_out } in LANGUAGES {
        let mut town = Town::prepare(&format!("sign-{short}")).await;
        town.sandbox.start().await.unwrap();
        let first = people::add(&town.sandbox, "王丽", &["--role", "operator"]).await;
        let browser = Browser::start(code, Screen::Desk).await;
        people::sign_in(&browser, &town.sandbox, "王丽", "not-the-password").await;
        assert!(!browser.text_of(".wrong").await.is_empty(), "it is said that it was wrong");
        browser.look("sign-in").await;
        people::sign_in(&browser, &town.sandbox, "王丽", &first).await;
        browser.look("first-password").await;
        browser.open(&format!("{}/console/tickets", town.sandbox.url)).await;
        assert!(browser.address().await.ends_with("/console/me"), "nothing else before there is a password");
        people::choose_password(&browser, &first).await;
        browser.one(".done").await;
        browser.open(&format!("{}/console", town.sandbox.url)).await;
        assert!(browser.text().await.contains(sign_out));
        browser.look("today").await;
        browser.go("form[action='/console/sign-out'] button").await;
        browser.client.back().await.unwrap();
        browser.client.refresh().await.unwrap();
        assert!(browser.address().await.contains("/console/sign-in"), "the browser keeps nothing of it");
        browser.close().await;
        town.sandbox.finish().await.unwrap();
    }
}
