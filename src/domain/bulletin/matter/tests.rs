use std::sync::Arc;

use huiliu_expression::Language;
use jiff::civil::date;

use super::*;
use crate::bulletin::Issue;
use crate::catalogue::Locale;
use crate::complaint::Reporter;
use crate::report::Reports;
use crate::ticket::Route;

const SIMPLE: &str = "[[bulletin]]\nname = \"village\"\ntitle = \"民情公示\"\n";

fn names() -> Names {
    let named = |pairs: &[(&str, &str)]| pairs.iter().map(|(code, name)| ((*code).into(), (*name).into())).collect();
    Names {
        city: "珙县".into(),
        categories: named(&[("lighting", "公共照明"), ("cadre", "干部作风")]),
        districts: named(&[("511526", "珙县"), ("511526100", "巡场镇")]),
        departments: named(&[("urban", "综合行政执法局")]),
        ..Names::default()
    }
}

fn bulletin(source: &str) -> Bulletin {
    let language = Language::new(TimeZone::UTC, Arc::default());
    Reports::load(source, &language, &names()).unwrap().bulletins.remove(0)
}

fn at(day: i8) -> Timestamp {
    date(2026, 11, day).at(8, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

fn complaint() -> Complaint {
    let reporter =
        Reporter { name: Some("王建国".into()), phone: Some("13800001111".into()), ..Reporter::default() };
    Complaint {
        text: "我叫王建国，青鱼滩路12号3单元502室门前路灯不亮，请回电13800001111。".into(),
        publish: true,
        reporter,
        ..Complaint::default()
    }
}

fn ticket() -> Ticket {
    Ticket {
        id: "GX-20261125-000001".into(),
        status: Status::Resolved,
        title: "路灯不亮".into(),
        text: complaint().text,
        created_at: at(25),
        finished_at: Some(at(26)),
        complaints: 1,
        route: Route {
            category: "lighting".into(),
            district: "511526100".into(),
            department: "urban".into(),
            basis: None,
            grade: "green".into(),
            due_at: Some(at(26) + SignedDuration::from_hours(2)),
            reasons: Vec::new(),
        },
        ..Ticket::default()
    }
}

fn person() -> Handler {
    Handler { name: "欧阳小明".into(), unit: Some("照明科".into()), phone: Some("0831-4040404".into()) }
}

fn shown(bulletin: &Bulletin, ticket: &Ticket, complaints: &[&Complaint]) -> Result<Notice, Kept> {
    let person = person();
    let matter = Matter {
        is_confidential: false,
        ticket,
        complaints,
        domain: "城市管理",
        level: None,
        result: Some("欧阳小明已到王建国家门前修好，详询18900002222。"),
        person: Some(&person),
        satisfaction: Some(Satisfaction::Satisfied),
    };
    bulletin.notice(&matter, (at(27), &TimeZone::UTC), &names())
}

#[test]
fn a_notice_tells_the_matter_and_nobody() {
    let notice = shown(&bulletin(SIMPLE), &ticket(), &[&complaint()]).unwrap();
    let words = notice.words.clone().unwrap();
    assert!(words.starts_with("路灯不亮。") && words.contains("青鱼滩路12号") && words.contains("路灯不亮"), "{words}");
    assert_eq!(notice.person.as_deref(), Some("欧阳某"));
    assert!(notice.result.as_ref().is_some_and(|result| result.contains("门前修好")), "{notice:?}");
    assert!(!notice.is_overdue);
    assert_eq!((notice.category.as_str(), notice.department.as_str()), ("公共照明", "综合行政执法局"));
    let told = format!("{notice:?}");
    for secret in ["王建国", "王*", "138", "1111", "502", "189", "2222", "小明", "4040"] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}

#[test]
fn doubt_keeps_a_matter_away() {
    let bulletin = bulletin(SIMPLE);
    let with = |change: &dyn Fn(&mut Complaint)| {
        let mut other = complaint();
        change(&mut other);
        shown(&bulletin, &ticket(), &[&complaint(), &other])
    };
    assert!(with(&|_| {}).is_ok());
    assert_eq!(with(&|other| other.publish = false), Err(Kept::NoConsent), "all have to agree");
    assert_eq!(with(&|other| other.reporter.confidential = true), Err(Kept::Protected));
    assert_eq!(with(&|other| other.reporter.secret = true), Err(Kept::Protected));
    assert_eq!(with(&|other| other.kind = Kind::Report), Err(Kept::Protected));
    assert_eq!(with(&|other| other.text = ERASED.into()), Err(Kept::Protected));
    assert_eq!(shown(&bulletin, &ticket(), &[]), Err(Kept::Protected), "nobody is known who agreed");
}

#[test]
fn without_consent_a_city_may_show_how_a_matter_stands() {
    let bulletin = bulletin(&format!("{SIMPLE}without_consent = \"without-words\"\nperson = \"post\"\n"));
    let silent = Complaint { publish: false, ..complaint() };
    let notice = shown(&bulletin, &ticket(), &[&silent]).unwrap();
    assert_eq!((&notice.words, &notice.result), (&None, &None));
    assert_eq!((notice.status, notice.person.as_deref()), (Status::Resolved, Some("照明科")));
    let secret = Complaint { reporter: Reporter { secret: true, ..Reporter::default() }, ..silent };
    assert_eq!(shown(&bulletin, &ticket(), &[&secret]), Err(Kept::Protected));
}

#[test]
fn a_bulletin_is_of_its_days_its_states_and_what_the_city_wants() {
    let complaint = complaint();
    let open = Ticket { status: Status::InProgress, finished_at: None, created_at: at(20), ..ticket() };
    let told = |settings: &str, ticket: &Ticket| {
        shown(&bulletin(&format!("{SIMPLE}{settings}\n")), ticket, &[&complaint]).err()
    };
    assert_eq!(told("", &open), Some(Kept::Elsewhere), "it came before the last seven days");
    assert_eq!(told("days = 8", &open), None);
    assert_eq!(told("days = 8\nshow = \"finished\"", &open), Some(Kept::Elsewhere));
    assert_eq!(told("show = \"open\"", &ticket()), Some(Kept::Elsewhere));
    assert_eq!(told("when = \"ticket.category != 'cadre' and not ticket.overdue\"", &ticket()), None);
    assert_eq!(told("days = 8\nwhen = \"not ticket.overdue\"", &open), Some(Kept::Unwanted));
    assert_eq!(told("when = \"ticket.domain == '村务'\"", &ticket()), Some(Kept::Unwanted));
    let absorbed = Ticket { status: Status::Absorbed, ..ticket() };
    assert_eq!(told("", &absorbed), Some(Kept::Elsewhere), "the other ticket tells of it");
    let notice = shown(&bulletin(SIMPLE), &ticket(), &[&complaint]).unwrap();
    assert!(notice.lies_in("511526") && notice.lies_in("511526100") && !notice.lies_in("511526200"));
}

#[test]
fn a_page_shows_notices_on_screens_and_telephones() {
    let bulletin = bulletin(SIMPLE);
    let notices = [shown(&bulletin, &ticket(), &[&complaint()]).unwrap()];
    let names = names();
    let page = |notices: &[Notice], locale| {
        let issue = Issue {
            bulletin: &bulletin,
            notices,
            is_cut: false,
            district: Some("511526100"),
            at: at(27),
            zone: &TimeZone::UTC,
            names: &names,
            locale,
        };
        issue.page().unwrap()
    };
    let zh = page(&notices, Locale::Zh);
    for wanted in [
        "<h1>民情公示</h1>",
        "珙县 · 巡场镇",
        "截至 2026-11-27 08:00",
        "[巡场镇 · 公共照明] 路灯不亮。",
        "欧阳某",
        "满意",
        "已办结",
    ] {
        assert!(zh.contains(wanted), "{wanted} is not in {zh}");
    }
    assert!(!zh.contains("<script") && !zh.contains("王建国"), "{zh}");
    assert!(page(&[], Locale::En).contains("There is nothing to show at present."));
}

#[test]
fn every_mistake_of_a_bulletin_has_its_place() {
    let language = Language::new(TimeZone::UTC, Arc::default());
    let source = "[[bulletin]]\nname = \"A\"\ntitle = \"\"\ndays = 0\nwhen = \"ticket.category == 'lightning'\"\nfetch_within_hours = 9000\n\
        [[bulletin.board]]\ntoken = \"\"\n[[bulletin.board]]\ntoken = \"t\"\ndistrict = \"999\"\n[[bulletin.board]]\ntoken = \"t\"\n";
    let problems = Reports::load(source, &language, &names()).unwrap_err();
    let told: Vec<_> =
        problems.iter().map(|problem| (source.get(problem.span.clone()).unwrap(), problem.en.as_str())).collect();
    let wanted = [
        ("\"A\"", "lower-case letters"),
        ("0", "the days are 1 to 366"),
        ("9000", "the hours are 1 to 8784"),
        ("\"\"", "cannot be empty"),
        ("\"999\"", "not in districts.csv"),
        ("\"t\"", "named twice"),
        ("'lightning'", "lightning"),
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for ((place, en), (at, words)) in told.iter().zip(wanted) {
        assert!(place.contains(at) && en.contains(words), "{place}: {en}; wanted {at}: {words}");
    }
}

#[test]
fn what_waits_to_be_released_is_shown_to_nobody() {
    let bulletin = bulletin(SIMPLE);
    let mut ticket = ticket();
    assert!(bulletin.may_show(&ticket, at(27), &TimeZone::UTC));
    ticket.hold = Some(crate::ticket::Hold { code: "sensitive".into(), since: at(26) });
    assert!(!bulletin.may_show(&ticket, at(27), &TimeZone::UTC));
}
