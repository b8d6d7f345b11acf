//! Commands on the store: keys, tokens, doctor, erase.

use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::ProgressBar;

use super::view;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::desk::erase_beside;
use crate::http::{Role, new_token as make_token, token_hash};
use crate::store::{self, FindingState, KeyRing, Page, ReviewView, Store, TokenRow, Vault};

/// Rows sealed again in one transaction.
const RESEAL_ROWS: usize = 2_000;

pub(super) fn open(config: &Config) -> anyhow::Result<Box<dyn Store>> {
    let vault = Vault::new(&config.key_ring()?)?;
    let opened = store::open(&config.database, vault).with_context(|| config.database.to_string())?;
    Ok(opened.writer)
}

fn open_beside(config: &Config) -> anyhow::Result<Box<dyn Store>> {
    let vault = Vault::new(&config.key_ring()?)?;
    store::open_beside(&config.database, vault).with_context(|| config.database.to_string())
}

pub(super) fn new_keys(config: &Config) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(!config.keys.exists(), "{} exists; keys are never replaced, only rotated", config.keys.display());
    if let Some(folder) = config.keys.parent() {
        std::fs::create_dir_all(folder)?;
    }
    KeyRing::generate()?.write(&config.keys)?;
    view::line(&format!(
        "{} written. Back it up apart from the data: without it the data cannot be read.",
        config.keys.display()
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn rotate_keys(config: &Config) -> anyhow::Result<ExitCode> {
    let ring = KeyRing::read(&config.keys)?.rotated()?;
    // Opened first: the new key must not be written while a gateway seals with the old one.
    let mut store = store::open(&config.database, Vault::new(&ring)?)?.writer;
    ring.write(&config.keys)?;
    let bar = ProgressBar::new_spinner();
    loop {
        let done = store.reseal(RESEAL_ROWS)?;
        bar.inc(u64::try_from(done).unwrap_or(u64::MAX));
        bar.set_message(format!("{} rows sealed again", bar.position()));
        if done == 0 {
            break;
        }
    }
    bar.finish_and_clear();
    view::line(&format!(
        "{} rows sealed again with the new key. Old keys may be removed from {} now.",
        bar.position(),
        config.keys.display()
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn new_token(config: &Config, name: &str, role: &str) -> anyhow::Result<ExitCode> {
    let role = Role::from_name(role).context("the role must be viewer, operator or admin")?;
    let token = make_token().map_err(|_unspecified| anyhow::anyhow!("no random numbers"))?;
    let (name, created_at) = (name.to_owned(), SystemClock.now());
    open_beside(config)?.put_token(&TokenRow {
        name,
        role: role.name().to_owned(),
        hash: token_hash(&token),
        created_at,
    })?;
    view::note("This token is shown once:");
    view::line(&token);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn list_tokens(config: &Config) -> anyhow::Result<ExitCode> {
    let tokens = open_beside(config)?.tokens()?;
    let rows = tokens.into_iter().map(|token| vec![token.name, token.role, token.created_at.to_string()]);
    view::table(&["名称", "角色", "创建时间"], rows.collect());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn remove_token(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(open_beside(config)?.remove_token(name)?, "there is no token {name}");
    Ok(ExitCode::SUCCESS)
}

/// All answered reviews of the database.
pub(super) fn answered_reviews(config: &Config) -> anyhow::Result<Vec<ReviewView>> {
    let mut store = open_beside(config)?;
    let mut page = Page { after: None, limit: Page::MAX };
    let mut answered = Vec::new();
    loop {
        let found = store.answered_reviews(page)?;
        match found.last() {
            Some(last) => page.after = Some(last.id.0),
            None => return Ok(answered),
        }
        answered.extend(found);
    }
}

pub(super) fn doctor(config: &Config, repair: bool) -> anyhow::Result<ExitCode> {
    let mut store = if repair { open(config)? } else { open_beside(config)? };
    let findings = store.examine(repair)?;
    let wrong = findings.iter().filter(|finding| finding.state == FindingState::Wrong).count();
    let rows = findings.into_iter().map(|finding| {
        let state = match finding.state {
            FindingState::Fine => view::color("ok", "32"),
            FindingState::Repaired => view::color("repaired", "33"),
            FindingState::Wrong => view::color("WRONG", "31"),
        };
        vec![finding.check.to_owned(), state, finding.message]
    });
    view::table(&["check", "", "finding"], rows.collect());
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn erase(
    config: &Config,
    phone: Option<&str>,
    id_number: Option<&str>,
    receipt: Option<&str>,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(phone.or(id_number).or(receipt).is_some(), "name --phone, --id-number or --receipt");
    let vault = Vault::new(&config.key_ring()?)?;
    let hashes: Vec<u64> = [("phone", phone), ("id", id_number)]
        .into_iter()
        .filter_map(|(kind, value)| value.map(|value| vault.hash(kind, value)))
        .collect();
    let erased = erase_beside(&mut *open(config)?, &hashes, receipt, SystemClock.now())?;
    view::line(&format!("已删除 {erased} 件诉求的个人信息（complaints erased）"));
    Ok(ExitCode::SUCCESS)
}
