//! Who may decide is known to the database alone: one node at a time, and no other can write.

use huiliu::store::{Epoch, Leases, NodeAddress, StoreError, open, open_as};

use crate::engine::vault;
use crate::rows::{at, lone};
use crate::server::Schema;

fn node(name: &str) -> NodeAddress {
    NodeAddress { name: name.into(), url: format!("http://{name}"), ..NodeAddress::default() }
}

/// Makes the lease run out as if its time had passed.
const RUN_OUT: &str = "UPDATE huiliu_lease SET until = clock_timestamp()";

#[test]
fn a_lease_is_one_nodes_until_it_is_given_back_or_runs_out() {
    let Some(schema) = Schema::new() else { return };
    let [mut a, mut b] = [(); 2].map(|()| Leases::open(&schema.database(), vault()).unwrap().unwrap());
    assert_eq!(a.holder().unwrap(), None);
    let first = a.take(&node("a")).unwrap().unwrap();
    assert_eq!((b.take(&node("b")).unwrap(), a.take(&node("a")).unwrap()), (None, None));
    let holder = b.holder().unwrap().unwrap();
    assert_eq!((holder.address, holder.epoch), (node("a"), first));
    assert!(a.renew(first).unwrap());
    a.give_back(first).unwrap();
    assert!(!a.renew(first).unwrap(), "what was given back is not renewed");
    let second = b.take(&node("b")).unwrap().unwrap();
    assert_eq!(second, Epoch(first.0 + 1));
    a.give_back(first).unwrap();
    assert_eq!(b.holder().unwrap().unwrap().epoch, second, "nobody gives back what is another's");
    schema.run(RUN_OUT);
    assert!(!b.renew(second).unwrap(), "what has run out is not renewed");
    assert_eq!(a.holder().unwrap(), None);
    assert_eq!(a.take(&node("a")).unwrap(), Some(Epoch(second.0 + 1)));
}

#[test]
fn whoever_has_lost_the_lease_can_write_nothing_by_old_connections_nor_by_new_ones() {
    let Some(schema) = Schema::new() else { return };
    let (database, vault) = (schema.database(), vault());
    let mut leases = Leases::open(&database, vault.clone()).unwrap().unwrap();
    let first = leases.take(&node("a")).unwrap();
    let mut old = open_as(&database, vault.clone(), first).unwrap();
    let mut old_beside = old.reader().unwrap();
    old.writer.commit(lone(1)).unwrap();
    // A step is under way when the lease runs out and another node takes it.
    old.writer.write_ahead(lone(2)).unwrap();
    old_beside.ledger().unwrap();
    schema.run(RUN_OUT);
    let second = leases.take(&node("b")).unwrap();
    assert_eq!(second, first.map(|Epoch(epoch)| Epoch(epoch + 1)));
    let mut new = open_as(&database, vault.clone(), second).unwrap();
    for refused in
        [old.writer.commit(lone(3)), old.writer.commit(lone(4)), old_beside.forget_published(at(1)).map(drop)]
    {
        assert!(matches!(refused, Err(StoreError::Deposed | StoreError::Unavailable { .. })), "{refused:?}");
    }
    let refused = open_as(&database, vault, first).map(|_opened| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Deposed), "{refused}");
    new.writer.commit(lone(5)).unwrap();
    assert_eq!(new.writer.ledger().unwrap().received, 2);
}

#[test]
fn a_step_proves_its_lease_also_where_nobody_else_has_taken_it() {
    let Some(schema) = Schema::new() else { return };
    let (database, vault) = (schema.database(), vault());
    let mut leases = Leases::open(&database, vault.clone()).unwrap().unwrap();
    let epoch = leases.take(&node("a")).unwrap();
    let mut store = open_as(&database, vault.clone(), epoch).unwrap();
    schema.run(RUN_OUT);
    let refused = store.writer.commit(lone(1)).unwrap_err();
    assert!(matches!(refused, StoreError::Deposed), "{refused}");
    assert_eq!(store.writer.ledger().unwrap().received, 0);
    drop(store);
    // Whoever speaks for no node needs none: commands at the machine, while no gateway runs.
    open(&database, vault).unwrap().writer.commit(lone(2)).unwrap();
}

#[test]
fn nodes_are_known_by_name() {
    let Some(schema) = Schema::new() else { return };
    let mut leases = Leases::open(&schema.database(), vault()).unwrap().unwrap();
    for name in ["b", "a", "b"] {
        leases.is_there(&node(name)).unwrap();
    }
    leases.take(&node("b")).unwrap();
    let known: Vec<_> = leases.nodes().unwrap().into_iter().map(|view| (view.address.name, view.decides)).collect();
    assert_eq!(known, [("a".to_owned(), false), ("b".to_owned(), true)]);
    schema.run("UPDATE huiliu_node SET seen_at = clock_timestamp() - interval '2 days' WHERE name = 'a'");
    assert_eq!(leases.nodes().unwrap().len(), 1);
}
