//! Makes `http-push` adapters from channel files.

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Call, Factory, Opening, Problems, SettingsProblem};

use crate::adapter::HttpPush;
use crate::auth::Auth;
use crate::settings::{DEFAULT_BODY_BYTES, Limits, MAX_BODY_BYTES, PushSettings, answer_template};

/// Makes `http-push` adapters.
#[derive(Debug, Default)]
pub struct HttpPushFactory;

impl Factory for HttpPushFactory {
    fn name(&self) -> &'static str {
        "http-push"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let read: PushSettings = opening.settings.read()?;
        let mut problems = Problems::new();
        let auth = Auth::compile(&read.auth, &opening, &mut problems);
        let answer = answer_template(&read, &opening, &mut problems);
        let reply = read.reply.as_ref().and_then(|call| {
            Call::compile(call, &opening.settings, opening.language, &["reply", "record"], &mut problems)
        });
        let limits = Limits {
            body_bytes: read.max_body_bytes.unwrap_or(DEFAULT_BODY_BYTES),
            records: read.max_records.unwrap_or(1_000),
            calls_per_minute: read.calls_per_minute.unwrap_or(6_000),
        };
        if !(1..=MAX_BODY_BYTES).contains(&limits.body_bytes)
            || !(1..=10_000).contains(&limits.records)
            || limits.calls_per_minute == 0
        {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "限额超出范围：max_body_bytes 1–16777216，max_records 1–10000，calls_per_minute 至少 1",
                "a limit is out of range: max_body_bytes 1 to 16777216, max_records 1 to 10000, calls_per_minute at least 1",
            ));
        }
        match (auth, answer) {
            (Some(auth), Some(answer)) if problems.is_empty() => {
                Ok(Arc::new(HttpPush::new(opening, auth, answer, reply, limits)))
            }
            _ => Err(problems),
        }
    }
}
