//! Nothing of what citizens said is found where it does not belong.

use std::path::Path;

use huiliu_city::{Channel, post_sms};
use serde_json::json;

use crate::town::reports;
use crate::victim::Victim;

/// All files below a folder, except what sources put there themselves.
fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
}

/// What the source calls a complaint.
fn source_number(index: usize) -> String {
    format!("SRC-4711-{index:04}")
}

#[tokio::test]
async fn logs_metrics_and_the_database_hold_nothing_of_what_went_in() {
    let mut victim = Victim::start("secrecy").await;
    victim.town.sandbox.stop().await.unwrap();
    victim.town.sandbox.set("HULIU_LOG", "debug,lapin=off,hyper=off,h2=off");
    victim.town.sandbox.start().await.unwrap();
    let reports = reports(5, 12);
    for (index, report) in reports.iter().enumerate() {
        let complaint = json!({
            "number": source_number(index), "kind": "投诉", "title": report.title, "text": report.text, "name": report.name,
            "phone": report.phone, "address": report.address, "occurred_at": report.name, "point": report.phone,
        });
        assert_eq!(victim.town.post(&complaint).await.0, 200);
        if report.channel == Channel::Sms {
            let sent =
                post_sms(&victim.town.sandbox.url, huiliu_city::Sandbox::SMS_TOKEN, std::slice::from_ref(report)).await;
            assert!(sent.unwrap().status.is_success());
        }
        // Refused and quarantined ones are no less personal.
        assert_eq!(
            victim.town.post(&json!({ "name": report.name, "phone": report.phone, "x": report.text })).await.0,
            200
        );
        let key = format!("x-api-key: {}\r\n", huiliu_city::Sandbox::GENERIC_KEY);
        let cut = format!("{{\"text\": \"{}\", \"phone\": \"{}\" ", report.text, report.phone);
        assert_eq!(victim.post("/in/generic", &key, cut.as_bytes()).await.0, 400);
    }
    for ticket in victim.platform.tickets() {
        let told = format!("已联系{}，电话{}", reports[0].name, reports[0].phone);
        victim.platform.send(&ticket, "resolved", Some(&told)).await.unwrap();
    }
    let settled = |health: &serde_json::Value| health["queues"]["outbox"] == 0;
    victim.town.until("all is published", "/healthz", settled).await;
    let open = ["/healthz", "/readyz", "/metrics"];
    let mut places = vec![("the log".to_owned(), victim.town.sandbox.log().into_bytes())];
    for path in open {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        places.push((path.to_owned(), victim.raw(request.into_bytes(), false).await.1.into_bytes()));
    }
    let mut found = Vec::new();
    files(&victim.town.sandbox.folder.join("var"), &mut found);
    let of_database = found.into_iter().filter(|path| path.to_string_lossy().contains("huiliu.db"));
    places.extend(of_database.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())));
    assert!(places.len() >= 5, "the database was looked at");
    assert!(
        places.iter().all(|(place, bytes)| place.ends_with("-shm") || place.ends_with(".lock") || bytes.len() > 20),
        "something was looked at"
    );
    for (index, report) in reports.iter().enumerate() {
        for (what, personal) in [
            ("source's number", &source_number(index)),
            ("phone", &report.phone),
            ("name", &report.name),
            ("text", &report.text),
            ("address", &report.address),
            ("title", &report.title),
        ] {
            // Names of one surname and a title are in everybody's prose.
            if personal.chars().count() < 3 {
                continue;
            }
            for (place, bytes) in &places {
                let hit = bytes.windows(personal.len()).any(|window| window == personal.as_bytes());
                assert!(!hit, "{place} holds the {what} {personal}");
            }
        }
    }
    victim.finish().await;
}

#[tokio::test]
async fn the_log_holds_nothing_that_stands_in_the_path_or_the_query_of_a_call() {
    let mut victim = Victim::start("paths").await;
    victim.town.sandbox.stop().await.unwrap();
    victim.town.sandbox.set("HULIU_LOG", "debug,lapin=off,hyper=off,h2=off");
    victim.town.sandbox.start().await.unwrap();
    let document = victim.town.sandbox.get("/api/v1/openapi.json").await.unwrap();
    let personal = ["13800007777", "371082199001010011", "sun@example.com"];
    let mut called = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let pieces: Vec<&str> = path.split('/').filter(|piece| piece.starts_with('{')).collect();
        let Some(number) = personal.get(called % personal.len()).filter(|_| !pieces.is_empty()) else { continue };
        let named = pieces.iter().fold(path.clone(), |path, piece| path.replace(piece, number));
        for method in operations.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            let token = &victim.town.sandbox.token;
            let query = format!("?phone={number}&after={number}");
            for (target, token) in [(named.clone(), token.as_str()), (named.clone() + &query, "nobody")] {
                let request = format!(
                    "{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: \
                     application/json\r\nContent-Length: 2\r\n\r\n{{}}"
                );
                let (status, answer) = victim.raw(request.into_bytes(), false).await;
                assert!((400..500).contains(&status), "{method} {target}: {answer}");
            }
        }
        called += 1;
    }
    assert!(called > 25, "{called} paths with parts that vary");
    let log = victim.town.sandbox.log();
    assert!(log.contains("/api/v1/complaints/{receipt}/split"), "decisions were logged by their routes");
    for number in personal {
        assert!(!log.contains(number), "the log holds {number}");
    }
    victim.finish().await;
}
