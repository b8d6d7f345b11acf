//! Signing in and out, and what nobody needs to sign in for.

use axum::http::{Method, StatusCode};

use super::pages::PAGES;
use super::{SIGNED_IN, ask, full, markup};

#[tokio::test]
async fn without_a_session_there_is_only_the_way_to_one() {
    for (page, cookies) in PAGES.iter().flat_map(|page| [(page, ""), (page, "huiliu_session=hs_other")]) {
        let told = ask(&full(), Method::GET, &format!("/console{page}"), cookies, "").await;
        assert_eq!((told.status, told.location()), (StatusCode::SEE_OTHER, "/console/sign-in"), "{page}");
    }
    let told = ask(&full(), Method::GET, "/console/sign-in", "", "").await;
    assert!(told.status == StatusCode::OK && told.body.contains("name=\"password\""), "{}", told.body);
    assert_eq!(markup::wrong(&told.body), None);
}

#[tokio::test]
async fn who_signs_in_has_a_session_and_who_does_not_is_told() {
    let told = ask(&full(), Method::POST, "/console/sign-in", "", "name=li&password=right&code=").await;
    let cookie = told.headers["set-cookie"].to_str().unwrap();
    assert!(told.status == StatusCode::SEE_OTHER && cookie.starts_with("huiliu_session=hs_one"), "{cookie}");
    let told =
        ask(&full(), Method::POST, "/console/sign-in", "huiliu_language=en", "name=%3Cli%3E&password=wrong").await;
    assert!(told.status == StatusCode::UNAUTHORIZED && told.body.contains("is wrong"), "{}", told.body);
    assert!(told.body.contains("&lt;li&gt;") && !told.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_names_that_change() {
    let page = ask(&full(), Method::GET, "/console/sign-in", "", "").await.body;
    for name in ["console.css", "console.js", "icon.svg"] {
        let (before, _) = page.split_once(name).unwrap();
        let (_, mark) = before.rsplit_once("/assets/").unwrap_or_else(|| panic!("{page}"));
        let told = ask(&full(), Method::GET, &format!("/console/assets/{mark}{name}"), "", "").await;
        assert!(told.status == StatusCode::OK && told.headers["cache-control"].to_str().unwrap().contains("immutable"));
    }
    let told = ask(&full(), Method::GET, "/console/assets/console.css", "", "").await;
    assert_eq!(told.status, StatusCode::NOT_FOUND);
    let told = ask(&full(), Method::GET, "/console/nothing", SIGNED_IN, "").await;
    assert!(
        told.status == StatusCode::NOT_FOUND && told.body.contains("href=\"/console\""),
        "a way back: {}",
        told.body
    );
}
