//! Lists with their filters in the address and their pages by key: the same on every page.

use minijinja::{Value, context};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;

use crate::api::{Address, PART};
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::{Rows, Visit};

/// Rows of a page.
const ROWS: u16 = 50;

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
    options: Vec<(String, String)>,
}

/// Filters of a list with what the address says.
pub(crate) struct Filters(Vec<Filter>);

impl Filters {
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// With one more filter.
    pub(crate) fn with(mut self, visit: &Visit, kind: Kind, name: &'static str, label: String) -> Self {
        let value = visit.asked(name).unwrap_or_default().trim().to_owned();
        self.0.push(Filter { name, label, kind, value, options: Vec::new() });
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
        if let Some(filter) = all.0.last_mut() {
            filter.options = options.into_iter().collect();
        }
        all
    }

    /// What the API is asked: a day is its first moment in the city, or, where the name says until, that of the day after.
    fn asked(&self, visit: &Visit) -> Result<Vec<(&'static str, String)>, Trouble> {
        let moment = |filter: &Filter| match filter.kind {
            Kind::Day => {
                let day: jiff::civil::Date = filter.value.parse().map_err(|_other| Trouble::NotFound)?;
                let day = if matches!(filter.name, "to" | "received_before" | "due_before") {
                    day.tomorrow().unwrap_or(day)
                } else {
                    day
                };
                let begins = day.to_zoned(visit.zone()).map_err(|_other| Trouble::NotFound)?;
                Ok((filter.name, begins.timestamp().to_string()))
            }
            _ => Ok((filter.name, filter.value.clone())),
        };
        self.0.iter().filter(|filter| !filter.value.is_empty()).map(moment).collect()
    }

    /// An address of the API, narrowed as the list is.
    pub(crate) fn narrowed(&self, visit: &Visit, address: Address) -> Result<Address, Trouble> {
        let asked = self.asked(visit)?;
        Ok(address.with_all(asked.iter().map(|(name, value)| (*name, value.as_str()))))
    }

    /// What of them is given, as members of an address.
    pub(crate) fn address(&self) -> String {
        let given = self.0.iter().filter(|filter| !filter.value.is_empty());
        given.map(|filter| format!("&{}={}", filter.name, utf8_percent_encode(&filter.value, PART))).collect()
    }

    /// A page of a list of the API, for templates: `list.rows`, and what `filters(list)` and `pager(list)` write.
    pub(crate) async fn page(self, visit: &Visit, address: Address, member: &str) -> Result<Value, Trouble> {
        let address = address.with("limit", Some(ROWS)).with("after", visit.asked("after"));
        let address = self.narrowed(visit, address)?;
        let Rows { rows, next } = visit.rows(address, member).await?;
        Ok(self.around(visit, &data(rows), next))
    }

    /// The same for rows that were asked for already.
    pub(crate) fn around(&self, visit: &Visit, rows: &Value, next: Option<String>) -> Value {
        let narrowed = self.0.iter().any(|filter| !filter.value.is_empty());
        let path = visit.here().split('?').next().unwrap_or_default();
        let kept =
            self.0.iter().map(|filter| (filter.name, filter.value.as_str())).filter(|(_, value)| !value.is_empty());
        context! {
            rows, next, narrowed, path,
            filters => data(&self.0),
            kept => data(kept.collect::<Vec<_>>()),
            further => visit.asked("after").is_some(),
        }
    }
}
