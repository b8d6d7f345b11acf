//! City packs that went live.

use huiliu::audit::AuditAction;
use huiliu::store::{AuditFilter, LivePack, PackCause, Page, Store};

use crate::audit::entry;
use crate::rows::at;

/// A pack with some content that goes live.
pub fn live(content: &str, cause: PackCause, second: i64) -> LivePack {
    LivePack {
        version: format!("v-{content}"),
        city: "荣城".into(),
        digest: [content.len().try_into().unwrap_or(0); 32],
        content: content.as_bytes().to_vec(),
        at: at(second),
        actor: "ann".into(),
        cause,
        reason: format!("because of {content}"),
    }
}

fn note(store: &mut dyn Store, content: &str, cause: PackCause, second: i64) -> i64 {
    store.note_live_pack(&live(content, cause, second), &entry(AuditAction::Reload, "ann", second)).unwrap()
}

pub fn packs_that_went_live_are_kept_whole_and_once(store: &mut dyn Store) {
    assert_eq!(note(store, "a", PackCause::Start, 1), 1);
    assert_eq!(note(store, "a", PackCause::Reload, 2), 1, "the same is no new version");
    assert_eq!(note(store, "bb", PackCause::Reload, 3), 2);
    assert_eq!(note(store, "a", PackCause::Rollback, 4), 3);
    assert_eq!(note(store, "a", PackCause::Rollback, 5), 4, "going back is always a version");
    let page = |after, limit| Page { after, limit };
    let numbers =
        |found: Vec<huiliu::store::PackVersion>| found.into_iter().map(|view| view.number).collect::<Vec<_>>();
    assert_eq!(numbers(store.pack_versions(page(None, 3)).unwrap()), [4, 3, 2]);
    assert_eq!(numbers(store.pack_versions(page(Some(2), 3)).unwrap()), [1]);
    let second = store.pack_version(2).unwrap().unwrap();
    assert_eq!((second.version.as_str(), second.cause, second.at), ("v-bb", PackCause::Reload, at(3)));
    assert_eq!((second.actor.as_str(), second.reason.as_str(), second.size_bytes), ("ann", "because of bb", 2));
    assert_eq!(store.pack_named("v-a").unwrap().map(|view| view.number), Some(4), "the newest");
    assert_eq!(store.pack_content(1).unwrap().as_deref(), Some(b"a".as_slice()));
    assert_eq!(store.pack_content(2).unwrap().as_deref(), Some(b"bb".as_slice()));
    assert_eq!((store.pack_version(9).unwrap(), store.pack_content(9).unwrap()), (None, None));
    assert_eq!(store.pack_named("v-c").unwrap(), None);
    let said = store.audit(AuditFilter::default(), Page::first(9)).unwrap();
    let subjects: Vec<&str> = said.iter().filter_map(|view| view.entry.subject.rsplit(' ').next()).collect();
    assert_eq!(subjects, ["pack:1", "pack:1", "pack:2", "pack:3", "pack:4"]);
}
