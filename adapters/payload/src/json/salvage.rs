//! A document in which the entries of one list do not fit together: the sound ones are kept, each damaged one becomes a broken entry
//! with its text. Only where the list ends and what is around it is well-formed: a document that was cut has lost what nobody
//! knows of, and stays unreadable as a whole.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::mend::mended;
use super::{offset_of, offset_of_error, read_bounded};
use crate::broken;

/// Most damaged entries of one list.
const MAX_DAMAGED: usize = 100;
/// Most lists in each other that may be the damaged one.
const MAX_LEVELS: usize = 4;
/// Most places at which the list may end that are tried.
const MAX_ENDS: usize = 32;
/// Most times that a document is gone through for one list.
const WORK: usize = 16;

/// The document with the damaged entries of a list broken: of the outermost list that holds the damage and with which the document fits.
pub(crate) fn salvaged(text: &str, fits: &dyn Fn(&Value) -> bool) -> Option<Value> {
    let lists = lists_open_at(text, offset_of_error(text)?);
    lists.into_iter().take(MAX_LEVELS).filter_map(|open| List::new(text, open).rebuilt()).find(fits)
}

/// Where the lists begin that are open at an offset before which everything is well-formed.
fn lists_open_at(text: &str, end: usize) -> Vec<usize> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for (at, byte) in text.bytes().enumerate().take(end) {
        match byte {
            b'[' | b'{' if !in_string => open.push((at, byte)),
            b']' | b'}' if !in_string => drop(open.pop()),
            _ => {}
        }
        in_string ^= byte == b'"' && !escaped;
        escaped = in_string && byte == b'\\' && !escaped;
    }
    open.into_iter().filter(|(_, byte)| *byte == b'[').map(|(at, _)| at).collect()
}

/// A list that holds damage, while it is read entry by entry.
struct List<'text> {
    text: &'text str,
    /// What stands before the first entry.
    head: &'text str,
    at: usize,
    /// The first key of the entries, with its quotation marks.
    key: Option<&'text str>,
    entries: Vec<String>,
    damaged: usize,
    /// Bytes that may still be looked at.
    budget: usize,
}

/// Whether the brackets of a damaged entry can be trusted.
#[derive(Debug, Clone, Copy)]
enum Brackets {
    Fit,
    Damaged,
}

/// What follows an entry.
enum After {
    /// The next entry begins here.
    Entry(usize),
    /// The list ends here.
    End(usize),
}

impl<'text> List<'text> {
    fn new(text: &'text str, open: usize) -> Self {
        let head = text.get(..=open).unwrap_or_default();
        Self { text, head, at: open + 1, key: None, entries: Vec::new(), damaged: 0, budget: WORK * text.len() }
    }

    /// The document with its damaged entries broken; `None` where it makes none.
    fn rebuilt(mut self) -> Option<Value> {
        let end = loop {
            let rest = self.rest()?;
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest()?;
            if rest.starts_with(']') {
                break self.at;
            }
            match sound_value(rest) {
                Ok(length) => {
                    self.entries.push(rest.get(..length)?.to_owned());
                    self.key = self.key.or_else(|| first_key(rest));
                    self.at += length;
                }
                Err(read) => {
                    self.spend(read)?;
                    self.damaged += 1;
                    match self.after_damage().filter(|_| self.damaged <= MAX_DAMAGED)? {
                        After::Entry(next) => self.at = next,
                        After::End(end) => break end,
                    }
                }
            }
            let rest = self.rest()?.trim_start();
            self.at = self.text.len() - rest.strip_prefix(',').unwrap_or(rest).len();
        };
        let document = format!("{}{}{}", self.head, self.entries.join(","), self.text.get(end..)?);
        read_bounded(&mended(&document)).ok()
    }

    fn rest(&self) -> Option<&'text str> {
        self.text.get(self.at..)
    }

    /// Takes the damaged entry, mended or as a broken one, and gives what follows it.
    fn after_damage(&mut self) -> Option<After> {
        let rest = self.rest()?;
        self.key = first_key(rest).or(self.key);
        let after = self.place_after(rest, Brackets::Fit).or_else(|| self.place_after(rest, Brackets::Damaged))?;
        let (After::Entry(end) | After::End(end)) = after;
        let piece = self.text.get(self.at..end)?.trim_end().trim_end_matches(',').trim_end();
        let mended = mended(piece);
        self.entries.push(match read_bounded(&mended) {
            Ok(_) => mended,
            Err(error) => broken::entry(piece, &error.to_string()).to_string(),
        });
        Some(after)
    }

    /// The first place at which the next entry may begin or the list may end: where the brackets that came fit together, or, if the damage is
    /// in the brackets themselves, where an entry begins behind the end of another.
    fn place_after(&mut self, rest: &str, brackets: Brackets) -> Option<After> {
        let (mut curly, mut square, mut ends) = (0_i64, 0_i64, 0);
        for (offset, byte) in rest.bytes().enumerate() {
            let at = self.at + offset;
            let fits = match brackets {
                Brackets::Fit => curly == 0 && square == 0,
                Brackets::Damaged => byte == b']' || (byte == b'{' && self.follows(at)),
            };
            if offset > 0 && fits {
                if byte == b'{' && self.begins(at) {
                    self.spend(offset)?;
                    return Some(After::Entry(at));
                }
                if byte == b']' && ends < MAX_ENDS {
                    ends += 1;
                    if self.ends(at)? {
                        return Some(After::End(at));
                    }
                }
            }
            match byte {
                b'{' => curly += 1,
                b'}' => curly -= 1,
                b'[' => square += 1,
                b']' => square -= 1,
                _ => {}
            }
        }
        self.spend(rest.len())?;
        None
    }

    /// Counts work; `None` where it is more than the document is worth.
    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(bytes)?;
        Some(())
    }

    /// Whether an object that begins as the entries do begins here.
    fn begins(&self, at: usize) -> bool {
        self.key.is_some() && self.text.get(at..).and_then(first_key) == self.key
    }

    /// Whether what stands before is the end of another entry.
    fn follows(&self, at: usize) -> bool {
        self.text.get(..at).is_some_and(|before| before.trim_end().ends_with([',', '}']))
    }

    /// Whether the document is whole if the list ends here.
    fn ends(&mut self, at: usize) -> Option<bool> {
        let skeleton = format!("{}{}", self.head, self.text.get(at..)?);
        self.spend(skeleton.len())?;
        Some(read_bounded(&mended(&skeleton)).is_ok())
    }
}

