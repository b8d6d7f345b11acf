//! The judge's own book: what sources were told, and what the public stream has told of each ticket. Nothing in it comes from the
//! store under test.

use std::collections::{BTreeMap, BTreeSet};

use huiliu::ticket::Status;
use serde_json::Value;

/// Most complaints that a message shows.
const MOST_SHOWN: u64 = 20;

/// A complaint by its channel and its source's number.
pub type Named = (String, String);

/// One version of a record: its number, and the digest of its content.
pub type Version = (Named, [u8; 16]);

/// A ticket as the last message of the public stream shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    pub version: u64,
    pub status: String,
    pub title: String,
    pub text: String,
    /// How many complaints it says it covers.
    pub count: u64,
    /// Receipt numbers of the complaints it shows, with where they came from.
    pub complaints: BTreeMap<String, Named>,
    /// The words of these complaints.
    pub words: BTreeMap<Named, String>,
}

impl Told {
    /// Whether it stands for complaints.
    pub fn stands(&self) -> bool {
        self.status != Status::Absorbed.wire()
    }

    /// Whether its citizens must have been answered.
    pub fn is_final(&self) -> bool {
        Status::from_wire(&self.status).is_some_and(Status::is_final) && self.stands()
    }
}

/// What was done with a ticket, as its events told it.
#[derive(Debug, Default)]
struct Done {
    /// The unit that it was given to last.
    unit: Option<String>,
    /// The units that were called.
    whistles: Vec<Value>,
}

/// What has been observed from outside.
#[derive(Debug, Default)]
pub struct Book {
    pub tickets: BTreeMap<String, Told>,
    /// Receipt numbers that sources were told.
    receipts: BTreeMap<Named, String>,
    /// Complaints whose citizen's data was erased, each with the ticket and its version at that time.
    pub erased: BTreeMap<Named, (String, u64)>,
    /// Complaints that were to be erased: where the gateway ended before it answered, nobody knows whether they were.
    pub to_be_erased: BTreeSet<Named>,
    /// Quarantined records that somebody mended and replayed: they may have become complaints.
    pub mended: BTreeSet<Named>,
    /// Versions of complaints that were set aside when they came in one page with another version.
    pub aside: BTreeSet<Version>,
    /// Complaints that joined a ticket that was accepted, with their receipt numbers.
    pub late: BTreeSet<(Named, String)>,
    /// Complaints that were withdrawn or closed by their source, by receipt number, each with the ticket and its version then.
    pub settled: BTreeMap<String, (String, u64)>,
    /// Receipt numbers of those that ever were.
    pub once_settled: BTreeSet<String>,
    /// Tickets that were closed by that.
    pub closed_by_source: BTreeSet<String>,
    /// What was told to the same source differently.
    pub contradictions: Vec<String>,
    /// Notices that were sent, each by what it is about, with the version of its ticket.
    notices: BTreeMap<String, u64>,
    /// By ticket what was done with it besides setting its status.
    done: BTreeMap<String, Done>,
    /// Every event of the public stream, where somebody wants them all.
    pub events: Option<Vec<Value>>,
}

impl Book {
    /// A source is told a receipt number. It is the same one every time.
    pub fn note_receipt(&mut self, named: Named, receipt: &str) {
        let known = self.receipts.entry(named.clone()).or_insert_with(|| receipt.to_owned());
        if known != receipt {
            self.contradictions.push(format!("P2: {named:?} was told {known}, then {receipt}"));
        }
    }

    /// A source is told what became of a complaint: whether it was set aside, and whether it came with another version of itself.
    pub fn note_aside(&mut self, version: Version, is_aside: bool, clashes: bool) {
        if !is_aside {
            self.aside.remove(&version);
        } else if clashes {
            self.aside.insert(version);
        } else {
            self.contradictions.push(format!("P1: {:?} came alone and was set aside", version.0));
        }
    }

