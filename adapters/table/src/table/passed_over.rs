//! Rows that were passed over because they are no records: how many, why, and where the first of them stand.

use std::collections::BTreeMap;

use crate::event::Reason;

/// Rows of one kind that are named.
const MAX_NAMED: usize = 5;

/// Why a row is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NoRecord {
    Headings,
    Title,
    Total,
    Signature,
}

/// The rows of one table that were passed over.
#[derive(Debug, Default)]
pub(crate) struct PassedOver {
    kinds: BTreeMap<NoRecord, (usize, Vec<usize>)>,
}

impl PassedOver {
    pub(super) fn add(&mut self, row: usize, kind: NoRecord) {
        let (count, named) = self.kinds.entry(kind).or_default();
        *count += 1;
        if named.len() < MAX_NAMED {
            named.push(row);
        }
    }

    /// What is said of them, of `sheet` where the file has some; none where there are none.
    pub(crate) fn reason(&self, sheet: Option<&str>) -> Option<Reason> {
        let rows: usize = self.kinds.values().map(|(count, _)| count).sum();
        let said = |(kind, (count, named)): (&NoRecord, &(usize, Vec<usize>))| {
            let (zh, en) = kind.words();
            let rows = |between: &str| named.iter().map(usize::to_string).collect::<Vec<_>>().join(between);
            let more = count > &named.len();
            let (zh_more, en_more) = if more { ("等", " and others") } else { ("", "") };
            (
                format!("{zh} {count} 行（第 {} 行{zh_more}）", rows("、")),
                format!("{count} {en} (rows {}{en_more})", rows(", ")),
            )
        };
        let (zh, en): (Vec<String>, Vec<String>) = self.kinds.iter().map(said).unzip();
        let (of_zh, of_en) =
            sheet.map_or_else(Default::default, |sheet| (format!("工作表 {sheet}："), format!("the sheet {sheet}: ")));
        (rows > 0).then(|| {
            Reason::new(
                format!("{of_zh}跳过 {rows} 行不是记录的行：{}", zh.join("，")),
                format!("{of_en}{rows} rows that are no records were passed over: {}", en.join(", ")),
            )
        })
    }
}

impl NoRecord {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Headings => ("重复的列名", "headings once more"),
            Self::Title => ("重复的标题", "titles once more"),
            Self::Total => ("汇总", "totals"),
            Self::Signature => ("落款与页码", "signatures and page numbers"),
        }
    }
}
