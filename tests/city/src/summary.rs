//! What a run came to.

use std::collections::BTreeMap;

use crate::{Board, Callbacks, Channel, Hotline, Platform, Report};

/// The figures of a run, against the known truth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Reports made, by channel.
    pub reports: BTreeMap<Channel, usize>,
    /// Matters behind them.
    pub matters: usize,
    /// Reports that reached a ticket.
    pub on_tickets: usize,
    /// Tickets.
    pub tickets: usize,
    /// Pairs of reports on one ticket.
    pub merged_pairs: usize,
    /// Of those, pairs of one matter.
    pub right_pairs: usize,
    /// Pairs of one matter.
    pub true_pairs: usize,
    /// Reports whose citizen was answered.
    pub answered: usize,
    /// Pairs on one ticket that are two matters, as `text / text`.
    pub wrong: Vec<String>,
    /// Messages that came out of order.
    pub out_of_order: u64,
}

impl Summary {
    /// Compares what happened with the truth.
    #[must_use]
    pub fn of(reports: &[Report], platform: &Platform, answered: usize) -> Self {
        let ticket_of = platform.ticket_of();
        let tickets: Vec<Option<&String>> = reports
            .iter()
            .map(|report| ticket_of.get(&(report.channel.id().to_owned(), report.number.clone())))
            .collect();
        let mut summary = Self {
            matters: reports.iter().map(|report| report.matter).max().map_or(0, |last| last + 1),
            on_tickets: tickets.iter().flatten().count(),
            tickets: platform.tickets().len(),
            answered,
            out_of_order: platform.out_of_order(),
            ..Self::default()
        };
        for report in reports {
            *summary.reports.entry(report.channel).or_default() += 1;
        }
        for (index, (report, ticket)) in reports.iter().zip(&tickets).enumerate() {
            for (other, other_ticket) in reports.iter().zip(&tickets).skip(index + 1) {
                let same_matter = report.matter == other.matter;
                let same_ticket = ticket.is_some() && ticket == other_ticket;
                summary.true_pairs += usize::from(same_matter);
                summary.merged_pairs += usize::from(same_ticket);
                summary.right_pairs += usize::from(same_matter && same_ticket);
                if same_ticket && !same_matter {
                    summary.wrong.push(format!("{} / {}", report.text, other.text));
                }
            }
        }
        summary
    }

    /// Which reports were answered on their own channel.
    #[must_use]
    pub fn answered(
        reports: &[Report],
        hotline: &Hotline,
        board: &Board,
        callbacks: &Callbacks,
        petition_replies: &[String],
    ) -> usize {
        let (calls, threads, told) = (hotline.replies(), board.replies(), callbacks.told());
        let is_answered = |report: &&Report| match report.channel {
            Channel::Hotline => calls.contains_key(&report.number),
            // Signing is told too on the board; an answer is what mentions the result.
            Channel::Board => {
                threads.get(&report.number).is_some_and(|replies| replies.iter().any(|text| text.contains("处理")))
            }
            Channel::Petition => petition_replies.iter().any(|reply| reply.contains(&report.number)),
            Channel::Sms => told.contains_key(&report.phone),
            Channel::Snapshot => told
                .get(&format!("o-{}", report.phone))
                .is_some_and(|told| told.iter().any(|text| text.contains("处理"))),
        };
        reports.iter().filter(is_answered).count()
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let total: usize = self.reports.values().sum();
        let share = |part: usize, whole: usize| {
            let (part, whole) =
                (u32::try_from(part).unwrap_or(u32::MAX), u32::try_from(whole.max(1)).unwrap_or(u32::MAX));
            f64::from(part) * 100.0 / f64::from(whole)
        };
        let channels: Vec<String> =
            self.reports.iter().map(|(channel, count)| format!("{} {count}", channel.id())).collect();
        writeln!(f, "complaints    {total}  ({})", channels.join(", "))?;
        writeln!(f, "matters       {}  (known truth)", self.matters)?;
        writeln!(
            f,
            "tickets       {}  ({:.1} % fewer than complaints)",
            self.tickets,
            100.0 - share(self.tickets, total)
        )?;
        writeln!(
            f,
            "merged pairs  {} right of {}  (precision {:.1} %, recall {:.1} % of {} true pairs)",
            self.right_pairs,
            self.merged_pairs,
            share(self.right_pairs, self.merged_pairs),
            share(self.right_pairs, self.true_pairs),
            self.true_pairs
        )?;
        for wrong in self.wrong.iter().take(5) {
            writeln!(f, "  wrong       {wrong}")?;
        }
        writeln!(f, "on a ticket   {} of {total}", self.on_tickets)?;
        writeln!(f, "answered      {} of {total} citizens", self.answered)?;
        write!(f, "out of order  {} messages", self.out_of_order)
    }
}
