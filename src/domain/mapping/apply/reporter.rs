//! Who a complaint comes from, and what of that is to be kept back. Doubt protects.

use huiliu_expression::Evaluated;
use serde_json::Value;

use super::Applying;
use crate::complaint::{MAX_FIELD_CHARS, Reporter};
use crate::mapping::channel::Field;
use crate::mapping::wish::Wish;

impl Applying<'_> {
    pub(super) fn reporter(&mut self) -> Reporter {
        let (anonymous, unclear) = self.wish("anonymous", Wish::Anonymous);
        let (secret, _) = self.wish("secret", Wish::Secret);
        // Whoever wrote 保密 under 匿名, or something that is not understood, may have meant that.
        let confidential = secret || unclear;
        Reporter {
            name: self.text("reporter_name", MAX_FIELD_CHARS),
            phone: self.text("reporter_phone", MAX_FIELD_CHARS),
            id_number: self.text("reporter_id_number", MAX_FIELD_CHARS),
            account: self.text("reporter_account", MAX_FIELD_CHARS),
            anonymous,
            secret: confidential || self.channel.protect_identity,
            confidential,
        }
    }

    /// Who says something of an earlier complaint. What is doubtful of that makes no warnings: such a record is no complaint.
    pub(super) fn speaker(&mut self) -> Reporter {
        let before = self.warnings.len();
        let reporter = Reporter {
            phone: self.text("reporter_phone", MAX_FIELD_CHARS),
            id_number: self.text("reporter_id_number", MAX_FIELD_CHARS),
            account: self.text("reporter_account", MAX_FIELD_CHARS),
            ..Reporter::default()
        };
        self.warnings.truncate(before);
        reporter
    }

    /// What is wished, and whether it may be more than that. Missing is no wish; doubt protects.
    pub(super) fn wish(&mut self, name: &str, wish: Wish) -> (bool, bool) {
        let channel = self.channel;
        let Some(field) = channel.fields.get(name) else { return (false, false) };
        let found = match field.expression.eval(&self.context) {
            Ok(found) => found,
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                return (wish.protecting(), true);
            }
        };
        match understood(&found, field, wish) {
            Some(answer) => {
                let asks_for_more = words(&found).is_some_and(|words| wish.asks_for_secrecy(words));
                let passed: Vec<_> = found.notices.into_iter().filter(|notice| notice.passed_over).collect();
                self.notices(name, Some(field), &passed);
                (answer, asks_for_more)
            }
            None => {
                self.notices(name, Some(field), &found.notices);
                let (zh, en) = match wish {
                    Wish::Publish => {
                        ("没有看懂是否同意公开，按不公开处理", "not understood, taken as not to be published")
                    }
                    _ => ("没有看懂是否保密、匿名，按保护处理", "not understood, the citizen is protected"),
                };
                let met = found.notices.first().and_then(|notice| notice.value.clone());
                self.remark(name, zh, en, met.or_else(|| Some(found.value.to_string())));
                (wish.protecting(), true)
            }
        }
    }
}

/// The words that were read, as far as they are known.
fn words(found: &Evaluated) -> Option<&str> {
    found.value.as_str().or_else(|| found.notices.iter().find(|notice| !notice.passed_over)?.value.as_deref())
}

/// The answer of an expression to a question; `None` when something in it was not understood. Where `flag` is its last step, a
/// word that is neither yes nor no is that field's own, and read in its sense.
fn understood(found: &Evaluated, field: &Field, wish: Wish) -> Option<bool> {
    let mut doubts = found.notices.iter().filter(|notice| !notice.passed_over);
    match (doubts.next(), doubts.next()) {
        (None, _) => {}
        (Some(doubt), None) if field.expression.ends_with_filter("flag") => {
            return wish.understand(doubt.value.as_deref()?);
        }
        _ => return None,
    }
    match &found.value {
        Value::Null => Some(false),
        Value::Bool(answer) => Some(*answer),
        Value::String(words) if words.trim().is_empty() => Some(false),
        Value::String(words) => wish.understand(words),
        Value::Number(number) => wish.understand(&number.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
