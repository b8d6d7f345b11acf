//! What somebody who sends a form meets: is it your turn, can I read it, is everything there, is it safe, here are your numbers.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response};
use huiliu_adapter_api::{
    Asked, CallsIn, CitizenForm as _, Claim, FormPoint, FormRating, HttpEndpoint, Nonces, Outcome, OutcomeState,
    PushRequest, PushResponse, RawRecord, Receipts, Refusal, RefusalCode, Shares, household, is_same_secret,
    refused_for_now,
};
use serde_json::{Value, json};

use crate::asks::Asks;
use crate::filled::{Filled, or_null, typed};
use huiliu_photo::Photo;

/// The path of ratings below the channel; everything else is a form.
const RATINGS: &str = "ratings";
/// Bytes of a form beside its photos.
const MAX_FIELDS_BYTES: usize = 256 << 10;
/// Longest number of a form, name, telephone number, address, words of a rating, in characters.
const MAX_ID_CHARS: usize = 64;
const MAX_TITLE_CHARS: usize = 100;
const MAX_NAME_CHARS: usize = 50;
const MAX_PHONE_CHARS: usize = 30;
const MAX_ADDRESS_CHARS: usize = 200;
const MAX_WORDS_CHARS: usize = 1_000;
/// Fewest digits of a telephone number.
const MIN_PHONE_DIGITS: usize = 7;
/// Fewest characters of a text.
const MIN_TEXT_CHARS: usize = 4;
/// Hexadecimal digits of a record's id.
const ID_DIGITS: usize = 40;

/// The endpoint of one form.
pub(crate) struct FormEndpoint {
    pub asks: Arc<Asks>,
    pub queue: CallsIn,
    pub receipts: Arc<dyn Receipts>,
    pub nonces: Arc<dyn Nonces>,
    pub staff_key: Option<String>,
    pub addresses: Shares<IpAddr>,
    pub points: Shares<String>,
}

/// What keeps a form from being taken, in both languages.
#[derive(Default)]
struct Missing(Vec<(String, String)>);

impl Missing {
    fn add(&mut self, zh: &str, en: &str) {
        self.0.push((zh.to_owned(), en.to_owned()));
    }

    /// A field as it was typed.
    fn typed(&mut self, text: &str, most: usize, (zh, en): (&str, &str)) -> String {
        typed(text, most).unwrap_or_else(|| {
            self.add(&format!("{zh}最多 {most} 字"), &format!("{en} has at most {most} characters"));
            String::new()
        })
    }

    fn none(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (zh, en): (Vec<String>, Vec<String>) = self.0.into_iter().unzip();
        Err(Refusal::new(RefusalCode::InvalidRequest, zh.join("；"), en.join("; ")))
    }
}

impl FormEndpoint {
    /// A form becomes a record; its sender is told the numbers.
    async fn file(&self, request: &PushRequest) -> Result<PushResponse, Refusal> {
        let (filled, sent) = Filled::read(request, self.max_body_bytes()).await?;
        self.check_staff(&filled)?;
        let claim = match filled.claim.as_str() {
            "" => None,
            token => Some(self.asks.check_claim(token)?),
        };
        let photos = self.photos(sent)?;
        let record = self.record(&filled, claim.as_ref(), photos)?;
        if !filled.point.is_empty() && !self.points.takes(&filled.point) {
            return Err(too_many());
        }
        self.taken(request, record).await
    }

    /// What somebody who has both numbers says of the result.
    async fn rate(&self, request: &PushRequest) -> Result<PushResponse, Refusal> {
        let (filled, _) = Filled::read(request, MAX_FIELDS_BYTES).await?;
        if !self.receipts.opens(&filled.receipt_number, &filled.code) {
            let (zh, en) = ("受理编号或查询码不对", "the receipt number or the code is wrong");
            return Err(Refusal::new(RefusalCode::NotFound, zh, en));
        }
        let mut missing = Missing::default();
        let words = missing.typed(&filled.words, MAX_WORDS_CHARS, ("评价", "what is said of the result"));
        let rating = missing.typed(&filled.rating, MAX_NAME_CHARS, ("评价", "the rating"));
        let offered = &self.asks.asks().ratings;
        if !offered.iter().any(|step| step.words.contains(&rating)) {
            let said = |of: fn(&FormRating) -> &str| offered.iter().map(of).collect::<Vec<_>>();
            missing.add(
                &format!("请选择评价：{}", said(|step| &step.name).join("、")),
                &format!("rating is missing or not on the scale: {}", said(|step| &step.code).join(", ")),
            );
        }
        missing.none()?;
        let tree = json!({ "rating": rating, "words": or_null(words), "receipt_number": filled.receipt_number });
        self.taken(request, self.identified(&filled, tree, &[])?).await
    }

