//! The `[settings]` table of a `form` channel.

use std::num::NonZeroU32;

use huiliu_adapter_api::{Asked, Form, Nearby, Opening, Problems, SettingsProblem, SpannedText};
use serde::Deserialize;
use toml::Spanned;

use crate::asks::{self, Asks};
use crate::claims::{ClaimSettings, Claims};

/// Most photos that may be set.
const MAX_PHOTOS: usize = 9;
/// Largest photo that may be set, in bytes.
const MAX_PHOTO_BYTES: usize = 8 << 20;
/// Most bytes of the photos of one form: those that a record may bring.
const MAX_PHOTOS_BYTES: usize = 16 << 20;
/// Most characters of a text that may be set: what a complaint may have.
const MAX_TEXT_CHARS: usize = 20_000;
/// Forms from one address in an hour, by default: behind one address of a telephone company are many people.
const ADDRESS_PER_HOUR: u32 = 120;
/// Forms of one point in an hour, by default.
const POINT_PER_HOUR: u32 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormSettings {
    /// Heading of the form.
    title: SpannedText,
    /// What people agree to when they send it.
    consent: SpannedText,
    /// Whether a category is asked for: `no`, `optional` (default) or `required`.
    category: Option<SpannedText>,
    /// Whether the name is asked for.
    name: Option<SpannedText>,
    /// Whether the telephone number is asked for.
    phone: Option<SpannedText>,
    /// Name of the table whose rows can be chosen; default `categories`.
    categories: Option<SpannedText>,
    /// Heading of the column by which they are listed together; default: they are one list.
    group: Option<SpannedText>,
    /// Codes of those that can be chosen; default: all.
    only: Option<Vec<SpannedText>>,
    /// Name of the table of points with QR codes; default: there are none.
    points: Option<SpannedText>,
    /// Name of the table with the city's words for statuses; default: the usual words.
    statuses: Option<SpannedText>,
    /// Most characters of the text, 10 to 20,000; default 2,000.
    text_chars: Option<Spanned<usize>>,
    /// Whether replies are brought to people by another way, which `[reply]` says; default: who filed asks for them.
    #[serde(default)]
    told_elsewhere: bool,
    #[serde(default)]
    photos: PhotoSettings,
    #[serde(default)]
    limits: LimitSettings,
    /// Which open matters near a point are counted for everybody; default: none.
    nearby: Option<NearbySettings>,
    /// How the city's own program says who uses it; default: nobody is believed.
    claims: Option<ClaimSettings>,
    /// The form is for staff who enter what others say; default: for everybody.
    staff: Option<StaffSettings>,
}

/// `[settings.photos]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PhotoSettings {
    /// Most photos, 0 to 9; default 3.
    count: Option<Spanned<usize>>,
    /// Largest photo in bytes, 64 KiB to 8 MiB; default 5 MiB.
    bytes: Option<Spanned<usize>>,
}

/// `[settings.limits]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitSettings {
    /// Most forms from one address in an hour; default 120.
    address_per_hour: Option<NonZeroU32>,
    /// Most forms of one point in an hour; default 60.
    point_per_hour: Option<NonZeroU32>,
}

/// `[settings.nearby]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NearbySettings {
    /// How far from the point, in metres, 10 to 2,000.
    metres: Spanned<usize>,
    /// Codes of the kinds that are counted: nothing that tells of a household.
    only: Vec<SpannedText>,
}

/// `[settings.staff]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffSettings {
    /// Name of the key in `[secrets]` that staff show.
    key: SpannedText,
}

/// Settings that were checked.
pub(crate) struct Compiled {
    pub asks: Asks,
    pub limits: (NonZeroU32, NonZeroU32),
    /// The key that staff show, where the form is for them.
    pub staff_key: Option<String>,
    pub told_elsewhere: bool,
}

