//! What an engine has read of a row: numbers, names and codes in clear, and sealed bytes.

pub(crate) struct RawCells<'r> {
    pub id: i64,
    pub digest: [u8; 16],
    pub state: &'r str,
    pub complaint: Option<i64>,
    pub rule: Option<&'r [u8]>,
    pub receipt: Option<String>,
    pub erased: bool,
    pub source_file: Option<i64>,
}

pub(crate) struct UndecidedCells<'r> {
    pub id: i64,
    pub channel: String,
    pub label: &'r [u8],
    pub digest: [u8; 16],
    pub received_at: i64,
    pub source_file: Option<i64>,
    pub body: &'r [u8],
}

pub(crate) struct RecordCells<'r> {
    pub id: i64,
    pub channel: String,
    pub label: &'r [u8],
    pub state: &'r str,
    pub received_at: i64,
    pub body: &'r [u8],
}

pub(crate) struct ComplaintCells<'r> {
    pub id: i64,
    pub channel: &'r str,
    pub receipt: String,
    pub ticket: i64,
    pub raw: i64,
    pub received_at: i64,
    pub erased: bool,
    pub revision: u32,
    pub body: &'r [u8],
    pub state: &'r str,
}

pub(crate) struct StatementCells<'r> {
    pub id: i64,
    pub complaint: i64,
    pub raw: i64,
    pub mark: [u8; 16],
    pub kind: &'r str,
    pub at: i64,
    pub received_at: i64,
    pub body: &'r [u8],
}

pub(crate) struct CorpusCells<'r> {
    pub id: i64,
    pub ticket: i64,
    pub status: &'r str,
    pub pinned: bool,
    pub finished_at: Option<i64>,
    pub channel: &'r str,
    pub district: Option<String>,
    pub category: String,
    pub received_at: i64,
    /// Of telephone, identity number and account.
    pub hashes: [Option<i64>; 3],
    pub imprint: Option<&'r [u8]>,
    /// Where there is no imprint.
    pub body: Option<&'r [u8]>,
}

pub(crate) struct TicketCells<'r> {
    pub key: i64,
    pub id: String,
    pub version: i64,
    pub status: &'r str,
    pub category: String,
    pub district: String,
    pub department: String,
    pub grade: String,
    pub due_at: Option<i64>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    pub complaints: i64,
    pub pinned: bool,
    pub successor: Option<String>,
    pub recurrence_of: Option<String>,
    pub body: &'r [u8],
}

pub(crate) struct EventCells<'r> {
    pub id: i64,
    pub decision: i64,
    pub at: i64,
    pub kind: &'r str,
    pub complaint: Option<i64>,
    pub from: Option<i64>,
    pub to: i64,
    pub actor: String,
    pub settings_version: String,
    pub evidence: Option<&'r [u8]>,
}

pub(crate) struct ReviewCells<'r> {
    pub id: i64,
    pub complaint: i64,
    pub current_ticket: i64,
    pub ticket: i64,
    pub at: i64,
    pub answer: Option<bool>,
    pub evidence: &'r [u8],
}

pub(crate) struct QuarantineCells<'r> {
    pub raw: i64,
    pub channel: String,
    pub label: &'r [u8],
    pub at: i64,
    pub problems: &'r [u8],
    pub source_file: Option<i64>,
    pub body: &'r [u8],
}

pub(crate) struct MessageCells {
    pub id: i64,
    pub ticket: i64,
    pub ticket_id: String,
    pub version: i64,
    pub exchange: String,
    pub routing_key: String,
    pub message_id: String,
    pub kind: String,
    pub at: i64,
}

pub(crate) struct DueReplyCells<'r> {
    pub id: i64,
    pub key: String,
    pub channel: String,
    pub status: &'r str,
    pub attempts: u32,
    pub body: &'r [u8],
    pub complaint: ComplaintCells<'r>,
    /// Content of the record the complaint came from, where there is one.
    pub record: Option<&'r [u8]>,
}

pub(crate) struct ReplyCells<'r> {
    pub id: i64,
    pub channel: String,
    pub receipt: String,
    pub ticket_id: String,
    pub status: &'r str,
    pub state: &'r str,
    pub attempts: u32,
    pub error: Option<&'r [u8]>,
    pub at: i64,
    pub told: Option<&'r [u8]>,
}

pub(crate) struct FileCells<'r> {
    pub id: i64,
    pub raw: i64,
    pub number: u16,
    pub size_bytes: i64,
    pub label: &'r [u8],
}

pub(crate) struct WarningCells<'r> {
    pub id: i64,
    pub raw: i64,
    pub body: &'r [u8],
}

pub(crate) struct SourceFileCells<'r> {
    pub id: i64,
    pub channel: String,
    pub size_bytes: i64,
    pub modified_at: i64,
    pub begun_at: i64,
    pub finished_at: Option<i64>,
    pub state: &'r str,
    pub rows: i64,
    /// Taken, amended, repeated, set aside, discarded.
    pub counts: [i64; 5],
    pub body: &'r [u8],
}
