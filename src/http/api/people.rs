//! People who may sign in: added, changed and removed by whoever looks after them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::sessions::{changed_meanwhile, is_of_people};
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::auth::Role;
use crate::http::caller::{Caller, Security};
use crate::http::extract::{self, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::pack::Rules;
use crate::people::{Attempts, MAX_TITLE_CHARS, Person, Scope, name_fault};
use crate::sign_in;
use crate::store::{MAX_PEOPLE, PersonRow};

/// Most codes of one kind in a scope.
const MAX_BOUNDS: usize = 200;

/// Names of the roles that people can have.
pub(super) fn roles() -> Vec<&'static str> {
    Role::ALL.iter().filter(|(role, _)| is_of_people(*role)).map(|(_, name)| *name).collect()
}

/// Of which matters somebody may know. Bounds of different kinds hold together; none of a kind sets none.
#[derive(Debug, Default, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ScopeDocument {
    /// Codes of divisions, with what they hold.
    #[schemars(length(max = 200))]
    #[schemars(example = ["371082001"])]
    districts: Vec<String>,
    /// Codes of units, with those below them.
    #[schemars(length(max = 200))]
    #[schemars(example = ["urban-management"])]
    departments: Vec<String>,
    /// Codes of categories.
    #[schemars(length(max = 200))]
    #[schemars(example = ["lighting"])]
    categories: Vec<String>,
    /// Ids of channels.
    #[schemars(length(max = 200))]
    #[schemars(example = ["hotline"])]
    channels: Vec<String>,
}

impl ScopeDocument {
    pub(super) fn of(scope: &Scope) -> Self {
        let Scope { districts, departments, categories, channels } = scope.clone();
        Self { districts, departments, categories, channels }
    }

    /// The scope, where the city knows every code in it and none of its lists is longer than a limit.
    fn read(self, rules: &Rules) -> Result<Scope, Problem> {
        let Self { districts, departments, categories, channels } = self;
        let members = [
            ("districts", &districts),
            ("departments", &departments),
            ("categories", &categories),
            ("channels", &channels),
        ];
        if let Some((member, _)) = members.iter().find(|(_, codes)| codes.len() > MAX_BOUNDS) {
            let zh = format!("scope.{member}：最多 {MAX_BOUNDS} 个");
            let en = format!("scope.{member} has more than {MAX_BOUNDS} codes");
            return Err(Problem::new(RefusalCode::InvalidRequest, zh, en));
        }
        let scope = Scope { districts, departments, categories, channels };
        match rules.names.unknown_in(&scope) {
            None => Ok(scope),
            Some(unknown) => {
                let (zh, en) = (unknown.zh(), unknown.en());
                let (zh, en) = (format!("scope.{}：{zh}", unknown.member), format!("scope.{}: {en}", unknown.member));
                Err(Problem::new(RefusalCode::InvalidRequest, zh, en))
            }
        }
    }
}

/// Somebody who may sign in.
#[derive(Serialize, JsonSchema)]
pub(super) struct PersonDocument {
    /// Name by which they sign in and stand in the audit log.
    #[schemars(example = &"wang.lei")]
    name: String,
    /// What others call them.
    #[schemars(example = &"王蕾，七里街道")]
    title: String,
    /// Role.
    #[schemars(extend("enum" = roles()))]
    #[schemars(example = &"clerk")]
    role: String,
    /// Of which matters they may know.
    scope: ScopeDocument,
    /// Whether they may not sign in.
    #[schemars(example = false)]
    barred: bool,
    /// Whether they have a second factor.
    #[schemars(example = true)]
    has_second_factor: bool,
    /// Whether they have not set a password of their own yet.
    #[schemars(example = false)]
    is_new: bool,
    /// Until when their name may not be tried from some address after wrong passwords (RFC 3339); none: it may from everywhere.
    #[schemars(example = &"2026-11-22T01:30:00Z")]
    locked_until: Option<String>,
    /// When they were added (RFC 3339).
    #[schemars(example = &"2026-11-22T01:30:00Z")]
    created_at: String,
}

