//! Decisions on invented complaints as they were when these numbers were written: a release or a machine that decides otherwise
//! is noticed.

use std::fmt::Write as _;

use huiliu::merge::MergeIndex;
use huiliu_city::World;
use ring::digest::{SHA256, digest};

use super::{decide, profile};

/// All that was decided of a seed's complaints, as text. Weights are sums of those of the levels, which have one decimal: what
/// lies behind it is where machines may differ.
fn decisions(seed: u64) -> String {
    let mut index = MergeIndex::new();
    let mut said = String::new();
    for one in World::new(seed).labelled(150).complaints {
        let (decision, ticket) = decide(&mut index, one.id, &profile(one.id, &one.title, &one.text));
        write!(said, "{} {:?} {ticket}", one.id, decision.zone).unwrap();
        if let Some(evidence) = decision.evidence {
            write!(said, " {} {:.1} {:?}", evidence.matched_complaint, evidence.weight, evidence.guard()).unwrap();
            evidence
                .contributions
                .iter()
                .for_each(|found| write!(said, " {}={}", found.comparison, found.level).unwrap());
        }
        said.push('\n');
    }
    said
}

#[test]
fn decisions_are_those_of_earlier_versions() {
    let digests = [7, 21, 42].map(|seed| {
        let digest = digest(&SHA256, decisions(seed).as_bytes());
        digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    assert_eq!(digests, ["09a0b1b14cc2bfc0", "9d5ff52652592ed8", "e3f7822a3f51c7bc"]);
}
