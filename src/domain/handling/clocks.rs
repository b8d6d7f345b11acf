//! Clocks: what begins, stops and holds them, which limit counts, and which alarms are due. Pure: a ticket, what happened to it and a
//! time go in; its runs change.

use huiliu_expression::{Context, Expression};
use jiff::Timestamp;
use jiff::civil::Time;

use super::counting::Counted;
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
    /// Place of its notice among the notices; none where it sends none.
    pub notice: Option<usize>,
    /// Whether the matter goes to the unit above, the first time that it is told.
    pub escalates: bool,
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
        let (is_start, applies) = (is_one(&self.start), self.applies(counting));
        let begins = is_start && applies && (open.is_none() || self.again);
        match open.and_then(|at| ticket.clocks.runs.get_mut(at)) {
            // It would begin anew, and is not for such a matter any more.
            Some(run) if is_start && self.again && !applies => run.ended = Some((counting.now, RunEnd::Dropped)),
            Some(run) if begins => run.ended = Some((counting.now, RunEnd::Restarted)),
            Some(run) if is_one(&self.stop) => run.ended = Some((counting.now, RunEnd::Stopped)),
            Some(run) => {
                let resumes = is_one(&self.resume) || happened.refused;
                self.turn(run, ticket.route.due_at, (is_one(&self.pause), resumes), counting);
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
        let mut run = ClockRun {
            clock: self.code.clone(),
            started_at: now,
            limit,
            pauses: Vec::new(),
            paused_at: None,
            due_at: now,
            told: Vec::new(),
            ended: None,
            reasons: Vec::new(),
        };
        let due_at = match limit.unit {
            TimeUnit::Deadline => ticket.route.due_at?,
            _ => Counted::of(&run, work).due()?,
        };
        run.due_at = due_at;
        let reason = format!("{}：自 {} 起，{}，至 {}", self.name, work.shown(now), told(limit), work.shown(due_at));
        run.reasons.push(reason);
        Some(run)
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
            run.limit = limit;
            self.count_again(run, deadline, "工单情况变化，时限改按现在的规定计", counting);
        } else if run.limit.unit == TimeUnit::Deadline && deadline_moved {
            self.count_again(run, deadline, "办理时限变化", counting);
        }
        match run.paused_at {
            None if pauses => {
                run.paused_at = Some(now);
                say(run, format!("{}：{} 暂停", self.name, work.shown(now)));
            }
            Some(_) if resumes => {
                run.resume(now);
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
            _ => Counted::of(run, work).due(),
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
        let (mut moments, counted) = (Vec::new(), Counted::of(run, work));
        for (alarm, number) in self.alarms.iter().zip(0_u16..) {
            let notice = alarm.notice.and_then(|notice| notices.get(notice));
            if !alarm.escalates && run.told.iter().any(|(told, _)| self.inhibits(*told, number, notices)) {
                continue;
            }
            let quiet = notice.and_then(|notice| notice.quiet);
            let minutes = notice.and_then(|notice| notice.group_minutes);
            let mut at = first(run, alarm.at, &counted);
            let times = alarm.repeat.map_or(0, |(_, times)| times);
            for round in 0..=times {
                let Some(when) = at else { break };
                moments.push(AlarmMoment { at: told_at(when, (quiet, minutes), work), alarm: number, round });
                at = alarm.repeat.and_then(|(every, _)| counted.from(when, every).due());
            }
        }
        moments.sort_by_key(|moment| (moment.at, moment.alarm, moment.round));
        moments.truncate(MAX_ALARMS);
        moments
    }

    /// Whether the notice of one alarm, once it was sent, takes the place of another's.
    pub(super) fn inhibits(&self, told: u16, other: u16, notices: &[NoticeRule]) -> bool {
        let notice = |number: u16| notices.get(self.alarms.get(usize::from(number))?.notice?);
        let (Some(told), Some(other)) = (notice(told), notice(other)) else { return false };
        told.inhibits.contains(&other.code)
    }
}

/// When an alarm is told for the first time.
fn first(run: &ClockRun, at: AlarmAt, counted: &Counted<'_>) -> Option<Timestamp> {
    match at {
        AlarmAt::Share(100) => Some(run.due_at),
        AlarmAt::Share(percent) => counted.share(percent, run.due_at),
        AlarmAt::Before(seconds) => {
            Some(Timestamp::from_second(run.due_at.as_second() - seconds).ok()?.max(run.started_at))
        }
        AlarmAt::After(limit) => counted.from(run.due_at, limit).due(),
    }
}

/// Whether a condition holds; one that fails on what it meets does not.
pub(super) fn is_true(when: &Expression, facts: &Context) -> bool {
    when.eval(facts).and_then(huiliu_expression::Evaluated::understood).is_ok_and(|value| value.is_true())
}

/// When what is due is told: not in a quiet time, and where notices are grouped, at the next of their minutes of the day. A quiet time
/// that the group would move it into is waited for, too.
fn told_at(at: Timestamp, (quiet, minutes): (Option<(Time, Time)>, Option<u32>), work: &WorkTime) -> Timestamp {
    let at = after_quiet(at, quiet, work);
    let Some(minutes) = minutes else { return at };
    let every = i64::from(minutes).saturating_mul(60);
    let time = work.time_of_day(at);
    let passed = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    let whole = time.subsec_nanosecond() == 0;
    let rest = if whole { (every - passed % every) % every } else { every - passed % every };
    let second = at.as_second().saturating_add(rest);
    after_quiet(Timestamp::from_second(second).unwrap_or(at), quiet, work)
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
