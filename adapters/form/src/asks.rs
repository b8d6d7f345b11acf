//! What a form asks, with the city's tables.

use std::collections::HashSet;
use std::sync::Arc;

use huiliu_adapter_api::{
    CitizenForm, Claim, Clock, Form, FormCategory, FormPoint, Opening, Problems, Refusal, RefusalCode, SettingsProblem,
    SpannedText,
};
use huiliu_expression::{CodeRow, CodeTable, Language};

use crate::claims::Claims;

/// Longest code of a point, in characters: it stands in an address, and in a QR code.
const MAX_CODE_CHARS: usize = 40;
/// Most problems of a table that are named.
const MAX_NAMED: usize = 20;

/// What a form asks, and knows.
pub(crate) struct Asks {
    pub form: Form,
    pub language: Language,
    /// Name of the table of points.
    pub points: Option<String>,
    /// Name of the table of words for statuses.
    pub statuses: Option<String>,
    pub claims: Option<Claims>,
    pub clock: Arc<dyn Clock>,
}

impl CitizenForm for Asks {
    fn asks(&self) -> &Form {
        &self.form
    }

    fn point(&self, code: &str) -> Option<FormPoint> {
        let row = self.language.table(self.points.as_deref()?)?.row(code)?;
        Some(point(&row))
    }

    fn points(&self) -> Box<dyn Iterator<Item = FormPoint> + '_> {
        let table = self.points.as_deref().and_then(|name| self.language.table(name));
        Box::new(table.into_iter().flat_map(|table| table.rows()).map(|row| point(&row)))
    }

    fn status_word(&self, status: &str) -> Option<String> {
        self.language.table(self.statuses.as_deref()?)?.get(status).map(str::to_owned)
    }

    fn check_claim(&self, token: &str) -> Result<Claim, Refusal> {
        let Some(claims) = &self.claims else {
            let (zh, en) = ("这张表单不接受登录凭证", "this form takes no claims");
            return Err(Refusal::new(RefusalCode::Unauthorized, zh, en));
        };
        claims.check(token, self.clock.now()).map_err(|reason| {
            let (zh, en) = reason.said();
            Refusal::new(RefusalCode::Unauthorized, zh, en)
        })
    }
}

fn point(row: &CodeRow<'_>) -> FormPoint {
    FormPoint {
        code: row.code().to_owned(),
        name: row.value().to_owned(),
        address: row.get("address").to_owned(),
        district: row.get("district").to_owned(),
        at: place(row).unwrap_or_default(),
    }
}

/// Where a point is: nothing where the table says nothing; none where what it says is no place.
fn place(row: &CodeRow<'_>) -> Option<Option<(f64, f64)>> {
    let (lat, lng) = (row.get("lat"), row.get("lng"));
    if lat.is_empty() && lng.is_empty() {
        return Some(None);
    }
    let degrees = |text: &str, most: f64| text.parse::<f64>().ok().filter(|degrees| degrees.abs() <= most);
    Some(Some((degrees(lat, 90.0)?, degrees(lng, 180.0)?)))
}

/// The name of a table that there is.
pub(crate) fn known_table(
    opening: &Opening<'_>,
    name: Option<&SpannedText>,
    problems: &mut Problems,
) -> Option<String> {
    let name = name?;
    if opening.language.table(name.get_ref()).is_none() {
        let file = name.get_ref();
        problems.push(SettingsProblem::new(
            name.span(),
            format!("没有 tables/{file}.csv"),
            format!("there is no tables/{file}.csv"),
        ));
        return None;
    }
    Some(name.get_ref().clone())
}

/// Says what is wrong with the points: what their codes may be, which districts there are, and where a place can be.
pub(crate) fn check_points(opening: &Opening<'_>, name: &SpannedText, problems: &mut Problems) {
    let Some(table) = opening.language.table(name.get_ref()) else { return };
    let districts = opening.language.table("districts");
    let mut wrong: Vec<(String, String)> = Vec::new();
    for row in table.rows() {
        let (code, district) = (row.code(), row.get("district"));
        if !is_code(code) {
            wrong.push((
                format!("点位编码 {code} 只能用字母、数字和连字符，至多 {MAX_CODE_CHARS} 个"),
                format!("the code {code} of a point has letters, digits and hyphens only, at most {MAX_CODE_CHARS}"),
            ));
        }
        if !district.is_empty() && districts.is_some_and(|known| known.row(district).is_none()) {
            wrong.push((
                format!("点位 {code} 的区划 {district} 不在 districts.csv 里"),
                format!("district {district} of point {code} is not in districts.csv"),
            ));
        }
        if place(&row).is_none() {
            wrong.push((
                format!("点位 {code} 的 lat、lng 应为度数（WGS-84）"),
                format!("lat and lng of point {code} are no degrees (WGS-84)"),
            ));
        }
    }
    let more = wrong.len().saturating_sub(MAX_NAMED);
    wrong.truncate(MAX_NAMED);
    if more > 0 {
        wrong.push((format!("另有 {more} 处"), format!("and {more} more")));
    }
    problems.extend(wrong.into_iter().map(|(zh, en)| SettingsProblem::new(name.span(), zh, en)));
}

fn is_code(code: &str) -> bool {
    (1..=MAX_CODE_CHARS).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What can be chosen, in the order of the table.
pub(crate) fn categories(
    opening: &Opening<'_>,
    (table, group, only): (Option<&SpannedText>, Option<&SpannedText>, Option<&[SpannedText]>),
    problems: &mut Problems,
) -> Vec<FormCategory> {
    let named = known_table(opening, table, problems);
    let usual = || Some("categories".to_owned()).filter(|_| table.is_none());
    let Some(found) = named.or_else(usual).and_then(|name| opening.language.table(&name)) else { return Vec::new() };
    if let Some(group) = group.filter(|group| !found.headings().contains(group.get_ref())) {
        let (zh, en) = ("分类表里没有这一列", "the table of categories has no such column");
        problems.push(SettingsProblem::new(group.span(), zh, en));
    }
    refuse_unknown(found, only.unwrap_or_default(), problems);
    let only: Option<HashSet<&str>> = only.map(|only| only.iter().map(|code| code.get_ref().as_str()).collect());
    let shown = found.rows().filter(|row| only.as_ref().is_none_or(|only| only.contains(row.code())));
    let category = |row: CodeRow<'_>| FormCategory {
        code: row.code().to_owned(),
        name: row.value().to_owned(),
        group: group.map_or("", |group| row.get(group.get_ref())).to_owned(),
    };
    shown.map(category).collect()
}

/// Codes of kinds that there are.
pub(crate) fn known_codes(
    opening: &Opening<'_>,
    (table, codes): (Option<&SpannedText>, &[SpannedText]),
    problems: &mut Problems,
) -> Vec<String> {
    let name = table.map_or("categories", |table| table.get_ref());
    if let Some(found) = opening.language.table(name) {
        refuse_unknown(found, codes, problems);
    }
    codes.iter().map(|code| code.get_ref().clone()).collect()
}

fn refuse_unknown(table: &CodeTable, codes: &[SpannedText], problems: &mut Problems) {
    let unknown = codes.iter().filter(|code| table.row(code.get_ref()).is_none());
    problems.extend(unknown.map(|code| {
        let (zh, en) = ("分类表里没有这个代码", "the table of categories has no such code");
        SettingsProblem::new(code.span(), zh, en)
    }));
}
