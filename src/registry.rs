//! The adapters there are. A city uses one by naming it in a channel file.

use huiliu_adapter_api::Factory;

/// Every adapter, in the order in which messages list them.
#[must_use]
pub fn factories() -> Vec<Box<dyn Factory>> {
    vec![
        Box::new(huiliu_http_push::HttpPushFactory),
        Box::new(huiliu_http_poll::HttpPollFactory),
        Box::new(huiliu_soap::SoapFactory),
        Box::new(huiliu_file_drop::FileDropFactory),
    ]
}
