//! P9: grades are chosen, deadlines kept, reminders told once each, and what is past its time is erased.

use huiliu::config::RetentionSettings;
use huiliu::desk::{Acted, Action};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::quiet::Quiet;

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn quiet() -> Quiet {
    Quiet::new(RetentionSettings::default())
}

/// One matter as two citizens tell it.
const HEATING: &str = "伟德路3号楼暖气不热，室温只有十二度，老人孩子都冻病了，请供热公司尽快处理。";
const LIFT: &str = "听涛嘉园9号楼电梯停了一个星期，老人上下楼不便，请督促物业维修。";
const LIFT_AGAIN: &str = "听涛嘉园9号楼电梯停了一个星期，物业没有人管，老人上下楼不便。";

fn lift(text: &str) -> Value {
    json!({ "title": "听涛嘉园9号楼电梯停运", "text": text })
}

#[test]
fn the_grade_is_the_most_urgent_word_then_the_category_then_the_default() {
    let city = quiet();
    city.gateway(async |_engine| {
        for (number, complaint, grade, hours) in [
            ("A1", json!({ "title": "咨询办事时间", "text": "请问周六能不能办理" }), "blue", 2),
            ("A2", json!({ "title": "崂山街道路灯不亮", "text": "崂山街道路灯不亮" }), "green", 3),
            ("A3", json!({ "title": "暖气不热", "text": HEATING }), "red", 1),
            ("A4", json!({ "title": "人和镇道路坑洼", "text": "人和镇道路坑洼", "urgency": "特急" }), "red", 1),
        ] {
            let before = city.now();
            let ticket = city.complain(number, complaint).await;
            let (found, due_at) = city.route(&ticket);
            assert_eq!(found, grade, "{number}");
            let allowed = due_at.duration_since(before);
            let limit = SignedDuration::from_hours(hours);
            assert!(allowed >= limit && allowed < limit + minutes(1), "{number}: due after {allowed:?}");
        }
    });
}

#[test]
fn every_reminder_is_told_once_at_its_time() {
    let city = quiet();
    // Red: an hour, reminded at 1, 2 and 100 percent of it.
    let ticket = city.gateway(async |_engine| {
        let ticket = city.complain("B1", json!({ "title": "暖气不热", "text": HEATING })).await;
        assert_eq!(city.reminders(&ticket), [0_u64; 0]);
        city.pass(SignedDuration::from_secs(20)).await;
        assert_eq!(city.reminders(&ticket), [1]);
        city.pass(SignedDuration::from_secs(40)).await;
        assert_eq!(city.reminders(&ticket), [1, 2]);
        city.pass(minutes(40)).await;
        assert_eq!(city.reminders(&ticket), [1, 2], "nothing is told twice");
        ticket
    });
    // What falls due while the gateway is stopped is told by the next one, once.
    city.gateway(async |_engine| {
        city.pass(minutes(30)).await;
        assert_eq!(city.reminders(&ticket), [1, 2, 100]);
    });
    city.gateway(async |_engine| {
        city.pass(minutes(600)).await;
        assert_eq!(city.reminders(&ticket), [1, 2, 100]);
    });
}

/// The notices of a clock of a ticket so far: the kind, and which time it was told.
fn notices(city: &Quiet, ticket: &str, clock: &str) -> Vec<(String, u64)> {
    let events = city.events(ticket);
    let told = events.iter().map(|event| &event["change"]["notice"]).filter(|notice| notice["clock"] == clock);
    told.map(|notice| (notice["code"].as_str().unwrap().to_owned(), notice["round"].as_u64().unwrap())).collect()
}

