//! 盐田: people choose one of eighty items on a mini-program or come to the community's room; communities whistle, what they cannot solve rises,
//! the organization department reads every answer before it counts.

use serde_json::json;

use super::book::{
    Book, By, CLOCK, Clock, Habits, ITEM, Item, Post, Ratings, Report, Score, Seal, Step, Told, Way, after, at,
    at_once, before,
};
use super::calendar::{Calendar, End, Length};
use super::watched::{Surge, Tells, Watched};

const NIGHT: (i64, i64) = (22 * 60, 7 * 60);
const DAY: i64 = 24 * 60;

pub(super) static BOOK: Book = Book {
    name: "yantian",
    title: "盐田",
    code: "440308",
    begins: "2026-09-17T08:00:00",
    days: 24,
    matters: 60,
    feeds: &["center", "departments"],
    by_console: false,
    own_feeds: &[],
    units: &[
        ("command-center", "", "district"),
        ("urban-management", "command-center", "district"),
        ("housing", "command-center", "district"),
        ("transport", "command-center", "district"),
        ("human-resources", "command-center", "district"),
        ("shatoujiao", "command-center", "street"),
        ("shatoujiao-01", "shatoujiao", "community"),
        ("meisha", "command-center", "street"),
        ("meisha-02", "meisha", "community"),
    ],
    levels: &["community", "street", "district"],
    items: &[
        Item {
            word: "路灯不亮",
            text: "{}的路灯晚上不亮，走路看不清",
            place: ("沙头角街道", "沙头角社区"),
            division: "440308001001",
            unit: "urban-management",
            down: "shatoujiao-01",
            grade: ("simple", ""),
            ..ITEM
        },
        Item {
            word: "井盖缺失",
            text: "{}的井盖不见了，小孩差点掉下去",
            place: ("梅沙街道", "小梅沙社区"),
            division: "440308004002",
            unit: "urban-management",
            down: "meisha-02",
            grade: ("critical", "特急"),
            ..ITEM
        },
        Item {
            word: "电梯故障",
            text: "{}的电梯又困人了，物业一直不修",
            place: ("沙头角街道", "沙头角社区"),
            division: "440308001001",
            unit: "housing",
            grade: ("urgent", ""),
            ..ITEM
        },
        Item {
            word: "公交线路",
            text: "{}的公交太少，等车要四十分钟",
            place: ("梅沙街道", "小梅沙社区"),
            division: "440308004002",
            unit: "transport",
            grade: ("simple", ""),
            ..ITEM
        },
        Item {
            word: "拖欠工资",
            text: "{}的装修队拖欠工资三个月不给",
            place: ("沙头角街道", "沙头角社区"),
            division: "440308001001",
            unit: "human-resources",
            grade: ("urgent", ""),
            ..ITEM
        },
    ],
    ways: &[
        Way { channel: "mini-program", post: mini, rate: Some(rate_mini), answer: Some(by_mini) },
        Way { channel: "community-room", post: room, rate: None, answer: None },
    ],
    grades: &[
        ("critical", Length::Minutes(240)),
        ("urgent", Length::Days(3, End::SameTime)),
        ("simple", Length::Days(5, End::SameTime)),
    ],
    calendar: Calendar { office: &[] },
    clocks: &[
        Clock {
            code: "sign",
            start: &["created", "reopened"],
            stop: &["accepted", "in_progress", "extension_requested", "returned", "submitted", "finished"],
            limit: |stand| if stand.grade == "critical" { Length::AtOnce } else { Length::Minutes(DAY) },
            alarms: &[at(80, "remind"), at(100, "urge").again(Length::Minutes(12 * 60), 3)],
            ..CLOCK
        },
        Clock {
            code: "finish",
            start: &["created", "reopened"],
            pause: &["extension_requested", "submitted"],
            resume: &["accepted", "in_progress", "extended", "returned", "sent_back"],
            alarms: &[
                before(DAY, "remind"),
                at(100, "urge").again(Length::Days(1, End::SameTime), 7),
                after(Length::Days(2, End::SameTime), "report"),
            ],
            ..CLOCK
        },
        Clock {
            code: "rating",
            start: &["callback-due"],
            stop: &["rated", "reopened", "closed"],
            again: false,
            limit: |_| Length::Days(3, End::Day),
            alarms: &[at(100, "call-back")],
            ..CLOCK
        },
        Clock {
            code: "review",
            start: &["submitted"],
            stop: &["sent_back", "finished"],
            limit: |_| Length::Working(2, End::SameTime),
            alarms: &[at_once("review"), at(100, "review-late")],
            ..CLOCK
        },
        Clock {
            code: "consult",
            start: &["created"],
            again: false,
            when: |stand| stand.recurring,
            limit: |_| Length::Working(2, End::SameTime),
            alarms: &[at(100, "report")],
            ..CLOCK
        },
        Clock {
            code: "rise",
            start: &["created", "reopened", "assigned", "escalated"],
            when: |stand| matches!(stand.level, "community" | "street"),
            limit: |_| Length::Days(5, End::SameTime),
            alarms: &[at(100, "report").rising()],
            ..CLOCK
        },
        Clock {
            code: "claim",
            start: &["claimed"],
            again: false,
            limit: |_| Length::Days(10, End::SameTime),
            alarms: &[at(80, "remind"), at(100, "report")],
            ..CLOCK
        },
        Clock {
            code: "decision",
            start: &["instructed"],
            again: false,
            limit: |_| Length::Days(5, End::SameTime),
            alarms: &[at(80, "remind"), at(100, "report")],
            ..CLOCK
        },
        Clock {
            code: "arrive",
            start: &["whistled"],
            stop: &["responded", "finished"],
            limit: |_| Length::Minutes(DAY),
            alarms: &[at(100, "report")],
            ..CLOCK
        },
    ],
    grouped: &[],
    inhibits: &[],
    contact: None,
    quiet: &[
        ("remind", NIGHT),
        ("call-back", (18 * 60, 9 * 60)),
        ("review", (18 * 60, 9 * 60)),
        ("review-late", (18 * 60, 9 * 60)),
        ("circulate", NIGHT),
    ],
    sign_hours: 24,
    ratings: Ratings {
        call_back: |_| true,
        staff_asks: false,
        most: Some(3),
        within_days: Some(60),
        second: Some("circulate"),
    },
    review: true,
    returned: Some((&["community", "street"], "command-center")),
    habits: Habits {
        signs_late: 10,
        finishes_late: 15,
        returns: 8,
        whistles: 15,
        instructs: 8,
        claims: 8,
        downs: 45,
        rises: 50,
        sent_back: 20,
        dissatisfied: 20,
    },
    reports: &[
        Report {
            name: "scores",
            by: By::Unit,
            figures: &[
                "tickets",
                "signed",
                "closed",
                "in_time",
                "restarted",
                "satisfaction",
                "sign_median",
                "finish_median",
            ],
            score: Some(Score {
                formula: points, groups: &[("事项多的部门", 100), ("其他部门", 0)], last: 3
            }),
        },
        Report {
            name: "levels",
            by: By::Level,
            figures: &["tickets", "finishes", "closed", "in_time", "returned", "satisfaction"],
            score: None,
        },
        Report {
            name: "channels",
            by: By::Channel,
            figures: &["complaints", "share", "tickets", "signed", "closed", "satisfaction"],
            score: None,
        },
    ],
    sms: false,
    bulletins: &[],
    publishes: false,
    watched: &[Watched {
        code: "traffic",
        items: &["公交线路"],
        tells: Tells::Surge(Surge {
            of_tickets: false,
            count: 3,
            hours: 24,
            digits: 9,
            usual: Some((2.0, 28)),
            rest_hours: Some(168),
        }),
    }],
    besides: |_| Vec::new(),
};

