//! What a record states later of a complaint that is there. Doubt protects: a record of which it is not clear what it states, or of
//! which complaint, is set aside, and never taken for the content of a complaint.

use huiliu_expression::Evaluated;

use super::Applying;
use crate::complaint::{Satisfaction, Statement, StatementKind};
use crate::mapping::channel::{Field, StatementRule};
use crate::mapping::number;

/// Longest words kept of a statement, in characters; the raw record keeps all of them.
const MAX_WORDS_CHARS: usize = 2_000;
/// Longest id of a statement, in characters.
const MAX_ID_CHARS: usize = 200;

/// What a record states later, if it does.
pub(super) enum Stating {
    /// Nothing.
    No,
    /// This, and it is the content of a complaint as well: of that one where a statement says of none.
    Beside(Vec<Statement>),
    /// This, and nothing else.
    Alone(Vec<Statement>),
    /// Something that is not clear.
    Doubtful,
}

/// What one rule makes of a record.
enum Ruled {
    Not,
    Stated(Statement),
    /// It says nothing after all.
    Nothing,
    Doubtful,
}

impl Applying<'_> {
    pub(super) fn statements(&mut self) -> Stating {
        let channel = self.channel;
        let (mut stated, mut alone, mut applies) = (Vec::new(), false, false);
        for rule in &channel.statements {
            match self.ruled(rule) {
                Ruled::Not => continue,
                Ruled::Doubtful => return Stating::Doubtful,
                Ruled::Nothing => {}
                Ruled::Stated(statement) => stated.push(statement),
            }
            applies = true;
            alone |= !rule.with_content;
        }
        match (applies, alone, stated.is_empty()) {
            (false, ..) => Stating::No,
            (true, false, _) => Stating::Beside(stated),
            (true, true, false) => Stating::Alone(stated),
            (true, true, true) => Stating::Doubtful,
        }
    }

    fn ruled(&mut self, rule: &StatementRule) -> Ruled {
        let kind = rule.kind.name();
        let name = |member: &str| format!("statement.{kind}.{member}");
        match self.evaluate(&name("when"), &rule.when) {
            Some(found) if found.is_true() => {}
            Some(_) => return Ruled::Not,
            None => return Ruled::Doubtful,
        }
        let about = match &rule.about {
            None => String::new(),
            Some(field) => match self.about(&name("about"), field) {
                Some(about) => about,
                None => return Ruled::Doubtful,
            },
        };
        let text = rule.text.as_ref().and_then(|field| self.words(&name("text"), field, MAX_WORDS_CHARS));
        let at = rule.at.as_ref().and_then(|field| {
            let text = self.words(&name("at"), field, MAX_ID_CHARS)?;
            self.moment(&name("at"), text)
        });
        let rating = rule.satisfaction.as_ref().and_then(|field| self.satisfaction(&name("satisfaction"), field));
        let (satisfaction, step) = rating.map_or((None, None), |(value, step)| (Some(value), step));
        let id = rule.id.as_ref().and_then(|field| self.words(&name("id"), field, MAX_ID_CHARS));
        if rule.kind == StatementKind::Rating && satisfaction.is_none() && text.is_none() {
            if !rule.with_content {
                self.remark_at(
                    (&name("satisfaction"), &rule.when),
                    "没有看懂满意度，也没有评价文字",
                    "neither a satisfaction that is understood nor words",
                    None,
                );
            }
            return Ruled::Nothing;
        }
        let channel = rule.of.as_ref().map_or_else(|| self.channel.id.clone(), |of| of.get_ref().clone());
        let text = text.unwrap_or_default();
        Ruled::Stated(Statement { kind: rule.kind, channel, about, id, at, text, satisfaction, step })
    }

    /// The number of the complaint that is meant; none where that is doubtful, remarked.
    fn about(&mut self, name: &str, field: &Field) -> Option<String> {
        let found: Evaluated = self.evaluate(name, field)?;
        let in_doubt = found.notices.iter().any(|notice| !notice.passed_over);
        let text = match found.into_text() {
            Ok(text) => text.unwrap_or_default(),
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                return None;
            }
        };
        let (zh, en) = match number::read(&text, self.headings()) {
            Ok(Some(number)) if !in_doubt => return Some(number),
            Ok(Some(_)) => (
                "编号的一部分没有看懂，不知道说的是哪一件诉求；请改 about 的表达式或来源的数据",
                "a part of the number was not understood, so that the complaint is not known; mend about or the data",
            ),
            Ok(None) => (
                "没有编号，不知道说的是哪一件诉求；请改 about 的表达式",
                "no number, so that the complaint is not known; mend about",
            ),
            Err(doubt) => doubt.sentences(),
        };
        self.remark_at((name, field), zh, en, Some(text));
        None
    }

    fn satisfaction(&mut self, name: &str, field: &Field) -> Option<(Satisfaction, Option<String>)> {
        let text = self.words(name, field, MAX_ID_CHARS)?;
        let known = self.channel.known.rating(&text);
        if known.is_none() {
            self.remark_at(
                (name, field),
                "不是已知的满意度（满意、基本满意、不满意，或城市自己的评价档次），按没有处理；可用对照表转换",
                "not a known satisfaction (满意, 基本满意, 不满意, or a step of the city's scale), taken as none; convert it with a table",
                Some(text),
            );
        }
        known
    }

    /// Words of a statement as far as they say something, at most so long.
    pub(super) fn words(&mut self, name: &str, field: &Field, max_chars: usize) -> Option<String> {
        match self.evaluate(name, field)?.into_text() {
            Ok(text) => Some(self.readable(name, text?)?.trim().chars().take(max_chars).collect()),
            Err(fault) => {
                self.fault(name, Some(field), &fault);
                None
            }
        }
    }

    fn remark_at(&mut self, (name, field): (&str, &Field), zh: &str, en: &str, value: Option<String>) {
        self.warnings.push(self.channel.warning(name, Some(field), zh, en, value));
    }
}
