//! Makes `http-push` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};
use huiliu_adapter_http::{Caller, HttpClient};

use crate::adapter::HttpPush;
use crate::auth::SeenNonces;
use crate::settings::compile;

/// Makes `http-push` adapters, whose replies go through a client. What callers may use once is remembered by it, over all openings.
#[derive(Debug, Default)]
pub struct HttpPushFactory {
    client: HttpClient,
    seen: SeenNonces,
}

impl HttpPushFactory {
    /// Adapters whose replies go through this client.
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        Self { client, seen: SeenNonces::default() }
    }
}

impl Factory for HttpPushFactory {
    fn name(&self) -> &'static str {
        "http-push"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let compile = |read, opening: &Opening<'_>, problems: &mut Problems| {
            compile(read, (&self.client, &self.seen), opening, problems)
        };
        opening.compile(compile, |opening, compiled| {
            let caller = Caller::new(&compiled.access, &opening);
            Arc::new(HttpPush::new(opening.format, caller, compiled))
        })
    }
}
