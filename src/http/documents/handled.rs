//! How a ticket was handled: acts and what they left, what was said of results, and the notices that were sent.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::city::Names;
use crate::complaint::Satisfaction;
use crate::forward::wire::v1::{AssignmentV1, ExtensionV1, InstructionV1, Kept, OutsideV1, WhistleV1};
use crate::key::TicketKey;
use crate::mask::mask_text;
use crate::pack::Rules;
use crate::store::{ComplaintView, Occurrence, OccurrenceKind, RatingRow, Store, StoreError};
use crate::ticket::{ActKind, Consequence, Rater, Ticket};

/// What was done with a ticket besides setting its status.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct TicketActs {
    /// The unit that is responsible because a platform, or a rule of the city, gave it the ticket; null where the route alone says it.
    assignment: Option<AssignmentV1>,
    /// Codes of the units that help (协办).
    #[schemars(example = ["power"])]
    co_units: Vec<String>,
    /// Their names, in the same order; the code where there is none.
    #[schemars(example = ["供电公司"])]
    co_unit_names: Vec<String>,
    /// Name of the unit that is responsible by an assignment.
    #[schemars(example = &"住房和城乡建设局")]
    assigned_name: Option<String>,
    /// The units that were called (吹哨), each time once, the earliest first.
    whistles: Vec<WhistleV1>,
    /// Leaders' instructions (批示), the earliest first.
    instructions: Vec<InstructionV1>,
    /// Name of the leader who has taken the matter on (领办、包案).
    #[schemars(example = &"王副市长")]
    claimed_by: Option<String>,
    /// The extension that was asked for last.
    extension: Option<ExtensionV1>,
    /// Where the matter goes on outside of the city's handling.
    outside: Option<OutsideV1>,
    /// Each act, the earliest first: of each ticket the last 100 are kept.
    done: Vec<ActDocument>,
}

/// An act.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketAct")]
struct ActDocument {
    /// When.
    at: Timestamp,
    /// What was done.
    #[schemars(extend("enum" = ActKind::ALL.map(|(.., wire)| wire)))]
    #[schemars(example = &"assign")]
    kind: String,
    /// The same in Chinese.
    #[schemars(example = &"指派")]
    kind_zh: Option<&'static str>,
    /// The feed whose platform did it; null where it follows from the city's rules.
    #[schemars(example = &"command")]
    by: Option<String>,
    /// Codes of the units that it is about.
    #[schemars(example = ["housing"])]
    units: Vec<String>,
    /// Their names, in the same order; the code where there is none.
    #[schemars(example = ["住房和城乡建设局"])]
    unit_names: Vec<String>,
    /// The leader who instructs or has taken the matter on.
    #[schemars(example = &"王副市长")]
    leader: Option<String>,
    /// What was said with it; null below operator.
    #[schemars(example = &"请限三日内办结并报告。")]
    words: Option<String>,
}

/// What somebody said of a result.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketRating")]
pub(in crate::http) struct RatingDocument {
    /// When.
    at: Timestamp,
    /// Who rated: a citizen, a citizen in a call-back, or a supervisor.
    #[schemars(extend("enum" = Rater::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"citizen")]
    rater: &'static str,
    /// Receipt number of the complaint whose citizen spoke; null where the whole ticket is meant.
    receipt_number: Option<String>,
    /// Which result, from 1.
    #[schemars(example = 1)]
    round: u32,
    /// Code of the step on the city's scale.
    #[schemars(example = &"satisfied")]
    step: String,
    /// Name of the step; the code once the scale has it no more.
    #[schemars(example = &"满意")]
    step_name: String,
    /// What the step counts as.
    #[schemars(extend("enum" = Satisfaction::ALL.map(|value| value.wire())))]
    #[schemars(example = &"satisfied")]
    value: &'static str,
    /// What came of it.
    #[schemars(extend("enum" = Consequence::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"noted")]
    consequence: &'static str,
    /// Channel, feed or token through which it came; null below operator, and once the complaint was erased.
    #[schemars(example = &"command")]
    by: Option<String>,
    /// The words; null below operator, where there are none, and once the complaint was erased.
    #[schemars(example = &"路灯当晚就亮了")]
    words: Option<String>,
}

/// A notice that was sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TicketNotice")]
pub(in crate::http) struct SentNotice {
    /// When.
    at: Timestamp,
    /// Code of the kind of notice.
    #[schemars(example = &"urge")]
    code: String,
    /// Its title.
    #[schemars(example = &"督办单")]
    title: String,
    /// Code of the clock that sent it; null where none did.
    #[schemars(example = &"finish")]
    clock: Option<String>,
    /// Which time the same alarm told it, from 1.
    #[schemars(example = 1)]
    round: u64,
    /// What it says, in Chinese; masked below operator, null where a complaint is withheld.
    #[schemars(example = &"督办单：RC-20261122-000001 办结时限已过。")]
    text: Option<String>,
    /// Codes of the people and desks that got it.
    #[schemars(example = ["urban-management-leader"])]
    to: Vec<String>,
    /// Codes of those who did not, since they had all notices of the day.
    #[schemars(example = [""; 0])]
    left_out: Vec<String>,
}

