//! Alerts and topics of the packs: their cases pass, and fail where a rule is taken away.

use super::*;
use crate::watch::Watch;

fn pack(city: &str, rules: &str) -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings").join(city);
    let factories = crate::registry::factories();
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let files = PackFiles::read(&folder).unwrap().with(WATCH_FILE, rules.as_bytes().to_vec());
    Pack::load(files, &Loading::away(&factories, clock)).unwrap()
}

/// Names of the cases that fail.
fn failing(city: &str, rules: &str) -> Vec<String> {
    let pack = pack(city, rules);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings").join(city);
    let route = |complaint: &Complaint| pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
    let results = run_watch_cases(&pack.rules.watch, &route, &folder);
    results.into_iter().filter(|case| case.failure.is_some()).map(|case| case.name).collect()
}

/// The file without one of its surges or warnings.
fn without(rules: &str, kind: &str, code: &str) -> String {
    let begin = format!("[[{kind}]]\ncode = \"{code}\"");
    let (before, rest) = rules.split_once(&begin).unwrap();
    let rest = rest.split_once("\n[[").map_or(String::new(), |(_, rest)| format!("[[{rest}"));
    format!("{before}{rest}")
}

#[test]
fn every_alert_and_topic_of_the_packs_has_a_case_that_fails_without_it() {
    for (city, least) in [("yantian", 5), ("baoshan", 6)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings").join(city).join(WATCH_FILE);
        let rules = std::fs::read_to_string(path).unwrap();
        assert_eq!(failing(city, &rules), Vec::<String>::new(), "{city}");
        let watch: &Watch = &pack(city, &rules).rules.watch;
        assert!(watch.alerts().len() >= least, "{city}");
        for rule in watch.alerts() {
            let failing = failing(city, &without(&rules, rule.kind.name(), &rule.code));
            assert!(!failing.is_empty(), "no case of {city} misses {} {}", rule.kind.name(), rule.code);
        }
        assert!(!watch.topics().is_empty(), "{city}");
        for rule in watch.topics() {
            let failing = failing(city, &without(&rules, "topic", &rule.code));
            assert!(!failing.is_empty(), "no case of {city} misses topic {}", rule.code);
        }
    }
}
