//! 白银: a code on every door; secretary, policeman and cadre hear at once and call back within half an hour; what one of seven levels cannot
//! solve rises to the next; every answer is read before it goes out, every citizen called back.

use serde_json::json;

use super::book::{
    Book, By, CLOCK, Clock, HABITS, Habits, ITEM, Item, Post, Ratings, Report, Score, Seal, Stand, Step, Told, Way,
    after, at, at_once, before,
};
use super::calendar::{Calendar, End, Length};

const NIGHT: (i64, i64) = (22 * 60, 7 * 60);
const PAUSE: &[&str] = &["extension_requested", "submitted"];
const RESUME: &[&str] = &["accepted", "in_progress", "extended", "returned", "sent_back"];

pub(super) static BOOK: Book = Book {
    name: "baiyin",
    title: "白银",
    code: "620400",
    begins: "2026-09-14T08:00:00",
    days: 24,
    matters: 60,
    feeds: &["center", "handling", "heating", "wages"],
    by_console: false,
    own_feeds: &[],
    units: &[
        ("command-center", "", "city"),
        ("ecology", "command-center", "city-department"),
        ("baiyin-center", "command-center", "county"),
        ("baiyin-shuichuan", "baiyin-center", "township"),
        ("baiyin-shuichuan-01", "baiyin-shuichuan", "village"),
        ("baiyin-shuichuan-02", "baiyin-shuichuan", "village"),
    ],
    levels: &["cell", "village", "township", "county-department", "county", "city-department", "city"],
    items: &[
        Item {
            word: "路灯照明",
            text: "{}的路灯坏了几盏，老人晚上不敢出门",
            place: ("水川镇", "顺安村"),
            division: "620402100201",
            unit: "baiyin-shuichuan-01",
            grade: ("general", ""),
            ..ITEM
        },
        Item {
            word: "生活用水",
            text: "{}的自来水停了两天，家家都在等水",
            place: ("水川镇", "金锋村"),
            division: "620402100202",
            unit: "baiyin-shuichuan-02",
            grade: ("larger", ""),
            ..ITEM
        },
        Item {
            word: "供热",
            text: "{}的暖气不热，屋里只有十四度",
            place: ("水川镇", "顺安村"),
            division: "620402100201",
            unit: "baiyin-shuichuan-01",
            grade: ("larger", ""),
            ..ITEM
        },
        Item {
            word: "公共安全",
            text: "{}的液化气站旁边有人乱拉电线，随时会出事",
            place: ("水川镇", "顺安村"),
            division: "620402100201",
            unit: "baiyin-shuichuan-01",
            grade: ("urgent", "紧急"),
            ..ITEM
        },
    ],
    ways: &[
        Way { channel: "mini-program", post: mini, rate: Some(rate_mini), answer: Some(by_mini) },
        Way { channel: "grid", post: grid, rate: None, answer: Some(by_grid) },
    ],
    grades: &[
        ("urgent", Length::Minutes(24 * 60)),
        ("cross-county", Length::Working(20, End::SameTime)),
        ("difficult", Length::Working(15, End::SameTime)),
        ("larger", Length::Working(7, End::SameTime)),
        ("general", Length::Working(3, End::SameTime)),
    ],
    calendar: Calendar { office: &[] },
    clocks: &[
        Clock {
            code: "call",
            start: &["created"],
            stop: &["accepted", "in_progress", "extension_requested", "returned", "finished"],
            again: false,
            limit: |_| Length::Minutes(30),
            alarms: &[before(30, "assign"), at(100, "call-late"), after(Length::Minutes(30), "escalate")],
            ..CLOCK
        },
        Clock {
            code: "finish",
            start: &["created"],
            pause: PAUSE,
            resume: RESUME,
            again: false,
            alarms: &[
                at(80, "remind"),
                at(100, "overdue"),
                after(Length::Working(3, End::SameTime), "list").again(Length::Working(5, End::SameTime), 4),
            ],
            ..CLOCK
        },
        Clock {
            code: "rise",
            start: &["created", "assigned", "escalated"],
            pause: PAUSE,
            resume: RESUME,
            when: |stand| !matches!(stand.level, "city-department" | "city"),
            limit: own_time,
            alarms: &[at(100, "escalate").rising()],
            ..CLOCK
        },
        Clock {
            code: "instruction",
            start: &["instructed"],
            again: false,
            limit: |_| Length::Working(5, End::SameTime),
            alarms: &[at(80, "remind"), at(100, "list")],
            ..CLOCK
        },
        Clock {
            code: "review",
            start: &["submitted"],
            stop: &["sent_back", "finished"],
            limit: |_| Length::Working(1, End::SameTime),
            alarms: &[at_once("review"), at(100, "review-late")],
            ..CLOCK
        },
        Clock {
            code: "restart",
            start: &["reopened"],
            pause: &["submitted"],
            resume: &["sent_back"],
            limit: |_| Length::Working(3, End::SameTime),
            alarms: &[
                at_once("restarted"),
                at(80, "remind"),
                at(100, "list").again(Length::Working(1, End::SameTime), 10),
            ],
            ..CLOCK
        },
        Clock {
            code: "call-back",
            start: &["callback-due"],
            stop: &["rated", "reopened", "closed"],
            again: false,
            limit: |_| Length::Days(3, End::Day),
            alarms: &[at(100, "call-back")],
            ..CLOCK
        },
    ],
    grouped: &[("review", 30)],
    inhibits: &[("overdue", "remind"), ("list", "overdue")],
    contact: Some("call"),
    quiet: &[
        ("remind", NIGHT),
        ("call-back", (18 * 60, 9 * 60)),
        ("review", (18 * 60, 8 * 60 + 30)),
        ("review-late", (18 * 60, 8 * 60 + 30)),
        ("again", NIGHT),
    ],
    sign_hours: 1,
    ratings: Ratings {
        call_back: |_| true,
        staff_asks: true,
        most: Some(5),
        within_days: Some(90),
        second: Some("again"),
    },
    review: true,
    returned: Some((&["cell", "village", "township", "county-department", "county", "city"], "command-center")),
    habits: Habits {
        signs_late: 8,
        finishes_late: 10,
        returns: 6,
        instructs: 10,
        claims: 5,
        rises: 35,
        sent_back: 15,
        dissatisfied: 12,
        ..HABITS
    },
    reports: &[
        Report {
            name: "levels-weekly",
            by: By::Level,
            figures: &[
                "tickets",
                "contacts",
                "contacted",
                "finishes",
                "finished_share",
                "closed",
                "in_time",
                "returned",
                "restarted",
                "satisfaction",
                "sign_median",
                "finish_median",
            ],
            score: None,
        },
        Report {
            name: "units-weekly",
            by: By::Unit,
            figures: &[
                "tickets",
                "contacted",
                "finishes",
                "closed",
                "in_time",
                "returned",
                "sent_back",
                "restarts",
                "restarted",
                "satisfaction",
            ],
            score: Some(Score { formula: points, groups: &[("量大的单位", 20), ("其他单位", 0)], last: 3 }),
        },
        Report {
            name: "channels",
            by: By::Channel,
            figures: &["complaints", "share", "tickets", "merged", "closed", "satisfaction"],
            score: None,
        },
    ],
    sms: true,
    bulletins: &[],
    publishes: false,
    watched: &[],
    besides: |_| Vec::new(),
};

