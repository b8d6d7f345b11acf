//! What came in of a complaint: records with the expressions that read them, problems, warnings, and what its source stated later.

use serde_json::{Value, json};

use super::packs::{Unknown, fields_made};
use super::{Telling, called};
use crate::catalogue::states;
use crate::http::documents::Statement;
use crate::key::RawKey;
use crate::mapping::FieldMade;
use crate::mask::mask_text;
use crate::store::{ComplaintView, Occurrence, OccurrenceKind, RawState, RecordView, StoreError};

impl Telling<'_> {
    pub(super) fn came(&mut self, view: &ComplaintView) -> Result<(), StoreError> {
        let records = self.store.records_of(view.id)?;
        let keys: Vec<RawKey> = records.iter().map(|record| record.raw_id).collect();
        let versions = self.store.versions_of(&keys)?;
        let numbers: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let replayed = self.store.occurrences(OccurrenceKind::Replayed, &numbers)?;
        for record in &records {
            let version = versions.iter().find(|(key, _)| *key == record.raw_id).map_or("", |(_, version)| version);
            let mended = |row: &Occurrence| row.subject == record.raw_id.0 && row.details["mended"] == true;
            self.record(view, record, (version, replayed.iter().any(mended)))?;
        }
        let aside = self.store.occurrences(OccurrenceKind::SetAside, &numbers)?;
        aside.iter().chain(&replayed).for_each(|row| self.aside(view, row));
        self.warnings(view, &keys)?;
        self.statements(view)
    }

    fn record(
        &mut self,
        view: &ComplaintView,
        record: &RecordView,
        (version, mended): (&str, bool),
    ) -> Result<(), StoreError> {
        let is_live = version == self.teller.live.version;
        let (made, note) = match (mended, is_live) {
            (true, _) => (Vec::new(), Some(mended_note())),
            // What was erased has no fields any more.
            _ if view.erased => (Vec::new(), None),
            (false, true) => told(fields_made(self.teller.live, record), version),
            (false, false) => {
                let made = self.earlier.fields_made(self.store, self.teller.load, (version, record))?;
                told(made, version)
            }
        };
        let (note_zh, note) = note.unzip();
        let rating = made.iter().find(|made| made.field == "follow_up.satisfaction");
        let rating = rating.and_then(|made| self.teller.live.rules.handling.scale_step(made.value.as_str()?.trim()));
        let rating = rating.map(|step| step.value.wire());
        let contacts = self.teller.contacts;
        let field = |made: FieldMade| {
            let (file, line, column) = made.place;
            let value = if contacts { made.value } else { Value::Null };
            json!({
                "field": made.field, "expression": made.expression, "file": file, "line": line, "column": column,
                "value": value,
            })
        };
        let fields: Vec<Value> = made.into_iter().map(field).collect();
        let (zh, en) = match record.state {
            RawState::Amendment => ("来源修改了这件诉求", "its source changed the complaint"),
            RawState::FollowUp if rating.is_some() => ("市民作了评价", "the citizen rated the result"),
            RawState::FollowUp => ("来源就这件诉求又说了话", "its source said something about the complaint"),
            _ => ("收到原始记录", "a record was received"),
        };
        let (channel, raw_id) = (&record.channel, record.raw_id.0);
        let details = json!({
            "raw_id": raw_id, "channel": channel, "record_id": self.inner(record.record_id.clone()),
            "state": record.state.name(), "pack_version": version, "pack_is_live": is_live, "note": note, "note_zh": note_zh,
            "satisfaction": rating,
            "fields": fields, "record": self.inner(record.body.clone()),
        });
        let said = (format!("{zh}（{channel}，原始记录 {raw_id}）"), format!("{en} ({channel}, raw record {raw_id})"));
        self.tell((record.received_at, "record"), (Some(&view.receipt), None), said, details);
        Ok(())
    }

    fn aside(&mut self, view: &ComplaintView, row: &Occurrence) {
        let raw_id = row.subject;
        if row.kind == OccurrenceKind::SetAside {
            let details = json!({ "raw_id": raw_id, "problems": self.inner(row.details["problems"].clone()) });
            let said = (
                format!("原始记录 {raw_id} 无法映射，进入待修复"),
                format!("raw record {raw_id} could not be mapped and was set aside"),
            );
            return self.tell((row.at, "set_aside"), (Some(&view.receipt), None), said, details);
        }
        let actor = row.details["actor"].as_str().unwrap_or_default();
        let became = &row.outcome;
        let (zh, en) = called(states::became, became);
        let details = json!({ "raw_id": raw_id, "actor": actor, "became": became, "mended": row.details["mended"] });
        let said = (
            format!("{actor} 重新映射原始记录 {raw_id}，结果：{zh}"),
            format!("{actor} had raw record {raw_id} mapped again: {en}"),
        );
        self.tell((row.at, "replayed"), (Some(&view.receipt), None), said, details);
    }

    fn warnings(&mut self, view: &ComplaintView, keys: &[RawKey]) -> Result<(), StoreError> {
        for row in self.store.warnings_of(keys)? {
            let details = json!({
                "raw_id": row.raw_id.0, "field": row.field, "place": row.place, "value": self.inner(row.value.clone()),
                "zh": self.inner(row.zh.clone()), "en": self.inner(row.en.clone()),
            });
            let said = (
                format!("字段 {} 有警告（{}）", row.field, row.place),
                format!("a warning about the field {} ({})", row.field, row.place),
            );
            self.tell((row.at, "warning"), (Some(&view.receipt), None), said, details);
        }
        Ok(())
    }

    fn statements(&mut self, view: &ComplaintView) -> Result<(), StoreError> {
        let rows = self.store.statements_of(&[view.id])?;
        let shown = Statement::all(&rows, std::slice::from_ref(view), self.teller.contacts);
        for (row, statement) in rows.iter().zip(shown) {
            let rating = row.satisfaction.map(|satisfaction| satisfaction.wire()).unwrap_or_default();
            let details = serde_json::to_value(statement).unwrap_or_default();
            let said = (
                format!("来源说：{} {rating}", row.kind.zh()).trim_end().to_owned(),
                format!("its source stated: {} {rating}", row.kind.name()).trim_end().to_owned(),
            );
            self.tell((row.received_at, "statement"), (Some(&view.receipt), None), said, details);
        }
        Ok(())
    }
}

/// Words in Chinese and in English.
type Said = (String, String);

/// The fields, or why they are not told.
fn told(made: Result<Vec<FieldMade>, Unknown>, version: &str) -> (Vec<FieldMade>, Option<Said>) {
    made.map_or_else(|unknown| (Vec::new(), Some(unknown.said(version))), |made| (made, None))
}

fn mended_note() -> Said {
    let (zh, en) =
        ("由人工修改过的内容映射，该内容未保存", "made from content that a person mended, which is not kept");
    (zh.to_owned(), en.to_owned())
}

/// What went wrong, as everybody may see it.
pub(super) fn shown_error(details: &Value) -> Option<String> {
    details["error"].as_str().map(mask_text)
}
