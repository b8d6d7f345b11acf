//! What tests of carriers share.

use std::sync::Arc;

use huiliu_adapter_api::{FormRating, ManualClock, NoReceipts, Opening, Secrets, Settings, SystemNonces};
use huiliu_expression::Language;
use jiff::Timestamp;

/// The settings of a destination called `bureau`, without secrets, as a carrier opens them.
pub(super) fn opening<T>(settings: Settings<'_>, language: &Language, compile: impl FnOnce(&Opening<'_>) -> T) -> T {
    let opening = Opening {
        channel: "bureau",
        settings,
        format: super::file::no_format(language).unwrap(),
        language,
        secrets: Secrets::default(),
        clock: Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)),
        nonces: Arc::new(SystemNonces),
        receipts: Arc::new(NoReceipts),
        ratings: FormRating::common(),
    };
    compile(&opening)
}
