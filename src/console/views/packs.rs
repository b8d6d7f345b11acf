//! The workbench: versions that were live, what differs, and drafts that are edited, checked, tried and published.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use huiliu_domain::catalogue::say;
use huiliu_domain::pack::is_tabular;
use minijinja::context;
use serde_json::{Value, json};

use crate::api::Address;
use crate::form::Form;
use crate::listing::Filters;
use crate::page::data;
use crate::trouble::{Refused, Trouble};
use crate::visit::Visit;

/// Code of a refusal because of problems of a pack.
const HAS_PROBLEMS: &str = "pack_has_problems";
/// The folder of a pack with its cases.
const CASES: &str = "cases/";

pub(crate) async fn list(visit: Visit) -> Response {
    visit.told(all(&visit).await)
}

async fn all(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let drafts = data(visit.rows(Address::of(["pack", "drafts"]), "drafts").await?.rows);
    let list = Filters::none().page(visit, Address::of(["pack", "versions"]), "versions").await?;
    Ok(visit.show("packs", "packs.html", &say!(in locale; "console-packs"), context! { drafts, list }))
}

pub(crate) async fn version(visit: Visit, Path(number): Path<String>) -> Response {
    visit.told(files(&visit, &number).await)
}

/// A version with its files, one of them open where the address names it.
async fn files(visit: &Visit, number: &str) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let whole = visit.get(Address::of(["pack", "versions", number])).await?;
    let open = match visit.asked("path") {
        Some(path) => {
            let file = visit.get(Address::of(["pack", "versions", number]).with("path", Some(path))).await?;
            Some(data(&file["files"][0]))
        }
        None => None,
    };
    let title = say!(in locale; "console-version", number = number);
    Ok(visit.show("packs", "version.html", &title, context! { whole => data(&whole), open }))
}

pub(crate) async fn difference(visit: Visit) -> Response {
    visit.told(compared(&visit).await)
}

async fn compared(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let (from, to) = (visit.asked("from"), visit.asked("to"));
    let found = visit.get(Address::of(["pack", "difference"]).with("from", from).with("to", to)).await?;
    let view = context! { from => from.unwrap_or_default(), to => to.unwrap_or_default(), found => data(&found) };
    Ok(visit.show("packs", "difference.html", &say!(in locale; "console-difference"), view))
}

/// What was found out about a draft, to be shown with it.
#[derive(Default)]
pub(super) struct Found {
    /// Text that was typed and is not saved.
    typed: Option<String>,
    /// Problems, each with the file, line and column where it is.
    pub(super) problems: Vec<Problem>,
    /// Why something was not done, in words.
    pub(super) refused: Option<String>,
    /// What a check without problems says.
    pub(super) checked: Option<Value>,
    /// What became of a sample.
    tried: Option<Value>,
    sample: BTreeMap<String, String>,
    /// What it would make of the newest records.
    preview: Option<Value>,
}

/// A problem of a pack.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(super) struct Problem {
    file: String,
    pub(super) line: Option<usize>,
    pub(super) said: String,
}

/// The problems of one file.
pub(super) fn problems_of(found: &Found, path: &str) -> Vec<Problem> {
    found.problems.iter().filter(|problem| problem.file == path).cloned().collect()
}

impl Problem {
    /// `file:line:column: words` or `file: words`; what has another form is words.
    fn read(said: &str) -> Self {
        let (place, words) = said.split_once(": ").unwrap_or(("", said));
        let mut parts = place.rsplitn(3, ':');
        let (column, line, file) = (parts.next(), parts.next(), parts.next());
        match (file, line.and_then(|line| line.parse().ok()), column.and_then(|column| column.parse::<usize>().ok())) {
            (Some(file), Some(line), Some(_)) => {
                Self { file: file.to_owned(), line: Some(line), said: words.to_owned() }
            }
            _ => Self { file: place.to_owned(), line: None, said: words.to_owned() },
        }
    }

    /// The problems that a refusal tells, a line each after the first.
    fn all(refused: &Refused, locale: huiliu_domain::catalogue::Locale) -> Vec<Self> {
        refused.said(locale).lines().skip(1).map(Self::read).collect()
    }
}

impl Found {
    /// Why something was not done.
    pub(super) fn refused(words: String) -> Self {
        Self { refused: Some(words), ..Self::default() }
    }

    fn refusal(refused: &Refused, locale: huiliu_domain::catalogue::Locale) -> Self {
        match refused.code.as_str() {
            HAS_PROBLEMS => Self { problems: Problem::all(refused, locale), ..Self::default() },
            _ => Self::refused(refused.said(locale).to_owned()),
        }
    }
}

pub(crate) async fn draft(visit: Visit, Path(id): Path<String>) -> Response {
    let path = visit.asked("path").map(str::to_owned);
    visit.told(bench(&visit, &id, path.as_deref(), Found::default()).await)
}

