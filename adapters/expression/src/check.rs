//! Everything that can be said about an expression before any record: syntax, unknown names, unknown tables, bad
//! regular expressions and time formats.

use std::collections::HashMap;
use std::ops::Range;

use minijinja::machinery::ast::{CallArg, Expr, Stmt};
use minijinja::machinery::{Span, parse, parse_expr};

use crate::fault::nearest;
use crate::{CodeTable, Fault, filters};

/// What an expression may refer to.
pub(crate) struct Names<'a> {
    pub variables: &'a [&'a str],
    pub tables: &'a HashMap<String, CodeTable>,
}

const BUILTIN_FILTERS: &[&str] = &[
    "safe",
    "escape",
    "e",
    "lower",
    "upper",
    "title",
    "capitalize",
    "replace",
    "length",
    "count",
    "dictsort",
    "items",
    "reverse",
    "trim",
    "join",
    "split",
    "lines",
    "default",
    "d",
    "round",
    "abs",
    "int",
    "float",
    "attr",
    "first",
    "last",
    "min",
    "max",
    "sort",
    "list",
    "string",
    "bool",
    "sum",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "map",
    "groupby",
    "unique",
    "chain",
    "zip",
    "tojson",
];
const BUILTIN_TESTS: &[&str] = &[
    "undefined",
    "defined",
    "none",
    "safe",
    "escaped",
    "boolean",
    "odd",
    "even",
    "divisibleby",
    "number",
    "integer",
    "int",
    "float",
    "string",
    "sequence",
    "iterable",
    "mapping",
    "startingwith",
    "endingwith",
    "lower",
    "upper",
    "sameas",
    "eq",
    "equalto",
    "==",
    "ne",
    "!=",
    "lt",
    "lessthan",
    "<",
    "le",
    "<=",
    "gt",
    "greaterthan",
    ">",
    "ge",
    ">=",
    "in",
    "true",
    "false",
    "filter",
    "test",
];
const BUILTIN_FUNCTIONS: &[&str] = &["dict", "namespace"];

pub(crate) fn expression(source: &str, names: &Names<'_>) -> Result<(), Vec<Fault>> {
    let tree = parse_expr(source).map_err(|error| vec![syntax_fault(&error, 0)])?;
    let mut walk = Walk { names, local: Vec::new(), faults: Vec::new() };
    walk.expr(&tree);
    walk.finish()
}

/// The filter that an expression applies last to the whole of its value.
pub(crate) fn last_filter(source: &str) -> Option<String> {
    match parse_expr(source) {
        Ok(Expr::Filter(node)) => Some(node.name.to_owned()),
        _ => None,
    }
}

pub(crate) fn template(source: &str, names: &Names<'_>) -> Result<(), Vec<Fault>> {
    let tree = parse(source, "template", Default::default()).map_err(|error| vec![syntax_fault(&error, 0)])?;
    let mut walk = Walk { names, local: vec!["loop"], faults: Vec::new() };
    walk.stmt(&tree);
    walk.finish()
}

pub(crate) fn syntax_fault(error: &minijinja::Error, shift: usize) -> Fault {
    let detail = error.detail().unwrap_or("syntax error");
    let mut fault = Fault::new(format!("语法错误：{detail}"), format!("syntax error: {detail}"));
    fault.range = error.range().map(|range| range.start.saturating_sub(shift)..range.end.saturating_sub(shift));
    fault
}

struct Walk<'a, 's> {
    names: &'a Names<'a>,
    local: Vec<&'s str>,
    faults: Vec<Fault>,
}

