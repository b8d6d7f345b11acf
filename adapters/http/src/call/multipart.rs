//! A body of several parts (`multipart/form-data`, RFC 7578), files among them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use huiliu_adapter_api::wording::both;
use huiliu_adapter_api::{AdapterError, Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Escape, Template, Variables};

use super::CallSettings;
use super::send::render;

/// Most parts of a body.
const MAX_PARTS: usize = 64;

/// One part, as channel files write it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSettings {
    /// Name of the field.
    name: SpannedText,
    /// Template of its value.
    value: SpannedText,
    /// Template of a file's name; with it the part is a file.
    file_name: Option<SpannedText>,
    /// `Content-Type` of the part; default for files `application/octet-stream`.
    content_type: Option<SpannedText>,
    /// Whether the value is base64 of the bytes that are sent; default no.
    #[serde(default)]
    base64: bool,
}

impl PartSettings {
    /// Where it stands.
    pub(super) fn span(&self) -> std::ops::Range<usize> {
        self.name.span()
    }
}

/// The parts of a call's body.
#[derive(Debug, Clone)]
pub(super) struct Parts(Vec<Part>);

#[derive(Debug, Clone)]
struct Part {
    name: String,
    value: Template,
    file_name: Option<Template>,
    content_type: Option<String>,
    base64: bool,
}

impl Parts {
    /// Compiles the parts of a call; none where it has none.
    pub(super) fn compile(
        call: &CallSettings,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let first = call.part.first()?;
        let at = first.name.span();
        if call.body.is_some() {
            problems.push(SettingsProblem::new(
                at.clone(),
                "body 和 part 只能写一种",
                "there can be only one of body and part",
            ));
        }
        if call.part.len() > MAX_PARTS {
            let (zh, en) = (format!("part 最多 {MAX_PARTS} 个"), format!("a body has at most {MAX_PARTS} parts"));
            problems.push(SettingsProblem::new(at, zh, en));
        }
        let mut template =
            |text: &SpannedText| opening.settings.template(opening.language, text, variables, Escape::None, problems);
        let parts = call.part.iter().filter_map(|part| {
            let file_name = part.file_name.as_ref().and_then(&mut template);
            let content_type = part.content_type.as_ref().map(|kind| one_line(kind.get_ref()));
            let default = file_name.is_some().then(|| "application/octet-stream".to_owned());
            Some(Part {
                name: part.name.get_ref().clone(),
                value: template(&part.value)?,
                file_name,
                content_type: content_type.or(default),
                base64: part.base64,
            })
        });
        Some(Self(parts.collect()))
    }

    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.0.iter().flat_map(|part| part.file_name.iter().chain([&part.value]))
    }

    /// Content type and bytes of the body. `boundary` is a text that no part holds: a nonce.
    pub(super) fn write(&self, context: &Context, boundary: &str) -> Result<(String, Vec<u8>), AdapterError> {
        let (boundary, mut body) = (format!("huiliu-{boundary}"), Vec::new());
        for part in &self.0 {
            let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
            if let Some(file_name) = &part.file_name {
                head.push_str(&format!(
                    "; filename=\"{}\"",
                    quoted(&render(file_name, context, ("文件名", "file name"))?)
                ));
            }
            if let Some(content_type) = &part.content_type {
                head.push_str(&format!("\r\nContent-Type: {content_type}"));
            }
            let value = render(&part.value, context, ("multipart 部分", "part"))?;
            let bytes = if part.base64 {
                let digits: String = value.split_whitespace().collect();
                STANDARD.decode(digits).map_err(|error| {
                    let (zh, en) = (
                        format!("multipart 的 {} 部分不是 Base64", part.name),
                        format!("the part {} is not base64", part.name),
                    );
                    AdapterError::refused(both(zh, en, error))
                })?
            } else {
                value.into_bytes()
            };
            body.extend_from_slice(format!("{head}\r\n\r\n").as_bytes());
            body.extend_from_slice(&bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Ok((format!("multipart/form-data; boundary={boundary}"), body))
    }
}

/// A name between quotes, as browsers write it (WHATWG, multipart/form-data encoding).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