    /// Hands a record in and tells what became of it.
    async fn taken(&self, request: &PushRequest, record: RawRecord) -> Result<PushResponse, Refusal> {
        let trace = request.headers.get("traceparent").and_then(|trace| trace.to_str().ok());
        let outcomes = self.queue.hand_in(request.body.len(), || vec![record.traced(trace)]).await?;
        let outcome = outcomes.first().ok_or_else(|| {
            let (zh, en) = ("没有存下，请再发一次", "nothing was stored; send it again");
            refused_for_now(RefusalCode::Unavailable, zh, en)
        })?;
        Ok(self.answer(outcome))
    }

    fn answer(&self, outcome: &Outcome) -> PushResponse {
        let told = outcome.to_value();
        // Who follows up a complaint has its second secret already, or has none.
        let is_own = !matches!(outcome.state, OutcomeState::FollowUp { .. });
        let code = told["receipt_number"].as_str().filter(|_| is_own).and_then(|receipt| self.receipts.code(receipt));
        let body = json!({ "state": told["state"], "receipt_number": told["receipt_number"], "code": code });
        let mut response = Response::new(Bytes::from(body.to_string()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn check_staff(&self, filled: &Filled) -> Result<(), Refusal> {
        let Some(key) = &self.staff_key else { return Ok(()) };
        if !is_same_secret(filled.staff_key.as_bytes(), key.as_bytes()) {
            let (zh, en) = ("民意室口令不对", "the key of the desk is missing or wrong");
            return Err(Refusal::new(RefusalCode::Unauthorized, zh, en));
        }
        Ok(())
    }

    fn photos(&self, sent: Vec<Bytes>) -> Result<Vec<Photo>, Refusal> {
        let form = self.asks.asks();
        if sent.len() > form.photos {
            let (zh, en) = (format!("照片最多 {} 张", form.photos), format!("at most {} photos", form.photos));
            return Err(Refusal::new(RefusalCode::PayloadTooLarge, zh, en));
        }
        if sent.iter().any(|photo| photo.len() > form.photo_bytes) {
            let mib = form.photo_bytes >> 20;
            let (zh, en) = (format!("每张照片不超过 {mib} MB"), format!("a photo has at most {mib} MiB"));
            return Err(Refusal::new(RefusalCode::PayloadTooLarge, zh, en));
        }
        let read = sent.into_iter().map(huiliu_photo::read).collect::<Result<_, _>>();
        read.map_err(|reason| {
            let (zh, en) = reason.said();
            Refusal::new(RefusalCode::UnsupportedMediaType, zh, en)
        })
    }

    /// The record of a form, where everything is there that it asks for.
    fn record(&self, filled: &Filled, claim: Option<&Claim>, photos: Vec<Photo>) -> Result<RawRecord, Refusal> {
        let (form, mut missing) = (self.asks.asks(), Missing::default());
        let point = self.point(filled, &mut missing);
        let text = missing.typed(&filled.text, form.text_chars, ("内容", "the text"));
        if text.chars().count() < MIN_TEXT_CHARS {
            missing.add("请写明反映的内容", "text is missing");
        }
        let title = missing.typed(&filled.title, MAX_TITLE_CHARS, ("标题", "the title"));
        let address = missing.typed(&filled.address, MAX_ADDRESS_CHARS, ("地点", "the address"));
        let claimed = |of: fn(&Claim) -> &Option<String>| claim.and_then(|claim| of(claim).clone()).unwrap_or_default();
        let name = missing.typed(&filled.name, MAX_NAME_CHARS, ("姓名", "the name"));
        let phone = missing.typed(&filled.phone, MAX_PHONE_CHARS, ("电话", "the telephone number"));
        let name = if name.is_empty() { claimed(|claim| &claim.name) } else { name };
        let is_sure = claim.is_some_and(|claim| {
            claim.phone_is_sure && (phone.is_empty() || claim.phone.as_deref() == Some(phone.as_str()))
        });
        let phone = if phone.is_empty() { claimed(|claim| &claim.phone) } else { phone };
        if form.name == Asked::Required && name.is_empty() {
            missing.add("请填写姓名", "name is missing");
        }
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        if (form.phone == Asked::Required || !phone.is_empty()) && digits < MIN_PHONE_DIGITS {
            missing.add("请填写联系电话", "phone is missing or no telephone number");
        }
        self.check_category(&filled.category, &mut missing);
        if filled.location.as_ref().is_some_and(|at| !(at.lat.abs() <= 90.0 && at.lng.abs() <= 180.0)) {
            missing.add("定位不对", "location is no place in degrees");
        }
        if !filled.consent {
            missing.add("请阅读并同意告知内容", "consent is missing");
        }
        let staff = missing.typed(&filled.staff, MAX_NAME_CHARS, ("工号", "the number of staff"));
        if form.for_staff && staff.is_empty() {
            missing.add("请填写工号", "staff is missing");
        }
        missing.none()?;
        let location = filled.location.as_ref().map(|at| json!({ "lat": at.lat, "lng": at.lng, "coord": at.coord }));
        let (kept, asks) =
            (|asked: Asked, text: String| or_null(if asked == Asked::No { String::new() } else { text }), form);
        let mut tree = json!({
            "point": point.map(|point| shown(&point)), "category": or_null(filled.category.clone()), "title": or_null(title),
            "text": text, "address": or_null(address), "location": location, "name": kept(asks.name, name),
            "phone": kept(asks.phone, phone), "account": claim.map(|claim| claim.account.clone()), "secret": filled.secret,
            "publish": filled.publish, "consent": true, "staff": or_null(if form.for_staff { staff } else { String::new() }),
        });
        // Only where it is so: what is sent again after an upgrade is the same record.
        if let (true, Some(members)) = (is_sure, tree.as_object_mut()) {
            members.insert("phone_is_sure".to_owned(), json!(true));
        }
        let mut record = self.identified(filled, tree, &photos)?;
        for (number, photo) in photos.into_iter().enumerate() {
            record.attach(&format!("photo-{}.{}", number + 1, photo.ending), photo.bytes);
        }
        Ok(record)
    }

    fn point(&self, filled: &Filled, missing: &mut Missing) -> Option<FormPoint> {
        if filled.point.is_empty() {
            return None;
        }
        let found = self.asks.point(&filled.point);
        if found.is_none() {
            missing.add("没有这个点位，请重新扫码或手写地点", "there is no such point");
        }
        found
    }

    fn check_category(&self, category: &str, missing: &mut Missing) {
        let form = self.asks.asks();
        match category {
            "" if form.category == Asked::Required => missing.add("请选择事项分类", "category is missing"),
            "" => {}
            code if form.categories.iter().any(|known| known.code == code) => {}
            _ => missing.add("没有这个分类", "there is no such category to choose"),
        }
    }

    /// A record whose id is made of the form's own number and of all that it says: sent again it is the same record, and nobody can write
    /// over another's.
    fn identified(&self, filled: &Filled, tree: Value, photos: &[Photo]) -> Result<RawRecord, Refusal> {
        let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        let drawn;
        let id = match filled.id.as_str() {
            "" => {
                drawn = self.nonces.draw();
                &drawn
            }
            given if given.len() <= MAX_ID_CHARS && given.chars().all(is_plain) => given,
            _ => {
                let (zh, en) =
                    ("表单已失效，请刷新后重填", "id has at most 64 letters, digits, hyphens and underscores");
                return Err(Refusal::new(RefusalCode::InvalidRequest, zh, en));
            }
        };
        let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
        let content = tree.to_string();
        let parts =
            [id.as_bytes(), content.as_bytes()].into_iter().chain(photos.iter().map(|photo| photo.bytes.as_ref()));
        for part in parts {
            digest.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        let hex: String = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let number: String = hex.chars().take(ID_DIGITS).collect();
        let mut tree = tree;
        if let Some(members) = tree.as_object_mut() {
            members.insert("id".to_owned(), json!(number));
        }
        Ok(RawRecord::new(number, tree))
    }
}

/// A point as the record has it: what the table said of it when the form was sent.
fn shown(point: &FormPoint) -> Value {
    let text = |text: &str| or_null(text.to_owned());
    let at = point.at.map(|(lat, lng)| json!({ "lat": lat, "lng": lng }));
    json!({
        "code": point.code, "name": point.name, "address": text(&point.address), "district": text(&point.district), "at": at,
    })
}

fn too_many() -> Refusal {
    refused_for_now(
        RefusalCode::TooManyRequests,
        "提交过于频繁，请过一会儿再试；紧急事项请拨打 12345",
        "too many forms came from here; try again later",
    )
}

#[async_trait]
impl HttpEndpoint for FormEndpoint {
    fn max_body_bytes(&self) -> usize {
        let form = self.asks.asks();
        // In JSON a photo takes a third more.
        form.photos.saturating_mul(form.photo_bytes).saturating_mul(4) / 3 + MAX_FIELDS_BYTES
    }

    fn admit(&self, request: &PushRequest) -> Result<(), Refusal> {
        if request.method != Method::POST {
            let refusal = Refusal::new(RefusalCode::MethodNotAllowed, "请用 POST", "use POST");
            return Err(refusal.with_header(ALLOW, HeaderValue::from_static("POST")));
        }
        match request.peer {
            Some(peer) if !self.addresses.takes(&household(peer)) => Err(too_many()),
            _ => Ok(()),
        }
    }

    async fn handle(&self, request: PushRequest) -> PushResponse {
        let handled = match request.path.as_str() {
            RATINGS => self.rate(&request).await,
            _ => self.file(&request).await,
        };
        handled.unwrap_or_else(Refusal::into_response)
    }
}
