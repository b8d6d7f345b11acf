//! 宝山: neighborhoods solve most by themselves; what they cannot goes up street by street, what is not theirs goes down into the dispatch system.

use std::collections::BTreeSet;

use serde_json::json;

use super::book::{
    Book, By, CLOCK, Clock, HABITS, Habits, ITEM, Item, Post, Ratings, Report, Score, Seal, Step, Told, Way, after, at,
    before,
};
use super::calendar::{Calendar, End, Length};
use super::log::{Entry, Log, text};
use super::watched::{Surge, Tells, Watched};

const YEAR: Length = Length::Days(365, End::SameTime);
const DAY: i64 = 24 * 60;

pub(super) static BOOK: Book = Book {
    name: "baoshan",
    title: "宝山",
    code: "310113",
    begins: "2026-09-14T08:00:00",
    days: 24,
    matters: 60,
    feeds: &["center", "communities"],
    by_console: false,
    own_feeds: &[],
    units: &[
        ("city-operation", "", "district"),
        ("housing", "city-operation", "district"),
        ("ecology", "city-operation", "district"),
        ("construction", "city-operation", "district"),
        ("human-resources", "city-operation", "district"),
        ("youyi", "city-operation", "street"),
        ("youyi-01", "youyi", "community"),
    ],
    levels: &["community", "street", "district"],
    items: &[
        Item {
            word: "物业服务",
            text: "{}的门禁坏了很久，保安不管",
            place: ("友谊路街道", "宝林社区"),
            division: "310113001001",
            unit: "youyi-01",
            grade: ("general", ""),
            ..ITEM
        },
        Item {
            word: "邻里矛盾",
            text: "{}的楼上装修吵了一个月，白天晚上都不停",
            place: ("友谊路街道", "宝林社区"),
            division: "310113001001",
            unit: "youyi-01",
            grade: ("general", ""),
            ..ITEM
        },
        Item {
            word: "房屋维修",
            text: "{}的外墙渗水，屋顶漏得厉害",
            place: ("友谊路街道", "宝林社区"),
            division: "310113001001",
            unit: "housing",
            grade: ("general", ""),
            ..ITEM
        },
        Item {
            word: "欠薪与劳动争议",
            text: "{}的饭店拖欠工资，我们三个服务员都没有拿到钱",
            place: ("友谊路街道", "宝林社区"),
            division: "310113001001",
            unit: "human-resources",
            grade: ("urgent", ""),
            ..ITEM
        },
        Item {
            word: "扬尘",
            text: "{}的工地渣土车不盖布，扬尘大得开不了窗",
            place: ("友谊路街道", "宝林社区"),
            division: "310113001001",
            unit: "construction",
            grade: ("urgent", ""),
            ..ITEM
        },
    ],
    ways: &[
        Way { channel: "shequtong", post: neighbors, rate: Some(rate_neighbors), answer: Some(by_neighbors) },
        Way { channel: "walk", post: walk, rate: None, answer: None },
    ],
    grades: &[
        ("urgent", Length::Working(1, End::SameTime)),
        ("quick", Length::Working(5, End::SameTime)),
        ("general", Length::Working(15, End::SameTime)),
    ],
    calendar: Calendar { office: &[(510, 690), (810, 1020)] },
    clocks: &[
        Clock {
            code: "sign",
            start: &["created", "reopened"],
            stop: &["accepted", "in_progress", "extension_requested", "returned", "finished"],
            limit: |stand| if stand.grade == "urgent" { Length::Minutes(60) } else { Length::Office(240) },
            alarms: &[at(100, "remind"), after(Length::Office(240), "supervise")],
            ..CLOCK
        },
        Clock {
            code: "community",
            start: &["created", "reopened", "assigned", "escalated"],
            when: |stand| stand.level == "community",
            limit: |_| Length::Working(5, End::Office),
            alarms: &[at(80, "push-up"), at(100, "supervise").rising()],
            ..CLOCK
        },
        Clock {
            code: "street",
            start: &["escalated"],
            when: |stand| stand.level == "street",
            limit: |_| Length::Working(5, End::Office),
            alarms: &[at(80, "push-up"), at(100, "supervise").rising()],
            ..CLOCK
        },
        Clock {
            code: "finish",
            start: &["created", "reopened"],
            pause: &["extension_requested"],
            resume: &["accepted", "in_progress", "extended", "returned"],
            alarms: &[at(80, "remind"), at(100, "supervise").again(Length::Working(1, End::SameTime), 5)],
            ..CLOCK
        },
        Clock {
            code: "track",
            start: &["resolved"],
            stop: &["reopened"],
            again: false,
            limit: |_| YEAR,
            alarms: &[
                before(358 * DAY, "track"),
                before(335 * DAY, "track"),
                before(274 * DAY, "track"),
                before(183 * DAY, "track"),
                at(100, "track"),
            ],
            ..CLOCK
        },
    ],
    grouped: &[],
    inhibits: &[],
    contact: None,
    quiet: &[("remind", (21 * 60, 8 * 60)), ("push-up", (21 * 60, 8 * 60)), ("track", (17 * 60, 9 * 60))],
    sign_hours: 24,
    ratings: Ratings { call_back: |_| false, staff_asks: false, most: None, within_days: None, second: None },
    review: false,
    returned: Some((&["community"], "city-operation")),
    habits: Habits { signs_late: 12, finishes_late: 8, returns: 6, rises: 25, dissatisfied: 12, ..HABITS },
    reports: &[
        Report {
            name: "levels",
            by: By::Level,
            figures: &[
                "tickets",
                "finishes",
                "finished_share",
                "closed",
                "in_time",
                "returned",
                "restarted",
                "satisfaction",
                "finish_median",
            ],
            score: None,
        },
        Report {
            name: "channels",
            by: By::Channel,
            figures: &["complaints", "share", "tickets", "merged", "closed", "satisfaction"],
            score: None,
        },
        Report {
            name: "units-quarter",
            by: By::Unit,
            figures: &[
                "tickets",
                "signed",
                "closed",
                "in_time",
                "returned",
                "restarted",
                "satisfaction",
                "finish_median",
                "finish_p90",
            ],
            score: Some(Score { formula: points, groups: &[("量大的单位", 100), ("其他单位", 0)], last: 3 }),
        },
    ],
    sms: false,
    bulletins: &[],
    publishes: false,
    watched: &[
        Watched { code: "wages", items: &["欠薪与劳动争议"], tells: Tells::Warning },
        Watched {
            code: "dust",
            items: &["扬尘"],
            tells: Tells::Surge(Surge {
                of_tickets: false,
                count: 3,
                hours: 72,
                digits: 9,
                usual: None,
                rest_hours: None,
            }),
        },
    ],
    besides: dispatched_down,
};

