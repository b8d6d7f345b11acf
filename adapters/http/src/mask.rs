//! What errors may not say: secrets of the channel, and what a login gave.

use huiliu_adapter_api::AdapterError;

use crate::CallError;

/// What stands in the place of a secret.
pub(crate) const MASK: &str = "***";
/// Shortest secret that is looked for, in bytes: a shorter one would be found in ordinary words.
const MIN_BYTES: usize = 4;

/// The error without these texts.
pub(crate) fn masked(error: CallError, hidden: &[String]) -> CallError {
    match error {
        CallError::Failed(error) => CallError::Failed(masked_failure(error, hidden)),
        CallError::Unreadable(reason) => CallError::Unreadable(without_secrets(reason, hidden)),
        CallError::Damaged { reason, text } => {
            CallError::Damaged { reason: without_secrets(reason, hidden), text: without_secrets(text, hidden) }
        }
    }
}

fn masked_failure(error: AdapterError, hidden: &[String]) -> AdapterError {
    match error {
        AdapterError::Transient { reason, retry_after } => {
            AdapterError::Transient { reason: without_secrets(reason, hidden), retry_after }
        }
        AdapterError::Refused { reason } => AdapterError::Refused { reason: without_secrets(reason, hidden) },
        AdapterError::Misconfigured { reason } => {
            AdapterError::Misconfigured { reason: without_secrets(reason, hidden) }
        }
        AdapterError::Gone { reason } => AdapterError::Gone { reason: without_secrets(reason, hidden) },
    }
}

/// A text without these texts, in whatever spelling requests have them: as they are, escaped for a URL, a form, JSON or XML, in base64.
#[must_use]
pub fn without_secrets(text: String, hidden: &[String]) -> String {
    let mut spelled: Vec<String> =
        hidden.iter().filter(|secret| secret.len() >= MIN_BYTES).flat_map(|secret| spellings(secret)).collect();
    // The longest first: one may be part of another.
    spelled.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spelled.dedup();
    spelled.iter().fold(
        text,
        |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASK) } else { text }
        },
    )
}

fn spellings(secret: &str) -> Vec<String> {
    let percent = |space: &str, upper: bool| {
        let one = |byte: u8| match byte {
            b' ' => space.to_owned(),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        };
        secret.bytes().map(one).collect::<String>()
    };
    let json = serde_json::Value::String(secret.to_owned()).to_string();
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let engine = base64::engine::general_purpose::STANDARD;
    vec![
        secret.to_owned(),
        percent("%20", true),
        percent("+", true),
        percent("%20", false),
        json.trim_matches('"').to_owned(),
        xml.replace('"', "&quot;"),
        // As templates escape for XML.
        xml.replace('"', "&quot;").replace('\'', "&#x27;").replace('/', "&#x2f;"),
        json.trim_matches('"').replace('\'', "\\u0027"),
        xml,
        base64::Engine::encode(&engine, secret),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_spelling_of_a_request() {
        let hidden = ["p&ss \"word/1".to_owned(), "abc".to_owned()];
        for text in [
            "p&ss \"word/1",
            "x=p%26ss%20%22word%2F1&y",
            "x=p%26ss+%22word%2F1",
            "x=p%26ss%20%22word%2f1",
            r#"{"a": "p&ss \"word/1"}"#,
            "<a>p&amp;ss &quot;word/1</a>",
            "<a>p&amp;ss &quot;word&#x2f;1</a>",
            "<a>p&amp;ss \"word/1</a>",
            "cCZzcyAid29yZC8x",
        ] {
            let shown = without_secrets(text.to_owned(), &hidden);
            assert!(shown.contains(MASK) && !shown.contains("word"), "{text}: {shown}");
        }
        assert_eq!(without_secrets("abc".to_owned(), &hidden), "abc", "too short to be told from words");
    }
}
