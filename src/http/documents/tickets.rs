//! Tickets, complaints, what put them together, and the questions about it. People meet receipt numbers and ticket ids here, never
//! the numbers of rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{RatingDocument, RatingStep, SaidDocument, SentNotice, Statement, TicketActs};
use crate::catalogue::Locale;
use crate::city::Names;
use crate::complaint::{ComplaintState, Place, Satisfaction};
use crate::http::api::{PhotoDocument, PictureDocument};
use crate::key::{ComplaintKey, TicketKey};
use crate::mask::{mask_name, mask_phone, mask_text};
use crate::merge::Evidence;
use crate::pack::Rules;
use crate::store::{ComplaintView, MergeEvent, ReviewView, Store, StoreError, TicketDetail};
use crate::ticket::{Before, ClockRun, RunEnd, Status, Submission};

/// A ticket without its complaints.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Ticket {
    /// Number of the row.
    key: i64,
    /// Id. Never changes, is never used again.
    #[schemars(example = &"RC-20261122-000001")]
    id: String,
    /// Counts every change from 1.
    version: u64,
    /// Where it stands.
    #[schemars(extend("enum" = statuses()))]
    status: &'static str,
    /// The same in Chinese.
    status_zh: &'static str,
    /// Title of the first complaint, masked; empty where it is withheld.
    title: String,
    /// Whether all its complaints are confidential, and what they say is withheld below operator.
    withheld: bool,
    /// Category code.
    category: String,
    /// Name of the category.
    category_name: Option<String>,
    /// District code.
    district: String,
    /// Name of the district.
    district_name: Option<String>,
    /// Department code.
    department: String,
    /// Name of the department.
    department_name: Option<String>,
    /// Grade code.
    grade: String,
    /// Name of the grade.
    #[schemars(example = &"红")]
    grade_name: Option<String>,
    /// Deadline.
    due_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// How many complaints it covers.
    complaints: u64,
    /// Whether nothing joins it by itself.
    pinned: bool,
    /// The ticket that answers for it, when it was absorbed.
    successor: Option<String>,
    /// The finished ticket of the same matter, when the matter has come again.
    recurrence_of: Option<String>,
    /// How often the matter was answered.
    #[schemars(example = 1)]
    rounds: u32,
    /// How often it was handled again because somebody was dissatisfied.
    #[schemars(example = 0)]
    restarts: u32,
    /// What a citizen said last of a result, also in a call-back: satisfied, fair or dissatisfied.
    #[schemars(example = None::<&str>)]
    rating: Option<&'static str>,
    /// What a supervisor said last of a result.
    #[schemars(example = None::<&str>)]
    supervisor_rating: Option<&'static str>,
    /// Tags by which the city marks the matter; empty where its words are withheld.
    tags: Vec<Tag>,
    /// Where it waits for a person: before it is dispatched, or with an answer that is not approved yet.
    hold: Option<HoldDocument>,
}

/// A list in which a ticket waits for a person.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketHold")]
pub(in crate::http) struct HoldDocument {
    /// Code of the list.
    #[schemars(example = &"sensitive")]
    code: String,
    /// Name of the list; null once the city has no such list any more.
    #[schemars(example = &"待审理")]
    name: Option<String>,
    /// Whether it waits before it is dispatched, or before its answer closes it.
    #[schemars(extend("enum" = befores()))]
    before: &'static str,
    /// Since when.
    since: Timestamp,
}

fn befores() -> Vec<&'static str> {
    Before::ALL.iter().map(|(_, word)| *word).collect()
}

/// A mark on a ticket.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketTag")]
pub(in crate::http) struct Tag {
    /// Code.
    #[schemars(example = &"wages")]
    code: String,
    /// Name; null once the city has no such tag any more.
    name: Option<String>,
}

/// The wire names of all statuses.
pub(in crate::http) fn statuses() -> Vec<&'static str> {
    Status::ALL.iter().map(|(.., wire)| *wire).collect()
}

/// Tickets.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TicketPage {
    /// The newest first.
    pub tickets: Vec<Ticket>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