/// The length of the value at the beginning, where there is one and something sensible follows it; else how far it could be read.
fn sound_value(text: &str) -> Result<usize, usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => {
            let length = values.byte_offset();
            let after = text.get(length..).unwrap_or_default().trim_start();
            if after.starts_with([',', ']', '{']) { Ok(length) } else { Err(length) }
        }
        Some(Err(error)) => Err(offset_of(&error, text)),
        None => Err(0),
    }
}

/// `"key"` of an object that begins with it.
fn first_key(text: &str) -> Option<&str> {
    let key = text.strip_prefix('{')?.trim_start();
    let length = 2 + key.strip_prefix('"')?.find('"')?;
    key.get(length..)?.trim_start().starts_with(':').then(|| key.get(..length))?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The entries of the one document it may be, damaged ones as their text.
    fn check(text: &str, wanted: &[&str]) {
        let document = salvaged(text, &|_| true);
        let rows = document.map(|document| document.get("rows").unwrap_or(&document).clone());
        let told = |row: &Value| broken::parts(row).map_or(row.to_string(), |(piece, _)| format!("!{piece}"));
        let rows: Vec<String> = rows.iter().filter_map(Value::as_array).flatten().map(told).collect();
        assert_eq!(rows, wanted, "{text}");
    }

    #[test]
    fn sound_entries_are_kept_beside_damaged_ones() {
        let quoted = r#"{"n":2,"t":"他说"好"的"}"#;
        check(&format!(r#"[{{"n":1}},{quoted},{{"n":3}}]"#), &[r#"{"n":1}"#, &format!("!{quoted}"), r#"{"n":3}"#]);
        let odd = r#"{"n":2,"t":"屏幕24" 坏了"}"#;
        check(
            &format!(r#"{{"rows":[{{"n":1}}, {odd} ,{{"n":3}}],"total":3}}"#),
            &[r#"{"n":1}"#, &format!("!{odd}"), r#"{"n":3}"#],
        );
        check(&format!(r#"{{"rows":[{{"n":1}},{odd}],"more":[1]}}"#), &[r#"{"n":1}"#, &format!("!{odd}")]);
        check(r#"[{"n":1,{"n":2}]"#, &[r#"!{"n":1"#, r#"{"n":2}"#]);
        check(r#"[{"n":1} {"n":2}]"#, &[r#"{"n":1}"#, r#"{"n":2}"#]);
        check("[{\"n\":1,\"t\":\"a\nb\"},{\"n\":2,\"t\":x}]", &[r#"{"n":1,"t":"a\nb"}"#, r#"!{"n":2,"t":x}"#]);
    }

    #[test]
    fn lists_inside_a_damaged_entry_are_no_entries() {
        let damaged = r#"{"n":1,"t":"a" b","photos":[{"n":8},{"n":9}]}"#;
        check(&format!(r#"[{damaged},{{"n":2}}]"#), &[&format!("!{damaged}"), r#"{"n":2}"#]);
        let photos =
            |document: &Value| document.pointer("/rows/0/photos/0").is_some_and(|photo| broken::parts(photo).is_some());
        assert!(salvaged(r#"{"rows":[{"n":1,"photos":[x]}]}"#, &photos).is_some(), "the rows, or the photos");
    }

    #[test]
    fn what_was_cut_stays_unreadable() {
        for text in [r#"[{"n":1},{"n":2"#, r#"{"rows":[{"n":1},{"n""#, r#"{"n": x}"#, "", "[", r#"[{"n":1}"#] {
            assert_eq!(salvaged(text, &|_| true), None, "{text}");
        }
        let many = format!("[{}{{\"n\":x}}]", "{\"n\":x},".repeat(MAX_DAMAGED));
        assert_eq!(salvaged(&many, &|_| true), None, "too much damage");
    }

    #[test]
    fn what_would_take_long_is_given_up() {
        for piece in ["{\"n\":[", "{\"n\":x}],", "],[{", "{\"n\":\"]"] {
            let text = format!("[{{\"n\":\"a\" b\"}},{}", piece.repeat(20_000));
            assert_eq!(salvaged(&text, &|_| true), None, "{piece}");
        }
    }

    #[test]
    fn long_documents_are_read_in_one_go() {
        let text = format!("[{}{{\"n\":x}}]", "{\"n\":1},".repeat(20_000));
        let found = salvaged(&text, &|_| true).unwrap_or_default();
        assert_eq!(found.as_array().map(Vec::len), Some(20_001));
        assert_eq!(found[0], json!({"n": 1}));
    }
}
