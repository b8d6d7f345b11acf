//! What is made of a damaged document before it is read once more.

/// The document from its first tag on, with every `<` escaped that cannot begin one.
pub(super) fn text_of_tags(text: &str) -> String {
    let begins_tag = |rest: &str| {
        let name = |c: char| c.is_alphabetic() || matches!(c, '_' | ':');
        rest.starts_with(['!', '?']) || rest.strip_prefix('/').unwrap_or(rest).starts_with(name)
    };
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.find("<?xml").map_or(text, |at| text.split_at(at).1);
    // CDATA is left as it is.
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        if !out.is_empty() {
            out.push_str(before);
        }
        let cdata = tag.starts_with("<![CDATA[").then(|| tag.find("]]>").map_or(tag.len(), |end| end + 3));
        let (taken, after) = tag.split_at(cdata.unwrap_or(1));
        out.push_str(if cdata.is_some() || begins_tag(after) { taken } else { "&lt;" });
        rest = after;
    }
    out.push_str(rest);
    out
}
