//! What bulletins show, gathered from the tickets and believed for a minute: any number of boards may ask at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Site;
use super::believed::Believed;
use super::matters::{self, person, satisfaction};
use crate::bulletin::{Bulletin, Kept, Matter, Notice};
use crate::complaint::Complaint;
use crate::pack::Rules;
use crate::store::{Store, StoreError, TicketDetail, TicketFilter};

/// Most notices of a bulletin.
const MAX_NOTICES: usize = 2_000;

/// What bulletins show, by version of the city pack and name.
pub(super) type BulletinMemory = Believed<(String, String), Gathered>;

/// What a bulletin shows.
#[derive(Debug)]
pub(super) struct Gathered {
    /// When it was gathered.
    pub(super) at: Timestamp,
    /// The notices, the newest first.
    pub(super) notices: Vec<Notice>,
    /// How many are not shown, by the reason.
    pub(super) kept: BTreeMap<Kept, usize>,
    /// Whether there was more.
    pub(super) is_cut: bool,
}

/// What a bulletin shows by now.
pub(super) async fn gathered(site: &Site, rules: &Arc<Rules>, name: &str) -> Result<Arc<Gathered>, StoreError> {
    let (now, looked_by, wanted) = (site.clock.now(), Arc::clone(rules), name.to_owned());
    let gathering = site.searcher.ask(move |store| gather(store, &looked_by, &wanted, now));
    site.believed.bulletins.of((rules.version.clone(), name.to_owned()), now, gathering).await
}

fn gather(store: &mut dyn Store, rules: &Rules, name: &str, now: Timestamp) -> Result<Gathered, StoreError> {
    let mut gathered = Gathered { at: now, notices: Vec::new(), kept: BTreeMap::new(), is_cut: false };
    let Some(bulletin) = rules.reports.bulletin(name) else { return Ok(gathered) };
    gathered.is_cut = matters::newest(store, &TicketFilter::default(), &mut |store, detail| {
        gathered.add(store, rules, bulletin, detail)?;
        Ok(gathered.notices.len() <= MAX_NOTICES)
    })?;
    let newest = |notice: &Notice| notice.finished_at.unwrap_or(notice.created_at);
    gathered.notices.sort_by_key(|notice| std::cmp::Reverse(newest(notice)));
    gathered.is_cut |= gathered.notices.len() > MAX_NOTICES;
    gathered.notices.truncate(MAX_NOTICES);
    Ok(gathered)
}

impl Gathered {
    fn add(
        &mut self,
        store: &mut dyn Store,
        rules: &Rules,
        bulletin: &Bulletin,
        detail: &TicketDetail,
    ) -> Result<(), StoreError> {
        let (zone, ticket) = (&rules.numbering.zone, &detail.ticket);
        if !bulletin.may_show(ticket, self.at, zone) {
            return Ok(());
        }
        let members = store.members(detail.key)?;
        let complaints: Vec<&Complaint> = members.iter().map(|view| &view.complaint).collect();
        let said = store.last_said(detail.key)?;
        let person = person(store, detail, said.as_ref())?;
        let matter = Matter {
            ticket,
            complaints: &complaints,
            is_confidential: rules.feeds.confidential.covers(&ticket.route.category),
            domain: rules.routing.domain(&ticket.route.category),
            level: rules.handling.units().get(&ticket.route.department).and_then(|unit| unit.level.as_deref()),
            result: said.as_ref().and_then(|said| said.result.as_deref()),
            person: person.as_ref(),
            satisfaction: satisfaction(store, detail, &members.iter().map(|view| view.id).collect::<Vec<_>>())?,
        };
        match bulletin.notice(&matter, (self.at, zone), &rules.names) {
            Ok(notice) => self.notices.push(notice),
            Err(reason) => *self.kept.entry(reason).or_default() += 1,
        }
        Ok(())
    }
}
