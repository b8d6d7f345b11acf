//! Which expression made which field of a record, and of what value: for people who ask how a complaint came to say what it says.

use serde_json::Value;

use huiliu_adapter_api::{RawRecord, RecordBody};
use huiliu_expression::{Context, Expression};

use crate::city::line_and_column;
use crate::mapping::channel::{Channel, FIELDS, Field};

/// A field with what made it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldMade {
    /// Field of the complaint.
    pub field: String,
    /// The expression as the channel file has it.
    pub expression: String,
    /// File of the pack, line and column of the expression; 0 where only the file is known.
    pub place: (String, usize, usize),
    /// What the expression comes to, before the field is read of it; null where it fails.
    pub value: Value,
}

impl Channel {
    /// The fields that the mapping has expressions for, in their usual order, the further ones behind them. None for a record that
    /// cannot be read.
    #[must_use]
    pub fn fields_made(&self, record: &RawRecord) -> Vec<FieldMade> {
        let RecordBody::Tree(tree) = &record.body else { return Vec::new() };
        let channel = Value::String(self.id.clone());
        let context = Context::new([("record", tree), ("channel", &channel)]);
        // What is said about an earlier complaint is read by rules of its own.
        if let Some(rule) = self.follow_up.as_ref().filter(|rule| is_true(&rule.when, &context)) {
            let parts = [
                ("about", Some(&rule.about)),
                ("satisfaction", rule.satisfaction.as_ref()),
                ("text", rule.text.as_ref()),
            ];
            let said = |(name, expression): (&str, Option<&Expression>)| {
                Some(self.said(&format!("follow_up.{name}"), expression?, &context))
            };
            return parts.into_iter().filter_map(said).collect();
        }
        let usual = FIELDS.iter().filter_map(|(name, _)| Some(((*name).to_owned(), self.fields.get(*name)?)));
        let further = self.extra.iter().map(|(name, field)| (format!("extra.{name}"), field));
        usual.chain(further).map(|(name, field)| self.made(name, field, &context)).collect()
    }

    fn said(&self, name: &str, expression: &Expression, context: &Context) -> FieldMade {
        FieldMade {
            field: name.to_owned(),
            expression: expression.source().to_owned(),
            place: (self.file.clone(), 0, 0),
            value: expression.eval(context).map_or(Value::Null, |found| found.value),
        }
    }

    fn made(&self, name: String, field: &Field, context: &Context) -> FieldMade {
        let (line, column) = line_and_column(&self.source, &field.place.span());
        FieldMade {
            field: name,
            expression: field.expression.source().to_owned(),
            place: (self.file.clone(), line, column),
            value: field.expression.eval(context).map_or(Value::Null, |found| found.value),
        }
    }
}

fn is_true(when: &Expression, context: &Context) -> bool {
    when.eval(context).is_ok_and(|found| found.is_true())
}
