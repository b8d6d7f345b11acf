//! Everything that can be said about an expression before any record: syntax, unknown names and members, words that a value never is,
//! unknown tables, bad regular expressions and time formats.

mod builtin;
mod depth;
mod joined;
mod members;

use std::collections::HashMap;
use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt};
use minijinja::machinery::{Span, parse, parse_expr};

pub(crate) use joined::joins_side_by_side;

use builtin::{BUILTIN_FILTERS, BUILTIN_FUNCTIONS, BUILTIN_TESTS};

use crate::fault::nearest;
use crate::shape::{Shape, Variables};
use crate::{CodeTable, Fault, filters};

/// What an expression may refer to.
pub(crate) struct Names<'a> {
    pub variables: &'a Variables,
    pub tables: &'a HashMap<String, CodeTable>,
}

pub(crate) fn expression(source: &str, names: &Names<'_>) -> Result<(), Vec<Fault>> {
    depth::of_expression(source)?;
    let tree = parse_expr(source).map_err(|error| vec![syntax_fault(&error, 0)])?;
    let mut walk = Walk { names, local: Vec::new(), faults: Vec::new() };
    walk.expr(&tree);
    walk.finish()
}

/// The filter that an expression applies last to the whole of its value, with its first argument where that is a text.
pub(crate) fn last_filter(source: &str) -> Option<(String, Option<String>)> {
    let Ok(Expr::Filter(node)) = parse_expr(source) else { return None };
    let argument = match node.args.first() {
        Some(CallArg::Pos(Expr::Const(constant))) => constant.value.as_str().map(str::to_owned),
        _ => None,
    };
    Some((node.name.to_owned(), argument))
}

pub(crate) fn template(source: &str, names: &Names<'_>) -> Result<(), Vec<Fault>> {
    depth::of_template(source)?;
    let tree = parse(source, "template", Default::default()).map_err(|error| vec![syntax_fault(&error, 0)])?;
    let mut walk = Walk { names, local: vec![("loop", members::of_loop())], faults: Vec::new() };
    walk.stmt(&tree);
    walk.finish()
}

pub(crate) fn syntax_fault(error: &minijinja::Error, shift: usize) -> Fault {
    let detail = error.detail().unwrap_or("syntax error");
    let mut fault = Fault::new(format!("语法错误\n原文：{detail}"), format!("syntax error: {detail}"));
    fault.range = error.range().map(|range| range.start.saturating_sub(shift)..range.end.saturating_sub(shift));
    fault
}

