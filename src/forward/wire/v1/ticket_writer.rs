//! The one writer of [`TicketV1`].

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::act_writer::{Kept, deed};
use super::{
    AddresseeV1, AlertV1, CallBackV1, ChangeV1, ClockV1, ComplaintPlaceV1, ComplaintV1, FileV1, FormerV1, HandlerV1,
    HoldV1, NoticeV1, PlaceV1, RatingV1, ReporterV1, TicketV1, TopicV1,
};
use crate::city::{Contact, Feeds, Names};
use crate::complaint::{Attachment, AttachmentSource, ComplaintState, Place, Reporter};
use crate::forward::{Event, FileAddresses, MAX_COMPLAINTS_SHOWN};
use crate::mask::{Mask, PersonalData, mask_name, mask_phone};
use crate::store::ComplaintView;
use crate::ticket::{
    Addressee, Alert, AnswerFile, Before, CallBack, ClockRun, EventKind, Handler, Notice, Rating, RouteKey, Ticket,
    ToldTopic,
};

/// Who reads a document, and what they may know.
#[derive(Debug, Clone, Copy)]
pub(in crate::forward) struct Audience<'a> {
    /// How much of reporters.
    pub contact: Contact,
    /// Also of those who asked for secrecy.
    pub secret: bool,
    /// Files that citizens sent: how they are addressed, and the feed that may fetch them.
    pub files: Option<(&'a FileAddresses, &'a str)>,
    /// Kinds of personal data in texts that are not masked.
    pub shown: &'a [PersonalData],
    /// Whether it gets the further fields of sources.
    pub extra: bool,
    /// Whether the ticket is new to it, and came from elsewhere.
    pub entered: bool,
}

impl<'a> Audience<'a> {
    /// Readers of the public exchange, which shows these kinds of personal data in texts.
    pub(in crate::forward) fn public(shown: &'a [PersonalData], entered: bool) -> Self {
        Self { contact: Contact::Masked, secret: false, files: None, shown, extra: false, entered }
    }

    /// How texts about these people are masked for it; `None` where it may read them as they are.
    fn mask<'m>(&'m self, reporters: &[&Reporter], names: &'m [&'m str]) -> Option<Mask<'m>> {
        let protected = reporters.iter().any(|reporter| reporter.secret) && !self.secret;
        let mask = Mask { shown: if protected { &[] } else { self.shown }, known: names };
        (self.contact != Contact::Full || protected).then_some(mask)
    }
}

/// A text as it may be read.
fn masked(text: &str, mask: Option<Mask<'_>>) -> String {
    mask.map_or_else(|| text.to_owned(), |mask| mask.text(text))
}

/// The address of a file as it may be read.
fn masked_address(url: &str, mask: Option<Mask<'_>>) -> String {
    mask.map_or_else(|| url.to_owned(), |mask| mask.address(url))
}

/// Id of the schema of what events carry: their `dataschema`.
pub const TICKET_SCHEMA: &str = "urn:huiliu:schema:ticket-v1";

/// CloudEvents type of an event.
#[must_use]
pub fn event_type(kind: EventKind) -> String {
    format!("cn.huiliu.ticket.{}.v1", kind.word())
}

/// A time as documents have it: RFC 3339 in seconds with offset.
pub(in crate::forward) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Complaints as they may be read, each once.
fn each_once<'a>(
    shown: impl Iterator<Item = &'a ComplaintView>,
    complaint: impl Fn(&ComplaintView) -> ComplaintV1,
) -> Vec<ComplaintV1> {
    let mut complaints: Vec<ComplaintV1> = Vec::new();
    for view in shown {
        if !complaints.iter().any(|known| known.receipt_number == view.receipt) {
            complaints.push(complaint(view));
        }
    }
    complaints
}

