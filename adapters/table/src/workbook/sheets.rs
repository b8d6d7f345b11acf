//! The tables of a workbook, sheet by sheet, read on a thread of their own.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use huiliu_adapter_api::{RecordFormat, SheetReading};

use super::{Sheet, SheetKind, Workbook, html_table, spreadsheet_xml, xls, xlsx};
use crate::content::Content;
use crate::event::{Event, Events, Reason};
use crate::table::continued::Earlier;
use crate::table::{Going, Table, TableReader};

/// What waits to be taken.
const MAX_WAITING: usize = 512;
/// Most sheets of a workbook that are looked at.
const MAX_SHEETS: usize = 500;

/// The events of a workbook.
///
/// # Errors
/// The workbook cannot be opened.
pub(crate) fn workbook_rows(
    path: &Path,
    content: Content,
    format: &RecordFormat,
    table: &Table,
) -> Result<Events, Reason> {
    let (sender, events) = sync_channel(MAX_WAITING);
    let (opened, opening) = sync_channel(1);
    let job = Job { path: path.to_owned(), content, format: format.clone(), table: table.clone() };
    std::thread::Builder::new()
        .name("workbook".to_owned())
        .spawn(move || job.run(&opened, &sender))
        .map_err(|error| Reason::of(&error))?;
    let stopped = |_gone| Reason::new("读取线程意外停止", "the reader stopped");
    opening.recv().map_err(stopped)??;
    Ok(Box::new(EventReceiver { events, ended: false }))
}

/// Takes events until the end marker. Without one the reader ended badly, which must not look like the end of the file.
struct EventReceiver {
    events: Receiver<Option<Event>>,
    ended: bool,
}

impl Iterator for EventReceiver {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        let event = self.events.recv();
        self.ended = !matches!(event, Ok(Some(_)));
        match event {
            Ok(event) => event,
            Err(_) => {
                let reason =
                    Reason::new("读取中断，其后的行没有读", "reading broke off; rows after this one were not read");
                Some(Event::Failed(reason))
            }
        }
    }
}

struct Job {
    path: PathBuf,
    content: Content,
    format: RecordFormat,
    table: Table,
}

impl Job {
    /// Says whether the file can be opened, then sends what is in it until nobody takes it.
    fn run(&self, opened: &SyncSender<Result<(), Reason>>, events: &SyncSender<Option<Event>>) {
        let workbook = self.open().and_then(|workbook| {
            self.check_sheet(&workbook.sheets())?;
            Ok(workbook)
        });
        match workbook {
            Err(reason) => drop(opened.send(Err(reason))),
            Ok(mut workbook) => {
                drop(opened.send(Ok(())));
                self.send(&mut *workbook, events);
            }
        }
    }

    fn open(&self) -> Result<Box<dyn Workbook>, Reason> {
        match self.content {
            Content::Ole => Ok(Box::new(xls::Xls::open(&self.path)?)),
            Content::SpreadsheetXml => Ok(Box::new(spreadsheet_xml::SpreadsheetXml::open(&self.path)?)),
            Content::Html => Ok(Box::new(html_table::HtmlTables::open(&self.path)?)),
            _ => Ok(Box::new(xlsx::Xlsx::open(&self.path)?)),
        }
    }

    fn check_sheet(&self, sheets: &[Sheet]) -> Result<(), Reason> {
        let Some(wanted) = &self.table.sheet else { return Ok(()) };
        if sheets.iter().any(|sheet| sheet.name == *wanted) {
            return Ok(());
        }
        let names = sheets.iter().take(20).map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join("、");
        Err(Reason::new(
            format!("没有名为 {wanted} 的工作表；有：{names}；请改 [settings] sheet"),
            format!("there is no sheet {wanted}; there are: {names}; set sheet in [settings]"),
        ))
    }

    fn send(&self, workbook: &mut dyn Workbook, events: &SyncSender<Option<Event>>) {
        let mut first = None;
        let sheets = workbook.sheets();
        let wanted = |sheet: &Sheet| self.table.sheet.as_ref() == Some(&sheet.name);
        // A sheet that the settings name is read wherever it stands.
        let read = sheets.iter().enumerate().filter(|(index, sheet)| *index < MAX_SHEETS || wanted(sheet));
        for (index, sheet) in read {
            let unread = self.unread(sheet);
            if let Some(reason) = unread {
                if events.send(Some(left_out(sheet, &reason, false))).is_err() {
                    return;
                }
                continue;
            }
            match self.send_sheet(workbook, index, sheet, first.clone(), events) {
                Some(header) => first = first.or(header),
                None => return,
            }
        }
        let beyond = sheets.iter().skip(MAX_SHEETS).find(|sheet| !wanted(sheet));
        let beyond = beyond.map(|sheet| left_out(sheet, &too_many(sheets.len()), self.table.sheet.is_none()));
        if beyond.is_none_or(|event| events.send(Some(event)).is_ok()) {
            drop(events.send(None));
        }
    }

