//! Why there is no page, by what is done about it.

use huiliu_adapter_api::{AdapterError, AlarmKind, SourceAlarm};
use huiliu_adapter_http::CallError;

/// A page that cannot be read.
pub(crate) struct Damaged {
    /// What is wrong with it, free of content.
    pub reason: String,
    /// What arrived.
    pub text: String,
}

/// Why there is no page.
pub(crate) enum NoPage {
    /// It may come later, or the source refuses it.
    Failed(AdapterError),
    /// It comes like this.
    Damaged(Damaged),
}

impl From<CallError> for NoPage {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Damaged { reason, text } => Self::Damaged(Damaged { reason, text }),
            // A login page or an error page of a proxy is no page of the list: it is never set aside.
            error @ (CallError::Failed(_) | CallError::Unreadable(_)) => Self::Failed(error.into()),
        }
    }
}

/// A cursor that the source no longer takes.
pub(crate) fn cursor_refused() -> SourceAlarm {
    SourceAlarm {
        kind: AlarmKind::NoProgress,
        zh: "来源不再接受读到一半的游标，本轮读取到此为止，下一轮从头再读。请核对游标的有效期与轮询间隔".to_owned(),
        en: "the source does not take the cursor of a pass under way any more, so the pass ends here and the next begins anew: check how long cursors are valid".to_owned(),
    }
}