impl Ticket {
    /// A ticket; where it is `withheld`, without the words of its complaints.
    pub(in crate::http) fn of(detail: &TicketDetail, names: &Names, withheld: bool) -> Self {
        let (ticket, route) = (&detail.ticket, &detail.ticket.route);
        Self {
            key: detail.key.0,
            id: ticket.id.clone(),
            version: ticket.version,
            status: ticket.status.wire(),
            status_zh: ticket.status.zh(),
            title: if withheld { String::new() } else { mask_text(&ticket.title) },
            withheld,
            category: route.category.clone(),
            category_name: names.category(&route.category).map(str::to_owned),
            district: route.district.clone(),
            district_name: names.district(&route.district).map(str::to_owned),
            department: route.department.clone(),
            department_name: names.department(&route.department).map(str::to_owned),
            grade: route.grade.clone(),
            grade_name: names.grade(&route.grade).map(str::to_owned),
            due_at: route.due_at,
            created_at: ticket.created_at,
            complaints: ticket.complaints,
            pinned: ticket.pinned,
            successor: ticket.successor.clone(),
            recurrence_of: ticket.recurrence_of.clone(),
            rounds: ticket.evaluation.rounds,
            restarts: ticket.evaluation.restarts,
            rating: ticket.evaluation.citizen.map(Satisfaction::wire),
            supervisor_rating: ticket.evaluation.supervisor.map(Satisfaction::wire),
            tags: ticket
                .tags
                .iter()
                .filter(|_| !withheld)
                .map(|code| Tag { code: code.clone(), name: names.tag(code).map(str::to_owned) })
                .collect(),
            hold: ticket.waits().map(|(before, code, since)| HoldDocument {
                code: code.to_owned(),
                name: names.hold(code).map(str::to_owned),
                before: before.word(),
                since,
            }),
        }
    }
}

/// A ticket with its complaints and what put them together.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TicketWhole {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// How category, district, department, grade and deadline were found, one sentence each; none below operator where a complaint
    /// is confidential, for they name what it says.
    pub reasons: Vec<String>,
    /// Its first 500 complaints.
    pub complaint_list: Vec<Complaint>,
    /// What sources have stated later of these complaints, in the order in which it came.
    pub statements: Vec<Statement>,
    /// What put its complaints together or apart, the oldest first.
    pub merge_events: Vec<MergeEventDocument>,
    /// Its numbers in other systems, by the destinations that it was sent to.
    pub foreign_numbers: Vec<ForeignNumber>,
    /// Its clocks: those that run, and those that have ended.
    pub clocks: Vec<ClockDocument>,
    /// The answer that waits for approval.
    pub submission: Option<SubmissionDocument>,
    /// What was done with it besides setting its status.
    pub acts: TicketActs,
    /// What was said of its results, in the order in which it came.
    pub ratings: Vec<RatingDocument>,
    /// What can be said of its result, the best first: the city's scale.
    pub scale: Vec<RatingStep>,
    /// What was said of it, with a status or without, in the order in which it came: the last 200.
    pub said: Vec<SaidDocument>,
    /// Notices (提示单, 督办单 …) that were sent, the earliest first: of each ticket the last 100 are kept.
    pub notices: Vec<SentNotice>,
    /// Pictures that came with its complaints; none for who sees no contacts.
    pub pictures: Vec<PictureDocument>,
    /// Photos that handlers took on their phones, of the last 200 status updates; none for who sees no contacts.
    pub photos: Vec<PhotoDocument>,
}

/// An answer that waits for a person's approval.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketSubmission")]
pub(in crate::http) struct SubmissionDocument {
    /// The platform's id of the status update: by it the answer is approved or sent back.
    #[schemars(example = &"20261123-000017")]
    update_id: String,
    /// Name of the platform.
    #[schemars(example = &"command")]
    platform: String,
    /// Status that it sets.
    #[schemars(extend("enum" = finals()))]
    status: &'static str,
    /// The same in Chinese.
    #[schemars(example = &"已办结")]
    status_zh: &'static str,
    /// Department that acts, for the citizen; null where none is given.
    #[schemars(example = &"综合行政执法局")]
    department: Option<String>,
    /// What citizens are told; masked below operator.
    #[schemars(example = &"路灯已于今日修复。")]
    result: Option<String>,
    /// What single citizens are told instead; empty below operator.
    results: Vec<OwnWords>,
    /// When it happened, by the platform.
    occurred_at: Timestamp,
}

/// What one citizen is told.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct OwnWords {
    /// Receipt number of the complaint.
    receipt_number: String,
    /// The words.
    #[schemars(example = &"您反映的路灯已于今日修复，谢谢。")]
    result: String,
}

impl OwnWords {
    /// What one citizen is told.
    pub(super) fn new(receipt_number: &str, result: &str) -> Self {
        Self { receipt_number: receipt_number.to_owned(), result: result.to_owned() }
    }
}

