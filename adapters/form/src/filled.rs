//! A form that somebody has filled in: read from what a page or a program sends, and held against what the form asks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use huiliu_adapter_api::{PushRequest, Refusal, RefusalCode};
use huiliu_payload::{Charset, parse_form};
use multer::{Constraints, Multipart, SizeLimit};
use serde::Deserialize;
use serde_json::Value;

/// Most parts of a form.
const MAX_PARTS: usize = 64;
/// Largest part that is no photo, in bytes.
const MAX_FIELD_BYTES: usize = 128 << 10;

/// What somebody has filled in; what was left empty is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Filled {
    /// Tells this form from all others: sent again it is the same.
    pub id: String,
    /// Code of the point.
    pub point: String,
    /// Code of the category.
    pub category: String,
    pub title: String,
    pub text: String,
    pub address: String,
    pub location: Option<Location>,
    pub name: String,
    pub phone: String,
    pub secret: bool,
    pub publish: bool,
    pub consent: bool,
    /// Signed by the city's own program.
    pub claim: String,
    /// Number of who enters it on behalf of somebody.
    pub staff: String,
    pub staff_key: String,
    photos: Vec<SentPhoto>,
    /// A rating: receipt number, second secret, what was said.
    pub receipt_number: String,
    pub code: String,
    pub rating: String,
    pub words: String,
}

/// Where it is, as a phone says it.
#[derive(Debug, Deserialize, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Location {
    pub lat: f64,
    pub lng: f64,
    /// Name of the system of coordinates.
    #[serde(default)]
    pub coord: Option<String>,
}

/// A photo in JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentPhoto {
    /// Base64.
    content: String,
}

impl Filled {
    /// Reads a form and its photos, whole as they came.
    ///
    /// # Errors
    /// It is in none of the formats, or damaged.
    pub(crate) async fn read(request: &PushRequest, most_bytes: usize) -> Result<(Self, Vec<Bytes>), Refusal> {
        let kind = request.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let bare = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match bare.as_str() {
            "application/json" => {
                let mut read: Self = serde_json::from_slice(&request.body).map_err(|error| unreadable(&error))?;
                let decode = |photo: SentPhoto| STANDARD.decode(photo.content).map(Bytes::from);
                let photos = std::mem::take(&mut read.photos).into_iter().map(decode).collect::<Result<_, _>>();
                Ok((read, photos.map_err(|error| unreadable(&error))?))
            }
            "application/x-www-form-urlencoded" => {
                let parsed = parse_form(&request.body, Charset::Utf8).map_err(|error| unreadable(&error))?;
                let mut filled = Self::default();
                for (name, value) in parsed.as_object().into_iter().flatten() {
                    filled.put(name, value.as_str().unwrap_or_default());
                }
                Ok((filled, Vec::new()))
            }
            "multipart/form-data" => parts(kind, request.body.clone(), most_bytes).await,
            _ => {
                let zh = "请用 multipart/form-data、application/json 或 application/x-www-form-urlencoded";
                let en = "send multipart/form-data, application/json or application/x-www-form-urlencoded";
                Err(Refusal::new(RefusalCode::UnsupportedMediaType, zh, en))
            }
        }
    }

    /// Fills in one field of a page. What a page has beside the form is passed over.
    fn put(&mut self, name: &str, value: &str) {
        let is_set = !value.is_empty() && !matches!(value, "0" | "false" | "no");
        let field = match name {
            "secret" => return self.secret = is_set,
            "publish" => return self.publish = is_set,
            "consent" => return self.consent = is_set,
            "id" => &mut self.id,
            "point" => &mut self.point,
            "category" => &mut self.category,
            "title" => &mut self.title,
            "text" => &mut self.text,
            "address" => &mut self.address,
            "name" => &mut self.name,
            "phone" => &mut self.phone,
            "claim" => &mut self.claim,
            "staff" => &mut self.staff,
            "staff_key" => &mut self.staff_key,
            "receipt_number" => &mut self.receipt_number,
            "code" => &mut self.code,
            "rating" => &mut self.rating,
            "words" => &mut self.words,
            _ => return,
        };
        value.clone_into(field);
    }
}

/// Reads the parts of a page's form.
async fn parts(kind: &str, body: Bytes, most_bytes: usize) -> Result<(Filled, Vec<Bytes>), Refusal> {
    let boundary = multer::parse_boundary(kind).map_err(|error| unreadable(&error))?;
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(most).per_field(most));
    let body = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut parts = Multipart::with_constraints(body, boundary, limits);
    let (mut filled, mut photos, mut count) = (Filled::default(), Vec::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? {
        count += 1;
        if count > MAX_PARTS {
            let (zh, en) = ("表单的字段过多", "the form has too many parts");
            return Err(Refusal::new(RefusalCode::PayloadTooLarge, zh, en));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let content = part.bytes().await.map_err(|error| unreadable(&error))?;
        if name == "photo" {
            // A page sends an empty part where no photo was chosen.
            photos.extend(Some(content).filter(|content| !content.is_empty()));
        } else if content.len() > MAX_FIELD_BYTES {
            let (zh, en) = ("有一栏太长", "a part of the form is too long");
            return Err(Refusal::new(RefusalCode::PayloadTooLarge, zh, en));
        } else {
            filled.put(&name, &String::from_utf8_lossy(&content));
        }
    }
    Ok((filled, photos))
}

fn unreadable(reason: &dyn std::fmt::Display) -> Refusal {
    let (zh, en) = ("表单读不了，请重新填写", format!("the form cannot be read: {reason}"));
    Refusal::new(RefusalCode::InvalidRequest, zh, en)
}

/// A line or a text that somebody typed: without control characters but line feeds, of at most so many characters; none where it is longer.
pub(crate) fn typed(text: &str, most: usize) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_shown = |char: &char| !char.is_control() || matches!(char, '\n' | '\t');
    let text: String = text.trim().chars().filter(is_shown).collect();
    (text.chars().count() <= most).then_some(text)
}

/// A text as a value; nothing where it is empty.
pub(crate) fn or_null(text: String) -> Value {
    if text.is_empty() { Value::Null } else { Value::String(text) }
}
