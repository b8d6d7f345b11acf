//! `TicketV1`: a ticket as downstream platforms see it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::act::{AssignmentV1, DeedV1, ExtensionV1, InstructionV1, OutsideV1, WhistleV1};
use crate::complaint::{ComplaintState, Kind, Satisfaction};
use crate::ticket::{Before, CallBackWay, Consequence, EventKind, Rater, RunEnd, Status, TopicState};

fn statuses() -> Vec<&'static str> {
    Status::ALL.iter().map(|(.., wire)| *wire).collect()
}

fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|(.., wire)| *wire).collect()
}

fn states() -> Vec<Option<&'static str>> {
    let settled = ComplaintState::ALL.iter().filter(|(state, _)| *state != ComplaintState::Open);
    settled.map(|(_, name)| Some(*name)).chain([None]).collect()
}

fn befores() -> Vec<&'static str> {
    Before::ALL.iter().map(|(_, word)| *word).collect()
}

fn run_ends() -> Vec<Option<&'static str>> {
    RunEnd::ALL.iter().map(|(_, name)| Some(*name)).chain([None]).collect()
}

fn values() -> Vec<Option<&'static str>> {
    Satisfaction::ALL.iter().map(|value| Some(value.wire())).chain([None]).collect()
}

fn events() -> Vec<&'static str> {
    EventKind::ALL.iter().map(|kind| kind.word()).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

/// Version 1 of the ticket document. New members may be added; consumers ignore what they do not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TicketV1 {
    /// Ticket id. Never changes, is never used again.
    pub ticket_id: String,
    /// Counts every change of the ticket from 1. A consumer ignores a version that is not above the last one it applied.
    pub version: u64,
    /// Where the ticket stands: open, accepted, in_progress, extension_requested, extended, returned, rejected, resolved,
    /// closed, reopened, absorbed.
    #[schemars(extend("enum" = statuses()))]
    pub status: String,
    /// Category code (事项分类).
    pub category: String,
    /// Name of the category.
    pub category_name: String,
    /// District code (区划), GB/T 2260 or the city's extension of it.
    pub district: String,
    /// Name of the district.
    pub district_name: String,
    /// Department code (承办单位).
    pub department: String,
    /// Name of the department.
    pub department_name: String,
    /// On what the department's duty is based (职责依据), in the city's word; missing where the city does not say it, and where the ticket
    /// was given to another unit than the city's tables say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(example = &"法定")]
    pub basis: Option<String>,
    /// Grade code (等级).
    pub grade: String,
    /// Deadline (办理时限), RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub due_at: Option<String>,
    /// How category, district, department, grade and deadline were found, one sentence each.
    pub reasons: Vec<String>,
    /// Title of the first complaint.
    pub title: String,
    /// Text of the first complaint.
    pub text: String,
    /// Where the matter is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceV1>,
    /// When the ticket was made, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// How many complaints the ticket covers.
    pub complaint_count: u64,
    /// The first complaints (at most 20) and the one that this event is about.
    pub complaints: Vec<ComplaintV1>,
    /// The ticket that answers for this one, when it was absorbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// The finished ticket of the same matter, when the matter has come again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_of: Option<String>,
    /// Codes of the tags (标签) by which the city marks matters, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(example = ["lighting"])]
    pub tags: Vec<String>,
    /// Where it waits for a person (待审): before it is dispatched, which those alone see whose feed says `held`, or with an answer that
    /// is not approved yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<HoldV1>,
    /// The clocks (时钟) of the ticket: those that run, and those that have ended.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub clocks: Vec<ClockV1>,
    /// The unit that is responsible because a platform, or a rule of the city, gave it the ticket; missing where the route alone says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<AssignmentV1>,
    /// Codes of the units that help (协办).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(example = ["power"])]
    pub co_units: Vec<String>,
    /// The units that were called (吹哨), each time once, the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub whistles: Vec<WhistleV1>,
    /// Leaders' instructions (批示), the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub instructions: Vec<InstructionV1>,
    /// Name of the leader who has taken the matter on (领办、包案).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"王副市长")]
    pub claimed_by: Option<String>,
    /// The extension that was asked for last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionV1>,
    /// Where the matter goes on outside of the city's handling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<OutsideV1>,
    /// How often the matter was answered (轮次).
    #[serde(skip_serializing_if = "is_none", default)]
    #[schemars(example = 1)]
    pub rounds: u32,
    /// How often it was handled again because somebody was dissatisfied (重启).
    #[serde(skip_serializing_if = "is_none", default)]
    #[schemars(example = 1)]
    pub restarts: u32,
    /// What a citizen said last of a result, also in a call-back: satisfied, fair or dissatisfied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = values()))]
    pub rating: Option<String>,
    /// What a supervisor said last of a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = values()))]
    pub supervisor_rating: Option<String>,
    /// What this event changed.
    pub change: ChangeV1,
}

