//! A file under way: its records as they are asked for, and what reading it has come to.

use std::path::Path;

use huiliu_adapter_api::{AlarmKind, FileReading, RawRecord, RecordFormat, SourceAlarm};
use huiliu_adapter_folder::FoundFile;
use huiliu_table::{Event, Events, Reason, Table, open_file};

/// Sheets whose reasons are given where a file gave nothing.
const MAX_REASONS: usize = 5;

/// A file that is open.
pub(crate) struct Reading {
    events: Events,
    /// What it has come to.
    pub told: FileReading,
    /// Whether headings were found.
    headings: bool,
    /// Whether a sheet was left out that looks like a table.
    doubtful: bool,
    /// What of the file was not read although records may be in it.
    unread: Vec<Reason>,
    failure: Option<Reason>,
}

impl Reading {
    /// Opens a file and goes on behind the first `rows` records.
    pub(crate) fn open(folder: &Path, file: &FoundFile, format: &RecordFormat, table: &Table, rows: usize) -> Self {
        let opened = open_file(&folder.join(&file.name), format, table);
        let (events, failure): (Events, _) = match opened {
            Ok(events) => (events, None),
            Err(reason) => (Box::new(std::iter::empty()), Some(reason)),
        };
        let mut reading =
            Self { events, told: begun(file), headings: false, doubtful: false, unread: Vec::new(), failure };
        for _ in 0..rows {
            if reading.next().is_none() {
                break;
            }
        }
        reading
    }

    /// A file that is not opened any more.
    pub(crate) fn given_up(file: &FoundFile, reason: Reason) -> Self {
        let events: Events = Box::new(std::iter::empty());
        Self { events, told: begun(file), headings: false, doubtful: false, unread: Vec::new(), failure: Some(reason) }
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> Option<RawRecord> {
        loop {
            match self.events.next()? {
                Event::Row(record) => {
                    self.told.rows += 1;
                    if let Some(sheet) = self.told.sheets.last_mut() {
                        sheet.rows += 1;
                    }
                    return Some(record);
                }
                Event::Sheet { reading, doubtful } => {
                    self.doubtful |= doubtful;
                    self.told.sheets.push(reading);
                }
                Event::Notice { reason, unread } => self.notice(reason, unread),
                Event::Headings => self.headings = true,
                Event::Failed(reason) => {
                    self.failure.get_or_insert(reason);
                }
            }
        }
    }

    fn notice(&mut self, reason: Reason, unread: bool) {
        if unread && self.unread.len() < MAX_REASONS {
            self.unread.push(reason.clone());
        }
        if self.told.notices.len() < FileReading::MAX_NOTICES {
            self.told.notices.push((reason.zh, reason.en));
        }
    }

    /// Where nothing more comes: what keeps the file from being done.
    pub(crate) fn end(&mut self) -> Option<Reason> {
        self.told.complete = true;
        let failure = self.failure.take().or_else(|| self.nothing());
        self.told.failure = failure.as_ref().map(|reason| (reason.zh.clone(), reason.en.clone()));
        failure
    }

    /// A file that was written on while it was read: it is read again as it is now. What is told of it, where rows of it were stored.
    pub(crate) fn changed(&self, stored: usize) -> Option<FileReading> {
        let changed =
            ("文件在读取时又被写入，已按新的内容从头再读", "it was written on while it was read and is read again");
        let failure = Some((changed.0.to_owned(), changed.1.to_owned()));
        (stored > 0).then(|| FileReading {
            rows: u64::try_from(stored).unwrap_or(u64::MAX),
            failure,
            ..self.told.clone()
        })
    }

    /// Writes to the log what is to be known of the file.
    pub(crate) fn log(&self, channel: &str) {
        for (_zh, en) in &self.told.notices {
            tracing::info!(channel, file = self.told.name, "Of a file that was read: {en}");
        }
    }

    /// Why the file gave nothing. Headings without rows say that there is nothing to say, unless another sheet may have what is missing.
    fn nothing(&self) -> Option<Reason> {
        if self.told.rows > 0 || (self.headings && !self.doubtful) {
            return None;
        }
        let (mut zh, mut en) = ("文件里没有读到任何记录".to_owned(), "the file holds no record".to_owned());
        let reasons = self.told.sheets.iter().filter_map(|sheet| Some((&sheet.name, sheet.left_out.as_ref()?)));
        for (name, (sheet_zh, sheet_en)) in reasons.take(MAX_REASONS) {
            zh.push_str(&format!("；工作表 {name}：{sheet_zh}"));
            en.push_str(&format!("; sheet {name}: {sheet_en}"));
        }
        if self.told.sheets.is_empty() {
            zh.push_str("；请检查 [format] kind、records 与 header_row");
            en.push_str("; see to kind and records in [format] and to header_row");
        }
        Some(Reason::new(zh, en))
    }

    /// What an operator has to look at when the file has been read.
    pub(crate) fn alarms(&self, failure: Option<&Reason>) -> Vec<SourceAlarm> {
        let name = &self.told.name;
        let unread = |Reason { zh, en }: &Reason| alarm(format!("文件 {name}：{zh}"), format!("the file {name}: {en}"));
        self.unread.iter().map(unread).chain(self.alarm_of_reading(failure)).collect()
    }

    fn alarm_of_reading(&self, failure: Option<&Reason>) -> Option<SourceAlarm> {
        let name = &self.told.name;
        if let Some(Reason { zh, en }) = failure {
            let zh = format!("文件 {name} 没有读完或没有记录，已移到 failed/：{zh}");
            return Some(alarm(
                zh,
                format!("the file {name} was not read to its end, or holds no record, and is in failed/: {en}"),
            ));
        }
        if !self.doubtful {
            return None;
        }
        let left_out = self.told.sheets.iter().filter(|sheet| sheet.left_out.is_some());
        let names = left_out.take(MAX_REASONS).map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join("、");
        Some(alarm(
            format!(
                "文件 {name} 有像表格的工作表没有读：{names}；若其中有诉求，请在 aliases 里写明列名；若不需要，请设置 sheet"
            ),
            format!(
                "the file {name} has sheets that look like tables and were not read: {names}; name their headings in aliases, or set sheet"
            ),
        ))
    }
}

fn begun(file: &FoundFile) -> FileReading {
    FileReading {
        name: file.name.clone(),
        size: file.size,
        modified_ms: file.modified_ms,
        sheets: Vec::new(),
        rows: 0,
        complete: false,
        failure: None,
        notices: Vec::new(),
    }
}

fn alarm(zh: String, en: String) -> SourceAlarm {
    SourceAlarm { kind: AlarmKind::UnreadableFile, zh, en }
}
