//! Contradictions that only the whole file shows: moments that never happen, clocks that nothing begins or stops, conditions that no
//! matter fulfils, limits and rules that others leave nothing to.

use std::collections::BTreeSet;
use std::ops::Range;

use huiliu_adapter_api::{Problems, SettingsProblem};
use huiliu_expression::{Context, Evaluated, Expression, Shape, Variables};
use serde_json::{Map, Value, json};
use toml::Spanned;

use super::Compiling;
use crate::handling::clocks::Clock;
use crate::handling::moment::Moment;
use crate::handling::rules::Handling;
use crate::handling::settings::{ClockSettings, HandlingSettings};
use crate::ticket::{ActKind, Before, EventKind, Status};

/// Most combinations of values with which a condition is tried; one that has more is not judged.
const MAX_TRIALS: usize = 4_096;
/// What expressions know of the unit responsible: its code decides the others.
const OF_UNITS: [&str; 3] = ["ticket.department", "ticket.level", "ticket.group"];
/// What is true or false.
const FLAGS: [&str; 2] = ["doubtful", "ticket.recurring"];

/// The values that some members have together: by path.
type Values = Vec<(String, Value)>;

impl Compiling<'_> {
    /// Moments that never happen by the rules of the file: problems where a clock cannot begin, stop or go on, else remarks.
    pub(super) fn never_happening(&mut self, settings: &HandlingSettings, rules: &Handling) -> Problems {
        let mut notes = Problems::new();
        for (clock, rule) in settings.clocks.iter().zip(&rules.clocks) {
            let lists = [
                (&clock.start, &rule.start, "start"),
                (&clock.stop, &rule.stop, "stop"),
                (&clock.pause, &rule.pause, "pause"),
                (&clock.resume, &rule.resume, "resume"),
            ];
            let pauses = rule.pause.iter().any(|moment| can_happen(*moment, (settings, rules)));
            for (words, moments, list) in lists {
                // A word that is no moment is a problem of its own.
                if words.is_empty() || words.len() != moments.len() {
                    continue;
                }
                let never: Vec<&Spanned<String>> = words
                    .iter()
                    .zip(moments)
                    .filter(|(_, moment)| !can_happen(**moment, (settings, rules)))
                    .map(|(word, _)| word)
                    .collect();
                if never.len() == words.len() && (matches!(list, "start" | "stop") || (list == "resume" && pauses)) {
                    self.never(clock, list, &never);
                } else {
                    never.iter().for_each(|word| notes.push(idle(word, list)));
                }
            }
        }
        notes
    }

    /// A clock of which one list has nothing that happens.
    fn never(&mut self, clock: &ClockSettings, list: &str, words: &[&Spanned<String>]) {
        let shown = |between: &str| words.iter().map(|word| word.get_ref().as_str()).collect::<Vec<_>>().join(between);
        let (zh, en) = match list {
            "start" => ("永远不会开始", "never begins"),
            "stop" => ("没有人能停下", "can be stopped by nobody"),
            _ => ("停住后不会再走", "never goes on once it stands still"),
        };
        let code = clock.code.get_ref();
        self.wrong(
            words.first().map_or_else(|| clock.code.span(), |word| word.span()),
            format!("按这份文件，{} 不会发生，时钟 {code} {zh}；请改 {list}，或允许它们发生（[moves]、[acts]、[[hold]]、[evaluation]）", shown("、")),
            format!(
                "by this file none of {} ever happens, so the clock {code} {en}; change {list}, or let them happen ([moves], [acts], [[hold]], [evaluation])",
                shown(", ")
            ),
        );
    }

    /// Conditions of clocks and of their limits that no matter fulfils, and alarms that raise nothing.
    pub(super) fn unfulfilled(&mut self, settings: &[ClockSettings], clocks: &[Clock]) {
        let variables = self.variables.clone();
        for (given, clock) in settings.iter().zip(clocks) {
            let own: Vec<&Expression> = clock.when.iter().collect();
            if let Some(when) = given.when.as_ref().filter(|_| !own.is_empty()) {
                self.somebody_fulfils(&own, &variables, when.span());
            }
            self.limits_count(given, clock, &own, &variables);
            let raising =
                given.alarms.iter().filter_map(|alarm| alarm.escalate.as_ref()).find(|raises| *raises.get_ref());
            if let Some(raises) = raising.filter(|_| self.fulfilled((&own, &[]), &variables, true) == Some(false)) {
                self.wrong(
                    raises.span(),
                    "这个时钟管的单位都没有上级（departments.csv 的 parent 列）：永远不会上报",
                    "no unit whose matters this clock times has one above it (column parent of departments.csv): nothing ever rises",
                );
            }
        }
    }

    fn limits_count(&mut self, given: &ClockSettings, clock: &Clock, own: &[&Expression], variables: &Variables) {
        if given.limit.len() != clock.limits.len() {
            return;
        }
        let mut before: Vec<&Expression> = Vec::new();
        for (number, (limit, (when, _))) in (1..).zip(given.limit.iter().zip(&clock.limits)) {
            let all: Vec<&Expression> = own.iter().copied().chain(when).collect();
            if self.fulfilled((own, &[]), variables, false) != Some(false)
                && self.fulfilled((&all, &before), variables, false) == Some(false)
            {
                self.wrong(
                    limit.when.as_ref().map_or_else(|| given.code.span(), Spanned::span),
                    format!("第 {number} 条 limit 永远用不上：没有一件事项符合它，或前面的已经都包括了"),
                    format!("limit {number} never counts: no matter fulfils it, or those before it take all"),
                );
            }
            before.extend(when);
        }
    }

    /// Whether some matter fulfils a condition, where that can be told.
    pub(super) fn somebody_fulfils(&mut self, all: &[&Expression], variables: &Variables, span: Range<usize>) {
        if self.fulfilled((all, &[]), variables, false) == Some(false) {
            self.wrong(
                span,
                "没有一件事项符合这个条件，写了等于没写；请改，或删去",
                "no matter ever fulfils this condition; change it, or remove what it is for",
            );
        }
    }

    /// Whether there can be a matter for which all of some conditions are true and none of others; none where that cannot be told: a
    /// condition looks at something of which not every value is known. `below`: of units that have one above them.
    fn fulfilled(
        &self,
        (all, none): (&[&Expression], &[&Expression]),
        variables: &Variables,
        below: bool,
    ) -> Option<bool> {
        let paths: BTreeSet<String> = all.iter().chain(none).flat_map(|when| when.paths()).collect();
        let mut axes: Vec<Vec<Values>> = Vec::new();
        if below || paths.iter().any(|path| OF_UNITS.contains(&path.as_str())) {
            axes.push(self.units_seen(&paths, below));
        }
        for path in paths.iter().filter(|path| !OF_UNITS.contains(&path.as_str())) {
            axes.push(values(path, variables)?);
        }
        let trials = axes.iter().try_fold(1_usize, |all, axis| all.checked_mul(axis.len()))?;
        if trials > MAX_TRIALS {
            return None;
        }
        for trial in 0..trials {
            let context = facts(&axes, trial);
            let mut unknown = false;
            let mut is = |when: &&Expression| {
                let found = when.eval(&context).and_then(Evaluated::understood).ok();
                unknown |= found.is_none();
                found.is_some_and(|found| found.is_true())
            };
            let (fits, taken) = (all.iter().all(&mut is), none.iter().any(&mut is));
            if unknown || (fits && !taken) {
                return (!unknown).then_some(true);
            }
        }
        Some(false)
    }

    /// What expressions see of each unit, each combination once.
    fn units_seen(&self, paths: &BTreeSet<String>, below: bool) -> Vec<Values> {
        let mut seen = BTreeSet::new();
        let units = self.units.iter().filter(|(_, unit)| !below || unit.parent.is_some());
        let of = |(code, unit): (&str, &crate::handling::Unit)| {
            let members = [json!(code), json!(unit.level), json!(unit.group)];
            let used = OF_UNITS.iter().zip(members).filter(|(path, _)| paths.contains(**path));
            used.map(|(path, value)| ((*path).to_owned(), value)).collect::<Values>()
        };
        units.map(of).filter(|values| seen.insert(format!("{values:?}"))).collect()
    }
}

