//! What must have come of a run, computed from what the city sent and received alone, and what differs from it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::book::{Book, Stand, Step};
use super::calendar::day;
use super::clocks::{Clocks, Due};
use super::log::{Entry, Log, text};
use super::people::SIGNED;
use super::tally::{Tallies, Tally, Where};
use super::watched::{self, Judged};

/// The longest that a notice may be later than its time: the gateway looks every few seconds.
const NOTICE_LATE: SignedDuration = SignedDuration::from_secs(30);

/// The truth of a run.
#[derive(Default)]
pub(super) struct Truth {
    /// The figures.
    pub tallies: Tallies,
    /// Notices that had to be made, and that were.
    pub notices: (usize, usize),
    /// Notices by code.
    pub by_notice: BTreeMap<String, usize>,
    /// What came of watching.
    pub watched: Judged,
    /// What is not as it has to be.
    pub findings: Vec<String>,
    tickets: BTreeMap<String, Ticket>,
    /// The ticket of each receipt number, and the channel of its complaint.
    receipts: BTreeMap<String, (String, &'static str)>,
    /// The ticket of each complaint.
    on_tickets: BTreeMap<usize, String>,
    /// Whether a bulletin has shown words under which a name stood.
    shows_signed: bool,
}

/// A ticket as the city has seen it.
#[derive(Default)]
struct Ticket {
    unit: String,
    grade: String,
    channel: String,
    recurring: bool,
    /// Since when the present handling runs, and since when this unit has it.
    opened: Timestamp,
    given: Timestamp,
    deadline: Timestamp,
    is_open: bool,
    finished: Option<Timestamp>,
    restarts: u32,
    rounds: u32,
    dissatisfied_rounds: BTreeSet<u32>,
    complaints: BTreeSet<usize>,
    clocks: Clocks,
    expected: Vec<Due>,
    received: Vec<(String, String, Timestamp)>,
    /// Escalations that the clocks have made and no event has told yet.
    rising: usize,
    /// The mark of the last report.
    mark: String,
    /// Results: when, for whom, and the mark in their words.
    finishes: Vec<(Timestamp, Vec<usize>, String)>,
    /// Since when a rating asks that it be opened again, until it is.
    restarting: Option<Timestamp>,
    /// The unit that the center gives it to.
    assigning: Option<String>,
    /// Call-backs that had to be listed, less those that were.
    call_backs: i64,
}

impl Truth {
    /// Of a whole log, up to its end.
    pub(super) fn of(book: &Book, log: &Log, end: Timestamp) -> Self {
        let mut truth = Self::default();
        for (at, entry) in &log.entries {
            truth.take(book, log, at, entry);
        }
        let tickets = std::mem::take(&mut truth.tickets);
        for (id, mut ticket) in tickets {
            let due = ticket.clocks.ring(book, end);
            ticket.expected.extend(due);
            truth.judge_notices(&id, &ticket);
            if let Some(since) = ticket.restarting {
                truth.find(format!("{id}: the rating of {since} had to restart it, and did not"));
            }
            if ticket.call_backs != 0 {
                truth.find(format!("{id}: {} call-backs are missing (negative: too many)", ticket.call_backs));
            }
            truth.judge_second(book, &id, &ticket);
            truth.judge_answers(book, log, &id, &ticket);
        }
        truth.judge_sms(book, log);
        match (book.publishes, truth.shows_signed) {
            (true, false) => {
                truth.find("no bulletin shows what somebody has signed: nothing is shown of names".to_owned())
            }
            (false, true) => truth.find("a bulletin shows words of somebody who has not agreed to it".to_owned()),
            _ => {}
        }
        truth.judge_matters(book, log);
        truth.watched = watched::judge(book, log, &truth.on_tickets);
        let wrong = std::mem::take(&mut truth.watched.findings);
        truth.findings.extend(wrong);
        truth.findings.extend((book.besides)(log));
        truth
    }

    fn find(&mut self, finding: String) {
        self.findings.push(finding);
    }

