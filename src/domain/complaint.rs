//! The complaint (诉求): one citizen's submission, normalized and immutable.
//!
//! These are the domain's nouns. They are not serializable: what goes to the store or over a wire has types of its own in
//! `store` and `forward`, so that a change of a wire format never changes what a complaint is.

mod area;
mod code;
mod reward;
mod statement;

use jiff::Timestamp;

use crate::key::RawKey;

pub use area::{WHOLE_CITY, area_bounds, area_holds};
pub use code::{as_typed, receipt_code};
pub use reward::{AccountHash, RewardBasis, RewardEntry};
pub use statement::{ComplaintState, Statement, StatementKind};

/// Longest title kept, in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// Longest text kept, in characters. A longer one is cut with a warning; the raw record keeps all of it.
pub const MAX_TEXT_CHARS: usize = 20_000;
/// Longest of all other text fields, in characters.
pub const MAX_FIELD_CHARS: usize = 500;
/// Most attachments kept.
pub const MAX_ATTACHMENTS: usize = 50;
/// Most extra fields kept.
pub const MAX_EXTRA_FIELDS: usize = 50;

/// What kind of submission it is (诉求类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// 投诉: something is wrong and somebody is to answer for it.
    Complaint,
    /// 求助: help is asked for.
    Help,
    /// 咨询: a question.
    Enquiry,
    /// 建议: a suggestion.
    Suggestion,
    /// 举报: a report of a breach of law.
    Report,
    /// 表扬: praise.
    Praise,
    /// 其他, also when the channel does not say.
    #[default]
    Other,
}

impl Kind {
    /// All kinds with their names in Chinese and on the wire.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Complaint, "投诉", "complaint"),
        (Self::Help, "求助", "help"),
        (Self::Enquiry, "咨询", "enquiry"),
        (Self::Suggestion, "建议", "suggestion"),
        (Self::Report, "举报", "report"),
        (Self::Praise, "表扬", "praise"),
        (Self::Other, "其他", "other"),
    ];

    /// Reads either name; `None` for any other text.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, zh, en)| *zh == name || *en == name).map(|(kind, ..)| *kind)
    }

    /// The name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("其他", |(_, zh, _)| zh)
    }

    /// The name on the wire.
    #[must_use]
    pub fn wire(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("other", |(.., wire)| wire)
    }
}

/// Who submitted it (诉求人). Everything may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reporter {
    /// Name as given.
    pub name: Option<String>,
    /// Telephone number in one spelling: digits, no country code.
    pub phone: Option<String>,
    /// Resident identity number in one spelling.
    pub id_number: Option<String>,
    /// The source's own key of its user (openid, user number), when it has one.
    pub account: Option<String>,
    /// 匿名: the citizen did not want to be named.
    pub anonymous: bool,
    /// Identity goes to no feed without explicit permission: the citizen asked for it, or the channel protects everybody's.
    pub secret: bool,
    /// 保密: the citizen asked for it, or may have. The matter itself is shown to nobody who handles another one: it merges with
    /// none by itself that is not confidential, too.
    pub confidential: bool,
}

/// A point on the earth, WGS-84, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Latitude, -90 to 90.
    pub lat: f64,
    /// Longitude, -180 to 180.
    pub lng: f64,
}

impl Point {
    /// Metres to another point: haversine on a sphere of radius 6,371 km.
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat, other_lat) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = (other_lat - lat) / 2.0;
        let half_lng = (other.lng - self.lng).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat.cos() * other_lat.cos() * half_lng.sin().powi(2);
        2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
    }
}

/// A division (区划), as far as its code tells where it lies: a code of 6, 9 or 12 digits (county, street or town, community or
/// village; GB/T 2260 and GB/T 10114) begins with the code of what holds it, zeros at the end standing for the whole. Any other code
/// stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Division {
    /// How many digits count; 0 for a code of another kind.
    digits: u8,
    /// These digits, or a hash of the other code.
    value: u64,
}

impl Division {
    /// Reads a code.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let numeric = matches!(code.len(), 6 | 9 | 12) && code.bytes().all(|byte| byte.is_ascii_digit());
        if !numeric {
            // FNV-1a: the same on every machine.
            let hash = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            return Self { digits: 0, value: code.bytes().fold(0xcbf2_9ce4_8422_2325, hash) };
        }
        let mut counting = code;
        while let Some(shorter) = counting.strip_suffix(if counting.len() > 6 { "000" } else { "00" }) {
            counting = shorter;
        }
        let digits = u8::try_from(counting.len()).unwrap_or_default();
        Self { digits, value: counting.parse().unwrap_or_default() }
    }

    /// What a code is kept as: how many digits count, and these digits or a hash; [`Division::from_parts`] takes it back.
    #[must_use]
    pub fn parts(self) -> (u8, u64) {
        (self.digits, self.value)
    }

    /// The division with these [`Division::parts`].
    #[must_use]
    pub fn from_parts((digits, value): (u8, u64)) -> Self {
        Self { digits, value }
    }

    /// How many digits say where it lies: more for what is narrower, 0 for a code of another kind.
    #[must_use]
    pub fn depth(self) -> u8 {
        self.digits
    }

    /// Whether it is the other division or holds it.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        if self.digits == 0 || other.digits == 0 {
            return self == other;
        }
        let deeper = other.digits.checked_sub(self.digits);
        deeper.is_some_and(|deeper| other.value / 10_u64.pow(u32::from(deeper)) == self.value)
    }
}