/// Every value that a member has; none where they are not all known.
fn values(path: &str, variables: &Variables) -> Option<Vec<Values>> {
    let one = |value: Value| vec![(path.to_owned(), value)];
    if FLAGS.contains(&path) {
        return Some(vec![one(json!(true)), one(json!(false))]);
    }
    let (root, rest) = path.split_once('.')?;
    let Shape::OneOf(words) = variables.get(root)?.at(rest).ok()? else { return None };
    Some(words.iter().map(|word| one(json!(word))).chain([one(Value::Null)]).collect())
}

/// The variables of one trial: of each axis the value whose turn it is.
fn facts(axes: &[Vec<Values>], trial: usize) -> Context {
    let (mut roots, mut left) = (Map::new(), trial);
    for axis in axes {
        let values = axis.get(left % axis.len().max(1));
        left /= axis.len().max(1);
        for (path, value) in values.into_iter().flatten() {
            match path.split_once('.') {
                Some((root, member)) => {
                    let members = roots.entry(root).or_insert_with(|| Value::Object(Map::new()));
                    members.as_object_mut().map(|members| members.insert(member.to_owned(), value.clone()));
                }
                None => drop(roots.insert(path.clone(), value.clone())),
            }
        }
    }
    Context::new(roots.iter().map(|(name, value)| (name.as_str(), value)))
}

