//! Bulletins, and the boards that show them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::shown::{Forms, Language, PAGE_EXAMPLE, PeopleFile, Shown};
use crate::audit::AuditAction;
use crate::bulletin::{Board, Bulletin, Issue, Kept, Notice};
use crate::http::Site;
use crate::http::auth::Role;
use crate::http::caller::{Platform, Viewer};
use crate::http::extract::{Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::report::Format;

/// A bulletin by its name.
#[derive(Deserialize, JsonSchema)]
pub(super) struct BulletinPath {
    /// Its name in `reports.toml`.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,40}$"))]
    #[schemars(example = &"village")]
    name: String,
}

/// Of what a bulletin is, and in which form.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulletinQuery {
    /// Code of a division: only of what lies in it.
    district: Option<String>,
    /// In which form: a document for programs (also where nothing is said), or a page.
    #[serde(default)]
    #[schemars(example = &"html")]
    format: Form,
    /// Language of a page; Chinese where nothing is said.
    #[serde(default)]
    #[schemars(example = &"zh")]
    language: Language,
}

/// In which form a board has its bulletin.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardQuery {
    /// In which form: a document for programs (also where nothing is said), or a page.
    #[serde(default)]
    #[schemars(example = &"html")]
    format: Form,
    /// Language of a page; Chinese where nothing is said.
    #[serde(default)]
    #[schemars(example = &"zh")]
    language: Language,
}

/// A form of a bulletin.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Form {
    #[default]
    Json,
    Html,
}

/// The bulletins of the city.
#[derive(Serialize, JsonSchema)]
pub(super) struct BulletinList {
    /// In the order of `reports.toml`.
    bulletins: Vec<BulletinHead>,
}

/// A bulletin of `reports.toml`.
#[derive(Serialize, JsonSchema)]
struct BulletinHead {
    /// Name.
    #[schemars(example = &"village")]
    name: String,
    /// What people call it.
    #[schemars(example = &"民情公示")]
    title: String,
    /// Days that it looks back.
    #[schemars(example = 7)]
    days: u16,
    /// How many boards fetch it.
    #[schemars(example = 2)]
    boards: usize,
}

/// A bulletin as it is now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Bulletin")]
pub(super) struct BulletinDocument {
    /// What it is.
    #[serde(flatten)]
    head: BulletinHead,
    /// When it was made.
    made_at: Timestamp,
    /// The division that it is of; null: the whole city.
    district: Option<String>,
    /// What it shows, the newest first.
    notices: Vec<NoticeDocument>,
    /// Whether there was more than it shows.
    #[schemars(example = false)]
    cut: bool,
    /// Matters of its days that are not shown because they are confidential, tell of a breach of law, or were erased; for the city only,
    /// null for boards and divisions.
    #[schemars(example = 3)]
    protected: Option<usize>,
    /// Those that are not shown because their citizens did not all agree; likewise.
    #[schemars(example = 12)]
    without_consent: Option<usize>,
}

/// One matter of a bulletin, without anybody's name, number or address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BulletinNotice")]
struct NoticeDocument {
    /// Id of the ticket.
    #[schemars(example = &"RC-20261122-000001")]
    ticket: String,
    /// Where it stands.
    status: &'static str,
    /// The same in Chinese.
    status_zh: &'static str,
    /// Name of its category.
    #[schemars(example = &"公共照明")]
    category: String,
    /// Name of its district.
    #[schemars(example = &"崖头街道")]
    district: String,
    /// What it is about; null where its citizens did not agree to publication.
    #[schemars(example = &"青鱼滩路路灯不亮。")]
    words: Option<String>,
    /// When it came.
    created_at: Timestamp,
    /// When it is due.
    due_at: Option<Timestamp>,
    /// When it was finished.
    finished_at: Option<Timestamp>,
    /// Whether it was not finished when it was due, or is not yet.
    #[schemars(example = false)]
    overdue: bool,
    /// Name of the unit.
    #[schemars(example = &"综合行政执法局")]
    department: String,
    /// Who handles it, as far as that is shown.
    #[schemars(example = &"王某")]
    person: Option<String>,
    /// The result; likewise.
    #[schemars(example = &"已修复。")]
    result: Option<String>,
    /// What a citizen said of it.
    #[schemars(extend("enum" = ["satisfied", "fair", "dissatisfied", null]))]
    satisfaction: Option<&'static str>,
}

/// The boards of a bulletin.
#[derive(Serialize, JsonSchema)]
pub(super) struct BoardList {
    /// In the order of `reports.toml`.
    boards: Vec<BoardDocument>,
}

/// A board.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Board")]
struct BoardDocument {
    /// Name of its token.
    #[schemars(example = &"board-qingyutan")]
    token: String,
    /// The division whose matters it shows; null: of the whole city.
    district: Option<String>,
    /// When it last fetched the bulletin; null: never.
    fetched_at: Option<Timestamp>,
    /// Whether it did not fetch it in the hours that the bulletin allows.
    #[schemars(example = true)]
    late: bool,
}

impl Forms for BulletinDocument {
    const FORMS: &'static [(Format, &'static str)] = &[(Format::Html, PAGE_EXAMPLE)];
}

