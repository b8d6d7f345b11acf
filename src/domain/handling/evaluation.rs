//! Evaluation (评价): the city's scale, who is called back, and what a dissatisfied word brings about. Pure: a ticket, what somebody
//! said and a time go in; what comes of it comes out.

use huiliu_adapter_api::FormRating;
use huiliu_expression::{Context, Expression};
use jiff::Timestamp;

use super::clocks::{after_quiet, is_true};
use super::notice::{Role, addressees};
use super::rules::Handling;
use crate::complaint::Satisfaction;
use crate::ticket::{CallBack, CallBackWay, Consequence, Notice, Rater, ScaleStep, Status, Ticket};

/// The name under which a repeated dissatisfaction waits among the alarms of clocks: no clock has it.
pub const REPEATED: &str = "@dissatisfied";
/// How fine a share is taken: parts of all complaints.
pub const SAMPLE_PARTS: u64 = 10_000;
/// From how many rounds with a dissatisfied word on a notice is sent.
const REPEATS_FROM: u32 = 2;

/// How a city evaluates what was done.
#[derive(Debug, Default)]
pub struct Evaluating {
    /// The steps of its scale, the best first.
    pub(super) scale: Vec<ScaleStep>,
    pub(super) call_backs: Vec<CallBackRule>,
    pub(super) restart: Option<RestartRule>,
    /// Place of the notice of a repeated dissatisfaction among the notices.
    pub(super) second: Option<usize>,
}

/// Which finished matters' citizens are called back, and how.
#[derive(Debug)]
pub(super) struct CallBackRule {
    pub when: Option<Expression>,
    /// Percent of the complaints.
    pub share: u32,
    pub way: CallBackWay,
    pub to: Vec<Role>,
}

/// How often a matter is handled again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RestartRule {
    pub most: u32,
    /// City days after the end; none: however late.
    pub within_days: Option<u32>,
    pub raters: Vec<Rater>,
}

impl Evaluating {
    /// The step with a code or a name.
    fn step(&self, word: &str) -> Option<&ScaleStep> {
        self.scale.iter().find(|step| step.code == word || step.name == word)
    }
}

impl Handling {
    /// The steps of the city's scale, the best first; none where it has no scale of its own.
    #[must_use]
    pub fn scale(&self) -> &[ScaleStep] {
        self.evaluating.as_ref().map_or(&[], |evaluating| evaluating.scale.as_slice())
    }

    /// The step that a code or a name means: of the city's scale, else of the common one (满意, 基本满意, 不满意).
    #[must_use]
    pub fn scale_step(&self, word: &str) -> Option<ScaleStep> {
        let own = self.evaluating.as_ref().and_then(|evaluating| evaluating.step(word));
        own.cloned().or_else(|| Satisfaction::from_name(word).map(|value| self.step_of(value)))
    }

    /// The first step of the scale that counts as a value; where the city has no such step, the common one.
    #[must_use]
    pub fn step_of(&self, value: Satisfaction) -> ScaleStep {
        let own = self.scale().iter().find(|step| step.value == value).cloned();
        own.unwrap_or_else(|| ScaleStep {
            code: value.wire().to_owned(),
            name: value.zh().to_owned(),
            value,
            points: None,
        })
    }

    /// The steps that people are offered, the best first: those of the city's scale, else the common ones.
    #[must_use]
    pub fn offered_steps(&self) -> Vec<ScaleStep> {
        let own = self.scale().to_vec();
        if own.is_empty() { Satisfaction::ALL.map(|value| self.step_of(value)).to_vec() } else { own }
    }

    /// The step that is offered and that a code or a name means; a common word means the first step that counts so. None where the city's
    /// scale has no such step.
    #[must_use]
    pub fn offered_step(&self, word: &str) -> Option<ScaleStep> {
        self.scale_step(word).filter(|meant| self.offered_steps().contains(meant))
    }

    /// What citizens' forms offer.
    #[must_use]
    pub fn form_ratings(&self) -> Vec<FormRating> {
        let offered = |step: ScaleStep| {
            let is_first = self.step_of(step.value) == step;
            let common = [step.value.wire(), step.value.zh()].into_iter().filter(|_| is_first);
            let words = [step.code.as_str(), &step.name].into_iter().chain(common).map(str::to_owned).collect();
            FormRating { words, code: step.code, name: step.name }
        };
        self.offered_steps().into_iter().map(offered).collect()
    }

    /// The words that say a step.
    #[must_use]
    pub fn scale_words(&self) -> Vec<String> {
        self.offered_steps().into_iter().map(|step| step.code).collect()
    }