impl PersonDocument {
    fn of(row: &PersonRow, site: &Site) -> Self {
        let person = &row.person;
        Self {
            name: row.name.clone(),
            title: person.title.clone(),
            role: person.role.clone(),
            scope: ScopeDocument::of(&person.scope),
            barred: person.is_barred,
            has_second_factor: person.second.is_some(),
            is_new: person.is_first,
            locked_until: site.doorkeeper.locked_until(row, site.clock.now()).map(|until| until.to_string()),
            created_at: row.created_at.to_string(),
        }
    }
}

/// People who may sign in.
#[derive(Serialize, JsonSchema)]
pub(super) struct PeopleDocument {
    /// All of them, by name.
    people: Vec<PersonDocument>,
}

pub(super) async fn list(
    Security(caller): Security,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<PeopleDocument> {
    let people = site.reader.ask(|store| store.people()).await?;
    site.note(site.entry(AuditAction::LookPeople, caller.actor()).counted(people.len())).await?;
    Ok(Json(PeopleDocument { people: people.iter().map(|row| PersonDocument::of(row, &site)).collect() }))
}

/// The variable part of the path.
#[derive(Deserialize, JsonSchema)]
pub(super) struct PersonPath {
    /// Name of the person.
    #[schemars(length(min = 1, max = 40))]
    #[schemars(example = &"wang.lei")]
    name: String,
}

/// What is to be known of somebody.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonBody {
    /// What others call them, at most 60 characters.
    #[serde(default)]
    #[schemars(length(max = 60))]
    #[schemars(example = &"王蕾，七里街道")]
    title: String,
    /// Role.
    #[schemars(extend("enum" = roles()))]
    #[schemars(example = &"clerk")]
    role: String,
    /// Of which matters they may know; none: of all.
    scope: Option<ScopeDocument>,
    /// Whether they may not sign in.
    #[serde(default)]
    #[schemars(example = false)]
    barred: bool,
    /// With true somebody is added: a name that is there already is refused.
    #[serde(default)]
    #[schemars(example = false)]
    new: bool,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct PersonDone {
    /// The person as they are now.
    person: PersonDocument,
    /// The first password of somebody who was added or has forgotten theirs: good for 72 hours, for setting another. It is told once.
    #[schemars(example = &"abcd-efgh-jkmn-pqrs")]
    first_password: Option<String>,
}

pub(super) async fn put(
    Security(caller): Security,
    State(site): State<Arc<Site>>,
    Path(PersonPath { name }): Path<PersonPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(body): extract::Json<PersonBody>,
) -> Answer<PersonDone> {
    let PersonBody { title, role, scope, barred, new } = body;
    not_oneself(&caller, &name)?;
    let role = Role::from_name(&role).filter(|role| is_of_people(*role)).ok_or_else(|| {
        let roles = roles();
        let (zh, en) = (roles.join("、"), roles.join(", "));
        Problem::new(RefusalCode::InvalidRequest, format!("角色应为：{zh}"), format!("role must be one of: {en}"))
    })?;
    if title.chars().count() > MAX_TITLE_CHARS || title.chars().any(char::is_control) {
        return Err(Problem::invalid(&format!("title must be one line of at most {MAX_TITLE_CHARS} characters")));
    }
    let scope = scope.unwrap_or_default().read(&site.rules())?;
    let asked = name.clone();
    let (known, is_token, fault, count) = site
        .reader
        .ask(move |store| {
            let (people, tokens) = (store.people()?, store.tokens()?);
            let is_token = tokens.iter().any(|token| token.name == asked);
            let others = people.iter().map(|row| row.name.as_str()).chain(tokens.iter().map(|one| one.name.as_str()));
            let fault = name_fault(&asked, others);
            let count = people.len();
            Ok((people.into_iter().find(|row| row.name == asked), is_token, fault, count))
        })
        .await?;
    if new && known.is_some() {
        let (zh, en) =
            (format!("已有用户 {name}，请在列表中变更"), format!("{name} is there already; change them in the list"));
        return Err(Problem::new(RefusalCode::Conflict, zh, en));
    }
    // Whoever has such a name from before keeps it.
    if let Some(fault) = fault.filter(|_| known.is_none()) {
        return Err(Problem::new(RefusalCode::InvalidRequest, fault.zh(), fault.en()));
    }
    if is_token && known.is_none() {
        let (zh, en) = (format!("{name} 已是令牌的名字"), format!("{name} is the name of an access token"));
        return Err(Problem::new(RefusalCode::Conflict, zh, en));
    }
    if known.is_none() && count >= MAX_PEOPLE {
        let (zh, en) = (format!("最多 {MAX_PEOPLE} 人"), format!("there are {MAX_PEOPLE} people at most"));
        return Err(Problem::new(RefusalCode::Conflict, zh, en));
    }
    let action = if known.is_some() { AuditAction::ChangePerson } else { AuditAction::NewPerson };
    let before = known.as_ref().map(|row| row.person.clone());
    let kept = before.clone().unwrap_or_default();
    let person = Person { title, role: role.name().to_owned(), scope, is_barred: barred, ..kept };
    let row = known.unwrap_or_else(|| PersonRow {
        name,
        person: Person::default(),
        attempts: Attempts::default(),
        created_at: site.clock.now(),
    });
    let is_new = action == AuditAction::NewPerson;
    write(&site, &caller, (action, is_new), (PersonRow { person, ..row }, before)).await
}

/// Writes somebody, with a first password where that is wanted. Sessions of somebody whose rights change end.
async fn write(
    site: &Site,
    caller: &Caller,
    (action, with_password): (AuditAction, bool),
    (row, before): (PersonRow, Option<Person>),
) -> Answer<PersonDone> {
    let now = site.clock.now();
    let mut row = row;
    let first_password = if with_password {
        let (person, password) = tokio::task::spawn_blocking({
            let person = row.person.clone();
            move || sign_in::with_first_password(person, now)
        })
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| {
            Problem::new(RefusalCode::Unavailable, "没有随机数可用", "there are no random numbers; try again")
        })?;
        row = PersonRow { person, attempts: Attempts::default(), ..row };
        Some(password)
    } else {
        None
    };
    let entry = site.entry(action, caller.actor()).about("person", [&row.name]).about("role", [&row.person.role]);
    let written = row.clone();
    let is_written = site.writer.ask(move |store| {
        let is_written = store.put_person(&written, before.as_ref(), &entry)?;
        if is_written && with_password {
            store.note_attempts(&written.name, Attempts::default())?;
        }
        if is_written {
            store.end_others(&written.name, &[])?;
        }
        Ok(is_written)
    });
    if !is_written.await? {
        return Err(changed_meanwhile());
    }
    Ok(Json(PersonDone { person: PersonDocument::of(&row, site), first_password }))
}