impl BulletinHead {
    fn of(bulletin: &Bulletin) -> Self {
        let (name, title) = (bulletin.name.clone(), bulletin.title.clone());
        Self { name, title, days: bulletin.days, boards: bulletin.boards.len() }
    }
}

impl From<Notice> for NoticeDocument {
    fn from(notice: Notice) -> Self {
        Self {
            ticket: notice.ticket,
            status: notice.status.wire(),
            status_zh: notice.status.zh(),
            category: notice.category,
            district: notice.district,
            words: notice.words,
            created_at: notice.created_at,
            due_at: notice.due_at,
            finished_at: notice.finished_at,
            overdue: notice.is_overdue,
            department: notice.department,
            person: notice.person,
            result: notice.result,
            satisfaction: notice.satisfaction.map(|said| said.wire()),
        }
    }
}

pub(super) async fn list(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<BulletinList> {
    let rules = site.rules();
    Ok(Json(BulletinList { bulletins: rules.reports.bulletins.iter().map(BulletinHead::of).collect() }))
}

pub(super) async fn one(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(BulletinPath { name }): Path<BulletinPath>,
    Query(query): Query<BulletinQuery>,
) -> Result<Shown<BulletinDocument>, Problem> {
    let rules = site.rules();
    let bulletin = rules.reports.bulletin(&name).ok_or_else(Problem::not_found)?;
    site.note(site.entry(AuditAction::LookReport, caller.actor()).about("bulletin", [&name])).await?;
    issue(&site, bulletin, query.district, (query.format, query.language), true).await
}

pub(super) async fn boards(
    _: Viewer,
    State(site): State<Arc<Site>>,
    Path(BulletinPath { name }): Path<BulletinPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<BoardList> {
    let rules = site.rules();
    let bulletin = rules.reports.bulletin(&name).ok_or_else(Problem::not_found)?;
    let fetched = site.reader.ask(move |store| store.boards(&name)).await?;
    let now = site.clock.now();
    let within = SignedDuration::from_hours(i64::from(bulletin.fetch_within_hours));
    let board = |board: &Board| {
        let fetched_at = fetched.iter().find(|(token, _)| *token == board.token).map(|(_, at)| *at);
        let late = fetched_at.is_none_or(|at| now.duration_since(at) > within);
        BoardDocument { token: board.token.clone(), district: board.district.clone(), fetched_at, late }
    };
    Ok(Json(BoardList { boards: bulletin.boards.iter().map(board).collect() }))
}

/// For a board by its own token, and for nobody else: others have the bulletin itself.
pub(super) async fn of_board(
    Platform(caller): Platform,
    State(site): State<Arc<Site>>,
    Path(BulletinPath { name }): Path<BulletinPath>,
    Query(query): Query<BoardQuery>,
) -> Result<Shown<BulletinDocument>, Problem> {
    let rules = site.rules();
    let found = rules.reports.bulletin(&name);
    let own = found.and_then(|bulletin| {
        let board = bulletin.boards.iter().find(|board| board.token == caller.name)?;
        Some((bulletin, board.district.clone()))
    });
    let Some((bulletin, district)) = own.filter(|_| caller.role == Role::Platform) else {
        let zh = "这个令牌不是这个公示的屏：请在 reports.toml 的 [[bulletin.board]] 里写它的名字（角色 platform）";
        let en =
            "this token is no board of this bulletin: name it in [[bulletin.board]] of reports.toml (role platform)";
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    };
    let answer = issue(&site, bulletin, district, (query.format, query.language), false).await?;
    let now = site.clock.now();
    site.writer.ask(move |store| store.note_board(&name, &caller.name, now)).await?;
    Ok(answer)
}

async fn issue(
    site: &Arc<Site>,
    bulletin: &Bulletin,
    district: Option<String>,
    (form, language): (Form, Language),
    counted: bool,
) -> Result<Shown<BulletinDocument>, Problem> {
    let rules = site.rules();
    let gathered = crate::http::bulletins::gathered(site, &rules, &bulletin.name).await?;
    let is_meant = |notice: &&Notice| district.as_deref().is_none_or(|district| notice.lies_in(district));
    let notices: Vec<Notice> = gathered.notices.iter().filter(is_meant).cloned().collect();
    let (at, is_cut) = (gathered.at, gathered.is_cut);
    if form == Form::Html {
        let issue = Issue {
            bulletin,
            notices: &notices,
            is_cut,
            district: district.as_deref(),
            at,
            zone: &rules.numbering.zone,
            names: &rules.names,
            locale: language.locale(),
        };
        let content = issue.page().map_err(|error| {
            let (zh, en) = ("公示页面写不出来", format!("the page of the bulletin cannot be written: {error}"));
            Problem::new(RefusalCode::Internal, zh, en)
        })?;
        let name = format!("{}.html", bulletin.title);
        return Ok(Shown::File(PeopleFile { format: Format::Html, name, content: content.into_bytes() }));
    }
    let kept = |reason| {
        let whole = counted && district.is_none();
        whole.then(|| gathered.kept.get(&reason).copied().unwrap_or_default())
    };
    Ok(Shown::Document(BulletinDocument {
        head: BulletinHead::of(bulletin),
        made_at: at,
        protected: kept(Kept::Protected),
        without_consent: kept(Kept::NoConsent),
        district: district.clone(),
        notices: notices.into_iter().map(Into::into).collect(),
        cut: is_cut,
    }))
}
