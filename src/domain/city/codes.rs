//! Codes as people give them: by the code or by its name; of one that is not known, those that are nearest.

use std::cmp::Reverse;

/// Most codes that are named where one is not known.
const MAX_NEAREST: usize = 5;

/// The code that a text means among known ones, each with its name.
///
/// # Errors
/// None is meant, or a name is that of several codes: those, else the nearest known ones, as `code name`; none where nothing is known.
pub fn meant_code<'a>(text: &str, known: impl Iterator<Item = (&'a str, &'a str)>) -> Result<&'a str, Vec<String>> {
    let mut known: Vec<(&str, &str)> = known.collect();
    known.sort_unstable();
    if let Some((code, _)) = known.iter().find(|(code, _)| *code == text) {
        return Ok(code);
    }
    let named: Vec<(&str, &str)> = known.iter().copied().filter(|(_, name)| *name == text).collect();
    match named.as_slice() {
        [(code, _)] => return Ok(code),
        [] => known.sort_by_cached_key(|(code, name)| Reverse(likeness(text, code).max(likeness(text, name)))),
        _ => known = named,
    }
    let shown = |(code, name): (&str, &str)| if code == name { code.to_owned() } else { format!("{code} {name}") };
    Err(known.into_iter().take(MAX_NEAREST).map(shown).collect())
}

/// How much two texts are alike, in thousandths: what is a part of the other is nearest.
fn likeness(text: &str, known: &str) -> i32 {
    let (text, known) = (text.to_lowercase(), known.to_lowercase());
    if !text.is_empty() && (known.contains(&text) || (!known.is_empty() && text.contains(&known))) {
        return 2_000;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1000")]
    let likeness = (strsim::jaro_winkler(&text, &known) * 1_000.0) as i32;
    likeness
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [(&str, &str); 4] =
        [("lighting", "公共照明"), ("water", "供水"), ("noise", "噪音"), ("noise-night", "噪音")];

    fn meant(text: &str) -> Result<&'static str, Vec<String>> {
        meant_code(text, KNOWN.into_iter())
    }

    #[test]
    fn a_code_is_meant_by_itself_or_by_its_name() {
        assert_eq!(meant("water"), Ok("water"));
        assert_eq!(meant("公共照明"), Ok("lighting"));
        assert_eq!(meant("噪音"), Err(vec!["noise 噪音".to_owned(), "noise-night 噪音".to_owned()]), "of several");
    }

    #[test]
    fn of_one_that_is_not_known_the_nearest_come_first() {
        assert_eq!(meant("lightning").unwrap_err()[0], "lighting 公共照明");
        assert_eq!(meant("照明").unwrap_err()[0], "lighting 公共照明");
        assert_eq!(meant_code("x", [].into_iter()), Err(Vec::new()));
        let many: Vec<String> = (0..50).map(|number| format!("c{number}")).collect();
        let nearest = meant_code("c", many.iter().map(|code| (code.as_str(), code.as_str()))).unwrap_err();
        assert_eq!((nearest.len(), nearest[0].as_str()), (MAX_NEAREST, "c0"));
    }
}
