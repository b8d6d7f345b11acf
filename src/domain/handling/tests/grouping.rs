//! Notices that are put together, and notices that take the place of others.

use super::super::{Due, MAX_GROUPED};
use super::*;

fn grouped() -> Arc<Handling> {
    let remind = "code = \"remind\"\ntitle = \"提示单\"\n";
    load(&RULES.replace(remind, &format!("{remind}group_minutes = 30\n"))).unwrap()
}

#[test]
fn what_is_due_by_the_next_of_its_minutes_is_told_then() {
    let mut matter = Matter::new("blue", "lighting", "2026-11-23T11:07");
    matter.rules = grouped();
    assert_eq!(matter.due("sign").as_deref(), Some("2026-11-23 17:07"));
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-23 17:00"), "ten minutes before is 16:57");
    assert!(matter.ring("sign", "2026-11-23T16:59").is_empty());
    assert_eq!(matter.ring("sign", "2026-11-23T17:00").len(), 1);
    // Not into the quiet time: from 21:00 to 08:00.
    let mut late = Matter::new("red", "lighting", "2026-11-23T20:35");
    late.rules = grouped();
    assert_eq!(late.due("sign").as_deref(), Some("2026-11-23 21:05"));
    let first = late.ring("sign", "2026-11-24T07:59");
    assert_eq!(first.iter().map(|notice| notice.code.as_str()).collect::<Vec<_>>(), ["urge"]);
    assert_eq!(late.next("sign").as_deref(), Some("2026-11-24 08:00"));
}

#[test]
fn the_same_notice_for_the_same_people_is_one_and_tells_of_all() {
    let rules = grouped();
    let due = |number: usize, district: &str, grade: &str| {
        let mut matter = Matter::new(grade, "lighting", "2026-11-23T11:07");
        (matter.ticket.id, matter.ticket.route.district) = (format!("T{number}"), district.to_owned());
        let notice =
            matter.ring("sign", "2026-11-23T17:00").into_iter().find(|notice| notice.code == "remind").unwrap();
        Due { key: number, ticket: matter.ticket.id, notice }
    };
    let all: Vec<_> = vec![
        due(1, "371082001", "blue"),
        due(2, "371082001", "blue"),
        due(3, "371082002", "blue"),
        due(4, "371082001", "red"),
        due(5, "371082001", "blue"),
    ];
    let sent = rules.group(all.clone(), at("2026-11-23T17:00"));
    let told: Vec<_> = sent.iter().map(|sent| (sent.key, sent.others.clone())).collect();
    assert_eq!(
        told,
        [(1, vec![2, 5]), (3, vec![]), (4, vec![])],
        "others are told elsewhere; what is late is not what will be"
    );
    assert_eq!(sent[0].notice.tickets, ["T1", "T2", "T5"]);
    assert_eq!(sent[0].notice.text, "【提示单】3 张工单的签收时限即将到期：T1、T2、T5。");
    assert_eq!((&sent[1].notice.tickets[..], &sent[1].notice), (&[][..], &all[2].notice), "one alone is as it was");
    // A kind that is not grouped is told of each.
    assert_eq!(load(RULES).unwrap().group(all, at("2026-11-23T17:00")).len(), 5);
    // However many there are, a notice has its limit.
    let many: Vec<_> = (0..MAX_GROUPED + 3).map(|number| Due { key: number, ..due(7, "371082001", "blue") }).collect();
    let sent = rules.group(many, at("2026-11-23T17:00"));
    assert_eq!(sent.iter().map(|sent| sent.others.len() + 1).collect::<Vec<_>>(), [MAX_GROUPED, 3]);
    assert!(sent[0].notice.text.ends_with(" 等。"), "{}", sent[0].notice.text);
}

#[test]
fn a_graver_notice_takes_the_place_of_a_lighter_one() {
    let urge = "code = \"urge\"\ntitle = \"督办单\"\n";
    let rules = load(&RULES.replace(urge, &format!("{urge}inhibits = [\"remind\"]\n"))).unwrap();
    let mut matter = Matter::new("red", "lighting", "2026-11-23T23:00");
    matter.rules = rules;
    // At night the leader is told at once; the reminder that waited for the morning is told no more.
    assert_eq!(matter.ring("sign", "2026-11-23T23:30").len(), 1);
    assert_eq!(matter.next("sign").as_deref(), Some("2026-11-24 23:30"), "the next is the urging of tomorrow");
    // Both due at once: one is told.
    let mut late = Matter::new("blue", "lighting", "2026-11-23T08:30");
    late.rules = Arc::clone(&matter.rules);
    let told = late.ring("sign", "2026-11-23T18:00");
    assert_eq!(told.iter().map(|notice| notice.code.as_str()).collect::<Vec<_>>(), ["urge"]);
}

#[test]
fn what_cannot_be_of_groups_limits_and_places_is_refused() {
    let remind = "code = \"remind\"\n";
    for (more, said) in [
        ("group_minutes = 0\n", "group_minutes is 1 to 720"),
        ("group_minutes = 721\n", "group_minutes is 1 to 720"),
        ("inhibits = [\"remind\"]\n", "no other notice remind"),
        ("inhibits = [\"nobody\"]\n", "no other notice nobody"),
    ] {
        let problems = load(&RULES.replace(remind, &format!("{remind}{more}"))).unwrap_err();
        assert!(problems.iter().any(|problem| problem.en.contains(said)), "{said}: {problems:?}");
    }
    for per_day in ["0", "10001"] {
        let problems = load(&format!("{RULES}\n[notices]\nper_day = {per_day}\n")).unwrap_err();
        assert!(problems.iter().any(|problem| problem.en.contains("per_day is 1 to 10000")), "{problems:?}");
    }
}