impl<'s> Walk<'_, 's> {
    fn finish(self) -> Result<(), Vec<Fault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    fn stmts(&mut self, body: &[Stmt<'s>]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt<'s>) {
        match stmt {
            Stmt::Template(node) => self.stmts(&node.children),
            Stmt::EmitExpr(node) => self.expr(&node.expr),
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(node) => {
                self.expr(&node.iter);
                self.assign(&node.target);
                if let Some(filter) = &node.filter_expr {
                    self.expr(filter);
                }
                self.stmts(&node.body);
                self.stmts(&node.else_body);
            }
            Stmt::IfCond(node) => {
                self.expr(&node.expr);
                self.stmts(&node.true_body);
                self.stmts(&node.false_body);
            }
            Stmt::WithBlock(node) => {
                for (target, value) in &node.assignments {
                    self.expr(value);
                    self.assign(target);
                }
                self.stmts(&node.body);
            }
            Stmt::Set(node) => {
                self.expr(&node.expr);
                self.assign(&node.target);
            }
            Stmt::SetBlock(node) => {
                if let Some(filter) = &node.filter {
                    self.expr(filter);
                }
                self.stmts(&node.body);
                self.assign(&node.target);
            }
            Stmt::AutoEscape(node) => {
                self.expr(&node.enabled);
                self.stmts(&node.body);
            }
            Stmt::FilterBlock(node) => {
                self.expr(&node.filter);
                self.stmts(&node.body);
            }
            Stmt::Do(node) => {
                self.expr(&node.call.expr);
                self.args(&node.call.args);
            }
        }
    }

    /// Names bound here count as known from here on; a template is small enough that scopes do not matter.
    fn assign(&mut self, target: &Expr<'s>) {
        match target {
            Expr::Var(node) => self.local.push(node.id),
            Expr::List(node) => node.items.iter().for_each(|item| self.assign(item)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.assign(item)),
            other => self.expr(other),
        }
    }

    fn args(&mut self, args: &[CallArg<'s>]) {
        for arg in args {
            let (CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr)) =
                arg;
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr<'s>) {
        match expr {
            Expr::Var(node) => self.variable(node.id, node.span()),
            Expr::Const(_) => {}
            Expr::Slice(node) => {
                self.expr(&node.expr);
                [&node.start, &node.stop, &node.step].into_iter().flatten().for_each(|part| self.expr(part));
            }
            Expr::UnaryOp(node) => self.expr(&node.expr),
            Expr::BinOp(node) => {
                self.expr(&node.left);
                self.expr(&node.right);
            }
            Expr::Compare(node) => {
                self.expr(&node.expr);
                node.ops.iter().for_each(|op| self.expr(&op.expr));
            }
            Expr::IfExpr(node) => {
                self.expr(&node.test_expr);
                self.expr(&node.true_expr);
                node.false_expr.iter().for_each(|part| self.expr(part));
            }
            Expr::Filter(node) => {
                node.expr.iter().for_each(|part| self.expr(part));
                self.filter(node.name, &node.args, node.span());
                self.args(&node.args);
            }
            Expr::Test(node) => {
                self.expr(&node.expr);
                self.known("test", "判断", node.name, BUILTIN_TESTS, node.span());
                self.args(&node.args);
            }
            Expr::GetAttr(node) => self.expr(&node.expr),
            Expr::GetItem(node) => {
                self.expr(&node.expr);
                self.expr(&node.subscript_expr);
            }
            Expr::Call(node) => self.call(&node.expr, &node.args),
            Expr::List(node) => node.items.iter().for_each(|item| self.expr(item)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.expr(item)),
            Expr::Map(node) => node.keys.iter().chain(&node.values).for_each(|item| self.expr(item)),
        }
    }

    fn call(&mut self, callee: &Expr<'s>, args: &[CallArg<'s>]) {
        match callee {
            Expr::Var(node) => {
                let known: Vec<&str> =
                    BUILTIN_FUNCTIONS.iter().copied().chain(filters::FUNCTIONS.iter().copied()).collect();
                self.known("function", "函数", node.id, &known, node.span());
            }
            other => self.expr(other),
        }
        self.args(args);
    }

    fn variable(&mut self, name: &str, span: Span) {
        if self.local.contains(&name) || self.names.variables.contains(&name) {
            return;
        }
        let known: Vec<&str> = self.names.variables.iter().copied().chain(self.local.iter().copied()).collect();
        self.known("variable", "变量", name, &known, span);
    }

    fn filter(&mut self, name: &str, args: &[CallArg<'s>], span: Span) {
        let known: Vec<&str> =
            filters::FILTERS.iter().map(|(name, _)| *name).chain(BUILTIN_FILTERS.iter().copied()).collect();
        if !self.known("filter", "过滤器", name, &known, span) {
            return;
        }
        let literals: Vec<String> = args
            .iter()
            .filter_map(|arg| match arg {
                CallArg::Pos(Expr::Const(constant)) => constant.value.as_str().map(str::to_owned),
                _ => None,
            })
            .collect();
        if name == "table" {
            if let Some(table) = literals.first() {
                let known: Vec<&str> = self.names.tables.keys().map(String::as_str).collect();
                self.known("table", "对照表", table, &known, span);
            }
        } else if let Err(fault) = filters::check_literals(name, &literals) {
            self.faults.push(fault.at(range(span)));
        }
        if name == "wgs84" {
            for arg in args {
                if let CallArg::Kwarg(option, _) = arg {
                    self.known("option", "参数", option, &filters::PLANE_OPTIONS, span);
                }
            }
        }
    }

    fn known(&mut self, what: &str, what_zh: &str, name: &str, known: &[&str], span: Span) -> bool {
        if known.contains(&name) {
            return true;
        }
        let (hint_zh, hint_en) = match nearest(name, known.iter().copied()) {
            Some(near) => (format!("，是否想写 {near}？"), format!("; did you mean {near}?")),
            None => {
                let mut all = known.to_vec();
                all.sort_unstable();
                (format!("；可用的有：{}", all.join(" ")), format!("; known are: {}", all.join(" ")))
            }
        };
        let fault = Fault::new(format!("未知的{what_zh} {name}{hint_zh}"), format!("unknown {what} {name}{hint_en}"));
        self.faults.push(fault.at(range(span)));
        false
    }
}

fn range(span: Span) -> Range<usize> {
    usize::try_from(span.start_offset).unwrap_or_default()..usize::try_from(span.end_offset).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(source: &str) -> Vec<String> {
        let tables = HashMap::from([("kind".to_owned(), CodeTable::default())]);
        let names = Names { variables: &["record"], tables: &tables };
        expression(source, &names).err().unwrap_or_default().into_iter().map(|fault| fault.en).collect()
    }

    #[test]
    fn every_unknown_name_is_found_at_once() {
        assert_eq!(
            faults("recrod.a | txet | table('knid')"),
            [
                "unknown variable recrod; did you mean record?",
                "unknown filter txet; did you mean text?",
                "unknown table knid; did you mean kind?"
            ]
        );
    }

    #[test]
    fn bad_regexes_and_time_formats_are_found_without_a_record() {
        assert!(faults("record.a | match('(')").concat().contains("regular expression"));
        assert!(faults("record.a | datetime('%!')").concat().contains("time format"));
        assert!(faults("record.a | wgs84('gcj20')").concat().contains("gcj02"));
    }

    #[test]
    fn names_bound_in_a_template_are_known() {
        let tables = HashMap::new();
        let names = Names { variables: &["rows"], tables: &tables };
        assert_eq!(template("{% for r in rows %}{{ r.id }}{{ loop.index }}{% endfor %}", &names), Ok(()));
        assert!(template("{{ r.id }}", &names).is_err());
    }
}
