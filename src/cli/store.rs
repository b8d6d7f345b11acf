//! Commands on the store: keys, tokens, doctor.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::tz::TimeZone;

use super::{view, words};
use crate::audit::{AuditAction, AuditEntry, machine_user};
use crate::catalogue::{Locale, say};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::http::{PROGRAM, Role, new_token as make_token, token_hash};
use crate::store::{
    self, Database, Finding, FindingState, KeyRing, Moving, Page, ProofKey, ReviewView, Store, TokenRow, TransferError,
    Vault,
};

/// Rows sealed again in one transaction.
const RESEAL_ROWS: usize = 2_000;

pub(super) fn open(config: &Config) -> anyhow::Result<Box<dyn Store>> {
    let vault = Vault::new(&config.key_ring()?)?;
    let opened =
        store::open(&config.database, vault).with_context(|| say!("error-database", database = config.database))?;
    Ok(opened.writer)
}

pub(super) fn open_beside(config: &Config) -> anyhow::Result<Box<dyn Store>> {
    require_file(config)?;
    let vault = Vault::new(&config.key_ring()?)?;
    store::open_beside(&config.database, vault).with_context(|| say!("error-database", database = config.database))
}

/// What is done to a database in memory is gone when the command ends.
fn require_file(config: &Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        matches!(config.database, Database::Sqlite(_) | Database::Postgres(_)),
        say!("store-needs-file", database = config.database)
    );
    Ok(())
}

/// An entry of the audit log about what the user of the machine does now.
pub(super) fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry::done(action, machine_user(), SystemClock.now())
}

pub(super) fn new_keys(config: &Config) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(!config.keys.exists(), say!("keys-exist", path = config.keys.display()));
    if let Some(folder) = config.keys.parent() {
        std::fs::create_dir_all(folder)?;
    }
    KeyRing::generate()?.write(&config.keys)?;
    view::line(&say!("keys-written", path = config.keys.display()));
    Ok(ExitCode::SUCCESS)
}