fn idle(word: &Spanned<String>, list: &str) -> SettingsProblem {
    let moment = word.get_ref();
    SettingsProblem::new(
        word.span(),
        format!("{list} 里的 {moment} 按这份文件不会发生；可以删去"),
        format!("{moment} of {list} never happens by this file; it can be removed"),
    )
}

/// Whether a moment can happen by the rules; what is written and wrong is a problem of its own, and counts as written.
fn can_happen(moment: Moment, (settings, rules): (&HandlingSettings, &Handling)) -> bool {
    let may = |kind: ActKind| rules.acts.permitted.iter().all(|(known, feeds)| *known != kind || !feeds.is_empty());
    let waits =
        |before: Before| settings.holds.iter().any(|hold| Before::from_word(hold.before.get_ref()) == Some(before));
    match moment {
        Moment::Made | Moment::Finished => true,
        Moment::Status(status) => status.is_final() || reached(status, rules),
        Moment::Event(EventKind::Held) => waits(Before::Dispatch),
        Moment::Event(EventKind::Submitted | EventKind::SentBack) => waits(Before::Closing),
        Moment::Event(EventKind::CallbackDue) => {
            settings.evaluation.as_ref().is_some_and(|evaluation| !evaluation.call_backs.is_empty())
        }
        Moment::Event(EventKind::Whistled) => may(ActKind::Whistle),
        Moment::Event(EventKind::Responded) => may(ActKind::Whistle) && may(ActKind::Respond),
        Moment::Event(EventKind::Scored) => may(ActKind::Whistle) && may(ActKind::Respond) && may(ActKind::Score),
        Moment::Event(EventKind::Instructed) => may(ActKind::Instruct),
        Moment::Event(EventKind::Claimed) => may(ActKind::Claim),
        Moment::Event(EventKind::Escalated) => {
            may(ActKind::Escalate) || rules.clocks.iter().flat_map(|clock| &clock.alarms).any(|alarm| alarm.escalates)
        }
        Moment::Event(EventKind::Assigned) => {
            may(ActKind::Assign) || may(ActKind::HandOver) || !settings.returned.rules.is_empty()
        }
        Moment::Event(_) => true,
    }
}

/// Whether platforms can bring a matter into a status, from when it is open or was opened again.
fn reached(wanted: Status, rules: &Handling) -> bool {
    let mut next = vec![Status::Open, Status::Reopened];
    let mut seen = next.clone();
    while let Some(status) = next.pop() {
        if status == wanted {
            return true;
        }
        let all = || Status::SET_BY_PLATFORMS.to_vec();
        let followers = rules.moves.get(status.wire()).cloned().unwrap_or_else(all);
        let new: Vec<Status> = followers.into_iter().filter(|follower| !seen.contains(follower)).collect();
        seen.extend(&new);
        next.extend(new);
    }
    false
}
