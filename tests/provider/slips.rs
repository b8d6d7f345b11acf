//! Those who are kept out, each with a reason that they are told and that stands in the audit log.

use serde_json::json;

use crate::browser::{Browser, member, with_member};
use crate::walk::House;

#[tokio::test]
async fn what_comes_back_is_for_one_browser_and_one_time() {
    let Some(house) = House::start("once", "", "").await else { return };
    let mut browser = Browser::default();
    let there = house.go(&mut browser).await;
    let back = house.sign_in_there(&mut browser, &there, "li").await;
    let mut other = Browser::default();
    let seen = other.get(&back).await;
    house.kept_out(&mut other, &seen, "not begun in this browser", "not_pending").await;
    // The same state with another one, then the right one: it was used up.
    let wrong = with_member(&back, "state", "AAAA");
    for address in [&wrong, &back] {
        let seen = browser.get(address).await;
        house.kept_out(&mut browser, &seen, "sign in again", "not_pending").await;
    }
    // A code that was used, with a state that is good.
    let mut browser = Browser::default();
    let there = house.go(&mut browser).await;
    let back = house.sign_in_there(&mut browser, &there, "li").await;
    assert_eq!(browser.get(&back).await.status, 200);
    let used = member(&back, "code").unwrap();
    let mut thief = Browser::default();
    let there = house.go(&mut thief).await;
    let back = house.sign_in_there(&mut thief, &there, "zhou").await;
    let seen = thief.get(&with_member(&back, "code", &used)).await;
    house.kept_out(&mut thief, &seen, "used or is too old", "code_refused").await;
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_for_this_sign_in_of_this_gateway_now_lets_nobody_in() {
    let Some(house) = House::start("tokens", "", "").await else { return };
    let mut browser = Browser::default();
    // The provider is asked with another nonce than the gateway made.
    let there = with_member(&house.go(&mut browser).await, "nonce", "another");
    let back = house.sign_in_there(&mut browser, &there, "li").await;
    let seen = browser.get(&back).await;
    house.kept_out(&mut browser, &seen, "answers another sign-in", "other_sign_in").await;
    for (slip, words, reason) in [
        (json!({ "exp": 1_700_000_000 }), "clocks", "clocks_differ"),
        (json!({ "iat": 4_000_000_000_u64, "exp": 4_000_000_600_u64 }), "clocks", "clocks_differ"),
        (json!({ "aud": "another-program" }), "for another program", "other_audience"),
        (json!({ "aud": ["huiliu", "another-program"] }), "for another program", "other_audience"),
        (json!({ "iss": "https://evil.example" }), "another identity provider", "other_issuer"),
        (json!({ "forged": true }), "not signed by a key", "signature"),
    ] {
        house.provider.order(json!({ "slip": slip })).await;
        let mut browser = Browser::default();
        let seen = house.come(&mut browser, "li").await;
        house.kept_out(&mut browser, &seen, words, reason).await;
    }
    let mut browser = Browser::default();
    assert_eq!(house.come(&mut browser, "li").await.status, 200, "without a slip they come in");
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn whom_the_gateway_does_not_let_in_no_provider_lets_in() {
    let Some(house) = House::start("unknown", "", "").await else { return };
    let mut browser = Browser::default();
    let seen = house.come(&mut browser, "nobody").await;
    house.kept_out(&mut browser, &seen, "nobody has this name here", "unknown_person").await;
    house.town.sandbox.command(&["people", "bar", "li"]).await.unwrap();
    let mut browser = Browser::default();
    let seen = house.come(&mut browser, "li").await;
    house.kept_out(&mut browser, &seen, "may not sign in any more", "barred").await;
    let mut browser = Browser::default();
    let there = house.go(&mut browser).await;
    let (page, _) = browser.follow(&there, |address| address.contains("/interaction/")).await;
    let denied = browser.follow(&format!("{page}?deny=1"), |address| address.contains("/sign-in/back")).await.0;
    let seen = browser.get(&denied).await;
    house.kept_out(&mut browser, &seen, "refused at the identity provider", "denied").await;
    let mut browser = Browser::default();
    let there = house.go(&mut browser).await;
    let back = house.sign_in_there(&mut browser, &there, "li").await;
    let elsewhere = with_member(&back, "iss", "https%3A%2F%2Fevil.example");
    let seen = browser.get(&elsewhere).await;
    house.kept_out(&mut browser, &seen, "another identity provider", "other_issuer").await;
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_provider_that_is_away_keeps_nobody_from_signing_in_by_a_password() {
    let Some(mut house) = House::start("away", "", "").await else { return };
    let password = house.person("zhou", "viewer").await;
    let mut browser = Browser::default();
    let there = house.go(&mut browser).await;
    let back = house.sign_in_there(&mut browser, &there, "li").await;
    house.provider.stop();
    let seen = browser.get(&back).await;
    house.kept_out(&mut browser, &seen, "does not answer", "provider_away").await;
    let seen = browser.post(&house.at("/sign-in"), &format!("name=zhou&password={password}")).await;
    assert_eq!(seen.status, 303, "{}", seen.body);
    assert!(house.is_in(&mut browser).await);
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_gateway_is_told_so() {
    let Some(mut house) = House::start("unmet", "", "").await else { return };
    house.town.sandbox.set("HULIU_OIDC_SECRET", "another-secret");
    house.town.sandbox.stop().await.unwrap();
    house.town.sandbox.start().await.unwrap();
    let mut browser = Browser::default();
    let seen = house.come(&mut browser, "li").await;
    house.kept_out(&mut browser, &seen, "does not know this gateway", "gateway_not_known").await;
    house.town.sandbox.finish().await.unwrap();
}