/// The ticket of an event as its audience may know it.
pub(in crate::forward) fn ticket_document(event: &Event<'_>, feeds: &Feeds, audience: &Audience<'_>) -> Value {
    let (ticket, zone) = (&event.detail.ticket, &feeds.zone);
    let shown = event.detail.complaints.iter().take(MAX_COMPLAINTS_SHOWN).chain(event.about);
    let reporters: Vec<&Reporter> = shown.clone().map(|view| &view.complaint.reporter).collect();
    let names: Vec<&str> = reporters.iter().filter_map(|reporter| reporter.name.as_deref()).collect();
    let mask = audience.mask(&reporters, &names);
    let text = |text: &str| masked(text, mask);
    let complaints = each_once(shown, |view| complaint(view, zone, audience, &names, event.at));
    let place = place_of(ticket, &text);
    let name = |found: Option<&str>, code: &str| found.unwrap_or(code).to_owned();
    let (names, route) = (&feeds.names, &ticket.route);
    let change = ChangeV1 {
        event: event.kind.word().to_owned(),
        receipt_number: event.change.receipt.clone(),
        other_ticket: event.change.other_ticket.clone(),
        percent_of_time: event.change.percent_of_time,
        satisfaction: event.change.satisfaction.map(|satisfaction| satisfaction.wire().to_owned()),
        note: event.change.note.as_deref().filter(|_| !keeps_back(event, audience)).map(text),
        person: event.change.person.as_ref().map(|person| handler(person, audience.contact, &text)),
        attachments: event.change.attachments.iter().map(|file| answer_file(file, &text, mask)).collect(),
        count: event.change.count,
        stated_at: event.change.stated_at.map(|at| rfc3339(at, zone)),
        notice: event.change.notice.as_ref().map(|told| notice(told, feeds, audience.contact)),
        act: event.change.deed.as_ref().map(|done| deed(done, names, &text)),
        rating: event.change.rating.as_ref().map(rating),
        call_back: event.change.call_back.as_ref().map(|due| call_back(due, feeds, audience.contact)),
        alert: event.change.alert.as_ref().map(alert),
        topic: event.change.topic.as_ref().map(|told| topic(told, zone, &text)),
        former: event.former.as_ref().map(former),
        entered: audience.entered,
    };
    let kept = Kept::of(&ticket.acts, names, zone, &text);
    let document = TicketV1 {
        ticket_id: ticket.id.clone(),
        version: ticket.version,
        status: ticket.status.wire().to_owned(),
        category: route.category.clone(),
        category_name: name(names.category(&route.category), &route.category),
        district: route.district.clone(),
        district_name: name(names.district(&route.district), &names.city),
        department: route.department.clone(),
        department_name: name(names.department(&route.department), &route.department),
        basis: route.basis.clone(),
        grade: route.grade.clone(),
        due_at: route.due_at.map(|due_at| rfc3339(due_at, zone)),
        reasons: route.reasons.clone(),
        title: text(&ticket.title),
        text: text(&ticket.text),
        place,
        created_at: rfc3339(ticket.created_at, zone),
        complaint_count: ticket.complaints,
        complaints,
        successor: ticket.successor.clone(),
        recurrence_of: ticket.recurrence_of.clone(),
        tags: ticket.tags.clone(),
        hold: ticket.waits().map(|waits| hold(waits, feeds)),
        clocks: ticket.clocks.runs.iter().map(|run| clock(run, names, zone)).collect(),
        assignment: kept.assignment,
        co_units: ticket.acts.co_units.clone(),
        whistles: kept.whistles,
        instructions: kept.instructions,
        claimed_by: kept.claimed_by,
        extension: kept.extension,
        outside: kept.outside,
        rounds: ticket.evaluation.rounds,
        restarts: ticket.evaluation.restarts,
        rating: ticket.evaluation.citizen.map(|value| value.wire().to_owned()),
        supervisor_rating: ticket.evaluation.supervisor.map(|value| value.wire().to_owned()),
        change,
    };
    serde_json::to_value(document).unwrap_or_default()
}

/// Where a ticket waits.
fn hold((before, code, since): (Before, &str, Timestamp), feeds: &Feeds) -> HoldV1 {
    HoldV1 {
        code: code.to_owned(),
        name: feeds.names.hold(code).unwrap_or(code).to_owned(),
        before: before.word().to_owned(),
        since: rfc3339(since, &feeds.zone),
    }
}

