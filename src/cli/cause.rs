//! Errors as people read them: each cause once, in one language. What a library or a system says of itself has no Chinese: the common
//! kinds have words of their own here, and the raw text stands on a line of its own.

use std::error::Error;
use std::io;

use huiliu_adapter_api::wording::{has_chinese, system_words};

use crate::catalogue::{Locale, one_of, say};
use crate::config::ConfigError;
use crate::desk::DeskError;
use crate::evaluate::ReplayError;
use crate::forward::AmqpError;
use crate::store::{KeyError, StoreError, VaultError};

/// An error with its causes.
pub(super) fn text(error: &(dyn Error + 'static)) -> String {
    let chain = anyhow::Chain::new(error);
    match Locale::of_process() {
        Locale::Zh => in_chinese(chain),
        Locale::En => in_english(chain),
    }
}

/// A text of another program or library, or in both languages: its part in the language of the reader; one that has no such part on
/// a line of its own, behind `before`.
pub(super) fn foreign(before: &str, text: &str) -> String {
    match in_own_language(text) {
        Some(shown) => shown.to_owned(),
        None => format!("{before}\n{}", say!("original", text = text)).trim_start().to_owned(),
    }
}

/// The part of a text in the language of the reader; none where it has no Chinese for one who reads Chinese.
pub(super) fn in_own_language(text: &str) -> Option<&str> {
    let locale = Locale::of_process();
    let shown = one_of(text, locale);
    (locale == Locale::En || has_chinese(shown)).then_some(shown)
}

/// Many errors say their cause themselves.
fn in_english<'a>(chain: impl Iterator<Item = &'a (dyn Error + 'static)>) -> String {
    let mut said = String::new();
    for cause in chain.map(ToString::to_string) {
        let cause = one_of(&cause, Locale::En);
        if said.is_empty() {
            cause.clone_into(&mut said);
        } else if !said.contains(cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

fn in_chinese<'a>(chain: impl Iterator<Item = &'a (dyn Error + 'static)>) -> String {
    let (mut said, mut originals) = (Vec::<String>::new(), Vec::<String>::new());
    for cause in chain {
        let (words, original) = worded(cause).unwrap_or_else(|| {
            let shown = cause.to_string();
            let chinese = one_of(&shown, Locale::Zh);
            if has_chinese(chinese) { (chinese.to_owned(), None) } else { (String::new(), Some(shown)) }
        });
        if !words.is_empty() && !said.iter().any(|before| before.contains(&words)) {
            said.push(words);
        }
        // An error that says its cause is followed by the cause itself, which says less.
        if let Some(original) = original.filter(|new| !originals.iter().any(|before| before.contains(new))) {
            originals.push(original);
        }
    }
    if said.is_empty() {
        said.push(say!(in Locale::Zh; "error-without-words"));
    }
    let originals =
        originals.iter().map(|text| format!("\n{}", say!(in Locale::Zh; "original", text = text.trim_end())));
    said.join("：") + &originals.collect::<String>()
}

/// What is known to happen, in words, and what was said in its place where that says more.
type Words = Option<(String, Option<String>)>;

fn worded(cause: &(dyn Error + 'static)) -> Words {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return system_words(error).map(|words| (words.to_owned(), None));
    }
    if let Some(error) = cause.downcast_ref::<ConfigError>() {
        return of_settings(error);
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(of_store(error));
    }
    if let Some(error) = cause.downcast_ref::<KeyError>() {
        return Some((error.zh(), None));
    }
    if let Some(error) = cause.downcast_ref::<VaultError>() {
        let words = match error {
            VaultError::UnknownKey(number) => say!(in Locale::Zh; "error-unknown-key", number = number),
            VaultError::Damaged => say!(in Locale::Zh; "error-damaged"),
            VaultError::Unusable => say!(in Locale::Zh; "error-no-sealing"),
        };
        return Some((words, None));
    }
    if let Some(error) = cause.downcast_ref::<AmqpError>() {
        return of_broker(error);
    }
    if let Some(error) = cause.downcast_ref::<DeskError>() {
        return Some(match error {
            DeskError::NotStored(reason) => (say!(in Locale::Zh; "error-not-stored"), Some(reason.clone())),
            DeskError::NotRead(reason) => (say!(in Locale::Zh; "error-not-read"), Some(reason.clone())),
            DeskError::Damaged(what) => (say!(in Locale::Zh; "error-damaged"), Some(what.clone())),
            DeskError::Stopped => (say!(in Locale::Zh; "error-stopping"), None),
        });
    }
    if let Some(error) = cause.downcast_ref::<ReplayError>() {
        return Some(match error {
            ReplayError::Channels(count) => (say!(in Locale::Zh; "error-one-channel", count = count), None),
            ReplayError::File { path, reason } => {
                let chinese = one_of(reason, Locale::Zh);
                let known = has_chinese(chinese);
                let words = say!(in Locale::Zh; "error-file", path = path);
                if known { (format!("{words}：{chinese}"), None) } else { (words, Some(reason.clone())) }
            }
        });
    }
    cause.is::<serde_json::Error>().then(|| (say!(in Locale::Zh; "error-json"), Some(cause.to_string())))
}

fn of_settings(error: &ConfigError) -> Words {
    match error {
        ConfigError::File { path, .. } => Some((say!(in Locale::Zh; "error-settings-file", path = path), None)),
        ConfigError::Content { path, message } => {
            Some((say!(in Locale::Zh; "error-settings-content", path = path), Some(message.clone())))
        }
        ConfigError::Keys(error) => Some((error.zh(), None)),
        ConfigError::Database(error) => Some((say!(in Locale::Zh; "error-settings-database"), Some(error.to_string()))),
    }
}

fn of_store(error: &StoreError) -> (String, Option<String>) {
    match error {
        StoreError::Unavailable { .. } => (say!(in Locale::Zh; "error-store-away"), None),
        StoreError::Conflict { .. } => (say!(in Locale::Zh; "error-store-conflict"), None),
        StoreError::Damaged { table, row, reason } => {
            (say!(in Locale::Zh; "error-store-damaged", table = table, row = row), Some(reason.clone()))
        }
        StoreError::Newer { .. } => (say!(in Locale::Zh; "error-store-newer"), None),
        StoreError::Locked { place, .. } => (say!(in Locale::Zh; "error-store-locked", place = place), None),
        StoreError::Unusable { place, .. } => (say!(in Locale::Zh; "error-store-unusable", place = place), None),
        StoreError::OtherKeys { reason } => (say!(in Locale::Zh; "error-store-keys"), Some(reason.clone())),
        StoreError::Deposed => (say!(in Locale::Zh; "error-store-deposed"), None),
        StoreError::Moved { place } => (say!(in Locale::Zh; "error-store-moved", place = place), None),
        StoreError::Moving { place } => (say!(in Locale::Zh; "error-store-moving", place = place), None),
        StoreError::Stopped => (say!(in Locale::Zh; "error-store-stopped"), None),
    }
}

fn of_broker(error: &AmqpError) -> Words {
    Some(match error {
        AmqpError::Url(reason) => (say!(in Locale::Zh; "error-broker-url"), Some(reason.clone())),
        AmqpError::File { path, .. } => (say!(in Locale::Zh; "error-file", path = path), None),
        AmqpError::Broker(_) => (say!(in Locale::Zh; "error-broker"), None),
        AmqpError::Timeout(wait) => (say!(in Locale::Zh; "error-broker-silent", seconds = wait.as_secs()), None),
        AmqpError::Lost(reason) => (say!(in Locale::Zh; "error-broker-lost"), Some(reason.clone())),
        AmqpError::NotGivenBack(reason) => (say!(in Locale::Zh; "error-not-given-back"), Some((*reason).to_owned())),
        AmqpError::Store(error) => of_store(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(error: &anyhow::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
        error.chain()
    }

    #[test]
    fn a_cause_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("connection refused")]
        struct Cause;
        #[derive(Debug, thiserror::Error)]
        #[error("the broker failed: {0}")]
        struct Outer(#[from] Cause);
        let error = anyhow::Error::from(Outer(Cause)).context("tail");
        assert_eq!(in_english(chain(&error)), "tail: the broker failed: connection refused");
        assert_eq!(in_english(chain(&anyhow::anyhow!("a").context("b"))), "b: a");
        let error = error.context("看不到工单");
        assert_eq!(in_chinese(chain(&error)), "看不到工单\n原文：tail\n原文：the broker failed: connection refused");
    }

    #[test]
    fn what_the_system_says_has_words_in_chinese() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let error = anyhow::Error::from(ConfigError::File { path: "a.toml".to_owned(), source: missing() });
        assert_eq!(in_chinese(chain(&error)), "设置文件 a.toml 读不了：没有这个文件或文件夹");
        let error = anyhow::Error::from(StoreError::Unusable { place: "a.db".to_owned(), source: missing().into() });
        assert_eq!(in_chinese(chain(&error)), "数据库 a.db 不能用：没有这个文件或文件夹");
        let error = anyhow::anyhow!("disk I/O error");
        assert_eq!(in_chinese(chain(&error)), "出错了\n原文：disk I/O error");
    }

    #[test]
    fn of_a_text_in_both_languages_one_is_said() {
        let error = anyhow::anyhow!("文件夹 /a 不存在，请创建（the folder /a is missing: make it）");
        assert_eq!(in_chinese(chain(&error)), "文件夹 /a 不存在，请创建");
        assert_eq!(in_english(chain(&error)), "the folder /a is missing: make it");
    }
}
