//! The `[settings.table]` table: what files look like.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::{Escape, Variables};
use huiliu_sheet::{Sheet, SheetKind};
use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::{NAME_VARIABLES, Table, named};
use crate::destinations::event;
use crate::key::DeliveryKey;

/// Most events of one file where the settings do not say.
const DEFAULT_MAX_ROWS: usize = 10_000;
/// Most events of one file that can be set. They are read at once, and marked in one transaction.
const MOST_ROWS: usize = 50_000;
/// Longest name of a file, in bytes: something is put before and behind it while it is written.
const MAX_NAME_BYTES: usize = 200;
/// The columns where the settings name none.
const DEFAULT_COLUMNS: [(&str, &str); 14] = [
    ("工单号", "ticket.ticket_id"),
    ("版本", "ticket.version"),
    ("事件", "event"),
    ("办理状态", "ticket.status"),
    ("标题", "ticket.title"),
    ("内容", "ticket.text"),
    ("事项", "ticket.category_name"),
    ("区划", "ticket.district_name"),
    ("承办单位", "ticket.department_name"),
    ("等级", "ticket.grade"),
    ("办理时限", "ticket.due_at"),
    ("地址", "ticket.place.address"),
    ("诉求数", "ticket.complaint_count"),
    ("登记时间", "ticket.created_at"),
];

/// The `[settings.table]` table.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::destinations) struct TableSettings {
    /// `csv` (default), `xlsx` or `jsonl`.
    format: Option<SpannedText>,
    /// Of CSV: `utf-8-bom` (default), `utf-8` or `gbk`.
    charset: Option<SpannedText>,
    /// Template over `destination`, `date`, `time` and `first`.
    name: Option<SpannedText>,
    /// Heading and expression, each.
    columns: Option<Spanned<Vec<(SpannedText, SpannedText)>>>,
    /// Only the newest event of each ticket of a file.
    last_only: bool,
    /// A file also when nothing has happened.
    empty: bool,
    /// A manifest beside each file; default yes, and none for mails.
    manifest: Option<Spanned<bool>>,
    max_rows: Option<Spanned<usize>>,
}

impl TableSettings {
    /// Whether a manifest was asked for, and where.
    pub(in crate::destinations) fn manifest_asked(&self) -> Option<std::ops::Range<usize>> {
        self.manifest.as_ref().filter(|manifest| *manifest.get_ref()).map(Spanned::span)
    }

    /// The table that these settings describe; what is wrong with them goes to `problems`.
    pub(in crate::destinations) fn compile(
        &self,
        opening: &Opening<'_>,
        variables: &Variables,
        with_manifest: bool,
        problems: &mut Problems,
    ) -> Option<Table> {
        let before = problems.len();
        let kind = self.kind(opening, problems);
        let columns = self.columns();
        let variables = event::variables(variables);
        let mut compile = |(_, value): &(SpannedText, SpannedText)| {
            opening.settings.expression(opening.language, value, &variables, problems)
        };
        let values = columns.iter().filter_map(&mut compile).collect();
        let headings: Vec<String> = columns.iter().map(|(heading, _)| heading.get_ref().trim().to_owned()).collect();
        if let Some(fault) = kind.and_then(|kind| Sheet::new(kind, &headings).err()) {
            let place = self.columns.as_ref().map_or_else(|| opening.settings.span(), Spanned::span);
            problems.push(SettingsProblem::new(place, fault.to_string(), fault.to_string()));
        }
        let max_rows = self.max_rows.as_ref().map_or(DEFAULT_MAX_ROWS, |rows| *rows.get_ref());
        if let Some(rows) = self.max_rows.as_ref().filter(|_| !(1..=MOST_ROWS).contains(&max_rows)) {
            problems.push(SettingsProblem::new(
                rows.span(),
                format!("max_rows 应在 1 到 {MOST_ROWS} 之间"),
                format!("max_rows must be 1 to {MOST_ROWS}"),
            ));
        }
        let name = kind.and_then(|kind| self.name(kind, opening, problems));
        if problems.len() > before {
            return None;
        }
        let manifest = with_manifest && self.manifest.as_ref().is_none_or(|manifest| *manifest.get_ref());
        let (last_only, empty) = (self.last_only, self.empty);
        Some(Table { kind: kind?, headings, values, name: name?, last_only, empty, manifest, max_rows })
    }

