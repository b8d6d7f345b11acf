//! Lists as files for spreadsheets. Every list of the API can be had so: it is asked page by page, as its caller would ask, and written
//! in the words that people read. So a file tells nobody more than the list does.

mod columns;
mod describe;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, Limited};
use huiliu_adapter_api::RefusalCode;
use huiliu_sheet::{Cell, Sheet, SheetError};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::Site;
use super::api::PeopleFile;
use super::audited::Identity;
use super::problem::Problem;
use crate::audit::AuditAction;
use crate::catalogue::{Locale, one_of, say};
use crate::report::Format;
use crate::store::Page;
use columns::{List, Reader};
pub(super) use describe::describe;

/// Most rows of a file.
const MAX_ROWS: usize = 20_000;
/// Most pages that are read for a file: a list that shows little of what it looks at ends there.
const MAX_PAGES: usize = 200;
/// Longest time in which pages are read for a file.
const MAX_TIME: Duration = Duration::from_secs(60);
/// Largest page of a list, in bytes.
const MAX_PAGE_BYTES: usize = 64 << 20;

/// Which file is wanted, and of what.
struct Asked {
    format: Format,
    locale: Locale,
    after: Option<String>,
    /// How many rows the first page has; the others are as long as pages can be.
    limit: Option<String>,
    /// What else the list is asked by.
    filters: Vec<(String, String)>,
}

/// What the query says of the form of a list.
enum Form {
    /// Nothing: the list has its own say about the query.
    Own,
    /// A document, said in so many words; the rest of the query.
    Document(Vec<(String, String)>),
    File(Asked),
}