fn finals() -> Vec<&'static str> {
    Status::ALL.iter().filter(|(status, ..)| status.is_final()).map(|(.., wire)| *wire).collect()
}

impl SubmissionDocument {
    /// The answer as its reader may see it.
    pub(in crate::http) fn of(submission: &Submission, contacts: bool) -> Self {
        let update = &submission.update;
        let status = update.status.unwrap_or_default();
        let own = update.results.iter().filter(|_| contacts);
        let result = update.result.as_deref();
        Self {
            update_id: update.update_id.clone(),
            platform: update.platform.clone(),
            status: status.wire(),
            status_zh: status.zh(),
            department: update.department.clone(),
            result: result.map(|words| if contacts { words.to_owned() } else { mask_text(words) }),
            results: own
                .map(|own| OwnWords { receipt_number: own.receipt.clone(), result: own.text.clone() })
                .collect(),
            occurred_at: update.occurred_at,
        }
    }
}

fn run_ends() -> Vec<Option<&'static str>> {
    RunEnd::ALL.iter().map(|(_, name)| Some(*name)).chain([None]).collect()
}

/// One run of a clock (时钟).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Clock")]
pub(in crate::http) struct ClockDocument {
    /// Code of the clock.
    #[schemars(example = &"sign")]
    clock: String,
    /// Its name, e.g. 签收.
    #[schemars(example = &"签收")]
    name: String,
    /// When it began.
    started_at: Timestamp,
    /// When it is due; while it stands still, when it would have been.
    due_at: Timestamp,
    /// Since when it stands still; null while it runs.
    paused_at: Option<Timestamp>,
    /// When it ended; null while it runs.
    ended_at: Option<Timestamp>,
    /// stopped: what it waited for happened; restarted: it began anew before that; dropped: the city no longer has it.
    #[schemars(extend("enum" = run_ends()))]
    ended: Option<&'static str>,
    /// Whether it was stopped in time; null unless it was stopped.
    kept: Option<bool>,
    /// How the due time came about, one sentence for each turn, in Chinese.
    #[schemars(example = ["签收：自 2026-11-23 11:00 起，4 个办公小时，至 2026-11-23 17:00"])]
    reasons: Vec<String>,
}

impl ClockDocument {
    pub(in crate::http) fn of(run: &ClockRun, names: &Names) -> Self {
        Self {
            clock: run.clock.clone(),
            name: names.clock(&run.clock).unwrap_or(&run.clock).to_owned(),
            started_at: run.started_at,
            due_at: run.due_at,
            paused_at: run.paused_at.filter(|_| run.is_open()),
            ended_at: run.ended.map(|(at, _)| at),
            ended: run.ended.map(|(_, end)| end.name()),
            kept: run.was_kept(),
            reasons: run.reasons.clone(),
        }
    }
}

/// The number of a ticket in another system.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ForeignNumber {
    /// Name of the destination.
    destination: String,
    /// The number there.
    #[schemars(example = &"XJ-2026-0815")]
    number: String,
    /// When it was learned.
    at: Timestamp,
}

impl From<crate::store::ForeignNumber> for ForeignNumber {
    fn from(row: crate::store::ForeignNumber) -> Self {
        Self { destination: row.destination, number: row.number, at: row.at }
    }
}

/// A complaint.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Complaint {
    /// Receipt number.
    receipt_number: String,
    /// Channel.
    channel: String,
    /// The source's number of it; empty where it is withheld.
    source_number: String,
    /// Whether it is confidential and its number, words and place are withheld below operator.
    withheld: bool,
    /// Kind.
    kind: &'static str,
    /// The same in Chinese.
    kind_zh: &'static str,
    /// Title; masked below operator.
    title: String,
    /// Text; masked below operator.
    text: String,
    /// When the gateway received it.
    received_at: Timestamp,
    /// How often it was amended.
    revision: u32,
    /// Whether its citizen waits for an answer: open; withdrawn by the citizen; closed by its source; past, finished before the
    /// gateway knew of it.
    #[schemars(extend("enum" = ComplaintState::ALL.map(|(_, name)| name)))]
    state: &'static str,
    /// Whether its personal data was erased.
    erased: bool,
    /// Who made it.
    reporter: Reporter,
    /// Address as given; masked below operator.
    address: Option<String>,
    /// Number of the raw record it came from.
    raw_id: i64,
    /// Whether the citizen agrees to publication.
    publish: bool,
    /// District as given.
    district: Option<String>,
    /// Street as given.
    street: Option<String>,
    /// Community as given.
    community: Option<String>,
    /// Where it is.
    point: Option<Point>,
    /// When it happened.
    occurred_at: Option<Timestamp>,
    /// When the source received it.
    source_received_at: Option<Timestamp>,
    /// By when the source wants an answer.
    source_deadline: Option<Timestamp>,
}

