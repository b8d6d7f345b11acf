//! Warnings of accepted records and source files.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Contents, kept};
use crate::{FileMark, Page, SourceFileRow, SourceFileState, SourceFileView, WarningGroup, WarningRow};

/// A source file with when its last rows were taken.
#[derive(Clone)]
pub(super) struct KeptFile {
    mark: FileMark,
    pub last_at: Timestamp,
    view: SourceFileView,
}

impl Contents {
    pub(super) fn warn(&mut self, mut row: WarningRow) {
        row.at = kept(row.at);
        let id = self.warnings.keys().next_back().map_or(1, |last| last + 1);
        self.warnings.insert(id, row);
    }

    pub(super) fn note_source_file(&mut self, row: SourceFileRow) {
        let known =
            self.source_files.iter().find(|(_, file)| (&file.view.channel, file.mark) == (&row.channel, row.mark));
        let (id, begun_at, mut counts) = match known {
            Some((id, file)) => (*id, file.view.begun_at, file.view.counts),
            None => (self.source_files.keys().next_back().map_or(1, |last| last + 1), kept(row.at), Default::default()),
        };
        counts.add(row.counts);
        let view = SourceFileView {
            id,
            channel: row.channel,
            name: row.name,
            size_bytes: row.size_bytes,
            modified_at: kept(row.modified_at),
            begun_at,
            finished_at: (row.state != SourceFileState::Reading).then(|| kept(row.at)),
            state: row.state,
            rows: row.rows,
            counts,
            sheets: row.sheets,
            failure: row.failure,
            notices: row.notices,
        };
        self.source_files.insert(id, KeptFile { mark: row.mark, last_at: kept(row.at), view });
    }

    pub(super) fn warning_groups(&self, channel: Option<&str>, field: Option<&str>, page: Page) -> Vec<WarningGroup> {
        type Group<'a> = (&'a str, &'a str, &'a str);
        let mut groups: BTreeMap<Group<'_>, Vec<(i64, &WarningRow)>> = BTreeMap::new();
        for (id, row) in self.warnings.iter().rev() {
            if channel.is_none_or(|channel| channel == row.channel) && field.is_none_or(|field| field == row.field) {
                groups.entry((&row.channel, &row.field, &row.zh)).or_default().push((*id, row));
            }
        }
        let group = |rows: Vec<(i64, &WarningRow)>| {
            let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            let last = rows.first()?.0;
            WarningGroup::of(last, count, rows.into_iter().map(|(_, row)| row.clone()).collect())
        };
        let mut shown: Vec<WarningGroup> = groups.into_values().filter_map(group).collect();
        shown.sort_by_key(|group| std::cmp::Reverse(group.last));
        shown.retain(|group| page.after.is_none_or(|after| group.last < after));
        shown.truncate(page.limit);
        shown
    }

    pub(super) fn source_files(&self, channel: Option<&str>, page: Page) -> Vec<SourceFileView> {
        let views = self.source_files.values().rev().map(|file| &file.view);
        let listed = views.filter(|view| {
            channel.is_none_or(|channel| channel == view.channel) && page.after.is_none_or(|after| view.id < after)
        });
        listed.take(page.limit).cloned().collect()
    }
}
