//! Sending one mail.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use huiliu_adapter_api::AdapterError;

use crate::failure::explain;
use crate::{Mail, masked};

/// Sends mails by one server, each over a connection of its own. Cheap to clone.
#[derive(Clone)]
pub struct MailSender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
    /// For the whole of a mail: the library's own limit is for the connection only, and a server that falls silent later would never end.
    timeout: Duration,
}

/// That a server took over a mail. Whether it reaches its addressee is not known by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The server's words, by which its operator finds the mail again: `2.0.0 Ok: queued as 4F1…`. Addresses in them are masked.
    pub words: String,
}

impl MailSender {
    pub(crate) fn new(
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
        server: String,
        timeout: Duration,
    ) -> Self {
        Self { transport, from, server, timeout }
    }

    /// The domain of the address that mails come from, for ids of mails.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// Transient: no connection, no answer in time, an answer 4xx, or none after the whole mail (it may have arrived). Misconfigured: name,
    /// port, certificate or login do not fit. Refused: an answer 5xx, or what was given is no mail.
    pub async fn send(&self, mail: &Mail) -> Result<Accepted, AdapterError> {
        let message = mail.message(&self.from)?;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(response)) => {
                let words = response.message().collect::<Vec<_>>().join(" ");
                Ok(Accepted { words: masked::words(&words) })
            }
            Ok(Err(error)) => Err(explain(&error, &self.server)),
            Err(_elapsed) => {
                let (server, limit_s) = (&self.server, self.timeout.as_secs());
                Err(AdapterError::transient(format!(
                    "{server} 在 {limit_s} 秒内没有收完邮件 ({server} did not take the mail within {limit_s} s)"
                )))
            }
        }
    }
}

impl std::fmt::Debug for MailSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailSender").field("server", &self.server).finish_non_exhaustive()
    }
}
