//! What can go wrong in an expression, said in both languages of the house.

use std::cell::RefCell;
use std::ops::Range;

/// Something wrong with an expression or with the value it met. Admins read the Chinese text, logs carry the English one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The part of the expression's source concerned, in bytes.
    pub range: Option<Range<usize>>,
    /// The value that was met, shortened to [`Fault::VALUE_CHARS`]. May hold personal data: never to be logged.
    pub value: Option<String>,
    /// Whether the value given does not rest on what was met: `coalesce` went on to its next argument.
    pub passed_over: bool,
}

impl Fault {
    /// How much of a value is kept, in characters.
    pub const VALUE_CHARS: usize = 80;

    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), range: None, value: None, passed_over: false }
    }

    pub(crate) fn at(mut self, range: Range<usize>) -> Self {
        self.range = Some(range);
        self
    }

    pub(crate) fn with_value(mut self, value: &str) -> Self {
        self.value = Some(value.chars().take(Self::VALUE_CHARS).collect());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for minijinja::Error {
    fn from(fault: Fault) -> Self {
        Self::new(minijinja::ErrorKind::InvalidOperation, fault.en.clone()).with_source(fault)
    }
}

/// A remark made while a value was still produced: a code that the table does not know, or a value that a filter does not
/// understand and gave none for.
pub type Notice = Fault;

thread_local! {
    static NOTICES: RefCell<Vec<Notice>> = const { RefCell::new(Vec::new()) };
}

/// Most remarks kept from one evaluation.
const MAX_NOTICES: usize = 16;

pub(crate) fn notice(notice: Notice) {
    NOTICES.with_borrow_mut(|notices| {
        if notices.len() < MAX_NOTICES {
            notices.push(notice);
        }
    });
}

/// How many remarks there are so far.
pub(crate) fn notice_count() -> usize {
    NOTICES.with_borrow(Vec::len)
}

/// Marks these remarks as [`Fault::passed_over`].
pub(crate) fn pass_over(range: Range<usize>) {
    NOTICES.with_borrow_mut(|notices| {
        notices.get_mut(range).into_iter().flatten().for_each(|notice| notice.passed_over = true);
    });
}

pub(crate) fn collect_notices<R>(evaluate: impl FnOnce() -> R) -> (R, Vec<Notice>) {
    NOTICES.with_borrow_mut(Vec::clear);
    let result = evaluate();
    (result, NOTICES.with_borrow_mut(std::mem::take))
}

/// The nearest known name, for "did you mean"; `None` when nothing is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
