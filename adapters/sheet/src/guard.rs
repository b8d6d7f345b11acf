//! Texts that a spreadsheet would take for a formula.

/// A text as it may stand in a CSV file: an apostrophe goes before what a spreadsheet would calculate (CWE-1236). Full-width signs count
/// too, since spreadsheets of East Asian locales read them as their ASCII ones; so do signs behind blanks, which some programs cut off.
pub(crate) fn guarded(text: &str) -> String {
    let first = text.chars().next();
    let sign = text.trim_start().chars().next();
    let control = matches!(first, Some('\t' | '\r' | '\n'));
    let formula = matches!(sign, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    if control || formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_calculated_is_guarded_and_nothing_else() {
        for text in [
            "=1+1",
            "+8613800138000",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "＝1",
            "＠a",
            "　＋1",
            "=cmd|' /C calc'!A0",
        ] {
            assert_eq!(guarded(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "路灯不亮", "1-2", "a=b", "'=1", "a@b.cn", "0571-8888", " 路灯"] {
            assert_eq!(guarded(text), text, "{text:?}");
        }
    }
}
