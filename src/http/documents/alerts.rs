//! Surges and warnings that were told: codes, counts and ids of tickets, nobody's words.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::city::Names;
use crate::pack::Rules;
use crate::store::{AlertView, TicketDetail};
use crate::ticket::AlertKind;
use crate::watch::{Ranked, Trend};

/// Alerts.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct AlertPage {
    /// The newest first.
    pub alerts: Vec<AlertDocument>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

/// A surge or a warning that was told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Alert")]
pub(in crate::http) struct AlertDocument {
    /// Number of the row.
    id: i64,
    /// surge or warning.
    #[schemars(extend("enum" = AlertKind::ALL.map(|(.., name)| name)))]
    kind: &'static str,
    /// Code of the city's rule.
    #[schemars(example = &"school-bus")]
    code: String,
    /// Its name; the code where the rule is no more.
    #[schemars(example = &"公交班次突增")]
    name: String,
    /// Code of the division in which it was counted, or the beginning that the codes of its parts have; null: the whole city.
    #[schemars(example = &"440308001")]
    district: Option<String>,
    /// Name of the division, where it is known.
    #[schemars(example = &"沙头角街道")]
    district_name: Option<String>,
    /// When it was told.
    at: Timestamp,
    /// How many there were, complaints or tickets as the rule says.
    #[schemars(example = 5)]
    count: u64,
    /// How many there usually are in as many hours, to one decimal; null where the rule does not ask.
    #[schemars(example = 1.2)]
    usual: Option<f64>,
    /// Whether it still goes on; false where one complaint is enough.
    stands: bool,
    /// When it had sunk; null while it goes on.
    ended_at: Option<Timestamp>,
    /// The ticket of which it was told.
    ticket: Option<String>,
    /// The tickets behind it as they are now, at most 50.
    tickets: Vec<String>,
}

impl AlertDocument {
    /// An alert, with those of its tickets that can be read.
    pub(in crate::http) fn of(view: &AlertView, tickets: &[TicketDetail], rules: &Rules) -> Self {
        let id = |detail: &TicketDetail| detail.ticket.id.clone();
        let mut behind: Vec<String> = tickets.iter().filter(|detail| detail.ticket.complaints > 0).map(id).collect();
        behind.sort();
        behind.dedup();
        let rule = rules.watch.alert(view.kind, &view.code);
        let tenths = |tenths: u64| f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0;
        let district = (!view.area.is_empty()).then(|| view.area.clone());
        Self {
            id: view.id,
            kind: view.kind.name(),
            code: view.code.clone(),
            name: rule.map_or_else(|| view.code.clone(), |rule| rule.name.clone()),
            district_name: district.as_deref().and_then(|code| rules.names.area(code)).map(str::to_owned),
            district,
            at: view.at,
            count: view.count,
            usual: view.usual_tenths.map(tenths),
            stands: view.stands,
            ended_at: view.ended_at,
            ticket: tickets.iter().find(|detail| detail.key == view.ticket).map(id),
            tickets: behind,
        }
    }
}

/// Which tags are most spoken of.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TagRanking {
    /// First day.
    #[schemars(example = &"2026-11-01")]
    pub from: Date,
    /// Last day.
    #[schemars(example = &"2026-11-30")]
    pub to: Date,
    /// The most spoken of first. Those of which nothing was said in these days and in as many before are left out.
    pub tags: Vec<RankedTag>,
}

/// A tag in its place.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct RankedTag {
    /// Its place, from 1; those of one count share it.
    #[schemars(example = 1)]
    place: u32,
    /// Its place in as many days before; null where nothing was said of it.
    #[schemars(example = 3)]
    place_before: Option<u32>,
    /// Code of the tag.
    #[schemars(example = &"add-elevator")]
    code: String,
    /// Its name; the code where it is no more.
    #[schemars(example = &"加装电梯")]
    name: String,
    /// How many complaints bore it; confidential ones are not counted.
    #[schemars(example = 11)]
    count: u64,
    /// How many did in as many days before.
    #[schemars(example = 8)]
    before: u64,
    /// Against the days before: new: there was none; up, down: by a tenth or more; level.
    #[schemars(extend("enum" = Trend::ALL.map(|(_, name)| name)))]
    #[schemars(example = &"up")]
    trend: &'static str,
}

impl RankedTag {
    /// A tag with its name.
    pub(in crate::http) fn of(ranked: Ranked, names: &Names) -> Self {
        Self {
            place: ranked.place,
            place_before: ranked.place_before,
            name: names.tag(&ranked.code).unwrap_or(&ranked.code).to_owned(),
            code: ranked.code,
            count: ranked.count,
            before: ranked.before,
            trend: ranked.trend.name(),
        }
    }
}
