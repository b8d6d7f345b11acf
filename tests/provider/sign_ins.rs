//! Those who come in.

use crate::browser::{Browser, member};
use crate::walk::House;
use serde_json::json;

#[tokio::test]
async fn somebody_the_gateway_knows_comes_in_with_the_rights_that_it_gives_them() {
    let Some(house) = House::start("provided", "", "").await else { return };
    let mut browser = Browser::default();
    let page = browser.get(&house.at("/sign-in")).await.body;
    assert!(page.contains("Sign in by City Login") && page.contains("name=\"password\""), "{page}");
    let there = house.go(&mut browser).await;
    for part in ["response_type=code", "code_challenge_method=S256", "state=", "nonce=", "scope=openid"] {
        assert!(there.contains(part), "{part}: {there}");
    }
    let back = house.sign_in_there(&mut browser, &there, "li").await;
    let seen = browser.get(&back).await;
    assert_eq!((seen.status, &seen.headers["refresh"]), (200, &"0; url=/console".parse().unwrap()), "{}", seen.body);
    assert_eq!(seen.headers["cache-control"], "no-store");
    assert!(house.is_in(&mut browser).await && browser.get(&house.at("/tickets")).await.status == 200);
    assert_eq!(browser.get(&house.at("/people")).await.status, 403, "the role is the gateway's");
    let entries = house.audit().await;
    let done = entries.iter().find(|entry| entry["outcome"] == "done").unwrap();
    assert_eq!(
        (&done["actor"], &done["role"], &done["subject"]),
        (&json!("li"), &json!("viewer"), &json!("by:provider")),
        "{done}"
    );
    // Neither the code nor what it was exchanged for is in the log, at its most talkative.
    let log = house.town.sandbox.log();
    let session = browser.cookie(&back, "huiliu_session").unwrap();
    for secret in
        [&member(&back, "code").unwrap(), &member(&back, "state").unwrap(), session, "secret-of-the-gateway", "eyJ"]
    {
        assert!(!log.contains(secret), "{secret}");
    }
    house.town.sandbox.command(&["people", "bar", "li"]).await.unwrap();
    assert!(!house.is_in(&mut browser).await, "who is barred is out at once");
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn keys_change_between_two_sign_ins() {
    let Some(house) = House::start("rotated", "", "").await else { return };
    for _ in 0..2 {
        let mut browser = Browser::default();
        let seen = house.come(&mut browser, "li").await;
        assert!(seen.status == 200 && house.is_in(&mut browser).await, "{}", seen.body);
        house.provider.order(json!({ "rotate": true })).await;
    }
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_second_factor_is_the_providers_where_it_says_so_and_otherwise_the_gateways() {
    let Some(house) = House::start("factors", "second_factor = true", "").await else { return };
    let mut browser = Browser::default();
    let seen = house.come(&mut browser, "li").await;
    house.kept_out(&mut browser, &seen, "none is set up here", "no_second_factor").await;
    house.provider.order(json!({ "amr": ["pwd", "otp"] })).await;
    let seen = house.come(&mut Browser::default(), "li").await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    house.provider.order(json!({ "amr": ["pwd"] })).await;
    let secret = house.with_second("zhou").await;
    let mut browser = Browser::default();
    let seen = house.come(&mut browser, "zhou").await;
    assert!(seen.status == 401 && seen.body.contains("/console/sign-in/code"), "{}", seen.body);
    assert!(!house.is_in(&mut browser).await);
    let seen = browser.post(&house.at("/sign-in/code"), "code=000000").await;
    assert!(seen.status == 401 && seen.body.contains("code is wrong"), "{}", seen.body);
    let seen = browser.post(&house.at("/sign-in/code"), &format!("code={}", code_in(30, &secret))).await;
    assert!(seen.status == 200 && house.is_in(&mut browser).await, "{}", seen.body);
    house.town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn where_passwords_are_off_only_those_who_look_after_people_have_one() {
    let Some(house) = House::start("unpassed", "", "passwords = false").await else { return };
    let password = house.person("zhou", "clerk").await;
    let security = house.person("sun", "security").await;
    let mut browser = Browser::default();
    let page = browser.get(&house.at("/sign-in")).await.body;
    assert!(page.contains("<details>"), "{page}");
    let seen = browser.post(&house.at("/sign-in"), &format!("name=zhou&password={password}")).await;
    house.kept_out(&mut browser, &seen, "passwords are not used here", "passwords_off").await;
    let seen = browser.post(&house.at("/sign-in"), &format!("name=sun&password={security}")).await;
    assert_eq!(seen.status, 303, "{}", seen.body);
    house.town.sandbox.finish().await.unwrap();
}

impl House {
    /// Adds somebody who has set up a second factor; its secret.
    async fn with_second(&self, name: &str) -> String {
        const OWN: &str = "Seven-Roads-7788";
        let first = self.person(name, "viewer").await;
        let ask = async |method: &str, path: &str, token: &str, body: serde_json::Value| {
            self.ask(method, path, token, &body).await
        };
        let entered = ask("POST", "sessions", "", json!({ "name": name, "password": first })).await;
        let token = entered["token"].as_str().unwrap();
        let changed = ask("POST", "me/password", token, json!({ "old": first, "new": OWN })).await;
        let token = changed["token"].as_str().unwrap();
        let offered = ask("POST", "me/second-factor", token, json!(null)).await;
        let secret = offered["secret"].as_str().unwrap().to_owned();
        let set = json!({ "password": OWN, "secret": secret, "code": code_in(0, &secret) });
        let set = ask("PUT", "me/second-factor", token, set).await;
        assert!(set["sessions"].is_number(), "{set}");
        secret
    }
}

/// The code that an authenticator shows some seconds from now.
fn code_in(seconds: u64, secret: &str) -> String {
    use huiliu::clock::{Clock as _, SystemClock};
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let now = u64::try_from(SystemClock.now().as_second()).unwrap();
    totp_rs::Builder::new().with_secret(secret.as_bytes().to_vec()).build().unwrap().generate(now + seconds).to_string()
}
