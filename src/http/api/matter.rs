//! Which matter somebody means by a number: of the gateway, of its source, of another system, or of a telephone.

use std::collections::BTreeSet;

use huiliu_adapter_api::RefusalCode;

use super::citizens::hashes;
use crate::desk::Citizen;
use crate::http::Site;
use crate::http::caller::Caller;
use crate::http::documents;
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::key::ComplaintKey;
use crate::store::{ComplaintView, Store, StoreError};

/// Longest number that is looked for, in characters.
pub(super) const MAX_NUMBER_CHARS: usize = 200;
/// Most complaints that one number names.
const MAX_MEANT: usize = 500;

/// What a number names.
pub(super) enum Meant {
    /// A ticket, by its id.
    Ticket(String),
    /// Complaints, in the order of their numbers; none where nothing has the number.
    Complaints(Vec<ComplaintView>),
}

/// A number that is looked for.
pub(super) struct Number {
    text: String,
    of_source: Vec<(String, String)>,
    /// Hashes of the telephone number that it reads as; none where it reads as none, or where the caller may not search by one.
    phone: Option<Vec<u64>>,
    contacts: bool,
    sight: Sight,
}

impl Number {
    /// A number as a caller may look for it.
    pub(super) fn read(site: &Site, caller: &Caller, text: &str) -> Result<Self, Problem> {
        let text = text.trim().to_owned();
        if text.is_empty() || text.chars().count() > MAX_NUMBER_CHARS {
            let zh = format!("请给出编号，最多 {MAX_NUMBER_CHARS} 字");
            let en = format!("give a number of 1 to {MAX_NUMBER_CHARS} characters");
            return Err(Problem::new(RefusalCode::InvalidRequest, zh, en));
        }
        let contacts = caller.sees_contacts();
        let phone = Citizen::read(Some(&text), None, None).ok().filter(|_| contacts);
        let phone = phone.map(|citizen| hashes(site, &citizen));
        Ok(Self { of_source: of_source(site, &text), phone, contacts, sight: Sight::of(site, caller), text })
    }

    /// What has this number: of the gateway itself, else of any other.
    pub(super) fn find(&self, store: &mut dyn Store) -> Result<Meant, StoreError> {
        let own = store.complaints_by_receipt(&[&self.text])?;
        let own = self.seen(store, own)?;
        if !own.is_empty() {
            return Ok(Meant::Complaints(own));
        }
        if store.ticket_keys(&[&self.text])?.contains_key(&self.text) && self.sight.sees_id(store, &self.text)? {
            return Ok(Meant::Ticket(self.text.clone()));
        }
        let mut found: BTreeSet<ComplaintKey> =
            store.heads_by_number(&self.of_source)?.values().map(|head| head.id).collect();
        for known in store.with_foreign_numbers(&[&self.text])? {
            found.extend(store.members(known.ticket)?.iter().map(|view| view.id));
        }
        if let Some(hashes) = &self.phone {
            found.extend(store.complaints_of_person(hashes)?);
        }
        let found: Vec<ComplaintKey> = found.into_iter().take(MAX_MEANT).collect();
        let views = store.complaints(&found)?;
        let mut views = self.seen(store, views)?;
        // Whoever may not see a confidential complaint is not told that it has this number, either.
        views.retain(|view| !documents::is_withheld(view, self.contacts));
        Ok(Meant::Complaints(views))
    }

    /// Those of complaints whose tickets the caller may know of.
    fn seen(&self, store: &mut dyn Store, views: Vec<ComplaintView>) -> Result<Vec<ComplaintView>, StoreError> {
        let hidden = self.sight.hidden(store, views.iter().map(|view| view.ticket))?;
        Ok(views.into_iter().filter(|view| !hidden.contains(&view.ticket)).collect())
    }

    /// That nothing was found, and by what it was not looked for.
    pub(super) fn not_found(&self) -> Problem {
        if !self.contacts && Citizen::read(Some(&self.text), None, None).is_ok() {
            let zh = "没有事项以它为受理号、工单号、来源编号或对方编号；按电话查找需要 operator 角色的令牌";
            let en = "no receipt, ticket, source or foreign number is this; a search by telephone needs a token with role operator";
            return Problem::new(RefusalCode::Forbidden, zh, en);
        }
        let zh = "没有事项以它为受理号、工单号、来源编号、对方编号或电话";
        let en = "nothing has this as its receipt, ticket, source, foreign or telephone number";
        Problem::new(RefusalCode::NotFound, zh, en)
    }
}

/// A source's number on each channel of the city pack, also on those that are switched off.
pub(super) fn of_source(site: &Site, number: &str) -> Vec<(String, String)> {
    site.supervisor.pack().channels.keys().map(|channel| (channel.clone(), number.to_owned())).collect()
}