/// A draft with its files, one of them open, and what was found out about it.
async fn bench(visit: &Visit, id: &str, path: Option<&str>, found: Found) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let whole = visit.get(Address::of(["pack", "drafts", id])).await?;
    let mut files = whole["files"].as_array().cloned().unwrap_or_default();
    // What is edited stands before what proves it.
    files.sort_by_key(|file| file["path"].as_str().is_some_and(|path| path.starts_with(CASES)));
    let text = match (found.typed, path) {
        (Some(typed), _) => Some(typed),
        (None, Some(path)) => text(visit, id, path).await?,
        (None, None) => None,
    };
    let title = say!(in locale; "console-draft", id = id);
    let view = context! {
        id, files => data(&files), draft => data(&whole), path,
        open => path.is_some(), text,
        problems => data(&found.problems), refused => found.refused,
        checked => found.checked.map(data), tried => found.tried.map(data),
        sample => found.sample, preview => found.preview.map(data),
        tabular => path.is_some_and(is_tabular),
    };
    Ok(visit.show("packs", "draft.html", &title, view))
}

/// The text of a file of a draft: empty for one that is not there yet, none for one that is no text.
pub(super) async fn text(visit: &Visit, id: &str, path: &str) -> Result<Option<String>, Trouble> {
    match visit.get(Address::of(["pack", "drafts", id]).with("path", Some(path))).await {
        Ok(file) => Ok(file["files"][0]["text"].as_str().map(str::to_owned)),
        Err(Trouble::NotFound) => Ok(Some(String::new())),
        Err(trouble) => Err(trouble),
    }
}

/// A form of the workbench: what is done there shows its outcome on the same page.
pub(crate) async fn work(
    visit: Visit,
    Path(id): Path<String>,
    Form(given): Form<BTreeMap<String, String>>,
) -> Response {
    visit.told(done(&visit, &id, given).await)
}

async fn done(visit: &Visit, id: &str, given: BTreeMap<String, String>) -> Result<Response, Trouble> {
    let member = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    visit.check(member("form_token"))?;
    let path = Some(member("path")).filter(|path| !path.is_empty());
    let found = match member("what") {
        "save" => {
            // Browsers send line ends as CR LF.
            let text = member("text").replace("\r\n", "\n");
            save(visit, id, (member("revision"), member("path"), &text)).await?
        }
        "check" => check(visit, id).await?,
        "try" => {
            let (channel, name, text) = (member("channel"), member("name"), member("sample"));
            let body = json!({ "channel": channel.trim(), "name": name.trim(), "text": text });
            let tried = visit.post(Address::of(["pack", "drafts", id, "try"]), &body).await;
            let sample = ["channel", "name", "sample"].map(|name| (name.to_owned(), member(name).to_owned()));
            let found = judged(visit, tried, |tried| Found { tried: Some(tried), ..Found::default() })?;
            Found { sample: sample.into(), ..found }
        }
        "preview" => {
            let (records, channel) = (member("records").trim(), member("channel").trim());
            let records = if records.is_empty() { None } else { Some(records.parse::<u32>().unwrap_or_default()) };
            let body = json!({ "records": records, "channel": Some(channel).filter(|channel| !channel.is_empty()) });
            let seen = visit.post(Address::of(["pack", "drafts", id, "preview"]), &body).await;
            judged(visit, seen, |seen| Found { preview: Some(seen), ..Found::default() })?
        }
        _ => return Err(Trouble::NotFound),
    };
    bench(visit, id, path, found).await
}

/// Saves a file, and checks the draft with it. What could not be saved stays in the page.
pub(super) async fn save(
    visit: &Visit,
    id: &str,
    (revision, path, text): (&str, &str, &str),
) -> Result<Found, Trouble> {
    let revision: i64 = revision.parse().map_err(|_other| Trouble::NotFound)?;
    let body = json!({ "revision": revision, "files": [{ "path": path.trim(), "text": text }] });
    match visit.post(Address::of(["pack", "drafts", id, "files"]), &body).await {
        Ok(_) => check(visit, id).await,
        Err(Trouble::Refused(refused)) => {
            Ok(Found { typed: Some(text.to_owned()), ..Found::refusal(&refused, visit.locale()) })
        }
        Err(trouble) => Err(trouble),
    }
}

pub(super) async fn check(visit: &Visit, id: &str) -> Result<Found, Trouble> {
    let checked = visit.post(Address::of(["pack", "drafts", id, "check"]), &json!({})).await;
    judged(visit, checked, |checked| Found { checked: Some(checked), ..Found::default() })
}

fn judged(visit: &Visit, answer: Result<Value, Trouble>, found: impl Fn(Value) -> Found) -> Result<Found, Trouble> {
    match answer {
        Ok(answer) => Ok(found(answer)),
        Err(Trouble::Refused(refused)) => Ok(Found::refusal(&refused, visit.locale())),
        Err(trouble) => Err(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_where_its_place_says() {
        let read = |said: &str| {
            let Problem { file, line, said } = Problem::read(said);
            (file, line, said)
        };
        assert_eq!(
            read("channels/a.toml:12:3: 没有这个字段: x"),
            ("channels/a.toml".to_owned(), Some(12), "没有这个字段: x".to_owned())
        );
        assert_eq!(read("city.toml: 读不了"), ("city.toml".to_owned(), None, "读不了".to_owned()));
        assert_eq!(read("只有话"), (String::new(), None, "只有话".to_owned()));
    }
}
