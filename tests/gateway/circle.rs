//! The whole circle: from every channel to a ticket, and an answer back to every citizen; also when the power fails.

use huiliu_city::{Channel, Platform, Report, Sandbox, Summary, eventually, not_run};

use crate::town::{PATIENCE, Town, reports};

/// Hands a report in. A caller that gets no answer, or is told to, sends again.
async fn make(town: &Town, report: &Report) {
    let petitions = town.sandbox.folder.join("var/petition");
    let handed_in = || async { report.hand_in(&town.hotline, &town.board, &petitions, &town.sandbox.url).await.ok() };
    eventually("report", PATIENCE, handed_in).await.unwrap();
}

fn petition_replies(town: &Town) -> Vec<String> {
    let entries = std::fs::read_dir(town.sandbox.folder.join("var/petition/replies")).into_iter().flatten().flatten();
    entries.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect()
}

async fn resolve_all(town: &Town, platform: &Platform, reports: &[Report]) {
    for ticket in platform.tickets() {
        platform.send(&ticket, "resolved", Some("经现场核查，问题已处理完毕。")).await.unwrap();
    }
    let all = || async {
        let answered = Summary::answered(reports, &town.hotline, &town.board, &town.callbacks, &petition_replies(town));
        (answered == reports.len()).then_some(())
    };
    eventually("every citizen is answered", PATIENCE, all).await.unwrap();
}

#[tokio::test]
async fn every_complaint_becomes_a_ticket_and_every_citizen_is_answered() {
    let (town, platform) = Town::start("circle").await;
    the_circle_runs(town, platform).await;
}

#[tokio::test]
async fn the_same_on_postgresql() {
    let mut town = Town::prepare("circle-postgres").await;
    if !town.sandbox.on_postgres().await.unwrap() {
        return not_run("no server of PostgreSQL: HULIU_POSTGRES_URL is not set");
    }
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    the_circle_runs(town, platform).await;
}

async fn the_circle_runs(town: Town, platform: Platform) {
    let reports = reports(7, 12);
    for report in &reports {
        make(&town, report).await;
    }
    eventually("all on tickets", PATIENCE, || async { (platform.ticket_of().len() == reports.len()).then_some(()) })
        .await
        .unwrap();
    resolve_all(&town, &platform, &reports).await;
    let summary = Summary::of(&reports, &platform, reports.len());
    assert_eq!((summary.on_tickets, summary.out_of_order), (reports.len(), 0), "{summary}");
    assert_eq!(summary.right_pairs, summary.merged_pairs, "no two matters on one ticket\n{summary}");
    assert!(summary.right_pairs > 0, "something was merged\n{summary}");
    let ledger = town.ledger().await;
    assert_eq!(ledger["complaints"], reports.len());
    let log = town.sandbox.log();
    for report in &reports {
        assert!(!log.contains(&report.phone) && !log.contains(&report.text), "P6: content in the log");
    }
    let password = town.sandbox.schema().and_then(|schema| schema.address().split(['@', ':']).nth(2));
    assert!(password.is_none_or(|password| !log.contains(password)), "the database's password in the log");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn every_push_family_is_acknowledged_in_its_own_words() {
    let (town, _platform) = Town::start("families").await;
    let case = |path: &str| std::fs::read(town.sandbox.pack.join("cases").join(path)).unwrap();
    let post = async |channel: &str, content_type: &str, body: Vec<u8>| {
        let url = format!("{}/in/{channel}?token={}", town.sandbox.url, Sandbox::SMS_TOKEN);
        let answer = huiliu_city::post_body(url, content_type, body).await.unwrap();
        (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
    };
    let sms = case("sms-tencent/reply.in.json");
    assert_eq!(
        post("sms-tencent", "application/json", sms.clone()).await,
        (200, "{\"result\":0,\"errmsg\":\"OK\"}".to_owned())
    );
    let form = case("sms-huawei/uplink.in.txt");
    assert_eq!(post("sms-huawei", "application/x-www-form-urlencoded", form).await, (200, String::new()));
    let (status, answer) = post("sms-relay", "application/json", case("sms-relay/twice.in.json")).await;
    assert!(status == 200 && answer.contains("\"state\":\"accepted\""), "{answer}");
    let secret = |body: Vec<u8>| {
        String::from_utf8(body).unwrap().replace("test-static-secret", "city-mailbox-secret").into_bytes()
    };
    let (status, answer) = post("mailbox", "text/xml; charset=utf-8", secret(case("mailbox/escaped.in.xml"))).await;
    assert!(status == 200 && answer.contains("LDXX_PostLeaderDetailResult>&lt;result&gt;RC26"), "{answer}");
    // The same letter in CDATA is the same letter; a vendor's repeat is acknowledged and changes nothing.
    let (status, _) = post("mailbox", "text/xml", secret(case("mailbox/cdata.in.xml"))).await;
    assert_eq!(status, 200);
    assert_eq!(post("sms-tencent", "application/json", sms).await.0, 200);
    let (status, _) = post("mailbox", "text/xml", case("mailbox/escaped.in.xml")).await;
    assert_eq!(status, 401, "the wrong password");
    let ledger = town.ledger().await;
    assert_eq!((ledger["complaints"].as_u64(), ledger["received"].as_u64()), (Some(4), Some(4)), "{ledger}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn after_a_loss_of_power_nothing_is_lost_and_nothing_doubled() {
    let (town, platform) = Town::start("power").await;
    power_is_lost(town, platform).await;
}

#[tokio::test]
async fn after_a_loss_of_power_nothing_is_lost_on_postgresql() {
    let mut town = Town::prepare("power-postgres").await;
    if !town.sandbox.on_postgres().await.unwrap() {
        return not_run("no server of PostgreSQL: HULIU_POSTGRES_URL is not set");
    }
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    power_is_lost(town, platform).await;
}

async fn power_is_lost(mut town: Town, platform: Platform) {
    let reports = reports(11, 10);
    let (before, after) = reports.split_at(reports.len() / 2);
    for report in before {
        make(&town, report).await;
    }
    // No waiting: whatever is under way is cut off.
    town.sandbox.kill().await.unwrap();
    for report in after.iter().filter(|report| !matches!(report.channel, Channel::Sms | Channel::Snapshot)) {
        make(&town, report).await;
    }
    town.sandbox.start().await.unwrap();
    for report in after.iter().filter(|report| matches!(report.channel, Channel::Sms | Channel::Snapshot)) {
        make(&town, report).await;
    }
    eventually("all on tickets", PATIENCE, || async { (platform.ticket_of().len() == reports.len()).then_some(()) })
        .await
        .unwrap();
    let ledger = town.ledger().await;
    assert_eq!(
        (ledger["complaints"].as_u64(), ledger["amendments"].as_u64()),
        (u64::try_from(reports.len()).ok(), Some(0))
    );
    resolve_all(&town, &platform, &reports).await;
    let doctor = town.sandbox.command(&["doctor"]).await.unwrap();
    assert!(!doctor.contains("WRONG"), "{doctor}");
    town.sandbox.finish().await.unwrap();
}
