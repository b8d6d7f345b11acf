//! The life of one matter, also as a signed document, and the key that checks it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::decisions::ReceiptPath;
use super::matter::{MAX_NUMBER_CHARS, Meant, Number};
use super::tickets::TicketPath;
use crate::audit::AuditAction;
use crate::city::PackFiles;
use crate::http::Site;
use crate::http::auth::Role;
use crate::http::caller::{Caller, Inspector};
use crate::http::documents::{Found, Life, Teller};
use crate::http::extract::{Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::TicketKey;
use crate::store::{ComplaintView, TicketDetail};

/// The form of the signed document; a change that readers must know of has another name.
const FORMAT: &str = "huiliu.life.v1";
/// How it is signed.
const ALGORITHM: &str = "Ed25519";

/// Whose life is told.
enum Matter {
    Complaint(String),
    Ticket(String),
}

/// Which matter is meant.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MatterQuery {
    /// A receipt number, a ticket's id, a number of its source or of another system, or a telephone number.
    #[schemars(length(min = 1, max = MAX_NUMBER_CHARS))]
    #[schemars(example = &"RC2611220000001")]
    matter: String,
    /// With true, as a signed document.
    #[schemars(example = false)]
    signed: Option<bool>,
}

/// The life of the matter that a number names, or the complaints of which one has to be named.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MatterLife")]
pub(super) struct MatterTold {
    /// The life; null where there are several, or where it is signed.
    life: Option<Life>,
    /// The same as a signed document, where that was asked for.
    signed: Option<SignedLife>,
    /// Complaints that have the number, where there are several: name one of their receipt numbers.
    several: Vec<Found>,
}

/// A document with its detached signature.
#[derive(Serialize, JsonSchema)]
pub(super) struct SignedLife {
    /// The document, byte by byte as it was signed: JSON in UTF-8.
    document: String,
    /// The signature of these bytes in Base64: 64 bytes.
    signature: String,
    /// Always Ed25519 (RFC 8032).
    algorithm: &'static str,
    /// Name of the key: the beginning of the SHA-256 of the public key.
    key: String,
}

/// What is signed.
#[derive(Serialize)]
struct Signed<'a> {
    format: &'static str,
    city: &'a str,
    issued_at: Timestamp,
    issued_by: &'a str,
    role: &'static str,
    key: String,
    life: Life,
}

/// The public key.
#[derive(Serialize, JsonSchema)]
pub(super) struct SigningKeyDocument {
    /// Always Ed25519 (RFC 8032).
    algorithm: &'static str,
    /// Name of the key: the beginning of the SHA-256 of the public key.
    key: String,
    /// The public key as PEM, as openssl reads it.
    public_key_pem: String,
}

async fn life(site: &Site, caller: &Caller, matter: Matter) -> Result<Life, Problem> {
    let (contacts, live, trial) = (caller.sees_contacts(), site.supervisor.pack(), site.supervisor.trial());
    let (by, named) = match &matter {
        Matter::Complaint(receipt) => ("receipt", receipt.clone()),
        Matter::Ticket(id) => ("ticket", id.clone()),
    };
    let sight = Sight::of(site, caller);
    let told = site
        .reader
        .ask(move |store| {
            let sees = match &matter {
                Matter::Complaint(receipt) => sight.sees_receipt(store, receipt)?,
                Matter::Ticket(id) => sight.sees_id(store, id)?,
            };
            if !sees {
                return Ok(None);
            }
            let load = |files: PackFiles| trial.load(&files).ok();
            let teller = Teller { contacts, live: &live, load: &load };
            match &matter {
                Matter::Complaint(receipt) => Life::of_complaint(store, receipt, &teller),
                Matter::Ticket(id) => Life::of_ticket(store, id, &teller),
            }
        })
        .await?;
    // An inspection is answered for, too.
    if (contacts || caller.role == Role::Auditor) && told.is_some() {
        site.note(site.entry(AuditAction::LookLife, caller.actor()).about(by, [&named])).await?;
    }
    // Whose it was is not logged.
    tracing::info!(actor = caller.name, by, found = told.is_some(), "The life of a matter was looked at.");
    told.ok_or_else(Problem::not_found)
}

