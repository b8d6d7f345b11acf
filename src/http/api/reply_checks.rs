//! What is wrong with the replies of units.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::audit::AuditAction;
use crate::city::Names;
use crate::http::Site;
use crate::http::believed::Believed;
use crate::http::caller::Viewer;
use crate::http::extract::Query;
use crate::http::matters::{self, satisfaction};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::ComplaintKey;
use crate::pack::Rules;
use crate::people::Reach;
use crate::reply_check::{Answered, Fault, Finding, Inspected, Inspection, UnitReplies};
use crate::store::{Store, StoreError, TicketFilter};

/// Most days that are looked at.
const MAX_DAYS: i32 = 366;

/// What is wrong with replies and when they were looked at, by what was asked.
pub(in crate::http) type ReplyCheckMemory = Believed<Asked, (Timestamp, Inspected)>;

/// Of what somebody asks what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::http) struct Asked {
    /// Version of the city pack.
    version: String,
    days: (Date, Date),
    department: Option<String>,
    /// What whoever asks may know of.
    reach: Arc<Reach>,
}

/// Which replies are looked at.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyCheckQuery {
    /// The first day on which they were due or given, by the city's days.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// The last; included.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// Code of a unit: only its replies.
    department: Option<String>,
}

/// What is wrong with replies.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReplyCheck {
    /// First day.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// Last day.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// When this was looked at: not more than five minutes ago.
    looked_at: Timestamp,
    /// By unit, the one with the most faults first.
    units: Vec<UnitDocument>,
    /// What was found, the newest first.
    findings: Vec<FindingDocument>,
    /// Whether there were more findings, or more tickets than are looked at.
    #[schemars(example = false)]
    cut: bool,
}

/// The replies of a unit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnitReplies")]
struct UnitDocument {
    /// Code of the unit.
    department: String,
    /// Its name, or the code again.
    #[schemars(example = &"综合行政执法局")]
    department_name: String,
    /// Matters that it finished.
    #[schemars(example = 128)]
    finished: u64,
    /// Matters past their time limit without an answer.
    #[schemars(example = 3)]
    missing: u64,
    /// Answers in words that were used for other matters too.
    #[schemars(example = 4)]
    stale: u64,
    /// Answers whose words contradict their status.
    #[schemars(example = 1)]
    contradicts: u64,
    /// Matters that are handled, as it says, and whose citizens are not satisfied.
    #[schemars(example = 2)]
    denied: u64,
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplyFinding")]
struct FindingDocument {
    /// Id of the ticket.
    #[schemars(example = &"RC-20261122-000001")]
    ticket: String,
    /// Code of the unit.
    department: String,
    /// Name of the unit, or the code again.
    #[schemars(example = &"综合行政执法局")]
    department_name: String,
    /// What is wrong.
    #[schemars(extend("enum" = Fault::ALL.map(|(_, word, ..)| word)))]
    fault: &'static str,
    /// The same in Chinese.
    #[schemars(example = &"超时未答复")]
    fault_zh: &'static str,
    /// The words of `reports.toml` that contradict.
    #[schemars(example = &"正在办理")]
    word: Option<String>,
    /// When it was due, or was finished.
    at: Timestamp,
}

fn name(names: &Names, code: &str) -> String {
    names.department(code).unwrap_or(code).to_owned()
}

impl UnitDocument {
    fn of((department, unit): (&String, &UnitReplies), names: &Names) -> Self {
        let count = |fault| unit.faults.get(&fault).copied().unwrap_or_default();
        Self {
            department: department.clone(),
            department_name: name(names, department),
            finished: unit.finished,
            missing: count(Fault::Missing),
            stale: count(Fault::Stale),
            contradicts: count(Fault::Contradicts),
            denied: count(Fault::Denied),
        }
    }

