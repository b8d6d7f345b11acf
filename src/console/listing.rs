//! Lists with their filters in the address and their pages by key: the same on every page.

use axum::extract::Path;
use axum::response::Response;
use minijinja::{Value, context};
use serde::Serialize;

use crate::ADDRESS;
use crate::api::Address;
use crate::page::data;
use crate::trouble::Trouble;
use crate::views::reports::{attached, format};
use crate::visit::{Rows, Visit};

/// Rows of a page.
const ROWS: u16 = 50;

/// The lists of the API that can be had as files, by their paths.
const FILES: [&str; 17] = [
    "alerts",
    "answers/missing",
    "audit",
    "callbacks",
    "channels",
    "complaints",
    "deliveries",
    "notices",
    "pack/versions",
    "people",
    "quarantine",
    "replies",
    "reviews",
    "source-files",
    "tickets",
    "topics",
    "warnings",
];
/// Filters of lists that are days, where whoever looks gives them.
const DAYS: [&str; 6] = ["from", "to", "received_from", "received_before", "due_from", "due_before"];

/// A day as a moment: its first in the city, or, where the name says until, that of the day after.
fn moment(visit: &Visit, name: &str, day: &str) -> Result<String, Trouble> {
    let day: jiff::civil::Date = day.parse().map_err(|_other| Trouble::NotFound)?;
    let is_end = matches!(name, "to" | "received_before" | "due_before");
    let day = if is_end { day.tomorrow().unwrap_or(day) } else { day };
    let begins = day.to_zoned(visit.zone()).map_err(|_other| Trouble::NotFound)?;
    Ok(begins.timestamp().to_string())
}

/// What a list has, as a file: from the address of the API that has it, behind its path and by the same filters.
pub(crate) async fn file(visit: Visit, Path(list): Path<String>) -> Response {
    visit.told(saved(&visit, &list).await)
}

async fn saved(visit: &Visit, list: &str) -> Result<Response, Trouble> {
    if !FILES.contains(&list) {
        return Err(Trouble::NotFound);
    }
    let mut address = Address::of(list.split('/')).with("language", Some(visit.locale().pick("zh", "en")));
    for (name, value) in visit.query() {
        let value = if DAYS.contains(&name) { moment(visit, name, value)? } else { value.to_owned() };
        address = address.with(name, Some(value));
    }
    let format = format(visit)?;
    let name = list.replace('/', "-");
    Ok(attached(visit.file(address).await?, &format!("{name}.{format}")))
}

/// What a filter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Words or a code.
    Text,
    /// One of its options.
    Choice,
    /// Yes or nothing.
    Flag,
    /// A day of the city.
    Day,
    /// A whole number.
    Number,
}

/// A filter of a list.
#[derive(Serialize)]
pub(crate) struct Filter {
    /// Its name in the address and in the API.
    name: &'static str,
    label: String,
    kind: Kind,
    value: String,
    /// What can be chosen; of a text what is offered, each with what people call it.
    options: Vec<(String, String)>,
    /// Whether there is no list without it.
    must: bool,
}

/// Filters for which the city's own words are offered, each with the list of them in the API.
const OFFERED: [(&str, &str); 4] =
    [("department", "departments"), ("district", "districts"), ("category", "categories"), ("grade", "grades")];
/// Most words that are offered for a filter: of more none are, for the page would be too large.
const MAX_OFFERED: usize = 400;

/// Filters of a list with what the address says.
pub(crate) struct Filters {
    all: Vec<Filter>,
    /// What the API says where it refuses one of them: the page stays, with what was typed.
    refused: Option<String>,
}

impl Filters {
    pub(crate) fn none() -> Self {
        Self { all: Vec::new(), refused: None }
    }

    /// With one more filter.
    pub(crate) fn with(mut self, visit: &Visit, kind: Kind, name: &'static str, label: String) -> Self {
        let value = visit.asked(name).unwrap_or_default().trim().to_owned();
        self.all.push(Filter { name, label, kind, value, options: Vec::new(), must: false });
        self
    }

    /// With one that this page sets itself.
    pub(crate) fn fixed(mut self, name: &'static str, value: &str) -> Self {
        let (value, label) = (value.to_owned(), String::new());
        self.all.push(Filter { name, label, kind: Kind::Text, value, options: Vec::new(), must: true });
        self
    }

    /// With one more, a choice among names with what people call them.
    pub(crate) fn choice(
        self,
        visit: &Visit,
        name: &'static str,
        label: String,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut all = self.with(visit, Kind::Choice, name, label);
        if let Some(filter) = all.all.last_mut() {
            filter.options = options.into_iter().collect();
        }
        all
    }

