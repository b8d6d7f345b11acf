//! Tags: what calls for them, what keeps them away, and what is wrong in their file.

mod alerts;
mod packs;

use std::path::Path;
use std::sync::Arc;

use huiliu_adapter_api::ManualClock;
use jiff::Timestamp;

use super::{WATCH_FILE, run_watch_cases};
use crate::city::{PackFiles, Problem};
use crate::complaint::{Complaint, Kind};
use crate::mapping::Loading;
use crate::pack::Pack;

const RULES: &str = r#"
[[tag]]
code = "wages"
name = "欠薪"
words = ["拖欠工资", "欠薪"]
without = ["已补发"]

[[tag]]
code = "cold"
name = "供热不热"
words = ["不热", "室温"]
categories = ["heating"]

[[tag]]
code = "urgent-report"
name = "紧急举报"
when = "complaint.kind == 'report' and complaint.urgency == '紧急'"

[[tag]]
code = "night"
name = "夜间噪声"
categories = ["noise"]
when = "route.grade == 'yellow'"
"#;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng")
}

fn load(rules: &str) -> Result<Pack, Vec<Problem>> {
    let factories = crate::registry::factories();
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let files = PackFiles::read(&folder()).unwrap().with(WATCH_FILE, rules.as_bytes().to_vec());
    Pack::load(files, &Loading::away(&factories, clock))
}

fn tags(pack: &Pack, complaint: &Complaint) -> Vec<String> {
    let route = pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
    pack.rules.watch.tags(complaint, &route).into_iter().collect()
}

fn complaint(title: &str, text: &str) -> Complaint {
    Complaint { title: title.to_owned(), text: text.to_owned(), ..Complaint::default() }
}

#[test]
fn all_that_a_tag_asks_for_must_hold() {
    let pack = load(RULES).unwrap();
    let of = |title: &str, text: &str| tags(&pack, &complaint(title, text));
    assert_eq!(of("拖欠工资", "三个月了"), ["wages"], "a title counts");
    assert_eq!(of("工地", "老板欠薪"), ["wages"], "a text counts");
    assert!(of("拖欠", "工资").is_empty(), "a word does not begin in the title and end in the text");
    assert!(of("欠薪", "后来已补发").is_empty());
    assert_eq!(of("暖气不热", "供暖以来一直不热，老板还欠薪"), ["cold", "wages"]);
    assert!(of("路灯", "路灯不亮，灯罩摸着不热").is_empty(), "of another category");
    assert!(of("暖气", "暖气漏了").is_empty(), "without a word");
    assert_eq!(of("噪音", "夜间施工噪音扰民"), ["night"]);
    let report =
        Complaint { kind: Kind::Report, urgency_hint: Some("紧急".to_owned()), ..complaint("有人", "违规") };
    assert_eq!(tags(&pack, &report), ["urgent-report"]);
    assert!(tags(&pack, &Complaint { urgency_hint: None, ..report.clone() }).is_empty());
    assert!(tags(&pack, &Complaint { kind: Kind::Help, ..report }).is_empty());
}

#[test]
fn names_of_tags_are_known_and_expressions_know_the_codes() {
    let pack = load(RULES).unwrap();
    assert_eq!(pack.rules.names.tag("wages"), Some("欠薪"));
    let clock = |code: &str| {
        format!(
            "\n[[clock]]\ncode = \"marked\"\nname = \"标记\"\nstart = [\"created\"]\nstop = [\"finished\"]\n\
             when = \"'{code}' in ticket.tags\"\nlimit = [{{ minutes = 30 }}]\n"
        )
    };
    let with = |code: &str| {
        let (factories, now) = (crate::registry::factories(), Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)));
        let files = PackFiles::read(&folder()).unwrap().with(WATCH_FILE, RULES.as_bytes().to_vec());
        let known = String::from_utf8(files.get("handling.toml").unwrap().to_vec()).unwrap();
        Pack::load(files.with("handling.toml", (known + &clock(code)).into_bytes()), &Loading::away(&factories, now))
    };
    let pack = with("wages");
    let said = |problems: &[Problem]| problems.iter().map(|problem| problem.en.clone()).collect::<Vec<_>>();
    let pack = pack.map_err(|problems| said(&problems)).unwrap();
    let run = |tags: &[&str]| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let mut ticket = crate::ticket::Ticket { version: 1, tags, ..crate::ticket::Ticket::default() };
        pack.rules.handling.see(&mut ticket, crate::ticket::EventKind::Created, Timestamp::UNIX_EPOCH);
        ticket.clocks.runs.iter().filter(|run| run.clock == "marked").count()
    };
    assert_eq!((run(&["cold", "wages"]), run(&["cold"]), run(&[])), (1, 0, 0));
}

