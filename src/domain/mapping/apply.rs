//! A raw record becomes a complaint, or a list of everything that is wrong with it.

mod explained;
mod fields;
mod history;
mod reporter;
mod statements;
mod text;

use jiff::Timestamp;
use serde_json::{Value, json};

use huiliu_adapter_api::{LeftOut, RawRecord, RecordBody};
use huiliu_expression::{Context, Evaluated, Expression, Fault, Notice};

use super::answers::Answered;
use super::channel::{Channel, Field};
use super::number;
use crate::city::line_and_column;
use crate::complaint::{Complaint, FollowUp, Statement};
pub use explained::FieldMade;
pub use history::Past;
use statements::Stating;

/// Something about one field of one record. Holds the value that was met: never to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Field of the complaint.
    pub field: String,
    /// File of the pack, line and column of the expression.
    pub place: (String, usize, usize),
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The value that was met.
    pub value: Option<String>,
}

impl Warning {
    /// As JSON, for the quarantine and for cases.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let (file, line, column) = &self.place;
        json!({
            "field": self.field, "file": file, "line": line, "column": column,
            "zh": self.zh, "en": self.en, "value": self.value,
        })
    }
}

/// What a mapping made of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// A complaint.
    Complaint(Box<Complaint>),
    /// A word about an earlier complaint.
    FollowUp(FollowUp),
    /// Something that its source states later of a complaint that is there, and nothing else.
    Stated,
    /// Kept but not a complaint, by the rule of this name.
    Discarded(String),
    /// Not usable until mapping or record are mended; the warnings say why.
    Quarantined,
}

/// A mapping's result with everything that was remarked on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The result.
    pub mapped: Mapped,
    /// What the record states later of a complaint that is there; beside a complaint, of that one.
    pub statements: Vec<Statement>,
    /// Problems in the order of the fields.
    pub warnings: Vec<Warning>,
    /// What the record says of something that its system may have been sent, where the channel brings such.
    pub answered: Option<Answered>,
}

impl Channel {
    /// Applies the mapping to one record, received at `now`: what is said to have happened long after that has not.
    #[must_use]
    pub fn apply(&self, record: &RawRecord, now: Timestamp) -> Applied {
        let tree = match &record.body {
            RecordBody::Tree(tree) => tree,
            RecordBody::Broken { reason, zh, .. } => {
                let warning = self.warning(
                    "record",
                    None,
                    &format!("记录读不了：{zh}"),
                    &format!("the record cannot be read: {reason}"),
                    None,
                );
                return Applied {
                    mapped: Mapped::Quarantined,
                    statements: Vec::new(),
                    warnings: vec![warning],
                    answered: None,
                };
            }
        };
        let channel = Value::String(self.id.clone());
        let context = Context::new([("record", tree), ("channel", &channel)]);
        let answered = self.answers.as_ref().map(|answers| answers.read(&context));
        if answered.as_ref().is_some_and(|answered| answered.only) {
            // Nothing is mapped of a channel that brings no complaints.
            return Applied { mapped: Mapped::Quarantined, statements: Vec::new(), warnings: Vec::new(), answered };
        }
        let mut applying = Applying { channel: self, tree, context, now, warnings: Vec::new() };
        let (mapped, statements) = applying.run();
        let left_out = record.left_out.iter().map(|file| self.left_out(file));
        let warnings = applying.warnings.into_iter().chain(left_out).collect();
        Applied { mapped, statements, warnings, answered }
    }

    fn left_out(&self, file: &LeftOut) -> Warning {
        let (zh, en) = file.reason.sentences();
        let (zh, en) = (format!("附件未收：{zh}"), format!("a file was left out: {en}"));
        self.warning("files", None, &zh, &en, Some(file.name.clone()))
    }

    fn warning(&self, field: &str, expression: Option<&Field>, zh: &str, en: &str, value: Option<String>) -> Warning {
        let (line, column) = expression.map_or((0, 0), |field| line_and_column(&self.source, &field.place.span()));
        Warning {
            field: field.to_owned(),
            place: (self.file.clone(), line, column),
            zh: zh.to_owned(),
            en: en.to_owned(),
            value,
        }
    }
}

struct Applying<'a> {
    channel: &'a Channel,
    tree: &'a Value,
    context: Context,
    now: Timestamp,
    warnings: Vec<Warning>,
}

/// What a record says of an earlier complaint, if it does.
enum Following {
    No,
    Said(Box<FollowUp>),
    /// It does, and of which one is doubtful.
    Doubtful,
}

