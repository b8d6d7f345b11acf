//! What can go wrong at a server, by what the caller should do.

use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{Status, StatusCode};

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_api::wording::both;

/// Most characters that are kept of what a server says.
const MAX_WORDS_CHARS: usize = 200;

/// What an operation met.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The server answered that it did not do it. The connection is as good as before.
    #[error("{}", words(status))]
    Answered {
        /// Its answer.
        status: Status,
        /// What it was asked about.
        path: String,
    },
    /// We did not do it. The connection is as good as before.
    #[error("{0}")]
    Declined(AdapterError),
    /// Nothing more can be had from the connection.
    #[error("{0}")]
    Broken(String),
}

impl Fault {
    /// A failure of a request about `path`.
    pub(crate) fn of(error: SftpError, path: &str) -> Self {
        match error {
            SftpError::Status(status) => match status.status_code {
                StatusCode::NoConnection | StatusCode::ConnectionLost => Self::Broken(words(&status)),
                _ => Self::Answered { status, path: path.to_owned() },
            },
            SftpError::Timeout => Self::Broken("没有及时回答 (it did not answer in time)".to_owned()),
            other => Self::Broken(other.to_string()),
        }
    }

    /// We do not do it: it would never be right.
    pub(crate) fn refused(zh: &str, en: &str) -> Self {
        Self::Declined(AdapterError::refused(format!("{zh} ({en})")))
    }

    /// Whether what was asked about is not there.
    pub(crate) fn is_missing(&self) -> bool {
        self.code() == Some(StatusCode::NoSuchFile)
    }

    /// Whether the server failed without saying at what: SFTP has one code for "exists", "full", "not empty" and more.
    pub(crate) fn is_unexplained(&self) -> bool {
        self.code() == Some(StatusCode::Failure)
    }

    fn code(&self) -> Option<StatusCode> {
        match self {
            Self::Answered { status, .. } => Some(status.status_code),
            Self::Declined(_) | Self::Broken(_) => None,
        }
    }

    /// What the caller learns.
    pub(crate) fn explain(self, server: &str) -> AdapterError {
        let (status, path) = match self {
            Self::Answered { status, path } => (status, path),
            Self::Declined(error) => return error,
            Self::Broken(reason) => {
                return AdapterError::transient(both(
                    format!("与 {server} 的连接中断"),
                    format!("the connection to {server} broke off"),
                    reason,
                ));
            }
        };
        let said = words(&status);
        match status.status_code {
            StatusCode::NoSuchFile => AdapterError::gone(format!(
                "{server} 上没有 {path}：请核对路径，或确认文件已被取走 (there is no {path} at {server})"
            )),
            StatusCode::PermissionDenied => AdapterError::misconfigured(both(
                format!("{server} 不允许对 {path} 的操作：请对方授权登录用户"),
                format!("{server} does not permit this at {path}, let its operator grant it"),
                said,
            )),
            StatusCode::OpUnsupported | StatusCode::BadMessage => AdapterError::refused(both(
                format!("{server} 不支持对 {path} 的操作"),
                format!("{server} does not support this at {path}"),
                said,
            )),
            _ => AdapterError::transient(both(
                format!("{server} 未能完成对 {path} 的操作，磁盘或配额可能已满"),
                format!("{server} failed at {path}; its disk or a quota may be full"),
                said,
            )),
        }
    }
}

/// What a server says, on one line.
fn words(status: &Status) -> String {
    let line = status.error_message.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(MAX_WORDS_CHARS).collect()
}