/// Where the matter of a ticket is.
fn place_of(ticket: &Ticket, text: &impl Fn(&str) -> String) -> Option<PlaceV1> {
    let (address, point) = (ticket.address.as_deref().map(text), ticket.point);
    let (lat, lng) = point.map(|point| (point.lat, point.lng)).unzip();
    (address.is_some() || point.is_some()).then_some(PlaceV1 { address, lat, lng })
}

/// A run of a clock.
pub fn clock(run: &ClockRun, names: &Names, zone: &TimeZone) -> ClockV1 {
    ClockV1 {
        clock: run.clock.clone(),
        name: names.clock(&run.clock).unwrap_or(&run.clock).to_owned(),
        started_at: rfc3339(run.started_at, zone),
        due_at: rfc3339(run.due_at, zone),
        paused_at: run.paused_at.filter(|_| run.is_open()).map(|at| rfc3339(at, zone)),
        ended_at: run.ended.map(|(at, _)| rfc3339(at, zone)),
        ended: run.ended.map(|(_, end)| end.name().to_owned()),
        kept: run.was_kept(),
        reasons: run.reasons.clone(),
    }
}

/// A notice, with telephone numbers as far as a feed may know them.
fn notice(notice: &Notice, feeds: &Feeds, contact: Contact) -> NoticeV1 {
    let clock = notice.clock.as_ref();
    NoticeV1 {
        code: notice.code.clone(),
        title: notice.title.clone(),
        clock: clock.map(|clock| clock.code.clone()),
        clock_name: clock.map(|clock| clock.name.clone()),
        due_at: clock.map(|clock| rfc3339(clock.due_at, &feeds.zone)),
        text: notice.text.clone(),
        round: notice.round,
        to: notice.to.iter().map(|to| addressee(to, feeds, contact)).collect(),
        tickets: notice.tickets.clone(),
    }
}

/// Who is told, with a telephone number as far as a feed may know it.
fn addressee(to: &Addressee, feeds: &Feeds, contact: Contact) -> AddresseeV1 {
    let phone = to.phone.as_ref().filter(|_| contact != Contact::None);
    AddresseeV1 {
        code: to.code.clone(),
        name: to.name.clone(),
        role: to.role.clone(),
        unit: to.unit.clone(),
        unit_name: feeds.names.department(&to.unit).unwrap_or(&to.unit).to_owned(),
        phone: phone.map(|phone| if contact == Contact::Full { phone.clone() } else { mask_phone(phone) }),
        copy: to.is_copy,
    }
}

/// What somebody said of a result.
fn rating(rating: &Rating) -> RatingV1 {
    RatingV1 {
        rater: rating.rater.name().to_owned(),
        round: rating.round,
        step: rating.step.clone(),
        step_name: rating.step_name.clone(),
        points: rating.points,
        consequence: rating.consequence.name().to_owned(),
    }
}

/// A call-back that is due.
fn call_back(due: &CallBack, feeds: &Feeds, contact: Contact) -> CallBackV1 {
    let to = due.to.iter().map(|to| addressee(to, feeds, contact)).collect();
    CallBackV1 { way: due.way.name().to_owned(), round: due.round, to }
}

/// A surge or a warning.
fn alert(alert: &Alert) -> AlertV1 {
    let tenths = |tenths: u64| f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0;
    AlertV1 {
        code: alert.code.clone(),
        name: alert.name.clone(),
        tag: alert.tag.clone(),
        category: alert.category.clone(),
        district: alert.district.clone(),
        count: alert.count,
        hours: alert.hours,
        usual: alert.usual_tenths.map(tenths),
        tickets: alert.tickets.clone(),
    }
}

/// A topic. Its title is a person's words.
fn topic(told: &ToldTopic, zone: &TimeZone, text: &impl Fn(&str) -> String) -> TopicV1 {
    TopicV1 {
        id: told.id,
        title: text(&told.title),
        rule: told.rule.clone(),
        state: told.state.name().to_owned(),
        tickets: told.tickets,
        follow_up_at: told.follow_up_at.map(|at| rfc3339(at, zone)),
    }
}