impl Applying<'_> {
    fn run(&mut self) -> (Mapped, Vec<Statement>) {
        for rule in &self.channel.discards {
            let name = format!("discard.{}", rule.name);
            match rule.when.eval(&self.context) {
                Ok(found) => {
                    self.notices(&name, None, &found.notices);
                    if found.is_true() {
                        return (Mapped::Discarded(rule.name.clone()), Vec::new());
                    }
                }
                Err(fault) => self.fault(&name, None, &fault),
            }
        }
        match self.statements() {
            Stating::No => (self.mapped(), Vec::new()),
            Stating::Alone(stated) => (Mapped::Stated, stated),
            Stating::Doubtful => (Mapped::Quarantined, Vec::new()),
            Stating::Beside(stated) => match self.complaint() {
                Some(complaint) => {
                    let own = |statement| Statement { about: complaint.number.clone(), ..statement };
                    let stated = stated.into_iter().map(own).collect();
                    (Mapped::Complaint(Box::new(complaint)), stated)
                }
                None => (Mapped::Quarantined, Vec::new()),
            },
        }
    }

    /// What becomes of a record that states nothing later.
    fn mapped(&mut self) -> Mapped {
        match self.follow_up() {
            Following::No => {}
            Following::Said(follow_up) => return Mapped::FollowUp(*follow_up),
            Following::Doubtful => return Mapped::Quarantined,
        }
        if self.channel.fields.is_empty() {
            self.remark(
                "record",
                "没有一条 [[statement]] 规则符合这条记录，渠道也没有 [mapping]，不知道它是什么",
                "no rule of [[statement]] is true of the record, and the channel has no [mapping]: it is not known what it is",
                None,
            );
            return Mapped::Quarantined;
        }
        match self.complaint() {
            Some(complaint) => Mapped::Complaint(Box::new(complaint)),
            None => Mapped::Quarantined,
        }
    }

    fn follow_up(&mut self) -> Following {
        let channel = self.channel;
        let Some(rule) = channel.follow_up.as_ref() else { return Following::No };
        if !self.plain("follow_up.when", &rule.when).is_some_and(|found| found.is_true()) {
            return Following::No;
        }
        let text_of = |this: &mut Self, name: &str, expression: &Expression| {
            this.plain(name, expression).and_then(|found| found.into_text().ok().flatten())
        };
        let Some(about) = text_of(self, "follow_up.about", &rule.about) else { return Following::No };
        let about = match number::read(&about, self.headings()) {
            Ok(Some(number)) => number,
            Ok(None) => return Following::No,
            Err(doubt) => {
                let (zh, en) = doubt.sentences();
                self.remark("follow_up.about", zh, en, Some(about));
                return Following::Doubtful;
            }
        };
        let satisfaction =
            rule.satisfaction.as_ref().and_then(|expression| text_of(self, "follow_up.satisfaction", expression));
        let text = rule.text.as_ref().and_then(|expression| text_of(self, "follow_up.text", expression));
        let rating = satisfaction.and_then(|name| channel.known.rating(&name));
        let (satisfaction, step) = rating.map_or((None, None), |(value, step)| (Some(value), step));
        let (channel, trusted, text) = (channel.id.clone(), rule.trusted, text.unwrap_or_default());
        let reporter = self.speaker();
        Following::Said(Box::new(FollowUp { channel, about, satisfaction, step, text, reporter, trusted }))
    }

    /// Names of the record's members: a row that repeats them is a heading.
    fn headings(&self) -> impl Iterator<Item = &str> + use<'_> {
        self.tree.as_object().into_iter().flat_map(|members| members.keys().map(String::as_str))
    }

    fn plain(&mut self, name: &str, expression: &Expression) -> Option<Evaluated> {
        match expression.eval(&self.context) {
            Ok(found) => {
                self.notices(name, None, &found.notices);
                Some(found)
            }
            Err(fault) => {
                self.fault(name, None, &fault);
                None
            }
        }
    }

    fn evaluate(&mut self, name: &str, field: &Field) -> Option<Evaluated> {
        match field.expression.eval(&self.context) {
            Ok(found) => {
                self.notices(name, Some(field), &found.notices);
                Some(found)
            }
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                None
            }
        }
    }

    fn notices(&mut self, name: &str, field: Option<&Field>, notices: &[Notice]) {
        for notice in notices {
            self.fault(name, field, notice);
        }
    }

    fn remark(&mut self, name: &str, zh: &str, en: &str, value: Option<String>) {
        let channel = self.channel;
        let of_extra = || channel.extra.iter().find(|(extra, _)| extra == name).map(|(_, field)| field);
        let field = channel.fields.get(name).or_else(of_extra);
        let value = value.map(|value| value.chars().take(Fault::VALUE_CHARS).collect());
        self.warnings.push(channel.warning(name, field, zh, en, value));
    }

    fn fault(&mut self, name: &str, field: Option<&Field>, fault: &Fault) {
        let mut warning = self.channel.warning(name, field, &fault.zh, &fault.en, fault.value.clone());
        if let (Some(field), Some(_)) = (field, &fault.range) {
            let problem =
                huiliu_adapter_api::SettingsProblem::from_fault(fault, &field.place.span(), &self.channel.source);
            let (line, column) = line_and_column(&self.channel.source, &problem.span);
            warning.place = (self.channel.file.clone(), line, column);
        }
        self.warnings.push(warning);
    }
}

#[cfg(test)]
mod tests;
