//! The people of a place: citizens who report and rate, handlers who sign, return, whistle and answer, reviewers, leaders. They know what the
//! gateway tells them, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use huiliu_adapter_api::{Clock as _, SystemClock};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use serde_json::{Value, json};

use super::book::{Book, Post, Seal, Step, Told};
use super::console::Links;
use super::feed::{Broker, Feed};
use super::gateway::Turned;
use super::log::{Complaint, Entry, Log, text};
use super::outside::Outside;
use crate::World;

/// The longest time in which nothing happens but that the clock is turned.
const TICK: SignedDuration = SignedDuration::from_hours(8);
/// How often somebody looks at the bulletins.
const BULLETINS: SignedDuration = SignedDuration::from_hours(24);
/// How long after the last report the people go on.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How those begin who sign what they write.
pub(super) const SIGNED: &str = "我叫";
const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "周", "吴", "徐", "孙", "马"];
const GIVEN: [&str; 12] =
    ["建国", "秀英", "志强", "桂兰", "海燕", "文杰", "晓梅", "国庆", "丽华", "春生", "雪松", "玉珍"];

/// What somebody means to do.
enum Plan {
    Report(usize),
    Status { ticket: String, round: u32, status: &'static str },
    Act { ticket: String, act: Value },
    Rate { complaint: usize, ticket: String, round: u32, receipt: String, step: Step },
    CallBack { ticket: String, round: u32, receipt: String, step: Step },
    Approve { ticket: String, answer: String },
    SendBack { ticket: String, answer: String },
}

/// A ticket as its handlers know it.
#[derive(Default)]
struct Case {
    unit: String,
    due: Option<Timestamp>,
    /// Grows whenever the work begins anew: what was planned before is dropped.
    round: u32,
    sequence: u64,
    receipts: BTreeMap<String, usize>,
    rated: BTreeSet<String>,
    closed: bool,
    returned: bool,
}

/// A run under way.
pub(super) struct People {
    book: &'static Book,
    gateway: Turned,
    broker: Broker,
    feeds: Vec<Feed>,
    outside: Outside,
    links: Links,
    dice: World,
    now: Timestamp,
    agenda: BTreeMap<(Timestamp, u64), Plan>,
    serial: u64,
    cases: BTreeMap<String, Case>,
    pub log: Log,
}

impl People {
    /// A place whose gateway runs, with what its citizens will report.
    pub(super) async fn of(
        book: &'static Book,
        seed: u64,
        gateway: Turned,
        outside: Outside,
        amqp: &str,
    ) -> anyhow::Result<Self> {
        let broker = Broker::connect(amqp).await?;
        let mut feeds = Vec::new();
        for (name, queue) in book.feeds.iter().zip(&book.queues()) {
            feeds.push(broker.feed(name, queue).await?);
        }
        let mut people = Self {
            book,
            gateway,
            broker,
            feeds,
            outside,
            links: Links::default(),
            dice: World::new(seed),
            now: begin(book)?,
            agenda: BTreeMap::new(),
            serial: 0,
            cases: BTreeMap::new(),
            log: Log::default(),
        };
        people.plan_reports();
        Ok(people)
    }

    /// Lives to the end; `told` hears how far it is, in percent.
    pub(super) async fn live(&mut self, mut told: impl FnMut(i64)) -> anyhow::Result<()> {
        let begin = self.now;
        let end = begin + SignedDuration::from_hours(24 * self.book.days) + AFTERMATH;
        let whole = end.duration_since(begin).as_secs();
        let mut fetched = None;
        while self.now < end {
            let tick = self.now + TICK;
            let next = self.agenda.first_key_value().map_or(tick, |((at, _), _)| (*at).min(tick));
            self.now = next.max(self.now);
            self.gateway.turn(self.now).await?;
            self.hear().await?;
            while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let plan = entry.remove();
                self.carry_out(plan).await?;
                self.gateway.turn(self.now).await?;
                self.hear().await?;
            }
            if fetched.is_none_or(|at| self.now.duration_since(at) >= BULLETINS) {
                fetched = Some(self.now);
                for name in self.book.bulletins {
                    let page = self.gateway.get(&format!("/api/v1/bulletins/{name}")).await?;
                    self.log.note(self.now, Entry::Bulletin(page.to_string()));
                }
            }
            told(self.now.duration_since(begin).as_secs() * 100 / whole);
        }
        Ok(())
    }

