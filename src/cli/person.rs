//! `huiliu people`: who may sign in to the console, in the store of this machine.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;

use super::store::{entry, open_beside};
use super::view;
use crate::audit::AuditAction;
use crate::catalogue::{Locale, say};
use crate::city::{Names, PackFiles};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::http::Role;
use crate::mapping::Loading;
use crate::pack::Pack;
use crate::people::{Attempts, MAX_FAILURES_OF_NAME, Person, Scope, name_fault};
use crate::registry::factories;
use crate::sign_in;
use crate::store::{Page, PersonRow, Store};

/// Who may sign in.
#[derive(Debug, Subcommand)]
pub(super) enum PeopleCommand {
    Add(AddPerson),
    List,
    Reset { name: String },
    Bar { name: String },
    Admit { name: String },
    Remove { name: String },
}

/// Somebody new.
#[derive(Debug, Args)]
pub(super) struct AddPerson {
    name: String,
    #[arg(long, default_value = "viewer")]
    role: String,
    #[arg(long, default_value = "")]
    title: String,
    #[arg(long, value_name = "CODE")]
    district: Vec<String>,
    #[arg(long, value_name = "CODE")]
    department: Vec<String>,
    #[arg(long, value_name = "CODE")]
    category: Vec<String>,
    #[arg(long, value_name = "ID")]
    channel: Vec<String>,
}

