//! Makes `soap` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems, SettingsProblem};

use crate::adapter::Soap;
use crate::settings::{Compiled, Operation, SoapSettings, compile};

/// Makes `soap` adapters.
#[derive(Debug, Default)]
pub struct SoapFactory;

impl Factory for SoapFactory {
    fn name(&self) -> &'static str {
        "soap"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let read: SoapSettings = opening.settings.read()?;
        let mut problems = Problems::new();
        let list = compile(&read.list, &read.endpoint, &opening, &["page"], &mut problems);
        let mut optional = |operation: &Option<Operation>, variables: &[&str]| {
            operation
                .as_ref()
                .and_then(|operation| compile(operation, &read.endpoint, &opening, variables, &mut problems))
        };
        let (detail, sign) = (optional(&read.detail, &["item"]), optional(&read.sign, &["item"]));
        let reply = optional(&read.reply, &["reply", "record"]);
        let items = read
            .items
            .as_ref()
            .and_then(|items| opening.settings.expression(opening.language, items, &["answer"], &mut problems));
        let (page_size, details_per_pull) = (read.page_size.unwrap_or(100), read.details_per_pull.unwrap_or(20));
        if !(1..=256).contains(&page_size) || !(1..=256).contains(&details_per_pull) {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "page_size 和 details_per_pull 应在 1 到 256 之间",
                "page_size and details_per_pull must be 1 to 256",
            ));
        }
        if read.detail.is_some() && read.items.is_none() {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "有 detail 就需要 items",
                "detail needs items",
            ));
        }
        match list {
            Some(list) if problems.is_empty() => {
                let compiled = Compiled { list, items, page_size, detail, details_per_pull, sign, reply };
                Ok(Arc::new(Soap::new(opening, compiled)))
            }
            _ => Err(problems),
        }
    }
}