    /// Why a sheet is not looked into.
    fn unread(&self, sheet: &Sheet) -> Option<Reason> {
        match (&self.table.sheet, sheet.kind) {
            (Some(wanted), _) if sheet.name != *wanted => {
                Some(Reason::new("设置里指定了另一工作表（sheet）", "the settings name another sheet"))
            }
            (_, SheetKind::Other) => {
                Some(Reason::new("不是表格（图表、宏表等）", "it is no table but a chart or a macro"))
            }
            (None, SheetKind::Hidden) => {
                Some(Reason::new("隐藏的工作表；要读请设置 sheet", "it is hidden; set sheet to have it read"))
            }
            _ => None,
        }
    }

    /// Sends one sheet; gives its headings, or `None` when nobody takes what is sent.
    fn send_sheet(
        &self,
        workbook: &mut dyn Workbook,
        index: usize,
        sheet: &Sheet,
        like: Option<Earlier>,
        events: &SyncSender<Option<Event>>,
    ) -> Option<Option<Earlier>> {
        let mut reader = TableReader::new(&self.table, &self.format, like);
        let (mut waiting, mut taken, mut begun) = (VecDeque::new(), true, false);
        let read = workbook.rows(index, &mut |number, cells| {
            let going = reader.take(number, cells, &mut waiting);
            if !begun && reader.header().is_some() {
                begun = true;
                waiting.push_front(Event::Sheet { reading: reading(sheet, None), doubtful: false });
            }
            taken = waiting.drain(..).all(|event| events.send(Some(event)).is_ok());
            taken && going == Going::On
        });
        if !taken {
            return None;
        }
        if !begun && read.is_ok() && reader.go_on(&mut waiting) {
            begun = true;
            waiting.push_front(Event::Sheet { reading: reading(sheet, None), doubtful: false });
        }
        if !begun {
            let event = match &read {
                Err(reason) => left_out(sheet, reason, true),
                Ok(()) if !reader.has_content() => left_out(sheet, &Reason::new("空表", "it is empty"), false),
                Ok(()) => {
                    let (reason, doubtful) = reader.without_headings();
                    left_out(sheet, &reason, doubtful)
                }
            };
            events.send(Some(event)).ok()?;
        }
        if reader.has_gone_on() {
            waiting.push_back(Event::Notice { reason: gone_on(sheet), unread: false });
        }
        let passed_over = reader.passed_over().reason(Some(&sheet.name));
        waiting.extend(passed_over.map(|reason| Event::Notice { reason, unread: false }));
        for event in waiting {
            events.send(Some(event)).ok()?;
        }
        if let Err(reason) = read {
            let name = &sheet.name;
            let (zh, en) = (format!("工作表 {name}：{}", reason.zh), format!("sheet {name}: {}", reason.en));
            events.send(Some(Event::Failed(Reason::new(zh, en)))).ok()?;
        }
        Some(reader.earlier())
    }
}

fn gone_on(sheet: &Sheet) -> Reason {
    let name = &sheet.name;
    Reason::new(
        format!("工作表 {name} 没有列名，已按前一张表的列名读取；请核对列的顺序"),
        format!(
            "the sheet {name} has no headings and was read under those of the sheet before; see that its columns are the same"
        ),
    )
}

/// Why the sheets beyond those that are looked at are left out; one stands for all of them.
fn too_many(sheets: usize) -> Reason {
    Reason::new(
        format!("工作簿有 {sheets} 个工作表，只读前 {MAX_SHEETS} 个；此表及其后的都没有读，请拆分工作簿"),
        format!(
            "of {sheets} sheets the first {MAX_SHEETS} are read; this one and those after it are not, divide the workbook"
        ),
    )
}

fn reading(sheet: &Sheet, left_out: Option<(String, String)>) -> SheetReading {
    SheetReading { name: sheet.name.clone(), rows: 0, left_out }
}

fn left_out(sheet: &Sheet, reason: &Reason, doubtful: bool) -> Event {
    Event::Sheet { reading: reading(sheet, Some((reason.zh.clone(), reason.en.clone()))), doubtful }
}