    /// What it is now, and the gateway, to ask for its figures.
    pub(super) fn end(self) -> (Timestamp, Turned, Log) {
        (self.now, self.gateway, self.log)
    }

    fn plan(&mut self, at: Timestamp, plan: Plan) {
        self.serial += 1;
        self.agenda.insert((at, self.serial), plan);
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    /// Between so many minutes.
    fn minutes(&mut self, from: usize, to: usize) -> SignedDuration {
        SignedDuration::from_mins(i64::try_from(from + self.dice.below(to - from + 1)).unwrap_or(0))
    }

    fn plan_reports(&mut self) {
        let days = usize::try_from(self.book.days).unwrap_or(1);
        for matter in 0..self.book.matters {
            let item = self.dice.below(self.book.items.len());
            let first = self.now + self.minutes(0, days * 24 * 60);
            for again in 0..1 + self.dice.below(3) {
                let at = if again == 0 { first } else { first + self.minutes(1, 300) };
                let way = self.dice.below(self.book.ways.len());
                let index = self.log.complaints.len();
                let number = format!("{}{:06}", 70 + way, 100_000 + index);
                let surname = self.dice.pick(&SURNAMES);
                let given = self.dice.pick(&GIVEN);
                let phone = format!("137{:08}", 20_000_000 + index * 41);
                let (name, answer) = (format!("{surname}{given}"), None);
                self.log.complaints.push(Complaint { matter, item, way, number, name, phone, answer });
                self.plan(at, Plan::Report(index));
            }
        }
    }

    fn told(&self, index: usize) -> anyhow::Result<Told<'static>> {
        let complaint = self.log.complaints.get(index).context("a complaint")?;
        let item = self.book.items.get(complaint.item).context("an item")?;
        let spot = format!(
            "{}路{}号",
            ["建设", "团结", "红旗", "新华", "文化"][complaint.matter % 5],
            11 + complaint.matter * 7
        );
        let said = item.text.replace("{}", &spot);
        // Some sign what they write: nobody else may read that.
        let signed = format!("{SIGNED}{}，电话{}，谢谢。", complaint.name, complaint.phone);
        let (greeting, ending) =
            [("您好，", "请尽快处理。"), ("", "希望有关部门管一管。"), ("反映一下：", signed.as_str())][index % 3];
        Ok(Told {
            item,
            number: complaint.number.clone(),
            name: complaint.name.clone(),
            phone: complaint.phone.clone(),
            title: said.split(['，', '。']).next().unwrap_or_default().to_owned(),
            text: format!("{greeting}{said}{ending}"),
            spot,
            at: self.now,
        })
    }

    async fn carry_out(&mut self, plan: Plan) -> anyhow::Result<()> {
        match plan {
            Plan::Report(index) => self.report(index).await,
            Plan::Status { ticket, round, status } => {
                if self.cases.get(&ticket).is_some_and(|case| case.round == round && !case.closed) {
                    self.status(&ticket, status).await?;
                }
                Ok(())
            }
            Plan::Act { ticket, act } => {
                if self.cases.get(&ticket).is_some_and(|case| !case.closed) {
                    self.act(&ticket, act).await?;
                }
                Ok(())
            }
            Plan::Rate { complaint, ticket, round, receipt, step } => {
                if !self.may_rate(&ticket, round, &receipt) {
                    return Ok(());
                }
                let told = self.told(complaint)?;
                let way = &self.book.ways[self.log.complaints[complaint].way];
                let Some(rate) = way.rate else { return Ok(()) };
                self.post(rate(&told, &receipt, step)).await?;
                self.log.note(self.now, Entry::Rated { receipt, step });
                Ok(())
            }
            Plan::CallBack { ticket, round, receipt, step } => {
                if !self.may_rate(&ticket, round, &receipt) {
                    return Ok(());
                }
                let said = json!({ "rating": step.code(), "words": "电话回访" });
                self.gateway.post(&format!("/api/v1/callbacks/{receipt}"), &said).await?;
                self.log.note(self.now, Entry::Rated { receipt, step });
                Ok(())
            }
            Plan::Approve { ticket, answer } => {
                let approved = json!({ "update_id": answer });
                self.gateway.post(&format!("/api/v1/tickets/{ticket}/approve"), &approved).await?;
                self.log.note(self.now, Entry::Approved { ticket });
                Ok(())
            }
            Plan::SendBack { ticket, answer } => {
                let refused = json!({ "update_id": answer, "reason": "请写明办理的时间和做法。" });
                self.gateway.post(&format!("/api/v1/tickets/{ticket}/send-back"), &refused).await?;
                self.log.note(self.now, Entry::SentBack { ticket });
                Ok(())
            }
        }
    }

