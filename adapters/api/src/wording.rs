//! What the system and libraries say of themselves, in Chinese: the common kinds in words, any other as it stands on a line of its own,
//! so that no English stands in a Chinese sentence.

use std::fmt::Display;
use std::io;

/// Text of another program or library as it stands, on a line of its own behind a Chinese sentence.
pub fn original(text: impl Display) -> String {
    format!("\n原文：{text}")
}

/// A sentence in both languages about what another program said: its words stand on a line of their own in Chinese, and behind a colon
/// in English.
pub fn both(zh: impl Display, en: impl Display, said: impl Display) -> String {
    // The brackets that part the languages must not be closed by what was said.
    let said = said.to_string().replace('（', "(").replace('）', ")");
    format!("{zh}{}（{en}: {said}）", original(&said))
}

/// A sentence in both languages before another text, which may be in both or in one.
pub fn before(zh: impl Display, en: impl Display, text: &str) -> String {
    match parts(text) {
        Some((of_zh, of_en)) => format!("{zh}：{of_zh}（{en}: {of_en}）"),
        None => both(zh, en, text),
    }
}

/// Whether a text has a Chinese character.
#[must_use]
pub fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

/// Chinese and English of a text whose English stands last in brackets. What another program said may follow a colon in it, in any
/// language.
#[must_use]
pub fn parts(text: &str) -> Option<(&str, &str)> {
    let (body, open, close) = match text.strip_suffix('）') {
        Some(body) => (body, '（', '）'),
        None => (text.strip_suffix(')')?, '(', ')'),
    };
    let mut depth = 1_usize;
    for (at, c) in body.char_indices().rev() {
        if c == close {
            depth += 1;
        } else if c == open {
            depth -= 1;
            if depth == 0 {
                let (zh, en) = (body.get(..at)?.trim_end(), body.get(at + c.len_utf8()..)?);
                let own = en.split(": ").next().unwrap_or(en);
                let is_pair = has_chinese(zh) && !has_chinese(own) && en.contains(' ');
                return is_pair.then_some((zh, en));
            }
        }
    }
    None
}

/// An error of the system in words; none where it has no common kind.
#[must_use]
pub fn system_words(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    Some(match error.kind() {
        Kind::NotFound => "没有这个文件或文件夹",
        Kind::PermissionDenied => "没有权限",
        Kind::ConnectionRefused => "连接被拒绝",
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => "中断了",
        Kind::TimedOut => "超时",
        Kind::AddrInUse => "地址已被占用",
        Kind::AddrNotAvailable => "本机没有这个地址",
        Kind::AlreadyExists => "已经存在",
        Kind::IsADirectory => "这是文件夹，不是文件",
        Kind::NotADirectory => "这不是文件夹",
        Kind::StorageFull => "磁盘已满",
        Kind::ReadOnlyFilesystem => "文件系统只读",
        Kind::HostUnreachable | Kind::NetworkUnreachable => "网络不通",
        Kind::InvalidData => "内容不是约定的样子",
        _ => return None,
    })
}

/// An error of the system behind a Chinese sentence: in words, else as it stands.
#[must_use]
pub fn of_system(error: &io::Error) -> String {
    system_words(error).map_or_else(|| original(error), |words| format!("：{words}"))
}

/// What serde or the reader of TOML says of a setting, as a Chinese sentence.
#[must_use]
pub fn of_setting(message: &str) -> String {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    let known = |text: &str| text.split('`').skip(1).step_by(2).collect::<Vec<_>>().join("、");
    let beginning = |start: &str| message.strip_prefix(start);
    if let Some(rest) = beginning("unknown field ").or_else(|| beginning("unknown variant ")) {
        let name = quoted(rest);
        return match rest.split_once(", expected ") {
            Some((_, expected)) if expected.contains('`') => format!("不认识 {name}；可用：{}", known(expected)),
            _ => format!("不认识 {name}"),
        };
    }
    if let Some(rest) = beginning("missing field ") {
        return format!("缺少 {}", quoted(rest));
    }
    if let Some(rest) = beginning("duplicate field ").or_else(|| beginning("duplicate key")) {
        return format!("{} 写了两次", quoted(rest)).trim_start().to_owned();
    }
    let typed = beginning("invalid type: ").or_else(|| beginning("invalid value: "));
    let typed = typed.and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((found, wanted)) = typed.and_then(|(found, expected)| Some((found, kind(expected)?))) {
        let found = found.split(['`', '"']).nth(1).map_or_else(String::new, |value| format!("（现为 {value}）"));
        return format!("这里应写{wanted}{found}");
    }
    of_syntax(message).map_or_else(|| format!("设置有误{}", original(message)), str::to_owned)
}

