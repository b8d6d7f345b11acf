//! Makes `file-drop` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems};

use crate::adapter::FileDrop;
use crate::settings::compile;

/// Makes `file-drop` adapters.
#[derive(Debug, Default)]
pub struct FileDropFactory;

impl Factory for FileDropFactory {
    fn name(&self) -> &'static str {
        "file-drop"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        opening.compile(compile, |opening, compiled| Arc::new(FileDrop::new(opening.channel, opening.format, compiled)))
    }
}
