//! What the program itself says to people, in Chinese and in English: messages by their ids, from files in the form of Project Fluent
//! that lie side by side. What travels (problems, reasons, evidence) is no part of it: that is made where it is met, in both languages,
//! and one of them is picked here where somebody reads it.

mod locale;
pub mod states;

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

pub use locale::{Locale, one_of};

/// The files of a language.
const ZH: [&str; 9] = [
    include_str!("catalogue/zh/terminal.ftl"),
    include_str!("catalogue/zh/states.ftl"),
    include_str!("catalogue/zh/errors.ftl"),
    include_str!("catalogue/zh/help.ftl"),
    include_str!("catalogue/zh/console.ftl"),
    include_str!("catalogue/zh/account.ftl"),
    include_str!("catalogue/zh/citizens.ftl"),
    include_str!("catalogue/zh/handlers.ftl"),
    include_str!("catalogue/zh/rules.ftl"),
];
/// The same of the other.
const EN: [&str; 9] = [
    include_str!("catalogue/en/terminal.ftl"),
    include_str!("catalogue/en/states.ftl"),
    include_str!("catalogue/en/errors.ftl"),
    include_str!("catalogue/en/help.ftl"),
    include_str!("catalogue/en/console.ftl"),
    include_str!("catalogue/en/account.ftl"),
    include_str!("catalogue/en/citizens.ftl"),
    include_str!("catalogue/en/handlers.ftl"),
    include_str!("catalogue/en/rules.ftl"),
];

static CHINESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new("zh-CN", ZH));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new("en", EN));

/// All messages in one language.
pub struct Catalogue {
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").finish_non_exhaustive()
    }
}

impl Catalogue {
    fn new(language: &str, files: [&str; 9]) -> Self {
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Marks for right-to-left scripts would stand in what is copied from a terminal.
        bundle.set_use_isolating(false);
        for file in files {
            // A test reads the files without leniency.
            let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(read, _faults)| read);
            drop(bundle.add_resource(resource));
        }
        Self { bundle }
    }

    /// The catalogue of a language.
    #[must_use]
    pub fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::Zh => &CHINESE,
            Locale::En => &ENGLISH,
        }
    }

    /// A message, or an attribute of one (`message.attribute`); none where there is none.
    #[must_use]
    pub fn find(&self, id: &str, arguments: &[(&str, String)]) -> Option<String> {
        let (message, attribute) = id.split_once('.').map_or((id, None), |(message, name)| (message, Some(name)));
        let message = self.bundle.get_message(message)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut given = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            given.set(*name, value.as_str());
        }
        let mut faults = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(&given), &mut faults).into_owned())
    }
}

/// A message in the language of this process. An id that is not in the catalogue is said itself; a test keeps that from happening.
#[must_use]
pub fn said(id: &str, arguments: &[(&str, String)]) -> String {
    said_in(Locale::of_process(), id, arguments)
}

/// As [`said`], in a language that is named.
#[must_use]
pub fn said_in(locale: Locale, id: &str, arguments: &[(&str, String)]) -> String {
    Catalogue::of(locale).find(id, arguments).unwrap_or_else(|| id.to_owned())
}

/// A message of the catalogue with its arguments: `say!("find-nothing")`, `say!(in locale; "original", text = text)`.
#[macro_export]
macro_rules! say_message {
    (in $locale:expr; $id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::catalogue::said_in($locale, $id, &[$((stringify!($name), ($value).to_string())),*])
    };
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::catalogue::said($id, &[$((stringify!($name), ($value).to_string())),*])
    };
}
pub use say_message as say;

#[cfg(test)]
mod tests;
