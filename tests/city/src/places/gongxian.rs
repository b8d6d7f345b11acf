//! 珙县: a mini-program, SMS, delegates; the handler hears of each matter by SMS, meets the people, and the county sees what came of it.

use serde_json::json;

use super::book::{
    Book, By, CLOCK, Clock, HABITS, Habits, ITEM, Item, Post, Ratings, Report, Score, Seal, Step, Told, Way, after, at,
    at_once,
};
use super::calendar::{Calendar, End, Length};
use super::log::Log;

const DAY: i64 = 24 * 60;

pub(super) static BOOK: Book = Book {
    name: "gongxian",
    title: "珙县",
    code: "511526",
    begins: "2026-09-14T08:00:00",
    days: 24,
    matters: 60,
    feeds: &["center", "discipline", "departments"],
    by_console: true,
    own_feeds: &[("discipline", "discipline")],
    units: &[
        ("command-center", "", "county"),
        ("discipline", "", "county"),
        ("housing", "command-center", "county"),
        ("urban-management", "command-center", "county"),
        ("transport", "command-center", "county"),
        ("water", "command-center", "county"),
        ("agriculture", "command-center", "county"),
        ("xunchang", "command-center", "township"),
        ("xunchang-01", "xunchang", "village"),
    ],
    levels: &["village", "township", "county"],
    items: &[
        Item {
            word: "公共交通",
            text: "{}的招呼站班车经常不停，赶场的群众等一上午",
            place: ("珙泉镇", ""),
            division: "511526101",
            unit: "transport",
            grade: ("normal", ""),
            ..ITEM
        },
        Item {
            word: "农村饮水",
            text: "{}的自来水管断了，几十户人停水",
            place: ("巡场镇", ""),
            division: "511526100",
            unit: "xunchang",
            grade: ("urgent", ""),
            ..ITEM
        },
        Item {
            word: "干部作风",
            text: "{}的村干部办低保的时候吃拿卡要",
            place: ("珙泉镇", ""),
            division: "511526101",
            unit: "discipline",
            grade: ("normal", ""),
            secret: true,
            ..ITEM
        },
        Item {
            word: "农田水利",
            text: "{}旁边的水渠垮了，田里灌不上水",
            place: ("珙泉镇", ""),
            division: "511526101",
            unit: "water",
            grade: ("normal", ""),
            ..ITEM
        },
    ],
    ways: &[
        Way { channel: "mini-program", post: mini, rate: Some(rate_mini), answer: Some(by_mini) },
        Way { channel: "delegates", post: delegates, rate: None, answer: None },
    ],
    grades: &[
        ("critical", Length::Minutes(DAY)),
        ("urgent", Length::Working(3, End::SameTime)),
        ("normal", Length::Working(7, End::SameTime)),
        ("complex", Length::Working(20, End::SameTime)),
    ],
    calendar: Calendar { office: &[(510, 720), (840, 1050)] },
    clocks: &[
        Clock {
            code: "sign",
            start: &["created", "reopened", "assigned", "escalated"],
            stop: &["accepted", "in_progress", "returned", "finished"],
            when: |stand| stand.unit != "discipline",
            limit: |stand| if stand.grade == "critical" { Length::Minutes(120) } else { Length::Minutes(DAY) },
            alarms: &[at_once("assign"), at(80, "remind"), at(100, "urge").again(Length::Minutes(DAY), 3)],
            ..CLOCK
        },
        Clock {
            code: "meet",
            start: &["accepted"],
            stop: &["in_progress", "returned", "finished"],
            again: false,
            when: |stand| stand.unit != "discipline",
            limit: |stand| {
                if stand.grade == "critical" { Length::Days(0, End::Day) } else { Length::Working(3, End::Office) }
            },
            alarms: &[at(80, "remind"), at(100, "urge")],
            ..CLOCK
        },
        Clock {
            code: "finish",
            start: &["created", "reopened"],
            stop: &["finished"],
            pause: &["extension_requested"],
            resume: &["accepted", "in_progress", "extended", "returned"],
            when: |stand| stand.unit != "discipline",
            limit: |_| Length::Deadline,
            alarms: &[
                at(80, "remind"),
                at(100, "urge").again(Length::Days(1, End::SameTime), 7),
                after(Length::Working(2, End::SameTime), "report"),
            ],
            ..CLOCK
        },
        Clock {
            code: "rating",
            start: &["callback-due"],
            stop: &["rated", "reopened", "closed"],
            again: false,
            when: |stand| stand.unit != "discipline",
            limit: |_| Length::Days(5, End::Day),
            alarms: &[at(100, "call-back")],
            ..CLOCK
        },
        Clock {
            code: "discipline",
            start: &["created", "reopened"],
            stop: &["accepted", "in_progress", "returned", "finished"],
            when: |stand| stand.unit == "discipline",
            limit: |_| Length::Working(1, End::SameTime),
            alarms: &[at_once("confidential"), at(100, "confidential")],
            ..CLOCK
        },
    ],
    grouped: &[],
    inhibits: &[("urge", "remind")],
    contact: None,
    quiet: &[("remind", (21 * 60 + 30, 7 * 60 + 30)), ("call-back", (18 * 60, 9 * 60))],
    sign_hours: 24,
    ratings: Ratings {
        call_back: |unit| unit != "discipline",
        staff_asks: false,
        most: Some(3),
        within_days: Some(60),
        second: Some("again"),
    },
    review: false,
    returned: Some((&["village"], "command-center")),
    habits: Habits { signs_late: 12, finishes_late: 15, returns: 8, dissatisfied: 12, ..HABITS },
    reports: &[
        Report {
            name: "units",
            by: By::Unit,
            figures: &[
                "tickets",
                "signed",
                "finishes",
                "closed",
                "in_time",
                "returned",
                "restarted",
                "ratings",
                "satisfaction",
                "sign_median",
                "finish_median",
            ],
            score: Some(Score {
                formula: |figure| {
                    let satisfaction = figure("satisfaction").unwrap_or(1.0);
                    Some(figure("signed")? * 20.0 + figure("closed")? * 40.0 + satisfaction * 40.0)
                },
                groups: &[("事项多的单位", 30), ("其他单位", 0)],
                last: 3,
            }),
        },
        Report {
            name: "county",
            by: By::Place,
            figures: &[
                "complaints",
                "tickets",
                "merged",
                "signed",
                "finishes",
                "closed",
                "in_time",
                "restarts",
                "ratings",
                "satisfaction",
            ],
            score: None,
        },
        Report {
            name: "levels",
            by: By::Level,
            figures: &["tickets", "finishes", "closed", "in_time", "satisfaction", "finish_median"],
            score: None,
        },
    ],
    sms: true,
    bulletins: &["village"],
    publishes: true,
    watched: &[],
    besides: mostly_on_phones,
};

