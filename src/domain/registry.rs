//! The adapters that the packs of this repository name, for tests.

use huiliu_adapter_api::Factory;

/// Every adapter.
pub fn factories() -> Vec<Box<dyn Factory>> {
    let client = huiliu_adapter_http::HttpClient::new();
    vec![
        Box::new(huiliu_http_push::HttpPushFactory::new(client.clone())),
        Box::new(huiliu_http_poll::HttpPollFactory(client.clone())),
        Box::new(huiliu_soap::SoapFactory(client)),
        Box::new(huiliu_file_drop::FileDropFactory),
        Box::new(huiliu_form::FormFactory),
    ]
}
