//! Makes `http-push` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};
use huiliu_adapter_http::{Caller, HttpClient};

use crate::adapter::HttpPush;
use crate::settings::compile;

/// Makes `http-push` adapters, whose replies go through a client.
#[derive(Debug, Default)]
pub struct HttpPushFactory(pub HttpClient);

impl Factory for HttpPushFactory {
    fn name(&self) -> &'static str {
        "http-push"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let compile = |read, opening: &Opening<'_>, problems: &mut Problems| compile(read, &self.0, opening, problems);
        opening.compile(compile, |opening, compiled| {
            let caller = Caller::new(&compiled.access, &opening);
            Arc::new(HttpPush::new(opening.format, caller, compiled))
        })
    }
}
