//! Drafts: what an edit makes of the files of a pack, and a draft that is brought up to a pack that went live since.

use std::collections::BTreeSet;

use crate::city::{FileRefusal, PackFiles};

/// What happens to one file of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEdit {
    /// It has this content, whether it was there or not.
    Put(String, Vec<u8>),
    /// It is removed.
    Remove(String),
}

/// Why an edit is refused: the file, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditRefusal {
    /// The file cannot be part of a pack.
    File(String, FileRefusal),
    /// A file that is not there was to be removed.
    Missing(String),
    /// A file is named twice.
    Twice(String),
}

/// The files after an edit; all of it, or nothing.
///
/// # Errors
/// Why it is refused.
pub fn edited(files: PackFiles, edits: Vec<FileEdit>) -> Result<PackFiles, EditRefusal> {
    let mut named = BTreeSet::new();
    let mut files = files;
    for edit in edits {
        let (FileEdit::Put(path, _) | FileEdit::Remove(path)) = &edit;
        if !named.insert(path.clone()) {
            return Err(EditRefusal::Twice(path.clone()));
        }
        match edit {
            FileEdit::Put(path, bytes) => {
                files.put(&path, bytes).map_err(|refusal| EditRefusal::File(path, refusal))?;
            }
            FileEdit::Remove(path) => {
                if !files.remove(&path) {
                    return Err(EditRefusal::Missing(path));
                }
            }
        }
    }
    Ok(files)
}

/// A draft that departs from the live pack, with the same changes that it had against its base. Each file counts as a whole: one that
/// was changed on both sides, and not in the same way, is for a person, who names those of which the draft's side is kept.
///
/// # Errors
/// The files that were changed on both sides.
pub fn rebased(
    (base, draft, live): (&PackFiles, &PackFiles, &PackFiles),
    keep: &[String],
) -> Result<PackFiles, Vec<String>> {
    let paths: BTreeSet<&str> = base.paths().chain(draft.paths()).chain(live.paths()).collect();
    let (mut files, mut clashing) = (PackFiles::default(), Vec::new());
    for path in paths {
        let (was, mine, theirs) = (base.get(path), draft.get(path), live.get(path));
        let kept = match (mine == was, theirs == was) {
            (true, _) => theirs,
            (_, true) => mine,
            _ if mine == theirs || keep.iter().any(|kept| kept == path) => mine,
            _ => {
                clashing.push(path.to_owned());
                continue;
            }
        };
        if let Some(bytes) = kept {
            files = files.with(path, bytes.to_vec());
        }
    }
    if clashing.is_empty() { Ok(files) } else { Err(clashing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> PackFiles {
        of.iter().fold(PackFiles::default(), |files, (path, text)| files.with(path, text.as_bytes().to_vec()))
    }

    #[test]
    fn an_edit_is_done_whole_or_not_at_all() {
        let before = files(&[("city.toml", "a"), ("tables/x.csv", "b")]);
        let put = |path: &str| FileEdit::Put(path.to_owned(), b"new".to_vec());
        let done =
            edited(before.clone(), vec![put("tables/y.csv"), FileEdit::Remove("tables/x.csv".to_owned())]).unwrap();
        assert_eq!(done.paths().collect::<Vec<_>>(), ["city.toml", "tables/y.csv"]);
        for hostile in ["/etc/passwd", "../x", "a/../../x", "", "a//b", ".git/config", "tables/~x", "a/", "a\0b"] {
            let refused = edited(before.clone(), vec![put("ok.csv"), put(hostile)]).unwrap_err();
            assert_eq!(refused, EditRefusal::File(hostile.to_owned(), FileRefusal::Path), "{hostile:?}");
        }
        let clash = edited(before.clone(), vec![put("city.toml/x")]).unwrap_err();
        assert_eq!(clash, EditRefusal::File("city.toml/x".to_owned(), FileRefusal::Path), "a file is no folder");
        let missing = edited(before.clone(), vec![FileEdit::Remove("nothing".to_owned())]);
        assert_eq!(missing.unwrap_err(), EditRefusal::Missing("nothing".to_owned()));
        assert_eq!(edited(before, vec![put("a"), put("a")]).unwrap_err(), EditRefusal::Twice("a".to_owned()));
    }

    #[test]
    fn a_draft_follows_the_live_pack_where_only_one_side_has_changed_a_file() {
        let base = files(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]);
        let draft = files(&[("a", "2"), ("b", "1"), ("c", "1"), ("e", "new")]);
        let live = files(&[("a", "1"), ("b", "3"), ("d", "1"), ("f", "new")]);
        let merged = rebased((&base, &draft, &live), &[]).unwrap();
        let wanted = files(&[("a", "2"), ("b", "3"), ("e", "new"), ("f", "new")]);
        assert_eq!(merged.digest(), wanted.digest());
        let both = files(&[("a", "9"), ("b", "1"), ("c", "1")]);
        assert_eq!(rebased((&base, &draft, &both), &[]).unwrap_err(), ["a"]);
        let kept = rebased((&base, &draft, &both), &["a".to_owned()]).unwrap();
        assert_eq!(kept.get("a"), Some(b"2".as_slice()));
        assert!(rebased((&base, &both, &both), &[]).is_ok(), "the same on both sides is no clash");
    }
}
