//! Opening an adapter from the text of a channel file.

use std::collections::BTreeMap;
use std::sync::Arc;

use huiliu_adapter_api::{
    Adapter, Clock, CountedNonces, Factory, FormRating, NoReceipts, Opening, Problems, RecordFormat, Secrets, Settings,
    SettingsProblem, SystemClock,
};
use huiliu_expression::Language;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Opens an adapter with the `[format]` and `[settings]` of a channel file.
///
/// # Errors
/// All problems of the two tables.
pub fn open(factory: &dyn Factory, file: &str, secrets: &[(&str, String)]) -> Result<Arc<dyn Adapter>, Problems> {
    open_at(factory, file, secrets, Arc::new(SystemClock))
}

/// Like [`open`], with a clock, and with nonces that count from 1.
///
/// # Errors
/// As [`open`].
pub fn open_at(
    factory: &dyn Factory,
    file: &str,
    secrets: &[(&str, String)],
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Adapter>, Problems> {
    let table = DeTable::parse(file).map_err(|error| vec![SettingsProblem::new(0..0, "", error.to_string())])?;
    let part = |name: &str| {
        let value = table.get_ref().get(name).cloned();
        Settings::new(file, value.unwrap_or_else(|| Spanned::new(0..0, DeValue::Table(DeTable::new()))))
    };
    let language = Language::new(jiff::tz::TimeZone::UTC, Arc::default());
    let format = RecordFormat::compile(&part("format"), &language)?;
    let secrets: BTreeMap<String, String> =
        secrets.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    factory.open(Opening {
        channel: "conformance",
        settings: part("settings"),
        format,
        language: &language,
        secrets: Secrets::new(secrets),
        clock,
        nonces: Arc::new(CountedNonces::default()),
        receipts: Arc::new(NoReceipts),
        ratings: FormRating::common(),
    })
}