fn points(figure: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let satisfaction = figure("satisfaction").unwrap_or(1.0);
    Some(figure("signed")? * 20.0 + figure("closed")? * 40.0 + satisfaction * 40.0)
}

/// What is not the neighborhoods' own goes into the dispatch system of the hotline, each once.
fn dispatched_down(log: &Log) -> Vec<String> {
    let mut expected = BTreeSet::new();
    let mut found = Vec::new();
    for (_, entry) in &log.entries {
        match entry {
            Entry::Event { feed, event }
                if feed == "center"
                    && text(event, "/data/change/event") == "created"
                    && !matches!(text(event, "/data/category"), "property" | "neighbors") =>
            {
                expected.insert(text(event, "/data/ticket_id").to_owned());
            }
            Entry::Called(call) if call.path.ends_with("/order/create") => {
                let order: serde_json::Value = serde_json::from_str(&call.body).unwrap_or_default();
                found.push(text(&order, "/outerNo").to_owned());
            }
            _ => {}
        }
    }
    let lacking =
        expected.iter().filter(|ticket| found.iter().filter(|mark| mark.contains(ticket.as_str())).count() != 1);
    let mut wrong: Vec<String> =
        lacking.map(|ticket| format!("{ticket}: it must be in the dispatch system once")).collect();
    if found.len() != expected.len() {
        wrong.push(format!(
            "{} orders in the dispatch system, {} matters that belong there",
            found.len(),
            expected.len()
        ));
    }
    wrong
}

fn neighbors(told: &Told<'_>) -> Post {
    let body = json!({
        "postId": told.number, "board": "投诉", "topic": told.title, "content": told.text, "nickname": told.name, "phone": told.phone,
        "householdId": format!("h-{}", told.phone), "communityCode": told.item.division, "community": told.item.place.1,
        "building": told.spot, "category": told.item.word, "level": "", "postedAt": told.local("%Y-%m-%d %H:%M:%S"), "pictures": [],
    });
    Post { path: "/in/shequtong".to_owned(), seal: Seal::Signed("HULIU_BAOSHAN_SHEQU_KEY"), body }
}

fn rate_neighbors(told: &Told<'_>, receipt: &str, step: Step) -> Post {
    let body = json!({
        "postId": format!("r-{receipt}-{}", told.at.as_second()), "receipt": receipt, "rating": step.word(), "words": "",
        "phone": told.phone, "householdId": format!("h-{}", told.phone),
    });
    Post { path: "/in/shequtong".to_owned(), seal: Seal::Signed("HULIU_BAOSHAN_SHEQU_KEY"), body }
}

fn by_neighbors(told: &Told<'_>) -> (&'static str, String) {
    ("shequ", told.number.clone())
}

fn walk(told: &Told<'_>) -> Post {
    let visit = json!({
        "visitNo": told.number, "kind": "反映", "title": told.title, "said": told.text, "for_name": told.name, "for_phone": told.phone,
        "street": told.item.place.0, "community": told.item.place.1, "address": told.spot, "category": told.item.word,
        "visitedAt": told.local("%Y-%m-%d %H:%M:%S"), "staff": "社工甲", "why_on_behalf": "行动不便",
    });
    let body = json!({ "visits": [visit] });
    Post { path: "/in/walk".to_owned(), seal: Seal::Key("x-api-key", "HULIU_BAOSHAN_WALK_KEY"), body }
}
