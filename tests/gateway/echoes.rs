//! A 12345 system that is channel and destination at once: what the gateway makes there comes back, and becomes nothing new.

use std::collections::BTreeSet;
use std::time::Duration;

use huiliu_city::{OrderCenter, Sandbox, Until, eventually, post_generic};
use serde_json::{Value, json};

use crate::town::Town;

/// How long a thousand orders may take on a busy machine.
const LONG: Until = Until(Duration::from_secs(240));
/// Times that the list is given before what came back counts as all.
const LISTED_AGAIN: u64 = 8;

/// The destination.
const DESTINATION: &str = r#"
name = "12345 平台"
carrier = "http"
contact = "full"
filter = "event in ['created', 'status', 'reopened']"

[secrets]
url = { env = "HULIU_ORDERS_URL" }

[pace]
per_minute = 60000
at_once = 16

[retry]
first_s = 1
most_s = 2

[[settings.call]]
name = "create"
when = "event == 'created'"
number = "answer.data.orderNo"
find_number = "answer.rows[0].orderNo"
[settings.call.request]
url = "{{ secrets.url }}/orders"
headers = { content-type = "application/json" }
body = '{"outerNo": {{ mark }}, "content": {{ ticket.text }}, "hops": {{ hops }}, "key": {{ message_id }}}'
success = "answer.code == 0"
[settings.call.find]
url = "{{ secrets.url }}/orders/find?outerNo={{ mark | urlencode }}"
success = "answer.code == 0"

[[settings.call]]
name = "close"
when = "event == 'status' and ticket.status == 'resolved'"
[settings.call.request]
url = "{{ secrets.url }}/orders/{{ number }}/state"
headers = { content-type = "application/json" }
body = '{"state": "done", "reply": {{ ticket.change.note }}}'
success = "answer.code == 0"
"#;

/// The channel.
const CHANNEL: &str = r#"
name = "12345 平台"
adapter = "http-poll"
pace = { every_s = 1, per_minute = 6000, batch = 256 }

[secrets]
url = { env = "HULIU_ORDERS_URL" }

[format]
kind = "json"
records = "payload.rows"
id = "record.orderNo"

[settings]
order = "record.seq"
paging = "last_id"

[settings.list]
url = "{{ secrets.url }}/orders?last={{ page.last }}"
success = "answer.code == 0"

[answers]
destination = "orders"
number = "record.orderNo"
mark = "record.outerNo"
status = "'resolved' if record.state == 'done' else 'in_progress' if record.state == 'doing' else none"
result = "record.reply"
at = "record.at | datetime('epoch_ms')"

[mapping]
number = "record.orderNo"
text = "record.content"

[extra]
hops = "record.hops"

[reply]
by_hand = true
"#;

/// A town with the 12345 system on both sides, which is not started yet.
async fn with(name: &str, orders: &OrderCenter) -> Town {
    let mut town = Town::prepare(name).await;
    let write = |folder: &str, text: &str| {
        let folder = town.sandbox.pack.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("orders.toml"), text).unwrap();
    };
    write("destinations", DESTINATION);
    write("channels", CHANNEL);
    town.sandbox.set("HULIU_ORDERS_URL", &orders.url);
    town
}

/// Complaints about matters that have nothing in common.
async fn complain(town: &Town, from: usize, to: usize) {
    const THINGS: [&str; 10] = [
        "路灯不亮",
        "井盖松动",
        "垃圾满溢",
        "噪声扰民",
        "供暖不热",
        "停水多日",
        "树枝挡路",
        "油烟刺鼻",
        "积水很深",
        "墙皮脱落",
    ];
    const ROADS: [&str; 10] =
        ["成山大道", "黎明路", "青山东路", "文化西路", "南山中路", "海湾街", "石岛环路", "幸福里", "楮岛村", "荫子夼"];
    let complaint = |n: usize| {
        let (thing, road) = (THINGS[n % 10], ROADS[n / 10 % 10]);
        let text = format!("{road}{n}号附近{thing}，编号{n}的住户已反映{}次，请派人查看。", n % 7 + 1);
        json!({ "number": format!("C{n}"), "kind": "投诉", "title": format!("{road}{n}号{thing}"), "text": text,
            "phone": format!("138{n:08}") })
    };
    for first in (from..to).step_by(50) {
        let some: Vec<Value> = (first..to.min(first + 50)).map(complaint).collect();
        let body = serde_json::to_vec(&some).unwrap();
        let answer = post_generic(&town.sandbox.url, Sandbox::GENERIC_KEY, body).await.unwrap();
        assert_eq!(answer.status.as_u16(), 200);
    }
}