/// Who handles a matter, as far as a feed may know.
fn handler(person: &Handler, contact: Contact, text: &impl Fn(&str) -> String) -> HandlerV1 {
    let phone = person.phone.as_ref().filter(|_| contact != Contact::None);
    HandlerV1 {
        name: person.name.clone(),
        unit: person.unit.as_deref().map(text),
        phone: phone.map(|phone| if contact == Contact::Full { phone.clone() } else { mask_phone(phone) }),
    }
}

fn answer_file(file: &AnswerFile, text: &impl Fn(&str) -> String, mask: Option<Mask<'_>>) -> FileV1 {
    let (url, name) = (masked_address(&file.url, mask), file.name.as_deref().map(text));
    FileV1 { url: Some(url), name, media_type: file.media_type.clone() }
}

/// Whether the words of an event are about a confidential complaint that the audience may not read.
fn keeps_back(event: &Event<'_>, audience: &Audience<'_>) -> bool {
    event.about.is_some_and(|about| about.complaint.reporter.confidential) && !audience.secret
}

fn former(key: &RouteKey) -> FormerV1 {
    let RouteKey { category, district, department, grade } = key.clone();
    FormerV1 { category, district, department, grade }
}

/// Members that say what a ticket is about now, and who handles it.
const MATTER: [&str; 11] = [
    "basis",
    "place",
    "tags",
    "clocks",
    "assignment",
    "co_units",
    "whistles",
    "instructions",
    "claimed_by",
    "extension",
    "outside",
];

/// The document of an event by which a ticket leaves: nothing of what it is about now, which goes to others.
pub(in crate::forward) fn without_matter(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        for member in MATTER {
            members.shift_remove(member);
        }
        members.insert("title".to_owned(), Value::from(""));
        members.insert("text".to_owned(), Value::from(""));
        members.insert("reasons".to_owned(), Value::Array(Vec::new()));
        members.insert("complaints".to_owned(), Value::Array(Vec::new()));
    }
    left(document)
}

/// The document of an event as the one by which its ticket leaves.
pub(in crate::forward) fn left(mut document: Value) -> Value {
    if let Some(change) = document.get_mut("change").and_then(Value::as_object_mut) {
        change.insert("event".to_owned(), Value::from(EventKind::Left.word()));
        for member in [
            "entered",
            "receipt_number",
            "note",
            "satisfaction",
            "percent_of_time",
            "count",
            "stated_at",
            "person",
            "attachments",
            "notice",
            "act",
            "rating",
            "call_back",
            "alert",
            "topic",
        ] {
            change.shift_remove(member);
        }
    }
    document
}

/// One complaint. A confidential one says nothing to readers without permission but that it is there: what it is about stands at
/// the ticket, unless others are behind that, too.
fn complaint(
    view: &ComplaintView,
    zone: &TimeZone,
    audience: &Audience<'_>,
    names: &[&str],
    at: Timestamp,
) -> ComplaintV1 {
    let complaint = &view.complaint;
    let mask = audience.mask(&[&complaint.reporter], names);
    let withheld = complaint.reporter.confidential && !audience.secret;
    // What may tell who it is in ways that no mask knows.
    let protected = complaint.reporter.secret && !audience.secret;
    let said = |said: &str| if withheld { String::new() } else { said.to_owned() };
    let text = |text: &str| masked(&said(text), mask);
    let attachments = complaint.attachments.iter().filter(|_| !withheld);
    ComplaintV1 {
        receipt_number: view.receipt.clone(),
        channel: complaint.channel.clone(),
        source_number: said(&complaint.number),
        kind: complaint.kind.wire().to_owned(),
        title: text(&complaint.title),
        text: text(&complaint.text),
        state: (view.state != ComplaintState::Open).then(|| view.state.name().to_owned()),
        withheld,
        received_at: rfc3339(view.received_at, zone),
        reporter: reporter(&complaint.reporter, audience.contact, audience.secret),
        address: complaint.place.address.as_deref().filter(|_| !withheld).map(text),
        place: place(&complaint.place, protected, &text).filter(|_| !withheld),
        occurred_at: complaint.occurred_at.filter(|_| !withheld).map(|at| rfc3339(at, zone)),
        source_received_at: complaint.received_at.filter(|_| !withheld).map(|at| rfc3339(at, zone)),
        source_deadline: complaint.source_deadline.filter(|_| !withheld).map(|at| rfc3339(at, zone)),
        attachments: attachments.clone().filter_map(|attachment| address(attachment, audience, at, mask)).collect(),
        files: attachments.map(|attachment| file(attachment, audience, at, (&text, mask))).collect(),
        extra: complaint
            .extra
            .iter()
            .filter(|_| audience.extra && !withheld && !protected)
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        publish: complaint.publish && !withheld,
    }
}