/// What is read of a ticket's handling.
pub(in crate::http) struct Handled {
    acts: Vec<Occurrence>,
    notices: Vec<Occurrence>,
    ratings: Vec<RatingRow>,
}

/// Who reads it.
#[derive(Clone, Copy)]
pub(in crate::http) struct Reader {
    /// Whether it sees people's names, numbers and words.
    pub contacts: bool,
    /// Whether some complaint of the ticket is withheld from it.
    pub withheld: bool,
}

impl Reader {
    pub(super) fn text(self, text: &str) -> String {
        if self.contacts { text.to_owned() } else { mask_text(text) }
    }
}

impl Handled {
    /// Reads it.
    pub(in crate::http) fn read(store: &mut dyn Store, ticket: TicketKey) -> Result<Self, StoreError> {
        Ok(Self {
            acts: store.occurrences(OccurrenceKind::Act, &[ticket.0])?,
            notices: store.occurrences(OccurrenceKind::Notice, &[ticket.0])?,
            ratings: store.ratings_of(&[ticket])?,
        })
    }

    /// The acts, and what they left.
    pub(in crate::http) fn acts(&self, ticket: &Ticket, rules: &Rules, reader: Reader) -> TicketActs {
        let zone: &TimeZone = &rules.numbering.zone;
        let kept = Kept::of(&ticket.acts, &rules.names, zone, &|text: &str| reader.text(text));
        TicketActs {
            co_units: ticket.acts.co_units.clone(),
            co_unit_names: called(&rules.names, &ticket.acts.co_units),
            assigned_name: kept.assignment.as_ref().map(|assigned| name_of(&rules.names, &assigned.unit)),
            assignment: kept.assignment,
            whistles: kept.whistles,
            instructions: kept.instructions,
            claimed_by: kept.claimed_by,
            extension: kept.extension,
            outside: kept.outside,
            done: self.acts.iter().map(|row| act(row, &rules.names, reader)).collect(),
        }
    }

    /// What was said of results, each step by its name.
    pub(in crate::http) fn ratings(
        &self,
        complaints: &[ComplaintView],
        step_name: &dyn Fn(&str) -> String,
        reader: Reader,
    ) -> Vec<RatingDocument> {
        let said = |text: &str| Some(text).filter(|text| reader.contacts && !text.is_empty()).map(str::to_owned);
        let rating = |row: &RatingRow| RatingDocument {
            at: row.at,
            rater: row.rater.name(),
            receipt_number: row
                .complaint
                .and_then(|key| complaints.iter().find(|view| view.id == key).map(|view| view.receipt.clone())),
            round: row.round,
            step: row.step.clone(),
            step_name: step_name(&row.step),
            value: row.value.wire(),
            consequence: row.consequence.name(),
            by: said(&row.by),
            words: said(&row.words),
        };
        self.ratings.iter().map(rating).collect()
    }

    /// The notices that were sent.
    pub(in crate::http) fn notices(&self, reader: Reader) -> Vec<SentNotice> {
        self.notices.iter().map(|row| SentNotice::of(row, reader)).collect()
    }
}

impl SentNotice {
    fn of(row: &Occurrence, reader: Reader) -> Self {
        Self {
            at: row.at,
            code: row.outcome.clone(),
            title: word(&row.details, "title").unwrap_or_default(),
            clock: word(&row.details, "clock"),
            round: row.details["round"].as_u64().unwrap_or(1),
            text: word(&row.details, "text").filter(|_| !reader.withheld).map(|text| reader.text(&text)),
            to: words(&row.details, "to"),
            left_out: words(&row.details, "left_out"),
        }
    }
}

/// A notice that was sent, in the list of all.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListedNotice")]
pub(in crate::http) struct NoticeDocument {
    /// Number of the row.
    id: i64,
    /// Id of the ticket that it is about.
    ticket: String,
    /// Code of the unit that is responsible for it now.
    department: String,
    /// Name of the unit.
    department_name: Option<String>,
    /// Name of the clock that sent it; null where none did.
    #[schemars(example = &"办结")]
    clock_name: Option<String>,
    /// The notice.
    #[serde(flatten)]
    notice: SentNotice,
}

