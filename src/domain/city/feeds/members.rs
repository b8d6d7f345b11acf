//! The members of a ticket document as filters and `without` name them, with the words that they can be.

use std::collections::HashMap;

use huiliu_expression::{Shape, Variables};

use crate::city::{City, Names};
use crate::complaint::{ComplaintState, Kind, Satisfaction};
use crate::ticket::{ActKind, Asked, Before, CallBackWay, Consequence, EventKind, Rater, RunEnd, Status, TopicState};

/// The variables of a filter.
pub(super) fn variables(city: &City, names: &Names) -> Variables {
    Variables::default().with("ticket", public(city, names)).with("event", event())
}

/// What has happened, as `event` says it.
fn event() -> Shape {
    words(EventKind::ALL.iter().map(|kind| kind.word()))
}

/// The variables of what is made of a feed's events.
pub(super) fn of_events(city: &City, names: &Names) -> Variables {
    Variables::default().with("ticket", ticket(city, names)).with("event", event())
}

/// What is known of the variable `ticket` of a filter: the document of the public stream, which has no further fields of sources.
fn public(city: &City, names: &Names) -> Shape {
    document(city, names, complaint())
}

/// The members of `TicketV1` as a feed has it.
pub fn ticket(city: &City, names: &Names) -> Shape {
    document(city, names, complaint().with("extra", Shape::Open))
}

fn complaint() -> Shape {
    let singles = [
        "receipt_number",
        "channel",
        "source_number",
        "title",
        "text",
        "withheld",
        "received_at",
        "address",
        "occurred_at",
        "source_received_at",
        "source_deadline",
        "publish",
    ];
    let settled = ComplaintState::ALL.iter().filter(|(state, _)| *state != ComplaintState::Open);
    Shape::of_singles(singles)
        .with("state", words(settled.map(|(_, name)| *name)))
        .with("kind", words(Kind::ALL.iter().map(|(.., wire)| *wire)))
        .with("reporter", Shape::of_singles(["name", "phone", "masked"]))
        .with("place", Shape::of_singles(["street", "community", "lat", "lng"]))
        .with("attachments", Shape::Single.list())
        .with("files", Shape::of_singles(["url", "name", "media_type"]).list())
}

fn document(city: &City, names: &Names, complaint: Shape) -> Shape {
    let grades = city.grades.iter().map(|grade| grade.code.get_ref().as_str());
    let place = Shape::of_singles(["address", "lat", "lng"]);
    let change = Shape::of_singles([
        "receipt_number",
        "other_ticket",
        "percent_of_time",
        "note",
        "entered",
        "count",
        "stated_at",
    ])
    .with("event", event())
    .with("satisfaction", values())
    .with("rating", rating())
    .with("call_back", call_back())
    .with("alert", alert(names))
    .with("topic", topic())
    .with("person", Shape::of_singles(["name", "unit", "phone"]))
    .with("attachments", Shape::of_singles(["url", "name", "media_type"]).list())
    .with("notice", notice())
    .with("act", deed(names))
    .with("former", Shape::of_singles(["category", "district", "department", "grade"]));
    let ticket = [
        "ticket_id",
        "version",
        "category_name",
        "district_name",
        "department_name",
        "due_at",
        "title",
        "text",
        "created_at",
        "complaint_count",
        "successor",
        "recurrence_of",
        "claimed_by",
        "rounds",
        "restarts",
    ];
    Shape::of_singles(ticket)
        .with("status", words(Status::ALL.iter().map(|(.., wire)| *wire)))
        .with("category", codes(&names.categories, None))
        .with("district", codes(&names.districts, Some(&city.code)))
        .with("department", codes(&names.departments, None))
        .with("basis", words(city.duty.bases.iter().map(String::as_str)))
        .with("grade", words(grades))
        .with("reasons", Shape::Single.list())
        .with("place", place)
        .with("complaints", complaint.list())
        .with("tags", words(names.tags.keys().map(String::as_str)).list())
        .with("hold", hold(names))
        .with("clocks", clock(names).list())
        .with("assignment", assignment(names))
        .with("co_units", codes(&names.departments, None).list())
        .with("whistles", whistle(names).list())
        .with("instructions", Shape::of_singles(["author", "at"]).list())
        .with("extension", Shape::of_singles(["at", "until"]).with("state", words(Asked::ALL.map(|(_, name)| name))))
        .with("outside", Shape::of_singles(["to_name", "number", "at"]).with("to", codes(&names.outside, None)))
        .with("rating", values())
        .with("supervisor_rating", values())
        .with("change", change)
}

