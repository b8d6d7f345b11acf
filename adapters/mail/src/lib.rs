//! Mail over SMTP: a text with attachments goes out, and what the server said to it comes back.
//!
//! - A mail is sent once for each call: this crate neither loops nor tries again. Whether a mail whose answer was lost has arrived
//!   nobody can know; it carries the id that its caller gave, by which a second copy is recognized.
//! - What a server refuses is told in its own words, without addresses of people.
//! - Nothing goes over a network unencrypted unless the settings say so.

mod failure;
mod mail;
mod masked;
mod sender;
mod settings;

pub use mail::{Attachment, Mail, is_address};
pub use sender::{Accepted, MailSender};
pub use settings::MailSettings;

/// Most addressees of one mail.
pub const MAX_RECIPIENTS: usize = 50;

/// Most attachments of one mail.
pub const MAX_ATTACHMENTS: usize = 20;

/// Most bytes of a text and its attachments, before they are encoded (which adds a third). Mail servers commonly take 25 MB and more.
pub const MAX_MAIL_BYTES: usize = 16 << 20;

/// Most characters of a subject.
pub const MAX_SUBJECT_CHARS: usize = 200;

/// Longest time for one mail that settings can ask for, in seconds.
pub const MAX_TIMEOUT_S: u64 = 300;

/// Most characters that are kept of what a server says.
pub const MAX_WORDS_CHARS: usize = 300;