    /// A message of the public stream.
    pub fn note_event(&mut self, ticket: &str, version: u64, data: &Value) {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let (mut complaints, mut words) = (BTreeMap::new(), BTreeMap::new());
        for complaint in data["complaints"].as_array().into_iter().flatten() {
            let text = |name: &str| complaint[name].as_str().unwrap_or_default().to_owned();
            let named = (text("channel"), text("source_number"));
            words.insert(named.clone(), text("text"));
            complaints.insert(text("receipt_number"), named);
        }
        let (change, status) = (&data["change"], text("status"));
        if let Some(receipt) = change["receipt_number"].as_str().filter(|_| change["event"] == "joined")
            && status == Status::Accepted.wire()
            && let Some(named) = complaints.get(receipt)
        {
            self.late.insert((named.clone(), receipt.to_owned()));
        }
        self.note_clocks((ticket, version), data);
        self.note_done((ticket, version), data);
        self.note_settled((ticket, version), &change["event"], change["receipt_number"].as_str(), &status);
        let told = Told {
            version,
            status,
            title: text("title"),
            text: text("text"),
            count: data["complaint_count"].as_u64().unwrap_or_default(),
            complaints,
            words,
        };
        self.tickets.insert(ticket.to_owned(), told);
        if let Some(events) = &mut self.events {
            events.push(data.clone());
        }
    }

    /// Each alarm of each run of a clock is told once, while the clock runs; and no clock of the handling outlives it.
    fn note_clocks(&mut self, (ticket, version): (&str, u64), data: &Value) {
        let runs = data["clocks"].as_array().map(Vec::as_slice).unwrap_or_default();
        let open = runs.iter().filter(|run| run["ended_at"].is_null());
        let status = data["status"].as_str().and_then(Status::from_wire);
        if status.is_some_and(|status| status.is_final() && status != Status::Absorbed) {
            let left = open.clone().map(|run| format!("P9: {ticket} is finished, and {} runs", run["clock"]));
            self.contradictions.extend(left);
        }
        let notice = &data["change"]["notice"];
        let (Some(clock), Some(code)) = (notice["clock"].as_str(), notice["code"].as_str()) else { return };
        let Some(run) = open.clone().find(|run| run["clock"] == clock && run["paused_at"].is_null()) else {
            self.contradictions.push(format!("P9: {ticket} {version} tells of the clock {clock}, which does not run"));
            return;
        };
        let about = format!("{ticket} {clock} {} {code} {}", run["started_at"], notice["round"]);
        let first = *self.notices.entry(about.clone()).or_insert(version);
        if first != version {
            self.contradictions.push(format!("P9: {about} was told by version {first} and by {version}"));
        }
    }

    /// A ticket stays with the unit that it was given to until it is given to another, whatever joins or leaves it; and what was noted of
    /// units that were called stays.
    fn note_done(&mut self, (ticket, version): (&str, u64), data: &Value) {
        let (change, department) = (&data["change"], data["department"].as_str().unwrap_or_default());
        let done = self.done.entry(ticket.to_owned()).or_default();
        if ["assigned", "escalated"].iter().any(|event| change["event"] == *event) {
            done.unit = change["act"]["unit"].as_str().map(str::to_owned);
        }
        if let Some(unit) = done.unit.as_ref().filter(|unit| *unit != department) {
            self.contradictions.push(format!("acts: {ticket} {version} is with {department}, and was given to {unit}"));
        }
        let now = data["whistles"].as_array().cloned().unwrap_or_default();
        let stays = |(before, now): (&Value, Option<&Value>)| {
            let members = before.as_object().into_iter().flatten();
            now.is_some_and(|now| members.clone().all(|(name, value)| now[name] == *value))
        };
        if !done.whistles.iter().enumerate().all(|(at, before)| stays((before, now.get(at)))) {
            self.contradictions.push(format!("acts: {ticket} {version} has forgotten who was called: {now:?}"));
        }
        done.whistles = now;
    }

    /// A complaint waits for an answer no longer, or again.
    fn note_settled(&mut self, (ticket, version): (&str, u64), event: &Value, receipt: Option<&str>, status: &str) {
        let Some(receipt) = receipt else { return };
        if event == "withdrawn" || event == "closed" {
            self.settled.insert(receipt.to_owned(), (ticket.to_owned(), version));
            self.once_settled.insert(receipt.to_owned());
            if status == Status::Closed.wire() {
                self.closed_by_source.insert(ticket.to_owned());
            }
        } else if event == "reopened" {
            self.settled.remove(receipt);
        }
    }

