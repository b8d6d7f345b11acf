//! The fields of a complaint, one after the other. A bad field is left empty with a warning and never loses the complaint.

use huiliu_expression::GivenTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Applying;
use super::text::beginning;
use crate::complaint::{
    Attachment, AttachmentSource, Complaint, Kind, MAX_ATTACHMENTS, MAX_EXTRA_FIELDS, MAX_FIELD_CHARS, MAX_TEXT_CHARS,
    MAX_TITLE_CHARS, Place, Point,
};
use crate::mapping::number;
use crate::mapping::wish::Wish;

/// Before any complaint was kept by a machine: 1990-01-01 in UTC.
const EARLIEST: Timestamp = Timestamp::constant(631_152_000, 0);
/// How far a source's clock or zone may be ahead.
const LATEST_AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl Applying<'_> {
    pub(super) fn complaint(&mut self) -> Option<Complaint> {
        let title = self.text("title", MAX_TITLE_CHARS);
        let title = title.filter(|title| self.legible("title", title));
        let text = self.text("text", MAX_TEXT_CHARS);
        let is_garbled = text.as_deref().is_some_and(|text| !self.legible("text", text));
        // A title in the place of a text that nobody can read would hide that it was lost.
        let text = if is_garbled { None } else { text.or_else(|| title.clone()) };
        if text.is_none() && !is_garbled {
            self.remark(
                "text",
                "没有正文，也没有标题；请改 text 的表达式",
                "neither text nor title; mend the expression of text",
                None,
            );
        }
        // Last, so that its reason is the one that is told of a record that is set aside.
        let number = self.number();
        let (number, text) = (number?, text?);
        let title = title.unwrap_or_else(|| beginning(&text));
        Some(Complaint {
            channel: self.channel.id.clone(),
            number,
            kind: self.kind(),
            title,
            text,
            reporter: self.reporter(),
            publish: self.wish("publish", Wish::Publish).0,
            place: self.place(),
            category_hint: self.category(),
            urgency_hint: self.text("urgency", MAX_FIELD_CHARS),
            source_deadline: self.time("deadline"),
            occurred_at: self.time("occurred_at"),
            received_at: self.time("received_at"),
            attachments: self.attachments(),
            duplicate_mark: self.text("duplicate_mark", MAX_FIELD_CHARS),
            extra: self.extra(),
        })
    }

    /// The source's number. One that rests on something a filter did not understand might be another one's.
    fn number(&mut self) -> Option<String> {
        let channel = self.channel;
        let field = channel.fields.get("number")?;
        let found = self.evaluate("number", field)?;
        let in_doubt = found.notices.iter().any(|notice| !notice.passed_over);
        let text = match found.into_text() {
            Ok(text) => text.unwrap_or_default(),
            Err(fault) => {
                self.fault("number", Some(field), &fault);
                return None;
            }
        };
        match number::read(&text, self.headings()) {
            Ok(Some(number)) if !in_doubt => {
                if let Some(personal) = number::personal(&number) {
                    let (zh, en) = personal.sentences();
                    self.remark("number", zh, en, Some(text));
                }
                Some(number)
            }
            Ok(Some(_)) => {
                self.remark(
                    "number",
                    "编号的一部分没有看懂，可能与别的编号相同；请改 number 的表达式或来源的数据",
                    "a part of the number was not understood, it might be another one's; mend the expression of number or the data",
                    Some(text),
                );
                None
            }
            Ok(None) => {
                self.remark(
                    "number",
                    "没有编号，无法识别这条记录；请改 number 的表达式",
                    "no source number; mend the expression of number",
                    None,
                );
                None
            }
            Err(doubt) => {
                let (zh, en) = doubt.sentences();
                self.remark("number", zh, en, Some(text));
                None
            }
        }
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

    fn place(&mut self) -> Place {
        let district = self.text("district", MAX_FIELD_CHARS);
        if let Some(text) = district.as_deref().filter(|text| !self.channel.known.district(text)) {
            self.remark(
                "district",
                &format!("区划表里没有“{text}”，照原文保留；请在 tables/districts.csv 补一行，或用对照表转换"),
                &format!("no division {text:?} in the table, kept as it is; add a row to tables/districts.csv or convert it with a table"),
                district.clone(),
            );
        }
        Place {
            district,
            street: self.text("street", MAX_FIELD_CHARS),
            community: self.text("community", MAX_FIELD_CHARS),
            address: self.text("address", MAX_FIELD_CHARS),
            point: self.point(),
        }
    }

    fn category(&mut self) -> Option<String> {
        let category = self.text("category", MAX_FIELD_CHARS);
        if let Some(text) = category.as_deref().filter(|text| !self.channel.known.category(text)) {
            self.remark(
                "category",
                &format!("事项分类表里没有“{text}”，照原文保留，按正文分类；可在 tables/categories.csv 补一行，或用对照表转换"),
                &format!("no category {text:?} in the table, kept as it is; add a row to tables/categories.csv or convert it with a table"),
                category.clone(),
            );
        }
        category
    }

    fn point(&mut self) -> Option<Point> {
        let value = self.value("point")?;
        let degrees = |name: &str| value.get(name).and_then(Value::as_f64);
        match (degrees("lat"), degrees("lng")) {
            (Some(lat), Some(lng)) if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng) => {
                Some(Point { lat, lng })
            }
            _ => {
                self.remark("point", "坐标应为 {lat, lng}", "a point must be {lat, lng}", Some(value.to_string()));
                None
            }
        }
    }

    /// A date alone is the end of its day for a deadline, and its beginning elsewhere.
    fn time(&mut self, field: &str) -> Option<Timestamp> {
        let text = self.text(field, MAX_FIELD_CHARS)?;
        self.moment(field, text)
    }

    /// A time that was written.
    pub(super) fn moment(&mut self, field: &str, text: String) -> Option<Timestamp> {
        let given = GivenTime::read(&text);
        let zone = &self.channel.zone;
        let at = given.and_then(|given| if field == "deadline" { given.end(zone) } else { given.beginning(zone) });
        if at.is_none() {
            self.remark(
                field,
                "时间应为 RFC 3339；请加 | datetime",
                "a time must be RFC 3339; add | datetime",
                Some(text),
            );
            return None;
        }
        at.filter(|at| self.plausible(field, *at))
    }

    /// Whether something of a complaint can have been then; remarked where not.
    fn plausible(&mut self, field: &str, at: Timestamp) -> bool {
        let (zh, en) = if at < EARLIEST {
            (
                "早于 1990 年，不会是诉求的时间，按没有处理；请看来源的这一列",
                "before 1990, which is no time of a complaint, taken as none; look at this column of the source",
            )
        } else if field != "deadline" && at.duration_since(self.now) > LATEST_AHEAD {
            (
                "比现在晚一天以上，按没有处理；请看来源的时钟、时区或时间格式",
                "more than a day in the future, taken as none; look at clock, zone and spelling of times of the source",
            )
        } else {
            return true;
        };
        self.remark(field, zh, en, Some(at.to_string()));
        false
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
            let Some(found) = self.evaluate(name, field) else { continue };
            let text = match found.value {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            if let Some(text) = self.readable(name, text) {
                kept.push((name.clone(), text.chars().take(MAX_FIELD_CHARS).collect()));
            }
        }
        kept
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
}
