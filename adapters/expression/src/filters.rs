//! The filters that complaints need beyond Jinja's own. A filter understands the whole of a value, or gives none and remarks
//! what it did not understand; only a mistake of the mapping itself (no such table, a bad pattern) ends the evaluation.
//! An empty value passes through every filter as empty text (`none` would print as a word in filters such as `upper`).

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{AutoEscape, Environment, Error, State, Value};

use crate::fault::notice;
use crate::raw::raw_bytes;
use crate::{CodeTable, Fault};

mod codes;
mod geo;
mod html;
mod identity;
mod phone;
mod plane;
mod quantity;
mod rsa;
mod signing;
mod sm4;
mod structure;
mod text;
mod time;

pub use codes::read_flag;
pub(crate) use geo::OPTIONS as PLANE_OPTIONS;
pub use identity::read_idnumber;
pub use phone::{in_area, read_phone};
pub(crate) use signing::{bytes_of, named_encoding};
pub(crate) use text::urlencode;
pub use text::{halfwidth, is_invisible};
pub use time::GivenTime;

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
    ("number", "{{ '1,203.5 元' | number }} → 1203.5"),
    ("wgs84", "{{ {'lat': 31.22845774, 'lng': 121.47822306} | wgs84('gcj02') }} → {lat, lng} in WGS-84"),
    ("match", "{{ 'A5ProcessInfo,90000001' | match('(\\\\d+)$') }} → 90000001"),
    ("replace_all", "{{ 'a1b2' | replace_all('[0-9]', '') }} → ab"),
    ("urldecode", "{{ '%E8%B7%AF' | urldecode }} → 路"),
    ("urlencode", "{{ '路' | urlencode }} → %E8%B7%AF, {{ '路' | urlencode('gbk') }} → %C2%B7"),
    ("base64", "{{ 'ab' | base64 }} → YWI="),
    ("hex", "{{ 'ab' | hex }} → 6162"),
    ("md5", "{{ 'a' | md5 }} → 0cc175b9c0f1b6a831c399e269772661"),
    ("sha1", "{{ 'a' | sha1('base64') }} → hvfkN/qlp/zhXR3cuerq6jd2Z7g="),
    ("sha256", "{{ 'a' | sha256 }} → ca978112…"),
    ("sha512", "{{ 'a' | sha512 }} → 1f40fc92…"),
    ("sm3", "{{ 'abc' | sm3 }} → 66c7f0f4…"),
    ("hmac_md5", "{{ body | hmac_md5(secrets.key) }} → lower-case hexadecimal"),
    ("hmac_sha1", "{{ body | hmac_sha1(secrets.key, 'base64') }} → base64"),
    ("hmac_sha256", "{{ body | hmac_sha256(secrets.key) }} → lower-case hexadecimal"),
    ("hmac_sha512", "{{ body | hmac_sha512(secrets.key) }} → lower-case hexadecimal"),
    ("hmac_sm3", "{{ body | hmac_sm3(secrets.key) }} → lower-case hexadecimal"),
    ("rsa_sha256", "{{ body | rsa_sha256(secrets.pem) }} → base64 of a PKCS #1 v1.5 signature"),
    ("sm4_encrypt", "{{ secrets.password | sm4_encrypt(secrets.key) }} → hexadecimal; ECB, or CBC with iv='…'"),
    ("sm4_decrypt", "{{ session.challenge | sm4_decrypt(secrets.key, 'base64') }} → the text"),
    (
        "sorted_params",
        "{{ {'b': 2, 'a': 1, 'c': ''} | sorted_params }} → a=1&b=2; without='sign', between='', assign='', empty=true, encode='url' or 'form'",
    ),
];

/// Every added function.
pub(crate) const FUNCTIONS: &[&str] = &["coalesce"];

pub(crate) fn register(env: &mut Environment<'static>, zone: &TimeZone, tables: &Arc<HashMap<String, CodeTable>>) {
    register_text(env);
    register_values(env, tables);
    register_times(env, zone);
    register_codings(env);
}

fn register_text(env: &mut Environment<'static>) {
    env.add_filter("text", |value: Value| on_text(&value, |text| Ok(text::clean(text))));
    env.add_filter("halfwidth", |value: Value| on_text(&value, |text| Ok(halfwidth(text))));
    env.add_filter("html", |value: Value| on_text(&value, html::to_text));
    env.add_filter("match", |value: Value, pattern: String, group: Option<usize>| {
        let regex = text::regex(&pattern)?;
        Ok::<_, Error>(on_text(&value, |text| Ok(text::first_match(text, &regex, group))))
    });
    env.add_filter("replace_all", |value: Value, pattern: String, with: String| {
        let regex = text::regex(&pattern)?;
        Ok::<_, Error>(on_text(&value, |text| Ok(regex.replace_all(text, with.as_str()).into_owned())))
    });
    env.add_filter("replace", |value: Value, from: String, to: String| {
        on_text(&value, |text| text::replace_bounded(text, &from, &to))
    });
    env.add_filter("json", |value: Value| understood(&value, |value| structure::from_json(&as_text(value)?)));
    env.add_filter("xml", |value: Value| understood(&value, |value| structure::from_xml(&as_text(value)?)));
}

