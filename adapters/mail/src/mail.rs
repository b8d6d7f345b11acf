//! A mail, and the message that it becomes.

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, MultiPart, SinglePart};

use huiliu_adapter_api::AdapterError;
use huiliu_adapter_api::wording::both;

use crate::{MAX_ATTACHMENTS, MAX_MAIL_BYTES, MAX_RECIPIENTS, MAX_SUBJECT_CHARS, masked};

/// Longest id of a message, in bytes: it has to stand on one line.
const MAX_ID_BYTES: usize = 250;
/// What an attachment is where its media type says nothing.
const ANY_CONTENT: &str = "application/octet-stream";

/// A mail as its caller gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id, without angle brackets: `<something>@<domain>`. The same for every attempt to send this mail, so that a second copy is
    /// recognized by it.
    pub id: String,
    /// Its date.
    pub date: Timestamp,
    /// To whom it goes: `zhang@city.gov.cn`, or with a name: `张三 <zhang@city.gov.cn>`. Where one of several is refused, nobody gets it.
    pub to: Vec<String>,
    /// To whom a copy goes, which the others see.
    pub cc: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Its attachments.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The name under which it is saved, without a folder.
    pub name: String,
    /// Its media type; one that cannot be read counts as none.
    pub media_type: String,
    /// Its content.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Mail {
    /// Neither addressees nor words: both are of people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).field("attachments", &self.attachments).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

impl Mail {
    /// The message that is sent.
    ///
    /// # Errors
    /// Refused: an address or the id is none, or there is too much of something. It never becomes a mail.
    pub(crate) fn message(&self, from: &Mailbox) -> Result<Message, AdapterError> {
        self.check()?;
        let mut builder = Message::builder()
            .from(from.clone())
            .date(self.date.into())
            .message_id(Some(format!("<{}>", self.id)))
            .subject(one_line(&self.subject))
            // Programs that answer for people who are away do not answer to this (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for to in &self.to {
            builder = builder.to(mailbox(to)?);
        }
        for cc in &self.cc {
            builder = builder.cc(mailbox(cc)?);
        }
        let text = SinglePart::plain(self.text.clone());
        let message = if self.attachments.is_empty() {
            builder.singlepart(text)
        } else {
            builder.multipart(
                self.attachments
                    .iter()
                    .fold(MultiPart::mixed().singlepart(text), |parts, attachment| parts.singlepart(attachment.part())),
            )
        };
        message.map_err(|error| AdapterError::refused(both("邮件无法组成", "the mail cannot be composed", error)))
    }

    fn check(&self) -> Result<(), AdapterError> {
        let refused = |zh: String, en: String| Err(AdapterError::refused(format!("{zh} ({en})")));
        let bytes = self.text.len() + self.attachments.iter().map(|file| file.content.len()).sum::<usize>();
        if !is_id(&self.id) {
            return refused("邮件编号不是 名称@域名".to_owned(), "the id of the mail is not NAME@DOMAIN".to_owned());
        }
        if self.to.is_empty() || self.to.len() + self.cc.len() > MAX_RECIPIENTS {
            return refused(
                format!("收件人应有 1 至 {MAX_RECIPIENTS} 个"),
                format!("a mail has 1 to {MAX_RECIPIENTS} addressees"),
            );
        }
        if self.attachments.len() > MAX_ATTACHMENTS || bytes > MAX_MAIL_BYTES {
            return refused(
                format!("附件超过 {MAX_ATTACHMENTS} 个，或正文与附件合计超过 {MAX_MAIL_BYTES} 字节"),
                format!("more than {MAX_ATTACHMENTS} attachments, or {MAX_MAIL_BYTES} bytes of text and attachments"),
            );
        }
        Ok(())
    }
}

impl Attachment {
    fn part(&self) -> SinglePart {
        let name: String =
            self.name.chars().map(|c| if c.is_control() || "/\\".contains(c) { '_' } else { c }).collect();
        let media_type = ContentType::parse(&self.media_type).or_else(|_| ContentType::parse(ANY_CONTENT));
        Part::new(name).body(self.content.clone(), media_type.unwrap_or(ContentType::TEXT_PLAIN))
    }
}

