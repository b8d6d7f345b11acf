//! Evaluation (评价): who says what of a result, in which round of handling, and what came of it.

use jiff::Timestamp;

use super::Addressee;
use crate::complaint::Satisfaction;

/// Who says how good a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rater {
    /// 诉求人: the citizen, by whatever channel.
    Citizen,
    /// 督办人员: who supervises the units.
    Supervisor,
    /// 回访: the citizen, as heard by whoever called back.
    CallBack,
}

impl Rater {
    /// All with their names in Chinese and in settings, the store and documents.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Citizen, "诉求人", "citizen"),
        (Self::Supervisor, "督办人员", "supervisor"),
        (Self::CallBack, "回访", "call_back"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(rater, ..)| *rater == self).map_or("citizen", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(rater, ..)| *rater == self).map_or("诉求人", |(_, zh, _)| zh)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(rater, ..)| *rater)
    }

    /// Whether it is the citizen's own view, whoever heard it.
    #[must_use]
    pub fn is_citizens(self) -> bool {
        self != Self::Supervisor
    }
}

/// What came of a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Consequence {
    /// Nothing: it is content, or its rater opens nothing again, or the matter is being handled anyway.
    #[default]
    Nothing,
    /// The matter is handled again (重启办理).
    Restarted,
    /// It is not handled again: it was as often as the city allows.
    TooOften,
    /// It is not handled again: the rating came later after the end than the city allows.
    TooLate,
}

impl Consequence {
    /// All with their names in Chinese and in the store and documents.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Nothing, "仅记录", "noted"),
        (Self::Restarted, "重启办理", "restarted"),
        (Self::TooOften, "超过重启次数，不再重启", "too_often"),
        (Self::TooLate, "超过重启期限，不再重启", "too_late"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("noted", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("仅记录", |(_, zh, _)| zh)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(consequence, ..)| *consequence)
    }

    /// Whether the matter stays finished although somebody whose word counts is dissatisfied.
    #[must_use]
    pub fn is_refused(self) -> bool {
        matches!(self, Self::TooOften | Self::TooLate)
    }
}

/// One step of a city's scale (评价档次).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleStep {
    /// Code.
    pub code: String,
    /// Name, e.g. 非常满意.
    pub name: String,
    /// What it counts as.
    pub value: Satisfaction,
    /// Points, where the city gives some.
    pub points: Option<u32>,
}

/// One rating of a result, as events tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Who rates.
    pub rater: Rater,
    /// Which result is meant, from 1: the matter was answered so often.
    pub round: u32,
    /// Code of the step on the city's scale.
    pub step: String,
    /// Name of the step.
    pub step_name: String,
    /// Points of the step, where the city gives some.
    pub points: Option<u32>,
    /// What the step counts as.
    pub value: Satisfaction,
    /// What the same one had said of the same result before.
    pub instead_of: Option<Satisfaction>,
    /// What came of it.
    pub consequence: Consequence,
}

/// How a citizen is called back (回访).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallBackWay {
    /// The citizen is asked on a page.
    Page,
    /// The citizen is asked by SMS.
    Sms,
    /// A person calls.
    Person,
}

impl CallBackWay {
    /// All with their names in Chinese and in settings, the store and documents.
    pub const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Page, "页面", "page"), (Self::Sms, "短信", "sms"), (Self::Person, "人工", "person")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(way, ..)| *way == self).map_or("person", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(way, ..)| *way == self).map_or("人工", |(_, zh, _)| zh)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(way, ..)| *way)
    }
}

/// How a call-back stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallBackState {
    /// The citizen has not been heard.
    Due,
    /// The citizen was heard, in whichever way.
    Heard,
    /// The citizen could not be reached.
    Unreached,
    /// Nobody is to be asked any more: the matter is handled again, or the complaint was withdrawn or erased.
    Dropped,
}

impl CallBackState {
    /// All with their names in the store and documents.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Due, "due"), (Self::Heard, "heard"), (Self::Unreached, "unreached"), (Self::Dropped, "dropped")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("due", |(_, name)| name)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// A call-back that is due, as events tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBack {
    /// How the citizen is asked.
    pub way: CallBackWay,
    /// Of which result, from 1.
    pub round: u32,
    /// Who is to see to it.
    pub to: Vec<Addressee>,
}

/// What of its evaluation a ticket keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evaluation {
    /// How often the matter was answered.
    pub rounds: u32,
    /// How often it was handled again because somebody was dissatisfied.
    pub restarts: u32,
    /// In how many rounds somebody was dissatisfied whose word counts.
    pub dissatisfied: u32,
    /// The last of these rounds.
    pub dissatisfied_round: Option<u32>,
    /// How often somebody was dissatisfied whose word counts, and it was not handled again.
    pub refused: u32,
    /// What a citizen said last, also in a call-back.
    pub citizen: Option<Satisfaction>,
    /// What a supervisor said last.
    pub supervisor: Option<Satisfaction>,
    /// When the notice of a repeated dissatisfaction is sent; none where none waits.
    pub notice_at: Option<Timestamp>,
}

impl Evaluation {
    /// The round that a rating is about: the last that was answered.
    #[must_use]
    pub fn round(&self) -> u32 {
        self.rounds.max(1)
    }

    /// Notes that the matter was answered.
    pub fn answered(&mut self) {
        self.rounds = self.rounds.saturating_add(1);
    }

    /// Notes that the matter is handled again. What was answered before rounds were counted has had one.
    pub fn reopened(&mut self) {
        self.rounds = self.round();
    }

    /// Notes what somebody said.
    pub fn said(&mut self, rater: Rater, value: Satisfaction) {
        match rater {
            Rater::Citizen | Rater::CallBack => self.citizen = Some(value),
            Rater::Supervisor => self.supervisor = Some(value),
        }
    }

    /// Whether nothing was ever noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