#[test]
fn what_contradicts_itself_is_refused_with_its_place() {
    for (from, to, line, said) in [
        ("words = [\"拖欠工资\", \"欠薪\"]\n", "", 3, "has no rule"),
        ("\"heating\"", "\"heatin\"", 12, "category heatin is not in categories.csv"),
        ("code = \"cold\"", "code = \"wages\"", 9, "two tags with this code"),
        ("code = \"cold\"", "code = \"Cold\"", 9, "lower-case letters"),
        ("[\"已补发\"]", "[\"欠薪\"]", 5, "both in words and in without"),
        ("[\"已补发\"]", "[\"工资\"]", 5, "stands in \"拖欠工资\""),
        ("[\"已补发\"]", "[\"已补发\", \"已补发\"]", 6, "there twice"),
        ("[\"已补发\"]", "[\" \"]", 6, "1 to 50 characters"),
        ("name = \"欠薪\"", "name = \"\"", 3, "the name of a tag"),
        ("complaint.urgency", "complaint.urgent", 17, "urgent"),
        ("complaint.kind == 'report'", "complaint.kind == 'raport'", 17, "raport"),
        ("name = \"欠薪\"", "nom = \"欠薪\"", 0, "unknown field"),
    ] {
        assert!(RULES.contains(from), "{from}");
        let problems = load(&RULES.replacen(from, to, 1)).unwrap_err();
        let found = problems.iter().find(|problem| problem.file == WATCH_FILE && problem.en.contains(said));
        let found = found.unwrap_or_else(|| panic!("{said}: {problems:?}"));
        assert!(found.zh.chars().any(|letter| letter > '一'), "{found:?}");
        assert!(line == 0 || found.line == line, "{said}: {found:?}");
    }
}

#[test]
fn more_than_the_limits_is_refused() {
    let tag = |number: usize| format!("[[tag]]\ncode = \"t{number}\"\nname = \"名\"\nwords = [\"词{number}\"]\n");
    let file = |count: usize| (0..count).map(tag).collect::<String>();
    assert!(load(&file(200)).is_ok());
    let problems = load(&file(201)).unwrap_err();
    assert!(problems.iter().any(|problem| problem.en.contains("more than 200 tags")), "{problems:?}");
    let words = |count: usize| {
        let words = (0..count).map(|number| format!("\"词{number}\"")).collect::<Vec<_>>().join(", ");
        format!("[[tag]]\ncode = \"a\"\nname = \"名\"\nwords = [{words}]\n")
    };
    assert!(load(&words(500)).is_ok());
    let problems = load(&words(501)).unwrap_err();
    assert!(problems.iter().any(|problem| problem.en.contains("more than 500 words")), "{problems:?}");
}

const CASE: &str = r#"
[[complaint]]
title = "暖气"
text = "暖气不热，老板还欠薪"
tags = ["cold", "wages"]

[[complaint]]
text = "有人违规"
kind = "举报"
urgency = "紧急"
tags = ["urgent-report"]
"#;

#[test]
fn a_case_says_what_differs() {
    let pack = load(RULES).unwrap();
    let run = |text: &str| {
        let route = |complaint: &Complaint| pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
        super::cases::run_case(&pack.rules.watch, &route, text)
    };
    assert_eq!(run(CASE), Ok(()));
    for (from, to, said) in [
        ("[\"cold\", \"wages\"]", "[\"cold\"]", "tags of complaint 1"),
        ("还欠薪", "走了", "tags of complaint 1"),
        ("urgency = \"紧急\"", "urgency = \"一般\"", "tags of complaint 2"),
        ("\"举报\"", "\"告发\"", "no kind of complaint"),
        ("urgency", "urgent", "unknown field"),
    ] {
        assert!(CASE.contains(from), "{from}");
        let failed = run(&CASE.replacen(from, to, 1)).unwrap_err();
        assert!(failed.1.contains(said), "{said}: {failed:?}");
    }
    let both = CASE.replacen("还欠薪", "走了", 1).replacen("urgency = \"紧急\"", "urgency = \"一般\"", 1);
    let failed = run(&both).unwrap_err();
    assert!(failed.1.contains("complaint 1\n    - ") && failed.1.contains("complaint 2\n    - "), "{failed:?}");
}

#[test]
fn the_cases_of_the_example_city_pass_and_show_every_tag() {
    let rules = std::fs::read_to_string(folder().join(WATCH_FILE)).unwrap();
    let pack = load(&rules).unwrap();
    let route = |complaint: &Complaint| pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
    let results = run_watch_cases(&pack.rules.watch, &route, &folder());
    assert!(results.len() >= 3, "{results:?}");
    for case in &results {
        assert_eq!(case.failure, None, "{}", case.name);
    }
    let read = |case: &super::WatchCase| std::fs::read_to_string(folder().join(format!("{}.case.toml", case.name)));
    let cases: String = results.iter().map(|case| read(case).unwrap()).collect();
    for code in pack.rules.names.tags.keys() {
        assert!(cases.contains(&format!("\"{code}\"")), "no case of {code}");
    }
}

#[test]
fn the_guide_names_every_setting() {
    let guide = include_str!("../../../deploy/guides/handling.md");
    for (rules, heading, least) in
        [("tag", "## 标签", 6), ("surge", "### 突增", 13), ("warning", "### 关键词预警", 13), ("topic", "### 专题", 10)]
    {
        let problems = load(&format!("[[{rules}]]\nnot_a_setting = 1\n")).unwrap_err();
        let said = problems.iter().find(|problem| problem.en.contains("unknown field")).unwrap();
        let (_, names) = said.en.split_once("expected").unwrap();
        let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
        assert!(names.len() >= least, "{names:?}");
        let (_, section) = guide.split_once(heading).unwrap();
        for name in names {
            assert!(section.contains(&format!("\n{name}")) || section.contains(&format!("`{name}`")), "{name}");
        }
    }
}
