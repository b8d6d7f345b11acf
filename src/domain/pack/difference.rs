//! What differs between the files of two packs, line by line.

use crate::city::PackFiles;

/// Lines on either side of a difference that are shown with it.
const CONTEXT: usize = 3;
/// Most lines of all files that are shown.
const MAX_LINES: usize = 5_000;
/// Largest table of pairs of lines that are compared; beyond it a part counts as replaced whole.
const MAX_PAIRS: usize = 4_000_000;

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has other content.
    Changed,
}

impl FileChange {
    /// Name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDifference {
    /// Its path.
    pub path: String,
    /// How it differs.
    pub change: FileChange,
    /// The lines that are gone (`-`), those that are new (`+`), and some around them (a space); none where it is no text.
    pub lines: Vec<String>,
}

/// What differs, by path; and whether lines were left out because there are too many.
#[must_use]
pub fn difference(from: &PackFiles, to: &PackFiles) -> (Vec<FileDifference>, bool) {
    let paths: std::collections::BTreeSet<&str> = from.paths().chain(to.paths()).collect();
    let (mut found, mut room, mut cut) = (Vec::new(), MAX_LINES, false);
    for path in paths {
        let (old, new) = (from.get(path), to.get(path));
        let change = match (old, new) {
            (None, _) => FileChange::Added,
            (_, None) => FileChange::Removed,
            (old, new) if old == new => continue,
            _ => FileChange::Changed,
        };
        let mut lines = of_texts(old.unwrap_or_default(), new.unwrap_or_default());
        cut |= lines.len() > room;
        lines.truncate(room);
        room -= lines.len();
        found.push(FileDifference { path: path.to_owned(), change, lines });
    }
    (found, cut)
}

fn of_texts(old: &[u8], new: &[u8]) -> Vec<String> {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return Vec::new() };
    if old.contains('\0') || new.contains('\0') {
        return Vec::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    shown(&compared(&old, &new))
}

/// Every line once: with `-`, `+` or a space.
fn compared<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.split_at(before), new.split_at(before));
    let after = old.1.iter().rev().zip(new.1.iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle_old, tail) = old.1.split_at(old.1.len() - after);
    let (middle_new, _) = new.1.split_at(new.1.len() - after);
    let mut lines: Vec<(char, &str)> = old.0.iter().map(|line| (' ', *line)).collect();
    lines.extend(of_middle(middle_old, middle_new));
    lines.extend(tail.iter().map(|line| (' ', *line)));
    lines
}

/// By the longest common subsequence, where the part is not too large for it.
fn of_middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let width = new.len() + 1;
    if old.len().saturating_mul(width) > MAX_PAIRS {
        return old.iter().map(|line| ('-', *line)).chain(new.iter().map(|line| ('+', *line))).collect();
    }
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let at = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let longest = match a == b {
                true => at(&common, i + 1, j + 1) + 1,
                false => at(&common, i + 1, j).max(at(&common, i, j + 1)),
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = longest;
            }
        }
    }
    let (mut lines, mut i, mut j) = (Vec::with_capacity(old.len() + new.len()), 0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                lines.push((' ', *a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(('-', *a));
                i += 1;
            }
            (_, Some(b)) => {
                lines.push(('+', *b));
                j += 1;
            }
            _ => return lines,
        }
    }
}

/// The lines that differ, those around them, and `@@` with the numbers of the first line of each part.
fn shown(lines: &[(char, &str)]) -> Vec<String> {
    let is_near = |index: usize| {
        let around = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(lines.len());
        lines.get(around).is_some_and(|near| near.iter().any(|(sign, _)| *sign != ' '))
    };
    let (mut shown, mut numbers, mut is_shown) = (Vec::new(), (1_usize, 1_usize), false);
    for (index, (sign, line)) in lines.iter().enumerate() {
        let near = is_near(index);
        if near && !is_shown {
            shown.push(format!("@@ -{} +{} @@", numbers.0, numbers.1));
        }
        is_shown = near;
        if near {
            shown.push(format!("{sign}{}", line.trim_end_matches(['\n', '\r'])));
        }
        numbers.0 += usize::from(*sign != '+');
        numbers.1 += usize::from(*sign != '-');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &[u8])]) -> PackFiles {
        texts.iter().fold(PackFiles::default(), |files, (path, bytes)| files.with(path, bytes.to_vec()))
    }

    #[test]
    fn files_that_differ_are_shown_by_their_lines() {
        let from = files(&[("a", b"1\n2\n3\n4\n5\n6\n7\n8\n9\n"), ("b", b"same"), ("c", b"gone\n")]);
        let to = files(&[("a", b"1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n"), ("b", b"same"), ("d", b"\xFF\x00")]);
        let (found, cut) = difference(&from, &to);
        let a = ["@@ -2 +2 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8", " 9", "+ten"];
        assert!(!cut);
        let seen: Vec<(&str, &str, Vec<&str>)> = found
            .iter()
            .map(|file| (file.path.as_str(), file.change.name(), file.lines.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            seen,
            [("a", "changed", a.to_vec()), ("c", "removed", vec!["@@ -1 +1 @@", "-gone"]), ("d", "added", Vec::new())]
        );
    }

    #[test]
    fn too_many_lines_are_cut_and_too_large_parts_are_replaced() {
        let long = |word: &str| (0..3_000).map(|n| format!("{word}{n}\n")).collect::<String>().into_bytes();
        let (found, cut) = difference(&files(&[("a", &long("x"))]), &files(&[("a", &long("y"))]));
        assert!(cut);
        assert_eq!(found[0].lines.len(), MAX_LINES);
        assert_eq!(difference(&files(&[("a", b"1")]), &files(&[("a", b"1")])), (Vec::new(), false));
    }
}
