//! What is kept of one citizen, for the citizen who asks for it: what came in, what became of it, what was told. Nothing of others
//! who are behind the same tickets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Statement;
use super::tickets::Complaint;
use crate::city::Names;
use crate::complaint::{AttachmentSource, RewardEntry};
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{ComplaintView, MergeEvent, RecordView, ReplyView, Store, StoreError};
use crate::ticket::Answer;

/// Most bytes of files that one part of an export carries; what is beyond is named without its content.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// A part of what is kept of a citizen.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct CitizenPage {
    /// The oldest first.
    pub complaints: Vec<Citizen>,
    /// `after` of the next part; null on the last.
    pub next: Option<String>,
}

/// One complaint of a citizen with everything that is kept about it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedComplaint")]
pub(in crate::http) struct Citizen {
    /// The complaint, whole.
    #[serde(flatten)]
    complaint: Complaint,
    /// Identity number.
    id_number: Option<String>,
    /// The source's own key of its user.
    account: Option<String>,
    /// Further fields of the source.
    #[schemars(with = "Map<String, Value>")]
    #[schemars(example = serde_json::json!({ "work_id": "W-1" }))]
    extra: Map<String, Value>,
    /// Addresses of pictures and documents that the source keeps.
    attachment_urls: Vec<String>,
    /// The records as they were delivered, the oldest first.
    records: Vec<Record>,
    /// The files that came with them.
    files: Vec<File>,
    /// What its source has stated later of it, in the order in which it came.
    statements: Vec<Statement>,
    /// Points that its citizen has for it, or had.
    rewards: Vec<Points>,
    /// The ticket that it is on.
    ticket: Option<TicketPart>,
    /// What the citizen was told or is to be told, the oldest first.
    replies: Vec<Told>,
}

/// A record as it was delivered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedRecord")]
struct Record {
    /// Number.
    raw_id: i64,
    /// The source's id of it.
    record_id: String,
    /// What became of it.
    #[schemars(example = &"complaint")]
    state: &'static str,
    /// When the gateway received it.
    received_at: Timestamp,
    /// The record.
    #[schemars(example = serde_json::json!({ "number": "2611220001", "title": "路灯不亮", "text": "青鱼滩路路灯不亮。" }))]
    record: Value,
}

/// A file that the citizen sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedFile")]
struct File {
    /// Number of the record it came with.
    raw_id: i64,
    /// Name that its sender gave it.
    #[schemars(example = &"现场.jpg")]
    name: String,
    /// Media type by its content.
    media_type: String,
    /// Size of the content.
    size_bytes: u64,
    /// The content in Base64; null where the files of this part are too large together.
    content_base64: Option<String>,
}

/// Points for taking part.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedPoints")]
struct Points {
    /// Code of the rule.
    #[schemars(example = &"report")]
    rule: String,
    /// How many.
    #[schemars(example = 2)]
    points: i64,
    /// When they were given.
    at: Timestamp,
    /// When they were taken back; null: they were not.
    #[schemars(example = None::<&str>)]
    taken_back_at: Option<Timestamp>,
}

/// What is known of a ticket that concerns one of its complaints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedTicket")]
struct TicketPart {
    /// Id.
    #[schemars(example = &"RC-20261122-000001")]
    id: String,
    /// Where it stands.
    status: &'static str,
    /// The same in Chinese.
    status_zh: &'static str,
    /// Category code.
    category: String,
    /// Name of the category.
    category_name: Option<String>,
    /// District code.
    district: String,
    /// Department code.
    department: String,
    /// Name of the department.
    department_name: Option<String>,
    /// Grade code.
    grade: String,
    /// When it was made.
    created_at: Timestamp,
    /// Deadline.
    due_at: Option<Timestamp>,
    /// When the matter was finished.
    finished_at: Option<Timestamp>,
    /// When the complaint was put to a ticket or taken from one, the oldest first.
    moves: Vec<Moved>,
}

/// A complaint was put to a ticket or taken from one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedMove")]
struct Moved {
    /// When.
    at: Timestamp,
    /// What kind.
    #[schemars(example = &"auto")]
    kind: &'static str,
    /// Version of the settings.
    settings_version: String,
}

/// What the citizen was told, or is to be told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportedReply")]
struct Told {
    /// Id of the ticket.
    ticket: String,
    /// The status that it tells.
    #[schemars(example = &"resolved")]
    status: &'static str,
    /// Whether it was sent.
    #[schemars(example = &"sent")]
    state: &'static str,
    /// When it was made.
    at: Timestamp,
    /// The words; empty once they were erased.
    #[schemars(example = &"您反映的路灯已于今日修复。")]
    text: String,
    /// The department that acted.
    #[schemars(example = &"综合行政执法局")]
    department: String,
    /// When and how a person told it, where one did.
    told_at: Option<Timestamp>,
    /// How.
    told_how: Option<String>,
}

