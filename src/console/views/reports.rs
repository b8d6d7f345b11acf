//! Reports, bulletins, and what is wrong with replies.

use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::{Locale, say};
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use minijinja::context;
use serde_json::Value;

use crate::api::{Address, Download};
use crate::listing::Filters;
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// The formats of files.
const FORMATS: [&str; 3] = ["xlsx", "csv", "html"];
/// Bars of a chart.
const BARS: usize = 20;
/// Days of replies that are looked at where nobody says which.
const CHECKED_DAYS: i64 = 30;
/// Most notices of a bulletin, or findings, on one page.
const MAX_SHOWN: usize = 300;

pub(crate) async fn list(visit: Visit) -> Response {
    visit.told(all(&visit).await)
}

async fn all(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let reports = data(visit.rows(Address::of(["reports"]), "reports").await?.rows);
    let editions = Filters::none().page(visit, Address::of(["editions"]), "editions").await?;
    let view = context! { reports, list => editions };
    Ok(visit.show("reports", "reports.html", &say!(in locale; "console-reports"), view))
}

/// First and last day of what is shown.
struct Days {
    from: Date,
    to: Date,
}

impl Days {
    /// What the address says; else this month up to today.
    fn asked(visit: &Visit) -> Result<Self, Trouble> {
        let today = today(visit);
        let day = |name: &str, other: Date| match visit.asked(name) {
            Some(day) => day.parse().map_err(|_other| Trouble::NotFound),
            None => Ok(other),
        };
        Ok(Self { from: day("from", today.first_of_month())?, to: day("to", today)? })
    }
}

fn today(visit: &Visit) -> Date {
    visit.now().to_zoned(visit.zone()).date()
}

/// Periods that are picked by one click: what they are called, their first and their last day.
fn periods(locale: Locale, today: Date) -> Vec<(String, String, String)> {
    let before = |span: Span| today.checked_sub(span).unwrap_or(today);
    let month = today.first_of_month();
    let last_month = month.yesterday().unwrap_or(month);
    let year = Date::new(today.year(), 1, 1).unwrap_or(month);
    let monday = before(i64::from(today.weekday().to_monday_zero_offset()).days());
    let yesterday = before(1.days());
    let period = |name: String, from: Date, to: Date| (name, from.to_string(), to.to_string());
    vec![
        period(say!(in locale; "console-today"), today, today),
        period(say!(in locale; "console-yesterday"), yesterday, yesterday),
        period(say!(in locale; "console-this-week"), monday, today),
        period(say!(in locale; "console-this-month"), month, today),
        period(say!(in locale; "console-last-month"), last_month.first_of_month(), last_month),
        period(say!(in locale; "console-this-year"), year, today),
    ]
}

pub(crate) async fn one(visit: Visit, Path(name): Path<String>) -> Response {
    visit.told(report(&visit, &name).await)
}

async fn report(visit: &Visit, name: &str) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let Days { from, to } = Days::asked(visit)?;
    let report = visit.get(address(visit, name, &Days { from, to })).await?;
    let title = report["title"].as_str().unwrap_or(name).to_owned();
    let district = visit.asked("district").unwrap_or_default();
    let view = context! {
        name, district, formats => FORMATS, periods => periods(locale, today(visit)),
        from => from.to_string(), to => to.to_string(),
        chart => chart(&report), map => report["by"][0]["name"] == "district",
        report => data(&report),
    };
    Ok(visit.show("reports", "report.html", &title, view))
}

fn address(visit: &Visit, name: &str, Days { from, to }: &Days) -> Address {
    Address::of(["reports", name])
        .with("from", Some(from))
        .with("to", Some(to))
        .with("district", visit.asked("district"))
        .with("language", Some(visit.locale().pick("zh", "en")))
}

/// The first figure of each row but that of all, the greatest first.
fn chart(report: &Value) -> Vec<(String, f64)> {
    let rows = report["rows"].as_array().into_iter().flatten();
    let bar = |row: &Value| {
        let codes = row["codes"].as_array().filter(|codes| !codes.is_empty())?;
        let names: Vec<&str> = codes.iter().filter_map(|code| code["name"].as_str()).collect();
        Some((names.join(" · "), row["figures"][0].as_f64()?))
    };
    let mut bars: Vec<(String, f64)> = rows.filter_map(bar).collect();
    bars.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    bars.truncate(BARS);
    bars
}

pub(crate) async fn file(visit: Visit, Path(name): Path<String>) -> Response {
    let file = async {
        let days = Days::asked(&visit)?;
        let format = format(&visit)?;
        let file = visit.file(address(&visit, &name, &days).with("format", Some(format))).await?;
        Ok(attached(file, &format!("{name}-{}-{}.{format}", days.from, days.to)))
    };
    visit.told(file.await)
}

pub(crate) async fn edition(visit: Visit, Path(id): Path<String>) -> Response {
    let file = async {
        let format = format(&visit)?;
        let file = visit.file(Address::of(["editions", &id]).with("format", Some(format))).await?;
        Ok(attached(file, &format!("edition-{id}.{format}")))
    };
    visit.told(file.await)
}

