//! The decision on one new complaint.

use super::compare::{Compared, compare, district_level, far_apart, guard_of};
use super::comparison::DistrictLevel;
use super::evidence::Evidence;
use super::finding::Finding;
use super::guard::Guard;
use super::search::{Document, Draft, Query, Shared, Tally, passages};
use super::{MergeIndex, MergeSettings, Merging, Profile};
use crate::key::{ComplaintKey, TicketKey};

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
    /// A finished ticket that it would have joined: the matter has come again.
    pub recurs: Option<TicketKey>,
    draft: Draft,
}

struct Scored<'a> {
    document: &'a Document,
    weight: f64,
    support: f64,
    compared: Compared,
}

impl MergeIndex {
    /// Counts the complaint in the corpus and decides where it goes. It is not yet inserted: the caller does that when it
    /// knows the ticket. `key` is the complaint's own number when it is already stored, for the sake of cannot-links.
    pub fn decide(&mut self, profile: &Profile, key: Option<ComplaintKey>, merging: &Merging) -> Decision {
        self.learn(profile);
        self.reconsider(profile, key, merging)
    }

    /// Decides on a complaint that the corpus has counted before, after its content has changed.
    pub fn reconsider(&mut self, profile: &Profile, key: Option<ComplaintKey>, merging: &Merging) -> Decision {
        let mut tally = std::mem::take(&mut self.tally);
        let query = Query::new(profile, &self.corpus);
        let (zone, chosen, recurs) = self.choose(&query, key, merging, &mut tally);
        let draft = self.draft(&query);
        self.tally = tally;
        let (ticket, evidence) = chosen.unzip();
        Decision { zone, ticket, evidence, recurs, draft }
    }

    /// Adds a complaint that was decided on, to the ticket where it went.
    pub fn insert_decided(&mut self, key: ComplaintKey, ticket: TicketKey, profile: &Profile, decision: Decision) {
        self.insert_draft(key, ticket, profile, decision.draft);
    }

    /// The complaints with which blocking would compare a new one, best first. Nothing is counted or kept.
    pub fn blocked(&mut self, profile: &Profile, settings: &MergeSettings) -> Vec<ComplaintKey> {
        let mut tally = std::mem::take(&mut self.tally);
        let query = Query::new(profile, &self.corpus);
        let keys =
            self.candidates(&query, settings.candidates, &mut tally).iter().map(|(found, _)| found.key).collect();
        self.tally = tally;
        keys
    }

    /// The evidence for a complaint and one that is open, whatever the zone; `None` when the other is not in the index.
    #[must_use]
    pub fn compare_with(&self, profile: &Profile, other: ComplaintKey, merging: &Merging) -> Option<Evidence> {
        Some(self.explain(profile, self.document(other)?, merging))
    }

    /// The evidence for two complaints, open or not: `earlier` with its number and ticket.
    #[must_use]
    pub fn compare_two(
        &self,
        pending: &Profile,
        earlier: (ComplaintKey, TicketKey, &Profile),
        merging: &Merging,
    ) -> Evidence {
        let (key, ticket, profile) = earlier;
        self.explain(pending, &self.document_of(key, ticket, profile), merging)
    }

    fn explain(&self, profile: &Profile, document: &Document, merging: &Merging) -> Evidence {
        let settings = &merging.settings;
        let query = Query::new(profile, &self.corpus);
        let scored = self.scored(&query, document, &query.shared_with(document), settings);
        let core_weight = match self.core_weight(&query, document.ticket, settings, &[]) {
            weight if weight.is_finite() => weight,
            _ => scored.weight,
        };
        let guard = self.guard(&query, &scored, core_weight, settings);
        evidence(&query, &scored, core_weight, guard, merging)
    }

    fn choose(
        &self,
        query: &Query<'_>,
        key: Option<ComplaintKey>,
        merging: &Merging,
        tally: &mut Tally,
    ) -> (Zone, Option<(TicketKey, Evidence)>, Option<TicketKey>) {
        let settings = &merging.settings;
        let mut recurs = None;
        let mut asked: Option<(TicketKey, Evidence)> = None;
        let (candidates, weighed) = self.score_tickets(query, key, merging, tally);
        for candidate in candidates {
            let total = candidate.weight + candidate.support;
            if total < settings.review_weight {
                break;
            }
            let ticket = candidate.document.ticket;
            let core_weight = self.core_weight(query, ticket, settings, &weighed);
            let guard = self.guard(query, &candidate, core_weight, settings);
            let auto = total >= settings.auto_weight && guard.is_none();
            if self.tickets.is_finished(ticket) {
                if auto {
                    recurs.get_or_insert(ticket);
                }
                continue;
            }
            if auto || asked.is_none() {
                let evidence = evidence(query, &candidate, core_weight, guard, merging);
                if auto {
                    return (Zone::Auto, Some((ticket, evidence)), None);
                }
                asked = Some((ticket, evidence));
            }
        }
        (if asked.is_some() { Zone::Review } else { Zone::New }, asked, recurs)
    }