/// Who made a complaint; masked below operator.
#[derive(Serialize, JsonSchema)]
struct Reporter {
    /// Name.
    name: Option<String>,
    /// Telephone number.
    phone: Option<String>,
    /// Whether the citizen did not want to be named.
    anonymous: bool,
    /// Whether the identity goes to nobody.
    secret: bool,
}

/// A point on the earth, WGS-84, in degrees.
#[derive(Serialize, JsonSchema)]
struct Point {
    /// Latitude.
    lat: f64,
    /// Longitude.
    lng: f64,
}

/// Complaints.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ComplaintPage {
    /// The newest first.
    pub complaints: Vec<Found>,
    /// `after` of the next page; null on the last. A page can have fewer rows than asked for, or none, and a next one: what is looked
    /// at for one is limited.
    pub next: Option<String>,
}

/// A complaint that was looked for, and its ticket.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Found {
    /// The complaint.
    #[serde(flatten)]
    complaint: Complaint,
    /// Id of its ticket.
    ticket: Option<String>,
    /// Where its ticket stands.
    #[schemars(extend("enum" = statuses()))]
    ticket_status: &'static str,
    /// The same in Chinese.
    ticket_status_zh: &'static str,
    /// Category code of its ticket.
    category: String,
    /// Name of the category.
    category_name: Option<String>,
    /// Department code of its ticket.
    department: String,
    /// Name of the department.
    department_name: Option<String>,
    /// Code of the level of the department; null where it has none.
    #[schemars(example = &"street")]
    department_level: Option<String>,
    /// Name of the level.
    #[schemars(example = &"街道")]
    department_level_name: Option<String>,
    /// Grade code of its ticket.
    grade: String,
    /// Name of the grade.
    #[schemars(example = &"红")]
    grade_name: Option<String>,
    /// Deadline of its ticket.
    due_at: Option<Timestamp>,
    /// Whether that is past and the ticket is not finished.
    overdue: bool,
    /// Clocks of its ticket that go on although they are past due.
    overdue_clocks: Vec<OverdueClock>,
}

/// A clock that goes on although it is past due.
#[derive(Serialize, JsonSchema)]
struct OverdueClock {
    /// Code of the clock.
    #[schemars(example = &"sign")]
    clock: String,
    /// Its name, e.g. 签收.
    #[schemars(example = &"签收")]
    name: String,
    /// When it was due.
    due_at: Timestamp,
}

impl Found {
    /// A complaint on its ticket.
    pub(in crate::http) fn of(
        view: &ComplaintView,
        detail: &TicketDetail,
        rules: &Rules,
        now: Timestamp,
        contacts: bool,
    ) -> Self {
        let (ticket, route, names) = (&detail.ticket, &detail.ticket.route, &rules.names);
        let level = rules.handling.units().get(&route.department).and_then(|unit| unit.level.as_deref());
        Self {
            complaint: Complaint::of(view, contacts),
            ticket: Some(ticket.id.clone()),
            ticket_status: ticket.status.wire(),
            ticket_status_zh: ticket.status.zh(),
            category: route.category.clone(),
            category_name: names.category(&route.category).map(str::to_owned),
            department: route.department.clone(),
            department_name: names.department(&route.department).map(str::to_owned),
            department_level: level.map(str::to_owned),
            department_level_name: level.and_then(|level| names.level(level)).map(str::to_owned),
            grade: route.grade.clone(),
            grade_name: names.grade(&route.grade).map(str::to_owned),
            due_at: route.due_at,
            overdue: !ticket.status.is_final() && route.due_at.is_some_and(|due| due < now),
            overdue_clocks: ticket
                .overdue_clocks(now)
                .map(|run| OverdueClock {
                    clock: run.clock.clone(),
                    name: names.clock(&run.clock).unwrap_or(&run.clock).to_owned(),
                    due_at: run.due_at,
                })
                .collect(),
        }
    }
}

impl Complaint {
    /// Receipt number.
    pub(super) fn receipt(&self) -> &str {
        &self.receipt_number
    }