impl NoticeDocument {
    /// A notice about a ticket.
    pub(in crate::http) fn of((id, row): &(i64, Occurrence), ticket: &Ticket, names: &Names, reader: Reader) -> Self {
        let (notice, department) = (SentNotice::of(row, reader), ticket.route.department.clone());
        Self {
            id: *id,
            ticket: ticket.id.clone(),
            department_name: names.department(&department).map(str::to_owned),
            department,
            clock_name: notice.clock.as_deref().and_then(|clock| names.clock(clock)).map(str::to_owned),
            notice,
        }
    }
}

/// Notices that were sent.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct NoticePage {
    /// The newest first.
    pub notices: Vec<NoticeDocument>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

fn name_of(names: &Names, unit: &str) -> String {
    names.department(unit).unwrap_or(unit).to_owned()
}

fn called(names: &Names, units: &[String]) -> Vec<String> {
    units.iter().map(|unit| name_of(names, unit)).collect()
}

fn act(row: &Occurrence, names: &Names, reader: Reader) -> ActDocument {
    let unit = word(&row.details, "unit");
    let units: Vec<String> = unit.into_iter().chain(words(&row.details, "units")).collect();
    ActDocument {
        at: row.at,
        kind: row.outcome.clone(),
        kind_zh: ActKind::from_wire(&row.outcome).map(ActKind::zh),
        by: word(&row.details, "by"),
        unit_names: called(names, &units),
        units,
        leader: word(&row.details, "leader").map(|leader| reader.text(&leader)),
        words: word(&row.details, "words").filter(|_| reader.contacts),
    }
}

fn word(details: &Value, name: &str) -> Option<String> {
    details[name].as_str().map(str::to_owned)
}

fn words(details: &Value, name: &str) -> Vec<String> {
    let items = details[name].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key::ComplaintKey;

    fn handled() -> Handled {
        let row = |kind, outcome: &str, details| Occurrence {
            kind,
            subject: 1,
            at: Timestamp::UNIX_EPOCH,
            outcome: outcome.to_owned(),
            details,
        };
        let claim = json!({ "by": "command", "leader": "王副市长", "words": "孙晓燕的事我来办", "units": [] });
        let whistle = json!({ "by": null, "unit": null, "units": ["housing", "power"], "words": null });
        let notice = json!({
            "title": "督办单", "clock": "finish", "round": 2, "text": "请联系 13800001111", "to": ["a"], "left_out": ["b"],
        });
        let rating = RatingRow {
            ticket: TicketKey(1),
            complaint: Some(ComplaintKey(7)),
            rater: Rater::CallBack,
            round: 1,
            step: "satisfied".to_owned(),
            value: Satisfaction::Satisfied,
            consequence: Consequence::Nothing,
            at: Timestamp::UNIX_EPOCH,
            by: "zhang".to_owned(),
            words: "多亏赵工".to_owned(),
        };
        Handled {
            acts: vec![row(OccurrenceKind::Act, "claim", claim), row(OccurrenceKind::Act, "whistle", whistle)],
            notices: vec![row(OccurrenceKind::Notice, "urge", notice)],
            ratings: vec![rating],
        }
    }

    fn seen(reader: Reader) -> Value {
        let handled = handled();
        let acts: Vec<ActDocument> = handled.acts.iter().map(|row| act(row, &Names::default(), reader)).collect();
        let (ratings, notices) = (handled.ratings(&[], &str::to_owned, reader), handled.notices(reader));
        json!({ "acts": acts, "ratings": ratings, "notices": notices })
    }

    #[test]
    fn an_operator_reads_what_was_said_and_a_viewer_what_was_done() {
        let whole = seen(Reader { contacts: true, withheld: false });
        assert_eq!(whole["acts"][0]["words"], "孙晓燕的事我来办");
        assert_eq!((&whole["ratings"][0]["by"], &whole["ratings"][0]["words"]), (&json!("zhang"), &json!("多亏赵工")));
        let masked = seen(Reader { contacts: false, withheld: false });
        assert_eq!(
            (&masked["acts"][0]["kind_zh"], &masked["acts"][0]["leader"], &masked["acts"][1]["units"]),
            (&json!("领办"), &json!("王副市长"), &json!(["housing", "power"]))
        );
        assert_eq!((&masked["ratings"][0]["rater"], &masked["notices"][0]["round"]), (&json!("call_back"), &json!(2)));
        assert_eq!((&masked["notices"][0]["to"], &masked["notices"][0]["left_out"]), (&json!(["a"]), &json!(["b"])));
        for hidden in ["孙晓燕", "赵工", "zhang", "13800001111"] {
            assert!(!masked.to_string().contains(hidden), "{hidden}: {masked}");
        }
        let withheld = seen(Reader { contacts: false, withheld: true });
        assert_eq!(withheld["notices"][0]["text"], Value::Null, "a notice may name the matter");
    }
}