fn points(figure: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let satisfaction = figure("satisfaction").unwrap_or(1.0);
    Some(figure("signed")? * 30.0 + figure("closed")? * 30.0 + satisfaction * 40.0)
}

fn mini(told: &Told<'_>) -> Post {
    let body = json!({
        "id": told.number, "openid": format!("o-{}", told.phone), "kind": "民意诉求", "title": told.title, "content": told.text,
        "name": told.name, "phone": told.phone, "item": told.item.word, "urgency": told.item.grade.1,
        "location": { "address": format!("{}{}", told.item.place.1, told.spot) }, "submittedAt": told.local("%Y-%m-%dT%H:%M:%S%:z"), "images": [],
    });
    Post { path: "/in/mini-program".to_owned(), seal: Seal::Signed("HULIU_YANTIAN_MINI_KEY"), body }
}

fn rate_mini(told: &Told<'_>, receipt: &str, step: Step) -> Post {
    let body = json!({
        "id": format!("r-{receipt}-{}", told.at.as_second()), "openid": format!("o-{}", told.phone), "receipt": receipt,
        "rating": step.word(), "words": "",
    });
    Post { path: "/in/mini-program".to_owned(), seal: Seal::Signed("HULIU_YANTIAN_MINI_KEY"), body }
}

fn by_mini(told: &Told<'_>) -> (&'static str, String) {
    ("mini", format!("o-{}", told.phone))
}

fn room(told: &Told<'_>) -> Post {
    let matter = json!({
        "no": told.number, "kind": "民意诉求", "title": told.title, "content": told.text, "for_name": told.name, "for_phone": told.phone,
        "community": told.item.place.1, "address": told.spot, "item": told.item.word, "urgency": told.item.grade.1,
        "time": told.local("%Y-%m-%d %H:%M:%S"), "room": "一号民意室", "staff_no": "S01",
    });
    let body = json!({ "matters": [matter] });
    Post { path: "/in/community-room".to_owned(), seal: Seal::Key("x-api-key", "HULIU_YANTIAN_ROOM_KEY"), body }
}