    fn take(&mut self, book: &Book, log: &Log, heard: &Timestamp, entry: &Entry) {
        let at = *heard;
        match entry {
            Entry::Reported(_) | Entry::Called(_) => {}
            Entry::Bulletin(page) => self.judge_bulletin(log, page, at),
            Entry::Event { feed, event } => {
                let data = &event["data"];
                self.judge_secret(book, log, feed, data);
                if book.feed(text(data, "/department")) == feed {
                    // When it happened: it is heard when the clock has been turned on.
                    let happened = text(event, "/time").parse().unwrap_or(at);
                    self.hear(book, log, happened, data);
                }
            }
            Entry::Status { ticket, status, mark } => {
                if let Some(ticket) = self.tickets.get_mut(ticket) {
                    mark.clone_into(&mut ticket.mark);
                }
                self.status(book, ticket, status, at);
            }
            Entry::Act { ticket, kind: "assign", unit } => {
                if let Some(ticket) = self.tickets.get_mut(ticket) {
                    ticket.assigning = Some(unit.clone());
                }
            }
            Entry::Act { ticket, kind, .. } => {
                let moment = match *kind {
                    "whistle" => "whistled",
                    "respond" => "responded",
                    "instruct" => "instructed",
                    _ => "claimed",
                };
                self.happen(book, ticket, &[moment], at);
            }
            Entry::Approved { ticket } => self.finish(book, ticket, "resolved", at),
            Entry::SentBack { ticket } => {
                self.count(book, ticket, at, |tally| tally.sent_back += 1);
                self.happen(book, ticket, &["sent_back"], at);
            }
            Entry::Rated { receipt, step } => self.rate(book, receipt, *step, at),
        }
    }

    fn count(&mut self, book: &Book, ticket: &str, at: Timestamp, count: impl Fn(&mut Tally)) {
        if let Some(Ticket { unit, channel, .. }) = self.tickets.get(ticket) {
            self.tallies.count(Where { day: day(at), unit, level: book.level(unit), channel }, count);
        }
    }

    /// Lets the clocks of a ticket ring until now, then has something happen to it.
    fn happen(&mut self, book: &Book, id: &str, moments: &[&str], at: Timestamp) {
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        let due = ticket.clocks.ring(book, at);
        ticket.rising += due.iter().filter(|due| due.escalates && !book.parent(&ticket.unit).is_empty()).count();
        ticket.expected.extend(due);
        let stand = Stand {
            grade: &ticket.grade,
            unit: &ticket.unit,
            level: book.level(&ticket.unit),
            recurring: ticket.recurring,
        };
        let stopped = ticket.clocks.happen(book, moments, &stand, ticket.deadline, at);
        let contact = stopped.into_iter().find(|(clock, _)| book.contact == Some(*clock));
        if let Some((_, due)) = contact {
            self.count(book, id, at, |tally| {
                tally.contacts += 1;
                tally.contacted += u32::from(at <= due);
            });
        }
    }

    fn status(&mut self, book: &Book, id: &str, status: &'static str, at: Timestamp) {
        match status {
            "resolved" | "closed" | "rejected" if book.review => self.happen(book, id, &["submitted"], at),
            "resolved" | "closed" | "rejected" => self.finish(book, id, status, at),
            "returned" => {
                self.count(book, id, at, |tally| tally.returns += 1);
                self.happen(book, id, &["returned"], at);
            }
            _ => {
                self.sign(book, id, at);
                self.happen(book, id, &[status], at);
            }
        }
    }

    /// The first sign of life of the unit since it has the matter.
    fn sign(&mut self, book: &Book, id: &str, at: Timestamp) {
        let Some(ticket) = self.tickets.get_mut(id).filter(|ticket| ticket.is_open) else { return };
        ticket.is_open = false;
        let since = ticket.opened.max(ticket.given);
        let took = at.duration_since(since);
        let kept = took <= SignedDuration::from_hours(book.sign_hours);
        self.count(book, id, at, |tally| {
            tally.signs += 1;
            tally.signed += u32::from(kept);
            tally.sign_seconds.push(took.as_secs());
        });
    }

