//! Lists of tickets by what they are and what their complaints tell, as pages and as files; what came lately.

use huiliu::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::town::Town;

const LAMP: (&str, &str) = ("青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。");
const NOISE: (&str, &str) = ("工资拖欠三个月", "成山大道工地拖欠农民工工资三个月，老板一直推脱，请劳动部门处理。");

async fn listed(town: &Town, query: &str) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page: Value = town.sandbox.get(&format!("/api/v1/tickets?limit=1{query}{after}")).await.unwrap();
        let rows = page["tickets"].as_array().unwrap_or_else(|| unreachable!("{query}: {page}"));
        ids.extend(rows.iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return ids,
        }
    }
}

/// As an address has it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn tickets_are_listed_by_what_they_are_and_by_what_is_told_of_them() {
    let (town, _platform) = Town::start("lists").await;
    for (number, (title, text)) in [("L-1", LAMP), ("N-1", NOISE)] {
        town.accept(number, title, text).await;
    }
    let all = listed(&town, "").await;
    let [wages, lamp] = all.as_slice() else { panic!("{all:?}") };
    let ticket = town.sandbox.get(&format!("/api/v1/tickets/{lamp}")).await.unwrap();
    let code = |name: &str| encoded(ticket[name].as_str().unwrap());
    for (query, expected) in [
        (format!("&words={}", encoded("路灯")), vec![lamp]),
        (format!("&words={}", encoded("工资 拖欠")), vec![wages]),
        (format!("&words={}&department={}", encoded("路灯"), code("department")), vec![lamp]),
        (format!("&words={}&status=closed", encoded("路灯")), vec![]),
        (format!("&category={}", code("category")), vec![lamp]),
        (format!("&department={}", code("department_name")), vec![lamp]),
        ("&channel=generic".to_owned(), vec![wages, lamp]),
        ("&channel=board".to_owned(), vec![]),
        ("&received_from=2020-01-01T00:00:00Z".to_owned(), vec![wages, lamp]),
        ("&received_before=2020-01-01T00:00:00Z".to_owned(), vec![]),
        ("&due_from=2020-01-01T00:00:00Z&due_before=2199-01-01T00:00:00Z".to_owned(), vec![wages, lamp]),
        ("&due_before=2020-01-01T00:00:00Z".to_owned(), vec![]),
        ("&overdue=true".to_owned(), vec![]),
    ] {
        assert_eq!(listed(&town, &query).await.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let refused = town.sandbox.get(&format!("/api/v1/tickets?category={}", encoded("路灯照"))).await.unwrap();
    assert!(refused.to_string().contains("nearest"), "{refused}");
    let reviews = town.sandbox.get(&format!("/api/v1/reviews?ticket={lamp}")).await.unwrap();
    assert_eq!(reviews["reviews"], json!([]), "{reviews}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_list_is_saved_as_a_file_and_that_is_in_the_audit_log() {
    let (mut town, _platform) = Town::start("listfile").await;
    for (number, (title, text)) in [("L-1", LAMP), ("N-1", NOISE)] {
        town.accept(number, title, text).await;
    }
    let path = format!("/api/v1/tickets?format=csv&language=en&words={}", encoded("路灯"));
    let file = town.sandbox.fetch(&path).await.unwrap();
    let text = String::from_utf8(file.body.to_vec()).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("Ticket,") && lines[1].contains(LAMP.0), "{text}");
    assert!(file.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let book = town.sandbox.fetch("/api/v1/tickets?format=xlsx").await.unwrap();
    assert!(book.body.starts_with(b"PK"));
    let auditor = ["token", "new", "inspector", "--role", "auditor"];
    town.sandbox.token = town.sandbox.command(&auditor).await.unwrap().trim().to_owned();
    let noted = town.sandbox.get("/api/v1/audit?action=list.export").await.unwrap();
    let counts: Vec<&Value> = noted["entries"].as_array().unwrap().iter().map(|entry| &entry["count"]).collect();
    assert_eq!(counts, [&json!(2), &json!(1)], "{noted}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn every_list_is_had_as_a_file_in_both_languages_and_is_refused_as_the_list_is() {
    let (mut town, _platform) = Town::start("listfiles").await;
    town.accept("L-1", LAMP.0, LAMP.1).await;
    let document = town.sandbox.get("/api/v1/openapi.json").await.unwrap();
    let paths = document["paths"].as_object().unwrap();
    let is_list = |path: &str| {
        let answer = &document["paths"][path]["get"]["responses"]["200"];
        !answer["headers"]["link"].is_null() && !answer["content"]["text/csv"].is_null()
    };
    let lists: Vec<&String> = paths.keys().filter(|path| is_list(path)).collect();
    assert_eq!(lists.len(), 17, "{lists:?}");
    let everybody = ["admin", "security", "auditor"];
    let mut tokens = Vec::new();
    for role in everybody {
        let made = town.sandbox.command(&["token", "new", &format!("all-{role}"), "--role", role]).await.unwrap();
        tokens.push(made.trim().to_owned());
    }
    for list in lists {
        let mut headings = Vec::new();
        for (language, token) in
            ["zh", "en"].into_iter().flat_map(|language| tokens.iter().map(move |token| (language, token)))
        {
            town.sandbox.token.clone_from(token);
            let kind = if list.ends_with("/alerts") { "&kind=surge" } else { "" };
            let file = town.sandbox.fetch(&format!("{list}?format=csv&language={language}{kind}")).await.unwrap();
            if file.status.as_u16() == 403 {
                continue;
            }
            let text = String::from_utf8(file.body.to_vec()).unwrap();
            assert_eq!(file.status.as_u16(), 200, "{list}: {text}");
            headings.push(text.lines().next().unwrap_or_default().to_owned());
        }
        assert_eq!(headings.len(), 2, "one role may read {list}: {headings:?}");
        assert_ne!(headings[0], headings[1], "{list}");
    }
    town.sandbox.token.clone_from(&tokens[0]);
    for (wrong, status) in [
        ("tickets?format=pdf", 400),
        ("tickets?format=csv&language=fr", 400),
        ("tickets?format=csv&stat=open", 400),
        ("audit?format=csv", 403),
        ("tickets/RC-1?format=csv", 400),
    ] {
        assert_eq!(town.sandbox.fetch(&format!("/api/v1/{wrong}")).await.unwrap().status.as_u16(), status, "{wrong}");
    }
    let document = town.sandbox.get("/api/v1/tickets?format=json&limit=1").await.unwrap();
    assert_eq!(document["tickets"].as_array().map(Vec::len), Some(1), "{document}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn what_came_lately_is_counted_within_the_scope_of_who_asks() {
    let (town, _platform) = Town::start("lately").await;
    for (number, (title, text)) in [("L-1", LAMP), ("N-1", NOISE)] {
        town.accept(number, title, text).await;
    }
    let since = SystemClock.now() - jiff::SignedDuration::from_hours(2);
    let path = format!("lately?since={}", encoded(&since.to_string()));
    let counted = |lately: &Value| {
        let came = lately["came"].as_array().unwrap_or_else(|| panic!("{lately}"));
        came.iter().map(|row| row["complaints"].as_u64().unwrap()).sum::<u64>()
    };
    let whole = town.sandbox.get(&format!("/api/v1/{path}")).await.unwrap();
    assert_eq!((counted(&whole), &whole["came"][0]["channel"]), (2, &json!("generic")), "{whole}");
    let clerk = town.signed_in(&["li", "--role", "clerk", "--department", "urban-management"]).await;
    let (status, own) = clerk.get(&path).await;
    assert_eq!((status, counted(&own)), (200, 1), "{own}");
    let (status, _) = clerk.get("lately?since=2020-01-01T00:00:00Z").await;
    assert_eq!(status, 400, "so far back nothing is counted");
    town.sandbox.finish().await.unwrap();
}
