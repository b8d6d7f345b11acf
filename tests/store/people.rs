//! Who may sign in, and who has signed in.

use huiliu::audit::{AuditAction, AuditEntry};
use huiliu::people::{Attempts, Person, Scope};
use huiliu::store::{AuditFilter, MAX_SESSIONS, Page, PersonRow, SessionRow, Store};

use crate::audit::entry;
use crate::rows::at;

fn someone(name: &str) -> PersonRow {
    let scope = Scope { departments: vec!["street".to_owned()], ..Scope::default() };
    let person = Person {
        title: format!("{name}，七里街道"),
        role: "operator".to_owned(),
        scope,
        password: Some("$argon2id$v=19$".to_owned()),
        password_at: Some(at(5)),
        second: Some(vec![1, 2, 3]),
        ..Person::default()
    };
    PersonRow { name: name.to_owned(), person, attempts: Attempts::default(), created_at: at(1) }
}

fn add(store: &mut dyn Store, name: &str) {
    assert!(store.put_person(&someone(name), None, &entry(AuditAction::NewPerson, "root", 1)).unwrap());
}

fn began(person: &str, number: u8, second: i64) -> SessionRow {
    SessionRow { hash: vec![number; 32], person: person.to_owned(), began_at: at(second), seen_at: at(second) }
}

fn login() -> AuditEntry {
    entry(AuditAction::Login, "li", 2)
}

fn begin(store: &mut dyn Store, session: &SessionRow) -> bool {
    store.begin_session(session, Attempts::default(), &login()).unwrap()
}

pub fn people_are_changed_and_removed_by_name(store: &mut dyn Store) {
    add(store, "wang");
    add(store, "li");
    assert_eq!(store.people().unwrap(), [someone("li"), someone("wang")]);
    let attempts = Attempts { failures: 3, failed_at: Some(at(9)), used_step: Some(77) };
    store.note_attempts("li", attempts).unwrap();
    let mut changed = PersonRow { created_at: at(50), ..someone("li") };
    changed.person.is_barred = true;
    let (known, entry_of) = (someone("li").person, entry(AuditAction::ChangePerson, "root", 3));
    assert!(store.put_person(&changed, Some(&known), &entry_of).unwrap());
    assert!(!store.put_person(&changed, Some(&known), &entry_of).unwrap(), "something else is known by now");
    assert!(!store.put_person(&changed, None, &entry_of).unwrap(), "there is somebody");
    let expected = PersonRow { attempts, created_at: at(1), ..changed };
    assert_eq!(store.person("li").unwrap(), Some(expected), "when it was added, and how signing in went, stay");
    assert!(begin(store, &began("li", 1, 10)));
    let gone = entry(AuditAction::RemovePerson, "root", 4);
    assert!(store.remove_person("li", &gone).unwrap() && !store.remove_person("li", &gone).unwrap());
    assert_eq!((store.person("li").unwrap(), store.session(&[1; 32]).unwrap()), (None, None));
    assert!(!store.put_person(&someone("li"), Some(&someone("li").person), &gone).unwrap(), "who is gone stays gone");
    let found = store.audit(&AuditFilter::default(), Page::first(20)).unwrap();
    let actions: Vec<AuditAction> = found.entries.iter().map(|view| view.entry.action).collect();
    let (new, login) = (AuditAction::NewPerson, AuditAction::Login);
    assert_eq!(actions, [new, new, AuditAction::ChangePerson, login, AuditAction::RemovePerson]);
}

pub fn a_session_is_found_by_its_hash_and_ends(store: &mut dyn Store) {
    add(store, "li");
    assert!(!begin(store, &began("wang", 9, 10)), "nobody has the name");
    let session = began("li", 1, 10);
    let attempts = Attempts { used_step: Some(5), ..Attempts::default() };
    assert!(store.begin_session(&session, attempts, &login()).unwrap());
    let whose = PersonRow { attempts, ..someone("li") };
    assert_eq!(store.session(&[1; 32]).unwrap(), Some((session.clone(), whose)));
    assert_eq!(store.session(&[2; 32]).unwrap(), None);
    store.see_session(&[1; 32], at(20)).unwrap();
    assert_eq!(store.sessions_of("li").unwrap(), [SessionRow { seen_at: at(20), ..session }]);
    let leaves = entry(AuditAction::Logout, "li", 30);
    assert!(store.end_session(&[1; 32], &leaves).unwrap() && !store.end_session(&[1; 32], &leaves).unwrap());
    assert_eq!(store.sessions_of("li").unwrap(), []);
}

pub fn sessions_are_bounded_and_forgotten_in_time(store: &mut dyn Store) {
    add(store, "li");
    add(store, "wang");
    begin(store, &began("wang", 100, 1));
    for number in 0..u8::try_from(MAX_SESSIONS).unwrap() {
        assert!(begin(store, &began("li", number, 10 + i64::from(number))));
    }
    store.see_session(&[0; 32], at(90)).unwrap();
    assert!(begin(store, &began("li", 200, 80)));
    let numbers = |store: &mut dyn Store, name: &str| {
        store.sessions_of(name).unwrap().iter().map(|session| session.hash[0]).collect::<Vec<_>>()
    };
    assert_eq!(numbers(store, "li"), [0, 200, 9, 8, 7, 6, 5, 4, 3, 2], "what was used longest ago ends");
    assert_eq!(store.forget_sessions((at(15), at(0))).unwrap(), 4, "used before");
    assert_eq!(numbers(store, "li"), [0, 200, 9, 8, 7, 6, 5]);
    assert_eq!(store.forget_sessions((at(0), at(16))).unwrap(), 2, "begun before");
    assert_eq!(store.end_others("li", &[200; 32]).unwrap(), 4);
    assert_eq!((numbers(store, "li"), numbers(store, "wang")), (vec![200], vec![]));
}