    fn finish(&mut self, book: &Book, id: &str, status: &'static str, at: Timestamp) {
        self.sign(book, id, at);
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        let (kept, took) = (at <= ticket.deadline, at.duration_since(ticket.opened));
        ticket.finished = Some(at);
        ticket.rounds += 1;
        ticket.finishes.push((at, ticket.complaints.iter().copied().collect(), ticket.mark.clone()));
        if (book.ratings.call_back)(&ticket.unit) {
            ticket.call_backs += i64::try_from(ticket.complaints.len()).unwrap_or(i64::MAX);
        }
        self.count(book, id, at, |tally| {
            tally.finishes += 1;
            tally.in_time += u32::from(kept);
            tally.finish_seconds.push(took.as_secs());
        });
        self.happen(book, id, &[status, "finished"], at);
    }

    fn rate(&mut self, book: &Book, receipt: &str, step: Step, at: Timestamp) {
        let Some((id, channel)) = self.receipts.get(receipt).cloned() else { return };
        let Some(ticket) = self.tickets.get_mut(&id) else { return };
        let pleased = u32::from(step != Step::Dissatisfied);
        let late = |days| {
            ticket.finished.is_some_and(|finished| day(at) > day(finished + SignedDuration::from_hours(24 * days)))
        };
        let may = ticket.finished.is_some()
            && book.ratings.most.is_none_or(|most| ticket.restarts < most)
            && !book.ratings.within_days.is_some_and(late);
        let mut restarted = 0;
        if step == Step::Dissatisfied {
            ticket.dissatisfied_rounds.insert(ticket.rounds);
            if may {
                ticket.restarts += 1;
                ticket.finished = None;
                ticket.restarting = Some(at);
                restarted = 1;
            }
        }
        let unit = &ticket.unit;
        self.tallies.count(Where { day: day(at), unit, level: book.level(unit), channel }, |tally| {
            tally.ratings += 1;
            tally.pleased += pleased;
            tally.restarts += restarted;
        });
        self.happen(book, &id, &["rated"], at);
    }

    /// A dissatisfied citizen has opened the matter again.
    fn reopen(&mut self, book: &Book, id: &str, at: Timestamp) {
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        let Some(since) = ticket.restarting.take() else {
            return self.find(format!("{id}: it was reopened at {at}, and nobody asked for it"));
        };
        ticket.is_open = true;
        (ticket.opened, ticket.given) = (since, since);
        ticket.deadline = book.calendar.due(book.grade(&ticket.grade), since, since);
        self.happen(book, id, &["reopened"], since);
    }

    fn hear(&mut self, book: &Book, log: &Log, at: Timestamp, data: &Value) {
        let (id, kind) = (text(data, "/ticket_id").to_owned(), text(data, "/change/event").to_owned());
        if kind == "created" {
            self.begin(book, &id, data, at);
        }
        self.join(book, log, &id, data, at);
        match kind.as_str() {
            "created" => self.happen(book, &id, &["created"], at),
            "assigned" | "escalated" => self.hand_over(book, &id, &kind, data, at),
            "reopened" => self.reopen(book, &id, at),
            // Of several complaints the strictest limit holds.
            "joined" => {
                if let Some(ticket) = self.tickets.get_mut(&id) {
                    let own = book.calendar.due(book.grade(&ticket.grade), at, at);
                    ticket.deadline = ticket.deadline.min(own);
                }
                self.happen(book, &id, &["joined"], at);
            }
            "callback-due" => {
                if let Some(ticket) = self.tickets.get_mut(&id) {
                    ticket.call_backs -= 1;
                }
                self.happen(book, &id, &["callback-due"], at);
            }
            "notice" => {
                let (notice, clock) = (text(data, "/change/notice/code"), text(data, "/change/notice/clock"));
                let together = data.pointer("/change/notice/tickets").and_then(Value::as_array);
                let together: Vec<&str> = together.into_iter().flatten().filter_map(Value::as_str).collect();
                for id in if together.is_empty() { vec![id.as_str()] } else { together } {
                    self.happen(book, id, &[], at);
                    if let Some(ticket) = self.tickets.get_mut(id) {
                        ticket.received.push((clock.to_owned(), notice.to_owned(), at));
                    }
                }
                *self.by_notice.entry(notice.to_owned()).or_default() += 1;
                if data.pointer("/change/notice/to").and_then(Value::as_array).is_none_or(Vec::is_empty) {
                    self.find(format!("{id}: notice {notice} has no addressee"));
                }
            }
            _ => {}
        }
        self.judge_times(&id, data, at);
    }

