//! Makes `http-poll` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};
use huiliu_adapter_http::{Caller, HttpClient, Tries};

use crate::adapter::HttpPoll;
use crate::settings::compile;

/// Makes `http-poll` adapters, whose requests go through a client.
#[derive(Debug, Default)]
pub struct HttpPollFactory(pub HttpClient);

impl Factory for HttpPollFactory {
    fn name(&self) -> &'static str {
        "http-poll"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let compile = |read, opening: &Opening<'_>, problems: &mut Problems| compile(read, &self.0, opening, problems);
        opening.compile(compile, |opening, compiled| {
            let caller = Caller::new(&compiled.access, &opening);
            Arc::new(HttpPoll {
                compiled,
                caller,
                format: opening.format,
                clock: opening.clock,
                tries: Tries::default(),
            })
        })
    }
}
