//! What can be said of a page's markup without a browser: elements are closed in their order, headings do not skip a level, headers of
//! tables say what they head, and everything that is filled in has a name.

const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];
/// Shapes that SVG closes at once.
const CLOSED: [&str; 4] = ["rect", "line", "circle", "path"];

/// A tag with its attributes as they are written.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    closes: bool,
    closed: bool,
}

fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    for part in page.split('<').skip(1) {
        let Some((inside, _)) = part.split_once('>').filter(|_| !part.starts_with('!')) else { continue };
        let closes = inside.starts_with('/');
        let inside = inside.trim_start_matches('/');
        let (name, attributes) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
        found.push(Tag { name: name.trim_end_matches('/'), attributes, closes, closed: inside.ends_with('/') });
    }
    found
}

/// The first thing that is wrong.
pub(super) fn wrong(page: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let (mut level, mut firsts) = (0, 0);
    for tag in tags(page) {
        let Tag { name, attributes, closes, closed } = tag;
        if closes {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes something else, after {open:?}"));
            }
            continue;
        }
        if let Some(heading) = name.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()) {
            firsts += u32::from(heading == 1);
            if heading > level + 1 {
                return Some(format!("<{name}> after a heading of level {level}"));
            }
            level = heading;
        }
        if name == "th" && !attributes.contains("scope=") {
            return Some("<th> without scope".to_owned());
        }
        let hidden = attributes.contains("type=\"hidden\"");
        let filled = matches!(name, "input" | "select" | "textarea") && !hidden;
        let labelled = open.contains(&"label") || attributes.contains("aria-label=") || named(page, attributes);
        if filled && !labelled {
            return Some(format!("<{name} {attributes}> has no label"));
        }
        let ended = VOID.contains(&name) || (closed && CLOSED.contains(&name));
        if !ended {
            open.push(name);
        }
    }
    let end = (!open.is_empty()).then(|| format!("{open:?} stay open"));
    end.or_else(|| (firsts != 1).then(|| format!("{firsts} headings of the first level"))).or_else(|| twice(page))
}

/// Whether a label stands somewhere for what has this id.
fn named(page: &str, attributes: &str) -> bool {
    let id = attributes.split("id=\"").nth(1).and_then(|rest| rest.split('"').next());
    id.is_some_and(|id| page.contains(&format!("for=\"{id}\"")))
}

/// An id that is there twice.
fn twice(page: &str) -> Option<String> {
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    ids.sort_unstable();
    ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| format!("two have the id {}", pair[0]))
}

#[test]
fn what_is_wrong_is_found() {
    let page = |body: &str| format!("<h1>a</h1>{body}");
    assert_eq!(wrong(&page("<p>a <b>b</b></p><input type=\"hidden\"><svg><rect x=\"1\"/></svg>")), None);
    for (body, found) in [
        ("<p><b></p></b>", "closes something else"),
        ("<h3>b</h3>", "after a heading"),
        ("<table><tr><th>a</th></tr></table>", "without scope"),
        ("<input name=\"a\">", "no label"),
        ("<div>", "stay open"),
        ("<h1>b</h1>", "2 headings"),
        ("<i id=\"a\"></i><i id=\"a\"></i>", "the id a"),
    ] {
        assert!(wrong(&page(body)).is_some_and(|wrong| wrong.contains(found)), "{body}");
    }
}
