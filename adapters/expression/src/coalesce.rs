//! `coalesce(a, b, …)`: the first argument that is not empty.
//!
//! In an expression the arguments are evaluated one after the other and only as far as needed: each is compiled by itself, and a
//! call `coalesce(a, b)` becomes `first_of(0)` of the same length, so that places in the source stay right. An argument that
//! fails (a filter of Jinja's that refuses, a sum with a text) is remarked, and the next one is tried; so it is with one that
//! gives none. In a template all arguments are evaluated first.

use minijinja::machinery::{Token, tokenize};
use minijinja::value::Rest;
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::compiled::{EXPRESSION_SUFFIX, PREFIX, runtime_fault};
use crate::fault::{notice, notice_count, pass_over};
use crate::filters::is_empty;

const NAME: &str = "coalesce";
/// As long as [`NAME`]. Unknown to the check of sources, so that no mapping can call it.
const FIRST_OF: &str = "first_of";
/// Most arguments of all calls in one expression; further calls are evaluated as in templates.
const MAX_ARGUMENTS: usize = 64;

/// One argument: where it begins in the source, its length, and the variables that it needs.
#[derive(Debug, Clone)]
struct Argument {
    name: String,
    start: usize,
    length: usize,
    variables: Vec<String>,
}

pub(crate) fn register(env: &mut Environment<'static>) {
    env.add_function(NAME, |values: Rest<Value>| {
        values.0.into_iter().find(|value| !is_empty(value)).unwrap_or_default()
    });
}

/// The source with its calls of `coalesce` made ready, their arguments being added to `env`.
///
/// # Errors
/// An argument that does not compile by itself.
pub(crate) fn prepare(env: &mut Environment<'static>, source: &str) -> Result<String, Error> {
    let mut calls: Vec<Vec<Argument>> = Vec::new();
    let mut count = 0;
    let prepared = rewrite(env, source, 0, &mut calls, &mut count)?;
    if !calls.is_empty() {
        env.add_function(FIRST_OF, move |state: &State<'_, '_>, call: usize| first_of(state, calls.get(call)));
    }
    Ok(prepared)
}

fn rewrite(
    env: &mut Environment<'static>,
    source: &str,
    shift: usize,
    calls: &mut Vec<Vec<Argument>>,
    count: &mut usize,
) -> Result<String, Error> {
    let mut prepared = source.to_owned();
    for (inside, arguments) in outermost_calls(source) {
        let room = inside.len();
        if arguments.is_empty() || *count + arguments.len() > MAX_ARGUMENTS {
            continue;
        }
        *count += arguments.len();
        let mut compiled = Vec::new();
        for range in arguments {
            let text = source.get(range.clone()).unwrap_or_default();
            let name = format!("argument-{}", shift + range.start);
            // As written, it names the variables of calls inside it too.
            env.add_template_owned(name.clone(), format!("{PREFIX}{text}{EXPRESSION_SUFFIX}"))?;
            let variables = env.get_template(&name)?.undeclared_variables(false).into_iter().collect();
            let text = rewrite(env, text, shift + range.start, calls, count)?;
            env.add_template_owned(name.clone(), format!("{PREFIX}{text}{EXPRESSION_SUFFIX}"))?;
            compiled.push(Argument { name, start: shift + range.start, length: text.len(), variables });
        }
        calls.push(compiled);
        let call = format!("{:<room$}", calls.len() - 1);
        if call.len() == room {
            prepared.replace_range(inside.clone(), &call);
            prepared.replace_range(inside.start - 1 - NAME.len()..inside.start - 1, FIRST_OF);
        }
    }
    Ok(prepared)
}

type Range = std::ops::Range<usize>;

/// What stands between the brackets of each call that is in no other, and the ranges of its arguments. Calls with blanks before the
/// bracket, with named or spread arguments are left as they are.
fn outermost_calls(source: &str) -> Vec<(Range, Vec<Range>)> {
    let tokens: Vec<(Token<'_>, Range)> = tokenize(source, true, Default::default())
        .map_while(Result::ok)
        .filter_map(|(token, span)| {
            Some((token, usize::try_from(span.start_offset).ok()?..usize::try_from(span.end_offset).ok()?))
        })
        .collect();
    let mut calls = Vec::new();
    let mut at = 0;
    while at + 1 < tokens.len() {
        let after_dot = at > 0 && matches!(tokens.get(at - 1), Some((Token::Dot | Token::Pipe, _)));
        if let (Some((Token::Ident(NAME), name)), Some((Token::ParenOpen, open))) = (tokens.get(at), tokens.get(at + 1))
            && !after_dot
            && name.end == open.start
            && let Some((inside, arguments, next)) = arguments(&tokens, at + 2, open.end)
        {
            calls.push((inside, arguments));
            at = next;
        } else {
            at += 1;
        }
    }
    calls
}

/// Arguments from the token `at` on, and the token after the closing bracket.
fn arguments(tokens: &[(Token<'_>, Range)], mut at: usize, start: usize) -> Option<(Range, Vec<Range>, usize)> {
    let (mut depth, mut begin, mut found) = (0_usize, start, Vec::new());
    loop {
        let (token, range) = tokens.get(at)?;
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose if depth == 0 => {
                if begin < range.start {
                    found.push(begin..range.start);
                }
                return Some((start..range.start, found, at + 1));
            }
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth = depth.checked_sub(1)?,
            Token::Comma if depth == 0 => {
                found.push(begin..range.start);
                begin = range.end;
            }
            Token::Assign if depth == 0 => return None,
            Token::Mul | Token::Pow
                if depth == 0 && tokens.get(at - 1).is_some_and(|(_, before)| before.end <= begin) =>
            {
                return None;
            }
            _ => {}
        }
        at += 1;
    }
}

fn first_of(state: &State<'_, '_>, arguments: Option<&Vec<Argument>>) -> Result<Value, Error> {
    let remarked = notice_count();
    for argument in arguments.into_iter().flatten() {
        let before = notice_count();
        match evaluate(state, argument) {
            Ok(value) if is_empty(&value) => {}
            Ok(value) => {
                // Remarks on the arguments before it say nothing about this one.
                pass_over(remarked..before);
                return Ok(value);
            }
            Err(error) if error.kind() == ErrorKind::OutOfFuel => return Err(error),
            Err(error) => {
                let mut fault = runtime_fault(&error, PREFIX.len(), argument.length);
                fault.range = fault.range.map(|range| range.start + argument.start..range.end + argument.start);
                notice(fault);
            }
        }
    }
    Ok(Value::from(()))
}

/// Every argument has its own fuel; there are at most [`MAX_ARGUMENTS`], and no loops in expressions.
fn evaluate(state: &State<'_, '_>, argument: &Argument) -> Result<Value, Error> {
    let variables = argument.variables.iter().filter_map(|name| Some((name.clone(), state.lookup(name)?)));
    let context = Value::from_pairs(variables.collect::<Vec<_>>());
    let captured = state.env().get_template(&argument.name)?.render_captured(context)?;
    Ok(captured.state().lookup("result").unwrap_or_default())
}
