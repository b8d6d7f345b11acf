//! The JSON form of a complaint: what mapping cases are compared in and what the store seals.
//!
//! Absent fields are left out. Times are RFC 3339 in UTC. Renaming a member here is a migration of the store and of every
//! pack's cases.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::complaint::{Attachment, AttachmentSource, Complaint, Kind, Place, Point, Reporter};
use crate::key::RawKey;

/// A complaint as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ComplaintDocument {
    number: String,
    kind: String,
    title: String,
    text: String,
    #[serde(skip_serializing_if = "ReporterDocument::is_empty")]
    reporter: ReporterDocument,
    #[serde(skip_serializing_if = "is_false")]
    publish: bool,
    #[serde(skip_serializing_if = "PlaceDocument::is_empty")]
    place: PlaceDocument,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachmentDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate_mark: Option<String>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    extra: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReporterDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    anonymous: bool,
    #[serde(skip_serializing_if = "is_false")]
    secret: bool,
    /// False where the channel alone asks for secrecy of identities; missing, it is as `secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidential: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PlaceDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    community: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lng: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentDocument {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    file: Option<FileDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
}

/// A file of the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDocument {
    raw: i64,
    number: u16,
    media_type: String,
}

impl From<&Attachment> for AttachmentDocument {
    fn from(attachment: &Attachment) -> Self {
        let name = attachment.name.clone();
        match &attachment.source {
            AttachmentSource::Url(url) => Self { url: Some(url.clone()), file: None, name },
            AttachmentSource::File { raw, number, media_type } => {
                let file = FileDocument { raw: raw.0, number: *number, media_type: media_type.clone() };
                Self { url: None, file: Some(file), name }
            }
        }
    }
}

impl AttachmentDocument {
    /// The attachment; one that says nowhere where it is is none.
    fn into_attachment(self) -> Option<Attachment> {
        let source = match (self.file, self.url) {
            (Some(FileDocument { raw, number, media_type }), _) => {
                AttachmentSource::File { raw: RawKey(raw), number, media_type }
            }
            (None, Some(url)) => AttachmentSource::Url(url),
            (None, None) => return None,
        };
        Some(Attachment { source, name: self.name })
    }
}

impl ReporterDocument {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl PlaceDocument {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl From<&Complaint> for ComplaintDocument {
    fn from(complaint: &Complaint) -> Self {
        let (reporter, place) = (&complaint.reporter, &complaint.place);
        Self {
            number: complaint.number.clone(),
            kind: complaint.kind.zh().to_owned(),
            title: complaint.title.clone(),
            text: complaint.text.clone(),
            reporter: ReporterDocument {
                name: reporter.name.clone(),
                phone: reporter.phone.clone(),
                id_number: reporter.id_number.clone(),
                account: reporter.account.clone(),
                anonymous: reporter.anonymous,
                secret: reporter.secret,
                confidential: (reporter.secret && !reporter.confidential).then_some(false),
            },
            publish: complaint.publish,
            place: PlaceDocument {
                district: place.district.clone(),
                street: place.street.clone(),
                community: place.community.clone(),
                address: place.address.clone(),
                lat: place.point.map(|point| point.lat),
                lng: place.point.map(|point| point.lng),
            },
            category: complaint.category_hint.clone(),
            urgency: complaint.urgency_hint.clone(),
            deadline: complaint.source_deadline,
            occurred_at: complaint.occurred_at,
            received_at: complaint.received_at,
            attachments: complaint.attachments.iter().map(AttachmentDocument::from).collect(),
            duplicate_mark: complaint.duplicate_mark.clone(),
            extra: complaint.extra.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect(),
        }
    }
}

impl ComplaintDocument {
    /// The complaint, which came by `channel`.
    ///
    /// # Errors
    /// The kind of submission is none that this version knows.
    pub fn into_complaint(self, channel: &str) -> Result<Complaint, String> {
        let kind = match self.kind.as_str() {
            "" => Kind::default(),
            name => Kind::from_name(name).ok_or_else(|| format!("{name:?} is not a kind this version knows"))?,
        };
        let (reporter, place) = (self.reporter, self.place);
        let point = place.lat.zip(place.lng).map(|(lat, lng)| Point { lat, lng });
        Ok(Complaint {
            channel: channel.to_owned(),
            number: self.number,
            kind,
            title: self.title,
            text: self.text,
            reporter: Reporter {
                name: reporter.name,
                phone: reporter.phone,
                id_number: reporter.id_number,
                account: reporter.account,
                anonymous: reporter.anonymous,
                secret: reporter.secret,
                confidential: reporter.confidential.unwrap_or(reporter.secret),
            },
            publish: self.publish,
            place: Place {
                district: place.district,
                street: place.street,
                community: place.community,
                address: place.address,
                point,
            },
            category_hint: self.category,
            urgency_hint: self.urgency,
            source_deadline: self.deadline,
            occurred_at: self.occurred_at,
            received_at: self.received_at,
            attachments: self.attachments.into_iter().filter_map(AttachmentDocument::into_attachment).collect(),
            duplicate_mark: self.duplicate_mark,
            extra: self.extra.into_iter().map(|(name, value)| (name, text_of(value))).collect(),
        })
    }
}

fn text_of(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
