//! What bulletins show, gathered from the tickets and believed for a minute: any number of boards may ask at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::Site;
use super::matters::{self, person, satisfaction};
use crate::bulletin::{Bulletin, Kept, Matter, Notice};
use crate::complaint::Complaint;
use crate::pack::Rules;
use crate::store::{Store, StoreError, TicketDetail, TicketFilter};

/// How long a bulletin is believed, in seconds.
const BELIEVED_S: i64 = 60;
/// Most notices of a bulletin.
const MAX_NOTICES: usize = 2_000;

/// What a bulletin showed last, by its name.
#[derive(Debug, Default)]
pub struct BulletinMemory(Mutex<HashMap<String, Arc<Gathered>>>);

/// What a bulletin shows.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Version of the city pack.
    version: String,
    /// When it was gathered.
    pub at: Timestamp,
    /// The notices, the newest first.
    pub notices: Vec<Notice>,
    /// How many are not shown, by the reason.
    pub kept: BTreeMap<Kept, usize>,
    /// Whether there was more.
    pub is_cut: bool,
}

impl BulletinMemory {
    /// What a bulletin shows by now.
    pub(super) async fn gathered(
        &self,
        site: &Site,
        rules: &Arc<Rules>,
        name: &str,
    ) -> Result<Arc<Gathered>, StoreError> {
        let now = site.clock.now();
        let mut known = self.0.lock().await;
        let is_new = |gathered: &&Arc<Gathered>| {
            let age = now.duration_since(gathered.at);
            gathered.version == rules.version
                && age >= SignedDuration::ZERO
                && age < SignedDuration::from_secs(BELIEVED_S)
        };
        if let Some(gathered) = known.get(name).filter(is_new) {
            return Ok(Arc::clone(gathered));
        }
        let (rules, wanted) = (Arc::clone(rules), name.to_owned());
        let gathered = site.searcher.ask(move |store| gather(store, &rules, &wanted, now)).await?;
        // What earlier packs called so is gone with them.
        known.retain(|_, gathered| gathered.at >= now - SignedDuration::from_secs(BELIEVED_S));
        let gathered = Arc::new(gathered);
        known.insert(name.to_owned(), Arc::clone(&gathered));
        Ok(gathered)
    }
}

fn gather(store: &mut dyn Store, rules: &Rules, name: &str, now: Timestamp) -> Result<Gathered, StoreError> {
    let mut gathered =
        Gathered { version: rules.version.clone(), at: now, notices: Vec::new(), kept: BTreeMap::new(), is_cut: false };
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
