//! Records that could not be mapped: grouped by what is wrong with them, and one with its problems and what came.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use huiliu_domain::catalogue::{Locale, say};
use minijinja::context;
use serde_json::Value;

use super::{channel_names, channels_of};
use crate::api::Address;
use crate::listing::Filters;
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// Records of a page; groups are made of these.
const RECORDS: u16 = 200;

pub(crate) async fn list(visit: Visit) -> Response {
    visit.told(groups(&visit).await)
}

async fn groups(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let mut filters =
        Filters::none().choice(visit, "channel", say!(in locale; "console-channel"), channels_of(visit).await?);
    let address = Address::of(["quarantine"]);
    let asked = address.clone().with("limit", Some(RECORDS)).with("channel", visit.asked("channel"));
    let page = filters.rows(visit, asked.with("after", visit.asked("after")), "quarantine").await?;
    let groups = data(by_cause(locale, &page.rows));
    let list = filters.around(visit, &address, &groups, page.next);
    let view = context! { list, channel => visit.asked("channel").unwrap_or_default(), channels => channel_names(visit).await? };
    Ok(visit.show("quarantine", "quarantine.html", &say!(in locale; "console-quarantine"), view))
}

/// Records of a channel with the same problems.
#[derive(Debug, serde::Serialize)]
struct Group<'a> {
    channel: &'a str,
    causes: Vec<String>,
    records: Vec<&'a Value>,
    /// Their numbers, with blanks between.
    ids: String,
}

/// What is wrong with a record, in words.
fn causes(locale: Locale, record: &Value) -> Vec<String> {
    let words = |problem: &Value| {
        let said = problem[locale.pick("zh", "en")].as_str().unwrap_or_default();
        let field = problem["field"].as_str().filter(|field| !field.is_empty());
        field.map_or_else(|| said.to_owned(), |field| say!(in locale; "console-problem", field = field, said = said))
    };
    match record["broken"][locale.pick("zh", "en")].as_str() {
        Some(broken) => vec![broken.to_owned()],
        None => record["problems"].as_array().into_iter().flatten().map(words).collect(),
    }
}

/// The greatest group first.
fn by_cause(locale: Locale, records: &[Value]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, Vec<String>), Vec<&Value>> = BTreeMap::new();
    for record in records {
        let channel = record["channel"].as_str().unwrap_or_default();
        groups.entry((channel, causes(locale, record))).or_default().push(record);
    }
    let mut groups: Vec<Group<'_>> = groups
        .into_iter()
        .map(|((channel, causes), records)| {
            let ids: Vec<String> = records.iter().map(|record| record["raw_id"].to_string()).collect();
            Group { channel, causes, records, ids: ids.join(" ") }
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.records.len()));
    groups
}

pub(crate) async fn one(visit: Visit, Path(id): Path<String>) -> Response {
    visit.told(whole(&visit, &id).await)
}

async fn whole(visit: &Visit, id: &str) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let record = visit.get(Address::of(["quarantine", id])).await?;
    let title = say!(in locale; "console-record", id = id);
    let view = context! { record => data(&record), causes => causes(locale, &record) };
    Ok(visit.show("quarantine", "quarantined.html", &title, view))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_with_the_same_problems_are_one_group_the_greatest_first() {
        let record = |id: i64, channel: &str, zh: &str| json!({ "raw_id": id, "channel": channel, "problems": [{ "field": "text", "zh": zh, "en": "no text" }] });
        let broken = json!({ "raw_id": 9, "channel": "b", "problems": [], "broken": { "zh": "断了", "en": "broken" } });
        let records = [record(1, "a", "没有正文"), broken, record(2, "b", "没有正文"), record(3, "b", "没有正文")];
        let groups = by_cause(Locale::Zh, &records);
        let told: Vec<(&str, &str)> = groups.iter().map(|group| (group.channel, group.ids.as_str())).collect();
        assert_eq!(told, [("b", "2 3"), ("a", "1"), ("b", "9")]);
        assert_eq!(groups.last().unwrap().causes, ["断了"]);
    }
}
