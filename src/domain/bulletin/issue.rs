//! A bulletin as it is at one moment, and as a page for screens and boards.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Bulletin, Notice};
use crate::catalogue::{Locale, say};
use crate::city::Names;
use crate::complaint::Satisfaction;
use crate::page::{PageError, page};

/// The template.
const TEMPLATE: &str = include_str!("page.html");

/// A bulletin at one moment.
#[derive(Debug)]
pub struct Issue<'a> {
    /// What it is.
    pub bulletin: &'a Bulletin,
    /// What it shows.
    pub notices: &'a [Notice],
    /// Whether there was more than it shows.
    pub is_cut: bool,
    /// Code of the division that it is of; none: the whole city.
    pub district: Option<&'a str>,
    /// When it was made.
    pub at: Timestamp,
    /// The city's zone.
    pub zone: &'a TimeZone,
    /// Names of codes.
    pub names: &'a Names,
    /// Language.
    pub locale: Locale,
}

#[derive(Serialize)]
struct IssueView {
    city: String,
    title: String,
    at: String,
    district: Option<String>,
    summary: Vec<Count>,
    headings: Vec<String>,
    notices: Vec<NoticeView>,
    nothing: String,
    note: String,
}

#[derive(Serialize)]
struct Count {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct NoticeView {
    class: &'static str,
    cells: Vec<String>,
}

impl Issue<'_> {
    /// It as a page of HTML.
    ///
    /// # Errors
    /// The template does not fit.
    pub fn page(&self) -> Result<String, PageError> {
        page(&self.bulletin.title, self.locale, TEMPLATE, &self.view())
    }

    fn view(&self) -> IssueView {
        let locale = self.locale;
        let place = |code: &str| self.names.district(code).unwrap_or(code).to_owned();
        let note = match self.is_cut {
            true => say!(in locale; "bulletin-cut", count = self.notices.len()),
            false => say!(in locale; "bulletin-note"),
        };
        IssueView {
            city: self.names.city.clone(),
            title: self.bulletin.title.clone(),
            at: say!(in locale; "bulletin-at", at = self.minute(self.at)),
            district: self.district.map(place),
            summary: self.summary(),
            headings: self.headings(),
            notices: self.notices.iter().map(|notice| self.notice(notice)).collect(),
            nothing: say!(in locale; "bulletin-nothing"),
            note,
        }
    }

    fn summary(&self) -> Vec<Count> {
        let all = self.notices.len();
        let count = |is: &dyn Fn(&&Notice) -> bool| self.notices.iter().filter(is).count();
        let finished = count(&|notice| notice.status.is_final());
        let rated = count(&|notice| notice.satisfaction.is_some());
        let content =
            count(&|notice| matches!(notice.satisfaction, Some(Satisfaction::Satisfied | Satisfaction::Fair)));
        let locale = self.locale;
        let mut summary = vec![
            Count { name: say!(in locale; "bulletin-all"), value: all.to_string() },
            Count { name: say!(in locale; "bulletin-finished"), value: finished.to_string() },
            Count { name: say!(in locale; "bulletin-open"), value: (all - finished).to_string() },
            Count { name: say!(in locale; "bulletin-overdue"), value: count(&|notice| notice.is_overdue).to_string() },
        ];
        if rated > 0 {
            let value = format!("{content} / {rated}");
            summary.push(Count { name: say!(in locale; "bulletin-satisfied"), value });
        }
        summary
    }

    fn headings(&self) -> Vec<String> {
        let locale = self.locale;
        vec![
            say!(in locale; "bulletin-status"),
            say!(in locale; "bulletin-words"),
            say!(in locale; "bulletin-came"),
            say!(in locale; "bulletin-due"),
            say!(in locale; "bulletin-department"),
            say!(in locale; "bulletin-person"),
            say!(in locale; "bulletin-result"),
            say!(in locale; "bulletin-satisfaction"),
        ]
    }

    fn notice(&self, notice: &Notice) -> NoticeView {
        let locale = self.locale;
        let late = if notice.is_overdue { say!(in locale; "bulletin-late") } else { String::new() };
        let words = notice.words.clone().unwrap_or_else(|| say!(in locale; "bulletin-withheld"));
        let due = notice.due_at.map(|due_at| self.minute(due_at)).unwrap_or_default();
        let cells = vec![
            format!("{}{late}", locale.pick(notice.status.zh(), notice.status.wire())),
            format!("[{} · {}] {words}", notice.district, notice.category),
            self.day(notice.created_at),
            due,
            notice.department.clone(),
            notice.person.clone().unwrap_or_default(),
            notice.result.clone().unwrap_or_default(),
            notice.satisfaction.map(|said| locale.pick(said.zh(), said.wire()).to_owned()).unwrap_or_default(),
        ];
        NoticeView { class: if notice.is_overdue { "last" } else { "" }, cells }
    }

    fn minute(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d").to_string()
    }
}
