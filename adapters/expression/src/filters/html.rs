//! HTML becomes lines of text.

use regex::Captures;

use super::text::{clean, regex};
use crate::Fault;

/// Longest HTML that is read, in bytes; what follows is left out. Complaints are cut at 20,000 characters.
const MAX_HTML_BYTES: usize = 1 << 20;

/// The text of a piece of HTML: without tags, comments, scripts and styles; references become characters. HTML that was
/// escaped once more as a whole is read once more.
pub(crate) fn to_text(text: &str) -> Result<String, Fault> {
    let text = text.get(..text.floor_char_boundary(MAX_HTML_BYTES)).unwrap_or_default();
    let read = once(text)?;
    // Nothing but escaped tags in it: `&lt;p&gt;路灯&lt;/p&gt;`.
    let escaped =
        !text.contains('<') && regex(r"(?i)</(p|div|span|b|strong|td|li|a|font)>|<br ?/?>|<p[ >]")?.is_match(&read);
    if escaped { once(&read) } else { Ok(read) }
}

fn once(text: &str) -> Result<String, Fault> {
    let text = without(r"(?s)<!--.*?-->", text)?;
    let text = without(r"(?is)<script\b[^>]*>.*?</script\s*>|<style\b[^>]*>.*?</style\s*>|<!doctype[^>]*>", &text)?;
    let text = without(r"<!\[CDATA\[|\]\]>", &text)?;
    let text = regex(r"(?i)&#(x[0-9a-f]{4}|[0-9]{5});(?:&#(x[0-9a-f]{4}|[0-9]{5});)?")?.replace_all(&text, halves);
    Ok(clean(&nanohtml2text::html2text(&only_whole_tags(&text))))
}

fn without(pattern: &str, text: &str) -> Result<String, Fault> {
    Ok(regex(pattern)?.replace_all(text, "").into_owned())
}

/// Two references that are halves of one character (`&#55357;&#56911;`) become it; a half alone U+FFFD.
fn halves(found: &Captures<'_>) -> String {
    let unit = |index: usize| {
        let text = found.get(index)?.as_str();
        match text.strip_prefix(['x', 'X']) {
            Some(hex) => u16::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    };
    let units: Vec<u16> = [unit(1), unit(2)].into_iter().flatten().collect();
    if !units.iter().any(|unit| (0xD800..0xE000).contains(unit)) {
        return found.get(0).map_or("", |whole| whole.as_str()).to_owned();
    }
    String::from_utf16_lossy(&units)
}

/// A `<` that begins no tag is written as text: nothing but `>` closes it, it closes before the next `<`, its quotes are
/// closed in it, and a name, `/` or `!` follows it. The reader of HTML looks for the end of a tag up to the end of the text, so
/// that many open ones would take time with the square of their number.
fn only_whole_tags(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for (index, part) in text.split('<').enumerate() {
        if index > 0 {
            let inside = part.split_once('>').map(|(inside, _)| inside);
            let closed = inside.is_some_and(|inside| {
                inside.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c))
                    && ['"', '\''].iter().all(|quote| inside.matches(*quote).count() % 2 == 0)
            });
            whole.push_str(if closed { "<" } else { "&lt;" });
        }
        whole.push_str(part);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(to_text(html).as_deref(), Ok(expected), "{html}");
    }

    #[test]
    fn html_becomes_lines() {
        let text = to_text("<p>三盏路灯&nbsp;不亮</p><p>请<b>尽快</b>处理</p>").unwrap();
        assert!(text.starts_with("三盏路灯") && text.ends_with("请尽快处理"), "{text}");
        assert!(text.contains('\n') && !text.contains('<'), "{text}");
    }

    #[test]
    fn what_is_no_text_is_left_out_and_what_is_text_stays() {
        check("路灯<!-- 内部 <b>批注</b> -->不亮", "路灯不亮");
        check("<style>p{color:red}</style>路灯<script type='a'>if (a<b) x();</script>不亮", "路灯不亮");
        check("<![CDATA[<p>路灯不亮</p>]]>", "路灯不亮");
        check("水深 5<6 且 7>3", "水深 5<6 且 7>3");
        check("a < b > c", "a < b > c");
        check("路灯&amp;井盖 &#128591; &#x1F64F; &#55357;&#56911;", "路灯&井盖 🙏 🙏 🙏");
        check("路灯&#55357;不亮", "路灯\u{FFFD}不亮");
        check("&#36335;&#28783;&#22351;", "路灯坏");
        check("&lt;p&gt;路灯不亮&lt;/p&gt;", "路灯不亮");
        check("没有标签", "没有标签");
        check("<!DOCTYPE html><html><head><title>t</title></head><body>路灯</body></html>", "路灯");
    }

    #[test]
    fn open_tags_are_text_and_take_no_time() {
        check("水深<30厘米，<b>请</b>处理<a href=\"", "水深<30厘米，请处理<a href=\"");
        for part in [
            "<x",
            "<a href=",
            "<a href=\">",
            "<script>",
            "<!--",
            "<![CDATA[",
            "<b ",
            "</",
            "&lt;<",
            "<style>",
            "&#55357;",
        ] {
            let text = to_text(&part.repeat(200_000)).unwrap();
            assert!(text.len() <= 4 << 20, "{part}");
        }
    }
}
