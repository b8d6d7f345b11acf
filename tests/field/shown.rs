//! What the gateway shows of a row: to operators over the API, to platforms on a feed.

use huiliu_city::{Platform, Sandbox, Until, eventually};
use serde_json::Value;

use crate::expected::{Expected, Row};

/// What an operator is shown.
pub struct Shown {
    complaints: Vec<Value>,
    aside: usize,
    words: String,
}

impl Shown {
    /// What is shown now.
    pub async fn now(sandbox: &Sandbox, row: &Row) -> anyhow::Result<Self> {
        let tickets = sandbox.get("/api/v1/tickets?limit=200").await?;
        let mut complaints = Vec::new();
        for ticket in tickets["tickets"].as_array().into_iter().flatten() {
            let id = ticket["id"].as_str().unwrap_or_default();
            let detail = sandbox.get(&format!("/api/v1/tickets/{id}")).await?;
            complaints.extend(detail["complaint_list"].as_array().into_iter().flatten().cloned());
        }
        let quarantine = sandbox.get("/api/v1/quarantine?limit=200").await?;
        let mut words = quarantine.to_string();
        for path in ["/api/v1/warnings", "/api/v1/source-files"] {
            words.push_str(&sandbox.get(path).await?.to_string());
        }
        let channels = sandbox.get("/api/v1/channels").await?;
        let name = row.channel.split('/').next();
        let channel = channels["channels"].as_array().into_iter().flatten().find(|known| known["id"].as_str() == name);
        words.push_str(&channel.map(Value::to_string).unwrap_or_default());
        Ok(Self { complaints, aside: quarantine["quarantine"].as_array().map_or(0, Vec::len), words })
    }

    /// What is not as the row says, if anything.
    pub fn lacks(&self, row: &Row) -> Option<String> {
        let mut numbers: Vec<&str> =
            self.complaints.iter().filter_map(|complaint| complaint["source_number"].as_str()).collect();
        numbers.sort_unstable();
        let (shown, not) = row.says();
        if numbers != row.taken() {
            return Some(format!("taken {numbers:?} instead of {:?}; shown: {}", row.taken(), self.words));
        }
        if self.aside != row.aside {
            return Some(format!("{} set aside instead of {}; shown: {}", self.aside, row.aside, self.words));
        }
        let missing = shown.iter().find(|piece| !self.words.contains(**piece)).map(|piece| ("not", piece));
        let (how, piece) =
            missing.or_else(|| not.iter().find(|piece| self.words.contains(**piece)).map(|piece| ("", piece)))?;
        Some(format!("“{piece}” is {how} shown: {}", self.words))
    }

    /// Compares the fields.
    pub async fn values(&self, row: &Row, platform: &Platform, patience: Until) -> anyhow::Result<()> {
        for expected in row.values()? {
            let Expected { number, field, value } = expected;
            let of = self.complaints.iter().find(|complaint| complaint["source_number"] == number);
            let found = match field.strip_prefix("feed.") {
                Some(member) => {
                    let told = || async { of_feed(platform, &of?["receipt_number"]) };
                    let complaint = eventually(&format!("{number} on the feed"), patience, told).await?;
                    at(&complaint, member).cloned()
                }
                None => of.and_then(|complaint| at(complaint, field)).cloned(),
            };
            let found = found.unwrap_or_default();
            anyhow::ensure!(is(&found, value), "{number} {field} is {found} instead of {value}");
        }
        Ok(())
    }
}

/// The complaint as the feed told it last, by its receipt number: the source's may be withheld.
fn of_feed(platform: &Platform, receipt: &Value) -> Option<Value> {
    let events = platform.events();
    let complaints = events.iter().rev().filter_map(|event| event.pointer("/data/complaints")?.as_array().cloned());
    complaints.flatten().find(|complaint| complaint["receipt_number"] == *receipt)
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, member| value.get(member))
}

/// Whether a value is as the table writes it.
fn is(found: &Value, wanted: &str) -> bool {
    let text = match found {
        Value::Null => return wanted == "-",
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(piece) = wanted.strip_prefix('~') {
        return text.contains(piece);
    }
    match (text.parse::<jiff::Timestamp>(), wanted.parse::<jiff::Timestamp>()) {
        (Ok(found), Ok(wanted)) => found == wanted,
        _ => text == wanted,
    }
}
