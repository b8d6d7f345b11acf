//! What citizens' pages and programs read and send.

use huiliu_adapter_api::{Form, FormPoint};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::documents::{ComplaintRewards, RatingStep};
use crate::ticket::Status;

/// The forms of the city.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct FormList {
    /// Name of the city.
    pub city: String,
    /// The forms that run, in the order of their channels' ids.
    pub forms: Vec<ListedForm>,
}

/// A form among others.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ListedForm {
    /// Id of its channel.
    #[schemars(example = &"web")]
    id: String,
    /// Its heading.
    #[schemars(example = &"群众有话说")]
    title: String,
    /// Whether it is for staff who enter what others say.
    #[schemars(example = false)]
    for_staff: bool,
    /// Whether it has points with QR codes.
    #[schemars(example = true)]
    has_points: bool,
    /// Whether its channel is paused: it takes nothing now.
    #[schemars(example = false)]
    paused: bool,
}

impl ListedForm {
    pub(super) fn new(id: &str, form: &Form, paused: bool) -> Self {
        let (title, for_staff, has_points) = (form.title.clone(), form.for_staff, form.has_points);
        Self { id: id.to_owned(), title, for_staff, has_points, paused }
    }
}

/// What a form asks.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct FormDocument {
    /// Id of its channel.
    #[schemars(example = &"web")]
    id: String,
    /// Its heading.
    #[schemars(example = &"群众有话说")]
    title: String,
    /// What people agree to.
    #[schemars(example = &"所填内容只用于办理本事项。")]
    consent: String,
    /// What the matter can be about, in the city's order.
    categories: Vec<CategoryDocument>,
    /// Whether one of them is chosen.
    #[schemars(extend("enum" = ["no", "optional", "required"]), example = &"required")]
    category: &'static str,
    /// Whether the name is asked for.
    #[schemars(extend("enum" = ["no", "optional", "required"]), example = &"optional")]
    name: &'static str,
    /// Whether the telephone number is asked for.
    #[schemars(extend("enum" = ["no", "optional", "required"]), example = &"required")]
    phone: &'static str,
    /// Most photos.
    #[schemars(example = 3)]
    photos: usize,
    /// Largest photo, in bytes.
    #[schemars(example = 5_242_880)]
    photo_bytes: usize,
    /// Most characters of the text.
    #[schemars(example = 2_000)]
    text_chars: usize,
    /// Whether it is for staff who enter what others say: they send `staff` and `staff_key`.
    #[schemars(example = false)]
    for_staff: bool,
    /// Whether it has points with QR codes.
    #[schemars(example = true)]
    has_points: bool,
    /// What can be said of a result, the best first: the city's scale.
    ratings: Vec<RatingStep>,
}

/// A kind of matter.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct CategoryDocument {
    /// Code.
    #[schemars(example = &"lighting")]
    code: String,
    /// What the city calls it.
    #[schemars(example = &"公共照明")]
    name: String,
    /// What it is listed below; null: nothing.
    #[schemars(example = &"城市管理")]
    group: Option<String>,
}

impl FormDocument {
    pub(super) fn new(id: &str, form: &Form) -> Self {
        let category = |category: &huiliu_adapter_api::FormCategory| CategoryDocument {
            code: category.code.clone(),
            name: category.name.clone(),
            group: Some(category.group.clone()).filter(|group| !group.is_empty()),
        };
        Self {
            id: id.to_owned(),
            title: form.title.clone(),
            consent: form.consent.clone(),
            categories: form.categories.iter().map(category).collect(),
            category: form.category.name(),
            name: form.name.name(),
            phone: form.phone.name(),
            photos: form.photos,
            photo_bytes: form.photo_bytes,
            text_chars: form.text_chars,
            for_staff: form.for_staff,
            has_points: form.has_points,
            ratings: form.ratings.iter().map(RatingStep::of).collect(),
        }
    }
}

/// A point with a QR code.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct PointDocument {
    /// Code.
    #[schemars(example = &"GX-00017")]
    code: String,
    /// Name.
    #[schemars(example = &"金河社区便民点")]
    name: String,
    /// Address.
    address: Option<String>,
    /// Name of its division.
    district_name: Option<String>,
    /// Open matters near it, by kind; empty where the form counts none.
    nearby: Vec<NearbyCount>,
}