    /// Where each complaint stands by the stream: its receipt numbers and the tickets that show it.
    pub fn homes(&self) -> BTreeMap<Named, BTreeSet<(String, String)>> {
        let mut homes: BTreeMap<Named, BTreeSet<(String, String)>> = BTreeMap::new();
        for (id, told) in self.tickets.iter().filter(|(_, told)| told.stands()) {
            for (receipt, named) in &told.complaints {
                homes.entry(named.clone()).or_default().insert((receipt.clone(), id.clone()));
            }
        }
        homes
    }

    /// Every complaint has one home, under the number that its source was told; every ticket covers as many as it says; and
    /// exactly those are there that were handed in: `must` be, or `may`.
    pub fn judge_homes(&self, must: &BTreeSet<Named>, may: &BTreeSet<Named>) -> Vec<String> {
        let homes = self.homes();
        let mut wrong = self.contradictions.clone();
        for (named, found) in &homes {
            if found.len() != 1 {
                wrong.push(format!("P1: {named:?} stands in several places: {found:?}"));
            }
            if let (Some(told), Some((receipt, _))) = (self.receipts.get(named), found.first())
                && told != receipt
            {
                wrong.push(format!("P2: {named:?} was told {told}, but stands as {receipt}"));
            }
            if !must.contains(named) && !may.contains(named) {
                wrong.push(format!("P1: {named:?} was never handed in as a complaint"));
            }
        }
        wrong.extend(
            must.iter()
                .filter(|named| !homes.contains_key(*named))
                .map(|named| format!("P1: {named:?} is on no ticket")),
        );
        for (id, told) in &self.tickets {
            let shown = u64::try_from(told.complaints.len()).unwrap_or(u64::MAX);
            if told.stands() && told.count != shown && told.count <= MOST_SHOWN {
                wrong.push(format!("P1: {id} says that it covers {} complaints and shows {shown}", told.count));
            }
        }
        wrong
    }

    /// A ticket shows the words of its first complaint as its source gave them last: `newest`. Erased words are not shown again.
    pub fn judge_texts(&self, newest: &BTreeMap<Named, String>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, told) in self.tickets.iter().filter(|(_, told)| told.stands()) {
            wrong.extend(self.judge_erased(id, told, newest));
            let Some(first) = told.complaints.values().next().filter(|first| !self.mended.contains(*first)) else {
                continue;
            };
            let Some(text) = newest.get(first).filter(|text| !has_number(text)) else { continue };
            if !self.to_be_erased.contains(first) && told.text != *text {
                wrong.push(format!("{id} shows {:?}, not {text:?}", told.text));
            }
        }
        wrong
    }

    /// What was erased is in no later version of the ticket that it was erased on, unless somebody else there says the same.
    fn judge_erased(&self, id: &str, told: &Told, newest: &BTreeMap<Named, String>) -> Vec<String> {
        let later = |(ticket, version): &&(String, u64)| ticket == id && told.version > *version;
        let erased = told.complaints.values().filter(|named| self.erased.get(*named).filter(later).is_some());
        let shown = erased.filter(|named| {
            let text = newest.get(*named).filter(|text| !text.is_empty());
            let others = told.complaints.values().filter(|other| !self.erased.contains_key(*other));
            let text = text.filter(|text| !others.map(|other| newest.get(other)).any(|other| other == Some(*text)));
            text.is_some_and(|text| told.words.get(*named) == Some(text) || told.text == *text)
        });
        shown.map(|named| format!("P6: {id} shows in version {} what was erased of {named:?}", told.version)).collect()
    }
}