impl Form {
    fn of(uri: &Uri) -> Result<Self, Problem> {
        let Ok(Query(given)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else { return Ok(Self::Own) };
        let (mut format, mut language, mut after, mut limit, mut filters) = (None, None, None, None, Vec::new());
        for (name, value) in given {
            let place = match name.as_str() {
                "format" => &mut format,
                "language" => &mut language,
                "after" => &mut after,
                "limit" => &mut limit,
                _ => {
                    filters.push((name, value));
                    continue;
                }
            };
            if place.replace(value).is_some() {
                return Err(Problem::invalid(&format!("{name} is given twice")));
            }
        }
        let locale = match language.as_deref() {
            None | Some("zh") => Locale::Zh,
            Some("en") => Locale::En,
            Some(_) => return Err(Problem::invalid("language is zh or en")),
        };
        let format = match format.as_deref() {
            None if language.is_none() => return Ok(Self::Own),
            None | Some("json") => {
                filters.extend(after.map(|after| ("after".to_owned(), after)));
                filters.extend(limit.map(|limit| ("limit".to_owned(), limit)));
                return Ok(Self::Document(filters));
            }
            Some("csv") => Format::Csv,
            Some("xlsx") => Format::Xlsx,
            Some(_) => return Err(Problem::invalid("format is json, csv or xlsx")),
        };
        Ok(Self::File(Asked { format, locale, after, limit, filters }))
    }
}

/// Answers with a file where one is asked for.
pub(super) async fn as_file(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(list) = List::at(request.uri().path()).filter(|_| reads) else { return next.run(request).await };
    match Form::of(request.uri()) {
        Err(problem) => problem.into_response(),
        Ok(Form::Own) => next.run(request).await,
        Ok(Form::Document(query)) => {
            *request.uri_mut() = with_query(request.uri(), &query);
            next.run(request).await
        }
        Ok(Form::File(asked)) => {
            let (parts, _) = request.into_parts();
            exported(&site, list, asked, (parts, next)).await.unwrap_or_else(|refused| refused)
        }
    }
}

/// The address with another query.
fn with_query(uri: &Uri, query: &[(String, String)]) -> Uri {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let members: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    let whole = format!("{}?{}", uri.path(), members.join("&"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(whole).ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

/// Rows of a list, and where it goes on.
struct Part {
    rows: Vec<Value>,
    next: Option<String>,
}

/// Asks for a page of a list as its caller does; what is refused is answered as it is.
async fn part(
    list: &List,
    asked: &Asked,
    (parts, next): &(Parts, Next),
    after: Option<&str>,
) -> Result<Part, Response> {
    let mut query = asked.filters.clone();
    if list.in_pages {
        let is_first = after == asked.after.as_deref();
        let limit = asked.limit.clone().filter(|_| is_first).unwrap_or_else(|| Page::MAX.to_string());
        query.push(("limit".to_owned(), limit));
        query.extend(after.map(|after| ("after".to_owned(), after.to_owned())));
    } else {
        query.extend(asked.limit.clone().map(|limit| ("limit".to_owned(), limit)));
    }
    let mut parts = parts.clone();
    parts.method = Method::GET;
    parts.uri = with_query(&parts.uri, &query);
    let answer = next.clone().run(Request::from_parts(parts, Body::empty())).await;
    if !answer.status().is_success() {
        return Err(answer);
    }
    let too_large = || {
        let zh = "列表太长，请缩小筛选范围";
        Problem::new(RefusalCode::InvalidRequest, zh, "the list is too long; narrow it").into_response()
    };
    let bytes =
        Limited::new(answer.into_body(), MAX_PAGE_BYTES).collect().await.map_err(|_other| too_large())?.to_bytes();
    let mut document: Value = serde_json::from_slice(&bytes).map_err(|_other| too_large())?;
    let next = document["next"].as_str().map(str::to_owned);
    match document[list.member].take() {
        Value::Array(rows) => Ok(Part { rows, next }),
        _ => Ok(Part { rows: Vec::new(), next }),
    }
}

/// Reads the pages and writes the file. Where it ends before the list does its last row says so, and the header `link` where it goes on.
async fn exported(site: &Site, list: &List, asked: Asked, inner: (Parts, Next)) -> Result<Response, Response> {
    let (format, locale, rules) = (asked.format, asked.locale, site.rules());
    let zone = rules.numbering.zone.clone();
    let kind = format.sheet().ok_or_else(|| Problem::invalid("there is no such form").into_response())?;
    let headings: Vec<String> = list.columns.iter().map(|column| (column.heading)(locale)).collect();
    let sheet = Sheet::new(kind, &headings).map_err(failed)?;
    let mut file = File::new(list, sheet, Reader { zone: zone.clone(), locale });
    let mut after = asked.after.clone();
    loop {
        let part = part(list, &asked, &inner, after.as_deref()).await?;
        match file.take(part).map_err(failed)? {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let File { sheet, rows, goes_on, .. } = file;
    let identity = inner.0.extensions.get::<Arc<Identity>>().cloned().unwrap_or_default();
    // By which filters, not by which words: these may name a citizen.
    let filters = asked.filters.iter().map(|(name, _)| name.as_str());
    let entry = site.entry(AuditAction::ExportList, identity.actor()).about("list", [list.path]);
    let entry = entry.about("as", [format.word()]).about("filter", filters).counted(rows);
    site.note(entry).await.map_err(Problem::into_response)?;
    let written = tokio::task::spawn_blocking(move || sheet.finish()).await;
    let broken = |_panicked| {
        Problem::new(RefusalCode::Internal, "文件没有写成", "the file could not be written").into_response()
    };
    let content = written.map_err(broken)?.map_err(failed)?.content;
    let day = site.clock.now().to_zoned(zone).date();
    let name = format!("{}-{day}.{}", (list.name)(locale), format.word());
    let mut response = PeopleFile { format, name, content }.into_response();
    if let Some(after) = goes_on {
        let mut query = asked.filters;
        query.push(("format".to_owned(), format.word().to_owned()));
        query.push(("language".to_owned(), locale.pick("zh", "en").to_owned()));
        query.push(("after".to_owned(), after));
        let further = format!("<{}>; rel=\"next\"", with_query(&inner.0.uri, &query));
        response.headers_mut().extend(HeaderValue::try_from(further).ok().map(|further| (LINK, further)));
    }
    Ok(response)
}

/// A file under way.
struct File<'l> {
    list: &'l List,
    sheet: Sheet,
    reader: Reader,
    began: Instant,
    pages: usize,
    rows: usize,
    /// Where the list goes on although the file ends.
    goes_on: Option<String>,
}

impl<'l> File<'l> {
    fn new(list: &'l List, sheet: Sheet, reader: Reader) -> Self {
        Self { list, sheet, reader, began: Instant::now(), pages: 0, rows: 0, goes_on: None }
    }

    /// Writes the rows of a page. Gives which is asked for next; after the last row of a file that ends before its list it says so.
    fn take(&mut self, Part { rows, next }: Part) -> Result<Option<String>, SheetError> {
        let columns = self.list.columns;
        for row in &rows {
            let cells: Vec<Cell> = columns.iter().map(|column| self.reader.cell(&column.content, row)).collect();
            self.sheet.push(&cells)?;
        }
        (self.pages, self.rows) = (self.pages + 1, self.rows + rows.len());
        let is_full = self.rows + Page::MAX > MAX_ROWS || self.pages >= MAX_PAGES || self.began.elapsed() > MAX_TIME;
        if next.is_some() && is_full {
            let mut cells = vec![Cell::Text(say!(in self.reader.locale; "list-cut", count = self.rows))];
            cells.resize(columns.len(), Cell::Empty);
            self.sheet.push(&cells)?;
            self.goes_on = next;
            return Ok(None);
        }
        Ok(next)
    }
}

fn failed(error: SheetError) -> Response {
    let code = match error {
        SheetError::TooLarge => RefusalCode::InvalidRequest,
        _ => RefusalCode::Internal,
    };
    let said = error.to_string();
    Problem::new(code, one_of(&said, Locale::Zh), one_of(&said, Locale::En)).into_response()
}

#[cfg(test)]
mod tests {
    use huiliu_sheet::{Charset, SheetKind};
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;

    fn filled(pages: usize, rows: usize) -> (usize, Option<String>, Vec<String>) {
        let list = List::at("/api/v1/people").unwrap();
        let headings: Vec<String> = list.columns.iter().map(|column| (column.heading)(Locale::En)).collect();
        let sheet = Sheet::new(SheetKind::Csv(Charset::Utf8), &headings).unwrap();
        let mut file = File::new(list, sheet, Reader { zone: TimeZone::UTC, locale: Locale::En });
        let row = json!({ "name": "li", "scope": { "districts": ["a", "b"] }, "created_at": "2026-11-28T01:02:03Z" });
        for number in 1.. {
            let part = Part { rows: vec![row.clone(); rows], next: (number < pages).then(|| number.to_string()) };
            if file.take(part).unwrap().is_none() {
                break;
            }
        }
        let text = String::from_utf8(file.sheet.finish().unwrap().content).unwrap();
        (file.rows, file.goes_on, text.lines().map(str::to_owned).collect())
    }

    #[test]
    fn a_file_that_ends_before_its_list_says_so_and_one_that_does_not_ends_with_its_last_row() {
        let (count, goes_on, lines) = filled(3, 2);
        assert_eq!((count, goes_on, lines.len()), (6, None, 7));
        assert!(lines[6].contains("a；b") && lines[6].ends_with("2026-11-28 01:02"), "{}", lines[6]);
        let (count, goes_on, lines) = filled(1_000, Page::MAX);
        assert_eq!((count, goes_on.as_deref(), lines.len()), (MAX_ROWS, Some("40"), MAX_ROWS + 2));
        assert!(lines[MAX_ROWS + 1].contains("the list goes on"), "{}", lines[MAX_ROWS + 1]);
        let (count, goes_on, _) = filled(1_000, 0);
        assert_eq!((count, goes_on.as_deref()), (0, Some("200")), "pages that show nothing are not read for ever");
    }

    #[test]
    fn what_the_query_says_of_the_form_is_taken_from_it() {
        let form = |uri: &str| Form::of(&uri.parse().unwrap());
        assert!(matches!(form("/api/v1/tickets?limit=3&status=open"), Ok(Form::Own)));
        let Ok(Form::Document(query)) = form("/api/v1/tickets?format=json&after=7&limit=3") else { unreachable!() };
        assert_eq!(query, [("after", "7"), ("limit", "3")].map(|(name, value)| (name.to_owned(), value.to_owned())));
        let Ok(Form::File(asked)) = form("/api/v1/tickets?language=en&format=csv&after=7&limit=3&words=a+b") else {
            unreachable!()
        };
        assert_eq!((asked.format, asked.locale, asked.after.as_deref()), (Format::Csv, Locale::En, Some("7")));
        assert_eq!(asked.limit.as_deref(), Some("3"), "a limit that is none is refused by the list");
        assert_eq!(asked.filters, [("words".to_owned(), "a b".to_owned())]);
        assert!(form("/api/v1/tickets?format=csv&format=xlsx").is_err(), "which of the two?");
        assert!(form("/api/v1/tickets?format=pdf").is_err() && form("/api/v1/tickets?language=fr").is_err());
    }
}
