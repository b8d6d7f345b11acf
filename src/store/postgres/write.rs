//! Writing a part of a step into its transaction: of each table one statement for all rows, and all statements are on their way before the
//! first is answered. Only erasing and the audit log read what is there.

mod queued;
mod records;
mod tickets;

use super::answers::{Finished, Standing};
use super::audit::append;
use super::deliveries::write_deliveries;
use super::erase::erase;
use super::evaluations::{write_call_backs, write_ratings};
use super::facts::write_facts;
use super::foreign::write_foreign_numbers;
use super::link::{Link, Order};
use super::lives::write_occurrences;
use super::quarantine::{Labels, labels, write_quarantined};
use super::remarks::{write_source_file, write_warnings};
use super::rewards::write_rewards;
use super::topics::{put_off, write_topic_complaints, write_topics};
use super::watching::{write_alert, write_sightings};
use crate::StoreError;
use crate::sealed::{SealedChanges, Sealer};

/// Writes part of a step into its transaction.
pub(super) fn write(link: &mut Link, sealer: &Sealer, part: &SealedChanges<'_>) -> Result<(), StoreError> {
    let mut standing = Finished::read(link, &part.tickets)?;
    let labels = labels(link, part)?;
    link.run_all(&orders(sealer, part, &mut standing, &labels))?;
    part.erased.iter().try_for_each(|erasure| erase(link, sealer, erasure))?;
    let mut last = Vec::new();
    last.extend(records::files_gone(part.files_gone));
    last.extend(part.source_files.iter().map(write_source_file));
    last.extend(records::positions(&part.positions));
    link.run_all(&last)?;
    append(link, sealer, &part.audit)
}

/// Everything that is written without reading, in its order.
fn orders<'a>(
    sealer: &Sealer,
    part: &'a SealedChanges<'_>,
    standing: &mut Standing,
    labels: &Labels,
) -> Vec<Order<'a>> {
    let mut orders = Vec::new();
    orders.extend(records::raw(&part.raw));
    orders.extend(records::files(&part.files));
    orders.extend(records::seen_again(part.seen_again));
    orders.extend(records::complaints(&part.complaints));
    orders.extend(records::amendments(&part.amendments));
    orders.extend(records::statements(&part.statements));
    orders.extend(write_ratings(&part.ratings));
    orders.extend(write_call_backs(part.call_backs));
    watched(part, &mut orders);
    orders.extend(records::states(part.states));
    orders.extend(records::imprints(&part.imprints));
    orders.extend(tickets::tickets(&part.tickets, standing));
    orders.extend(tickets::moves(part.moves));
    orders.extend(tickets::events(&part.events));
    orders.extend(tickets::links(part.cannot_links));
    orders.extend(tickets::lifted_links(part.lifted_links));
    orders.extend(tickets::reviews(&part.reviews));
    orders.extend(tickets::review_answers(part.review_answers));
    orders.extend(write_quarantined(sealer, labels, part));
    orders.extend(records::placements(&part.placed));
    orders.extend(write_warnings(&part.warnings));
    orders.extend(queued::messages(&part.messages));
    orders.extend(write_deliveries(&part.deliveries));
    orders.extend(write_foreign_numbers(&part.foreign_numbers));
    orders.extend(queued::statuses(&part.statuses));
    orders.extend(queued::replies(&part.replies));
    orders.extend(write_occurrences(&part.occurrences));
    orders.extend(write_facts(part.facts));
    orders.extend(queued::replies_again(part));
    orders.extend(queued::reminders(part));
    orders.extend(queued::alarms(part.alarms));
    orders.extend(queued::notices(part.noticed));
    orders
}

/// What was seen, told of, made a topic, and given points for.
fn watched<'a>(part: &'a SealedChanges<'_>, orders: &mut Vec<Order<'a>>) {
    orders.extend(write_rewards(part.rewards));
    orders.extend(write_sightings(part.sightings));
    orders.extend(part.alerts.iter().map(write_alert));
    orders.extend(write_topics(&part.topics));
    orders.extend(put_off(part.put_off_topics));
    orders.extend(write_topic_complaints(part.topic_complaints));
}