    /// Notes what somebody said of a ticket's result, and says what comes of it. Where the city has no rule of restarts, a citizen's
    /// dissatisfaction opens a finished matter again as `reopens` says.
    pub fn weigh(
        &self,
        ticket: &mut Ticket,
        (rater, value): (Rater, Satisfaction),
        now: Timestamp,
        reopens: bool,
    ) -> Consequence {
        ticket.evaluation.said(rater, value);
        if value != Satisfaction::Dissatisfied || !is_answered(ticket.status) {
            return Consequence::Nothing;
        }
        let Some(rule) = self.evaluating.as_ref().and_then(|evaluating| evaluating.restart.as_ref()) else {
            if !reopens || rater != Rater::Citizen {
                return Consequence::Nothing;
            }
            ticket.evaluation.restarts += 1;
            return Consequence::Restarted;
        };
        if !rule.raters.contains(&rater) {
            return Consequence::Nothing;
        }
        self.note_dissatisfied(ticket, now);
        let is_late = |days: u32, end: Timestamp| self.work.days_between(end, now) > i64::from(days);
        let consequence = if ticket.evaluation.restarts >= rule.most {
            Consequence::TooOften
        } else if rule.within_days.zip(ticket.finished_at).is_some_and(|(days, end)| is_late(days, end)) {
            Consequence::TooLate
        } else {
            Consequence::Restarted
        };
        match consequence {
            Consequence::Restarted => ticket.evaluation.restarts += 1,
            _ => ticket.evaluation.refused += 1,
        }
        consequence
    }

    /// Counts a round in which somebody was dissatisfied, once, and plans the notice where there was one before.
    fn note_dissatisfied(&self, ticket: &mut Ticket, now: Timestamp) {
        let round = ticket.evaluation.round();
        if ticket.evaluation.dissatisfied_round == Some(round) {
            return;
        }
        ticket.evaluation.dissatisfied_round = Some(round);
        ticket.evaluation.dissatisfied += 1;
        if ticket.evaluation.dissatisfied < REPEATS_FROM {
            return;
        }
        if let Some(notice) = self.second() {
            let at = after_quiet(now, notice.quiet, &self.work);
            ticket.evaluation.notice_at.get_or_insert(at);
        }
    }

    fn second(&self) -> Option<&super::NoticeRule> {
        self.notices.get(self.evaluating.as_ref()?.second?)
    }

    /// When the notice of a repeated dissatisfaction is sent.
    pub(super) fn next_repeated(&self, ticket: &Ticket) -> Option<(String, Timestamp)> {
        self.second()?;
        Some((REPEATED.to_owned(), ticket.evaluation.notice_at?))
    }

    /// The notice of a repeated dissatisfaction, once it is due.
    pub(super) fn ring_repeated(&self, ticket: &mut Ticket, now: Timestamp) -> Vec<Notice> {
        if ticket.evaluation.notice_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        ticket.evaluation.notice_at = None;
        let Some(rule) = self.second() else { return Vec::new() };
        let times = ticket.evaluation.dissatisfied;
        vec![Notice {
            code: rule.code.clone(),
            title: rule.title.clone(),
            clock: None,
            text: format!("【{}】工单 {}：办理结果第 {times} 次被评为不满意。", rule.title, ticket.id),
            round: u16::try_from(times).unwrap_or(u16::MAX),
            to: rule.addressees(ticket, &self.units),
            tickets: Vec::new(),
        }]
    }

    /// Whether any citizen is called back.
    #[must_use]
    pub fn calls_back(&self) -> bool {
        self.evaluating.as_ref().is_some_and(|evaluating| !evaluating.call_backs.is_empty())
    }

    /// Whether and how the citizen of a complaint is called back on the result of its ticket. `mark` is the complaint's own number,
    /// the same for ever, that says which share it belongs to.
    #[must_use]
    pub fn call_back(&self, ticket: &Ticket, mark: u64) -> Option<CallBack> {
        let facts = self.facts_of_evaluation(ticket);
        let applies = |rule: &&CallBackRule| rule.when.as_ref().is_none_or(|when| is_true(when, &facts));
        let rule = self.evaluating.as_ref()?.call_backs.iter().find(applies)?;
        let is_asked = mark % SAMPLE_PARTS < u64::from(rule.share) * (SAMPLE_PARTS / 100);
        let to = rule.to.iter().map(|role| (role, false));
        let call_back =
            || CallBack { way: rule.way, round: ticket.evaluation.round(), to: addressees(to, ticket, &self.units) };
        is_asked.then(call_back)
    }

    /// What expressions of call-backs see of a ticket.
    fn facts_of_evaluation(&self, ticket: &Ticket) -> Context {
        let mut facts = self.facts(ticket);
        if let Some(members) = facts.as_object_mut() {
            members.insert("status".to_owned(), ticket.status.wire().into());
        }
        Context::of("ticket", &facts)
    }
}

/// Whether the matter stands answered.
fn is_answered(status: Status) -> bool {
    matches!(status, Status::Resolved | Status::Closed | Status::Rejected)
}
