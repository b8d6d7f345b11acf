//! Clocks: what begins, stops and holds them, which limit counts, and which alarms are due. Pure: a ticket, what happened to it and a
//! time go in; its runs change.

use huiliu_expression::{Context, Expression};
use jiff::Timestamp;
use jiff::civil::Time;

use super::moment::{Happened, Moment};
use super::notice::NoticeRule;
use super::work_time::WorkTime;
use crate::ticket::{ClockRun, RunEnd, Status, Ticket, TimeLimit, TimeUnit};

/// Most alarms of one run, repetitions included.
pub const MAX_ALARMS: usize = 128;
/// Most sentences that say how a due time came about; the first and the last of them.
const MAX_REASONS: usize = 32;

/// One checked clock.
#[derive(Debug)]
pub struct Clock {
    /// Code.
    pub code: String,
    /// Name, e.g. 签收.
    pub name: String,
    pub(super) start: Vec<Moment>,
    pub(super) stop: Vec<Moment>,
    pub(super) pause: Vec<Moment>,
    pub(super) resume: Vec<Moment>,
    pub(super) when: Option<Expression>,
    pub(super) again: bool,
    pub(super) limits: Vec<(Option<Expression>, TimeLimit)>,
    pub(super) alarms: Vec<Alarm>,
}

/// One alarm of a clock.
#[derive(Debug, Clone)]
pub(super) struct Alarm {
    pub at: AlarmAt,
    /// Place of its notice among the notices.
    pub notice: usize,
    /// How long after each other it is told again, and how often.
    pub repeat: Option<(TimeLimit, u16)>,
}

/// When an alarm is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum AlarmAt {
    /// At a share of the time allowed, in percent.
    Share(u32),
    /// So many seconds before the due time.
    Before(i64),
    /// So long after the due time.
    After(TimeLimit),
}

/// A moment at which a run tells somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmMoment {
    /// When.
    pub at: Timestamp,
    /// Place of the alarm in the settings.
    pub alarm: u16,
    /// Which time it is told, from 0.
    pub round: u16,
}

/// What clocks need to count.
pub(super) struct Counting<'a> {
    pub work: &'a WorkTime,
    /// What expressions see of the ticket.
    pub facts: &'a Context,
    pub now: Timestamp,
    /// Whether what limits are chosen by has changed: rules that changed alone move no clock that runs.
    pub changed: bool,
}

impl Clock {
    /// Lets the clock see what happened to a ticket.
    pub(super) fn see(&self, ticket: &mut Ticket, happened: Happened, counting: &Counting<'_>) {
        let is_one = |moments: &[Moment]| moments.iter().any(|moment| moment.is(happened));
        let open = ticket.clocks.runs.iter().position(|run| run.clock == self.code && run.is_open());
        let begins = is_one(&self.start) && self.applies(counting) && (open.is_none() || self.again);
        match open.and_then(|at| ticket.clocks.runs.get_mut(at)) {
            Some(run) if begins => run.ended = Some((counting.now, RunEnd::Restarted)),
            Some(run) if is_one(&self.stop) => run.ended = Some((counting.now, RunEnd::Stopped)),
            Some(run) => {
                self.turn(run, ticket.route.due_at, (is_one(&self.pause), is_one(&self.resume)), counting);
            }
            None => {}
        }
        if begins && let Some(run) = self.begin(ticket, counting) {
            ticket.clocks.runs.push(run);
            ticket.clocks.trim();
        }
    }

    fn applies(&self, counting: &Counting<'_>) -> bool {
        self.when.as_ref().is_none_or(|when| is_true(when, counting.facts))
    }

    /// The limit that counts for a ticket.
    fn limit(&self, counting: &Counting<'_>) -> Option<TimeLimit> {
        let counts = |when: &Option<Expression>| when.as_ref().is_none_or(|when| is_true(when, counting.facts));
        self.limits.iter().find(|(when, _)| counts(when)).map(|(_, limit)| *limit)
    }

