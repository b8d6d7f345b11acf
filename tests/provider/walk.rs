//! A gateway with its provider, and somebody on the way from one to the other.

use std::time::Duration;

use http::Request;
use huiliu_adapter_http::HttpClient;
use serde_json::Value;

use crate::browser::{Browser, Seen};
use crate::provider::Provider;
use crate::town::Town;

/// A gateway with its provider.
pub struct House {
    pub town: Town,
    pub provider: Provider,
}

impl House {
    /// Starts both; `settings` are further lines of `[console.oidc]`. None where there is no provider here.
    pub async fn start(name: &str, console: &str, oidc: &str) -> Option<Self> {
        let mut town = Town::prepare(name).await;
        let provider = Provider::start(&town.sandbox.url)?;
        let path = town.sandbox.folder.join("huiliu.toml");
        let (url, issuer) = (&town.sandbox.url, &provider.issuer);
        let text = std::fs::read_to_string(&path).unwrap();
        let text = format!(
            "{text}\n[console]\npublic_url = \"{url}\"\n{console}\n[console.oidc]\nissuer = \"{issuer}\"\nclient_id = \"huiliu\"\n\
             name = \"City Login\"\n{oidc}\n"
        );
        std::fs::write(path, text).unwrap();
        town.sandbox.set("HULIU_OIDC_SECRET", "secret-of-the-gateway");
        town.sandbox.set("HULIU_LOG", "debug");
        town.sandbox.start().await.unwrap();
        let house = Self { town, provider };
        house.person("li", "viewer").await;
        Some(house)
    }

    /// Adds somebody; their one-time password.
    pub async fn person(&self, name: &str, role: &str) -> String {
        let told = self.town.sandbox.command(&["people", "add", name, "--role", role]).await.unwrap();
        told.trim().rsplit(' ').next().unwrap().to_owned()
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}/console{path}", self.town.sandbox.url)
    }

    /// Goes to the provider: the address of its page of signing in.
    pub async fn go(&self, browser: &mut Browser) -> String {
        let sent = browser.get(&self.at("/sign-in/provider")).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        sent.location().unwrap()
    }

    /// Signs in there: the address to which it sends back.
    pub async fn sign_in_there(&self, browser: &mut Browser, there: &str, name: &str) -> String {
        let (page, none) = browser.follow(there, |address| address.contains("/interaction/")).await;
        assert!(none.is_none(), "{}", none.unwrap().body);
        let back = |address: &str| address.contains("/console/sign-in/back");
        let mut next = format!("{page}?account={name}");
        loop {
            let (address, seen) = browser
                .follow(&next, |address| back(address) || (address.contains("/interaction/") && address != next))
                .await;
            assert!(seen.is_none(), "{}", seen.unwrap().body);
            if back(&address) {
                return address;
            }
            next = address;
        }
    }

    /// The whole way.
    pub async fn come(&self, browser: &mut Browser, name: &str) -> Seen {
        let there = self.go(browser).await;
        let back = self.sign_in_there(browser, &there, name).await;
        browser.get(&back).await
    }

    /// Whether somebody is in: what the console shows them first.
    pub async fn is_in(&self, browser: &mut Browser) -> bool {
        browser.get(&self.at("/me")).await.status == 200
    }

    /// That somebody was kept out, for this reason: on the page, in no cookie, in the audit log.
    pub async fn kept_out(&self, browser: &mut Browser, seen: &Seen, words: &str, reason: &str) {
        assert!(seen.status >= 400 && seen.body.contains(words), "{reason}: {} {}", seen.status, seen.body);
        assert_eq!(browser.cookie(&self.town.sandbox.url, "huiliu_session"), None, "{reason}");
        assert!(!self.is_in(browser).await, "{reason}");
        let entries = self.audit().await;
        let subject = format!("reason:{reason}");
        let found = entries.iter().find(|entry| entry["subject"].as_str().unwrap().contains(&subject));
        assert!(found.is_some(), "{reason} is not in {entries:?}");
        let found = found.unwrap();
        assert_eq!((&found["action"], &found["outcome"]), (&"login".into(), &"refused".into()), "{found}");
    }

    /// Asks the API with a token.
    pub async fn ask(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let request = Request::builder().method(method).uri(format!("{}/api/v1/{path}", self.town.sandbox.url));
        let request =
            request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = HttpClient::new().send(request.body(body.into()).unwrap(), Duration::from_secs(40)).await.unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// What the audit log says of signing in.
    pub async fn audit(&self) -> Vec<Value> {
        let auditor = ["token", "new", "inspector", "--role", "auditor", "--replace"];
        let token = self.town.sandbox.command(&auditor).await.unwrap().trim().to_owned();
        let page = self.ask("GET", "audit?limit=500", &token, &Value::Null).await;
        page["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == "login").cloned().collect()
    }
}
