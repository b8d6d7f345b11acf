//! Figures: what a report tells of a tally.

use super::{Count, Tally};

/// Seconds of an hour.
const HOUR: f64 = 3_600.0;

/// What a figure's number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How many.
    Number,
    /// A share: 1 is all.
    Share,
    /// Hours.
    Hours,
    /// A mean mark: 1 is the worst, 5 the best.
    Mark,
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Figure {
    /// Complaints that came.
    Complaints,
    /// Tickets that came to be, less those that were absorbed; each with the unit that has it now: who hands a ticket over has it no longer.
    Tickets,
    /// Share of the complaints of the whole period.
    Share,
    /// 1 - tickets / complaints.
    Merged,
    /// Tickets signed.
    Signs,
    /// Share of the signed that were signed in time.
    Signed,
    /// Tickets finished by their unit.
    Finishes,
    /// Share of what was finished in the whole period: by level, how much each level solves.
    FinishedShare,
    /// Finished / (tickets + opened again). Above 1 where matters of earlier periods were finished.
    Closed,
    /// Share of the finished that were finished when due at the latest.
    InTime,
    /// Tickets whose sources withdrew or closed them.
    Settled,
    /// Tickets given back.
    Returns,
    /// Given back / tickets.
    Returned,
    /// Tickets opened again.
    Restarts,
    /// Opened again / finished.
    Restarted,
    /// Ratings by citizens.
    Ratings,
    /// Share of the ratings by citizens that are 满意 or 基本满意.
    Satisfaction,
    /// The same of second and later results.
    SatisfactionAgain,
    /// The same of what was heard in call-backs.
    SatisfactionCalled,
    /// Share of the ratings by supervisors that are 满意 or 基本满意.
    SupervisorSatisfaction,
    /// Call-backs that came to be due.
    CallBacks,
    /// Answered / due.
    CallBacksMade,
    /// Dissatisfied words upon which a matter was not handled again.
    NotRestarted,
    /// 1 - opened again, or found wanting, for the first time / finished for the first time; not below 0.
    FirstSolved,
    /// First contacts with citizens.
    Contacts,
    /// Share of them that were made in time.
    Contacted,
    /// Half of the signed took no longer.
    SignMedian,
    /// 90 % of the signed took no longer.
    SignP90,
    /// Half of the finished took no longer.
    FinishMedian,
    /// 90 % of the finished took no longer.
    FinishP90,
    /// Times that units came that were called.
    Responses,
    /// Share of these that were in time.
    Responded,
    /// Mean mark for how fast such units came.
    Speed,
    /// Mean mark for how well they worked.
    Quality,
    /// Matters that went on outside.
    Transfers,
    /// Not approved / (not approved + finished): of the answers that units gave.
    SentBack,
    /// Leaders' instructions.
    Instructions,
    /// Times that a leader took a matter on.
    Claims,
}