/// Whether a text is an address of mail, with or without a name, to which a mail can go.
#[must_use]
pub fn is_address(text: &str) -> bool {
    mailbox(text).is_ok()
}

/// An address with or without a name. Servers are not asked for addresses beyond ASCII, which few in the country take.
///
/// # Errors
/// Refused: it is no address.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, AdapterError> {
    let read = text.trim().parse::<Mailbox>().ok().filter(|mailbox| {
        let address: &str = mailbox.email.as_ref();
        address.is_ascii()
    });
    let shown = text.rsplit_once('<').map_or(text, |(_, address)| address.trim_end_matches('>'));
    read.ok_or_else(|| {
        let shown = masked::address(shown.trim());
        AdapterError::refused(format!("{shown} 不是可用的邮件地址 ({shown} is no address of mail that can be used)"))
    })
}

fn is_id(id: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>@()[]\\,;:\"".contains(&b));
    id.len() <= MAX_ID_BYTES && id.split_once('@').is_some_and(|(name, domain)| plain(name) && plain(domain))
}

/// A subject on one line: a line break in it would begin another header.
fn one_line(subject: &str) -> String {
    subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SUBJECT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            id: "T-1.2@huiliu.example".to_owned(),
            date: "2026-11-26T01:00:00Z".parse().unwrap(),
            to: vec!["张三 <zhang@city.gov.cn>".to_owned()],
            cc: vec!["li@city.gov.cn".to_owned()],
            subject: "工单\r\nBcc: all@city.gov.cn".to_owned(),
            text: "您好".to_owned(),
            attachments: Vec::new(),
        }
    }

    fn from() -> Mailbox {
        mailbox("汇流 <gateway@city.gov.cn>").unwrap()
    }

    #[test]
    fn the_same_mail_is_the_same_message_and_a_subject_begins_no_header() {
        let message = |mail: &Mail| String::from_utf8(mail.message(&from()).unwrap().formatted()).unwrap();
        let first = message(&mail());
        assert_eq!(first, message(&mail()));
        assert!(first.contains("Message-ID: <T-1.2@huiliu.example>\r\n"), "{first}");
        assert!(first.contains("Date: Thu, 26 Nov 2026 01:00:00 +0000\r\n"), "{first}");
        assert!(first.contains("Auto-Submitted: auto-generated\r\n"), "{first}");
        assert!(first.contains("\r\nCc: li@city.gov.cn\r\n"), "{first}");
        assert!(!first.contains("\r\nBcc:"), "{first}");
    }

    #[test]
    fn what_is_no_mail_is_refused_and_shows_no_address() {
        type Case = (&'static str, fn(&mut Mail));
        let cases: [Case; 7] = [
            ("id", |mail| mail.id = "no domain".to_owned()),
            ("id", |mail| mail.id = "a@b>\r\nX: y".to_owned()),
            ("addressees", |mail| mail.to.clear()),
            ("addressees", |mail| mail.to = vec!["a@b.cn".to_owned(); MAX_RECIPIENTS + 1]),
            ("z***@", |mail| mail.to = vec!["张三 <zhang san@city.gov.cn>".to_owned()]),
            ("张***@", |mail| mail.to = vec!["张三@city.gov.cn".to_owned()]),
            ("bytes", |mail| mail.text = "x".repeat(MAX_MAIL_BYTES + 1)),
        ];
        for (word, change) in cases {
            let mut mail = mail();
            change(&mut mail);
            let error = mail.message(&from()).unwrap_err();
            assert_eq!(error.kind(), "refused");
            let said = error.to_string();
            assert!(said.contains(word) && !said.contains("zhang") && !said.contains("三@"), "{said}");
        }
        assert!(!format!("{:?}", mail()).contains("zhang"));
    }
}
