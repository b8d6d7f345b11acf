//! The `[settings]` table of a `soap` channel.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Adapter, Call, CallSettings, Factory, Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::Expression;

use crate::adapter::Soap;
use crate::envelope::SOAP_1_1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SoapSettings {
    /// Template of the endpoint's URL.
    endpoint: SpannedText,
    /// Lists what is new. Its body sees `page` (`offset`, `size`).
    list: Operation,
    /// Expression over `answer` that gives the entries of the list; default: the records are in the list itself.
    items: Option<SpannedText>,
    /// Entries asked for at a time, 1 to 256; default 100.
    page_size: Option<u64>,
    /// Fetches one entry whole. Its body sees `item`.
    detail: Option<Operation>,
    /// Entries fetched whole in one pull, 1 to 256; default 20.
    details_per_pull: Option<usize>,
    /// Tells the source that an entry was taken (签收). Its body sees `item`.
    sign: Option<Operation>,
    /// Carries a reply. Its body sees `reply` and `record`.
    reply: Option<Operation>,
}

/// One operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
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

/// Makes `soap` adapters.
#[derive(Debug, Default)]
pub struct SoapFactory;

impl Factory for SoapFactory {
    fn name(&self) -> &'static str {
        "soap"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let read: SoapSettings = opening.settings.read()?;
        let mut problems = Problems::new();
        let list = compile(&read.list, &read.endpoint, &opening, &["page"], &mut problems);
        let mut optional = |operation: &Option<Operation>, variables: &[&str]| {
            operation
                .as_ref()
                .and_then(|operation| compile(operation, &read.endpoint, &opening, variables, &mut problems))
        };
        let (detail, sign) = (optional(&read.detail, &["item"]), optional(&read.sign, &["item"]));
        let reply = optional(&read.reply, &["reply", "record"]);
        let items = read
            .items
            .as_ref()
            .and_then(|items| opening.settings.expression(opening.language, items, &["answer"], &mut problems));
        let (page_size, details_per_pull) = (read.page_size.unwrap_or(100), read.details_per_pull.unwrap_or(20));
        if !(1..=256).contains(&page_size) || !(1..=256).contains(&details_per_pull) {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "page_size 和 details_per_pull 应在 1 到 256 之间",
                "page_size and details_per_pull must be 1 to 256",
            ));
        }
        if read.detail.is_some() && read.items.is_none() {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "有 detail 就需要 items",
                "detail needs items",
            ));
        }
        match list {
            Some(list) if problems.is_empty() => {
                let compiled = Compiled { list, items, page_size, detail, details_per_pull, sign, reply };
                Ok(Arc::new(Soap::new(opening, compiled)))
            }
            _ => Err(problems),
        }
    }
}

fn compile(
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