#[test]
fn every_alarm_of_a_clock_is_told_once_also_after_a_restart_and_none_once_it_stopped() {
    let city = quiet();
    let ticket = city.gateway(async |_engine| {
        let ticket = city.complain("C1", json!({ "title": "咨询办事时间", "text": "请问周六能不能办理" })).await;
        city.pass(SignedDuration::from_secs(20)).await;
        assert_eq!(notices(&city, &ticket, "sign"), [("remind".to_owned(), 1)]);
        ticket
    });
    city.gateway(async |_engine| {
        for _ in 0..6 {
            city.pass(minutes(1)).await;
        }
        let told = notices(&city, &ticket, "sign");
        let once: std::collections::BTreeSet<_> = told.iter().collect();
        assert!(once.len() == told.len() && told.last() == Some(&("urge".to_owned(), 4)), "{told:?}");
        city.say(&ticket, 1, "accepted", None).await;
        let before = notices(&city, &ticket, "sign").len();
        city.pass(minutes(60)).await;
        assert_eq!(notices(&city, &ticket, "sign").len(), before);
        // The other clock stands still since then.
        assert!(notices(&city, &ticket, "finish").iter().all(|(code, _)| code == "remind"));
        let last = city.events(&ticket).pop().unwrap();
        assert_eq!(last["clocks"][0]["kept"], false);
        assert!(last["clocks"][1]["paused_at"].is_string(), "{last}");
    });
}

#[test]
fn a_finished_ticket_is_not_reminded_of() {
    let city = quiet();
    city.gateway(async |_engine| {
        let ticket = city.complain("C1", json!({ "title": "暖气不热", "text": HEATING })).await;
        city.say(&ticket, 1, "resolved", None).await;
        let before = city.reminders(&ticket).len();
        city.pass(minutes(120)).await;
        assert_eq!(city.reminders(&ticket).len(), before);
    });
}

#[test]
fn a_more_urgent_complaint_raises_grade_and_brings_the_deadline_forward() {
    let city = quiet();
    city.gateway(async |_engine| {
        let ticket = city.complain("D1", lift(LIFT)).await;
        let (grade, due_at) = city.route(&ticket);
        assert_eq!(grade, "blue");
        city.pass(minutes(10)).await;
        let mut urgent = lift(LIFT_AGAIN);
        urgent["urgency"] = json!("特急");
        let (before, joined) = (city.now(), city.complain("D2", urgent).await);
        assert_eq!(joined, ticket, "one matter");
        let (grade, earlier) = city.route(&ticket);
        let allowed = earlier.duration_since(before);
        assert_eq!(grade, "red");
        assert!(earlier < due_at && allowed >= minutes(60) && allowed < minutes(61), "due after {allowed:?}");
        let reasons = city.events(&ticket).pop().unwrap()["reasons"].to_string();
        assert!(reasons.contains("已提高") && reasons.contains("已提前"), "{reasons}");
        // Reminded by the new grade: the hour's end, before the old two hours are over.
        city.pass(minutes(62)).await;
        assert_eq!(city.reminders(&ticket).last(), Some(&100));
        // One that is less urgent changes nothing about that.
        assert_eq!(city.complain("D3", lift(LIFT)).await, ticket);
        assert_eq!(city.route(&ticket), ("red".to_owned(), earlier));
    });
}

#[test]
fn a_granted_extension_moves_the_deadline_and_its_reminders() {
    let city = quiet();
    city.gateway(async |_engine| {
        let ticket = city.complain("E1", json!({ "title": "暖气不热", "text": HEATING })).await;
        let (_, due_at) = city.route(&ticket);
        city.say(&ticket, 1, "extension_requested", None).await;
        assert_eq!(city.route(&ticket).1, due_at, "a request alone moves nothing");
        let granted = due_at + SignedDuration::from_hours(10);
        city.say(&ticket, 2, "extended", Some(granted)).await;
        assert_eq!(city.route(&ticket).1, granted);
        let reasons = city.events(&ticket).pop().unwrap()["reasons"].to_string();
        assert!(reasons.contains("已批准延期"), "{reasons}");
        city.pass(minutes(120)).await;
        assert!(!city.reminders(&ticket).contains(&100), "the old deadline is forgotten");
        city.pass(minutes(600)).await;
        assert_eq!(city.reminders(&ticket).last(), Some(&100));
    });
}

#[test]
fn a_deadline_that_no_extension_grants_stays() {
    let city = quiet();
    city.gateway(async |_engine| {
        let ticket = city.complain("F1", json!({ "title": "暖气不热", "text": HEATING })).await;
        let (_, due_at) = city.route(&ticket);
        city.say(&ticket, 1, "in_progress", Some(due_at + SignedDuration::from_hours(10))).await;
        assert_eq!(city.route(&ticket).1, due_at);
    });
}

