//! Signing in and out, and what nobody needs to sign in for.

use axum::http::{Method, StatusCode};

use super::pages::PAGES;
use super::{SIGNED_IN, ask, console, full, markup};

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
    assert_eq!(told.headers["cache-control"], "no-store");
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

#[tokio::test]
async fn forms_come_from_pages_of_the_console_also_without_a_session() {
    for path in ["/console/sign-in", "/console/language", "/console/sign-in/code"] {
        for (header, value) in
            [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
        {
            let request = axum::http::Request::post(path).header(header, value).header("host", "huiliu.example");
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let body = axum::body::Body::from("name=li&password=right&code=&language=en");
            let answer =
                tower_service::Service::call(&mut console(&full()), request.body(body).unwrap()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} {header} {value}");
            assert!(!answer.headers().contains_key("set-cookie"), "{path} {header} {value}");
        }
    }
}

#[tokio::test]
async fn a_form_that_lacks_something_is_refused_with_words() {
    for path in ["/console/sign-in", "/console/language", "/console/sign-in/code", "/console/sign-out"] {
        for (language, words) in [("en", "cannot be read"), ("zh", "读不")] {
            let cookies = format!("{SIGNED_IN}; huiliu_language={language}");
            let told = ask(&full(), Method::POST, path, &cookies, "other=1").await;
            assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert!(told.body.contains("<h1>"), "{path} {words}: {}", told.body);
        }
    }
}

#[tokio::test]
async fn the_way_to_the_provider_and_back() {
    let api = full().with_provider();
    let page = ask(&api, Method::GET, "/console/sign-in", "", "").await;
    assert!(
        page.body.contains("href=\"/console/sign-in/provider\"") && page.body.contains("&lt;script"),
        "{}",
        page.body
    );
    assert!(page.body.contains("<details>"), "a password is for those who look after people");
    assert_eq!(markup::wrong(&page.body), None);
    let sent = ask(&api, Method::GET, "/console/sign-in/provider", "", "").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "https://sso.example/auth?state=s"));
    let cookie = sent.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("huiliu_away=ha_one") && cookie.contains("SameSite=Lax"), "{cookie}");
    let away = "huiliu_away=ha_one";
    let back = ask(&api, Method::GET, "/console/sign-in/back?state=s&code=good", away, "").await;
    let cookies: Vec<&str> = back.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    assert!(back.status == StatusCode::OK && cookies.len() == 2, "{cookies:?}");
    assert!(cookies[0].starts_with("huiliu_session=hs_one") && cookies[1].contains("Max-Age=0"), "{cookies:?}");
    assert_eq!(
        (&back.headers["refresh"], &back.headers["cache-control"]),
        (&"0; url=/console".parse().unwrap(), &"no-store".parse().unwrap())
    );
    let half = ask(&api, Method::GET, "/console/sign-in/back?state=s&code=half", away, "").await;
    assert!(
        half.status == StatusCode::UNAUTHORIZED && half.body.contains("action=\"/console/sign-in/code\""),
        "{}",
        half.body
    );
    assert_eq!(markup::wrong(&half.body), None);
    let whole = ask(&api, Method::POST, "/console/sign-in/code", away, "code=+7+").await;
    assert_eq!((whole.status, whole.headers.contains_key("refresh")), (StatusCode::OK, true));
    for (query, cookies) in [("state=s&code=good", ""), ("error=access_denied", away), ("state=s&state=t", away)] {
        let out = ask(&api, Method::GET, &format!("/console/sign-in/back?{query}"), cookies, "").await;
        assert!(out.status.is_client_error() && out.body.contains("role=\"alert\""), "{query}: {}", out.body);
        assert!(!out.headers.contains_key("set-cookie"), "{query}");
    }
}