/// Whether a text has a number in it that the public stream masks.
fn has_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() >= 6)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(number: &str) -> Named {
        ("pushing".to_owned(), number.to_owned())
    }

    fn event(status: &str, count: u64, complaints: &[(&str, &str)]) -> Value {
        let complaints: Vec<Value> = complaints
            .iter()
            .map(
                |(receipt, number)| json!({ "receipt_number": receipt, "channel": "pushing", "source_number": number }),
            )
            .collect();
        json!({ "status": status, "complaint_count": count, "complaints": complaints })
    }

    fn judged(events: &[(&str, Value)], must: &[&str]) -> Vec<String> {
        let mut book = Book::default();
        for (ticket, data) in events {
            book.note_event(ticket, 1, data);
        }
        book.judge_homes(&must.iter().map(|number| named(number)).collect(), &BTreeSet::new())
    }

    #[test]
    fn homes_that_are_right_are_left_alone() {
        let events =
            [("T1", event("open", 2, &[("R1", "A"), ("R2", "B")])), ("T2", event("absorbed", 0, &[("R2", "B")]))];
        assert_eq!(judged(&events, &["A", "B"]), Vec::<String>::new());
    }

    #[test]
    fn what_is_lost_doubled_or_counted_wrongly_is_found() {
        for (events, must, found) in [
            (vec![("T1", event("open", 1, &[("R1", "A")]))], vec!["A", "B"], "is on no ticket"),
            (
                vec![("T1", event("open", 1, &[("R1", "A")])), ("T2", event("open", 1, &[("R1", "A")]))],
                vec!["A"],
                "several places",
            ),
            (
                vec![("T1", event("open", 1, &[("R1", "A"), ("R2", "B")]))],
                vec!["A", "B"],
                "covers 1 complaints and shows 2",
            ),
            (vec![("T1", event("open", 1, &[("R1", "A")]))], vec![], "never handed in"),
        ] {
            let wrong = judged(&events, &must);
            assert!(wrong.iter().any(|one| one.contains(found)), "{found}: {wrong:?}");
        }
    }

    #[test]
    fn erased_words_that_are_shown_again_are_found() {
        let newest = BTreeMap::from([(named("A"), "路灯不亮".to_owned())]);
        for (version, shown, found) in [(3, "路灯不亮", 1), (2, "路灯不亮", 0), (3, "（已删除）", 0)] {
            let mut book = Book::default();
            book.erased.insert(named("A"), ("T1".to_owned(), 2));
            book.to_be_erased.insert(named("A"));
            let mut data = event("open", 1, &[("R1", "A")]);
            data["complaints"][0]["text"] = json!(shown);
            book.note_event("T1", version, &data);
            assert_eq!(book.judge_texts(&newest).len(), found, "version {version} shows {shown}");
        }
    }

    #[test]
    fn what_comes_alone_and_is_set_aside_is_found() {
        let mut book = Book::default();
        book.note_aside((named("A"), [1; 16]), true, true);
        assert_eq!((book.aside.len(), book.contradictions.len()), (1, 0));
        book.note_aside((named("A"), [1; 16]), true, false);
        assert_eq!(book.contradictions.len(), 1);
        book.note_aside((named("A"), [1; 16]), false, false);
        assert!(book.aside.is_empty());
    }

    #[test]
    fn a_ticket_that_leaves_the_unit_it_was_given_to_is_found() {
        let with = |event: &str, department: &str, whistles: Value| {
            let change = json!({ "event": event, "act": { "unit": "housing" } });
            json!({ "status": "open", "department": department, "change": change, "whistles": whistles })
        };
        let called = json!([{ "unit": "water", "at": "now" }]);
        let come = json!([{ "unit": "water", "at": "now", "responded_at": "then" }]);
        for (events, wrong) in [
            ([with("assigned", "housing", called.clone()), with("joined", "housing", come.clone())], 0),
            ([with("assigned", "housing", json!([])), with("joined", "water", json!([]))], 1),
            ([with("whistled", "housing", come), with("joined", "housing", called.clone())], 1),
            ([with("whistled", "housing", called), with("joined", "housing", json!([]))], 1),
        ] {
            let mut book = Book::default();
            for (data, version) in events.iter().zip(1..) {
                book.note_event("T1", version, data);
            }
            assert_eq!(book.contradictions.len(), wrong, "{:?}", book.contradictions);
        }
    }

    #[test]
    fn a_second_receipt_number_is_found() {
        let mut book = Book::default();
        book.note_receipt(named("A"), "R1");
        book.note_receipt(named("A"), "R1");
        assert!(book.contradictions.is_empty());
        book.note_receipt(named("A"), "R2");
        assert_eq!(book.contradictions.len(), 1);
    }
}