/// A list in which a ticket waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoldV1 {
    /// Code of the list.
    #[schemars(example = &"sensitive")]
    pub code: String,
    /// Name of the list.
    #[schemars(example = &"待审理")]
    pub name: String,
    /// dispatch: no platform hears of it before it is released; closing: no citizen hears the answer before it is approved.
    #[schemars(extend("enum" = befores()))]
    pub before: String,
    /// Since when, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub since: String,
}

/// One run of a clock: a named time limit, such as signing or first contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockV1 {
    /// Code of the clock.
    #[schemars(example = &"sign")]
    pub clock: String,
    /// Name of the clock, e.g. 签收.
    #[schemars(example = &"签收")]
    pub name: String,
    /// When it began, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub started_at: String,
    /// When it is due, RFC 3339; while it stands still, when it would have been.
    #[schemars(extend("format" = "date-time"))]
    pub due_at: String,
    /// Since when it stands still, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub paused_at: Option<String>,
    /// When it ended, RFC 3339; missing while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub ended_at: Option<String>,
    /// stopped: what it waited for happened; restarted: it began anew before that; dropped: the city no longer has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = run_ends()))]
    pub ended: Option<String>,
    /// Whether it was stopped in time; missing unless it was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
    /// How the due time came about, one sentence for each turn.
    #[schemars(example = ["签收：自 2026-11-23 11:00 起，4 个办公小时，至 2026-11-23 17:00"])]
    pub reasons: Vec<String>,
}

/// A notice (提示单, 督办单 …): what an alarm of a clock sends, or what is sent where a result is found wanting again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoticeV1 {
    /// Code of the kind of notice.
    #[schemars(example = &"supervise")]
    pub code: String,
    /// Its title.
    #[schemars(example = &"督办单")]
    pub title: String,
    /// Code of the clock; missing where no clock sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"sign")]
    pub clock: Option<String>,
    /// Name of the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"签收")]
    pub clock_name: Option<String>,
    /// When the clock is due, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub due_at: Option<String>,
    /// What it says, without a word of the matter itself.
    #[schemars(example = &"【督办单】工单 RC-20261123-000017：签收时限已于 2026-11-23 17:00 超时（4 个办公小时）。")]
    pub text: String,
    /// Which time the same alarm is told, from 1; without a clock: how many results were found wanting.
    #[schemars(example = 1)]
    pub round: u16,
    /// Whom it is for.
    pub to: Vec<AddresseeV1>,
    /// Ids of all tickets that it is about, where it is about several; the event is of the first of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(example = ["RC-20261123-000017", "RC-20261123-000018"])]
    pub tickets: Vec<String>,
}

/// What somebody said of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RatingV1 {
    /// citizen; supervisor; call_back: a citizen, as heard by whoever called back.
    #[schemars(extend("enum" = Rater::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"citizen")]
    pub rater: String,
    /// Which result is meant, from 1.
    #[schemars(example = 1)]
    pub round: u32,
    /// Code of the step of the city's scale.
    #[schemars(example = &"dissatisfied")]
    pub step: String,
    /// Name of the step.
    #[schemars(example = &"不满意")]
    pub step_name: String,
    /// Points of the step, where the city gives some.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 60)]
    pub points: Option<u32>,
    /// noted: nothing comes of it; restarted: the matter is handled again; too_often, too_late: it is not, for it was as often, or
    /// is as late, as the city allows.
    #[schemars(extend("enum" = Consequence::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"restarted")]
    pub consequence: String,
}

