//! The decision on one new complaint.

use std::collections::BTreeMap;

use super::compare::{Compared, compare};
use super::evidence::Evidence;
use super::index::Document;
use super::{ComplaintKey, MergeIndex, MergeSettings, Profile, TicketKey};

/// How many of a ticket's first complaints are its core.
const CORE_SIZE: usize = 5;

/// Where a complaint goes (区间).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// It joins the ticket by itself.
    Auto,
    /// It opens a ticket of its own and a person is asked whether it belongs to the other.
    Review,
    /// It opens a ticket of its own.
    New,
}

/// A decision with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The zone.
    pub zone: Zone,
    /// The ticket meant, in the auto and review zones.
    pub ticket: Option<TicketKey>,
    /// The evidence, in the auto and review zones.
    pub evidence: Option<Evidence>,
}

struct Scored {
    ticket: TicketKey,
    weight: f64,
    support: f64,
    complaint: ComplaintKey,
    compared: Compared,
}

impl MergeIndex {
    /// Counts the complaint in the corpus and decides where it goes. It is not yet inserted: the caller does that when it
    /// knows the ticket. `key` is the complaint's own number when it is already stored, for the sake of cannot-links.
    pub fn decide(
        &mut self,
        profile: &Profile,
        key: Option<ComplaintKey>,
        settings: &MergeSettings,
        settings_version: &str,
    ) -> Decision {
        self.learn(profile);
        let document = self.document(0, profile.clone());
        let scored = self.score_tickets(&document, key, settings);
        let mut asked: Option<(TicketKey, Evidence)> = None;
        for candidate in scored {
            let total = candidate.weight + candidate.support;
            if total < settings.review_weight {
                break;
            }
            let core_weight = self.core_weight(&document, candidate.ticket, settings);
            let guard = self.guard(&document, &candidate, core_weight, settings);
            let evidence = evidence(&candidate, core_weight, guard, settings, settings_version);
            if total >= settings.auto_weight && guard.is_none() {
                return Decision { zone: Zone::Auto, ticket: Some(candidate.ticket), evidence: Some(evidence) };
            }
            asked.get_or_insert((candidate.ticket, evidence));
        }
        match asked {
            Some((ticket, evidence)) => Decision { zone: Zone::Review, ticket: Some(ticket), evidence: Some(evidence) },
            None => Decision { zone: Zone::New, ticket: None, evidence: None },
        }
    }

    /// Tickets by falling score, ties to the older one. A ticket's score is its best pair plus support by its others.
    fn score_tickets(&self, document: &Document, key: Option<ComplaintKey>, settings: &MergeSettings) -> Vec<Scored> {
        let mut best: BTreeMap<TicketKey, (Scored, usize)> = BTreeMap::new();
        let window_s = i64::from(settings.window_days) * 86_400;
        for (other, cosine) in self.candidates(document, settings.candidates) {
            let Some(found) = self.documents.get(&other) else { continue };
            let age_s = document.profile.at.as_second().abs_diff(found.profile.at.as_second());
            if Some(other) == key || age_s > window_s.unsigned_abs() || self.is_apart(key, found.ticket) {
                continue;
            }
            let compared = compare(document, found, cosine, &settings.weights);
            let weight = settings.prior + compared.weight();
            let scored = Scored { ticket: found.ticket, weight, support: 0.0, complaint: other, compared };
            let supports = usize::from(weight >= 0.0);
            match best.get_mut(&found.ticket) {
                None => drop(best.insert(found.ticket, (scored, supports))),
                Some((known, count)) => {
                    *count += supports;
                    if weight > known.weight {
                        *known = scored;
                    }
                }
            }
        }
        let mut scored: Vec<Scored> = best
            .into_values()
            .map(|(mut scored, count)| {
                let further = f64::from(u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX));
                scored.support = (settings.support * further).min(settings.support_limit);
                scored
            })
            .collect();
        scored.sort_by(|a, b| (b.weight + b.support).total_cmp(&(a.weight + a.support)).then(a.ticket.cmp(&b.ticket)));
        scored
    }

    fn is_apart(&self, key: Option<ComplaintKey>, ticket: TicketKey) -> bool {
        let Some(key) = key else { return false };
        self.tickets
            .get(&ticket)
            .is_some_and(|entry| entry.members.iter().any(|member| self.is_forbidden(key, *member)))
    }

    /// Median match weight to the ticket's first complaints, so that a chain of half-alikes does not grow.
    fn core_weight(&self, document: &Document, ticket: TicketKey, settings: &MergeSettings) -> f64 {
        let members = self.tickets.get(&ticket).map(|entry| entry.members.as_slice()).unwrap_or_default();
        let mut weights: Vec<f64> = members
            .iter()
            .take(CORE_SIZE)
            .filter_map(|member| {
                let found = self.documents.get(member)?;
                let compared = compare(document, found, self.cosine(document, *member), &settings.weights);
                Some(settings.prior + compared.weight())
            })
            .collect();
        weights.sort_by(f64::total_cmp);
        let middle = weights.len() / 2;
        match weights.as_slice() {
            [] => f64::NEG_INFINITY,
            odd if odd.len() % 2 == 1 => odd.get(middle).copied().unwrap_or_default(),
            even => {
                (even.get(middle - 1).copied().unwrap_or_default() + even.get(middle).copied().unwrap_or_default())
                    / 2.0
            }
        }
    }

    fn guard(
        &self,
        document: &Document,
        scored: &Scored,
        core_weight: f64,
        settings: &MergeSettings,
    ) -> Option<&'static str> {
        if self.tickets.get(&scored.ticket).is_some_and(|entry| entry.pinned) {
            return Some("ticket_is_pinned");
        }
        if core_weight < settings.core_weight {
            return Some("unlike_the_core_of_the_ticket");
        }
        scored.compared.guard(document, self.documents.get(&scored.complaint)?)
    }
}

fn evidence(
    scored: &Scored,
    core_weight: f64,
    guard: Option<&str>,
    settings: &MergeSettings,
    version: &str,
) -> Evidence {
    Evidence {
        settings_version: version.to_owned(),
        matched_complaint: scored.complaint,
        prior: settings.prior,
        contributions: scored.compared.contributions.clone(),
        support: scored.support,
        weight: scored.weight + scored.support,
        core_weight,
        guard: guard.map(str::to_owned),
        auto_weight: settings.auto_weight,
        review_weight: settings.review_weight,
    }
}