    fn begin(&self, ticket: &Ticket, counting: &Counting<'_>) -> Option<ClockRun> {
        let (work, now) = (counting.work, counting.now);
        let limit = self.limit(counting)?;
        let since = work.counted_from(limit, now);
        let whole = work.seconds(limit, since, ticket.route.due_at);
        let due_at = match limit.unit {
            TimeUnit::Deadline => ticket.route.due_at?,
            _ => work.due(limit, since, whole)?,
        };
        let reason = format!("{}：自 {} 起，{}，至 {}", self.name, work.shown(now), told(limit), work.shown(due_at));
        Some(ClockRun {
            clock: self.code.clone(),
            started_at: now,
            limit,
            since,
            spent_s: 0,
            paused_at: None,
            due_at,
            told: Vec::new(),
            ended: None,
            reasons: vec![reason],
        })
    }

    /// Lets an open run stand still or go on, and gives it another limit where another counts now.
    fn turn(
        &self,
        run: &mut ClockRun,
        deadline: Option<Timestamp>,
        (pauses, resumes): (bool, bool),
        counting: &Counting<'_>,
    ) {
        let (work, now) = (counting.work, counting.now);
        // What is stored has milliseconds.
        let moved = |at: Timestamp| at.as_millisecond() != run.due_at.as_millisecond();
        let deadline_moved = deadline.is_some_and(moved);
        if let Some(limit) = self.limit(counting).filter(|limit| counting.changed && *limit != run.limit) {
            run.spent_s = 0;
            run.since = work.counted_from(limit, run.started_at);
            run.limit = limit;
            self.count_again(run, deadline, "工单情况变化，时限改按现在的规定计", counting);
        } else if run.limit.unit == TimeUnit::Deadline && deadline_moved {
            self.count_again(run, deadline, "办理时限变化", counting);
        }
        match run.paused_at {
            None if pauses => {
                run.spent_s += work.between(run.limit.unit, run.since, now);
                run.paused_at = Some(now);
                say(run, format!("{}：{} 暂停", self.name, work.shown(now)));
            }
            Some(_) if resumes => {
                run.paused_at = None;
                run.since = now;
                let before = run.due_at;
                self.count_again(run, deadline, &format!("{} 恢复计时", work.shown(now)), counting);
                // A pause never takes time away: what was due stays due.
                run.due_at = run.due_at.max(before);
            }
            _ => {}
        }
    }

    /// The due time of what remains of a run.
    fn count_again(&self, run: &mut ClockRun, deadline: Option<Timestamp>, why: &str, counting: &Counting<'_>) {
        let work = counting.work;
        let due_at = match run.limit.unit {
            TimeUnit::Deadline => deadline,
            _ => {
                let left = work.seconds(run.limit, run.started_at, deadline) - run.spent_s;
                if left < 0 { Some(run.due_at) } else { work.due(run.limit, run.since, left) }
            }
        };
        if let Some(due_at) = due_at {
            run.due_at = due_at;
            say(run, format!("{}：{why}，{}，至 {}", self.name, told(run.limit), work.shown(due_at)));
        }
    }

    /// When a run tells somebody, the earliest first; nothing while it stands still or once it ended.
    pub(super) fn moments(&self, run: &ClockRun, notices: &[NoticeRule], work: &WorkTime) -> Vec<AlarmMoment> {
        if !run.is_open() || run.paused_at.is_some() {
            return Vec::new();
        }
        let mut moments = Vec::new();
        for (alarm, number) in self.alarms.iter().zip(0_u16..) {
            let quiet = notices.get(alarm.notice).and_then(|notice| notice.quiet);
            let mut at = self.first(run, alarm.at, work);
            let times = alarm.repeat.map_or(0, |(_, times)| times);
            for round in 0..=times {
                let Some(when) = at else { break };
                moments.push(AlarmMoment { at: after_quiet(when, quiet, work), alarm: number, round });
                at = alarm.repeat.and_then(|(every, _)| work.due(every, when, work.seconds(every, when, None)));
            }
        }
        moments.sort_by_key(|moment| (moment.at, moment.alarm, moment.round));
        moments.truncate(MAX_ALARMS);
        moments
    }