    fn begin(&mut self, book: &Book, id: &str, data: &Value, at: Timestamp) {
        let grade = text(data, "/grade").to_owned();
        let deadline = book.calendar.due(book.grade(&grade), at, at);
        let (unit, recurring) = (text(data, "/department").to_owned(), !data["recurrence_of"].is_null());
        let channel = text(data, "/complaints/0/channel").to_owned();
        let ticket = Ticket {
            unit: unit.clone(),
            grade,
            channel: channel.clone(),
            recurring,
            opened: at,
            given: at,
            deadline,
            is_open: true,
            ..Ticket::default()
        };
        self.tickets.insert(id.to_owned(), ticket);
        let (unit, channel) = (&unit, channel.as_str());
        self.tallies.count(Where { day: day(at), unit, level: book.level(unit), channel }, |tally| tally.tickets += 1);
    }

    /// Complaints that are on the ticket now.
    fn join(&mut self, book: &Book, log: &Log, id: &str, data: &Value, at: Timestamp) {
        for complaint in data["complaints"].as_array().into_iter().flatten() {
            let (channel, number) = (text(complaint, "/channel"), text(complaint, "/source_number"));
            let receipt = text(complaint, "/receipt_number").to_owned();
            let is = |complaint: &super::log::Complaint| {
                book.ways[complaint.way].channel == channel && complaint.number == number
            };
            let Some(index) = log.complaints.iter().position(is) else { continue };
            self.on_tickets.entry(index).or_insert_with(|| id.to_owned());
            let channel = book.ways[log.complaints[index].way].channel;
            if self.receipts.insert(receipt, (id.to_owned(), channel)).is_none() {
                let unit = text(data, "/department");
                let of = Where { day: day(at), unit, level: book.level(unit), channel };
                self.tallies.count(of, |tally| tally.complaints += 1);
                let item = &book.items[log.complaints[index].item];
                let created = text(data, "/change/event") == "created";
                if created && (unit != item.unit || text(data, "/grade") != item.grade.0) {
                    let (expected, grade) = (item.unit, item.grade.0);
                    let found = text(data, "/grade");
                    self.find(format!(
                        "{id} ({}): unit {unit}, grade {found}; it belongs to {expected}, grade {grade}",
                        item.word
                    ));
                }
            }
            if let Some(ticket) = self.tickets.get_mut(id) {
                ticket.complaints.insert(index);
            }
        }
    }

    fn hand_over(&mut self, book: &Book, id: &str, kind: &str, data: &Value, at: Timestamp) {
        let unit = text(data, "/department");
        self.happen(book, id, &[], at);
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        let parent = book.parent(&ticket.unit);
        let assigning = ticket.assigning.take();
        let expected = match (kind, book.returned) {
            ("escalated", _) => parent,
            _ if assigning.is_some() => assigning.as_deref().unwrap_or_default(),
            (_, Some((levels, _))) if levels.contains(&book.level(&ticket.unit)) && !parent.is_empty() => parent,
            (_, Some((_, unit))) => unit,
            _ => unit,
        };
        let mut wrong = (unit != expected).then(|| {
            format!("{id}: {kind} from {} to {unit}, which is not {expected}: a level is skipped", ticket.unit)
        });
        if kind == "escalated" {
            match ticket.rising.checked_sub(1) {
                Some(left) => ticket.rising = left,
                None => wrong = wrong.or_else(|| Some(format!("{id}: escalated, and no clock asked for it"))),
            }
        }
        ticket.is_open = text(data, "/status") == "open";
        let former = std::mem::replace(&mut ticket.unit, unit.to_owned());
        ticket.given = at;
        if former != unit {
            let of = |unit| Where { day: day(at), unit, level: book.level(unit), channel: &ticket.channel };
            self.tallies.count(of(&former), |tally| (tally.tickets, tally.left) = (tally.tickets - 1, tally.left + 1));
            self.tallies.count(of(unit), |tally| tally.tickets += 1);
        }
        self.findings.extend(wrong);
        let moment = if kind == "escalated" { "escalated" } else { "assigned" };
        self.happen(book, id, &[moment], at);
    }

