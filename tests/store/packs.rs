//! City packs that went live.

use huiliu::audit::AuditAction;
use huiliu::store::{AuditFilter, Draft, DraftContent, DraftEdit, LivePack, PackCause, Page, Store};

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
    let said = store.audit(&AuditFilter::default(), Page::first(9)).unwrap().entries;
    let subjects: Vec<&str> = said.iter().filter_map(|view| view.entry.subject.rsplit(' ').next()).collect();
    assert_eq!(subjects, ["pack:1", "pack:1", "pack:2", "pack:3", "pack:4"]);
}

/// What a draft is given.
pub fn drafted(content: &str, actor: &str, second: i64) -> DraftContent {
    DraftContent { base: 1, content: content.as_bytes().to_vec(), at: at(second), actor: actor.to_owned() }
}

pub fn a_draft_changes_only_at_the_revision_that_was_seen(store: &mut dyn Store) {
    let said = |action| entry(action, "ann", 1);
    let new = |store: &mut dyn Store| store.new_draft("routes", &drafted("a", "ann", 1), &said(AuditAction::Draft));
    let first = new(store).unwrap().unwrap();
    let wanted = Draft {
        id: 1,
        revision: 1,
        base: 1,
        label: "routes".into(),
        size_bytes: 1,
        created_at: at(1),
        created_by: "ann".into(),
        changed_at: at(1),
        changed_by: "ann".into(),
    };
    assert_eq!(first, wanted);
    let change = |store: &mut dyn Store, revision, text: &str| {
        store.change_draft((1, revision), &drafted(text, "bob", 2), &said(AuditAction::Draft)).unwrap()
    };
    let second = Draft { revision: 2, size_bytes: 2, changed_at: at(2), changed_by: "bob".into(), ..wanted };
    assert_eq!(change(store, 1, "bb"), DraftEdit::Done(second.clone()));
    assert_eq!(change(store, 1, "lost"), DraftEdit::Stale(second.clone()), "another editor was faster");
    assert_eq!(store.draft(1).unwrap(), Some((second.clone(), b"bb".to_vec())));
    assert_eq!(store.drafts().unwrap(), std::slice::from_ref(&second));
    let remove = |store: &mut dyn Store, id, revision| {
        store.remove_draft((id, revision), &said(AuditAction::RemoveDraft)).unwrap()
    };
    assert_eq!(remove(store, 1, 1), DraftEdit::Stale(second.clone()));
    assert_eq!(remove(store, 1, 2), DraftEdit::Done(second));
    assert_eq!((remove(store, 1, 2), store.draft(1).unwrap()), (DraftEdit::Missing, None));
    assert_eq!(change(store, 2, "x"), DraftEdit::Missing);
    assert_eq!(new(store).unwrap().map(|draft| draft.id), Some(2), "no number is given twice");
    for _ in 2..=50 {
        new(store).unwrap();
    }
    assert_eq!((new(store).unwrap(), store.drafts().unwrap().len()), (None, 50));
    let log = store.audit(&AuditFilter::default(), Page::first(99)).unwrap().entries;
    let last = |subject: &str| subject.rsplit(' ').next().unwrap_or_default().to_owned();
    let named: Vec<_> = log.iter().map(|view| (view.entry.action.name(), last(&view.entry.subject))).collect();
    assert_eq!(named.len(), 53, "what came to nothing is in no log");
    let said = ["pack.draft", "pack.draft", "pack.draft_removed"].map(|action| (action, "draft:1".to_owned()));
    assert_eq!(named[..3], said);
}