/// Where a complaint says the matter is, besides the address; of somebody who is `protected` without the point, which may be a home.
fn place(place: &Place, protected: bool, text: &impl Fn(&str) -> String) -> Option<ComplaintPlaceV1> {
    let point = place.point.filter(|_| !protected);
    let words = |words: &Option<String>| words.as_deref().map(text);
    let shown = ComplaintPlaceV1 {
        street: words(&place.street),
        community: words(&place.community),
        lat: point.map(|point| point.lat),
        lng: point.map(|point| point.lng),
    };
    (shown.street.is_some() || shown.community.is_some() || shown.lat.is_some()).then_some(shown)
}

fn file(
    attachment: &Attachment,
    audience: &Audience<'_>,
    at: Timestamp,
    (text, mask): (&impl Fn(&str) -> String, Option<Mask<'_>>),
) -> FileV1 {
    let media_type = match &attachment.source {
        AttachmentSource::Url(_) => None,
        AttachmentSource::File { media_type, .. } => Some(media_type.clone()),
    };
    FileV1 { url: address(attachment, audience, at, mask), name: attachment.name.as_deref().map(text), media_type }
}

/// Where the audience finds an attachment: at its source, or here if it may fetch files. An address at the source that has somebody's
/// number in it leads nowhere where numbers are masked.
fn address(attachment: &Attachment, audience: &Audience<'_>, at: Timestamp, mask: Option<Mask<'_>>) -> Option<String> {
    match &attachment.source {
        AttachmentSource::Url(url) => Some(masked_address(url, mask)),
        AttachmentSource::File { raw, number, .. } => {
            audience.files.map(|(files, feed)| files.address(feed, *raw, *number, at))
        }
    }
}

/// The reporter as far as a feed may know: never the identity number, nothing of those who asked for secrecy unless the feed
/// has explicit permission, no name of those who want to stay anonymous.
fn reporter(reporter: &Reporter, contact: Contact, secret: bool) -> Option<ReporterV1> {
    if contact == Contact::None || (reporter.secret && !secret) {
        return None;
    }
    let name = reporter.name.as_ref().filter(|_| !reporter.anonymous);
    let masked = contact == Contact::Masked;
    let shown = ReporterV1 {
        name: name.map(|name| if masked { mask_name(name) } else { name.clone() }),
        phone: reporter.phone.as_ref().map(|phone| if masked { mask_phone(phone) } else { phone.clone() }),
        masked,
    };
    (shown.name.is_some() || shown.phone.is_some()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrecy_outranks_a_feed_without_permission() {
        let citizen = Reporter {
            name: Some("张三".into()),
            phone: Some("13800001111".into()),
            secret: true,
            ..Reporter::default()
        };
        assert_eq!(reporter(&citizen, Contact::Full, false), None);
        assert_eq!(reporter(&citizen, Contact::Full, true).unwrap().phone.unwrap(), "13800001111");
        let anonymous = Reporter { anonymous: true, secret: false, ..citizen };
        assert_eq!(reporter(&anonymous, Contact::Full, false).unwrap().name, None);
    }
}
