//! Rules of topics: compiled, with what contradicts itself in them.

use std::collections::BTreeSet;

use super::Compiling;
use crate::ticket::Every;
use crate::watch::settings::TopicSettings;
use crate::watch::topic::TopicRule;

/// Most tickets from which on there is a topic.
const MAX_TICKETS: u32 = 500;
/// Most days in which they are counted.
const MAX_DAYS: u32 = 366;

impl Compiling<'_> {
    pub(super) fn topic(&mut self, settings: &TopicSettings, tags: &BTreeSet<String>) -> TopicRule {
        let watched = (&settings.tag, &settings.category);
        let subject = self.subject(("专题", "topic"), &settings.code, watched, tags);
        let every = settings.every.as_ref().and_then(|word| {
            let every = Every::from_name(word.get_ref());
            if every.is_none() {
                let known = Every::ALL.map(|(.., name)| name).join("、");
                let zh = format!("every 应为 {known} 之一");
                self.wrong(
                    word.span(),
                    zh,
                    format!("every is one of {}", Every::ALL.map(|(.., name)| name).join(", ")),
                );
            }
            every
        });
        if settings.every.is_some() == settings.to.is_empty() {
            self.wrong(
                settings.code.span(),
                "every（多久回看一次）和 to（告诉谁）应同时写",
                "every (how often it is looked at again) and to (who is told) are written together",
            );
        }
        TopicRule {
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            subject,
            level: settings.level,
            tickets: self.between("tickets", &settings.tickets, 2..=MAX_TICKETS),
            days: self.between("days", &settings.days, 1..=MAX_DAYS),
            every,
            to: self.roles(&settings.to, &settings.copy),
        }
    }
}