    /// Whether the result is still the one that somebody meant to rate; each citizen rates a result once.
    fn may_rate(&mut self, ticket: &str, round: u32, receipt: &str) -> bool {
        let case = self.cases.get_mut(ticket).filter(|case| case.closed && case.round == round);
        case.is_some_and(|case| case.rated.insert(receipt.to_owned()))
    }

    async fn report(&mut self, index: usize) -> anyhow::Result<()> {
        let told = self.told(index)?;
        let way = &self.book.ways[self.log.complaints[index].way];
        self.post((way.post)(&told)).await?;
        self.log.complaints[index].answer = way.answer.map(|answer| answer(&told));
        self.log.note(self.now, Entry::Reported(index));
        Ok(())
    }

    async fn post(&mut self, post: Post) -> anyhow::Result<()> {
        self.serial += 1;
        let body = serde_json::to_vec(&post.body)?;
        let (path, headers) = match post.seal {
            Seal::Key(header, name) => (post.path, vec![(header.to_owned(), Turned::secret(name))]),
            Seal::Token(name) => (format!("{}?token={}", post.path, Turned::secret(name)), Vec::new()),
            Seal::Signed(name) => {
                (post.path, self.signed(name, ("x-huiliu-signature", "x-huiliu-time", "x-huiliu-nonce"), &body))
            }
            Seal::SignedAs(name, headers) => (post.path, self.signed(name, headers, &body)),
        };
        self.gateway.hand_in(&path, &headers, body).await
    }

