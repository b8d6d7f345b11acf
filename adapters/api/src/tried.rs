//! Templates are tried with sample values before any record: what can only come out wrong is a problem of the file.
//!
//! What a source will send is not known, so a template is wrong only where every sample gives something wrong. One that samples cannot
//! fill (a key that is none, a filter that wants another text) is not judged, and neither is what a branch would give that no sample takes.

use http::{HeaderValue, Uri};

use huiliu_expression::{Context, Template, Variables};
use huiliu_payload::well_formed_xml;

use crate::{Problems, SettingsProblem, SpannedText};

/// What a template has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MustBe {
    /// A JSON document.
    Json,
    /// An XML document, or what stands inside one.
    Xml,
    /// The value of a header field.
    Header,
    /// A URL with `http` or `https` and a host.
    Url,
}

/// What is wrong, in Chinese and in English.
type Wrong = (String, String);

impl MustBe {
    /// What a body of this content type has to be; none where nothing is known of it.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let lower = content_type.to_ascii_lowercase();
        let lines = ["ndjson", "jsonl", "json-seq", "json-lines"];
        match lower.as_str() {
            kind if lines.iter().any(|line| kind.contains(line)) => None,
            kind if kind.contains("json") => Some(Self::Json),
            kind if kind.contains("xml") => Some(Self::Xml),
            _ => None,
        }
    }

    fn judge(self, text: &str) -> Result<(), Wrong> {
        match self {
            Self::Json => serde_json::from_str::<serde::de::IgnoredAny>(text).map(drop).map_err(|error| {
                let (shown, at) = (near(text, error.line(), error.column()), error.to_string());
                let zh = format!("用样例值试填，得到的不是 JSON，问题在「{shown}」附近\n原文：{at}");
                (zh, format!("tried with sample values, this does not give JSON, near `{shown}`: {at}"))
            }),
            Self::Xml => well_formed_xml(text).map_err(|error| {
                let zh = format!("用样例值试填，得到的不是格式良好的 XML\n原文：{error}");
                (zh, format!("tried with sample values, this does not give well-formed XML: {error}"))
            }),
            Self::Header => HeaderValue::try_from(text.trim()).map(drop).map_err(|_error| {
                let en = "tried with sample values, this gives no header value: it has a line break or another control character";
                ("用样例值试填，得到的不能作请求头：里面有换行或其他控制字符".to_owned(), en.to_owned())
            }),
            Self::Url => {
                let uri = text.trim().parse::<Uri>().ok();
                let fits = uri.is_some_and(|uri| {
                    matches!(uri.scheme_str(), Some("http" | "https"))
                        && uri.host().is_some_and(|host| !host.is_empty())
                });
                let shown: String = text.trim().chars().take(SHOWN_CHARS).collect();
                fits.then_some(()).ok_or_else(|| {
                    let zh = format!("用样例值试填，得到的不是网址（http:// 或 https://，带主机名）：{shown}");
                    (zh, format!("tried with sample values, this is no URL (http:// or https:// with a host): {shown}"))
                })
            }
        }
    }
}

/// Characters around a place that are shown.
const SHOWN_CHARS: usize = 40;

/// What stands before a place.
fn near(text: &str, line: usize, column: usize) -> String {
    let line: Vec<char> = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().chars().collect();
    let end = column.min(line.len());
    line.get(end.saturating_sub(SHOWN_CHARS)..end).into_iter().flatten().collect()
}

/// Adds what is wrong with what a template gives, whatever it is given; gives whether anything is.
pub fn try_template(
    template: &Template,
    variables: &Variables,
    must_be: MustBe,
    at: &SpannedText,
    problems: &mut Problems,
) -> bool {
    for samples in variables.samples(&template.paths()) {
        let tried = samples.iter().filter_map(|sample| {
            let context = Context::new(sample.iter().map(|(name, value)| (name.as_str(), value)));
            template.render(&context).ok()
        });
        let mut judged = tried.map(|text| must_be.judge(&text)).peekable();
        let first = judged.peek().and_then(|first| first.clone().err());
        if let Some((zh, en)) = first
            && judged.all(|judged| judged.is_err())
        {
            problems.push(SettingsProblem::new(at.span(), zh, en));
            return true;
        }
    }
    false
}