pub(crate) fn format(visit: &Visit) -> Result<&'static str, Trouble> {
    let asked = visit.asked("format").unwrap_or_default();
    FORMATS.into_iter().find(|known| *known == asked).ok_or(Trouble::NotFound)
}

/// A file that browsers save, and show nowhere.
pub(crate) fn attached(Download { content_type, bytes }: Download, name: &str) -> Response {
    let plain: String =
        name.chars().filter(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.')).collect();
    let headers = [
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned()),
    ];
    ([(CONTENT_TYPE, content_type)], headers, bytes).into_response()
}

pub(crate) async fn bulletins(visit: Visit) -> Response {
    visit.told(heads(&visit).await)
}

async fn heads(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let bulletins = data(visit.rows(Address::of(["bulletins"]), "bulletins").await?.rows);
    Ok(visit.show("bulletins", "bulletins.html", &say!(in locale; "console-bulletins"), context! { bulletins }))
}

pub(crate) async fn bulletin(visit: Visit, Path(name): Path<String>) -> Response {
    visit.told(notices(&visit, &name).await)
}

/// Those of the rows that a page shows, from the one that is asked for on, and which is the first of the next page: the page would be
/// too large with all.
fn part(begin: Option<&str>, rows: &Value) -> (Vec<Value>, Option<usize>) {
    let begin = begin.and_then(|begin| begin.parse().ok()).unwrap_or(0_usize);
    let all = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let next = begin.saturating_add(MAX_SHOWN);
    (all.iter().skip(begin).take(MAX_SHOWN).cloned().collect(), Some(next).filter(|next| *next < all.len()))
}

/// A bulletin as boards show it, and when these fetched it.
async fn notices(visit: &Visit, name: &str) -> Result<Response, Trouble> {
    let district = visit.asked("district");
    let language = visit.locale().pick("zh", "en");
    let address = Address::of(["bulletins", name]).with("district", district).with("language", Some(language));
    let bulletin = visit.get(address).await?;
    let boards = data(visit.rows(Address::of(["bulletins", name, "boards"]), "boards").await?.rows);
    let title = bulletin["title"].as_str().unwrap_or(name).to_owned();
    let (notices, next) = part(visit.asked("begin"), &bulletin["notices"]);
    let view = context! { bulletin => data(&bulletin), boards, notices => data(notices), next };
    Ok(visit.show("bulletins", "bulletin.html", &title, view))
}

pub(crate) async fn reply_checks(visit: Visit) -> Response {
    visit.told(faults(&visit).await)
}

async fn faults(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let today = today(visit);
    let first = today.checked_sub((CHECKED_DAYS - 1).days()).unwrap_or(today).to_string();
    let (from, to) = (
        visit.asked("from").map_or(first, str::to_owned),
        visit.asked("to").map_or_else(|| today.to_string(), str::to_owned),
    );
    let department = visit.asked("department").unwrap_or_default();
    let address = Address::of(["reply-checks"])
        .with("from", Some(&from))
        .with("to", Some(&to))
        .with("department", Some(department));
    let (check, refused) = match visit.get(address).await {
        Err(Trouble::Refused(refused)) if refused.is_of_what_was_asked() => {
            (Value::Object(serde_json::Map::new()), Some(refused.said(locale).to_owned()))
        }
        found => (found?, None),
    };
    let (findings, next) = part(visit.asked("begin"), &check["findings"]);
    let view = context! {
        check => data(&check), findings => data(findings), next, from, to, department, list => context! { refused },
    };
    Ok(visit.show("reply-checks", "reply-checks.html", &say!(in locale; "console-reply-checks"), view))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn periods_end_where_they_should() {
        let days: Vec<(String, String)> =
            periods(Locale::En, date(2026, 3, 1)).into_iter().map(|(_, from, to)| (from, to)).collect();
        let days: Vec<(&str, &str)> = days.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        assert_eq!(
            days,
            [
                ("2026-03-01", "2026-03-01"),
                ("2026-02-28", "2026-02-28"),
                ("2026-02-23", "2026-03-01"),
                ("2026-03-01", "2026-03-01"),
                ("2026-02-01", "2026-02-28"),
                ("2026-01-01", "2026-03-01"),
            ]
        );
    }

    #[test]
    fn a_long_list_is_shown_in_parts_that_leave_out_nothing() {
        let rows = Value::from((0..2 * MAX_SHOWN).collect::<Vec<_>>());
        let (first, next) = part(None, &rows);
        assert_eq!((first.len(), next), (MAX_SHOWN, Some(MAX_SHOWN)));
        let (second, next) = part(Some("300"), &rows);
        assert_eq!((second.first(), second.len(), next), (Some(&json!(MAX_SHOWN)), MAX_SHOWN, None));
        assert_eq!(part(Some("18446744073709551615"), &rows), (Vec::new(), None));
    }

    #[test]
    fn the_row_of_all_is_no_bar() {
        let rows = json!({ "rows": [
            { "codes": [{ "name": "甲" }], "figures": [3.0] }, { "codes": [{ "name": "乙" }], "figures": [7.0] },
            { "codes": [{ "name": "丙" }], "figures": [null] }, { "codes": null, "figures": [10.0] },
        ]});
        assert_eq!(chart(&rows), [("乙".to_owned(), 7.0), ("甲".to_owned(), 3.0)]);
    }
}
