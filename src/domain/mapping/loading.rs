//! What loading a pack needs besides its files: adapters, secrets, time.

use std::collections::BTreeMap;
use std::sync::Arc;

use huiliu_adapter_api::{
    Clock, Factory, FormRating, NoReceipts, Nonces, Opening, Problems, Receipts, RecordFormat, Secrets, Settings,
    SettingsProblem, SystemNonces,
};
use huiliu_expression::Language;
use serde::Deserialize;

use toml::Spanned;

use crate::city::Problem;

/// Where channels' secrets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretSource<'a> {
    /// Environment and files; a missing one is a problem. For running.
    Required,
    /// As above, but a missing one is only noted. For checking a pack away from its secrets.
    Optional,
    /// These; a secret that is not among them is `secret-NAME`. For cases, which are the same everywhere and know no real secret.
    Given(&'a BTreeMap<String, String>),
}

/// What loading a pack needs besides its files.
#[derive(Clone)]
pub struct Loading<'a> {
    /// The adapters there are.
    pub factories: &'a [Box<dyn Factory>],
    /// How secrets are read.
    pub secrets: SecretSource<'a>,
    /// For adapters' time.
    pub clock: Arc<dyn Clock>,
    /// For values that requests use once.
    pub nonces: Arc<dyn Nonces>,
    /// For adapters that are asked what became of a complaint.
    pub receipts: Arc<dyn Receipts>,
    /// What citizens can say of a result: the scale of the pack that is loaded, once that is known.
    pub ratings: Vec<FormRating>,
}

impl<'a> Loading<'a> {
    /// For running: a missing secret is a problem.
    #[must_use]
    pub fn running(factories: &'a [Box<dyn Factory>], clock: Arc<dyn Clock>, receipts: Arc<dyn Receipts>) -> Self {
        let nonces = Arc::new(SystemNonces);
        let ratings = FormRating::common();
        Self { factories, secrets: SecretSource::Required, clock, nonces, receipts, ratings }
    }

    /// For checking and trying a pack away from a gateway: secrets may be missing, and no complaint is known.
    #[must_use]
    pub fn away(factories: &'a [Box<dyn Factory>], clock: Arc<dyn Clock>) -> Self {
        Self {
            factories,
            secrets: SecretSource::Optional,
            clock,
            nonces: Arc::new(SystemNonces),
            receipts: Arc::new(NoReceipts),
            ratings: FormRating::common(),
        }
    }

    /// What an adapter or a carrier is opened with.
    pub(crate) fn opening<'o>(
        &self,
        name: &'o str,
        settings: Settings<'o>,
        (format, language): (RecordFormat, &'o Language),
        secrets: BTreeMap<String, String>,
    ) -> Opening<'o> {
        let (clock, nonces) = (Arc::clone(&self.clock), Arc::clone(&self.nonces));
        let (secrets, receipts) = (Secrets::new(secrets), Arc::clone(&self.receipts));
        let ratings = self.ratings.clone();
        Opening { channel: name, settings, format, language, secrets, clock, nonces, receipts, ratings }
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum SecretReference {
    /// Name of an environment variable.
    Env(String),
    /// Path of a file; white space at its end is removed.
    File(String),
}

impl SecretSource<'_> {
    /// Reads secrets; one that is missing is a problem, or a note.
    pub(crate) fn read(
        self,
        (file, source): (&str, &str),
        references: &BTreeMap<Spanned<String>, SecretReference>,
        notes: &mut Vec<Problem>,
        problems: &mut Problems,
    ) -> BTreeMap<String, String> {
        if let Self::Given(given) = self {
            let of = |name: &String| given.get(name).cloned().unwrap_or_else(|| format!("secret-{name}"));
            return references.keys().map(|key| (key.get_ref().clone(), of(key.get_ref()))).collect();
        }
        let mut secrets = BTreeMap::new();
        for (key, reference) in references {
            let name = key.get_ref();
            let (place, value) = match reference {
                SecretReference::Env(variable) => (
                    (format!("环境变量 {variable}"), format!("environment variable {variable}")),
                    std::env::var(variable).ok(),
                ),
                SecretReference::File(path) => {
                    ((format!("文件 {path}"), format!("file {path}")), std::fs::read_to_string(path).ok())
                }
            };
            let value = value.map(|value| value.trim_end().to_owned()).filter(|value| !value.is_empty());
            if value.is_none() {
                let zh = format!("密钥 {name} 未设置（{}）", place.0);
                let en = format!("secret {name} is not set ({})", place.1);
                let problem = SettingsProblem::new(key.span(), zh, en);
                match self {
                    Self::Required => problems.push(problem),
                    Self::Optional | Self::Given(_) => notes.push(Problem::at_span(file, source, &problem)),
                }
            }
            secrets.insert(name.clone(), value.unwrap_or_default());
        }
        secrets
    }
}