/// How many open matters of a kind are near.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct NearbyCount {
    /// Category code.
    pub category: String,
    /// What the city calls it.
    pub category_name: String,
    /// How many.
    #[schemars(example = 2)]
    pub count: usize,
}

impl PointDocument {
    pub(super) fn new(point: FormPoint, district_name: Option<String>, nearby: Vec<NearbyCount>) -> Self {
        let address = Some(point.address).filter(|address| !address.is_empty());
        Self { code: point.code, name: point.name, address, district_name, nearby }
    }
}

/// A form that somebody has filled in. What the form does not ask for may be left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "FilledForm")]
#[schemars(example = serde_json::json!({ "id": "5f0d9c1b7a3e4862", "point": "GX-00017", "category": "lighting", "text": "路灯不亮已经三天。", "phone": "13800001111", "consent": true }))]
#[expect(dead_code, reason = "it describes what the channel reads")]
pub(in crate::http) struct FilledForm {
    /// Tells this form from all others, by the sender's choice: sent again with the same id and content it is the same complaint.
    #[schemars(length(max = 64), regex(pattern = r"^[A-Za-z0-9_-]*$"), example = &"5f0d9c1b7a3e4862")]
    id: Option<String>,
    /// Code of the point.
    #[schemars(example = &"GX-00017")]
    point: Option<String>,
    /// Code of the category.
    category: Option<String>,
    /// Title.
    #[schemars(length(max = 100), example = &"路灯不亮")]
    title: Option<String>,
    /// What is reported.
    #[schemars(length(min = 4), example = &"路灯不亮已经三天。")]
    text: String,
    /// Where it is, in words.
    #[schemars(length(max = 200))]
    address: Option<String>,
    /// Where it is, as a phone says it.
    location: Option<LocationDocument>,
    /// Name; at a desk the name of whom it is entered for.
    #[schemars(length(max = 50), example = &"张某某")]
    name: Option<String>,
    /// Telephone number.
    #[schemars(length(max = 30), example = &"13800001111")]
    phone: Option<String>,
    /// Whether it is to be kept secret who reports it.
    #[schemars(example = false)]
    secret: Option<bool>,
    /// Whether it may be published.
    #[schemars(example = false)]
    publish: Option<bool>,
    /// That what the form says about personal data was agreed to: true.
    #[schemars(example = true)]
    consent: bool,
    /// What the city's own program says of who uses it: a JWT in its compact form.
    #[schemars(example = &"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvLTEifQ.x")]
    claim: Option<String>,
    /// Number of who enters it, at a desk.
    #[schemars(example = &"S-017")]
    staff: Option<String>,
    /// Key of the desk.
    #[schemars(example = &"desk-key")]
    staff_key: Option<String>,
    /// Photos: JPEG, PNG or WebP.
    photos: Option<Vec<PhotoDocument>>,
}

/// A place.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "FormLocation")]
#[expect(dead_code, reason = "it describes what the channel reads")]
pub(in crate::http) struct LocationDocument {
    /// Latitude in degrees.
    #[schemars(range(min = -90, max = 90), example = 28.4321)]
    lat: f64,
    /// Longitude in degrees.
    #[schemars(range(min = -180, max = 180), example = 104.7123)]
    lng: f64,
    /// Name of the system of coordinates: what the channel's mapping reads.
    #[schemars(example = &"gcj02")]
    coord: Option<String>,
}

/// A photo.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "FormPhoto")]
#[expect(dead_code, reason = "it describes what the channel reads")]
pub(in crate::http) struct PhotoDocument {
    /// Its content in Base64.
    #[schemars(example = &"/9j/4AAQSkZJRg==")]
    content: String,
}