    /// A complaint; with `contacts` its reporter in full, else masked.
    pub(in crate::http) fn of(view: &ComplaintView, contacts: bool) -> Self {
        let complaint = &view.complaint;
        let reporter = &complaint.reporter;
        let withheld = is_withheld(view, contacts);
        let hidden = (reporter.secret || reporter.confidential) && !contacts;
        let nameless = hidden || (reporter.anonymous && !contacts);
        let text = |text: &str| match (withheld, contacts) {
            (true, _) => String::new(),
            (false, true) => text.to_owned(),
            (false, false) => mask_text(text),
        };
        let shown = |at: Option<Timestamp>| at.filter(|_| !withheld);
        let name = reporter.name.as_deref().filter(|_| !nameless);
        let phone = reporter.phone.as_deref().filter(|_| !hidden);
        let nowhere = Place::default();
        let place = if withheld { &nowhere } else { &complaint.place };
        Self {
            receipt_number: view.receipt.clone(),
            channel: complaint.channel.clone(),
            source_number: if withheld { String::new() } else { complaint.number.clone() },
            withheld,
            kind: complaint.kind.wire(),
            kind_zh: complaint.kind.zh(),
            title: text(&complaint.title),
            text: text(&complaint.text),
            received_at: view.received_at,
            revision: view.revision,
            state: view.state.name(),
            erased: view.erased,
            reporter: Reporter {
                name: name.map(|name| if contacts { name.to_owned() } else { mask_name(name) }),
                phone: phone.map(|phone| if contacts { phone.to_owned() } else { mask_phone(phone) }),
                anonymous: reporter.anonymous,
                secret: reporter.secret,
            },
            address: place.address.as_deref().map(text),
            raw_id: view.raw_id.0,
            publish: complaint.publish,
            district: place.district.clone(),
            street: place.street.clone(),
            community: place.community.clone(),
            point: place.point.map(|point| Point { lat: point.lat, lng: point.lng }),
            occurred_at: shown(complaint.occurred_at),
            source_received_at: shown(complaint.received_at),
            source_deadline: shown(complaint.source_deadline),
        }
    }
}

/// Whether what a complaint says is withheld: it is confidential (保密), and the caller may not see contacts.
pub(in crate::http) fn is_withheld(view: &ComplaintView, contacts: bool) -> bool {
    view.complaint.reporter.confidential && !contacts
}

/// The tickets whose words are those of confidential complaints: none of their complaints is another's.
pub(in crate::http) fn confidential(
    store: &mut dyn Store,
    keys: &[TicketKey],
) -> Result<HashSet<TicketKey>, StoreError> {
    let mut confidential = HashSet::new();
    let is = |view: &ComplaintView| view.complaint.reporter.confidential;
    for detail in store.tickets(keys, 1)? {
        // Where the first one is not, the words of the ticket are its.
        if detail.complaints.first().is_some_and(is) && store.members(detail.key)?.iter().all(is) {
            confidential.insert(detail.key);
        }
    }
    Ok(confidential)
}

/// The complaints and tickets that are spoken of, as people know them.
#[derive(Default)]
pub(in crate::http) struct Named {
    complaints: HashMap<ComplaintKey, ComplaintView>,
    tickets: HashMap<TicketKey, String>,
}

impl Named {
    /// Looks up what rows of numbers stand for.
    pub(in crate::http) fn read(
        store: &mut dyn Store,
        complaints: impl IntoIterator<Item = ComplaintKey>,
        tickets: impl IntoIterator<Item = TicketKey>,
    ) -> Result<Self, StoreError> {
        let complaints: BTreeSet<ComplaintKey> = complaints.into_iter().collect();
        let complaints = store.complaints(&complaints.into_iter().collect::<Vec<_>>())?;
        let mut keys: BTreeSet<TicketKey> = tickets.into_iter().collect();
        keys.extend(complaints.iter().map(|view| view.ticket));
        let tickets = store.tickets(&keys.into_iter().collect::<Vec<_>>(), 0)?;
        Ok(Self {
            complaints: complaints.into_iter().map(|view| (view.id, view)).collect(),
            tickets: tickets.into_iter().map(|detail| (detail.key, detail.ticket.id)).collect(),
        })
    }

    /// Receipt number of a complaint that was looked up.
    pub(in crate::http) fn receipt(&self, key: ComplaintKey) -> Option<String> {
        self.complaints.get(&key).map(|view| view.receipt.clone())
    }

    /// Id of a ticket that was looked up.
    pub(in crate::http) fn ticket(&self, key: TicketKey) -> Option<String> {
        self.tickets.get(&key).cloned()
    }

