//! The pages: what each asks the API for, and which template shows it. None decides anything.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod channels;
pub(crate) mod handling;
pub(crate) mod packs;
pub(crate) mod people;
pub(crate) mod quarantine;
pub(crate) mod reports;
pub(crate) mod review;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod ticket;
pub(crate) mod tickets;
pub(crate) mod today;
pub(crate) mod topics;

use huiliu_domain::catalogue::Locale;
use huiliu_domain::ticket::Status;

/// The statuses that a list can be narrowed to, with what people call them.
fn statuses(locale: Locale) -> impl Iterator<Item = (String, String)> {
    Status::ALL
        .into_iter()
        .map(move |(_, zh, name)| (name.to_owned(), locale.pick(zh.to_owned(), name.replace('_', " "))))
}

/// The channels of the city pack, with their names.
async fn channels_of(visit: &crate::visit::Visit) -> Result<Vec<(String, String)>, crate::trouble::Trouble> {
    let channels = visit.rows(crate::api::Address::of(["channels"]), "channels").await?.rows;
    let text = |channel: &serde_json::Value, name: &str| channel[name].as_str().unwrap_or_default().to_owned();
    Ok(channels.iter().map(|channel| (text(channel, "id"), text(channel, "name"))).collect())
}

/// The channels of the city pack by their ids, for templates: what people call each.
async fn channel_names(visit: &crate::visit::Visit) -> Result<minijinja::Value, crate::trouble::Trouble> {
    let named: std::collections::BTreeMap<String, String> = channels_of(visit).await?.into_iter().collect();
    Ok(crate::page::data(named))
}

/// Names with what the catalogue calls them.
fn named<const N: usize>(names: [&str; N], word: impl Fn(&str) -> String) -> [(String, String); N] {
    names.map(|name| (name.to_owned(), word(name)))
}
