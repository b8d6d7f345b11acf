//! 荣成: every channel on one platform, five grades, streets whistle, everybody is called back, units are ranked every day.

use serde_json::json;

use super::book::{
    Book, By, CLOCK, Clock, HABITS, Habits, ITEM, Item, Post, Ratings, Report, Score, Seal, Step, Told, Way, after, at,
};
use super::calendar::{Calendar, End, Length};

pub(super) static BOOK: Book = Book {
    name: "rongcheng",
    title: "荣成",
    code: "371082",
    begins: "2026-09-14T08:00:00",
    days: 24,
    matters: 60,
    feeds: &["command", "urban"],
    by_console: false,
    own_feeds: &[],
    units: &[
        ("command-center", "", "city"),
        ("urban-management", "command-center", "department"),
        ("heating", "command-center", "department"),
        ("human-resources", "command-center", "department"),
        ("public-security", "command-center", "department"),
        ("housing", "command-center", "department"),
    ],
    levels: &["department", "city"],
    items: &[
        Item {
            word: "公共照明",
            text: "{}的路灯不亮，照明坏了一个星期",
            place: ("崖头街道", ""),
            unit: "urban-management",
            grade: ("green", ""),
            ..ITEM
        },
        Item {
            word: "供热",
            text: "{}的暖气不热，室温只有十五度",
            place: ("斥山街道", ""),
            unit: "heating",
            grade: ("orange", ""),
            ..ITEM
        },
        Item {
            word: "公共安全",
            text: "{}的老人被电话诈骗了两万元",
            place: ("崖头街道", ""),
            unit: "public-security",
            grade: ("red", ""),
            ..ITEM
        },
        Item {
            word: "房屋质量",
            text: "{}的新房房屋质量差，墙面开裂漏水",
            place: ("斥山街道", ""),
            unit: "housing",
            grade: ("yellow", ""),
            ..ITEM
        },
    ],
    ways: &[
        Way { channel: "snapshot", post: snapshot, rate: None, answer: Some(by_snapshot) },
        Way { channel: "sms", post: sms, rate: Some(rate_sms), answer: Some(by_sms) },
        Way { channel: "generic", post: generic, rate: Some(rate_generic), answer: None },
    ],
    grades: &[
        ("red", Length::Minutes(24 * 60)),
        ("orange", Length::Working(1, End::SameTime)),
        ("yellow", Length::Working(2, End::SameTime)),
        ("blue", Length::Working(5, End::SameTime)),
        ("green", Length::Working(3, End::SameTime)),
    ],
    calendar: Calendar { office: &[(510, 720), (840, 1050)] },
    clocks: &[
        Clock {
            code: "sign",
            start: &["created", "reopened"],
            stop: &["accepted", "in_progress", "extension_requested", "returned", "finished"],
            limit: |stand| match stand.grade {
                "red" => Length::Minutes(30),
                "orange" => Length::Minutes(120),
                _ => Length::Office(240),
            },
            alarms: &[at(100, "remind"), after(Length::Working(1, End::SameTime), "supervise")],
            ..CLOCK
        },
        Clock {
            code: "finish",
            start: &["created", "reopened"],
            alarms: &[
                at(80, "remind"),
                at(100, "supervise"),
                after(Length::Working(1, End::SameTime), "warn").again(Length::Working(1, End::SameTime), 5),
            ],
            ..CLOCK
        },
        Clock {
            code: "call-back",
            start: &["callback-due"],
            stop: &["rated", "reopened", "closed"],
            again: false,
            limit: |_| Length::Working(3, End::Office),
            alarms: &[at(100, "call-back")],
            ..CLOCK
        },
        Clock {
            code: "report",
            start: &["whistled"],
            stop: &["responded", "finished"],
            limit: |_| Length::Minutes(30),
            alarms: &[at(100, "supervise")],
            ..CLOCK
        },
    ],
    grouped: &[],
    inhibits: &[],
    contact: None,
    quiet: &[("remind", (22 * 60, 7 * 60)), ("call-back", (18 * 60, 8 * 60 + 30))],
    sign_hours: 24,
    ratings: Ratings {
        call_back: |_| true,
        staff_asks: true,
        most: Some(2),
        within_days: Some(30),
        second: Some("supervise"),
    },
    review: false,
    returned: Some((&[], "command-center")),
    habits: Habits {
        signs_late: 12,
        finishes_late: 20,
        returns: 10,
        whistles: 20,
        instructs: 5,
        dissatisfied: 14,
        ..HABITS
    },
    reports: &[
        Report {
            name: "units",
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
            score: Some(Score {
                formula: |figure| {
                    Some(figure("satisfaction")? * 70.0 + figure("closed")? * 20.0 + (1.0 - figure("returned")?) * 10.0)
                },
                groups: &[("甲组", 300), ("乙组", 50), ("丙组", 10), ("丁组", 0)],
                last: 3,
            }),
        },
        Report {
            name: "channels",
            by: By::Channel,
            figures: &["complaints", "share", "merged", "satisfaction"],
            score: None,
        },
    ],
    sms: false,
    bulletins: &["community"],
    publishes: false,
    watched: &[],
    besides: |_| Vec::new(),
};

