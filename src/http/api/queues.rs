//! Warnings, source files, replies, channels and the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::decisions::NumberPath;
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::caller::{Operator, Viewer};
use crate::http::documents::{
    self, ChannelDocument, ChannelPage, LedgerDocument, Reply, ReplyPage, SourceFile, SourceFilePage, Warning,
    WarningPage,
};
use crate::http::extract::{Nothing, Path, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::{RawKey, ReplyKey};
use crate::store::{Listed, Page, ReplyState, Store, StoreError, WarningGroup};

/// A part of a listing, of one channel and field or of all.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WarningQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only of this channel.
    channel: Option<String>,
    /// Only of this field of a complaint.
    field: Option<String>,
}

pub(super) async fn warnings(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(query): Query<WarningQuery>,
) -> Answer<WarningPage> {
    let part = page(query.after.as_deref(), query.limit)?;
    let WarningQuery { channel, field, .. } = query;
    let sight = Sight::of(&site, &caller);
    let listed = site.reader.ask(move |store| {
        sight::page(
            store,
            part,
            |store, page| store.warnings(channel.as_deref(), field.as_deref(), page),
            |group| group.last,
            |store, groups| without_hidden(store, &sight, groups),
        )
    });
    let (found, next) = listed.await?;
    site.note(site.entry(AuditAction::LookWarnings, caller.actor()).counted(found.len())).await?;
    Ok(Json(WarningPage { warnings: found.iter().map(Warning::from).collect(), next }))
}

/// Groups of warnings without samples of records of which the caller may not know, and without those that have no other.
fn without_hidden(
    store: &mut dyn Store,
    sight: &Sight,
    groups: Vec<WarningGroup>,
) -> Result<Vec<WarningGroup>, StoreError> {
    let raws: BTreeSet<RawKey> = groups.iter().flat_map(|group| &group.samples).map(|sample| sample.raw_id).collect();
    let hidden = sight.hidden_raws(store, &raws)?;
    let without = |mut group: WarningGroup| {
        let all = group.samples.len();
        group.samples.retain(|sample| !hidden.contains(&sample.raw_id));
        let gone = u64::try_from(all - group.samples.len()).unwrap_or(u64::MAX);
        group.count = group.count.saturating_sub(gone);
        (group.count > 0).then_some(group)
    };
    Ok(groups.into_iter().filter_map(without).collect())
}

/// A part of a listing, of one channel or of all.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFileQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only of this channel.
    channel: Option<String>,
}

pub(super) async fn source_files(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<SourceFileQuery>,
) -> Answer<SourceFilePage> {
    let Page { after, limit } = page(query.after.as_deref(), query.limit)?;
    let more = Page { after, limit: limit + 1 };
    let mut found = site.reader.ask(move |store| store.source_files(query.channel.as_deref(), more)).await?;
    let next = documents::next(&mut found, limit, |view| view.id);
    let bounds = &caller.scope.channels;
    found.retain(|view| bounds.is_empty() || bounds.contains(&view.channel));
    // A file's name is its sender's, and may name anybody: it is for those who may read what is not sorted into matters.
    let names = caller.sees_contacts() && Sight::of(&site, &caller).sees_unsorted();
    Ok(Json(SourceFilePage { source_files: found.iter().map(|view| SourceFile::of(view, names)).collect(), next }))
}

/// A part of a listing of replies.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// How they stand; default dead.
    #[schemars(extend("enum" = documents::states()))]
    state: Option<String>,
}