    /// A signature is of the moment at which it is made: the machine's time, not the city's.
    fn signed(&self, name: &str, (signature, time, nonce): (&str, &str, &str), body: &[u8]) -> Vec<(String, String)> {
        let now = SystemClock.now().as_second().to_string();
        let once = format!("city-{:012}", self.serial);
        let mut signed = format!("{now}\n{once}\n").into_bytes();
        signed.extend_from_slice(body);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, Turned::secret(name).as_bytes()), &signed);
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        [(signature, hex), (time, now), (nonce, once)].map(|(name, value)| (name.to_owned(), value)).into()
    }

    async fn status(&mut self, ticket: &str, status: &'static str) -> anyhow::Result<()> {
        self.serial += 1;
        let mark = format!("第{}次回访记录", self.serial);
        let result = matches!(status, "resolved" | "closed" | "rejected")
            .then(|| format!("承办单位已到现场，问题处理完毕，工单{ticket}，{mark}。"));
        let update = self.update(ticket, json!({ "status": status, "result": result }))?;
        self.log.note(self.now, Entry::Status { ticket: ticket.to_owned(), status, mark });
        self.send(&update).await
    }

    async fn act(&mut self, ticket: &str, act: Value) -> anyhow::Result<()> {
        let kind = KINDS.into_iter().find(|kind| act["kind"] == **kind).context("a kind of act")?;
        let update = self.update(ticket, json!({ "act": act }))?;
        let unit = text(&update, "/act/unit").to_owned();
        self.log.note(self.now, Entry::Act { ticket: ticket.to_owned(), kind, unit });
        self.send(&update).await
    }

    fn update(&mut self, ticket: &str, mut update: Value) -> anyhow::Result<Value> {
        let case = self.cases.get_mut(ticket).context("a known ticket")?;
        case.sequence += 1;
        update["update_id"] = json!(format!("{ticket}-{}", case.sequence));
        update["platform"] = json!(self.book.feed(&case.unit));
        update["ticket_id"] = json!(ticket);
        update["sequence"] = json!(case.sequence);
        update["occurred_at"] = json!(self.now.to_string());
        Ok(update)
    }

    async fn send(&mut self, update: &Value) -> anyhow::Result<()> {
        if self.book.by_console {
            let unit = self.cases.get(text(update, "/ticket_id")).map_or("", |case| case.unit.as_str());
            let on_phone = self.links.speak(&self.gateway, (update, unit)).await?;
            *(if on_phone { &mut self.log.on_phones } else { &mut self.log.at_console }) += 1;
            return Ok(());
        }
        self.broker.update(update).await?;
        self.gateway.taken().await
    }

    /// Takes in what has come, and acts on it.
    async fn hear(&mut self) -> anyhow::Result<()> {
        for call in self.outside.drain() {
            self.links.note(&call);
            self.log.note(self.now, Entry::Called(call));
        }
        for at in 0..self.feeds.len() {
            let (events, name) = {
                let feed = &mut self.feeds[at];
                (self.broker.drain(feed).await?, feed.name.clone())
            };
            for event in events {
                self.act_on(&name, &event);
                self.log.note(self.now, Entry::Event { feed: name.clone(), event });
            }
        }
        Ok(())
    }

    fn act_on(&mut self, feed: &str, event: &Value) {
        let data = &event["data"];
        let (ticket, kind) = (text(data, "/ticket_id").to_owned(), text(data, "/change/event").to_owned());
        let unit = text(data, "/department").to_owned();
        if self.book.feed(&unit) != feed {
            return;
        }
        let numbers: BTreeMap<(&str, &str), usize> = (0..)
            .zip(&self.log.complaints)
            .map(|(index, complaint)| ((self.book.ways[complaint.way].channel, complaint.number.as_str()), index))
            .collect();
        let complaints = data["complaints"].as_array().into_iter().flatten();
        let receipts: BTreeMap<String, usize> = complaints
            .filter_map(|complaint| {
                let number = (text(complaint, "/channel"), text(complaint, "/source_number"));
                Some((text(complaint, "/receipt_number").to_owned(), *numbers.get(&number)?))
            })
            .collect();
        let case = self.cases.entry(ticket.clone()).or_default();
        case.unit = unit;
        case.due = text(data, "/due_at").parse().ok();
        case.receipts.extend(receipts);
        match kind.as_str() {
            "created" | "reopened" => {
                case.round += 1;
                case.closed = false;
                let first = case.receipts.values().next().copied();
                self.plan_work(&ticket, kind == "created");
                if kind == "created" {
                    self.plan_down(ticket, first);
                }
            }
            "assigned" | "escalated" if text(data, "/status") == "open" => {
                case.round += 1;
                self.plan_work(&ticket, false);
            }
            "submitted" => self.plan_review(&ticket),
            "sent_back" => {
                let (at, round) = (self.now + self.minutes(60, 600), self.round(&ticket));
                self.plan(at, Plan::Status { ticket, round, status: "resolved" });
            }
            "status" if matches!(text(data, "/status"), "resolved" | "closed") => {
                case.closed = true;
                self.plan_ratings(&ticket);
            }
            _ => {}
        }
    }

    fn round(&self, ticket: &str) -> u32 {
        self.cases.get(ticket).map_or(0, |case| case.round)
    }

    /// Somebody signs, goes there, and answers: in time or late.
    fn plan_work(&mut self, ticket: &str, is_new: bool) {
        let (habits, round) = (&self.book.habits, self.round(ticket));
        let status = |status| Plan::Status { ticket: ticket.to_owned(), round, status };
        let wait = if self.percent(habits.signs_late) { self.minutes(1_600, 3_000) } else { self.minutes(3, 25) };
        let signed = self.now + wait;
        self.plan(signed, status("accepted"));
        let first = self.cases.get(ticket).is_some_and(|case| !case.returned);
        if first && self.percent(habits.returns) {
            if let Some(case) = self.cases.get_mut(ticket) {
                case.returned = true;
            }
            let at = signed + self.minutes(30, 200);
            return self.plan(at, status("returned"));
        }
        let there = signed + self.minutes(40, 300);
        self.plan(there, status("in_progress"));
        let due = self.cases.get(ticket).and_then(|case| case.due).unwrap_or(there);
        let unit = self.cases.get(ticket).map_or("", |case| case.unit.as_str());
        let is_below =
            self.book.units.iter().any(|other| other.1 == unit) || self.book.level(unit) == self.book.levels[0];
        let is_below = is_below && !self.book.parent(unit).is_empty();
        let finished = if is_below && self.percent(habits.rises) {
            there + self.minutes(6 * 24 * 60, 13 * 24 * 60)
        } else if self.percent(habits.finishes_late) {
            due.max(there) + self.minutes(60, 4_000)
        } else {
            let left = due.duration_since(there).as_secs().max(3_600) / 60;
            there + self.minutes(20, usize::try_from(left * 9 / 10).unwrap_or(60).max(21))
        };
        self.plan(finished, status("resolved"));
        if is_new {
            self.plan_besides(ticket, there);
        }
    }

    /// The center gives the matter to a unit below, before anybody signs.
    fn plan_down(&mut self, ticket: String, complaint: Option<usize>) {
        let item = complaint.and_then(|index| self.book.items.get(self.log.complaints.get(index)?.item));
        let Some(unit) = item.map(|item| item.down).filter(|unit| !unit.is_empty()) else { return };
        if self.percent(self.book.habits.downs) {
            let at = self.now + SignedDuration::from_mins(2);
            self.plan(at, Plan::Act { ticket, act: json!({ "kind": "assign", "unit": unit }) });
        }
    }

    fn plan_besides(&mut self, ticket: &str, there: Timestamp) {
        let habits = &self.book.habits;
        let at = there + self.minutes(1, 15);
        if self.percent(habits.whistles) {
            let unit = self.cases.get(ticket).map(|case| case.unit.clone()).unwrap_or_default();
            let others = self
                .book
                .units
                .iter()
                .filter(|other| other.0 != unit && !other.1.is_empty() && other.2 == self.book.level(&unit));
            if let Some(other) = others.map(|unit| unit.0).next() {
                let act = |act| Plan::Act { ticket: ticket.to_owned(), act };
                self.plan(at, act(json!({ "kind": "whistle", "units": [other] })));
                self.plan(at + SignedDuration::from_mins(20), act(json!({ "kind": "respond", "unit": other })));
            }
        }
        if self.percent(habits.instructs) {
            let act = json!({ "kind": "instruct", "author": "区领导", "words": "请抓紧办理，结果报我。" });
            self.plan(at, Plan::Act { ticket: ticket.to_owned(), act });
        }
        if self.percent(habits.claims) {
            let act = json!({ "kind": "claim", "leader": "分管领导" });
            self.plan(at, Plan::Act { ticket: ticket.to_owned(), act });
        }
    }

    fn plan_review(&mut self, ticket: &str) {
        let answer = format!("{ticket}-{}", self.cases.get(ticket).map_or(0, |case| case.sequence));
        let at = self.now + self.minutes(20, 500);
        let ticket = ticket.to_owned();
        let plan = if self.percent(self.book.habits.sent_back) {
            Plan::SendBack { ticket, answer }
        } else {
            Plan::Approve { ticket, answer }
        };
        self.plan(at, plan);
    }

    fn plan_ratings(&mut self, ticket: &str) {
        let Some(case) = self.cases.get_mut(ticket) else { return };
        case.rated.clear();
        let (round, receipts) = (case.round, case.receipts.clone());
        for (receipt, complaint) in receipts {
            let step = match self.dice.below(100) {
                roll if roll < self.book.habits.dissatisfied => Step::Dissatisfied,
                roll if roll < self.book.habits.dissatisfied + 20 => Step::Fair,
                _ => Step::Satisfied,
            };
            let rates = self.book.ways[self.log.complaints[complaint].way].rate.is_some();
            let ticket = ticket.to_owned();
            if rates && self.percent(60) {
                let at = self.now + self.minutes(30, 2_000);
                self.plan(at, Plan::Rate { complaint, ticket, round, receipt, step });
            } else if self.book.ratings.staff_asks && self.percent(90) {
                let at = self.now + self.minutes(1_000, 3_500);
                self.plan(at, Plan::CallBack { ticket, round, receipt, step });
            }
        }
    }
}

/// Kinds of acts that the people of these places do.
const KINDS: [&str; 5] = ["whistle", "respond", "instruct", "claim", "assign"];

/// When a run begins.
pub(super) fn begin(book: &Book) -> anyhow::Result<Timestamp> {
    let at: jiff::civil::DateTime = book.begins.parse()?;
    Ok(at.to_zoned(super::calendar::shanghai())?.timestamp())
}