/// A call-back (回访) that is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallBackV1 {
    /// page, sms: the citizen is asked so; person: somebody calls.
    #[schemars(extend("enum" = CallBackWay::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"person")]
    pub way: String,
    /// Of which result, from 1.
    #[schemars(example = 1)]
    pub round: u32,
    /// Who is to see to it.
    pub to: Vec<AddresseeV1>,
}

/// Whom a notice or a call-back is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AddresseeV1 {
    /// Code of the person or desk.
    #[schemars(example = &"urban-management-leader")]
    pub code: String,
    /// Name.
    #[schemars(example = &"李某")]
    pub name: String,
    /// Role, as the city names it.
    #[schemars(example = &"leader")]
    pub role: String,
    /// Code of the unit.
    #[schemars(example = &"urban-management")]
    pub unit: String,
    /// Name of the unit.
    #[schemars(example = &"综合行政执法局")]
    pub unit_name: String,
    /// Telephone number; masked unless the feed gets contacts in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether it is a copy.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub copy: bool,
}

/// Where a matter is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceV1 {
    /// Address as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Latitude in degrees, WGS-84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude in degrees, WGS-84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lng: Option<f64>,
}

/// One complaint behind the ticket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComplaintV1 {
    /// The citizen's receipt number.
    pub receipt_number: String,
    /// Channel it came by.
    pub channel: String,
    /// The source's own number; empty where it is withheld.
    pub source_number: String,
    /// 投诉 complaint, 求助 help, 咨询 enquiry, 建议 suggestion, 举报 report, 表扬 praise, other.
    #[schemars(extend("enum" = kinds()))]
    pub kind: String,
    /// Title; empty where `withheld`.
    pub title: String,
    /// Text; personal data in it is masked unless the feed gets contacts in full. Empty where `withheld`.
    pub text: String,
    /// withdrawn: the citizen took it back; closed: its source has closed it; past: it was finished before the gateway knew of it.
    /// Missing: its citizen is answered by the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = states()))]
    pub state: Option<String>,
    /// Whether the complaint is confidential and this reader has no permission to read it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub withheld: bool,
    /// When the gateway received it, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub received_at: String,
    /// Who submitted it, as far as the feed may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporter: Option<ReporterV1>,
    /// Where it says the matter is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where it says the matter is, besides the address. What a feed leaves out of the ticket's place is left out here, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<ComplaintPlaceV1>,
    /// When the matter happened or the citizen wrote, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub occurred_at: Option<String>,
    /// When the source received it, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub source_received_at: Option<String>,
    /// The deadline that the source set, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub source_deadline: Option<String>,
    /// Addresses of pictures and documents.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attachments: Vec<String>,
    /// Pictures and documents one by one, those without an address for this reader, too.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<FileV1>,
    /// Further fields of the source, by the names that the channel gives them; in feeds only, and of those who asked for secrecy
    /// only with permission. Personal data in them is masked as in texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[schemars(example = serde_json::json!({ "work_id": "W-17" }))]
    pub extra: BTreeMap<String, String>,
    /// Whether the citizen agrees to publication.
    pub publish: bool,
}

/// Where one complaint says the matter is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComplaintPlaceV1 {
    /// Street or town (街道、镇).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Community or village (社区、村).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<String>,
    /// Latitude in degrees, WGS-84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude in degrees, WGS-84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lng: Option<f64>,
}

/// A picture or document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FileV1 {
    /// Its address; without one the reader may not fetch it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its name, if the source gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"现场.jpg")]
    pub name: Option<String>,
    /// Media type, where it came with the complaint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// A reporter as far as the feed may know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReporterV1 {
    /// Name, masked or in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number, masked or in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether name and number are masked.
    pub masked: bool,
}

