//! Codes and flags.

use std::collections::HashMap;

use minijinja::Value;

use super::text::plain;
use crate::fault::{nearest, notice};
use crate::{CodeTable, Fault};

/// Looks a code up. An unknown code gives the table's default and a remark; without a default it is a fault.
pub(crate) fn look_up(table: &CodeTable, name: &str, code: &str) -> Result<Value, Fault> {
    if let Some(value) = table.get(code) {
        return Ok(Value::from(value));
    }
    let shown: String = code.trim().chars().take(Fault::VALUE_CHARS).collect();
    let zh = format!("对照表 {name} 中没有代码“{shown}”；请在 tables/{name}.csv 中补一行");
    let en = format!("table {name} does not have the code {shown:?}; add a row to tables/{name}.csv");
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

/// The table of a name, which a mapping may have made from a record.
pub(crate) fn table<'a>(tables: &'a HashMap<String, CodeTable>, name: &str) -> Result<&'a CodeTable, Fault> {
    tables.get(name).ok_or_else(|| {
        let hint = nearest(name, tables.keys().map(String::as_str)).unwrap_or("-");
        Fault::new(format!("没有对照表 {name}（最接近：{hint}）"), format!("no table {name} (nearest: {hint})"))
    })
}

/// 是/否 in the ways systems write it, whatever is asked; `None` for every other text. Words that say what is wished (保密, 公开)
/// mean yes to one question and no to another: they are none here.
#[must_use]
pub fn read_flag(text: &str) -> Option<bool> {
    match plain(text).to_lowercase().as_str() {
        "1" | "1.0" | "true" | "t" | "yes" | "y" | "是" | "是的" | "对" | "有" | "on" | "√" | "✓" | "✔"
        | "✔\u{FE0F}" | "☑" => Some(true),
        "0" | "0.0" | "false" | "f" | "no" | "n" | "否" | "不" | "不是" | "无" | "没有" | "off" => Some(false),
        _ => None,
    }
}

/// [`read_flag`], where anything else is a fault.
pub(crate) fn flag(text: &str) -> Result<bool, Fault> {
    read_flag(text).ok_or_else(|| {
        Fault::new("无法判断是或否；可用对照表转换", "neither yes nor no; convert it with a table").with_value(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_and_no_are_flags() {
        for (seen, expected) in
            [("是", true), (" TRUE ", true), ("１", true), ("1.0", true), ("√", true), ("否", false), ("0.0", false)]
        {
            assert_eq!(flag(seen), Ok(expected), "{seen}");
        }
        for seen in ["2", "保密", "公开", "null", "-1", "×", "是/否", "未知", "10"] {
            assert!(flag(seen).is_err(), "{seen}");
        }
    }
}
