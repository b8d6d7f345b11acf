//! A raw record becomes a complaint, or a list of everything that is wrong with it.

use serde_json::{Value, json};

use huiliu_adapter_api::{LeftOut, RawRecord, RecordBody};
use huiliu_expression::{Context, Evaluated, Expression, Fault};

use super::channel::{Channel, Field};
use crate::city::line_and_column;
use crate::complaint::{
    Attachment, AttachmentSource, Complaint, FollowUp, Kind, MAX_ATTACHMENTS, MAX_EXTRA_FIELDS, MAX_FIELD_CHARS,
    MAX_TEXT_CHARS, MAX_TITLE_CHARS, Place, Point, Reporter, Satisfaction,
};

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
    /// Problems in the order of the fields.
    pub warnings: Vec<Warning>,
}

impl Channel {
    /// Applies the mapping to one record.
    #[must_use]
    pub fn apply(&self, record: &RawRecord) -> Applied {
        let tree = match &record.body {
            RecordBody::Tree(tree) => tree,
            RecordBody::Broken { reason, .. } => {
                let warning = self.warning(
                    "record",
                    None,
                    &format!("记录读不了：{reason}"),
                    &format!("the record cannot be read: {reason}"),
                    None,
                );
                return Applied { mapped: Mapped::Quarantined, warnings: vec![warning] };
            }
        };
        let channel = Value::String(self.id.clone());
        let context = Context::new([("record", tree), ("channel", &channel)]);
        let mut applying = Applying { channel: self, context, warnings: Vec::new() };
        let mapped = applying.run();
        let left_out = record.left_out.iter().map(|file| self.left_out(file));
        Applied { mapped, warnings: applying.warnings.into_iter().chain(left_out).collect() }
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
    context: Context,
    warnings: Vec<Warning>,
}

impl Applying<'_> {
    fn run(&mut self) -> Mapped {
        for rule in &self.channel.discards {
            match rule.when.eval(&self.context) {
                Ok(found) if found.is_true() => return Mapped::Discarded(rule.name.clone()),
                Ok(_) => {}
                Err(fault) => self.fault(&format!("discard.{}", rule.name), None, &fault),
            }
        }
        if let Some(follow_up) = self.follow_up() {
            return Mapped::FollowUp(follow_up);
        }
        match self.complaint() {
            Some(complaint) => Mapped::Complaint(Box::new(complaint)),
            None => Mapped::Quarantined,
        }
    }

    fn follow_up(&mut self) -> Option<FollowUp> {
        let rule = self.channel.follow_up.as_ref()?;
        if !self.plain(&rule.when).is_some_and(|found| found.is_true()) {
            return None;
        }
        let text_of = |this: &mut Self, expression: &Expression| {
            this.plain(expression).and_then(|found| found.into_text().ok().flatten())
        };
        let about = text_of(self, &rule.about)?;
        let satisfaction = rule.satisfaction.as_ref().and_then(|expression| text_of(self, expression));
        let text = rule.text.as_ref().and_then(|expression| text_of(self, expression)).unwrap_or_default();
        let satisfaction = satisfaction.and_then(|name| Satisfaction::from_name(name.trim()));
        Some(FollowUp { channel: self.channel.id.clone(), about, satisfaction, text })
    }

    fn plain(&mut self, expression: &Expression) -> Option<Evaluated> {
        expression.eval(&self.context).map_err(|fault| self.fault("follow_up", None, &fault)).ok()
    }

    fn complaint(&mut self) -> Option<Complaint> {
        let number = self.text("number", usize::MAX).filter(|number| {
            let fits = number.chars().count() <= MAX_FIELD_CHARS;
            if !fits {
                // Cut, it might be another one's number.
                self.remark(
                    "number",
                    &format!("编号超过 {MAX_FIELD_CHARS} 字，不像编号；请改 number 的表达式"),
                    &format!("the number is longer than {MAX_FIELD_CHARS} characters; mend the expression of number"),
                    None,
                );
            }
            fits
        });
        let title = self.text("title", MAX_TITLE_CHARS);
        let text = self.text("text", MAX_TEXT_CHARS).or_else(|| title.clone());
        if number.is_none() {
            self.remark(
                "number",
                "没有编号，无法识别这条记录；请改 number 的表达式",
                "no source number; mend the expression of number",
                None,
            );
        }
        if text.is_none() {
            self.remark(
                "text",
                "没有正文，也没有标题；请改 text 的表达式",
                "neither text nor title; mend the expression of text",
                None,
            );
        }
        let (number, text) = (number?, text?);
        let title = title.unwrap_or_else(|| beginning(&text));
        Some(Complaint {
            channel: self.channel.id.clone(),
            number,
            kind: self.kind(),
            title,
            text,
            reporter: self.reporter(),
            publish: self.flag("publish"),
            place: self.place(),
            category_hint: self.text("category", MAX_FIELD_CHARS),
            urgency_hint: self.text("urgency", MAX_FIELD_CHARS),
            source_deadline: self.time("deadline"),
            occurred_at: self.time("occurred_at"),
            received_at: self.time("received_at"),
            attachments: self.attachments(),
            duplicate_mark: self.text("duplicate_mark", MAX_FIELD_CHARS),
            extra: self.extra(),
        })
    }