/// Compiles the settings, adding to `problems` what is wrong with them.
pub(crate) fn compile(read: FormSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Compiled> {
    opening.require_payload(problems);
    for (text, zh, en) in [
        (&read.title, "title 不能为空", "title is empty"),
        (
            &read.consent,
            "consent 不能为空：收集个人信息前须告知并取得同意",
            "consent is empty: people are told what happens with their data, and agree",
        ),
    ] {
        if text.get_ref().trim().is_empty() {
            problems.push(SettingsProblem::new(text.span(), zh, en));
        }
    }
    let photos = within(read.photos.count.as_ref(), 0..=MAX_PHOTOS, 3, problems);
    let photo_bytes = within(read.photos.bytes.as_ref(), (64 << 10)..=MAX_PHOTO_BYTES, 5 << 20, problems);
    opening.settings.complain(
        photos.saturating_mul(photo_bytes) > MAX_PHOTOS_BYTES,
        "photos：count 乘以 bytes 不能超过 16 MiB",
        "photos: count times bytes is at most 16 MiB",
        problems,
    );
    let table =
        |text: &Option<SpannedText>, problems: &mut Problems| asks::known_table(opening, text.as_ref(), problems);
    let points = table(&read.points, problems);
    let statuses = table(&read.statuses, problems);
    if let Some(text) = &read.points {
        asks::check_points(opening, text, problems);
    }
    let form = Form {
        title: read.title.get_ref().trim().to_owned(),
        consent: read.consent.get_ref().trim().to_owned(),
        categories: asks::categories(
            opening,
            (read.categories.as_ref(), read.group.as_ref(), read.only.as_deref()),
            problems,
        ),
        category: asked(read.category.as_ref(), problems),
        name: asked(read.name.as_ref(), problems),
        phone: asked(read.phone.as_ref(), problems),
        photos,
        photo_bytes,
        text_chars: within(read.text_chars.as_ref(), 10..=MAX_TEXT_CHARS, 2_000, problems),
        for_staff: read.staff.is_some(),
        has_points: points.is_some(),
        nearby: read.nearby.as_ref().map(|nearby| Nearby {
            metres: u32::try_from(within(Some(&nearby.metres), 10..=2_000, 0, problems)).unwrap_or_default(),
            only: asks::known_codes(opening, (read.categories.as_ref(), &nearby.only), problems),
        }),
        ratings: opening.ratings.clone(),
    };
    let claims = read.claims.as_ref().and_then(|claims| Claims::compile(claims, opening, problems));
    let staff_key = read.staff.and_then(|staff| opening.secrets.named(&staff.key, problems).map(str::to_owned));
    let limits = (
        read.limits.address_per_hour.or(NonZeroU32::new(ADDRESS_PER_HOUR))?,
        read.limits.point_per_hour.or(NonZeroU32::new(POINT_PER_HOUR))?,
    );
    let (language, clock) = (opening.language.clone(), std::sync::Arc::clone(&opening.clock));
    let asks = Asks { form, language, points, statuses, claims, clock };
    Some(Compiled { asks, limits, staff_key, told_elsewhere: read.told_elsewhere })
}

/// A number within its bounds.
fn within(
    given: Option<&Spanned<usize>>,
    bounds: std::ops::RangeInclusive<usize>,
    usual: usize,
    problems: &mut Problems,
) -> usize {
    let Some(given) = given else { return usual };
    if !bounds.contains(given.get_ref()) {
        let (least, most) = (bounds.start(), bounds.end());
        problems.push(SettingsProblem::new(
            given.span(),
            format!("应在 {least} 到 {most} 之间"),
            format!("must be {least} to {most}"),
        ));
    }
    *given.get_ref()
}

fn asked(given: Option<&SpannedText>, problems: &mut Problems) -> Asked {
    let Some(given) = given else { return Asked::default() };
    Asked::from_name(given.get_ref()).unwrap_or_else(|| {
        let (zh, en) = ("应为 no、optional 或 required", "must be no, optional or required");
        problems.push(SettingsProblem::new(given.span(), zh, en));
        Asked::default()
    })
}
