//! Points and stars: what gives and takes them, their limits, and what is wrong in their file.

mod contradictions;

use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::ManualClock;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::cases::run_case;
use super::stars::Window;
use super::{Happening, KnownBy, REWARDS_FILE, Stars};
use crate::city::{PackFiles, Problem};
use crate::complaint::{AccountHash, RewardBasis};
use crate::mapping::Loading;
use crate::pack::Pack;

const RULES: &str = r#"
channels = ["mini-program", "community-room"]

[[rule]]
code = "report"
name = "反映"
on = "accepted"
points = 2
most_a_day = 4
most_a_month = 6
most = 8

[[rule]]
code = "lamp"
name = "路灯"
on = "resolved"
points = 5
categories = ["city-01"]

[stars]
at = [2, 5, 9]
"#;

fn load(rules: &str) -> Result<Pack, Vec<Problem>> {
    let factories = crate::registry::factories();
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/yantian");
    let files = PackFiles::read(&folder).unwrap().with(REWARDS_FILE, rules.as_bytes().to_vec());
    Pack::load(files, &Loading::away(&factories, clock))
}

/// A case of one citizen who sends a complaint at each of these times; `gives` says whether it counts.
fn sent_at(times: &[(&str, bool)]) -> String {
    let mut case = String::new();
    for (number, _) in times.iter().enumerate() {
        case += &format!("[[complaint]]\nname = '{number}'\nchannel = 'mini-program'\ncitizen = 'a'\n");
    }
    for (number, (at, counts)) in times.iter().enumerate() {
        let gives = if *counts { "['report']" } else { "[]" };
        case += &format!("[[happening]]\nat = '{at}'\ncomplaint = '{number}'\nwhat = 'accepted'\ngives = {gives}\n");
    }
    case
}

fn passes(pack: &Pack, case: &str) {
    run_case(&pack.rules.rewards, &pack.rules.numbering.zone, case).unwrap_or_else(|(_, en)| panic!("{en}"));
}

#[test]
fn a_limit_of_a_day_a_month_and_at_all_counts_on_the_calendar_of_the_city() {
    let pack = load(RULES).unwrap();
    let case = sent_at(&[
        ("2026-11-29T23:00:00+08:00", true),
        ("2026-11-29T23:30:00+08:00", true),
        ("2026-11-29T23:59:59+08:00", false),
        // Another day in the city, the same one in Greenwich.
        ("2026-11-30T00:00:00+08:00", true),
        ("2026-11-30T00:01:00+08:00", false),
        ("2026-12-01T00:00:00+08:00", true),
        ("2027-05-01T00:00:00+08:00", false),
    ]);
    passes(&pack, &case);
}

#[test]
fn a_case_says_what_differs() {
    let pack = load(RULES).unwrap();
    let case = sent_at(&[("2026-11-29T23:00:00+08:00", false)]);
    let (zh, en) = run_case(&pack.rules.rewards, &TimeZone::UTC, &case).unwrap_err();
    assert!(zh.contains("第 1 件事的得分的规则") && en.contains("rules that give of happening 1"), "{zh}{en}");
    for (what, said) in [
        (
            "[[complaint]]\nname='a'\nchannel='x'\n[[happening]]\nat='2026-11-29T00:00:00Z'\ncomplaint='a'\nwhat='praised'",
            "what is one of",
        ),
        ("complaint = []\n[[happening]]\nat='2026-11-29T00:00:00Z'\ncomplaint='a'\nwhat='rated'", "no complaint a"),
    ] {
        let (_, en) = run_case(&pack.rules.rewards, &TimeZone::UTC, what).unwrap_err();
        assert!(en.contains(said), "{en}");
    }
}

#[test]
fn a_rule_is_about_its_categories_alone_and_a_confidential_kind_has_none() {
    let pack = load(RULES).unwrap();
    let of = |category: &str| {
        let about = super::About { channel: "mini-program", category, tags: &[] };
        pack.rules.rewards.due(RewardBasis::Resolved, &about).count()
    };
    assert_eq!((of("city-01"), of("city-02")), (1, 0));
}

#[test]
fn an_account_is_what_the_file_says_it_is() {
    let known = KnownBy { phone: Some(1), id_number: Some(2), account: Some(3) };
    for (word, hash) in [("phone", Some(1)), ("account", Some(3))] {
        // Only the mini-program has accounts.
        let rules = RULES.replace("\"mini-program\", \"community-room\"", "\"mini-program\"");
        let pack = load(&format!("account = '{word}'\n{rules}")).unwrap();
        assert_eq!(pack.rules.rewards.account(known), hash.map(AccountHash), "{word}");
    }
    assert_eq!(load("").unwrap().rules.rewards.account(known), None, "nobody is rewarded");
    assert_eq!(load(RULES).unwrap().rules.rewards.account(KnownBy { phone: None, ..known }), None);
}

#[test]
fn points_become_stars() {
    let stars = Stars { at: vec![2, 5, 9], window: Window::All };
    for (points, expected, to_next) in [
        (-3, 0, Some(5)),
        (0, 0, Some(2)),
        (1, 0, Some(1)),
        (2, 1, Some(3)),
        (8, 2, Some(1)),
        (9, 3, None),
        (99, 3, None),
    ] {
        let standing = stars.standing(points);
        assert_eq!((standing.points, standing.stars, standing.to_next), (points, expected, to_next));
    }
}

#[test]
fn points_count_from_when_the_window_begins() {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let now: Timestamp = "2026-03-31T12:00:00+08:00".parse().unwrap();
    let since = |window| Stars { at: vec![1], window }.since(now, &zone);
    assert_eq!(since(Window::All), Timestamp::MIN);
    assert_eq!(since(Window::CalendarYear), "2026-01-01T00:00:00+08:00".parse().unwrap());
    assert_eq!(since(Window::Months(1)), "2026-02-28T12:00:00+08:00".parse().unwrap());
    assert_eq!(since(Window::Months(12)), "2025-03-31T12:00:00+08:00".parse().unwrap());
}

#[test]
fn the_guide_names_every_setting_and_every_happening() {
    let guide = include_str!("../../../deploy/guides/handling.md");
    let (_, section) = guide.split_once("## 积分和星级").unwrap();
    let mut names: Vec<String> = Happening::ALL
        .iter()
        .map(|(_, name)| *name)
        .chain(RewardBasis::ALL.map(|(_, name)| name))
        .map(str::to_owned)
        .collect();
    for (file, least) in [("x = 1", 4), ("[[rule]]\nx = 1", 10), ("[stars]\nx = 1", 3)] {
        let problems = load(file).unwrap_err();
        let said = problems.iter().find(|problem| problem.en.contains("unknown field")).unwrap();
        let (_, known) = said.en.split_once("expected").unwrap();
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        assert!(known.len() >= least, "{known:?}");
        names.extend(known.into_iter().map(str::to_owned));
    }
    for name in names {
        assert!(section.contains(&format!("`{name}`")), "{name}");
    }
}