pub(super) fn run(config: &Config, command: PeopleCommand) -> anyhow::Result<ExitCode> {
    let mut store = open_beside(config)?;
    match command {
        PeopleCommand::Add(add) => {
            let (name, password) = add_person(&mut *store, add)?;
            told(&name, &password);
        }
        PeopleCommand::List => list(&mut *store)?,
        PeopleCommand::Reset { name } => {
            let row = known(&mut *store, &name)?;
            let given = sign_in::with_first_password(Person { second: None, ..row.person.clone() }, SystemClock.now())?;
            change(&mut *store, PersonRow { person: given.0, ..row.clone() }, &row.person)?;
            store.note_attempts(&name, Attempts::default())?;
            told(&name, &given.1);
        }
        PeopleCommand::Bar { name } => bar(&mut *store, &name, true)?,
        PeopleCommand::Admit { name } => bar(&mut *store, &name, false)?,
        PeopleCommand::Remove { name } => {
            let gone = entry(AuditAction::RemovePerson).about("person", [&name]);
            anyhow::ensure!(store.remove_person(&name, &gone)?, say!("people-none", name = name));
            view::line(&say!("people-gone", name = name));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Names and first passwords are told once.
fn told(name: &str, password: &str) {
    view::note(&say!("people-once", hours = sign_in::FIRST_VALID.as_hours()));
    view::line(&format!("{name}  {password}"));
}

/// The role of a name, where people can have it.
fn role(name: &str) -> anyhow::Result<Role> {
    Role::from_name(name).filter(|role| *role != Role::Platform).with_context(|| say!("people-role"))
}

fn add_person(store: &mut dyn Store, add: AddPerson) -> anyhow::Result<(String, String)> {
    let AddPerson { name, role: wanted, title, district, department, category, channel } = add;
    let (people, tokens) = (store.people()?, store.tokens()?);
    anyhow::ensure!(!people.iter().any(|row| row.name == name), say!("people-exists", name = name));
    anyhow::ensure!(!tokens.iter().any(|token| token.name == name), say!("people-token", name = name));
    let others = people.iter().map(|row| row.name.as_str()).chain(tokens.iter().map(|token| token.name.as_str()));
    if let Some(fault) = name_fault(&name, others) {
        anyhow::bail!(Locale::of_process().pick(fault.zh(), fault.en()));
    }
    let scope = Scope { districts: district, departments: department, categories: category, channels: channel };
    if !scope.is_whole() {
        check(store, &scope)?;
    }
    let person = Person { title, role: role(&wanted)?.name().to_owned(), scope, ..Person::default() };
    let password = new_person(store, name.clone(), person)?;
    Ok((name, password))
}

/// Holds the codes of a scope against the city; where that cannot be done it is said, for a wrong code shows somebody nothing.
fn check(store: &mut dyn Store, scope: &Scope) -> anyhow::Result<()> {
    match live_names(store)? {
        Live::Names(names) => match names.unknown_in(scope) {
            Some(unknown) => anyhow::bail!(Locale::of_process().pick(unknown.zh(), unknown.en())),
            None => Ok(()),
        },
        Live::None => {
            view::note(&say!("people-no-pack"));
            Ok(())
        }
        Live::Unreadable => {
            view::note(&say!("people-pack-unreadable"));
            Ok(())
        }
    }
}

/// What codes can be held against.
enum Live {
    /// The names of the pack that went live last.
    Names(Arc<Names>),
    /// None has gone live yet.
    None,
    /// This release cannot read it, or its content is not kept.
    Unreadable,
}

fn live_names(store: &mut dyn Store) -> anyhow::Result<Live> {
    let Some(newest) = store.pack_versions(Page::first(1))?.pop() else { return Ok(Live::None) };
    let kept = store.pack_content(newest.number)?;
    let factories = factories();
    let loading = Loading::away(&factories, Arc::new(SystemClock));
    let live = kept.and_then(|bytes| Pack::load(PackFiles::from_bytes(&bytes)?, &loading).ok());
    Ok(live.map_or(Live::Unreadable, |pack| Live::Names(Arc::clone(&pack.rules.names))))
}

/// Adds somebody; gives their first password.
fn new_person(store: &mut dyn Store, name: String, person: Person) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let (person, password) = sign_in::with_first_password(person, now)?;
    let added = entry(AuditAction::NewPerson).about("person", [&name]).about("role", [&person.role]);
    let row = PersonRow { name, person, attempts: Attempts::default(), created_at: now };
    anyhow::ensure!(store.put_person(&row, None, &added)?, say!("people-exists", name = row.name));
    Ok(password)
}

/// Name and first password of somebody who looks after people, where there is nobody yet who may sign in.
pub(super) fn first(store: &mut dyn Store) -> anyhow::Result<Option<(String, String)>> {
    if !store.people()?.is_empty() {
        return Ok(None);
    }
    let name = Role::Security.name().to_owned();
    let person = Person { role: name.clone(), ..Person::default() };
    let password = new_person(store, name.clone(), person)?;
    Ok(Some((name, password)))
}

fn known(store: &mut dyn Store, name: &str) -> anyhow::Result<PersonRow> {
    store.person(name)?.with_context(|| say!("people-none", name = name))
}

/// Writes what changed of somebody, whose sessions end.
fn change(store: &mut dyn Store, row: PersonRow, before: &Person) -> anyhow::Result<()> {
    let changed = entry(AuditAction::ChangePerson).about("person", [&row.name]).about("role", [&row.person.role]);
    anyhow::ensure!(store.put_person(&row, Some(before), &changed)?, say!("people-changed", name = row.name));
    store.end_others(&row.name, &[])?;
    Ok(())
}

fn bar(store: &mut dyn Store, name: &str, is_barred: bool) -> anyhow::Result<()> {
    let row = known(store, name)?;
    let person = Person { is_barred, ..row.person.clone() };
    change(store, PersonRow { person, ..row.clone() }, &row.person)?;
    let state = if is_barred { say!("people-barred") } else { say!("people-active") };
    view::line(&say!("people-is", name = name, state = state));
    Ok(())
}

fn list(store: &mut dyn Store) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let rows = store.people()?.into_iter().map(|row| {
        let person = &row.person;
        let Scope { districts, departments, categories, channels } = &person.scope;
        let bounds = [districts, departments, categories, channels].map(|codes| codes.join(" "));
        let scope = bounds.iter().filter(|codes| !codes.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ");
        let state = if person.is_barred {
            say!("people-barred")
        } else if row.attempts.locked_until(MAX_FAILURES_OF_NAME, now).is_some() {
            say!("people-locked")
        } else if person.is_first {
            say!("people-new")
        } else {
            say!("people-active")
        };
        let added = view::seconds(row.created_at, &TimeZone::system());
        vec![row.name.clone(), person.title.clone(), person.role.clone(), scope, state, added]
    });
    let headings = [
        say!("name"),
        say!("people-title"),
        say!("role"),
        say!("people-scope"),
        say!("people-state"),
        say!("created-at"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows.collect());
    Ok(())
}