fn own_time(stand: &Stand<'_>) -> Length {
    match stand.grade {
        "urgent" => Length::Minutes(8 * 60),
        "difficult" | "cross-county" => Length::Working(10, End::SameTime),
        _ => Length::Working(3, End::SameTime),
    }
}

fn points(figure: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let or_one = |name: &str| figure(name).unwrap_or(1.0);
    let restarted = figure("restarted").unwrap_or(0.0);
    Some(
        or_one("contacted") * 20.0
            + figure("closed")? * 30.0
            + or_one("satisfaction") * 40.0
            + (1.0 - restarted) * 10.0,
    )
}

fn mini(told: &Told<'_>) -> Post {
    let (town, village) = told.item.place;
    let body = json!({
        "id": told.number, "openid": format!("o-{}", told.phone), "kind": "反映", "title": told.title, "content": told.text,
        "name": told.name, "phone": told.phone, "town": town, "village": village, "location": { "address": told.spot },
        "category": told.item.word, "class": told.item.grade.1, "time": told.at.as_millisecond(), "images": [],
    });
    Post { path: "/in/mini-program".to_owned(), seal: MINI, body }
}

const MINI: Seal = Seal::SignedAs("HULIU_BAIYIN_MINI_KEY", ("x-sign", "x-time", "x-nonce"));

fn rate_mini(told: &Told<'_>, receipt: &str, step: Step) -> Post {
    let body = json!({
        "id": format!("r-{receipt}-{}", told.at.as_second()), "openid": format!("o-{}", told.phone), "receipt": receipt,
        "satisfaction": step.word(), "words": "", "time": told.at.as_millisecond(),
    });
    Post { path: "/in/mini-program".to_owned(), seal: MINI, body }
}

fn by_mini(told: &Told<'_>) -> (&'static str, String) {
    ("mini", format!("o-{}", told.phone))
}

fn grid(told: &Told<'_>) -> Post {
    let time = told.local("%Y-%m-%d %H:%M:%S");
    let row = json!({
        "caseCode": told.number, "kind": "反映", "caseName": told.title, "caseDesc": told.text, "resident": told.name, "tel": told.phone,
        "villageCode": told.item.division, "address": told.spot, "caseType": told.item.word, "level": told.item.grade.1,
        "happenedAt": time, "reportedAt": time, "photos": "", "workerNo": "W01", "selfSolved": "0",
    });
    let body = json!({ "batchNo": told.number, "rows": [row] });
    Post { path: "/in/grid".to_owned(), seal: Seal::Key("x-grid-key", "HULIU_BAIYIN_GRID_KEY"), body }
}

fn by_grid(told: &Told<'_>) -> (&'static str, String) {
    ("grid", told.number.clone())
}