    fn columns(&self) -> Vec<(SpannedText, SpannedText)> {
        let own = |text: &str| Spanned::new(0..0, text.to_owned());
        let default = || DEFAULT_COLUMNS.iter().map(|(heading, value)| (own(heading), own(value))).collect();
        self.columns.as_ref().map_or_else(default, |columns| columns.get_ref().clone())
    }

    fn kind(&self, opening: &Opening<'_>, problems: &mut Problems) -> Option<SheetKind> {
        let format = self.format.as_ref().map_or("csv", |format| format.get_ref());
        let charset = self.charset.as_ref().map(|charset| charset.get_ref().as_str());
        // What is written beyond GBK is a character that GBK does not have.
        let charset = if charset == Some("gbk") { Some("gb18030") } else { charset };
        let kind = match format {
            "jsonl" => SheetKind::from_names("json-lines", charset),
            "csv" | "xlsx" => SheetKind::from_names(format, charset),
            _ => None,
        };
        if kind.is_none() {
            let known = ["csv", "xlsx", "jsonl"].contains(&format);
            let place = if known { self.charset.as_ref() } else { self.format.as_ref() };
            problems.push(SettingsProblem::new(
                place.map_or_else(|| opening.settings.span(), Spanned::span),
                "format 应为 csv、xlsx 或 jsonl；charset 只用于 csv：utf-8-bom（默认）、utf-8 或 gbk",
                "format must be csv, xlsx or jsonl; charset is for csv only: utf-8-bom (default), utf-8 or gbk",
            ));
        }
        kind
    }

    fn name(
        &self,
        kind: SheetKind,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Option<huiliu_expression::Template> {
        let default = format!(
            "{{{{ destination }}}}-{{{{ date }}}}-{{{{ time }}}}-{{{{ first }}}}-{{{{ digest }}}}.{}",
            kind.ending()
        );
        let text = self.name.clone().unwrap_or_else(|| Spanned::new(0..0, default));
        let template = opening.settings.template(opening.language, &text, &NAME_VARIABLES, Escape::None, problems)?;
        if !template.uses("first") {
            problems.push(SettingsProblem::new(
                text.span(),
                "name 里应有 {{ first }}（本文件第一条投送的编号）：同一时刻可能不止一个文件，同名会互相覆盖",
                "name needs {{ first }}, the number of the first delivery of the file: there can be several files at one time, and one would replace the other",
            ));
        }
        if !template.uses("digest") {
            problems.push(SettingsProblem::new(
                text.span(),
                "name 里应有 {{ digest }}（文件内容的摘要，8 位）：崩溃后重做的文件内容可能更多，同名必须同内容",
                "name needs {{ digest }}, 8 characters by the content of the file: one that is made again after a crash can have more in it, and one name has one content",
            ));
        }
        let sample = Timestamp::UNIX_EPOCH.to_zoned(opening.language.zone().clone());
        let is_plain = |name: &str| {
            !name.is_empty()
                && name.len() <= MAX_NAME_BYTES
                && !name.starts_with('.')
                && !name.contains(|c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c))
        };
        if !named(&template, opening.channel, &sample, (DeliveryKey(i64::MAX), "00000000"))
            .is_ok_and(|name| is_plain(&name))
        {
            problems.push(SettingsProblem::new(
                text.span(),
                format!("name 应是单纯的文件名：不含 / \\ : * ? \" < > |，不以点开头，不超过 {MAX_NAME_BYTES} 字节"),
                format!("name must be a plain file name: none of / \\ : * ? \" < > |, no point first, at most {MAX_NAME_BYTES} bytes"),
            ));
        }
        Some(template)
    }
}
