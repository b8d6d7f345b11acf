//! The filters that complaints need beyond Jinja's own. Each refuses with a [`Fault`](crate::Fault) that says what to do;
//! an empty value passes through every filter as empty text (`none` would print as a word in filters such as `upper`).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use minijinja::value::Rest;
use minijinja::{Environment, Error, Value};

use crate::{CodeTable, Fault};

mod codes;
mod digest;
mod geo;
mod identity;
mod structure;
mod text;
mod time;

/// Every added filter with an example of its use, for the guide and for `check`.
pub const FILTERS: &[(&str, &str)] = &[
    ("text", "{{ '  路灯_x000D_\\n' | text }} → 路灯"),
    ("halfwidth", "{{ '１２３ＡＢ' | halfwidth }} → 123AB"),
    ("html", "{{ '<p>路灯<br>不亮</p>' | html }} → 路灯 / 不亮"),
    ("json", "{{ ('{\"a\":1}' | json).a }} → 1"),
    ("xml", "{{ ('<p><a>1</a></p>' | xml).p.a }} → 1"),
    ("table", "{{ record.orderType | table('kind') }} → the value of the pack's tables/kind.csv"),
    ("datetime", "{{ '2026/11/21 9:12' | datetime }} → 2026-11-21T09:12:00+08:00"),
    ("localtime", "{{ at | localtime('%Y-%m-%d %H:%M:%S') }} → 2026-11-21 09:12:00"),
    ("phone", "{{ '+86 138-0000-1111' | phone }} → 13800001111"),
    ("idnumber", "{{ '11010519491231002x' | idnumber }} → 11010519491231002X"),
    ("flag", "{{ '是' | flag }} → true"),
    ("number", "{{ ' 3.50 元' | number }} → 3.5"),
    ("wgs84", "{{ {'lat': 31.22845774, 'lng': 121.47822306} | wgs84('gcj02') }} → {lat, lng} in WGS-84"),
    ("match", "{{ 'A5ProcessInfo,90000001' | match('(\\\\d+)$') }} → 90000001"),
    ("replace_all", "{{ 'a1b2' | replace_all('[0-9]', '') }} → ab"),
    ("urldecode", "{{ '%E8%B7%AF' | urldecode }} → 路"),
    ("urlencode", "{{ '路' | urlencode }} → %E8%B7%AF"),
    ("base64", "{{ 'ab' | base64 }} → YWI="),
    ("md5", "{{ 'a' | md5 }} → 0cc175b9c0f1b6a831c399e269772661"),
    ("sha256", "{{ 'a' | sha256 }} → ca978112…"),
    ("hmac_sha256", "{{ body | hmac_sha256(secrets.key) }} → lower-case hexadecimal"),
];

/// Every added function.
pub(crate) const FUNCTIONS: &[&str] = &["coalesce"];

pub(crate) fn register(env: &mut Environment<'static>, zone: &TimeZone, tables: &Arc<HashMap<String, CodeTable>>) {
    env.add_filter("text", |value: Value| unless_empty(value, |value| Ok(text::clean(&as_text(value)?).into())));
    env.add_filter("halfwidth", |value: Value| on_text(value, |text| Ok(text::halfwidth(text))));
    env.add_filter("html", |value: Value| on_text(value, |text| Ok(text::from_html(text))));
    env.add_filter("urldecode", |value: Value| on_text(value, text::urldecode));
    env.add_filter("urlencode", |value: Value| on_text(value, |text| Ok(text::urlencode(text))));
    env.add_filter("match", |value: Value, pattern: String, group: Option<usize>| {
        unless_empty(value, |value| text::first_match(&as_text(value)?, &pattern, group))
    });
    env.add_filter("replace_all", |value: Value, pattern: String, with: String| {
        on_text(value, |text| text::replace_all(text, &pattern, &with))
    });
    env.add_filter("replace", |value: Value, from: String, to: String| {
        on_text(value, |text| text::replace_bounded(text, &from, &to))
    });
    env.add_filter("flag", |value: Value| unless_empty(value, |value| codes::flag(&as_text(value)?).map(Value::from)));
    env.add_filter("number", |value: Value| {
        unless_empty(value, |value| codes::number(&as_text(value)?).map(Value::from))
    });
    env.add_filter("json", |value: Value| unless_empty(value, |value| structure::from_json(&as_text(value)?)));
    env.add_filter("xml", |value: Value| unless_empty(value, |value| structure::from_xml(&as_text(value)?)));
    env.add_filter("phone", |value: Value| on_text(value, identity::phone));
    env.add_filter("idnumber", |value: Value| on_text(value, identity::idnumber));
    env.add_filter("wgs84", |value: Value, from: String| unless_empty(value, |value| geo::to_wgs84(value, &from)));
    env.add_filter("base64", |value: Value| on_text(value, |text| Ok(digest::base64(text))));
    env.add_filter("md5", |value: Value| on_text(value, |text| Ok(digest::md5_hex(text))));
    env.add_filter("sha256", |value: Value| on_text(value, |text| Ok(digest::sha256_hex(text))));
    env.add_filter("hmac_sha256", |value: Value, key: String| {
        on_text(value, |text| Ok(digest::hmac_sha256_hex(text, &key)))
    });
    let reading_zone = zone.clone();
    env.add_filter("datetime", move |value: Value, formats: Rest<String>| {
        unless_empty(value, |value| time::read(value, &formats.0, &reading_zone).map(Value::from))
    });
    let writing_zone = zone.clone();
    env.add_filter("localtime", move |value: Value, format: String| {
        on_text(value, |text| time::write(text, &format, &writing_zone))
    });
    let tables = Arc::clone(tables);
    env.add_filter("table", move |value: Value, name: String| {
        unless_empty(value, |value| codes::look_up(&tables, &name, &as_text(value)?))
    });
    env.add_function("coalesce", |values: Rest<Value>| {
        values.0.into_iter().find(|value| !is_empty(value)).unwrap_or_default()
    });
}

/// Checks the literal arguments of a filter before any record.
pub(crate) fn check_literals(filter: &str, literals: &[String]) -> Result<(), Fault> {
    match filter {
        "match" | "replace_all" => literals.first().map_or(Ok(()), |pattern| text::regex(pattern).map(|_| ())),
        "datetime" => literals.iter().try_for_each(|format| time::check_format(format)),
        "localtime" => literals.first().map_or(Ok(()), |format| time::check_format(format)),
        "wgs84" => literals.first().map_or(Ok(()), |system| geo::check_system(system)),
        _ => Ok(()),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_undefined() || value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn unless_empty(value: Value, apply: impl FnOnce(&Value) -> Result<Value, Fault>) -> Result<Value, Error> {
    if is_empty(&value) { Ok(Value::from("")) } else { apply(&value).map_err(Error::from) }
}

fn on_text(value: Value, apply: impl FnOnce(&str) -> Result<String, Fault>) -> Result<Value, Error> {
    unless_empty(value, |value| apply(&as_text(value)?).map(Value::from))
}

/// Text of a scalar; a number that is whole is written without a decimal point (spreadsheets keep ids as numbers).
fn as_text(value: &Value) -> Result<String, Fault> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    match value.kind() {
        minijinja::value::ValueKind::Number => match value.as_i64() {
            Some(whole) => Ok(whole.to_string()),
            None => Ok(value.to_string()),
        },
        minijinja::value::ValueKind::Bool => Ok(value.to_string()),
        kind => Err(Fault::new(
            format!("这里需要文本，得到的是 {kind}；请写出它的成员"),
            format!("text is needed here, the value is a {kind}; name a member of it"),
        )),
    }
}