    /// Whether deadline and clocks of an event are those that the city expects.
    fn judge_times(&mut self, id: &str, data: &Value, at: Timestamp) {
        let Some(ticket) = self.tickets.get(id) else { return };
        let time = |value: &Value, path: &str| text(value, path).parse::<Timestamp>().ok();
        let mut wrong = Vec::new();
        if time(data, "/due_at") != Some(ticket.deadline) {
            wrong.push(format!(
                "{id}: due at {} by its event, at {} by the city's days",
                text(data, "/due_at"),
                ticket.deadline
            ));
        }
        let runs = data["clocks"].as_array().into_iter().flatten();
        let going = runs.filter(|run| run["ended_at"].is_null() && run["paused_at"].is_null());
        let found: BTreeMap<&str, Option<Timestamp>> =
            going.map(|run| (text(run, "/clock"), time(run, "/due_at"))).collect();
        let expected = ticket.clocks.due();
        for (clock, due) in &expected {
            match found.get(clock) {
                Some(found) if *found == Some(*due) => {}
                found => wrong.push(format!(
                    "{id}: clock {clock} is due {found:?} by its event, {due} by the city's days, at {at}"
                )),
            }
        }
        for clock in found.keys().filter(|clock| !expected.contains_key(**clock)) {
            wrong.push(format!("{id}: clock {clock} runs by its event and must not, at {at}"));
        }
        self.findings.extend(wrong);
    }

    /// A matter that is not for everybody is on its own feed only.
    fn judge_secret(&mut self, book: &Book, log: &Log, feed: &str, data: &Value) {
        for complaint in data["complaints"].as_array().into_iter().flatten() {
            let number = text(complaint, "/source_number");
            let known = log.complaints.iter().find(|complaint| complaint.number == number);
            let item = known.and_then(|complaint| book.items.get(complaint.item));
            if item.is_some_and(|item| item.secret && book.feed(item.unit) != feed) {
                self.find(format!("{}: a confidential matter is on feed {feed}", text(data, "/ticket_id")));
            }
        }
    }

    /// Whether every complaint that was handed in came on a ticket.
    fn judge_matters(&mut self, book: &Book, log: &Log) {
        if log.entries.iter().all(|(_, entry)| !matches!(entry, Entry::Reported(_))) {
            self.find("nobody has reported anything".to_owned());
        }
        for (_, entry) in &log.entries {
            let Entry::Reported(index) = entry else { continue };
            if !self.on_tickets.contains_key(index) {
                let complaint = &log.complaints[*index];
                let (channel, number) = (book.ways[complaint.way].channel, &complaint.number);
                self.find(format!("{channel} {number} was taken and is on no ticket"));
            }
        }
    }

    /// Whether anybody is named, or has a number, where the public reads.
    fn judge_bulletin(&mut self, log: &Log, page: &str, at: Timestamp) {
        self.shows_signed |= page.contains(SIGNED);
        for complaint in &log.complaints {
            if page.contains(&complaint.name) || page.contains(&complaint.phone) {
                self.find(format!("the bulletin of {at} says who reported {}", complaint.number));
            }
        }
    }