/// What the reader of TOML says of the form of a file, by the beginning of its message.
const SYNTAX: [(&str, &str); 52] = [
    ("missing comma between array elements", "列表的两项之间缺少逗号"),
    ("missing comma between key-value pairs", "花括号里的两项之间缺少逗号"),
    ("extra comma in array", "列表里多了一个逗号"),
    ("extra comma in inline table", "花括号里多了一个逗号"),
    ("missing opening quote", "缺少开头的引号"),
    ("string values must be quoted", "文字要放在引号里"),
    ("invalid basic string", "文字的引号没有合上，或引号里有不能直接写的字符"),
    ("invalid literal string", "文字的单引号没有合上，或引号里有不能直接写的字符"),
    ("invalid multi-line basic string", "多行文字没有合上（缺少三个引号）"),
    ("invalid multi-line literal string", "多行文字没有合上（缺少三个单引号）"),
    ("missing escaped value", "反斜杠后面不完整；文字里的反斜杠要写两个，或改用单引号"),
    ("too few unicode value digits", "\\u 后面的位数不够"),
    ("unclosed array table", "表名缺少右边的方括号 ]]"),
    ("unclosed array", "列表缺少右边的方括号 ]"),
    ("unclosed inline table", "缺少右边的花括号 }"),
    ("unclosed table", "表名缺少右边的方括号 ]"),
    ("missing array opening", "缺少左边的方括号 ["),
    ("missing inline table opening", "缺少左边的花括号 {"),
    ("missing table open", "表名缺少左边的方括号 ["),
    ("missing assignment between key-value pairs", "名称与值之间缺少等号"),
    ("extra assignment between key-value pairs", "多了一个等号"),
    ("extra `=`", "多了一个等号"),
    ("unexpected `=` in array", "列表里不能有等号"),
    ("key with no value", "只有名称，缺少等号和值"),
    ("missing value for key", "等号后面缺少值"),
    ("missing value", "缺少值"),
    ("missing key for inline table element", "花括号里的等号前面缺少名称"),
    ("invalid inline table element", "花括号里的内容写得不对"),
    ("invalid key-value pair", "这一行不是“名称 = 值”"),
    ("invalid unquoted key", "名称里有不能直接写的字符；含中文或标点的名称要放在引号里"),
    ("unquoted keys cannot be empty", "缺少名称"),
    ("keys cannot be multi-line", "名称不能写成多行文字"),
    ("unexpected key or value", "这里多了内容；一行只写一个“名称 = 值”"),
    ("unexpected content between comment and newline", "注释后面多了内容"),
    ("unexpected content", "这里多了内容"),
    ("invalid comment character", "注释里有不能写的控制字符"),
    ("missing comment start", "注释缺少开头的 #"),
    ("carriage return must be followed by newline", "换行写得不对：回车后面没有换行"),
    ("unexpected leading zero", "数字前面不能有 0；编号请放在引号里"),
    ("unexpected sign", "这里不能有正负号"),
    ("redundant numeric sign", "正负号写了两次"),
    ("redundant integer number prefix", "数字的前缀写了两次"),
    ("integers with a radix cannot be signed", "带进制前缀的整数不能有正负号"),
    ("radix must be lowercase", "进制前缀要用小写"),
    ("`_` may only go between digits", "下划线只能写在数字之间"),
    ("invalid date", "日期写得不对，或没有这一天"),
    ("invalid time", "时间写得不对"),
    ("invalid value", "这个值写得不对；文字要放在引号里"),
    ("cannot extend value of type", "这个名称已经有值，不能再当作表"),
    ("cannot redefine", "这个名称写了两次"),
    ("cannot recurse further", "嵌套太深"),
    ("recursion limit", "嵌套太深"),
];

fn of_syntax(message: &str) -> Option<&'static str> {
    SYNTAX.iter().find(|(beginning, _)| message.starts_with(beginning)).map(|(_, words)| *words)
}

/// A type by the words of serde.
fn kind(expected: &str) -> Option<&'static str> {
    let expected = expected.trim();
    Some(match expected {
        "a string" | "string" | "a borrowed string" | "str" => "文字（带引号）",
        "a boolean" | "bool" => " true 或 false",
        "a sequence" | "a list" | "an array" => "列表",
        "a map" | "map" | "a table" => "表",
        "u8" | "u16" | "u32" | "u64" | "usize" | "a nonzero u32" => "不小于 0 的整数",
        "i8" | "i16" | "i32" | "i64" | "isize" => "整数",
        "f32" | "f64" => "数字",
        _ if expected.starts_with("struct ") => "表",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_say_of_settings_has_words() {
        for (said, expected) in [
            ("unknown field `urll`, expected one of `url`, `tls`", "不认识 urll；可用：url、tls"),
            ("unknown field `x`, there are no fields", "不认识 x"),
            ("unknown variant `soapp`, expected `soap` or `http`", "不认识 soapp；可用：soap、http"),
            ("missing field `name`", "缺少 name"),
            ("duplicate field `name`", "name 写了两次"),
            ("invalid type: string \"five\", expected u32", "这里应写不小于 0 的整数（现为 five）"),
            ("invalid type: integer `5`, expected a string", "这里应写文字（带引号）（现为 5）"),
            ("invalid type: integer `5`, expected struct Reply", "这里应写表（现为 5）"),
            ("invalid value: integer `-1`, expected u32", "这里应写不小于 0 的整数（现为 -1）"),
            ("expected newline", "设置有误\n原文：expected newline"),
        ] {
            assert_eq!(of_setting(said), expected, "{said}");
        }
    }

    #[test]
    fn what_another_program_said_stands_in_both_languages() {
        let said = both("来源拒绝了", "the source refuses", "用户名（工号）错误）");
        assert_eq!(
            parts(&said),
            Some(("来源拒绝了\n原文：用户名(工号)错误)", "the source refuses: 用户名(工号)错误)"))
        );
        let login = before("登录未成功", "the login did not succeed", &said);
        let (zh, en) = parts(&login).unwrap_or_default();
        assert_eq!(zh, "登录未成功：来源拒绝了\n原文：用户名(工号)错误)");
        assert_eq!(en, "the login did not succeed: the source refuses: 用户名(工号)错误)");
        assert_eq!(before("登录未成功", "no login", "HTTP 500"), "登录未成功\n原文：HTTP 500（no login: HTTP 500）");
    }

    #[test]
    fn what_the_system_says_has_words_or_a_line_of_its_own() {
        assert_eq!(of_system(&io::Error::from(io::ErrorKind::NotFound)), "：没有这个文件或文件夹");
        assert_eq!(of_system(&io::Error::other("odd")), "\n原文：odd");
    }
}
