//! The adapters there are, each behind a feature of its name: the only place that asks for features. A city uses one by naming it in
//! a channel file.

use huiliu_adapter_api::Factory;

/// Every adapter, in the order in which messages list them.
#[must_use]
pub fn factories() -> Vec<Box<dyn Factory>> {
    #[cfg(any(feature = "http-push", feature = "http-poll", feature = "soap"))]
    let client = huiliu_adapter_http::HttpClient::new();
    vec![
        #[cfg(feature = "http-push")]
        Box::new(huiliu_http_push::HttpPushFactory::new(client.clone())),
        #[cfg(feature = "http-poll")]
        Box::new(huiliu_http_poll::HttpPollFactory(client.clone())),
        #[cfg(feature = "soap")]
        Box::new(huiliu_soap::SoapFactory(client.clone())),
        #[cfg(feature = "form")]
        Box::new(huiliu_form::FormFactory),
        #[cfg(feature = "file-drop")]
        Box::new(huiliu_file_drop::FileDropFactory),
    ]
}