fn snapshot(told: &Told<'_>) -> Post {
    let body = json!({
        "id": told.number, "openid": format!("o-{}", told.phone), "submittedAt": told.local("%Y-%m-%dT%H:%M:%S%:z"), "title": told.title,
        "content": told.text, "name": told.name, "phone": told.phone, "category": told.item.word,
        "location": { "address": format!("{}{}", told.item.place.0, told.spot), "name": "" }, "images": [],
    });
    Post { path: "/in/snapshot".to_owned(), seal: Seal::Signed("HULIU_SNAPSHOT_KEY"), body }
}

fn by_snapshot(told: &Told<'_>) -> (&'static str, String) {
    ("snapshot", format!("o-{}", told.phone))
}

fn message(told: &Told<'_>, number: &str, content: &str) -> Post {
    let body = json!([{
        "phone_number": told.phone, "send_time": told.local("%Y-%m-%d %H:%M:%S"), "content": content, "sign_name": "荣成12345",
        "dest_code": "01", "sequence_id": number,
    }]);
    Post { path: "/in/sms".to_owned(), seal: Seal::Token("HULIU_SMS_TOKEN"), body }
}

fn sms(told: &Told<'_>) -> Post {
    message(told, &told.number, &format!("{}{}", told.item.place.0, told.text))
}

fn rate_sms(told: &Told<'_>, receipt: &str, step: Step) -> Post {
    let answer = match step {
        Step::Satisfied => "1",
        Step::Fair => "2",
        Step::Dissatisfied => "3",
    };
    let number: String =
        receipt.chars().filter(char::is_ascii_digit).skip(6).chain(told.at.as_second().to_string().chars()).collect();
    message(told, &number, answer)
}

fn by_sms(told: &Told<'_>) -> (&'static str, String) {
    ("sms", told.phone.clone())
}

fn generic(told: &Told<'_>) -> Post {
    let body = json!({
        "number": told.number, "kind": "投诉", "title": told.title, "text": told.text, "name": told.name, "phone": told.phone,
        "address": format!("{}{}", told.item.place.0, told.spot), "occurred_at": told.local("%Y-%m-%dT%H:%M:%S%:z"),
    });
    Post { path: "/in/generic".to_owned(), seal: Seal::Key("x-api-key", "HULIU_GENERIC_KEY"), body }
}

fn rate_generic(told: &Told<'_>, _receipt: &str, step: Step) -> Post {
    let body = json!({
        "number": told.number, "statement": "rating", "satisfaction": step.word(), "words": "", "time": told.local("%Y-%m-%dT%H:%M:%S%:z"),
    });
    Post { path: "/in/generic".to_owned(), seal: Seal::Key("x-api-key", "HULIU_GENERIC_KEY"), body }
}