#[test]
fn a_citizen_who_is_not_satisfied_opens_the_ticket_again() {
    let city = quiet();
    city.gateway(async |_engine| {
        let ticket = city.complain("H1", lift(LIFT)).await;
        city.say(&ticket, 1, "resolved", None).await;
        city.rate("R1", "H1", "满意").await;
        assert_eq!(city.events(&ticket).pop().unwrap()["status"], "resolved");
        city.rate("R2", "H1", "不满意").await;
        let events = city.events(&ticket);
        assert_eq!(events.last().unwrap()["status"], "reopened");
        let reopened = events.iter().find(|event| event["change"]["event"] == "reopened").unwrap();
        assert_eq!(reopened["change"]["satisfaction"], "dissatisfied");
    });
}

#[test]
fn published_messages_are_removed_after_their_days() {
    let stored = |days: i64| {
        let city = Quiet::new(RetentionSettings { published_days: 1, ..RetentionSettings::default() });
        city.gateway(async |_engine| {
            let ticket = city.complain("I1", lift(LIFT)).await;
            city.say(&ticket, 1, "resolved", None).await;
            city.pass(SignedDuration::from_hours(24 * days)).await;
            tokio::time::sleep(std::time::Duration::from_secs(3_700)).await;
            city.forget_published()
        })
    };
    assert!(stored(0) >= 4, "two events, each for the public stream and a feed");
    assert_eq!(stored(2), 0);
}

#[test]
fn personal_data_past_its_time_is_erased_when_the_matter_is_finished() {
    let city = Quiet::new(RetentionSettings { personal_days: Some(30), ..RetentionSettings::default() });
    let days = |count: i64| SignedDuration::from_hours(24 * count);
    city.gateway(async |_engine| {
        let done = city.complain("G1", json!({ "title": "暖气不热", "text": HEATING, "phone": "13800001111" })).await;
        city.complain("G2", lift(LIFT)).await;
        city.say(&done, 1, "resolved", None).await;
        city.pass(days(29)).await;
        tokio::time::sleep(std::time::Duration::from_secs(3_700)).await;
        assert_eq!(city.stored("G1"), (false, HEATING.to_owned()), "not before its time");
        city.pass(days(2)).await;
        tokio::time::sleep(std::time::Duration::from_secs(3_700)).await;
        let (erased, text) = city.stored("G1");
        assert!(erased && !text.contains("暖气"), "{text}");
        assert_eq!(city.stored("G2"), (false, LIFT.to_owned()), "an open matter is kept");
    });
}

#[test]
fn a_granted_extension_outlives_the_next_status_a_complaint_that_joins_and_a_split() {
    let city = quiet();
    city.gateway(async |engine| {
        let ticket = city.complain("J1", lift(LIFT)).await;
        let granted = city.route(&ticket).1 + SignedDuration::from_hours(10);
        city.say(&ticket, 1, "extended", Some(granted)).await;
        city.say(&ticket, 2, "in_progress", None).await;
        let mut urgent = lift(LIFT_AGAIN);
        urgent["urgency"] = json!("特急");
        assert_eq!(city.complain("J2", urgent).await, ticket, "one matter");
        assert_eq!(city.route(&ticket).1, granted, "after a complaint has joined");
        let split = Action::Split { receipt: city.receipt("J2") };
        let acted = engine.desk.act(split, "clerk", &engine.supervisor.pack().rules).await.unwrap();
        assert!(matches!(acted, Acted::Done(_)), "{acted:?}");
        city.pass(minutes(0)).await;
        assert_eq!(city.route(&ticket).1, granted, "after a split");
    });
}

#[test]
fn a_ticket_that_is_opened_again_is_reminded_of_again() {
    let city = quiet();
    city.gateway(async |_engine| {
        let ticket = city.complain("K1", json!({ "title": "暖气不热", "text": HEATING })).await;
        city.say(&ticket, 1, "resolved", None).await;
        city.pass(minutes(120)).await;
        let before = city.reminders(&ticket).len();
        city.rate("R9", "K1", "不满意").await;
        city.pass(minutes(120)).await;
        assert!(city.reminders(&ticket).len() > before, "reminders that fell due while it was finished are spent");
    });
}
