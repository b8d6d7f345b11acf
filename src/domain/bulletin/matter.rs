//! One matter of a bulletin: whether it is shown, and what of it.

use huiliu_expression::Context;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::json;

use super::settings::{Bulletin, Consent, PersonShown, Shown};
use crate::city::Names;
use crate::complaint::{Complaint, Division, ERASED, Kind, Satisfaction};
use crate::mask::find;
use crate::ticket::{Handler, Status, Ticket};

/// Most characters of a matter's words, and of its result's.
const MAX_CHARS: usize = 200;
/// What stands behind words that were cut.
const CUT: char = '…';
/// What stands for personal data.
const HIDDEN: &str = "***";
/// What stands for a given name.
const SOMEBODY: char = '某';
/// Surnames of two characters that are common enough to be read as such.
const DOUBLE_SURNAMES: [&str; 8] = ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙"];

/// A matter as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// Its complaints: all of them.
    pub complaints: &'a [&'a Complaint],
    /// Whether its kind is confidential.
    pub is_confidential: bool,
    /// Domain of its category.
    pub domain: &'a str,
    /// Level of the unit that handles it.
    pub level: Option<&'a str>,
    /// The result that its platform gave last.
    pub result: Option<&'a str>,
    /// Who handles it.
    pub person: Option<&'a Handler>,
    /// What a citizen said last.
    pub satisfaction: Option<Satisfaction>,
}

/// What a bulletin shows of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Id of the ticket.
    pub ticket: String,
    /// Where it stands.
    pub status: Status,
    /// Name of its category.
    pub category: String,
    /// Name of its district.
    pub district: String,
    /// Code of its district.
    pub district_code: String,
    /// What it is about; none where its citizens did not agree to publication.
    pub words: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
    /// Whether it was not finished when it was due, or is not yet.
    pub is_overdue: bool,
    /// Name of the unit.
    pub department: String,
    /// Who handles it, as far as that is shown.
    pub person: Option<String>,
    /// The result; likewise.
    pub result: Option<String>,
    /// What a citizen said of it.
    pub satisfaction: Option<Satisfaction>,
}

/// Why a matter is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// It is not of the days or the state that the bulletin is of.
    Elsewhere,
    /// The city's expression does not want it, or could not be told.
    Unwanted,
    /// It is confidential, tells of a breach of law, or whose it was has been erased.
    Protected,
    /// Its citizens did not all agree to publication.
    NoConsent,
}

impl Notice {
    /// Whether it lies in a division.
    #[must_use]
    pub fn lies_in(&self, district: &str) -> bool {
        Division::of(district).holds(Division::of(&self.district_code))
    }
}

impl Bulletin {
    /// The first moment that it is of.
    #[must_use]
    pub fn since(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let first = now.to_zoned(zone.clone()).date().saturating_sub(i64::from(self.days.saturating_sub(1)).days());
        first.to_zoned(zone.clone()).map_or(now, |midnight| midnight.timestamp())
    }

    /// Whether a ticket is of its days and states; what else is needed to show it need not be looked up for others.
    #[must_use]
    pub fn may_show(&self, ticket: &Ticket, now: Timestamp, zone: &TimeZone) -> bool {
        // What nobody has released yet is shown to nobody.
        ticket.hold.is_none() && self.is_of(ticket, self.since(now, zone))
    }

    /// What is shown of a matter.
    ///
    /// # Errors
    /// Why nothing is.
    pub fn notice(
        &self,
        matter: &Matter<'_>,
        (now, zone): (Timestamp, &TimeZone),
        names: &Names,
    ) -> Result<Notice, Kept> {
        let ticket = matter.ticket;
        if !self.may_show(ticket, now, zone) {
            return Err(Kept::Elsewhere);
        }
        if matter.is_confidential
            || matter.complaints.is_empty()
            || matter.complaints.iter().any(|complaint| is_protected(complaint))
        {
            return Err(Kept::Protected);
        }
        let overdue = is_overdue(ticket, now);
        if !self.wants(matter, overdue) {
            return Err(Kept::Unwanted);
        }
        let agreed = matter.complaints.iter().all(|complaint| complaint.publish);
        if !agreed && self.consent == Consent::LeaveOut {
            return Err(Kept::NoConsent);
        }
        let words = |text: &str| Some(masked(text, matter)).filter(|words| agreed && !words.is_empty());
        let named = |name: Option<&str>, code: &str| name.unwrap_or(code).to_owned();
        let route = &ticket.route;
        Ok(Notice {
            ticket: ticket.id.clone(),
            status: ticket.status,
            category: named(names.category(&route.category), &route.category),
            district: named(names.district(&route.district), &route.district),
            district_code: route.district.clone(),
            words: words(&content(ticket)),
            created_at: ticket.created_at,
            due_at: route.due_at,
            finished_at: ticket.finished_at,
            is_overdue: overdue,
            department: named(names.department(&route.department), &route.department),
            person: matter.person.and_then(|person| self.person(person, matter)),
            result: matter.result.filter(|_| ticket.status.is_final()).and_then(words),
            satisfaction: matter.satisfaction,
        })
    }

