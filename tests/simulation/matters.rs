//! What there is to complain of.

use huiliu_city::World as City;
use serde_json::json;

use crate::dice::Dice;
use crate::sources::{CHANNELS, Entry};
use crate::world::Shared;

/// Complaints of a few matters, told by several people over the three channels; some amended, some of no use.
pub fn fill_sources(world: &Shared, seed: u64) {
    let mut dice = Dice::new(seed ^ 0x5EED);
    let reports = City::new(seed).reports(4 + dice.below(4));
    let mut world = world.lock();
    // After an outage everything is there at once.
    let spread_ms = if dice.chance(300) { 1 } else { 40_000 };
    // What several amendments speak of at one time, as when a matter becomes known.
    let (known, known_ms) = (dice.below(reports.len()), 15_000 + i64::try_from(dice.below(20_000)).unwrap_or(0));
    for (index, report) in reports.iter().enumerate() {
        let channel = CHANNELS[dice.below(CHANNELS.len())];
        let number = format!("N{index}");
        let at_ms = i64::try_from(dice.below(spread_ms)).unwrap_or(0);
        let title = if dice.chance(40) { "测试" } else { report.title.as_str() };
        let text = if dice.chance(40) { "" } else { report.text.as_str() };
        let mut body = json!({
            "number": number, "title": title, "text": text, "name": report.name, "phone": report.phone,
            "address": report.address,
        });
        // Without a text and a title it is quarantined.
        if text.is_empty() {
            body["title"] = json!("");
        }
        let mut versions = vec![(at_ms, body.clone())];
        if world.fault("source: record is amended", 150) {
            let (mut told, mut later_ms) = (report, at_ms + 5_000 + i64::try_from(dice.below(20_000)).unwrap_or(0));
            if dice.chance(600) {
                world.seen("amendment: speaks of another matter");
                let together = dice.chance(600);
                let other = if together { known } else { dice.below(reports.len()) };
                told = reports.get(other).unwrap_or(report);
                if together {
                    later_ms = known_ms.max(at_ms + 1);
                }
            }
            body["text"] = json!(format!("{}补充：请尽快处理。", told.text));
            (body["title"], body["address"]) = (json!(told.title), json!(told.address));
            versions.push((later_ms, body));
        }
        for (at_ms, body) in versions {
            world.sources.of(channel).push(Entry { seq: 0, number: number.clone(), body, at_ms, done: false });
        }
    }
    for channel in CHANNELS {
        let entries = world.sources.of(channel);
        entries.sort_by_key(|entry| entry.at_ms);
        for (index, entry) in entries.iter_mut().enumerate() {
            entry.seq = u64::try_from(index).unwrap_or(0) + 1;
        }
    }
}