struct Walk<'a, 's> {
    names: &'a Names<'a>,
    /// What is bound by the template itself; of two of one name, the later counts.
    local: Vec<(&'s str, Shape)>,
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
            Stmt::EmitExpr(node) => drop(self.expr(&node.expr)),
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(node) => {
                let item = self.expr(&node.iter).item();
                self.assign(&node.target, item);
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
                    let shape = self.expr(value);
                    self.assign(target, shape);
                }
                self.stmts(&node.body);
            }
            Stmt::Set(node) => {
                let shape = self.expr(&node.expr);
                self.assign(&node.target, shape);
            }
            Stmt::SetBlock(node) => {
                if let Some(filter) = &node.filter {
                    self.expr(filter);
                }
                self.stmts(&node.body);
                self.assign(&node.target, Shape::Single);
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

    /// Names bound here count as known from here on; a template is small enough that scopes do not matter. One that is bound to
    /// different things in different places may be any of them.
    fn assign(&mut self, target: &Expr<'s>, shape: Shape) {
        match target {
            Expr::Var(node) => {
                let known = self.local.iter().rev().find(|(name, _)| *name == node.id);
                let shape = if known.is_none_or(|(_, known)| *known == shape) { shape } else { Shape::Open };
                self.local.push((node.id, shape));
            }
            Expr::List(node) => node.items.iter().for_each(|item| self.assign(item, Shape::Open)),
            Expr::Tuple(node) => node.items.iter().for_each(|item| self.assign(item, Shape::Open)),
            other => drop(self.expr(other)),
        }
    }

    fn args(&mut self, args: &[CallArg<'s>]) {
        for arg in args {
            let (CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr)) =
                arg;
            drop(self.expr(expr));
        }
    }

    /// Checks an expression, and gives what is known of its value.
    fn expr(&mut self, expr: &Expr<'s>) -> Shape {
        match expr {
            Expr::Var(node) => self.variable(node.id, node.span()),
            Expr::Const(_) => Shape::Open,
            Expr::Slice(node) => {
                let shape = self.expr(&node.expr);
                [&node.start, &node.stop, &node.step].into_iter().flatten().for_each(|part| drop(self.expr(part)));
                shape.part()
            }
            Expr::UnaryOp(node) => {
                self.expr(&node.expr);
                Shape::Single
            }
            Expr::BinOp(node) => {
                let (left, right) = (self.expr(&node.left), self.expr(&node.right));
                self.compare_words((&left, &node.left), (&right, &node.right), node.op.into());
                if matches!(node.op, BinOpKind::ScAnd | BinOpKind::ScOr) && left == right { left } else { Shape::Open }
            }
            Expr::Compare(node) => {
                let mut left = (self.expr(&node.expr), &node.expr);
                for op in &node.ops {
                    let right = (self.expr(&op.expr), &op.expr);
                    self.compare_words((&left.0, left.1), (&right.0, right.1), op.op.into());
                    left = right;
                }
                Shape::Single
            }
            Expr::IfExpr(node) => {
                self.expr(&node.test_expr);
                let shape = self.expr(&node.true_expr);
                let other = node.false_expr.as_ref().map(|part| self.expr(part));
                if other.is_none_or(|other| other == shape) { shape } else { Shape::Open }
            }
            Expr::Filter(node) => {
                let shape = node.expr.as_ref().map_or(Shape::Open, |part| self.expr(part));
                self.filter(node.name, &node.args, node.span());
                self.args(&node.args);
                self.filtered(node.name, &shape, &node.args, node.span())
            }
            Expr::Test(node) => {
                self.expr(&node.expr);
                self.known("test", "判断", node.name, BUILTIN_TESTS, node.span());
                self.args(&node.args);
                Shape::Single
            }
            Expr::GetAttr(node) => {
                let shape = self.expr(&node.expr);
                self.member(&shape, &node.expr, node.name, node.span())
            }
            Expr::GetItem(node) => {
                let shape = self.expr(&node.expr);
                self.expr(&node.subscript_expr);
                match &node.subscript_expr {
                    Expr::Const(constant) => match constant.value.as_str() {
                        Some(name) => self.member(&shape, &node.expr, name, node.span()),
                        None => shape.item(),
                    },
                    _ => Shape::Open,
                }
            }
            Expr::Call(node) => {
                self.call(&node.expr, &node.args);
                Shape::Open
            }
            Expr::List(node) => self.each(&node.items),
            Expr::Tuple(node) => self.each(&node.items),
            Expr::Map(node) => {
                self.each(&node.keys);
                self.each(&node.values)
            }
        }
    }

    fn each(&mut self, parts: &[Expr<'s>]) -> Shape {
        parts.iter().for_each(|part| drop(self.expr(part)));
        Shape::Open
    }

    fn call(&mut self, callee: &Expr<'s>, args: &[CallArg<'s>]) {
        match callee {
            Expr::Var(node) => {
                let known: Vec<&str> =
                    BUILTIN_FUNCTIONS.iter().copied().chain(filters::FUNCTIONS.iter().copied()).collect();
                self.known("function", "函数", node.id, &known, node.span());
            }
            other => drop(self.expr(other)),
        }
        self.args(args);
    }

    fn variable(&mut self, name: &str, span: Span) -> Shape {
        if let Some((_, shape)) = self.local.iter().rev().find(|(local, _)| *local == name) {
            return shape.clone();
        }
        if let Some(shape) = self.names.variables.get(name) {
            return shape.clone();
        }
        let known: Vec<&str> = self.names.variables.names().chain(self.local.iter().map(|(name, _)| *name)).collect();
        self.known("variable", "变量", name, &known, span);
        Shape::Open
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
        if let Some(options) = filters::options(name) {
            for arg in args {
                if let CallArg::Kwarg(option, _) = arg {
                    self.known("option", "参数", option, options, span);
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
        let names = Names { variables: &Variables::from(&["record"]), tables: &tables };
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
    fn options_that_a_filter_does_not_have_are_found_without_a_record() {
        for (source, said) in [
            ("record.a | md5(encodng='gbk')", "unknown option encodng; did you mean encoding?"),
            ("record.a | hmac_sha256('k', iv='1')", "unknown option iv; known are: encoding"),
            ("record.a | sm4_decrypt('k', vi='1')", "unknown option vi; known are: iv"),
            ("record.a | sorted_params(betwen='')", "unknown option betwen; did you mean between?"),
            ("record.a | phone(area='0631')", "unknown option area; known are: "),
        ] {
            assert_eq!(faults(source), [said], "{source}");
        }
        assert_eq!(faults("record.a | md5(encoding='gbk') | sm4_encrypt('k', iv='1', encoding='gbk')"), [""; 0]);
        assert_eq!(faults("record.a | map(attribute='b') | join"), [""; 0]);
    }

    #[test]
    fn names_bound_in_a_template_are_known() {
        let tables = HashMap::new();
        let names = Names { variables: &Variables::from(&["rows"]), tables: &tables };
        assert_eq!(template("{% for r in rows %}{{ r.id }}{{ loop.index }}{% endfor %}", &names), Ok(()));
        assert!(template("{{ r.id }}", &names).is_err());
    }
}