    fn scored<'a>(
        &self,
        query: &Query<'_>,
        document: &'a Document,
        shared: &Shared,
        settings: &MergeSettings,
    ) -> Scored<'a> {
        let compared = compare(query, document, shared, &self.corpus, &settings.weights);
        Scored { document, weight: settings.prior + compared.weight(), support: 0.0, compared }
    }

    /// Tickets by falling score, ties to the older one, and the weight of each pair that was compared. A ticket's score is
    /// its best pair plus support by its others.
    fn score_tickets<'a>(
        &'a self,
        query: &Query<'_>,
        key: Option<ComplaintKey>,
        merging: &Merging,
        tally: &mut Tally,
    ) -> (Vec<Scored<'a>>, Vec<(ComplaintKey, f64)>) {
        let settings = &merging.settings;
        let mut best: Vec<(Scored<'a>, u32)> = Vec::new();
        let mut weighed = Vec::with_capacity(settings.candidates);
        let facts = &query.profile.facts;
        let own_window = settings.category_window_days.iter().find(|(code, _)| facts.has_category(code));
        let window_s = u64::from(own_window.map_or(settings.window_days, |(_, days)| *days)) * 86_400;
        let at = facts.at.as_second();
        let elsewhere = |found: &Document| {
            settings.partition_by_district && district_level(facts, &found.facts) == Some(DistrictLevel::Different)
        };
        let apart = key.map(|key| self.apart_from(key)).unwrap_or_default();
        let by_kind = merging.is_confidential_by_kind(facts);
        for (found, shared) in self.candidates(query, settings.candidates, tally) {
            let age_s = at.abs_diff(found.facts.at.as_second());
            if Some(found.key) == key || age_s > window_s || elsewhere(found) || apart.contains(&found.ticket) {
                continue;
            }
            // Not even a question: whoever answered it would learn of a matter of a confidential kind.
            if by_kind != merging.is_confidential_by_kind(&found.facts) {
                continue;
            }
            let scored = self.scored(query, found, &shared, settings);
            weighed.push((found.key, scored.weight));
            let supports = u32::from(scored.weight >= 0.0);
            match best.iter_mut().find(|(known, _)| known.document.ticket == found.ticket) {
                None => best.push((scored, supports)),
                Some((known, count)) => {
                    *count += supports;
                    if scored.weight > known.weight {
                        *known = scored;
                    }
                }
            }
        }
        let mut scored: Vec<Scored<'a>> = best
            .into_iter()
            .map(|(mut scored, count)| {
                let further = f64::from(count.saturating_sub(1));
                scored.support = (settings.support * further).min(settings.support_limit);
                scored
            })
            .collect();
        let ticket = |scored: &Scored<'_>| scored.document.ticket;
        scored
            .sort_by(|a, b| (b.weight + b.support).total_cmp(&(a.weight + a.support)).then(ticket(a).cmp(&ticket(b))));
        (scored, weighed)
    }

    /// Median match weight to the ticket's first complaints, so that a chain of half-alikes does not grow. `weighed` holds
    /// what is known already.
    fn core_weight(
        &self,
        query: &Query<'_>,
        ticket: TicketKey,
        settings: &MergeSettings,
        weighed: &[(ComplaintKey, f64)],
    ) -> f64 {
        let weight = |member: ComplaintKey| match weighed.iter().find(|(known, _)| *known == member) {
            Some((_, weight)) => Some(*weight),
            None => {
                let found = self.document(member)?;
                Some(self.scored(query, found, &query.shared_with(found), settings).weight)
            }
        };
        let mut weights: Vec<f64> = self.tickets.members(ticket).take(CORE_SIZE).filter_map(weight).collect();
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
        query: &Query<'_>,
        scored: &Scored<'_>,
        core_weight: f64,
        settings: &MergeSettings,
    ) -> Option<Guard> {
        if self.tickets.is_pinned(scored.document.ticket) {
            return Some(Guard::TicketIsPinned);
        }
        let ours = &query.profile.facts;
        let first = self.tickets.members(scored.document.ticket).take(CORE_SIZE);
        let core: Vec<_> = first.filter_map(|member| self.document(member)).chain([scored.document]).collect();
        if core.iter().any(|member| member.facts.confidential != ours.confidential) {
            return Some(Guard::OneIsConfidential);
        }
        if !scored.compared.source_mark && core.iter().any(|member| far_apart(ours, &member.facts)) {
            return Some(Guard::PointsFarApart);
        }
        if core_weight < settings.core_weight {
            return Some(Guard::UnlikeTheCore);
        }
        guard_of(&scored.compared)
    }
}

fn evidence(
    query: &Query<'_>,
    scored: &Scored<'_>,
    core_weight: f64,
    guard: Option<Guard>,
    merging: &Merging,
) -> Evidence {
    let settings = &merging.settings;
    let describe = |finding: &Finding| finding.describe(query.profile, scored.document);
    Evidence {
        settings_version: merging.version.clone(),
        matched_complaint: scored.document.key.0,
        prior: settings.prior,
        contributions: scored.compared.findings.iter().map(describe).collect(),
        passages: passages(query, scored.document),
        support: scored.support,
        weight: scored.weight + scored.support,
        core_weight,
        guard: guard.map(|guard| guard.name().to_owned()),
        auto_weight: settings.auto_weight,
        review_weight: settings.review_weight,
    }
}