    fn judge_notices(&mut self, id: &str, ticket: &Ticket) {
        let mut left = ticket.received.clone();
        let expected: Vec<(&str, &str, Timestamp)> =
            ticket.expected.iter().filter_map(|due| Some((due.clock, due.notice?, due.at))).collect();
        self.notices.0 += expected.len();
        self.notices.1 += left.len();
        for (clock, notice, at) in expected {
            let found = left.iter().position(|(of, code, told)| {
                of == clock && code == notice && *told >= at && told.duration_since(at) <= NOTICE_LATE
            });
            match found {
                Some(index) => drop(left.remove(index)),
                None => {
                    self.find(format!("{id}: notice {notice} of clock {clock} was to be told at {at}, and was not"))
                }
            }
        }
        for (clock, notice, at) in left.into_iter().filter(|(clock, ..)| !clock.is_empty()) {
            self.find(format!("{id}: notice {notice} of clock {clock} was told at {at}, and nobody asked for it"));
        }
        if ticket.rising > 0 {
            self.find(format!("{id}: its clock asked to escalate it, and it stayed at {}", ticket.unit));
        }
    }

    /// Whether the place was told of each result after the first that somebody was dissatisfied with.
    fn judge_second(&mut self, book: &Book, id: &str, ticket: &Ticket) {
        let Some(second) = book.ratings.second else { return };
        let expected = ticket.dissatisfied_rounds.len().saturating_sub(1);
        let told = ticket.received.iter().filter(|(clock, notice, _)| clock.is_empty() && notice == second).count();
        if expected != told {
            self.find(format!("{id}: {expected} times dissatisfied again, and {second} was told {told} times"));
        }
    }

    /// Whether everybody whose matter was finished was told so, once.
    fn judge_answers(&mut self, book: &Book, log: &Log, id: &str, ticket: &Ticket) {
        for (at, complaints, mark) in &ticket.finishes {
            for index in complaints {
                let complaint = &log.complaints[*index];
                let Some((path, key)) = &complaint.answer else { continue };
                let told = log.entries.iter().filter(|(when, entry)| match entry {
                    Entry::Called(call) => {
                        when >= at && call.path.contains(path) && call.body.contains(key) && call.body.contains(mark)
                    }
                    _ => false,
                });
                match told.count() {
                    1 => {}
                    count => {
                        let (channel, number) = (book.ways[complaint.way].channel, &complaint.number);
                        self.find(format!("{id}: {channel} {number} was told {count} times of the result of {at}"));
                    }
                }
            }
        }
    }

    /// Whether each handler with a mobile number got each of their notices by SMS, once.
    fn judge_sms(&mut self, book: &Book, log: &Log) {
        if !book.sms {
            return;
        }
        let mut balance: BTreeMap<(String, String), i64> = BTreeMap::new();
        // What is called is written down before the event of which it is made.
        let (calls, events): (Vec<_>, Vec<_>) =
            log.entries.iter().partition(|(_, entry)| matches!(entry, Entry::Called(_)));
        for (_, entry) in events.into_iter().chain(calls) {
            match entry {
                Entry::Event { feed, event } if feed == book.feed(text(event, "/data/department")) => {
                    for to in event.pointer("/data/change/notice/to").and_then(Value::as_array).into_iter().flatten() {
                        let phone = text(to, "/phone");
                        if phone.starts_with('1') {
                            *balance
                                .entry((text(event, "/data/ticket_id").to_owned(), phone.to_owned()))
                                .or_default() += 1;
                        }
                    }
                }
                Entry::Called(call) if call.path.contains("sms") => {
                    for ((ticket, phone), left) in &mut balance {
                        if call.body.contains(ticket.as_str()) && call.body.contains(phone.as_str()) {
                            *left -= 1;
                        }
                    }
                }
                _ => {}
            }
        }
        for ((ticket, phone), left) in balance.into_iter().filter(|(_, left)| *left != 0) {
            let what = if left > 0 { "lacks" } else { "got too often" };
            self.find(format!("{ticket}: {phone} {what} {} SMS of its notices", left.abs()));
        }
    }
}