/// What somebody says of a result.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "RatedResult")]
#[expect(dead_code, reason = "it describes what the channel reads")]
pub(in crate::http) struct RatedResult {
    /// Tells this rating from all others; sent again with the same id it is the same.
    #[schemars(length(max = 64), regex(pattern = r"^[A-Za-z0-9_-]*$"), example = &"5f0d9c1b7a3e4862")]
    id: Option<String>,
    /// Receipt number.
    receipt_number: String,
    /// Its code.
    #[schemars(example = &"7KQ4M2XP")]
    code: String,
    /// Code or name of one of `ratings` of the form; 满意, 基本满意, 不满意 and satisfied, fair, dissatisfied mean the first step that counts so,
    /// where the city's scale has one.
    #[schemars(length(min = 1, max = 50), example = &"满意")]
    rating: String,
    /// What the citizen says of it.
    #[schemars(length(max = 1_000), example = &"当天就修好了。")]
    words: Option<String>,
}

/// What became of a form.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(in crate::http) struct Filed {
    /// `accepted`: it is a complaint. `repeated`: it came before. `follow_up`: it is noted with its complaint. `quarantined` or `discarded`: it
    /// is kept, and a person will look at it, or a rule of the city says that it is none.
    #[schemars(extend("enum" = ["accepted", "amended", "follow_up", "repeated", "quarantined", "discarded"]), example = &"accepted")]
    state: String,
    /// Receipt number, where it is a complaint.
    #[schemars(example = &"GX2611220000001")]
    receipt_number: Option<String>,
    /// Of a rating, whether there was a result that it is about: without one it is kept with its complaint, and counts for nothing. Null of
    /// all else, and of a rating that a page sends.
    #[serde(default)]
    #[schemars(example = None::<bool>)]
    pub counts: Option<bool>,
    /// The second secret, given once: with both numbers one sees and rates what became of it.
    #[schemars(example = &"7KQ4M2XP")]
    code: Option<String>,
}

/// What became of a complaint.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ProgressDocument {
    /// Receipt number.
    pub receipt_number: String,
    /// Where its ticket stands.
    #[schemars(example = &"in_progress")]
    pub status: &'static str,
    /// The same in the city's words.
    #[schemars(example = &"已见面，办理中")]
    pub status_word: String,
    /// Title of the complaint.
    pub title: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// What it is about.
    pub category_name: Option<String>,
    /// The unit that handles it.
    pub department_name: Option<String>,
    /// What the citizen was answered last.
    #[schemars(example = &"路灯已修复。")]
    pub answer: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// Whether the answer is a result; else it was said on the way to one.
    #[schemars(example = true)]
    pub answer_is_result: bool,
    /// By when it is to be done, where a later deadline was granted and it is not done yet.
    #[schemars(example = None::<&str>)]
    pub extended_until: Option<Timestamp>,
    /// Addresses of the photos that belong to the result: those that a handler took.
    #[schemars(extend("items" = { "type": "string" }), example = ["https://gx.example/h/photos/17/10000/4qJ0Zk3Qm2yXc7hT5bWvNw"])]
    pub photos: Vec<String>,
    /// What the citizen was told, the newest first.
    pub told: Vec<ToldDocument>,
    /// Whether there is a result that can be rated. What is said of it before is kept with the complaint, and is no rating.
    #[schemars(example = true)]
    pub may_rate: bool,
    /// What can be said of the result, the best first: the city's scale.
    pub ratings: Vec<RatingStep>,
    /// What its citizen has for it by the city's rules of points; null where the city has no such rules.
    pub rewards: Option<ComplaintRewards>,
}

/// Something that the citizen was told.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ToldDocument {
    /// The status.
    #[schemars(example = &"in_progress")]
    status: &'static str,
    /// The same in the city's words.
    #[schemars(example = &"已见面，办理中")]
    status_word: String,
    /// When.
    pub at: Timestamp,
}

impl ToldDocument {
    pub(super) fn new(status: Status, at: Timestamp) -> Self {
        Self { status: status.wire(), status_word: status.zh().to_owned(), at }
    }
}

impl ProgressDocument {
    /// In the city's words, where it has some.
    pub(super) fn say(&mut self, word: &dyn Fn(&str) -> Option<String>) {
        let own = [(self.status, &mut self.status_word)].into_iter();
        let told = self.told.iter_mut().map(|told| (told.status, &mut told.status_word));
        for (status, said) in own.chain(told) {
            if let Some(word) = word(status) {
                *said = word;
            }
        }
    }
}
