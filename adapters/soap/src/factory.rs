//! Makes `soap` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};
use huiliu_adapter_http::{Caller, HttpClient, Tries};

use crate::adapter::Soap;
use crate::settings::compile;

/// Makes `soap` adapters, whose requests go through a client.
#[derive(Debug, Default)]
pub struct SoapFactory(pub HttpClient);

impl Factory for SoapFactory {
    fn name(&self) -> &'static str {
        "soap"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let compile = |read, opening: &Opening<'_>, problems: &mut Problems| compile(read, &self.0, opening, problems);
        opening.compile(compile, |opening, compiled| {
            let caller = Caller::new(&compiled.access, &opening);
            Arc::new(Soap { compiled, caller, format: opening.format, tries: Tries::default() })
        })
    }
}
