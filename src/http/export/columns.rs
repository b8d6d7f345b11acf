//! What stands in the columns of each list's file.

use huiliu_sheet::Cell;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::catalogue::{Locale, say, states};
use crate::ticket::Status;

/// What a column is called.
type Heading = fn(Locale) -> String;

/// A list that can be had as a file.
pub(super) struct List {
    /// Where the API has it.
    pub path: &'static str,
    /// The member of its document that has the rows.
    pub member: &'static str,
    /// Whether it comes in pages.
    pub in_pages: bool,
    /// What the file is called.
    pub name: Heading,
    pub columns: &'static [Column],
}

pub(super) struct Column {
    pub heading: Heading,
    pub content: Content,
}

/// Where a cell comes from: members of a row, as JSON pointers.
pub(super) enum Content {
    /// The first of these that says something.
    Text(&'static [&'static str]),
    Number(&'static str),
    Moment(&'static str),
    /// What people call it.
    Word(&'static str, fn(Locale, &str) -> String),
    /// The first for Chinese readers, the second for others.
    Own(&'static str, &'static str),
    /// All items of a list, or the first of these members that an item has.
    All(&'static str, &'static [&'static str]),
    /// What is wrong with a record.
    Problems,
}

use Content::{All, Moment, Number, Own, Problems, Text, Word};

const fn of(heading: Heading, content: Content) -> Column {
    Column { heading, content }
}

const TICKET: Heading = |l| say!(in l; "console-ticket");
const RECEIPT: Heading = |l| say!(in l; "console-receipt");
const TITLE: Heading = |l| say!(in l; "console-title");
const CHANNEL: Heading = |l| say!(in l; "console-channel");
const STATUS: Heading = |l| say!(in l; "console-status");
const STATE: Heading = |l| say!(in l; "console-state");
const CATEGORY: Heading = |l| say!(in l; "console-category");
const GRADE: Heading = |l| say!(in l; "console-grade");
const DEPARTMENT: Heading = |l| say!(in l; "console-department");
const DISTRICT: Heading = |l| say!(in l; "console-district");
const DUE: Heading = |l| say!(in l; "console-due");
const AT: Heading = |l| say!(in l; "console-at");
const COUNT: Heading = |l| say!(in l; "console-count");
const NUMBER: Heading = |l| say!(in l; "console-nr");
const REASON: Heading = |l| say!(in l; "console-reason");
const ATTEMPTS: Heading = |l| say!(in l; "console-attempts");
const LAST_ERROR: Heading = |l| say!(in l; "console-last-error");

/// All of them.
pub(super) const LISTS: &[List] = &[
    List {
        path: "/api/v1/tickets",
        member: "tickets",
        in_pages: true,
        name: |l| say!(in l; "console-tickets"),
        columns: &[
            of(TICKET, Text(&["/id"])),
            of(TITLE, Text(&["/title"])),
            of(STATUS, Word("/status", status)),
            of(CATEGORY, Text(&["/category_name", "/category"])),
            of(GRADE, Text(&["/grade_name", "/grade"])),
            of(DEPARTMENT, Text(&["/department_name", "/department"])),
            of(DISTRICT, Text(&["/district_name", "/district"])),
            of(|l| say!(in l; "console-complaints"), Number("/complaints")),
            of(|l| say!(in l; "console-made"), Moment("/created_at")),
            of(DUE, Moment("/due_at")),
            of(|l| say!(in l; "console-tag"), All("/tags", &["/name", "/code"])),
            of(|l| say!(in l; "console-waits-in"), Text(&["/hold/name", "/hold/code"])),
        ],
    },
    List {
        path: "/api/v1/complaints",
        member: "complaints",
        in_pages: true,
        name: |l| say!(in l; "console-complaints"),
        columns: &[
            of(RECEIPT, Text(&["/receipt_number"])),
            of(|l| say!(in l; "console-source-number"), Text(&["/source_number"])),
            of(CHANNEL, Text(&["/channel"])),
            of(TITLE, Text(&["/title"])),
            of(|l| say!(in l; "console-text"), Text(&["/text"])),
            of(|l| say!(in l; "console-address"), Text(&["/address"])),
            of(|l| say!(in l; "console-came"), Moment("/received_at")),
            of(TICKET, Text(&["/ticket"])),
            of(STATUS, Word("/ticket_status", status)),
            of(CATEGORY, Text(&["/category_name", "/category"])),
            of(GRADE, Text(&["/grade_name", "/grade"])),
            of(DEPARTMENT, Text(&["/department_name", "/department"])),
            of(|l| say!(in l; "console-level"), Text(&["/department_level_name", "/department_level"])),
            of(DUE, Moment("/due_at")),
            of(|l| say!(in l; "console-late-clocks"), All("/overdue_clocks", &["/name"])),
        ],
    },
    List {
        path: "/api/v1/answers/missing",
        member: "unanswered",
        in_pages: true,
        name: |l| say!(in l; "console-unanswered"),
        columns: &[
            of(RECEIPT, Text(&["/receipt_number"])),
            of(TICKET, Text(&["/ticket"])),
            of(CHANNEL, Text(&["/channel"])),
            of(|l| say!(in l; "console-finished"), Moment("/finished_at")),
            of(REASON, Word("/reason", states::unanswered)),
        ],
    },
    List {
        path: "/api/v1/notices",
        member: "notices",
        in_pages: true,
        name: |l| say!(in l; "console-notices"),
        columns: &[
            of(AT, Moment("/at")),
            of(|l| say!(in l; "console-what"), Text(&["/title", "/code"])),
            of(TICKET, Text(&["/ticket"])),
            of(DEPARTMENT, Text(&["/department_name", "/department"])),
            of(|l| say!(in l; "console-clocks"), Text(&["/clock_name", "/clock"])),
            of(COUNT, Number("/round")),
            of(|l| say!(in l; "console-notice-to"), All("/to", &[""])),
            of(|l| say!(in l; "console-not-told"), All("/left_out", &[""])),
            of(|l| say!(in l; "console-words-of"), Text(&["/text"])),
        ],
    },
    List {
        path: "/api/v1/callbacks",
        member: "call_backs",
        in_pages: true,
        name: |l| say!(in l; "console-callbacks"),
        columns: &[
            of(RECEIPT, Text(&["/receipt_number"])),
            of(TICKET, Text(&["/ticket"])),
            of(|l| say!(in l; "console-person-name"), Text(&["/name"])),
            of(|l| say!(in l; "console-phone"), Text(&["/phone"])),
            of(TITLE, Text(&["/title"])),
            of(DEPARTMENT, Text(&["/department_name"])),
            of(|l| say!(in l; "console-since"), Moment("/at")),
        ],
    },
    List {
        path: "/api/v1/alerts",
        member: "alerts",
        in_pages: true,
        name: |l| say!(in l; "console-alerts"),
        columns: &[
            of(|l| say!(in l; "console-kind"), Word("/kind", states::alert)),
            of(AT, Moment("/at")),
            of(|l| say!(in l; "console-what"), Text(&["/name", "/code"])),
            of(DISTRICT, Text(&["/district_name", "/district"])),
            of(COUNT, Number("/count")),
            of(|l| say!(in l; "console-usual"), Number("/usual")),
            of(|l| say!(in l; "console-over"), Moment("/ended_at")),
            of(|l| say!(in l; "console-tickets"), All("/tickets", &[""])),
        ],
    },
    List {
        path: "/api/v1/topics",
        member: "topics",
        in_pages: true,
        name: |l| say!(in l; "console-topics"),
        columns: &[
            of(NUMBER, Number("/id")),
            of(|l| say!(in l; "console-topic"), Text(&["/title"])),
            of(STATE, Word("/state", states::topic)),
            of(DISTRICT, Text(&["/district_name", "/district"])),
            of(|l| say!(in l; "console-tickets"), Number("/ticket_count")),
            of(|l| say!(in l; "console-follow-up"), Moment("/follow_up_at")),
            of(|l| say!(in l; "console-changed-at"), Moment("/changed_at")),
        ],
    },
    List {
        path: "/api/v1/reviews",
        member: "reviews",
        in_pages: true,
        name: |l| say!(in l; "console-review"),
        columns: &[
            of(NUMBER, Number("/id")),
            of(AT, Moment("/at")),
            of(RECEIPT, Text(&["/complaint/receipt_number"])),
            of(|l| say!(in l; "console-its-ticket"), Text(&["/current_ticket"])),
            of(|l| say!(in l; "console-other-receipt"), Text(&["/matched/receipt_number"])),
            of(|l| say!(in l; "console-other-ticket"), Text(&["/ticket"])),
            of(|l| say!(in l; "console-weights"), Text(&["/card"])),
        ],
    },
    List {
        path: "/api/v1/replies",
        member: "replies",
        in_pages: true,
        name: |l| say!(in l; "console-replies"),
        columns: &[
            of(RECEIPT, Text(&["/receipt_number"])),
            of(TICKET, Text(&["/ticket"])),
            of(CHANNEL, Text(&["/channel"])),
            of(|l| say!(in l; "console-tells"), Word("/status", status)),
            of(STATE, Word("/state", states::reply)),
            of(AT, Moment("/at")),
            of(ATTEMPTS, Number("/attempts")),
            of(LAST_ERROR, Text(&["/last_error", "/by_hand_reason"])),
        ],
    },
    List {
        path: "/api/v1/deliveries",
        member: "deliveries",
        in_pages: true,
        name: |l| say!(in l; "console-deliveries"),
        columns: &[
            of(TICKET, Text(&["/ticket_id"])),
            of(|l| say!(in l; "console-destination"), Text(&["/destination"])),
            of(|l| say!(in l; "console-what"), Text(&["/kind"])),
            of(STATE, Word("/state", states::delivery)),
            of(AT, Moment("/at")),
            of(|l| say!(in l; "console-finished"), Moment("/done_at")),
            of(ATTEMPTS, Number("/attempts")),
            of(LAST_ERROR, Text(&["/last_error"])),
        ],
    },
    List {
        path: "/api/v1/quarantine",
        member: "quarantine",
        in_pages: true,
        name: |l| say!(in l; "console-quarantine"),
        columns: &[
            of(NUMBER, Number("/raw_id")),
            of(CHANNEL, Text(&["/channel"])),
            of(|l| say!(in l; "console-source-number"), Text(&["/record_id"])),
            of(AT, Moment("/at")),
            of(|l| say!(in l; "console-problems"), Problems),
        ],
    },
    List {
        path: "/api/v1/warnings",
        member: "warnings",
        in_pages: true,
        name: |l| say!(in l; "console-warnings"),
        columns: &[
            of(CHANNEL, Text(&["/channel"])),
            of(|l| say!(in l; "console-field"), Text(&["/field"])),
            of(|l| say!(in l; "console-place-in-pack"), Text(&["/place"])),
            of(|l| say!(in l; "console-said"), Own("/zh", "/en")),
            of(COUNT, Number("/count")),
            of(|l| say!(in l; "console-last-at"), Moment("/last_at")),
        ],
    },
    List {
        path: "/api/v1/source-files",
        member: "source_files",
        in_pages: true,
        name: |l| say!(in l; "console-files"),
        columns: &[
            of(|l| say!(in l; "console-file"), Text(&["/name"])),
            of(CHANNEL, Text(&["/channel"])),
            of(STATE, Word("/state", states::file)),
            of(AT, Moment("/begun_at")),
            of(|l| say!(in l; "console-finished"), Moment("/finished_at")),
            of(|l| say!(in l; "console-rows"), Number("/rows")),
            of(|l| say!(in l; "console-taken"), Number("/taken")),
            of(|l| say!(in l; "console-amended"), Number("/amended")),
            of(|l| say!(in l; "console-repeated"), Number("/repeated")),
            of(|l| say!(in l; "console-quarantined"), Number("/set_aside")),
            of(|l| say!(in l; "console-discarded"), Number("/discarded")),
            of(LAST_ERROR, Own("/failure_zh", "/failure")),
        ],
    },
    List {
        path: "/api/v1/channels",
        member: "channels",
        in_pages: false,
        name: |l| say!(in l; "console-channels"),
        columns: &[
            of(CHANNEL, Text(&["/id"])),
            of(TITLE, Text(&["/name"])),
            of(|l| say!(in l; "console-adapter"), Text(&["/adapter"])),
            of(STATE, Text(&["/health/state"])),
            of(|l| say!(in l; "console-last-success"), Moment("/health/last_success_at")),
            of(|l| say!(in l; "console-last-record"), Moment("/health/last_record_at")),
            of(|l| say!(in l; "console-records"), Number("/health/records")),
            of(LAST_ERROR, Text(&["/health/last_error"])),
        ],
    },
    List {
        path: "/api/v1/pack/versions",
        member: "versions",
        in_pages: true,
        name: |l| say!(in l; "console-versions"),
        columns: &[
            of(NUMBER, Number("/number")),
            of(|l| say!(in l; "console-live-since"), Moment("/at")),
            of(|l| say!(in l; "console-who"), Text(&["/actor"])),
            of(|l| say!(in l; "console-cause"), Text(&["/cause"])),
            of(REASON, Text(&["/reason"])),
            of(|l| say!(in l; "console-label"), Text(&["/version"])),
        ],
    },
    List {
        path: "/api/v1/audit",
        member: "entries",
        in_pages: true,
        name: |l| say!(in l; "console-audit"),
        columns: &[
            of(NUMBER, Number("/number")),
            of(AT, Moment("/at")),
            of(|l| say!(in l; "console-actor"), Text(&["/actor"])),
            of(|l| say!(in l; "account-role"), Word("/role", states::role)),
            of(|l| say!(in l; "console-action"), Word("/action", states::audit_action)),
            of(|l| say!(in l; "console-subject"), Text(&["/subject"])),
            of(COUNT, Number("/count")),
            of(|l| say!(in l; "console-outcome"), Word("/outcome", states::outcome)),
        ],
    },
    List {
        path: "/api/v1/people",
        member: "people",
        in_pages: false,
        name: |l| say!(in l; "people-page"),
        columns: &[
            of(|l| say!(in l; "console-person"), Text(&["/name"])),
            of(|l| say!(in l; "account-title"), Text(&["/title"])),
            of(|l| say!(in l; "account-role"), Word("/role", states::role)),
            of(|l| say!(in l; "account-scope-districts"), All("/scope/districts", &[""])),
            of(|l| say!(in l; "account-scope-departments"), All("/scope/departments", &[""])),
            of(|l| say!(in l; "account-scope-categories"), All("/scope/categories", &[""])),
            of(|l| say!(in l; "account-scope-channels"), All("/scope/channels", &[""])),
            of(|l| say!(in l; "console-made"), Moment("/created_at")),
        ],
    },
];

impl List {
    /// The list at an address.
    pub(super) fn at(path: &str) -> Option<&'static Self> {
        LISTS.iter().find(|list| list.path == path)
    }
}

fn status(locale: Locale, name: &str) -> String {
    match Status::from_wire(name) {
        Some(known) => locale.pick(known.zh().to_owned(), name.replace('_', " ")),
        None => name.to_owned(),
    }
}

/// Who reads a file.
pub(super) struct Reader {
    pub zone: TimeZone,
    pub locale: Locale,
}

impl Reader {
    /// What stands in a cell.
    pub(super) fn cell(&self, content: &Content, row: &Value) -> Cell {
        let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        match *content {
            Text(members) => members.iter().find_map(|member| text(member)).map_or(Cell::Empty, Cell::from),
            Number(member) => number(row.pointer(member)),
            Moment(member) => text(member).map_or(Cell::Empty, |at| Cell::Text(self.moment(at))),
            Word(member, word) => text(member).map_or(Cell::Empty, |name| Cell::Text(word(self.locale, name))),
            Own(zh, en) => text(self.locale.pick(zh, en)).map_or(Cell::Empty, Cell::from),
            All(list, members) => joined(&items(row.pointer(list), members)),
            Problems => joined(&self.problems(row)),
        }
    }

    fn moment(&self, at: &str) -> String {
        match at.parse::<Timestamp>() {
            Ok(at) => at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
            Err(_) => at.to_owned(),
        }
    }

    fn problems(&self, record: &Value) -> Vec<String> {
        let own = self.locale.pick("zh", "en");
        match record["broken"][own].as_str() {
            Some(broken) => vec![broken.to_owned()],
            None => record["problems"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|problem| {
                    let said = problem[own].as_str().unwrap_or_default();
                    match problem["field"].as_str().filter(|field| !field.is_empty()) {
                        Some(field) => say!(in self.locale; "console-problem", field = field, said = said),
                        None => said.to_owned(),
                    }
                })
                .collect(),
        }
    }
}

fn number(value: Option<&Value>) -> Cell {
    match value {
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Integer(whole),
            (None, Some(measured)) => Cell::Decimal(measured),
            (None, None) => Cell::Empty,
        },
        _ => Cell::Empty,
    }
}

fn items(list: Option<&Value>, members: &[&str]) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    let said = |item: &Value| {
        members.iter().find_map(|member| item.pointer(member).and_then(Value::as_str)).map(str::to_owned)
    };
    items.filter_map(said).collect()
}

fn joined(texts: &[String]) -> Cell {
    if texts.is_empty() { Cell::Empty } else { Cell::Text(texts.join("；")) }
}