    /// Whether what speaks of these complaints is withheld: it carries words of both.
    pub(in crate::http) fn is_withheld(&self, complaints: [Option<ComplaintKey>; 2], contacts: bool) -> bool {
        let mut known = complaints.into_iter().flatten().filter_map(|key| self.complaints.get(&key));
        known.any(|view| is_withheld(view, contacts))
    }
}

/// What put a complaint to a ticket or took it away, with its evidence.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MergeEvent")]
pub(in crate::http) struct MergeEventDocument {
    /// When.
    at: Timestamp,
    /// What kind.
    #[schemars(example = &"auto")]
    kind: &'static str,
    /// Receipt number of the complaint that moved; null for pins.
    receipt_number: Option<String>,
    /// Id of the ticket that it left.
    from_ticket: Option<String>,
    /// Id of the ticket that it joined.
    to_ticket: Option<String>,
    /// Receipt number of the complaint that matched best.
    matched_receipt_number: Option<String>,
    /// `huiliu` or the name of a token.
    actor: String,
    /// Version of the settings.
    settings_version: String,
    /// Whether one of the two is confidential and the evidence is withheld below operator.
    withheld: bool,
    /// The evidence, where a comparison decided.
    evidence: Option<Evidence>,
    /// The evidence as lines of text, in Chinese.
    card: Option<String>,
}

impl MergeEventDocument {
    /// Receipt number of the complaint that moved.
    pub(in crate::http) fn receipt(&self) -> Option<&str> {
        self.receipt_number.as_deref()
    }

    /// A merge event; without `contacts` nothing of the evidence of a confidential complaint.
    pub(in crate::http) fn of(event: &MergeEvent, named: &Named, contacts: bool) -> Self {
        let matched = event.evidence.as_ref().map(|evidence| ComplaintKey(evidence.matched_complaint));
        let withheld = event.evidence.is_some() && named.is_withheld([event.complaint, matched], contacts);
        let evidence = event.evidence.as_ref().filter(|_| !withheld);
        Self {
            at: event.at,
            kind: event.kind.name(),
            receipt_number: event.complaint.and_then(|key| named.receipt(key)),
            from_ticket: event.from.and_then(|key| named.ticket(key)),
            to_ticket: named.ticket(event.to),
            matched_receipt_number: matched.filter(|_| !withheld).and_then(|key| named.receipt(key)),
            actor: event.actor.clone(),
            settings_version: event.settings_version.clone(),
            withheld,
            card: if withheld { Some(WITHHELD.to_owned()) } else { evidence.map(|evidence| evidence.card(Locale::Zh)) },
            evidence: evidence.cloned(),
        }
    }
}

/// What stands in place of evidence that is withheld.
const WITHHELD: &str = "（有保密诉求，归并依据需要 operator 角色的令牌）";

/// A question: does this complaint belong to that ticket?
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Review {
    /// Number.
    id: i64,
    /// The complaint; masked below operator.
    complaint: Option<Complaint>,
    /// The complaint of the ticket that is most like it; masked below operator.
    matched: Option<Complaint>,
    /// Id of the ticket that it is on now.
    current_ticket: Option<String>,
    /// Id of the ticket that it may belong to.
    ticket: Option<String>,
    /// When it was asked.
    at: Timestamp,
    /// The answer, if there is one.
    answer: Option<bool>,
    /// The evidence.
    evidence: Evidence,
    /// The evidence as lines of text, in Chinese.
    card: String,
}

/// Open questions.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ReviewPage {
    /// The heaviest first.
    pub reviews: Vec<Review>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

impl Review {
    /// Whether a question is withheld: one of the two is confidential.
    pub(in crate::http) fn is_withheld(view: &ReviewView, named: &Named, contacts: bool) -> bool {
        named.is_withheld([Some(view.complaint), Some(ComplaintKey(view.evidence.matched_complaint))], contacts)
    }

    pub(in crate::http) fn of(view: &ReviewView, named: &Named, contacts: bool) -> Self {
        let complaint = |key| named.complaints.get(&key).map(|view| Complaint::of(view, contacts));
        Self {
            id: view.id.0,
            complaint: complaint(view.complaint),
            matched: complaint(ComplaintKey(view.evidence.matched_complaint)),
            current_ticket: named.ticket(view.current_ticket),
            ticket: named.ticket(view.ticket),
            at: view.at,
            answer: view.answer,
            card: view.evidence.card(Locale::Zh),
            evidence: view.evidence.clone(),
        }
    }
}