pub(super) async fn of_matter(
    Inspector(caller): Inspector,
    State(site): State<Arc<Site>>,
    Query(MatterQuery { matter, signed: is_signed }): Query<MatterQuery>,
) -> Answer<MatterTold> {
    let number = Number::read(&site, &caller, &matter)?;
    let (number, meant) = site
        .reader
        .ask(move |store| {
            let meant = number.find(store)?;
            Ok((number, meant))
        })
        .await?;
    let one = match meant {
        Meant::Ticket(id) => Matter::Ticket(id),
        Meant::Complaints(views) => match views.as_slice() {
            [] => return Err(number.not_found()),
            [one] => Matter::Complaint(one.receipt.clone()),
            _ => return several(&site, &caller, views).await,
        },
    };
    let life = life(&site, &caller, one).await?;
    let told = MatterTold { life: None, signed: None, several: Vec::new() };
    Ok(Json(match is_signed == Some(true) {
        true => MatterTold { signed: Some(signed(&site, &caller, life)?), ..told },
        false => MatterTold { life: Some(life), ..told },
    }))
}

/// The complaints of which one has to be named.
async fn several(site: &Site, caller: &Caller, views: Vec<ComplaintView>) -> Answer<MatterTold> {
    let keys: BTreeSet<TicketKey> = views.iter().map(|view| view.ticket).collect();
    let tickets = site.reader.ask(move |store| store.tickets(&keys.into_iter().collect::<Vec<_>>(), 0)).await?;
    let tickets: HashMap<TicketKey, TicketDetail> = tickets.into_iter().map(|detail| (detail.key, detail)).collect();
    let (rules, now, contacts) = (site.rules(), site.clock.now(), caller.sees_contacts());
    let found = |view: &ComplaintView| Some(Found::of(view, tickets.get(&view.ticket)?, &rules, now, contacts));
    let several: Vec<Found> = views.iter().filter_map(found).collect();
    if contacts || caller.role == Role::Auditor {
        let looked = site.entry(AuditAction::LookComplaints, caller.actor()).about("by", ["matter"]);
        let receipts = views.iter().map(|view| &view.receipt);
        site.note(looked.about("receipt", receipts).counted(several.len())).await?;
    }
    Ok(Json(MatterTold { life: None, signed: None, several }))
}

fn signed(site: &Site, caller: &Caller, life: Life) -> Result<SignedLife, Problem> {
    let pack = site.supervisor.pack();
    let key = site.signing.name();
    let document = Signed {
        format: FORMAT,
        city: &pack.city.name,
        issued_at: site.clock.now(),
        issued_by: &caller.name,
        role: caller.role.name(),
        key: key.clone(),
        life,
    };
    let mut document = serde_json::to_string_pretty(&document).map_err(|error| {
        let (zh, en) = ("签名文件写不出来", format!("the signed document cannot be written: {error}"));
        Problem::new(RefusalCode::Internal, zh, en)
    })?;
    document.push('\n');
    let signature = STANDARD.encode(site.signing.sign(document.as_bytes()));
    Ok(SignedLife { document, signature, algorithm: ALGORITHM, key })
}

pub(super) async fn of_complaint(
    Inspector(caller): Inspector,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Life> {
    Ok(Json(life(&site, &caller, Matter::Complaint(receipt)).await?))
}

pub(super) async fn of_ticket(
    Inspector(caller): Inspector,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Life> {
    Ok(Json(life(&site, &caller, Matter::Ticket(id)).await?))
}

pub(super) async fn signed_of_complaint(
    Inspector(caller): Inspector,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<SignedLife> {
    let life = life(&site, &caller, Matter::Complaint(receipt)).await?;
    signed(&site, &caller, life).map(Json)
}

pub(super) async fn signed_of_ticket(
    Inspector(caller): Inspector,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<SignedLife> {
    let life = life(&site, &caller, Matter::Ticket(id)).await?;
    signed(&site, &caller, life).map(Json)
}

pub(super) async fn signing_key(
    _: Inspector,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<SigningKeyDocument> {
    let (key, public_key_pem) = (site.signing.name(), site.signing.public_pem());
    Ok(Json(SigningKeyDocument { algorithm: ALGORITHM, key, public_key_pem }))
}
