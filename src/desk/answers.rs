//! Stage: what every citizen behind a ticket is told of a status update. Words that name another citizen wait for a person.

use std::sync::Arc;

use super::step::Step;
use crate::key::TicketKey;
use crate::mask::{Person, PersonalData, Said, find};
use crate::store::{ComplaintView, ReplyRow, StoreError};
use crate::ticket::{Answer, StatusUpdate};

/// Kinds of personal data that are some citizen's wherever they stand in an answer; telephones, names and doors can be an office's or
/// the place of the matter, and count where they are those of somebody behind the ticket.
const SOMEBODYS: [PersonalData; 5] =
    [PersonalData::Identity, PersonalData::Card, PersonalData::Email, PersonalData::Plate, PersonalData::Chat];
/// Fewest characters of a source's number that is looked for: shorter ones stand in texts by chance.
const MIN_NUMBER_CHARS: usize = 6;

/// Makes a reply for every complaint behind a ticket: always when the matter is answered, or there are words for this citizen
/// alone, else where the channel wants it. An update without a status tells words for citizens alone.
pub(super) fn answer(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
    already_answered: bool,
) -> Result<(), StoreError> {
    if update.status.is_none() && update.results.is_empty() {
        return Ok(());
    }
    let rules = Arc::clone(&step.rules);
    let members = step.view.members(key)?;
    let Some(detail) = step.view.loaded(key) else { return Ok(()) };
    let (ticket_id, version) = (detail.ticket.id.clone(), detail.ticket.version);
    let status = update.status.unwrap_or(detail.ticket.status);
    let own = || rules.names.department(&detail.ticket.route.department).unwrap_or_default().to_owned();
    let department = update.department.clone().unwrap_or_else(own);
    let common = update.result.as_deref().unwrap_or_default();
    let common_carries = Carried::by(common, &members);
    for (place, view) in members.iter().enumerate() {
        // Who withdrew, or was answered by the source, is told nothing more, unless the channel says so.
        if !rules.answers(&view.complaint.channel, view.state) {
            continue;
        }
        let words = update.results.iter().find(|own| own.receipt == view.receipt).map(|own| own.text.as_str());
        let wanted = rules.tells(&view.complaint.channel, status) || status.is_final() && !already_answered;
        if words.is_none() && (update.status.is_none() || !wanted) {
            continue;
        }
        let own_carries = words.map(|words| Carried::by(words, &members));
        let held = own_carries.as_ref().unwrap_or(&common_carries).not_for(place, &members);
        let reply = ReplyRow {
            key: format!("{ticket_id}.{version}.{}", view.receipt),
            complaint: view.id,
            ticket: key,
            channel: view.complaint.channel.clone(),
            status,
            at: step.now,
            answer: Answer {
                text: words.unwrap_or(common).to_owned(),
                department: department.clone(),
                person: update.person.clone(),
                attachments: update.attachments.clone(),
                at: update.occurred_at,
                ticket_id: ticket_id.clone(),
            },
            held,
        };
        step.view.note_reply(reply);
    }
    Ok(())
}

/// What words carry that can be somebody's: looked for once, however many are behind the ticket. One complaint alone has nobody to be
/// kept from.
#[derive(Default)]
pub(super) struct Carried {
    /// Complaints whose reporters are named, by their places, each with what is said of him.
    named: Vec<(usize, PersonalData)>,
    /// Complaints whose receipt number or source's number is there, by their places, each with whether it is the receipt number.
    numbered: Vec<(usize, bool)>,
    /// Pieces that are personal data of somebody, whoever it is.
    pieces: Vec<(PersonalData, String)>,
}

impl Carried {
    /// What these words carry.
    pub(super) fn by(words: &str, people: &[ComplaintView]) -> Self {
        if people.len() < 2 || words.is_empty() {
            return Self::default();
        }
        let said = Said::new(words);
        let by_receipt = |view: &ComplaintView| {
            let number = view.complaint.number.as_str();
            let has_receipt = words.contains(&view.receipt);
            let has_number = number.chars().count() >= MIN_NUMBER_CHARS && words.contains(number);
            (has_receipt || has_number).then_some(has_receipt)
        };
        let found = find(words, &[]).into_iter().filter(|found| SOMEBODYS.contains(&found.kind));
        let placed = || people.iter().enumerate();
        Self {
            named: placed().filter_map(|(place, view)| Some((place, said.names(&person(view))?))).collect(),
            numbered: placed().filter_map(|(place, view)| Some((place, by_receipt(view)?))).collect(),
            pieces: found.filter_map(|found| Some((found.kind, words.get(found.range)?.to_owned()))).collect(),
        }
    }

    /// Why the words must not reach the citizen of one complaint before a person has looked at them: they carry what is somebody
    /// else's.
    pub(super) fn not_for(&self, place: usize, people: &[ComplaintView]) -> Option<String> {
        let view = people.get(place)?;
        let receipt = |other: usize| people.get(other).map(|view| view.receipt.as_str()).unwrap_or_default();
        if let Some((other, kind)) = other_than(place, people, &self.named) {
            return Some(format!("the words carry the {} of the citizen of {}", kind.name(), receipt(other)));
        }
        // Sources number as they like: what two of them call by one number is this citizen's own number, too.
        let number = |place: usize| people.get(place).map(|view| view.complaint.number.as_str());
        let is_others =
            |(other, by_receipt): &&(usize, bool)| *other != place && (*by_receipt || number(*other) != number(place));
        if let Some((other, _)) = self.numbered.iter().find(is_others) {
            return Some(format!("the words carry a number of the complaint {}", receipt(*other)));
        }
        let is_own =
            |piece: &str| view.complaint.text.contains(piece) || Said::new(piece).names(&person(view)).is_some();
        let strange = self.pieces.iter().find(|(_, piece)| !is_own(piece));
        strange.map(|(kind, _)| format!("the words carry somebody's {}", kind.name()))
    }
}

/// The first of those named that is somebody else than the citizen of one complaint.
fn other_than(
    place: usize,
    members: &[ComplaintView],
    named: &[(usize, PersonalData)],
) -> Option<(usize, PersonalData)> {
    let is_same = |other: usize, kind: PersonalData| {
        let (one, two) = (person(members.get(place)?), person(members.get(other)?));
        let equal = match kind {
            PersonalData::Name => one.name == two.name,
            PersonalData::Phone => one.phone == two.phone,
            PersonalData::Identity => one.id_number == two.id_number,
            _ => one.address == two.address,
        };
        Some(equal)
    };
    named.iter().copied().find(|(other, kind)| *other != place && is_same(*other, *kind) != Some(true))
}

fn person(view: &ComplaintView) -> Person<'_> {
    let reporter = &view.complaint.reporter;
    Person {
        name: reporter.name.as_deref(),
        phone: reporter.phone.as_deref(),
        id_number: reporter.id_number.as_deref(),
        address: view.complaint.place.address.as_deref(),
    }
}
