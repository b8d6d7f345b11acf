//! What goes back to one complaint's channel.

use huiliu_expression::Shape;
use serde_json::{Value, json};

/// Who handled a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyPerson {
    /// Name.
    pub name: String,
    /// The unit or section.
    pub unit: Option<String>,
    /// Telephone number, where the channel's citizens may have it.
    pub phone: Option<String>,
}

/// A picture or document that belongs to a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyFile {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: Option<String>,
    /// Media type.
    pub media_type: Option<String>,
}

/// A reply to the citizen behind one complaint.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Stable key of this reply; the same reply tried again has the same key.
    pub key: String,
    /// The source's own number of the complaint.
    pub source_number: String,
    /// The citizen's receipt number.
    pub receipt_number: String,
    /// Status that is told, e.g. `resolved`.
    pub status: String,
    /// The status in Chinese, e.g. 已办结.
    pub status_zh: String,
    /// What the citizen is told.
    pub text: String,
    /// The department that answers.
    pub department: String,
    /// Who handled the matter, where the platform says so.
    pub person: Option<ReplyPerson>,
    /// Pictures and documents that belong to it, by address.
    pub attachments: Vec<ReplyFile>,
    /// When the status was set, RFC 3339.
    pub at: String,
    /// Where the complaint's channel can reach the citizen, when the channel needs it.
    pub phone: Option<String>,
    /// The record as it came, for numbers that only the channel understands.
    pub record: Value,
}

impl Reply {
    /// The members of the variable `reply` that are one text each; `person` and `attachments` have members of their own.
    pub const MEMBERS: [&str; 9] =
        ["key", "source_number", "receipt_number", "status", "status_zh", "text", "department", "at", "phone"];

    /// What is known of the variable `reply` before there is one.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of_singles(Self::MEMBERS)
            .with("person", Shape::of_singles(["name", "unit", "phone"]))
            .with("attachments", Shape::of_singles(["url", "name", "media_type"]).list())
    }

    /// The variable `reply` as templates see it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let person = self.person.as_ref();
        let person = person.map(|person| json!({ "name": person.name, "unit": person.unit, "phone": person.phone }));
        let file = |file: &ReplyFile| json!({ "url": file.url, "name": file.name, "media_type": file.media_type });
        let attachments: Vec<Value> = self.attachments.iter().map(file).collect();
        json!({
            "key": self.key, "source_number": self.source_number, "receipt_number": self.receipt_number,
            "status": self.status, "status_zh": self.status_zh, "text": self.text, "department": self.department,
            "at": self.at, "phone": self.phone, "person": person, "attachments": attachments,
        })
    }
}

/// To whom an adapter can carry replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// To nobody: its source takes none, or no setting says how.
    None,
    /// To those whose record came by the same channel: the way needs what the source knows them by.
    OwnRecords,
    /// To whoever has a telephone number.
    AnyPhone,
}

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The source took it.
    Taken,
    /// The channel has no way to tell this status; the reply stays visible as such.
    NoRoute,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_the_members_that_are_checked_for() {
        let reply = Reply {
            key: String::new(),
            source_number: String::new(),
            receipt_number: String::new(),
            status: String::new(),
            status_zh: String::new(),
            text: String::new(),
            department: String::new(),
            at: String::new(),
            phone: None,
            person: None,
            attachments: Vec::new(),
            record: Value::Null,
        };
        let value = reply.to_value();
        let members: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let known: Vec<&str> = Reply::MEMBERS.into_iter().chain(["person", "attachments"]).collect();
        assert_eq!(members, known);
    }
}