/// Where the matter is (not where the citizen lives).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// District code, six digits of GB/T 2260, from the pack's tables.
    pub district: Option<String>,
    /// Street or town (街道、镇).
    pub street: Option<String>,
    /// Community or village (社区、村).
    pub community: Option<String>,
    /// Address as given.
    pub address: Option<String>,
    /// Point in WGS-84.
    pub point: Option<Point>,
}

/// A picture or document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it is.
    pub source: AttachmentSource,
    /// Its name, if the source gives one.
    pub name: Option<String>,
}

/// Where a picture or document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentSource {
    /// The source keeps it, under this address.
    Url(String),
    /// It came with the record and is kept in the store.
    File {
        /// The record.
        raw: RawKey,
        /// Its place among the record's files, from 0.
        number: u16,
        /// Media type by its content.
        media_type: String,
    },
}

/// One citizen's submission, normalized.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Complaint {
    /// Name of the channel it came by.
    pub channel: String,
    /// The source's own number. With the channel it identifies the complaint for ever.
    pub number: String,
    /// What kind of submission it is.
    pub kind: Kind,
    /// Title; made from the beginning of the text where the source has none.
    pub title: String,
    /// What the citizen wrote or said.
    pub text: String,
    /// Who submitted it.
    pub reporter: Reporter,
    /// 同意公开: whether the citizen agrees to publication.
    pub publish: bool,
    /// Where the matter is.
    pub place: Place,
    /// Category code or words of the source, a hint for routing.
    pub category_hint: Option<String>,
    /// Urgency words of the source, a hint for the grade.
    pub urgency_hint: Option<String>,
    /// Deadline that the source set.
    pub source_deadline: Option<Timestamp>,
    /// When the matter happened or the citizen wrote.
    pub occurred_at: Option<Timestamp>,
    /// When the source received it.
    pub received_at: Option<Timestamp>,
    /// Pictures and documents.
    pub attachments: Vec<Attachment>,
    /// The source's own duplicate marks, such as the number of the first complaint.
    pub duplicate_mark: Option<String>,
    /// Further fields of the source worth keeping, by name.
    pub extra: Vec<(String, String)>,
}

/// What stands where words of a citizen stood.
pub const ERASED: &str = "（个人信息已删除）";

impl Complaint {
    /// The complaint without anything that could tell who the citizen is: channel, number, kind and times stay.
    #[must_use]
    pub fn without_personal_data(&self) -> Self {
        Self {
            channel: self.channel.clone(),
            number: self.number.clone(),
            kind: self.kind,
            title: ERASED.to_owned(),
            text: ERASED.to_owned(),
            reporter: Reporter { anonymous: true, secret: true, ..Reporter::default() },
            occurred_at: self.occurred_at,
            received_at: self.received_at,
            ..Self::default()
        }
    }
}

/// What a citizen says about an earlier complaint: satisfaction or that it is not solved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Name of the channel it came by.
    pub channel: String,
    /// Receipt number or the source's number of the complaint meant; or the reporter's telephone number, which means the latest
    /// complaint of that number, on the channel before others.
    pub about: String,
    /// 满意度, when the citizen gave one.
    pub satisfaction: Option<Satisfaction>,
    /// Code of the step of the city's scale that it was.
    pub step: Option<String>,
    /// What the citizen wrote.
    pub text: String,
    /// Who says it, as far as the record tells.
    pub reporter: Reporter,
    /// Whether the source knows who may speak of which complaint, as a call-back centre does: then it is believed whoever it is.
    pub trusted: bool,
}

/// How satisfied a citizen is (满意度).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Satisfaction {
    /// 满意.
    Satisfied,
    /// 基本满意.
    Fair,
    /// 不满意.
    Dissatisfied,
}

impl Satisfaction {
    /// All, the best first.
    pub const ALL: [Self; 3] = [Self::Satisfied, Self::Fair, Self::Dissatisfied];

    /// Reads the name in Chinese or on the wire.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "满意" | "非常满意" | "satisfied" => Some(Self::Satisfied),
            "基本满意" | "一般" | "fair" => Some(Self::Fair),
            "不满意" | "非常不满意" | "dissatisfied" => Some(Self::Dissatisfied),
            _ => None,
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.wire() == name)
    }

    /// The name on the wire.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Fair => "fair",
            Self::Dissatisfied => "dissatisfied",
        }
    }

    /// The name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Satisfied => "满意",
            Self::Fair => "基本满意",
            Self::Dissatisfied => "不满意",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_holds_those_whose_codes_begin_with_its_own() {
        let holds = |a: &str, b: &str| Division::of(a).holds(Division::of(b));
        assert!(holds("371082", "371082001") && holds("371082001", "371082001003") && holds("371000", "371082001003"));
        assert!(holds("371082", "371082000000") && holds("371082000000", "371082"), "zeros stand for the whole");
        assert!(!holds("371082001", "371082") && !holds("371082001", "371082002") && !holds("371081", "371082001"));
        assert!(holds("A3区", "A3区") && !holds("A3区", "A3") && !holds("000000", "A3区"), "other codes stand alone");
    }
}
