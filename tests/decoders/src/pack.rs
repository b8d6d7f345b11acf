//! Mapping files over payloads, and settings themselves.

use std::path::Path;
use std::sync::LazyLock;

use huiliu::city::PackFiles;
use huiliu::mapping::normalize;
use huiliu::mapping::{Loading, Mapped};
use huiliu::pack::Pack;
use huiliu::registry::factories;
use huiliu_adapter_api::{ManualClock, RawRecord};
use huiliu_payload::{Format, FormatKind};
use jiff::Timestamp;

/// The project's own pack.
pub(crate) static PACK: LazyLock<Result<Pack, Vec<huiliu::city::Problem>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/rongcheng");
    with_loading(|loading| Pack::read(&folder, loading))
});

fn with_loading<T>(work: impl FnOnce(&Loading<'_>) -> T) -> T {
    let factories = factories();
    let clock = std::sync::Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    work(&Loading::away(&factories, clock))
}

/// The first byte chooses a channel of the project's pack, the rest is a payload for its mapping.
///
/// # Panics
/// The project's pack has problems, or a complaint is larger than its limits.
pub fn mapping(bytes: &[u8]) {
    let Some((chosen, payload)) = bytes.split_first() else { return };
    #[expect(clippy::expect_used, reason = "without the pack there is nothing to try")]
    let pack = PACK.as_ref().expect("the project's pack is good");
    let Some(channel) = pack.channels.values().nth(usize::from(*chosen) % pack.channels.len()) else { return };
    let records: Vec<RawRecord> = [FormatKind::Json, FormatKind::Xml, FormatKind::Form]
        .into_iter()
        .filter_map(|kind| Format::new(kind).parse(payload).ok())
        .map(|parsed| RawRecord::new("1".to_owned(), parsed.tree))
        .collect();
    for record in records {
        let normalized = normalize(channel, &record, Timestamp::MAX);
        assert_eq!(normalized.applied, channel.apply(&record, Timestamp::MAX), "the same record, the same complaint");
        match &normalized.applied.mapped {
            Mapped::Complaint(complaint) => {
                assert!(!complaint.number.is_empty() && !complaint.text.is_empty());
                assert!(complaint.text.chars().count() <= 20_001 && complaint.title.chars().count() <= 201);
                let route = pack.rules.routing.route(complaint, Timestamp::UNIX_EPOCH);
                assert!(!route.department.is_empty() && !route.reasons.is_empty());
            }
            Mapped::Quarantined => assert!(!normalized.applied.warnings.is_empty(), "quarantined without a reason"),
            Mapped::Stated => assert!(!normalized.applied.statements.is_empty(), "it states nothing"),
            Mapped::FollowUp(_) | Mapped::Discarded(_) => {}
        }
    }
}

/// The bytes stand for a file of a pack: `city.toml`, a channel file and a table at once. Problems are told, with a place.
pub fn settings(bytes: &[u8]) {
    let files = |changed: &str| -> PackFiles {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/benchmark");
        PackFiles::read(&folder).unwrap_or_default().with(changed, bytes.to_vec())
    };
    for changed in ["city.toml", "channels/messages.toml", "tables/districts.csv"] {
        if let Err(problems) = with_loading(|loading| Pack::load(files(changed), loading)) {
            assert!(!problems.is_empty(), "refused without a problem");
            assert!(problems.iter().all(|problem| !problem.both().is_empty()));
        }
    }
}