/// Prints the public key that checks what was signed.
pub(super) fn public_key(config: &Config) -> anyhow::Result<ExitCode> {
    let key = ProofKey::of(&config.key_ring()?)?;
    view::line(key.public_pem().trim_end());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn rotate_keys(config: &Config) -> anyhow::Result<ExitCode> {
    let ring = KeyRing::read(&config.keys)?.rotated()?;
    // Opened first: the new key must not be written while a gateway seals with the old one.
    let mut store = store::open(&config.database, Vault::new(&ring)?)?.writer;
    ring.write(&config.keys)?;
    let bar = view::spinner();
    loop {
        let done = store.reseal(RESEAL_ROWS)?;
        bar.inc(u64::try_from(done).unwrap_or(u64::MAX));
        bar.set_message(say!("keys-progress", count = bar.position()));
        if done == 0 {
            break;
        }
    }
    bar.finish_and_clear();
    let rows = usize::try_from(bar.position()).unwrap_or(usize::MAX);
    store.note_audit(&[entry(AuditAction::RotateKeys).counted(rows)])?;
    view::line(&say!("keys-rotated", count = bar.position(), path = config.keys.display()));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn new_token(config: &Config, name: &str, role: Option<&str>, replace: bool) -> anyhow::Result<ExitCode> {
    let token = put_token(config, name, role, replace)?;
    view::note(&say!("token-once"));
    view::line(&token);
    Ok(ExitCode::SUCCESS)
}

/// Makes a token. One of this name is replaced only where that is said; it keeps its role unless another is given.
fn put_token(config: &Config, name: &str, role: Option<&str>, replace: bool) -> anyhow::Result<String> {
    anyhow::ensure!(!name.trim().is_empty(), say!("token-unnamed"));
    let mut store = open_beside(config)?;
    let known = store.tokens()?.into_iter().find(|token| token.name == name);
    if let Some(known) = known.as_ref().filter(|_| !replace) {
        anyhow::bail!(say!("token-exists", name = name, role = known.role));
    }
    anyhow::ensure!(store.person(name)?.is_none(), say!("token-person", name = name));
    let role = role.or(known.as_ref().map(|known| known.role.as_str())).unwrap_or("viewer");
    let role = Role::from_name(role).with_context(|| say!("token-role"))?;
    let token = make_token(PROGRAM).map_err(|_unspecified| anyhow::anyhow!(say!("error-no-random")))?;
    let (name, created_at) = (name.to_owned(), SystemClock.now());
    let action = if known.is_some() { AuditAction::ReplaceToken } else { AuditAction::NewToken };
    let entry = entry(action).about("token", [&name]).about("role", [role.name()]);
    store.put_token(&TokenRow { name, role: role.name().to_owned(), hash: token_hash(&token), created_at }, &entry)?;
    Ok(token)
}

pub(super) fn list_tokens(config: &Config) -> anyhow::Result<ExitCode> {
    let tokens = open_beside(config)?.tokens()?;
    let rows = tokens
        .into_iter()
        .map(|token| vec![token.name, token.role, view::seconds(token.created_at, &TimeZone::system())]);
    view::table(&[&say!("name"), &say!("role"), &say!("created-at")], rows.collect());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn remove_token(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    let entry = entry(AuditAction::RemoveToken).about("token", [name]);
    anyhow::ensure!(open_beside(config)?.remove_token(name, &entry)?, say!("token-none", name = name));
    Ok(ExitCode::SUCCESS)
}

/// All answered reviews of the database.
pub(super) fn answered_reviews(config: &Config) -> anyhow::Result<Vec<ReviewView>> {
    let mut store = open_beside(config)?;
    store.note_audit(&[entry(AuditAction::LookReviews)])?;
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
    require_file(config)?;
    let mut store = if repair { open(config)? } else { open_beside(config)? };
    let findings = store.examine(repair)?;
    if repair {
        store.note_audit(&[entry(AuditAction::Repair)])?;
    }
    Ok(told(findings))
}

/// Shows what was found. With a failure where something is wrong.
fn told(findings: Vec<Finding>) -> ExitCode {
    let wrong = findings.iter().filter(|finding| finding.state == FindingState::Wrong).count();
    let rows = findings.into_iter().map(|finding| {
        let state = match finding.state {
            FindingState::Fine => view::color(&say!("doctor-fine"), "32"),
            FindingState::Repaired => view::color(&say!("doctor-repaired"), "33"),
            FindingState::Wrong => view::color(&say!("doctor-wrong"), "31"),
        };
        vec![words::check(finding.check), state, Locale::of_process().pick(finding.zh, finding.message)]
    });
    view::table(&[&say!("doctor-check"), "", &say!("doctor-finding")], rows.collect());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Moves what a file holds to the database of the settings, or has gateways use the file again.
pub(super) fn move_from(config: &Config, file: &Path, undo: bool) -> anyhow::Result<ExitCode> {
    if undo {
        return keep(config, file);
    }
    let (vault, from) = (Vault::new(&config.key_ring()?)?, Database::Sqlite(file.to_owned()));
    let bar = view::progress(0);
    let moved = store::move_store(&from, &config.database, &vault, &mut |moving: Moving| {
        bar.set_length(moving.rows);
        bar.set_position(moving.done);
    });
    bar.finish_and_clear();
    let moved = moved.map_err(in_words)?;
    let rows = usize::try_from(moved.rows).unwrap_or(usize::MAX);
    open_beside(config)?.note_audit(&[entry(AuditAction::MoveStore).counted(rows)])?;
    view::line(&say!(
        "store-moved",
        rows = moved.rows,
        database = config.database,
        received = moved.ledger.received,
        complaints = moved.ledger.complaints,
        from = file.display()
    ));
    Ok(told(moved.findings))
}

fn keep(config: &Config, file: &Path) -> anyhow::Result<ExitCode> {
    store::keep_store(&Database::Sqlite(file.to_owned()), &Vault::new(&config.key_ring()?)?).map_err(in_words)?;
    view::line(&say!("store-kept", from = file.display()));
    Ok(ExitCode::SUCCESS)
}

fn in_words(error: TransferError) -> anyhow::Error {
    match error {
        TransferError::Engines { from, to } => anyhow::anyhow!(say!("store-move-engines", from = from, to = to)),
        TransferError::Differs { ref what, .. } => {
            let words = say!("store-move-differs", what = what);
            anyhow::Error::new(error).context(words)
        }
        TransferError::Store(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path, database: Database) -> Config {
        let keys = folder.join("keys");
        if !keys.exists() {
            KeyRing::generate().unwrap().write(&keys).unwrap();
        }
        Config { database, keys, ..Config::default() }
    }

    fn known(config: &Config) -> Vec<(String, String, Vec<u8>)> {
        let tokens = open_beside(config).unwrap().tokens().unwrap();
        tokens.into_iter().map(|token| (token.name, token.role, token.hash)).collect()
    }

    #[test]
    fn a_token_is_replaced_only_where_that_is_said_and_keeps_its_role() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), Database::Sqlite(folder.path().join("huiliu.db")));
        drop(store::open(&config.database, Vault::new(&config.key_ring().unwrap()).unwrap()).unwrap());
        let first = put_token(&config, "clerk", Some("operator"), false).unwrap();
        let before = known(&config);
        for role in [None, Some("admin")] {
            let refused = put_token(&config, "clerk", role, false).unwrap_err().to_string();
            assert!(refused.contains("--replace") && refused.contains("operator"), "{refused}");
        }
        assert_eq!(known(&config), before, "nothing has changed");
        let second = put_token(&config, "clerk", None, true).unwrap();
        assert_ne!(first, second);
        assert_eq!(known(&config), [("clerk".to_owned(), "operator".to_owned(), token_hash(&second))]);
        put_token(&config, "clerk", Some("viewer"), true).unwrap();
        assert_eq!(known(&config)[0].1, "viewer");
        put_token(&config, "another", None, true).unwrap();
        assert_eq!(known(&config).len(), 2, "there need not be one to replace");
        put_token(&config, " ", None, false).unwrap_err();
    }

    #[test]
    fn a_token_for_a_database_in_memory_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for database in [Database::Memory, Database::SqliteInMemory] {
            let refused = put_token(&config(folder.path(), database), "clerk", None, false).unwrap_err().to_string();
            assert!(refused.contains("database") && refused.contains("memory:"), "{refused}");
        }
    }
}