fn clock(names: &Names) -> Shape {
    Shape::of_singles(["name", "started_at", "due_at", "paused_at", "ended_at", "kept"])
        .with("clock", codes(&names.clocks, None))
        .with("ended", words(RunEnd::ALL.iter().map(|(_, name)| *name)))
        .with("reasons", Shape::Single.list())
}

fn hold(names: &Names) -> Shape {
    Shape::of_singles(["name", "since"])
        .with("code", codes(&names.holds, None))
        .with("before", words(Before::ALL.iter().map(|(_, word)| *word)))
}

/// Kinds of acts.
fn acts() -> Shape {
    words(ActKind::ALL.iter().map(|(.., wire)| *wire))
}

fn deed(names: &Names) -> Shape {
    let unit = || codes(&names.departments, None);
    Shape::of_singles(["by", "unit_name", "speed", "quality", "in_time", "leader", "number"])
        .with("kind", acts())
        .with("unit", unit())
        .with("former_unit", unit())
        .with("units", unit().list())
        .with("to", codes(&names.outside, None))
}

fn assignment(names: &Names) -> Shape {
    Shape::of_singles(["by", "at"]).with("unit", codes(&names.departments, None)).with("act", acts())
}

fn whistle(names: &Names) -> Shape {
    let singles = ["unit_name", "by", "at", "responded_at", "speed", "quality"];
    Shape::of_singles(singles).with("unit", codes(&names.departments, None))
}

fn values() -> Shape {
    words(Satisfaction::ALL.iter().map(|value| value.wire()))
}

fn rating() -> Shape {
    Shape::of_singles(["round", "step", "step_name", "points"])
        .with("rater", words(Rater::ALL.iter().map(|(.., name)| *name)))
        .with("consequence", words(Consequence::ALL.iter().map(|(.., name)| *name)))
}

fn call_back() -> Shape {
    Shape::of_singles(["round"])
        .with("way", words(CallBackWay::ALL.iter().map(|(.., name)| *name)))
        .with("to", addressee().list())
}

fn alert(names: &Names) -> Shape {
    Shape::of_singles(["code", "name", "district", "count", "hours", "usual"])
        .with("tag", codes(&names.tags, None))
        .with("category", codes(&names.categories, None))
        .with("tickets", Shape::Single.list())
}

fn topic() -> Shape {
    Shape::of_singles(["id", "title", "rule", "tickets", "follow_up_at"])
        .with("state", words(TopicState::ALL.map(|(.., name)| name)))
}

fn addressee() -> Shape {
    Shape::of_singles(["code", "name", "role", "unit", "unit_name", "phone", "copy"])
}

fn notice() -> Shape {
    Shape::of_singles(["code", "title", "clock", "clock_name", "due_at", "text", "round"])
        .with("to", addressee().list())
        .with("tickets", Shape::Single.list())
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Shape {
    Shape::OneOf(words.into_iter().map(str::to_owned).collect())
}

/// The codes of a table; of a table without any, or that cannot be read, nothing is known.
fn codes(named: &HashMap<String, String>, another: Option<&str>) -> Shape {
    if named.is_empty() {
        return Shape::Single;
    }
    words(named.keys().map(String::as_str).chain(another))
}