/// What an event changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ChangeV1 {
    /// created, joined, amended, split, absorbed, status, reminder, rated, reopened; callback-due: a citizen is to be called back; urged,
    /// withdrawn, closed: what the source of a complaint has stated of it; held: it waits for a person before it is dispatched; submitted:
    /// its answer waits for approval; sent_back: the answer was not approved, for the reason in the note; notice: of an alarm of a clock,
    /// or of a result found wanting again, or of an alert; assigned, escalated, whistled, responded, scored, instructed, claimed: an act;
    /// surge: with it one matter comes more often than usual; warned: it is about something of which somebody wants to be told; topic: it
    /// came to a topic, or its topic into another state; left: what follows of the ticket goes elsewhere.
    #[schemars(extend("enum" = events()))]
    #[schemars(example = &"status")]
    pub event: String,
    /// Receipt number of the complaint concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_number: Option<String>,
    /// The other ticket concerned, in joined, split and absorbed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_ticket: Option<String>,
    /// Share of the time allowed that has passed, in percent, in reminders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_of_time: Option<u32>,
    /// satisfied, fair or dissatisfied, in ratings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["satisfied", "fair", "dissatisfied", null]))]
    pub satisfaction: Option<String>,
    /// What was said: a platform's note, the words of an act, a citizen's words on a rating, a source's words in urged, withdrawn and closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who handles the matter, as its platform says, in status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<HandlerV1>,
    /// Pictures and documents of an answer, in status.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attachments: Vec<FileV1>,
    /// How often the complaint was urged, this time included, in urged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When a source stated it, by its own clock, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub stated_at: Option<String>,
    /// The notice that was sent, in notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeV1>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<DeedV1>,
    /// What somebody said of a result, in rated, status and reopened; the words are the note of rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingV1>,
    /// The call-back that is due, in callback-due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_back: Option<CallBackV1>,
    /// What watching tells, in surge and warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertV1>,
    /// The topic, in topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicV1>,
    /// Where the ticket was before, when this event changed its category, district, department or grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former: Option<FormerV1>,
    /// Whether the ticket is new under this routing key or in this feed without having been created there: it came from elsewhere.
    /// The document is whole.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub entered: bool,
}

/// A surge of one matter, or a warning: codes and numbers, nobody's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertV1 {
    /// Code of the city's rule.
    #[schemars(example = &"school-bus")]
    pub code: String,
    /// Its name.
    #[schemars(example = &"公交班次突增")]
    pub name: String,
    /// Code of the tag that is watched, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"traffic")]
    pub tag: Option<String>,
    /// Code of the category that is watched, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Code of the division in which it was counted, or the beginning that the codes of its parts have; absent where the whole city was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// How many there were, complaints or tickets as the rule says.
    pub count: u64,
    /// In the last so many hours; absent where one complaint is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 24)]
    pub hours: Option<u32>,
    /// How many there usually are in as many hours, to one decimal, where the rule asks for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1.5)]
    pub usual: Option<f64>,
    /// Ids of the tickets behind it, at most the newest 50.
    pub tickets: Vec<String>,
}

/// A topic: a matter that comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopicV1 {
    /// Its number.
    #[schemars(example = 7)]
    pub id: i64,
    /// Its title.
    #[schemars(example = &"公交班次·沙头角街道")]
    pub title: String,
    /// Code of the city's rule that gathered it; absent where a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"bus")]
    pub rule: Option<String>,
    /// Where it stands: open; consulted; decided; adopted: it is a public project; rejected; closed.
    #[schemars(extend("enum" = TopicState::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"decided")]
    pub state: String,
    /// How many tickets it has.
    #[schemars(example = 12)]
    pub tickets: u64,
    /// When it is looked at again next, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub follow_up_at: Option<String>,
}

/// Who handles a matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HandlerV1 {
    /// Name.
    #[schemars(example = &"李工")]
    pub name: String,
    /// The unit or section.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Telephone number; masked unless the feed gets contacts in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// Where a ticket was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FormerV1 {
    /// Category code.
    pub category: String,
    /// District code.
    pub district: String,
    /// Department code.
    pub department: String,
    /// Grade code.
    pub grade: String,
}
