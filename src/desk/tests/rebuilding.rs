//! The index is made again from what is stored.

use super::*;
use crate::key::{ComplaintKey, RawKey};
use crate::merge::Imprint;
use crate::store::{Changes, ComplaintRow, Corpus, CorpusContent, ImprintRow};
use crate::ticket::Ticket;

fn day(number: i64) -> Timestamp {
    Timestamp::from_second(number * 86_400).unwrap()
}

/// Complaint 1 on an open ticket, complaint 2 on one that was finished on day 10.
fn two_complaints() -> Changes {
    let mut changes = Changes::default();
    for (id, text, status) in [(1, "青鱼滩路路灯不亮", Status::Open), (2, "松涛街井盖缺失", Status::Resolved)]
    {
        let number = id.to_string();
        let complaint = Complaint { channel: "c".into(), number, text: text.into(), ..Complaint::default() };
        changes.complaints.push(Arc::new(ComplaintRow {
            id: ComplaintKey(id),
            receipt: format!("R{id}"),
            raw_id: RawKey(id),
            ticket: TicketKey(id),
            district: None,
            category: "other".into(),
            received_at: day(1),
            phone_hash: None,
            id_hash: None,
            account_hash: None,
            complaint,
        }));
        let finished_at = status.is_final().then(|| day(10));
        changes.tickets.push((
            TicketKey(id),
            Ticket { id: format!("T{id}"), version: 1, status, finished_at, ..Ticket::default() },
        ));
    }
    changes
}

/// By complaints: whether it has an imprint of this reading that can be read, and whether it is listed.
fn imprints(store: &mut dyn Store, rules: &Rules) -> Vec<Option<bool>> {
    let mut imprints = Vec::new();
    let listed = |row: Corpus| match row.content {
        CorpusContent::Imprint(body) => Imprint::read(row.id, row.ticket, &body).map(|imprint| imprint.is_listed()),
        CorpusContent::Whole { .. } => None,
    };
    store.corpus(ComplaintKey(0), 10, Some(rules.merging.reading()), &mut |row| imprints.push(listed(row))).unwrap();
    imprints
}

#[test]
fn what_was_not_read_before_is_read_once() {
    let (rules, vault) = (rules(), Vault::new(&KeyRing::generate().unwrap()).unwrap());
    let mut store = open(&Database::SqliteInMemory, vault.clone()).unwrap().writer;
    store.commit(two_complaints()).unwrap();
    assert_eq!(imprints(&mut *store, &rules), [None, None]);
    let listed =
        |store: &mut dyn Store, now| DeskState::rebuild(store, vault.clone(), &rules, now).unwrap().open_complaints();
    assert_eq!(listed(&mut *store, day(1_000)), 1);
    assert_eq!(imprints(&mut *store, &rules), [Some(true), Some(false)]);
    assert_eq!(listed(&mut *store, day(1_000)), 1, "from the imprints");
    assert_eq!(listed(&mut *store, day(11)), 2, "the one that counts again is read whole");
    assert_eq!(imprints(&mut *store, &rules), [Some(true), Some(true)]);
    let damaged = ImprintRow { complaint: ComplaintKey(1), reading: rules.merging.reading(), body: vec![0xFF; 64] };
    let other = ImprintRow { complaint: ComplaintKey(2), reading: rules.merging.reading() ^ 1, body: Vec::new() };
    store.commit(Changes { imprints: vec![damaged, other], ..Changes::default() }).unwrap();
    assert_eq!(imprints(&mut *store, &rules), [None, None]);
    assert_eq!(listed(&mut *store, day(11)), 2);
    assert_eq!(imprints(&mut *store, &rules), [Some(true), Some(true)]);
}
