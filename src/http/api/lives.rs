//! The life of one matter, also as a signed document, and the key that checks it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;
use super::decisions::ReceiptPath;
use super::tickets::TicketPath;
use crate::audit::AuditAction;
use crate::city::PackFiles;
use crate::http::Site;
use crate::http::caller::{Caller, Viewer};
use crate::http::documents::{Life, Teller};
use crate::http::extract::{Nothing, Path, Query};
use crate::http::problem::Problem;

/// The form of the signed document; a change that readers must know of has another name.
const FORMAT: &str = "huiliu.life.v1";
/// How it is signed.
const ALGORITHM: &str = "Ed25519";

/// Whose life is told.
enum Matter {
    Complaint(String),
    Ticket(String),
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
    let told = site
        .reader
        .ask(move |store| {
            let load = |files: PackFiles| trial.loaded(files);
            let teller = Teller { contacts, live: &live, load: &load };
            match &matter {
                Matter::Complaint(receipt) => Life::of_complaint(store, receipt, &teller),
                Matter::Ticket(id) => Life::of_ticket(store, id, &teller),
            }
        })
        .await?;
    if contacts && told.is_some() {
        site.note(site.entry(AuditAction::LookTicket, caller.actor()).about(by, [&named])).await?;
    }
    // Whose it was is not logged.
    tracing::info!(actor = caller.name, by, found = told.is_some(), "The life of a matter was looked at.");
    told.ok_or_else(Problem::not_found)
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
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Life> {
    Ok(Json(life(&site, &caller, Matter::Complaint(receipt)).await?))
}

pub(super) async fn of_ticket(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Life> {
    Ok(Json(life(&site, &caller, Matter::Ticket(id)).await?))
}

pub(super) async fn signed_of_complaint(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(ReceiptPath { receipt }): Path<ReceiptPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<SignedLife> {
    let life = life(&site, &caller, Matter::Complaint(receipt)).await?;
    signed(&site, &caller, life).map(Json)
}

pub(super) async fn signed_of_ticket(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(TicketPath { id }): Path<TicketPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<SignedLife> {
    let life = life(&site, &caller, Matter::Ticket(id)).await?;
    signed(&site, &caller, life).map(Json)
}

pub(super) async fn signing_key(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<SigningKeyDocument> {
    let (key, public_key_pem) = (site.signing.name(), site.signing.public_pem());
    Ok(Json(SigningKeyDocument { algorithm: ALGORITHM, key, public_key_pem }))
}