fn register_values(env: &mut Environment<'static>, tables: &Arc<HashMap<String, CodeTable>>) {
    env.add_filter("flag", |value: Value| understood(&value, |value| codes::flag(&as_text(value)?).map(Value::from)));
    env.add_filter("number", |value: Value| {
        // A number of the payload is one already.
        if value.kind() == ValueKind::Number {
            return f64::try_from(value.clone()).map_or(value, Value::from);
        }
        understood(&value, |value| quantity::number(&as_text(value)?).map(Value::from))
    });
    env.add_filter("phone", |value: Value, area_code: Option<String>| {
        let area_code = area_code.as_deref();
        area_code.map_or(Ok(()), phone::check_area_code)?;
        Ok::<_, Error>(on_text(&value, |text| phone::phone(text, area_code)))
    });
    env.add_filter("idnumber", |value: Value| on_text(&value, identity::idnumber));
    env.add_filter("wgs84", |value: Value, from: String, options: Kwargs| {
        let source = geo::Source::read(&from, &options)?;
        options.assert_all_used()?;
        Ok::<_, Error>(understood(&value, |value| source.to_wgs84(value)))
    });
    let tables = Arc::clone(tables);
    env.add_filter("table", move |value: Value, name: String| {
        let table = codes::table(&tables, &name)?;
        Ok::<_, Error>(understood(&value, |value| codes::look_up(table, &name, &as_text(value)?)))
    });
}

fn register_times(env: &mut Environment<'static>, zone: &TimeZone) {
    let reading_zone = zone.clone();
    env.add_filter("datetime", move |value: Value, formats: Rest<String>| {
        on_text(&value, |text| time::read(text, &formats.0, &reading_zone))
    });
    let writing_zone = zone.clone();
    env.add_filter("localtime", move |value: Value, format: String| {
        time::check_format(&format)?;
        Ok::<_, Error>(on_text(&value, |text| time::write(text, &format, &writing_zone)))
    });
}

fn register_codings(env: &mut Environment<'static>) {
    env.add_filter("urldecode", |value: Value| on_text(&value, text::urldecode));
    env.add_filter("urlencode", |state: &State<'_, '_>, value: Value, encoding: Option<String>| {
        let encoding = encoding.map(|name| named_encoding(&name)).transpose()?;
        let encoded = on_text(&value, |text| Ok(urlencode(&bytes_of(text, encoding))));
        // In a form it is not encoded once more.
        let is_form = matches!(state.auto_escape(), AutoEscape::Custom(_));
        Ok::<_, Error>(if is_form { Value::from_safe_string(encoded.to_string()) } else { encoded })
    });
    env.add_filter("base64", |value: Value| on_text(&value, |text| Ok(STANDARD.encode(raw_bytes(text)))));
    signing::register(env);
}

/// Checks the literal arguments of a filter before any record.
pub(crate) fn check_literals(filter: &str, literals: &[String]) -> Result<(), Fault> {
    match filter {
        "match" | "replace_all" => literals.first().map_or(Ok(()), |pattern| text::regex(pattern).map(|_| ())),
        "datetime" => literals.iter().try_for_each(|format| time::check_format(format)),
        "localtime" => literals.first().map_or(Ok(()), |format| time::check_format(format)),
        "phone" => literals.first().map_or(Ok(()), |code| phone::check_area_code(code)),
        "wgs84" => literals.first().map_or(Ok(()), |system| geo::check_system(system)),
        _ => signing::check_literals(filter, literals),
    }
}

/// Whether a cell holds an error of a spreadsheet, or was too narrow when it was exported.
#[must_use]
pub fn is_error_cell(text: &str) -> bool {
    let text = text.trim().to_ascii_uppercase();
    let known = [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#DIV/0!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#BUSY!",
        "#GETTING_DATA",
        "#DATA!",
    ];
    let narrow = text.len() >= 3 && text.bytes().all(|byte| byte == b'#');
    let libre =
        text.strip_prefix("ERR:").is_some_and(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()));
    narrow || libre || known.contains(&text.as_str())
}

pub(crate) fn is_empty(value: &Value) -> bool {
    value.is_undefined() || value.is_none() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// What `apply` understands of a value; where that is nothing, empty text and a remark.
fn understood(value: &Value, apply: impl FnOnce(&Value) -> Result<Value, Fault>) -> Value {
    if is_empty(value) {
        return Value::from("");
    }
    apply(value).unwrap_or_else(|fault| {
        notice(fault);
        Value::from("")
    })
}

fn on_text(value: &Value, apply: impl FnOnce(&str) -> Result<String, Fault>) -> Value {
    understood(value, |value| apply(&as_text(value)?).map(Value::from))
}

/// Largest whole number that a floating one holds exactly; spreadsheets and some languages keep numbers of records so.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Text of a scalar; a number that is whole is written without a decimal point (spreadsheets keep ids as numbers). A floating
/// number with more digits than it holds has lost its last ones and is none.
fn as_text(value: &Value) -> Result<String, Fault> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    match value.kind() {
        ValueKind::Number if !value.is_integer() && f64::try_from(value.clone()).is_ok_and(|n| n.abs() > MAX_EXACT) => {
            Err(Fault::new(
                "这个数超过 15 位，末几位已丢失；请让来源以文本给出",
                "the number has more than 15 digits and has lost its last ones; have the source give it as text",
            )
            .with_value(&value.to_string()))
        }
        ValueKind::Number => Ok(value.as_i64().map_or_else(|| value.to_string(), |whole| whole.to_string())),
        ValueKind::Bool => Ok(value.to_string()),
        kind => Err(Fault::new(
            format!("这里需要文本，得到的是 {kind}；请写出它的成员"),
            format!("text is needed here, the value is a {kind}; name a member of it"),
        )
        .with_value(&value.to_string())),
    }
}