/// Waits until everything for the destination is delivered, and the system was listed twice after that.
async fn quiet(town: &Town, orders: &OrderCenter) {
    let none = || async {
        let health = town.sandbox.get("/healthz").await.ok()?;
        health["deliveries"].as_array()?.iter().all(|one| one["pending"] == 0).then_some(())
    };
    eventually("everything is delivered", LONG, none).await.unwrap();
    let listed = orders.listed() + LISTED_AGAIN;
    eventually("it was listed", LONG, || async { (orders.listed() >= listed).then_some(()) }).await.unwrap();
}

async fn tickets(town: &Town, status: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = town.sandbox.get(&format!("/api/v1/tickets?limit=500{status}{after}")).await.unwrap();
        found.extend(page["tickets"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn a_thousand_orders_come_back_from_where_they_were_made_and_nothing_grows() {
    let orders = OrderCenter::start().await.unwrap();
    let mut town = with("echoes", &orders).await;
    town.sandbox.start().await.unwrap();
    complain(&town, 0, 1_000).await;
    quiet(&town, &orders).await;
    let ledger = town.ledger().await;
    assert_eq!(ledger["complaint_records"], 1_000, "no order became a complaint: {ledger}");
    let made = tickets(&town, "").await;
    let (all, marks) = (orders.all(), |all: &[Value]| -> BTreeSet<String> {
        all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    });
    let there: BTreeSet<String> = all.values().map(|order| order["outerNo"].as_str().unwrap().to_owned()).collect();
    assert_eq!(there, marks(&made), "each ticket is there");
    assert_eq!(all.len(), made.len(), "each once, though answers were lost and came late");

    // What becomes of orders there is told here, once, and is not sent back.
    let numbers: Vec<&String> = all.keys().collect();
    let (mine, others) = numbers.split_at(numbers.len() / 2);
    mine.iter().for_each(|number| orders.handle(number, "done", "已修好，请查看。"));
    let status = "&status=resolved";
    let resolved = || async { (tickets(&town, status).await.len() >= mine.len()).then_some(()) };
    eventually("they are resolved", LONG, resolved).await.unwrap();
    quiet(&town, &orders).await;
    assert_eq!(tickets(&town, status).await.len(), mine.len());
    assert!(orders.said().is_empty(), "its own words do not come back to it");

    // What is resolved elsewhere is told there, and its echo is no update.
    let platform = town.platform().await;
    let ids: Vec<String> =
        others.iter().take(20).map(|number| all[*number]["outerNo"].as_str().unwrap().to_owned()).collect();
    let before = tickets(&town, "").await;
    for id in &ids {
        platform.send(id, "resolved", Some("另一平台已办结。")).await.unwrap();
    }
    eventually("it is told", LONG, || async { (orders.said().len() >= ids.len()).then_some(()) }).await.unwrap();
    quiet(&town, &orders).await;
    let versions = |tickets: &[Value]| -> Vec<(String, u64)> {
        let of = |one: &Value| (one["id"].as_str().unwrap().to_owned(), one["version"].as_u64().unwrap());
        tickets.iter().map(of).filter(|(id, _)| ids.contains(id)).collect()
    };
    let grown: Vec<(String, u64)> = versions(&before).into_iter().map(|(id, version)| (id, version + 2)).collect();
    assert_eq!(
        versions(&tickets(&town, "").await),
        grown,
        "one update each, the platform's, and a call-back that is due"
    );
    assert_eq!(orders.all().len(), all.len());

    // An order of its own is a complaint, is not made there again, and is answered there under its number.
    let own = orders.call("伟德山脚下河水发臭，鱼都死了。");
    let found = town
        .until("its own order", &format!("/api/v1/complaints?source_number={own}"), |page| {
            page["complaints"][0]["ticket"].is_string()
        })
        .await;
    quiet(&town, &orders).await;
    assert_eq!(orders.all().len(), all.len() + 1);
    let ticket = found["complaints"][0]["ticket"].as_str().unwrap();
    let whole = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    assert_eq!(
        (&whole["foreign_numbers"][0]["destination"], &whole["foreign_numbers"][0]["number"]),
        (&json!("orders"), &json!(own))
    );
    town.sandbox.finish().await.unwrap();
}
