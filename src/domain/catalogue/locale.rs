//! Which language people read, and one of two texts.

use std::sync::OnceLock;

use huiliu_adapter_api::wording::parts;

/// The environment variable that goes before those of the system.
const OWN_VARIABLE: &str = "HULIU_LANG";
/// Those of the system, the first that is set counts (POSIX).
const SYSTEM_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

static OF_PROCESS: OnceLock<Locale> = OnceLock::new();

/// A language in which the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// Chinese, also where nothing is said: it is made for the cities of China.
    #[default]
    Zh,
    /// English.
    En,
}

impl Locale {
    /// A language by its name: `zh`, `en`, also with a region (`zh_CN.UTF-8`, `en-US`); `C` and `POSIX` are English.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let language = name.split(['_', '-', '.', '@']).next().unwrap_or_default().to_ascii_lowercase();
        match language.as_str() {
            "zh" => Some(Self::Zh),
            "en" | "c" | "posix" => Some(Self::En),
            _ => None,
        }
    }

    /// The language by the environment: that of `HULIU_LANG`, else the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set; Chinese
    /// where none is, or where it is another language.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let own = set(OWN_VARIABLE).and_then(|name| Self::named(&name));
        let system = || SYSTEM_VARIABLES.into_iter().find_map(set).and_then(|name| Self::named(&name));
        own.or_else(system).unwrap_or_default()
    }

    /// The language of this process: the one that it was set to, else that of its environment.
    #[must_use]
    pub fn of_process() -> Self {
        *OF_PROCESS.get_or_init(|| Self::of_environment(|name| std::env::var(name).ok()))
    }

    /// Sets the language of this process, once, before anything is said.
    pub fn set_for_process(self) {
        let _first = OF_PROCESS.set(self);
    }

    /// The text of a pair in this language.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// The part in one language of a text that has both: `中文（english）` or `中文 (english)`. One that is in one language stays as it is.
#[must_use]
pub fn one_of(text: &str, locale: Locale) -> &str {
    match parts(text.trim_end()) {
        Some((zh, en)) => locale.pick(zh, en),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Locale {
        Locale::of_environment(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_language_is_that_of_the_first_variable_that_is_set() {
        assert_eq!(of(&[]), Locale::Zh);
        for chinese in ["zh_CN.UTF-8", "zh", "zh-TW", "ZH_cn", "de_DE.UTF-8", "tlh"] {
            assert_eq!(of(&[("LANG", chinese)]), Locale::Zh, "{chinese}");
        }
        for english in ["en_US.UTF-8", "en", "C", "C.UTF-8", "POSIX"] {
            assert_eq!(of(&[("LANG", english)]), Locale::En, "{english}");
        }
        assert_eq!(of(&[("LANG", "zh_CN"), ("LC_ALL", "C")]), Locale::En);
        assert_eq!(of(&[("LANG", "zh_CN"), ("LC_MESSAGES", "en_US"), ("LC_ALL", "")]), Locale::En);
        assert_eq!(of(&[("LC_ALL", "en_US"), ("HULIU_LANG", "zh")]), Locale::Zh);
        assert_eq!(of(&[("LC_ALL", "en_US"), ("HULIU_LANG", "klingon")]), Locale::En);
    }

    #[test]
    fn a_text_with_both_languages_is_parted() {
        for (text, zh, en) in [
            ("文件读不了（it cannot be read）", "文件读不了", "it cannot be read"),
            (
                "文件夹 /a 不存在（No such file）；请创建 (the folder /a is missing: make it)",
                "文件夹 /a 不存在（No such file）；请创建",
                "the folder /a is missing: make it",
            ),
            ("答 500（它忙）（it answers (500) busy）", "答 500（它忙）", "it answers (500) busy"),
            ("no answer from a.example", "no answer from a.example", "no answer from a.example"),
            ("请写明 by_hand（人工答复）", "请写明 by_hand（人工答复）", "请写明 by_hand（人工答复）"),
            ("区划不同（different_districts）", "区划不同（different_districts）", "区划不同（different_districts）"),
            ("", "", ""),
        ] {
            assert_eq!((one_of(text, Locale::Zh), one_of(text, Locale::En)), (zh, en), "{text}");
        }
    }
}
