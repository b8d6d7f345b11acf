//! The `[settings]` table of a `soap` channel.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Call, CallSettings, Opening, Problems, SpannedText};
use huiliu_expression::Expression;

use crate::envelope::SOAP_1_1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SoapSettings {
    /// Template of the endpoint's URL.
    pub endpoint: SpannedText,
    /// Lists what is new. Its body sees `page` (`offset`, `size`).
    pub list: Operation,
    /// Expression over `answer` that gives the entries of the list; default: the records are in the list itself.
    pub items: Option<SpannedText>,
    /// Entries asked for at a time, 1 to 256; default 100.
    pub page_size: Option<u64>,
    /// Fetches one entry whole. Its body sees `item`.
    pub detail: Option<Operation>,
    /// Entries fetched whole in one pull, 1 to 256; default 20.
    pub details_per_pull: Option<usize>,
    /// Tells the source that an entry was taken (签收). Its body sees `item`.
    pub sign: Option<Operation>,
    /// Carries a reply. Its body sees `reply` and `record`.
    pub reply: Option<Operation>,
}

/// One operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    /// `SOAPAction`, without quotes; default empty.
    action: Option<SpannedText>,
    /// XML template of what stands inside `Body`.
    body: SpannedText,
    /// Expression over `status` and `answer` that is true when the operation succeeded; default: no fault.
    success: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when trying again later makes sense.
    retry: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the entry no longer exists.
    gone: Option<SpannedText>,
    /// Expression over `status` and `answer` that gives the source's own words for a failure.
    reason: Option<SpannedText>,
    /// Longest wait in seconds; default 30.
    timeout_s: Option<u64>,
}

/// Operations of one channel.
pub(crate) struct Compiled {
    pub list: Call,
    pub items: Option<Expression>,
    pub page_size: u64,
    pub detail: Option<Call>,
    pub details_per_pull: usize,
    pub sign: Option<Call>,
    pub reply: Option<Call>,
}

/// Compiles one operation, adding to `problems` what is wrong with it.
pub(crate) fn compile(
    operation: &Operation,
    endpoint: &SpannedText,
    opening: &Opening<'_>,
    variables: &[&str],
    problems: &mut Problems,
) -> Option<Call> {
    let action = operation.action.as_ref().map_or("", |action| action.get_ref().as_str());
    let at = operation.action.as_ref().unwrap_or(&operation.body).span();
    let header = |text: String| Spanned::new(at.clone(), text);
    let call = CallSettings {
        url: endpoint.clone(),
        method: None,
        headers: BTreeMap::from([
            ("content-type".to_owned(), header("text/xml; charset=utf-8".to_owned())),
            ("soapaction".to_owned(), header(format!("\"{action}\""))),
        ]),
        body: Some(operation.body.clone()),
        escape: Some(header("xml".to_owned())),
        answer: Some(header("xml".to_owned())),
        encoding: None,
        success: operation.success.clone(),
        retry: operation.retry.clone(),
        gone: operation.gone.clone(),
        reason: operation.reason.clone(),
        timeout_s: operation.timeout_s,
    };
    Call::compile(&call, &opening.settings, opening.language, variables, problems)
        .map(|call| call.in_envelope(SOAP_1_1))
}
