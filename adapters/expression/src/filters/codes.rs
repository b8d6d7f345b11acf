//! Codes, flags and numbers.

use std::collections::HashMap;

use minijinja::Value;

use crate::fault::{nearest, notice};
use crate::{CodeTable, Fault};

/// Looks a code up. An unknown code gives the table's default and a remark; without a default it is a fault.
pub(crate) fn look_up(tables: &HashMap<String, CodeTable>, name: &str, code: &str) -> Result<Value, Fault> {
    let table = tables.get(name).ok_or_else(|| {
        let hint = nearest(name, tables.keys().map(String::as_str)).unwrap_or("-");
        Fault::new(format!("没有对照表 {name}（最接近：{hint}）"), format!("no table {name} (nearest: {hint})"))
    })?;
    if let Some(value) = table.get(code) {
        return Ok(Value::from(value));
    }
    let zh = format!("对照表 {name} 中没有这个代码；请在 tables/{name}.csv 中补一行");
    let en = format!("table {name} does not have this code; add a row to tables/{name}.csv");
    match table.default_value() {
        Some(default) => {
            notice(
                Fault::new(format!("{zh}，暂用默认值 {default}"), format!("{en}; the default {default} was used"))
                    .with_value(code),
            );
            Ok(Value::from(default))
        }
        None => Err(Fault::new(zh, en).with_value(code)),
    }
}

/// 是/否 in the ways systems write it.
pub(crate) fn flag(text: &str) -> Result<bool, Fault> {
    match text.trim().to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "是" | "有" | "on" => Ok(true),
        "0" | "false" | "f" | "no" | "n" | "否" | "无" | "off" => Ok(false),
        other => Err(Fault::new("无法判断是或否；可用对照表转换", "neither yes nor no; convert it with a table")
            .with_value(other)),
    }
}

/// The first number in the text, thousands separators removed.
pub(crate) fn number(text: &str) -> Result<f64, Fault> {
    let plain = super::text::halfwidth(text).replace(',', "");
    super::text::regex(r"-?\d+(\.\d+)?")?
        .find(&plain)
        .and_then(|found| found.as_str().parse().ok())
        .ok_or_else(|| Fault::new("没有数字", "there is no number in it").with_value(text))
}
