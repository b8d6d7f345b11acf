//! `huiliu erase` and `huiliu export`: what citizens may ask for by law, their data erased or given to them.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use super::client::{Client, Gateway, Refused};
use super::{runtime, store, view};
use crate::audit::machine_user;
use crate::catalogue::{Locale, say};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::desk::{Citizen, Erased, erase_beside, quarantined_of};
use crate::store::{Store, StoreError, Vault};

/// The exit code where nobody was found: neither success nor a failure of the program.
const NOBODY_FOUND: u8 = 3;

/// Whose data is meant; every complaint that one of these fits. `-` reads a line from standard input.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct CitizenArguments {
    #[arg(long, allow_hyphen_values = true)]
    phone: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    id_number: Option<String>,
    #[arg(long)]
    receipt: Option<String>,
}

/// Whose data is meant, as it was typed.
pub(super) struct Named {
    phone: Option<String>,
    id_number: Option<String>,
    receipt: Option<String>,
}

impl CitizenArguments {
    /// Takes what is read from standard input.
    pub(super) fn read(self) -> anyhow::Result<Named> {
        Ok(Named { phone: typed(self.phone)?, id_number: typed(self.id_number)?, receipt: self.receipt })
    }
}

/// What was given, or a line of standard input where that is `-`.
pub(super) fn typed(given: Option<String>) -> anyhow::Result<Option<String>> {
    if given.as_deref() != Some("-") {
        return Ok(given);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).with_context(|| say!("error-stdin"))?;
    Ok(Some(line.trim().to_owned()))
}

impl Named {
    fn body(&self) -> Value {
        let mut body = json!({});
        let members = [("phone", &self.phone), ("id_number", &self.id_number), ("receipt_number", &self.receipt)];
        for (name, value) in members.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            body[name] = json!(value);
        }
        body
    }

    fn citizen(&self) -> anyhow::Result<Citizen> {
        let read = Citizen::read(self.phone.as_deref(), self.id_number.as_deref(), self.receipt.as_deref());
        read.map_err(|reason| anyhow::anyhow!(Locale::of_process().pick(reason.zh().to_owned(), reason.to_string())))
    }
}

/// Erases through the gateway where one is named or is running on this database, else in the store.
pub(super) fn erase(config: &Config, named: &Named, gateway: Gateway) -> anyhow::Result<ExitCode> {
    let citizen = named.citizen()?;
    if gateway.is_named() {
        return runtime()?.block_on(erase_through(&gateway.client(config)?, named));
    }
    match store::open(config) {
        Ok(mut opened) => erase_in(&mut *opened, config, &citizen),
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::Locked { .. })) => {
            let client =
                gateway.client(config).with_context(|| say!("erase-gateway-runs", database = config.database))?;
            runtime()?.block_on(erase_through(&client, named))
        }
        Err(error) => Err(error),
    }
}

fn erase_in(opened: &mut dyn Store, config: &Config, citizen: &Citizen) -> anyhow::Result<ExitCode> {
    let hashes = citizen.hashes(&Vault::new(&config.key_ring()?)?, []);
    let Erased { found, erased } =
        erase_beside(opened, &hashes, citizen.receipt(), &machine_user(), SystemClock.now())?;
    let quarantined: Vec<i64> = quarantined_of(opened, citizen)?.into_iter().map(|raw| raw.0).collect();
    note_quarantined(&json!(quarantined));
    let shown = citizen.shown();
    if found == 0 {
        view::problem(&say!("erase-nobody", shown = shown));
        return Ok(ExitCode::from(NOBODY_FOUND));
    }
    erased_line(&shown, (found as u64, erased as u64));
    Ok(ExitCode::SUCCESS)
}

async fn erase_through(client: &Client, named: &Named) -> anyhow::Result<ExitCode> {
    let Some(answer) = found(client.post("/api/v1/erase", &named.body()).await)? else {
        return Ok(ExitCode::from(NOBODY_FOUND));
    };
    let looked_for = &answer["looked_for"];
    let shown: Vec<&str> =
        ["phone", "id_number", "receipt_number"].iter().filter_map(|name| looked_for[name].as_str()).collect();
    let count = |name: &str| answer[name].as_u64().unwrap_or_default();
    note_quarantined(&answer["quarantined"]);
    erased_line(&shown.join(&say!("list-comma")), (count("found_complaints"), count("erased_complaints")));
    Ok(ExitCode::SUCCESS)
}

/// Says which records in quarantine carry the number.
fn note_quarantined(records: &Value) {
    if records.as_array().is_some_and(|records| !records.is_empty()) {
        view::note(&say!("erase-in-quarantine", records = records));
    }
}

fn erased_line(shown: &str, (found, erased): (u64, u64)) {
    let before = found.saturating_sub(erased);
    view::line(&match before {
        0 => say!("erase-done", shown = shown, found = found, erased = erased),
        _ => say!("erase-done-again", shown = shown, found = found, erased = erased, before = before),
    });
}

/// Prints what a gateway keeps of a citizen, as one document.
pub(super) async fn export(client: &Client, named: &Named) -> anyhow::Result<ExitCode> {
    let mut body = named.body();
    let mut whole = Value::Null;
    loop {
        let Some(mut part) = found(client.post("/api/v1/export", &body).await)? else {
            return Ok(ExitCode::from(NOBODY_FOUND));
        };
        let next = part["next"].take();
        match (whole["complaints"].as_array_mut(), part["complaints"].as_array_mut()) {
            (Some(all), Some(more)) => all.append(more),
            _ => whole = part,
        }
        if next.is_null() {
            break;
        }
        body["after"] = next;
    }
    if let Some(document) = whole.as_object_mut() {
        document.remove("next");
    }
    view::line(&serde_json::to_string_pretty(&whole)?);
    Ok(ExitCode::SUCCESS)
}

/// What a gateway answered; none where it found nobody, which is told.
fn found(answer: anyhow::Result<Value>) -> anyhow::Result<Option<Value>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == 404) => {
            view::problem(&error.to_string());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