/// Handlers are out with the people: they say more on their phones than others do at the console.
fn mostly_on_phones(log: &Log) -> Vec<String> {
    let (phones, console) = (log.on_phones, log.at_console);
    let is_so = phones > console && console > 0;
    if is_so { Vec::new() } else { vec![format!("{phones} updates came from phones, {console} from the console")] }
}

fn mini(told: &Told<'_>) -> Post {
    let (town, village) = told.item.place;
    let body = json!({
        "id": told.number, "openid": format!("o-{}", told.phone), "kind": "反映问题", "title": told.title, "content": told.text,
        "name": told.name, "phone": told.phone, "item": told.item.word, "town": town, "village": village, "public": "是",
        "location": { "address": told.spot }, "submittedAt": told.local("%Y-%m-%dT%H:%M:%S%:z"), "images": [],
    });
    Post { path: "/in/mini-program".to_owned(), seal: Seal::Signed("HULIU_GONGXIAN_MINI_KEY"), body }
}

fn rate_mini(told: &Told<'_>, receipt: &str, step: Step) -> Post {
    let body = json!({
        "id": format!("r-{receipt}-{}", told.at.as_second()), "openid": format!("o-{}", told.phone), "receipt": receipt, "rating": step.word(), "words": "",
    });
    Post { path: "/in/mini-program".to_owned(), seal: Seal::Signed("HULIU_GONGXIAN_MINI_KEY"), body }
}

fn by_mini(told: &Told<'_>) -> (&'static str, String) {
    ("mini", format!("o-{}", told.phone))
}

fn delegates(told: &Told<'_>) -> Post {
    let (town, village) = told.item.place;
    let row = json!({
        "no": told.number, "kind": "反映问题", "title": told.title, "content": told.text, "delegate": told.name, "phone": told.phone,
        "item": told.item.word, "town": town, "village": village, "address": told.spot, "date": told.local("%Y-%m-%d %H:%M:%S"),
        "station": "南街代表联络站",
    });
    let body = json!({ "rows": [row] });
    Post { path: "/in/delegates".to_owned(), seal: Seal::Key("x-api-key", "HULIU_GONGXIAN_DELEGATES_KEY"), body }
}