pub(super) async fn replies(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(query): Query<ReplyQuery>,
) -> Answer<ReplyPage> {
    let name = query.state.as_deref().unwrap_or("dead");
    let state = ReplyState::from_name(name).ok_or_else(|| Problem::no_state(name))?;
    let part = page(query.after.as_deref(), query.limit)?;
    let sight = Sight::of(&site, &caller);
    let listed = site.reader.ask(move |store| {
        sight::listed(
            store,
            (&sight, &Listed::Replies(state)),
            part,
            |store, page| store.list_replies(state, page),
            |view| view.id.0,
            |store, found| sight.seen(store, found, |view| &view.ticket_id),
        )
    });
    let (found, next) = listed.await?;
    let whole = caller.sees_contacts();
    Ok(Json(ReplyPage { replies: found.iter().map(|view| Reply::of(view, whole)).collect(), next }))
}

/// Who handled a matter.
#[derive(Serialize, JsonSchema)]
pub(super) struct Handler {
    /// Name.
    #[schemars(example = &"李工")]
    name: String,
    /// The unit or section.
    unit: Option<String>,
    /// Telephone number.
    #[schemars(example = &"0631-7550000")]
    phone: Option<String>,
}

impl From<crate::ticket::Handler> for Handler {
    fn from(handler: crate::ticket::Handler) -> Self {
        let crate::ticket::Handler { name, unit, phone } = handler;
        Self { name, unit, phone }
    }
}

/// A picture or document of an answer.
#[derive(Serialize, JsonSchema)]
pub(super) struct AnswerFile {
    /// Its address.
    url: String,
    /// Its name.
    #[schemars(example = &"修复后.jpg")]
    name: Option<String>,
    /// Media type.
    media_type: Option<String>,
}

impl From<crate::ticket::AnswerFile> for AnswerFile {
    fn from(file: crate::ticket::AnswerFile) -> Self {
        let crate::ticket::AnswerFile { url, name, media_type } = file;
        Self { url, name, media_type }
    }
}

/// What a reply tells the citizen.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReplyWords {
    /// Number of the reply.
    id: i64,
    /// The words; null once the citizen's data was erased.
    #[schemars(example = &"您反映的路灯已于今日修复。")]
    text: Option<String>,
    /// The department that acted; null once the citizen's data was erased.
    #[schemars(example = &"综合行政执法局")]
    department: Option<String>,
    /// Who handled it, where the platform said so.
    person: Option<Handler>,
    /// Pictures and documents that belong to it.
    attachments: Vec<AnswerFile>,
    /// The ticket that it answers; null once the citizen's data was erased, when the list of replies still names it.
    ticket_id: Option<String>,
}

pub(super) async fn reply(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(NumberPath { id }): Path<NumberPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<ReplyWords> {
    let sight = Sight::of(&site, &caller);
    let found = site.reader.ask(move |store| {
        let answer = store.answer_of_reply(ReplyKey(id))?;
        Ok(answer.zip(Some(sight.sees_reply(store, ReplyKey(id))?)))
    });
    let answer = found.await?.filter(|(_, sees)| *sees).map(|(answer, _)| answer);
    let crate::ticket::Answer { text, department, person, attachments, ticket_id, .. } =
        answer.ok_or_else(Problem::not_found)?;
    site.note(site.entry(AuditAction::LookReply, caller.actor()).about("reply", [id])).await?;
    // Every reply answers a ticket: one without was emptied.
    let kept = |words: String| (!ticket_id.is_empty()).then_some(words);
    let (text, department) = (kept(text), kept(department));
    let (person, attachments) = (person.map(Handler::from), attachments.into_iter().map(AnswerFile::from).collect());
    let ticket_id = kept(ticket_id.clone());
    Ok(Json(ReplyWords { id, text, department, person, attachments, ticket_id }))
}

pub(super) async fn channels(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<ChannelPage> {
    let now = site.clock.now();
    let channels = site.supervisor.channels();
    Ok(Json(ChannelPage {
        channels: channels.iter().map(|running| ChannelDocument::of(running, now)).collect(),
        next: None,
    }))
}

pub(super) async fn ledger(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<LedgerDocument> {
    let ledger = site.reader.ask(|store| store.ledger()).await?;
    Ok(Json(LedgerDocument::from(&ledger)))
}