/// Nobody gives themselves rights, or takes the last of those away who could give them back.
fn not_oneself(caller: &Caller, name: &str) -> Result<(), Problem> {
    if caller.session.is_some() && caller.name == name {
        let en = "nobody changes their own rights; another security administrator does";
        return Err(Problem::new(RefusalCode::Forbidden, "不能变更自己的权限，请由另一位安全管理员办理", en));
    }
    Ok(())
}

fn nobody() -> Problem {
    Problem::new(RefusalCode::NotFound, "没有这个人", "there is nobody of this name")
}

pub(super) async fn reset(
    Security(caller): Security,
    State(site): State<Arc<Site>>,
    Path(PersonPath { name }): Path<PersonPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<PersonDone> {
    not_oneself(&caller, &name)?;
    let row = site.reader.ask(move |store| store.person(&name)).await?.ok_or_else(nobody)?;
    let person = Person { second: None, ..row.person.clone() };
    let before = Some(row.person.clone());
    write(&site, &caller, (AuditAction::ChangePerson, true), (PersonRow { person, ..row }, before)).await
}

/// Who was removed.
#[derive(Serialize, JsonSchema)]
pub(super) struct PersonGone {
    /// Name.
    #[schemars(example = &"wang.lei")]
    name: String,
}

pub(super) async fn remove(
    Security(caller): Security,
    State(site): State<Arc<Site>>,
    Path(PersonPath { name }): Path<PersonPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<PersonGone> {
    not_oneself(&caller, &name)?;
    let entry = site.entry(AuditAction::RemovePerson, caller.actor()).about("person", [&name]);
    let gone = name.clone();
    let removed = site.writer.ask(move |store| store.remove_person(&gone, &entry)).await?;
    if removed { Ok(Json(PersonGone { name })) } else { Err(nobody()) }
}