/// A figure with its word, its measure, and its names in Chinese and English.
type Named = (Figure, &'static str, Measure, &'static str, &'static str);

impl Figure {
    /// All of them.
    pub const ALL: [Named; 38] = [
        (Self::Complaints, "complaints", Measure::Number, "诉求", "Complaints"),
        (Self::Tickets, "tickets", Measure::Number, "工单", "Tickets"),
        (Self::Share, "share", Measure::Share, "占比", "Share"),
        (Self::Merged, "merged", Measure::Share, "归并率", "Merged"),
        (Self::Signs, "signs", Measure::Number, "签收", "Signs"),
        (Self::Signed, "signed", Measure::Share, "按时签收率", "Signed in time"),
        (Self::Finishes, "finishes", Measure::Number, "办结", "Finished"),
        (Self::FinishedShare, "finished_share", Measure::Share, "办结占比", "Share of finished"),
        (Self::Closed, "closed", Measure::Share, "办结率", "Closed"),
        (Self::InTime, "in_time", Measure::Share, "按期办结率", "Finished in time"),
        (Self::Settled, "settled", Measure::Number, "来源撤回或结案", "Ended by sources"),
        (Self::Returns, "returns", Measure::Number, "退回", "Returns"),
        (Self::Returned, "returned", Measure::Share, "退办率", "Returned"),
        (Self::Restarts, "restarts", Measure::Number, "重新办理", "Restarts"),
        (Self::Restarted, "restarted", Measure::Share, "重办率", "Restarted"),
        (Self::Ratings, "ratings", Measure::Number, "评价", "Ratings"),
        (Self::Satisfaction, "satisfaction", Measure::Share, "满意率", "Satisfaction"),
        (
            Self::SatisfactionAgain,
            "satisfaction_again",
            Measure::Share,
            "再办满意率",
            "Satisfaction with later results",
        ),
        (Self::SatisfactionCalled, "satisfaction_called", Measure::Share, "回访满意率", "Satisfaction in call-backs"),
        (
            Self::SupervisorSatisfaction,
            "supervisor_satisfaction",
            Measure::Share,
            "督办满意率",
            "Satisfaction of supervisors",
        ),
        (Self::CallBacks, "call_backs", Measure::Number, "应回访", "Call-backs due"),
        (Self::CallBacksMade, "call_backs_made", Measure::Share, "回访率", "Call-backs answered"),
        (Self::NotRestarted, "not_restarted", Measure::Number, "不满意未重启", "Dissatisfied, not restarted"),
        (Self::FirstSolved, "first_solved", Measure::Share, "一次办结率", "Solved the first time"),
        (Self::Contacts, "contacts", Measure::Number, "首次联系", "First contacts"),
        (Self::Contacted, "contacted", Measure::Share, "按时首次联系率", "First contact in time"),
        (Self::SignMedian, "sign_median", Measure::Hours, "签收用时中位数（小时）", "Hours to sign, median"),
        (Self::SignP90, "sign_p90", Measure::Hours, "签收用时九成（小时）", "Hours to sign, p90"),
        (Self::FinishMedian, "finish_median", Measure::Hours, "办结用时中位数（小时）", "Hours to finish, median"),
        (Self::FinishP90, "finish_p90", Measure::Hours, "办结用时九成（小时）", "Hours to finish, p90"),
        (Self::Responses, "responses", Measure::Number, "应哨", "Responses"),
        (Self::Responded, "responded", Measure::Share, "按时应哨率", "Responded in time"),
        (Self::Speed, "speed", Measure::Mark, "应哨速度平均分", "Marks for speed, mean"),
        (Self::Quality, "quality", Measure::Mark, "应哨质量平均分", "Marks for quality, mean"),
        (Self::Transfers, "transfers", Measure::Number, "转出", "Transferred out"),
        (Self::SentBack, "sent_back", Measure::Share, "答复退改率", "Answers sent back"),
        (Self::Instructions, "instructions", Measure::Number, "领导批示", "Leaders' instructions"),
        (Self::Claims, "claims", Measure::Number, "领导领办", "Taken on by leaders"),
    ];

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, ..)| *known == word).map(|(figure, ..)| *figure)
    }

    fn named(self) -> Option<&'static Named> {
        Self::ALL.iter().find(|(known, ..)| *known == self)
    }

    /// The word in settings and documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.named().map_or("", |(_, word, ..)| word)
    }

    /// What its number means.
    #[must_use]
    pub fn measure(self) -> Measure {
        self.named().map_or(Measure::Number, |(_, _, measure, ..)| *measure)
    }

    /// Its names in Chinese and in English.
    #[must_use]
    pub fn names(self) -> (&'static str, &'static str) {
        self.named().map_or(("", ""), |(.., zh, en)| (zh, en))
    }

    /// The figure of a tally that is part of `whole`; none where there is nothing to tell it of, such as satisfaction without
    /// ratings.
    #[must_use]
    pub fn of(self, tally: &Tally, whole: &Tally) -> Option<f64> {
        let get = |count| number(tally.get(count));
        let (complaints, tickets) = (complaints(tally), tickets(tally));
        let ratings = get(Count::Satisfied) + get(Count::Fair) + get(Count::Dissatisfied);
        let (finished, restarted) = (get(Count::Finished), get(Count::Restarted));
        let hours = |seconds: Option<u32>| Some(f64::from(seconds?) / HOUR);
        match self {
            Self::Complaints => Some(complaints),
            Self::Tickets => Some(tickets),
            Self::Share => ratio(complaints, self::complaints(whole)),
            Self::Merged => Some(1.0 - ratio(tickets, complaints)?),
            Self::Signs => Some(get(Count::Signed)),
            Self::Signed => ratio(get(Count::SignedInTime), get(Count::Signed)),
            Self::Finishes => Some(finished),
            Self::FinishedShare => ratio(finished, number(whole.get(Count::Finished))),
            Self::Closed => ratio(finished, tickets + restarted),
            Self::InTime => ratio(get(Count::FinishedInTime), finished),
            Self::Settled => Some(get(Count::Settled)),
            Self::Returns => Some(get(Count::Returned)),
            Self::Returned => ratio(get(Count::Returned), tickets + get(Count::Left)),
            Self::Restarts => Some(restarted),
            Self::Restarted => ratio(restarted, finished),
            Self::Ratings => Some(ratings),
            Self::Satisfaction => ratio(get(Count::Satisfied) + get(Count::Fair), ratings),
            Self::SatisfactionAgain => ratio(get(Count::RatedAgainWell), get(Count::RatedAgain)),
            Self::SatisfactionCalled => ratio(get(Count::CalledWell), get(Count::Called)),
            Self::SupervisorSatisfaction => ratio(get(Count::SupervisedWell), get(Count::Supervised)),
            Self::CallBacks => Some(get(Count::CallBacksDue)),
            Self::CallBacksMade => ratio(get(Count::CallBacksMade), get(Count::CallBacksDue)),
            Self::NotRestarted => Some(get(Count::NotRestarted)),
            Self::FirstSolved => {
                let wanting = get(Count::RestartedFirst) + get(Count::NotRestartedFirst);
                Some((1.0 - ratio(wanting, get(Count::FinishedFirst))?).max(0.0))
            }
            Self::Contacts => Some(get(Count::Contacted)),
            Self::Contacted => ratio(get(Count::ContactedInTime), get(Count::Contacted)),
            Self::SignMedian => hours(tally.to_sign.quantile(50)),
            Self::SignP90 => hours(tally.to_sign.quantile(90)),
            Self::FinishMedian => hours(tally.to_finish.quantile(50)),
            Self::FinishP90 => hours(tally.to_finish.quantile(90)),
            Self::Responses => Some(get(Count::Responses)),
            Self::Responded => ratio(get(Count::ResponsesInTime), get(Count::Responses)),
            Self::Speed => ratio(get(Count::SpeedMarks), get(Count::Scores)),
            Self::Quality => ratio(get(Count::QualityMarks), get(Count::Scores)),
            Self::Transfers => Some(get(Count::Transferred)),
            Self::Instructions => Some(get(Count::Instructions)),
            Self::Claims => Some(get(Count::Claims)),
            Self::SentBack => ratio(get(Count::SentBack), get(Count::SentBack) + finished),
        }
    }
}

fn complaints(tally: &Tally) -> f64 {
    number(tally.get(Count::Created)) + number(tally.get(Count::Joined))
}

/// Below 0 where more tickets were absorbed, or went elsewhere, than came: those came before.
fn tickets(tally: &Tally) -> f64 {
    let sum = |counts: [Count; 2]| counts.iter().map(|count| number(tally.get(*count))).sum::<f64>();
    number(tally.get(Count::Created)) + sum([Count::Separated, Count::Came]) - sum([Count::Absorbed, Count::Left])
}

#[expect(clippy::cast_precision_loss, reason = "counts of matters stay far below 2^53")]
fn number(count: i64) -> f64 {
    count as f64
}

fn ratio(part: f64, of: f64) -> Option<f64> {
    (of > 0.0).then(|| part / of)
}
