//! Makes `http-poll` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};

use crate::adapter::HttpPoll;
use crate::settings::{PollSettings, compile};

/// Makes `http-poll` adapters.
#[derive(Debug, Default)]
pub struct HttpPollFactory;

impl Factory for HttpPollFactory {
    fn name(&self) -> &'static str {
        "http-poll"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let read: PollSettings = opening.settings.read()?;
        let mut problems = Problems::new();
        let compiled = compile(&read, &opening.settings, opening.language, &mut problems);
        match compiled {
            Some(compiled) if problems.is_empty() => Ok(Arc::new(HttpPoll::new(opening, compiled))),
            _ => Err(problems),
        }
    }
}