    fn faults(&self) -> u64 {
        self.missing + self.stale + self.contradicts + self.denied
    }
}

impl FindingDocument {
    fn of(finding: Finding, names: &Names) -> Self {
        let (fault, fault_zh, _) = finding.fault.words();
        let department_name = name(names, &finding.department);
        let Finding { ticket, department, word, at, .. } = finding;
        Self { ticket, department, department_name, fault, fault_zh, word, at }
    }
}

/// The moments at which the days begin and end.
fn range((from, to): (Date, Date), zone: &TimeZone) -> Result<(Timestamp, Timestamp), Problem> {
    let begin = |day: Date| day.to_zoned(zone.clone()).map(|midnight| midnight.timestamp());
    let end = to.tomorrow().and_then(begin);
    begin(from).and_then(|from| Ok((from, end?))).map_err(|error| Problem::invalid(&error.to_string()))
}

pub(super) async fn check(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<ReplyCheckQuery>,
) -> Answer<ReplyCheck> {
    let ReplyCheckQuery { from, to, department } = query;
    if to < from || (to - from).get_days() > MAX_DAYS {
        return Err(Problem::invalid(&format!("to must not be before from, nor more than {MAX_DAYS} days after it")));
    }
    let (rules, now) = (site.rules(), site.clock.now());
    let range = range((from, to), &rules.numbering.zone)?;
    let (looked_by, reach) = (Arc::clone(&rules), Sight::of(&site, &caller).reach());
    let asked = Asked { version: rules.version.clone(), days: (from, to), department, reach };
    let filter = TicketFilter {
        department: asked.department.clone(),
        reach: Arc::clone(&asked.reach),
        ..TicketFilter::default()
    };
    let asking = Arc::clone(&site);
    let inspecting = async move {
        let inspect = move |store: &mut dyn Store| inspect(store, &looked_by, (range, now), &filter);
        Ok((now, asking.searcher.ask(inspect).await?))
    };
    // A unit that the city does not have is not remembered: anybody could fill the memory with such.
    let is_known = asked.department.as_ref().is_none_or(|code| rules.names.department(code).is_some());
    let known = match is_known {
        true => site.believed.reply_checks.lately(asked, now, inspecting).await?,
        false => Arc::new(inspecting.await?),
    };
    let (looked_at, inspected) = (known.0, &known.1);
    let looked = site.entry(AuditAction::LookReport, caller.actor()).about("report", ["reply-checks"]);
    site.note(looked.counted(inspected.findings.len())).await?;
    let names = &rules.names;
    let mut units: Vec<UnitDocument> = inspected.units.iter().map(|unit| UnitDocument::of(unit, names)).collect();
    // Stable: what is equal stays in the order of its codes.
    units.sort_by_key(|unit| std::cmp::Reverse(unit.faults()));
    let cut = inspected.is_cut;
    let findings = inspected.findings.iter().map(|finding| FindingDocument::of(finding.clone(), names)).collect();
    Ok(Json(ReplyCheck { from, to, looked_at, units, findings, cut }))
}

/// Looks at the newest tickets that fit.
fn inspect(
    store: &mut dyn Store,
    rules: &Rules,
    (range, now): ((Timestamp, Timestamp), Timestamp),
    filter: &TicketFilter,
) -> Result<Inspected, StoreError> {
    let mut inspection = Inspection::new(&rules.reports.replies, range, now);
    let is_cut = matters::newest(store, filter, &mut |store, detail| {
        let ticket = &detail.ticket;
        if !inspection.concerns(ticket) {
            return Ok(true);
        }
        let said = store.last_said(detail.key)?;
        let complaints: Vec<ComplaintKey> = store.members(detail.key)?.iter().map(|view| view.id).collect();
        inspection.see(&Answered {
            ticket,
            result: said.as_ref().and_then(|said| said.result.as_deref()),
            satisfaction: satisfaction(store, detail, &complaints)?,
        });
        Ok(true)
    })?;
    let inspected = inspection.done();
    Ok(Inspected { is_cut: inspected.is_cut || is_cut, ..inspected })
}