    fn kind(&mut self) -> Kind {
        let Some(name) = self.text("kind", MAX_FIELD_CHARS) else { return Kind::Other };
        Kind::from_name(&name).unwrap_or_else(|| {
            self.remark(
                "kind",
                "不是已知的诉求类型，按“其他”处理；可用对照表转换",
                "not a known kind, taken as other; convert it with a table",
                Some(name),
            );
            Kind::Other
        })
    }

    fn reporter(&mut self) -> Reporter {
        Reporter {
            name: self.text("reporter_name", MAX_FIELD_CHARS),
            phone: self.text("reporter_phone", MAX_FIELD_CHARS),
            id_number: self.text("reporter_id_number", MAX_FIELD_CHARS),
            account: self.text("reporter_account", MAX_FIELD_CHARS),
            anonymous: self.flag("anonymous"),
            secret: self.flag("secret") || self.channel.protect_identity,
        }
    }

    fn place(&mut self) -> Place {
        Place {
            district: self.text("district", MAX_FIELD_CHARS),
            street: self.text("street", MAX_FIELD_CHARS),
            community: self.text("community", MAX_FIELD_CHARS),
            address: self.text("address", MAX_FIELD_CHARS),
            point: self.point(),
        }
    }

    fn point(&mut self) -> Option<Point> {
        let value = self.value("point")?;
        let degrees = |name: &str| value.get(name).and_then(Value::as_f64);
        match (degrees("lat"), degrees("lng")) {
            (Some(lat), Some(lng)) => Some(Point { lat, lng }),
            _ => {
                self.remark("point", "坐标应为 {lat, lng}", "a point must be {lat, lng}", Some(value.to_string()));
                None
            }
        }
    }

    fn time(&mut self, field: &str) -> Option<jiff::Timestamp> {
        let text = self.text(field, MAX_FIELD_CHARS)?;
        text.parse().ok().or_else(|| {
            self.remark(
                field,
                "时间应为 RFC 3339；请加 | datetime",
                "a time must be RFC 3339; add | datetime",
                Some(text),
            );
            None
        })
    }

    fn attachments(&mut self) -> Vec<Attachment> {
        let items = match self.value("attachments") {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(single) => vec![single],
        };
        if items.len() > MAX_ATTACHMENTS {
            self.remark("attachments", "附件过多，只保留前 50 个", "too many attachments, the first 50 are kept", None);
        }
        items
            .into_iter()
            .take(MAX_ATTACHMENTS)
            .filter_map(|item| {
                let text =
                    |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
                match &item {
                    Value::Object(fields) => Some(Attachment {
                        source: AttachmentSource::Url(text(fields.get("url")?)?),
                        name: fields.get("name").and_then(text),
                    }),
                    other => Some(Attachment { source: AttachmentSource::Url(text(other)?), name: None }),
                }
            })
            .collect()
    }

    fn extra(&mut self) -> Vec<(String, String)> {
        let channel = self.channel;
        let mut kept = Vec::new();
        for (name, field) in channel.extra.iter().take(MAX_EXTRA_FIELDS) {
            let value = match field.expression.eval(&self.context) {
                Ok(found) => found.value,
                Err(fault) => {
                    self.fault(name, Some(field), &fault);
                    continue;
                }
            };
            match value {
                Value::Null => {}
                Value::String(text) if text.is_empty() => {}
                Value::String(text) => kept.push((name.clone(), text.chars().take(MAX_FIELD_CHARS).collect())),
                other => kept.push((name.clone(), other.to_string().chars().take(MAX_FIELD_CHARS).collect())),
            }
        }
        kept
    }

    fn flag(&mut self, field: &str) -> bool {
        match self.value(field) {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(other) => {
                self.remark(
                    field,
                    "这里需要是或否；请加 | flag",
                    "yes or no is needed here; add | flag",
                    Some(other.to_string()),
                );
                false
            }
        }
    }

    fn text(&mut self, name: &str, max_chars: usize) -> Option<String> {
        let channel = self.channel;
        let field = channel.fields.get(name)?;
        let found = self.evaluate(name, field)?;
        let text = match found.into_text() {
            Ok(text) => text?,
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                return None;
            }
        };
        if text.chars().count() <= max_chars {
            return Some(text);
        }
        let (zh, en) = (
            format!("超过 {max_chars} 字，已截断；原文保留在原始记录里"),
            format!("longer than {max_chars} characters, cut; the raw record keeps all of it"),
        );
        self.warnings.push(channel.warning(name, Some(field), &zh, &en, None));
        Some(text.chars().take(max_chars).collect())
    }

    fn value(&mut self, name: &str) -> Option<Value> {
        let channel = self.channel;
        let field = channel.fields.get(name)?;
        match self.evaluate(name, field)?.value {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            value => Some(value),
        }
    }

    fn evaluate(&mut self, name: &str, field: &Field) -> Option<Evaluated> {
        match field.expression.eval(&self.context) {
            Ok(mut found) => {
                for notice in std::mem::take(&mut found.notices) {
                    self.fault(name, Some(field), &notice);
                }
                Some(found)
            }
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                None
            }
        }
    }

    fn remark(&mut self, name: &str, zh: &str, en: &str, value: Option<String>) {
        let field = self.channel.fields.get(name);
        self.warnings.push(self.channel.warning(name, field, zh, en, value));
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

/// The beginning of a text as a title: up to the first end of a sentence, at most 40 characters.
fn beginning(text: &str) -> String {
    let sentence = text.split(['。', '！', '？', '\n', '；', '!', '?']).find(|part| !part.trim().is_empty());
    sentence.unwrap_or(text).trim().chars().take(40).collect()
}