impl Citizen {
    /// Receipt number of the complaint.
    pub(in crate::http) fn receipt(&self) -> &str {
        self.complaint.receipt()
    }

    /// Reads complaints with everything about them.
    pub(in crate::http) fn read(
        store: &mut dyn Store,
        keys: &[ComplaintKey],
        names: &Names,
    ) -> Result<Vec<Self>, StoreError> {
        let mut room = MAX_FILE_BYTES;
        let views = store.complaints(keys)?;
        views.iter().map(|view| Self::one(store, view, names, &mut room)).collect()
    }

    fn one(store: &mut dyn Store, view: &ComplaintView, names: &Names, room: &mut u64) -> Result<Self, StoreError> {
        let complaint = &view.complaint;
        let url = |source: &AttachmentSource| match source {
            AttachmentSource::Url(url) => Some(url.clone()),
            AttachmentSource::File { .. } => None,
        };
        Ok(Self {
            complaint: Complaint::of(view, true),
            id_number: complaint.reporter.id_number.clone(),
            account: complaint.reporter.account.clone(),
            extra: complaint.extra.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect(),
            attachment_urls: complaint.attachments.iter().filter_map(|attachment| url(&attachment.source)).collect(),
            records: store.records_of(view.id)?.into_iter().map(Record::from).collect(),
            files: files(store, view.id, room)?,
            statements: Statement::all(&store.statements_of(&[view.id])?, std::slice::from_ref(view), true),
            rewards: store.rewards_of_complaint(view.id)?.into_iter().map(Points::from).collect(),
            ticket: TicketPart::read(store, view, names)?,
            replies: replies(store, view.id)?,
        })
    }
}

impl From<RewardEntry> for Points {
    fn from(entry: RewardEntry) -> Self {
        let RewardEntry { rule, points, at, taken_back_at, .. } = entry;
        Self { rule, points, at, taken_back_at }
    }
}

impl From<RecordView> for Record {
    fn from(view: RecordView) -> Self {
        let RecordView { raw_id, record_id, state, received_at, body, .. } = view;
        Self { raw_id: raw_id.0, record_id, state: state.name(), received_at, record: body }
    }
}

fn files(store: &mut dyn Store, complaint: ComplaintKey, room: &mut u64) -> Result<Vec<File>, StoreError> {
    let mut files = Vec::new();
    for head in store.files_of(complaint)? {
        let fits = head.size_bytes <= *room;
        let content =
            if fits { store.file(head.raw, head.number)?.map(|file| STANDARD.encode(file.bytes)) } else { None };
        if fits {
            *room -= head.size_bytes;
        }
        files.push(File {
            raw_id: head.raw.0,
            name: head.name,
            media_type: head.media_type,
            size_bytes: head.size_bytes,
            content_base64: content,
        });
    }
    Ok(files)
}

impl TicketPart {
    fn read(store: &mut dyn Store, view: &ComplaintView, names: &Names) -> Result<Option<Self>, StoreError> {
        let Some(detail) = store.tickets(&[view.ticket], 0)?.pop() else { return Ok(None) };
        let moves = moves(store, view.ticket, view.id)?;
        let (ticket, route) = (&detail.ticket, &detail.ticket.route);
        Ok(Some(Self {
            id: ticket.id.clone(),
            status: ticket.status.wire(),
            status_zh: ticket.status.zh(),
            category: route.category.clone(),
            category_name: names.category(&route.category).map(str::to_owned),
            district: route.district.clone(),
            department: route.department.clone(),
            department_name: names.department(&route.department).map(str::to_owned),
            grade: route.grade.clone(),
            created_at: ticket.created_at,
            due_at: route.due_at,
            finished_at: ticket.finished_at,
            moves,
        }))
    }
}

fn moves(store: &mut dyn Store, ticket: TicketKey, complaint: ComplaintKey) -> Result<Vec<Moved>, StoreError> {
    let own = |event: &MergeEvent| event.complaint == Some(complaint);
    let events = store.merge_events(ticket)?.into_iter().filter(own);
    let moved =
        |event: MergeEvent| Moved { at: event.at, kind: event.kind.name(), settings_version: event.settings_version };
    Ok(events.map(moved).collect())
}

fn replies(store: &mut dyn Store, complaint: ComplaintKey) -> Result<Vec<Told>, StoreError> {
    let mut told = Vec::new();
    for view in store.replies_of(complaint)? {
        let ReplyView { id, ticket_id, status, state, at, told: by_hand, .. } = view;
        let Some(Answer { text, department, .. }) = store.answer_of_reply(id)? else { continue };
        let (told_at, told_how) = by_hand.map(|told| (told.at, told.how)).unzip();
        let (status, state) = (status.wire(), state.name());
        told.push(Told { ticket: ticket_id, status, state, at, text, department, told_at, told_how });
    }
    Ok(told)
}
