//! Citizens who ask for their data, or for its erasure. Whom they are is never logged.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::audit::AuditAction;
use crate::desk::{Acted, Action, Citizen, find_citizen, quarantined_of};
use crate::http::Site;
use crate::http::caller::Admin;
use crate::http::documents::{self, CitizenPage};
use crate::http::extract::{self, Nothing, Query, page};
use crate::http::problem::Problem;
use crate::store::Page;

/// Complaints of one part of an export: each comes with its records and files.
const MAX_EXPORTED: usize = 20;

/// Whose data is meant. At least one member is given.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "phone": "13800001111" }))]
pub(super) struct CitizenBody {
    /// Telephone number, in any spelling that a mapping reads.
    #[schemars(example = &"13800001111")]
    phone: Option<String>,
    /// Resident identity number, in any spelling; or the number of another document as a channel has it.
    #[schemars(example = &"371082199001010011")]
    id_number: Option<String>,
    /// Receipt number of one complaint.
    receipt_number: Option<String>,
}

impl CitizenBody {
    fn read(&self) -> Result<Citizen, Problem> {
        Ok(Citizen::read(self.phone.as_deref(), self.id_number.as_deref(), self.receipt_number.as_deref())?)
    }
}

/// The keyed hashes of a citizen, of every spelling that a mapping of the city may have left.
pub(in crate::http) fn hashes(site: &Site, citizen: &Citizen) -> Vec<u64> {
    let channels = site.supervisor.channels();
    citizen.hashes(&site.vault, channels.iter().filter_map(|running| running.channel.area_code()))
}

/// What was looked for, as it was read, masked.
#[derive(Serialize, JsonSchema)]
pub(super) struct LookedFor {
    /// Telephone number.
    phone: Option<String>,
    /// Identity number.
    #[schemars(example = None::<&str>)]
    id_number: Option<String>,
    /// Receipt number.
    #[schemars(example = None::<&str>)]
    receipt_number: Option<String>,
}

impl From<&Citizen> for LookedFor {
    fn from(citizen: &Citizen) -> Self {
        Self {
            phone: citizen.shown_phone(),
            id_number: citizen.shown_id_number(),
            receipt_number: citizen.receipt().map(str::to_owned),
        }
    }
}

/// What was erased.
#[derive(Serialize, JsonSchema)]
pub(super) struct Erased {
    /// What was looked for.
    looked_for: LookedFor,
    /// Complaints that were found.
    found_complaints: usize,
    /// Complaints whose personal data was erased now; the others' was erased before.
    erased_complaints: usize,
    /// Numbers of records in quarantine that carry the number: they are not erased, for a person has to say whose they are.
    quarantined: Vec<i64>,
}

pub(super) async fn erase(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(wanted): extract::Json<CitizenBody>,
) -> Answer<Erased> {
    let citizen = wanted.read()?;
    let action = Action::Erase { hashes: hashes(&site, &citizen), receipt: citizen.receipt().map(str::to_owned) };
    let crate::desk::Erased { found, erased } = match site.desk.act(action, caller.actor(), &site.rules()).await? {
        Acted::Erased(erased) => erased,
        Acted::Done(_) | Acted::Told { .. } | Acted::Topic { .. } => crate::desk::Erased::default(),
        Acted::Unknown(zh, en) => return Err(Problem::new(RefusalCode::NotFound, zh, en)),
        Acted::Refused(zh, en) => return Err(Problem::new(RefusalCode::Conflict, zh, en)),
    };
    tracing::info!(actor = caller.name, found, erased, "Erasure of a citizen's personal data was asked for.");
    let sought = citizen.clone();
    let quarantined = site.reader.ask(move |store| quarantined_of(store, &sought)).await?;
    let quarantined: Vec<i64> = quarantined.into_iter().map(|raw| raw.0).collect();
    if found == 0 {
        return Err(nobody(&citizen, ("没有删除任何内容", "nothing was erased"), &quarantined));
    }
    let looked_for = LookedFor::from(&citizen);
    Ok(Json(Erased { looked_for, found_complaints: found, erased_complaints: erased, quarantined }))
}

/// No complaint is this citizen's.
fn nobody(citizen: &Citizen, (done_zh, done): (&str, &str), quarantined: &[i64]) -> Problem {
    let shown = citizen.shown();
    let (mut zh, mut en) =
        (format!("没有找到 {shown} 的诉求，{done_zh}"), format!("there is no complaint of {shown}: {done}"));
    if !quarantined.is_empty() {
        zh.push_str(&format!("；待修复区里有记录含有这个号码：{quarantined:?}"));
        en.push_str(&format!("; records in quarantine carry the number: {quarantined:?}"));
    }
    Problem::new(RefusalCode::NotFound, zh, en)
}

/// Whose data is exported, and which part of it.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "phone": "13800001111" }))]
pub(super) struct ExportBody {
    /// Telephone number, in any spelling that a mapping reads.
    #[schemars(example = &"13800001111")]
    phone: Option<String>,
    /// Resident identity number, in any spelling; or the number of another document as a channel has it.
    #[schemars(example = &"371082199001010011")]
    id_number: Option<String>,
    /// Receipt number of one complaint.
    receipt_number: Option<String>,
    /// `next` of the part before; without it the first part is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
}

/// A part of what is kept of a citizen.
#[derive(Serialize, JsonSchema)]
pub(super) struct Exported {
    /// What was looked for.
    looked_for: LookedFor,
    /// The complaints of this part.
    #[serde(flatten)]
    page: CitizenPage,
}

pub(super) async fn export(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(wanted): extract::Json<ExportBody>,
) -> Answer<Exported> {
    let ExportBody { phone, id_number, receipt_number, after } = wanted;
    let citizen = CitizenBody { phone, id_number, receipt_number }.read()?;
    let Page { after, .. } = page(after.as_deref(), None)?;
    let (hashes, receipt) = (hashes(&site, &citizen), citizen.receipt().map(str::to_owned));
    let rules = site.rules();
    let (found, page) = site
        .reader
        .ask(move |store| {
            let mut keys = find_citizen(store, &hashes, receipt.as_deref())?;
            let found = keys.len();
            keys.retain(|key| after.is_none_or(|after| key.0 > after));
            let next = documents::next(&mut keys, MAX_EXPORTED, |key| key.0);
            Ok((found, CitizenPage { complaints: documents::Citizen::read(store, &keys, &rules.names)?, next }))
        })
        .await?;
    let complaints = page.complaints.len();
    let receipts = page.complaints.iter().map(documents::Citizen::receipt);
    let exported = site.entry(AuditAction::Export, caller.actor()).about("receipt", receipts).counted(complaints);
    site.note(if found == 0 { exported.refused() } else { exported }).await?;
    tracing::info!(actor = caller.name, found, complaints, "A citizen's data was exported.");
    if found == 0 {
        return Err(nobody(&citizen, ("没有可以导出的内容", "nothing is exported"), &[]));
    }
    Ok(Json(Exported { looked_for: LookedFor::from(&citizen), page }))
}