    /// When an alarm is told for the first time.
    fn first(&self, run: &ClockRun, at: AlarmAt, work: &WorkTime) -> Option<Timestamp> {
        match at {
            AlarmAt::Share(100) => Some(run.due_at),
            AlarmAt::Share(percent) => {
                let whole = match run.limit.unit {
                    TimeUnit::Deadline => run.due_at.as_second() - run.started_at.as_second(),
                    _ => work.seconds(run.limit, run.started_at, None),
                };
                let passed = whole.saturating_mul(i64::from(percent)) / 100 - run.spent_s;
                let at = if passed <= 0 { Some(run.since) } else { work.after(run.limit.unit, run.since, passed) };
                // Before the due time it stays before it, after it after it, also where the limit ends with a day.
                at.map(|at| if percent < 100 { at.min(run.due_at) } else { at.max(run.due_at) })
            }
            AlarmAt::Before(seconds) => {
                Some(Timestamp::from_second(run.due_at.as_second() - seconds).ok()?.max(run.started_at))
            }
            AlarmAt::After(limit) => {
                work.due(limit, work.counted_from(limit, run.due_at), work.seconds(limit, run.due_at, None))
            }
        }
    }
}

/// Whether a condition holds; one that fails on what it meets does not.
pub(super) fn is_true(when: &Expression, facts: &Context) -> bool {
    when.eval(facts).and_then(huiliu_expression::Evaluated::understood).is_ok_and(|value| value.is_true())
}

/// Moves a moment out of a quiet time, to its end.
pub(super) fn after_quiet(at: Timestamp, quiet: Option<(Time, Time)>, work: &WorkTime) -> Timestamp {
    let Some((from, to)) = quiet else { return at };
    let time = work.time_of_day(at);
    let is_quiet = if from <= to { from <= time && time < to } else { time >= from || time < to };
    if is_quiet { work.next(at, to).unwrap_or(at) } else { at }
}

/// Adds a sentence; where there are many, those in the middle go.
fn say(run: &mut ClockRun, sentence: String) {
    if run.reasons.len() >= MAX_REASONS {
        run.reasons.remove(1);
    }
    run.reasons.push(sentence);
}

/// A limit in words, in Chinese.
pub(super) fn told(limit: TimeLimit) -> String {
    let TimeLimit { amount, unit, .. } = limit;
    let hours = amount.is_multiple_of(60).then_some(amount / 60);
    let length = match (unit, hours) {
        (TimeUnit::Minutes, _) if amount == 0 => "立即".to_owned(),
        (TimeUnit::Minutes, Some(hours)) => format!("{hours} 小时"),
        (TimeUnit::Minutes, None) => format!("{amount} 分钟"),
        (TimeUnit::OfficeMinutes, Some(hours)) => format!("{hours} 个办公小时"),
        (TimeUnit::OfficeMinutes, None) => format!("办公时间内 {amount} 分钟"),
        (TimeUnit::NaturalDays | TimeUnit::WorkingDays, _) if amount == 0 => "当日".to_owned(),
        (TimeUnit::NaturalDays, _) => format!("{amount} 个自然日"),
        (TimeUnit::WorkingDays, _) => format!("{amount} 个工作日"),
        (TimeUnit::Deadline, _) => "按办理时限".to_owned(),
    };
    let counted = if limit.counts_first_day { "（含当日）" } else { "" };
    format!("{length}{counted}")
}

/// Ends the open runs of clocks that the city no longer has.
pub(super) fn drop_unknown(ticket: &mut Ticket, clocks: &[Clock], now: Timestamp) {
    for run in ticket.clocks.runs.iter_mut().filter(|run| run.is_open()) {
        if !clocks.iter().any(|clock| clock.code == run.clock) {
            run.ended = Some((now, RunEnd::Dropped));
        }
    }
}

/// Whether a ticket's clocks are told: not while another ticket answers for it.
pub(super) fn are_told(ticket: &Ticket) -> bool {
    ticket.status != Status::Absorbed
}
