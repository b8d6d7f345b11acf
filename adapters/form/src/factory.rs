//! Makes `form` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};

use crate::adapter::FormAdapter;
use crate::settings::compile;

/// Makes `form` adapters.
#[derive(Debug, Default, Clone, Copy)]
pub struct FormFactory;

impl Factory for FormFactory {
    fn name(&self) -> &'static str {
        "form"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        opening.compile(compile, |opening, compiled| Arc::new(FormAdapter::new(opening, compiled)))
    }
}