    /// With one more, of whose options one is always meant: the first where nobody says which.
    pub(crate) fn one_of(
        self,
        visit: &Visit,
        name: &'static str,
        label: String,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut all = self.choice(visit, name, label, options);
        if let Some(filter) = all.all.last_mut() {
            filter.must = true;
            if filter.value.is_empty() {
                filter.value = filter.options.first().map(|(value, _)| value.clone()).unwrap_or_default();
            }
        }
        all
    }

    /// Has the city's words offered where somebody types one.
    async fn offer(&mut self, visit: &Visit) -> Result<(), Trouble> {
        let of = |name: &str| OFFERED.iter().find(|(filter, _)| *filter == name).map(|(_, member)| *member);
        let mut typed: Vec<(&mut Filter, &str)> = self
            .all
            .iter_mut()
            .filter(|filter| filter.kind == Kind::Text && !filter.must)
            .filter_map(|filter| of(filter.name).map(|member| (filter, member)))
            .collect();
        if typed.is_empty() {
            return Ok(());
        }
        let words = visit.get(Address::of(["words"])).await?;
        for (filter, member) in &mut typed {
            let text = |word: &serde_json::Value, name: &str| word[name].as_str().unwrap_or_default().to_owned();
            let words = words[*member].as_array().into_iter().flatten();
            let words: Vec<_> = words.map(|word| (text(word, "code"), text(word, "name"))).collect();
            filter.options = Some(words).filter(|words| words.len() <= MAX_OFFERED).unwrap_or_default();
        }
        Ok(())
    }

    /// Rows of the API at an address that says everything; none where it refuses a filter of those that people see.
    pub(crate) async fn rows(&mut self, visit: &Visit, address: Address, member: &str) -> Result<Rows, Trouble> {
        let is_seen = self.all.iter().any(|filter| !filter.label.is_empty());
        self.offer(visit).await?;
        match visit.rows(address, member).await {
            Err(Trouble::Refused(refused)) if refused.is_of_what_was_asked() && is_seen => {
                self.refused = Some(refused.said(visit.locale()).to_owned());
                Ok(Rows { rows: Vec::new(), next: None })
            }
            found => found,
        }
    }

    /// What the API is asked.
    fn asked(&self, visit: &Visit) -> Result<Vec<(&'static str, String)>, Trouble> {
        let said = |filter: &Filter| match filter.kind {
            Kind::Day => Ok((filter.name, moment(visit, filter.name, &filter.value)?)),
            _ => Ok((filter.name, filter.value.clone())),
        };
        self.all.iter().filter(|filter| !filter.value.is_empty()).map(said).collect()
    }

    /// An address of the API, narrowed as the list is.
    fn narrowed(&self, visit: &Visit, address: Address) -> Result<Address, Trouble> {
        let asked = self.asked(visit)?;
        Ok(address.with_all(asked.iter().map(|(name, value)| (*name, value.as_str()))))
    }

    /// Where the list can be had as a file, but for its format: where the API has it, with what is asked here.
    fn file(&self, address: &Address) -> String {
        let given = self.all.iter().filter(|filter| !filter.value.is_empty());
        let given = given.map(|filter| (filter.name, filter.value.as_str()));
        address.clone().with_all(given).below(&format!("{ADDRESS}/export"))
    }

    /// A page of a list of the API, for templates: `list.rows`, and what `filters(list)` and `pager(list)` write.
    pub(crate) async fn page(mut self, visit: &Visit, address: Address, member: &str) -> Result<Value, Trouble> {
        let asked = address.clone().with("limit", Some(ROWS)).with("after", visit.asked("after"));
        let asked = self.narrowed(visit, asked)?;
        let Rows { rows, next } = self.rows(visit, asked, member).await?;
        Ok(self.around(visit, &address, &data(rows), next))
    }

    /// A list of the API that comes whole.
    pub(crate) async fn whole(mut self, visit: &Visit, address: Address, member: &str) -> Result<Value, Trouble> {
        let asked = self.narrowed(visit, address.clone())?;
        let Rows { rows, next } = self.rows(visit, asked, member).await?;
        Ok(self.around(visit, &address, &data(rows), next))
    }

    /// The same for rows that were asked for already, at an address but for the filters.
    pub(crate) fn around(&self, visit: &Visit, address: &Address, rows: &Value, next: Option<String>) -> Value {
        let narrowed = self.all.iter().any(|filter| !filter.must && !filter.value.is_empty());
        let path = visit.here().split('?').next().unwrap_or_default();
        let kept =
            self.all.iter().map(|filter| (filter.name, filter.value.as_str())).filter(|(_, value)| !value.is_empty());
        context! {
            rows, next, narrowed, path,
            filters => data(&self.all),
            kept => data(kept.collect::<Vec<_>>()),
            refused => self.refused.as_deref(),
            further => visit.asked("after").is_some(),
            file => FILES.contains(&address.list()).then(|| self.file(address)),
        }
    }
}