    fn is_of(&self, ticket: &Ticket, since: Timestamp) -> bool {
        // What is absorbed is told of by the ticket that answers for it.
        let is_finished = match ticket.status {
            Status::Absorbed => return false,
            status => status.is_final(),
        };
        let is_new = ticket.finished_at.filter(|_| is_finished).unwrap_or(ticket.created_at) >= since;
        let is_shown = match self.shown {
            Shown::All => true,
            Shown::Finished => is_finished,
            Shown::Open => !is_finished,
        };
        is_new && is_shown
    }

    fn wants(&self, matter: &Matter<'_>, overdue: bool) -> bool {
        let Some(when) = &self.when else { return true };
        let (ticket, route) = (matter.ticket, &matter.ticket.route);
        let facts = json!({
            "category": route.category, "district": route.district, "department": route.department, "grade": route.grade,
            "domain": matter.domain, "level": matter.level, "status": ticket.status.wire(), "tags": ticket.tags,
            "complaint_count": ticket.complaints, "overdue": overdue,
        });
        when.eval(&Context::of("ticket", &facts)).is_ok_and(|evaluated| evaluated.is_true())
    }

    fn person(&self, person: &Handler, matter: &Matter<'_>) -> Option<String> {
        let shown = match self.person {
            PersonShown::Nobody => return None,
            PersonShown::Surname => surname(&person.name),
            PersonShown::Post => person.unit.as_deref().map(|post| masked(post, matter))?,
        };
        Some(shown).filter(|shown| !shown.is_empty())
    }
}

fn is_protected(complaint: &Complaint) -> bool {
    let reporter = &complaint.reporter;
    reporter.confidential || reporter.secret || complaint.kind == Kind::Report || complaint.text == ERASED
}

fn is_overdue(ticket: &Ticket, now: Timestamp) -> bool {
    let until = ticket.finished_at.unwrap_or(now);
    ticket.route.due_at.is_some_and(|due_at| until.duration_since(due_at) > SignedDuration::ZERO)
}

/// The words of a matter: its title before them, unless they begin with it.
fn content(ticket: &Ticket) -> String {
    let (title, text) = (ticket.title.trim(), ticket.text.trim());
    let begins = text.starts_with(title.trim_end_matches(CUT));
    if title.is_empty() || begins { text.to_owned() } else { format!("{title}。{text}") }
}

/// Words without any part of personal data, and without the names of those whose matter it is: on a board also a surname or the end of a
/// number tells neighbours who it is.
fn masked(text: &str, matter: &Matter<'_>) -> String {
    let mut known: Vec<&str> =
        matter.complaints.iter().filter_map(|complaint| complaint.reporter.name.as_deref()).collect();
    known.extend(matter.person.map(|person| person.name.as_str()));
    let (mut hidden, mut end) = (String::with_capacity(text.len()), 0);
    for found in find(text, &known) {
        hidden.push_str(text.get(end..found.range.start).unwrap_or_default());
        hidden.push_str(HIDDEN);
        end = found.range.end;
    }
    hidden.push_str(text.get(end..).unwrap_or_default());
    let mut chars = hidden.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = chars.char_indices().nth(MAX_CHARS) {
        chars.truncate(end);
        chars.push(CUT);
    }
    chars
}

/// 王建国 becomes 王某, 欧阳小明 becomes 欧阳某.
fn surname(name: &str) -> String {
    let name = name.trim();
    let double = DOUBLE_SURNAMES.into_iter().find(|surname| name.starts_with(surname));
    let surname = double.map_or_else(|| name.chars().take(1).collect(), str::to_owned);
    if surname.is_empty() { surname } else { format!("{surname}{SOMEBODY}") }
}

#[cfg(test)]
mod tests;
