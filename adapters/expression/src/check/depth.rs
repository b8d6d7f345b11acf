//! How deep an expression or a template may go. What reads it goes as deep as its operators follow each other and its blocks stand in
//! each other: without a limit a line of a few thousand signs would end the process.

use std::ops::Range;

use minijinja::machinery::{Span, Token, tokenize};

use crate::Fault;

/// Most operators, members, calls and filters of one expression, or of one tag of a template.
const MAX_OPERATORS: usize = 400;
/// Most blocks of a template in each other, each branch of an `if` counted.
const MAX_BLOCKS: usize = 100;

/// The fault of an expression that is too deep.
pub(super) fn of_expression(source: &str) -> Result<(), Vec<Fault>> {
    fault(source, true)
}

/// The fault of a template that is too deep.
pub(super) fn of_template(source: &str) -> Result<(), Vec<Fault>> {
    fault(source, false)
}

fn fault(source: &str, in_expression: bool) -> Result<(), Vec<Fault>> {
    let mut operators = 0;
    let mut blocks: Vec<usize> = Vec::new();
    let mut begins_block = false;
    // What is no token is a fault of syntax, with a place of its own.
    for (token, span) in tokenize(source, in_expression, Default::default()).map_while(Result::ok) {
        match &token {
            Token::VariableStart | Token::BlockStart => operators = 0,
            Token::Ident(word) if begins_block => count_block(&mut blocks, word),
            token if is_operator(token) => operators += 1,
            _ => {}
        }
        begins_block = matches!(token, Token::BlockStart);
        if operators > MAX_OPERATORS {
            return Err(vec![too_many(
                (format!("运算、成员和过滤器超过 {MAX_OPERATORS} 个"), "请拆成几步，或改用码表"),
                (format!("more than {MAX_OPERATORS} operators, members and filters"), "use several steps, or a table"),
                &span,
            )]);
        }
        if blocks.iter().sum::<usize>() > MAX_BLOCKS {
            return Err(vec![too_many(
                (format!("if、for 等嵌套超过 {MAX_BLOCKS} 层"), "请改用码表"),
                (format!("more than {MAX_BLOCKS} blocks in each other"), "use a table"),
                &span,
            )]);
        }
    }
    Ok(())
}

fn count_block(blocks: &mut Vec<usize>, word: &str) {
    match word {
        "if" | "for" | "with" | "filter" | "autoescape" => blocks.push(1),
        "elif" => blocks.last_mut().into_iter().for_each(|branches| *branches += 1),
        "endif" | "endfor" | "endwith" | "endfilter" | "endautoescape" => drop(blocks.pop()),
        _ => {}
    }
}

fn is_operator(token: &Token<'_>) -> bool {
    match token {
        Token::Ident(word) => ["not", "and", "or", "in", "is", "if", "else"].contains(word),
        Token::TemplateData(_)
        | Token::VariableStart
        | Token::VariableEnd
        | Token::BlockStart
        | Token::BlockEnd
        | Token::Str(_)
        | Token::String(_)
        | Token::Int(_)
        | Token::Int128(_)
        | Token::Float(_)
        | Token::Comma
        | Token::Colon
        | Token::BracketClose
        | Token::ParenClose
        | Token::BraceClose => false,
        _ => true,
    }
}

fn too_many((zh, mend_zh): (String, &str), (en, mend_en): (String, &str), span: &Span) -> Fault {
    let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let range: Range<usize> = place(span.start_offset)..place(span.end_offset);
    Fault::new(format!("{zh}：{mend_zh}"), format!("{en}: {mend_en}")).at(range)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::{Escape, Language};

    /// As much stack as the threads have on which packs are loaded.
    fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
        std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
    }

    #[test]
    fn what_goes_deeper_than_is_read_is_refused_where_it_does() {
        on_a_small_stack(|| {
            let language = Language::new(TimeZone::UTC, Arc::default());
            for (piece, end) in [("-", "1"), ("not ", "v"), ("v or ", "v"), ("1+", "1"), ("v.a | text ~ ", "v")] {
                let deep = |times: usize| format!("{}{end}", piece.repeat(times));
                let fault = language.expression(&deep(16_000), &["v"]).unwrap_err().remove(0);
                assert!(fault.en.contains("more than 400"), "{piece}: {fault:?}");
                assert!(fault.range.unwrap().start < 8_000, "where it begins to be too much");
                assert!(language.expression(&deep(80), &["v"]).is_ok(), "{piece}");
                let fault =
                    language.template(&format!("a{{{{ {} }}}}", deep(16_000)), &["v"], Escape::None).unwrap_err();
                assert!(fault[0].en.contains("more than 400"), "{piece}: {fault:?}");
            }
            let members = format!("v{}", ".a".repeat(8_000));
            assert!(language.expression(&members, &["v"]).unwrap_err()[0].en.contains("more than 400"));
        });
    }

    #[test]
    fn what_is_just_not_too_deep_is_read() {
        on_a_small_stack(|| {
            let language = Language::new(TimeZone::UTC, Arc::default());
            for (piece, end) in [("-", "1"), ("not ", "v"), ("v or ", "v"), ("1+", "1")] {
                let expression = language.expression(&format!("{}{end}", piece.repeat(MAX_OPERATORS)), &["v"]).unwrap();
                drop(expression.eval(&crate::Context::of("v", &serde_json::json!(false))));
            }
            let tags = "{{ v.a }}{% if v %}x{% endif %}".repeat(1_000);
            assert!(language.template(&tags, &["v"], Escape::None).is_ok(), "each tag counts for itself");
        });
    }

    #[test]
    fn blocks_in_each_other_have_a_limit() {
        on_a_small_stack(|| {
            let language = Language::new(TimeZone::UTC, Arc::default());
            let nested = |times: usize| format!("{}x{}", "{% if v %}".repeat(times), "{% endif %}".repeat(times));
            let branches = |times: usize| format!("{{% if v %}}a{}{{% endif %}}", "{% elif v %}b".repeat(times));
            for template in [nested(16_000), branches(16_000)] {
                let fault = language.template(&template, &["v"], Escape::None).unwrap_err().remove(0);
                assert!(fault.en.contains("more than 100 blocks"), "{fault:?}");
            }
            for template in [nested(99), branches(99)] {
                assert!(language.template(&template, &["v"], Escape::None).is_ok());
            }
        });
    }
}
