//! Members of what is known, and comparisons with words that a value never is.

use std::collections::BTreeSet;

use minijinja::machinery::Span;
use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr};

use super::{Walk, range};
use crate::Fault;
use crate::fault::nearest;
use crate::shape::Shape;

/// What the variable `loop` has in a loop.
pub(super) fn of_loop() -> Shape {
    let singles = ["index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"];
    let open = ["previtem", "nextitem", "cycle", "changed"];
    open.iter().fold(Shape::of_singles(singles), |shape, name| shape.with(name, Shape::Open))
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// With one value, for being the same or another.
    Value,
    /// With what is in a list.
    List,
    /// Otherwise.
    Other,
}

impl From<CompareOpKind> for Comparison {
    fn from(kind: CompareOpKind) -> Self {
        match kind {
            CompareOpKind::Eq | CompareOpKind::Ne => Self::Value,
            CompareOpKind::In | CompareOpKind::NotIn => Self::List,
            _ => Self::Other,
        }
    }
}

impl From<BinOpKind> for Comparison {
    fn from(kind: BinOpKind) -> Self {
        match kind {
            BinOpKind::Eq | BinOpKind::Ne => Self::Value,
            BinOpKind::In => Self::List,
            _ => Self::Other,
        }
    }
}

impl<'s> Walk<'_, 's> {
    /// A member of a value; one that there is none of is a fault.
    pub(super) fn member(&mut self, shape: &Shape, of: &Expr<'s>, name: &str, span: Span) -> Shape {
        let of = shown(of);
        match shape {
            Shape::Members(members) => match members.get(name) {
                Some(member) => member.clone(),
                None => {
                    self.unknown_member(&of, name, &members.keys().map(String::as_str).collect::<Vec<_>>(), span);
                    Shape::Open
                }
            },
            Shape::Single | Shape::OneOf(_) => {
                self.unknown_member(&of, name, &[], span);
                Shape::Open
            }
            Shape::List(_) => {
                let zh = format!("{of} 是列表，没有成员 {name}；请用 {of}[0].{name} 或 for 循环");
                let en = format!("{of} is a list and has no member {name}; write {of}[0].{name}, or a for loop");
                self.faults.push(Fault::new(zh, en).at(range(span)));
                Shape::Open
            }
            Shape::Open => Shape::Open,
        }
    }

    fn unknown_member(&mut self, of: &str, name: &str, known: &[&str], span: Span) {
        let (hint_zh, hint_en) = match nearest(name, known.iter().copied()) {
            Some(near) => (format!("，是否想写 {near}？"), format!("; did you mean {near}?")),
            None if known.is_empty() => ("：它没有成员".to_owned(), ": it has none".to_owned()),
            None => (format!("；可用的有：{}", known.join(" ")), format!("; known are: {}", known.join(" "))),
        };
        let zh = format!("{of} 没有成员 {name}{hint_zh}");
        let en = format!("{of} has no member {name}{hint_en}");
        self.faults.push(Fault::new(zh, en).at(range(span)));
    }

    /// What a filter makes of a value; members that it names are looked for.
    pub(super) fn filtered(&mut self, name: &str, shape: &Shape, args: &[CallArg<'s>], span: Span) -> Shape {
        let first = args.iter().find_map(|arg| match arg {
            CallArg::Pos(Expr::Const(constant)) => constant.value.as_str(),
            _ => None,
        });
        let attribute = args.iter().find_map(|arg| match arg {
            CallArg::Kwarg("attribute", Expr::Const(constant)) => constant.value.as_str(),
            _ => None,
        });
        let named = match name {
            "attr" | "selectattr" | "rejectattr" | "groupby" => first.or(attribute),
            _ => attribute,
        };
        let found = named.map(|named| match shape.at(named) {
            Ok(found) => found.clone(),
            Err((word, known)) => {
                let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown_member(&format!("| {name}('{named}')"), &word, &known, span);
                Shape::Open
            }
        });
        match name {
            "selectattr" | "rejectattr" | "select" | "reject" | "list" | "reverse" | "sort" | "unique" => {
                shape.clone().part()
            }
            "first" | "last" => shape.item(),
            "attr" => found.unwrap_or(Shape::Open),
            "map" => found.map_or(Shape::Open, Shape::list),
            _ => Shape::Open,
        }
    }

    /// A comparison of a value with a word that it never is: always false, or always true.
    pub(super) fn compare_words(
        &mut self,
        (left, left_expr): (&Shape, &Expr<'s>),
        (right, right_expr): (&Shape, &Expr<'s>),
        how: Comparison,
    ) {
        if let (Comparison::List, Shape::List(item)) = (how, right) {
            if let Shape::OneOf(known) = item.as_ref() {
                self.words_of(known, right_expr, left_expr, Comparison::Value);
            }
            return;
        }
        match (left, right, how) {
            (Shape::OneOf(known), _, Comparison::Value | Comparison::List) => {
                self.words_of(known, left_expr, right_expr, how);
            }
            (_, Shape::OneOf(known), Comparison::Value) => self.words_of(known, right_expr, left_expr, how),
            _ => {}
        }
    }

    fn words_of(&mut self, known: &[String], of: &Expr<'s>, words: &Expr<'s>, how: Comparison) {
        let Expr::Const(constant) = words else {
            let items = match words {
                Expr::List(list) if how == Comparison::List => &list.items,
                Expr::Tuple(tuple) if how == Comparison::List => &tuple.items,
                _ => return,
            };
            items.iter().for_each(|item| self.words_of(known, of, item, Comparison::Value));
            return;
        };
        let found: Vec<String> = match how {
            Comparison::List if constant.value.as_str().is_some() => return,
            Comparison::List => constant.value.try_iter().into_iter().flatten().map(|word| word.to_string()).collect(),
            _ if constant.value.is_none() || constant.value.is_undefined() => return,
            _ => vec![constant.value.to_string()],
        };
        for word in found.iter().filter(|word| !known.contains(word)) {
            let sorted: BTreeSet<&str> = known.iter().map(String::as_str).collect();
            let (hint_zh, hint_en) = match nearest(word, sorted.iter().copied()) {
                Some(near) => (format!("，是否想写 {near}？"), format!("; did you mean {near}?")),
                None if sorted.is_empty() => {
                    ("；没有可能的值".to_owned(), "; there is no value that it can have".to_owned())
                }
                None => {
                    let some: Vec<&str> = sorted.into_iter().take(MAX_LISTED).collect();
                    (format!("；可能的值：{}", some.join(" ")), format!("; it can be: {}", some.join(" ")))
                }
            };
            let of = shown(of);
            let zh = format!("{of} 不会是 {word}{hint_zh}");
            let en = format!("{of} is never {word}{hint_en}");
            self.faults.push(Fault::new(zh, en).at(range(constant.span())));
        }
    }
}

/// Most words listed in a fault.
const MAX_LISTED: usize = 24;

/// How an expression's value is called in a fault.
fn shown(expr: &Expr<'_>) -> String {
    match expr {
        Expr::Var(node) => node.id.to_owned(),
        Expr::GetAttr(node) => format!("{}.{}", shown(&node.expr), node.name),
        Expr::GetItem(node) => format!("{}[…]", shown(&node.expr)),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Names, expression, template};
    use super::*;
    use crate::Variables;

    fn variables() -> Variables {
        let outcome = Shape::of_singles(["id", "state"]).with("state", Shape::OneOf(vec!["accepted".into()]));
        let grade = Shape::OneOf(vec!["orange".into(), "blue".into(), "010".into()]);
        Variables::from(&["record"])
            .with("reply", Shape::of_singles(["text", "status", "phone"]))
            .with("outcomes", outcome.list())
            .with("channel", Shape::Single)
            .with("ticket", Shape::of([("grade", grade), ("place", Shape::of_singles(["lat", "lng"]))]))
    }

    fn check(source: &str, expected: &[&str]) {
        let (tables, variables) = (HashMap::new(), variables());
        let names = Names { variables: &variables, tables: &tables };
        let said = if source.contains("{%") || source.contains("{{") {
            template(source, &names)
        } else {
            expression(source, &names)
        };
        let said: Vec<String> = said.err().unwrap_or_default().into_iter().map(|fault| fault.en).collect();
        assert_eq!(said.len(), expected.len(), "{source}: {said:?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{source}: {said}");
        }
    }

    #[test]
    fn unknown_members_are_found_wherever_they_stand() {
        check("reply.text", &[]);
        check("reply.txet", &["reply has no member txet; did you mean text?"]);
        check("reply['txet'] ~ record['any'].thing", &["reply has no member txet"]);
        check("channel.name", &["channel has no member name: it has none"]);
        check("ticket.place.point", &["ticket.place has no member point; known are: lat lng"]);
        check("outcomes.id", &["outcomes is a list"]);
        check("outcomes[0].receipt", &["outcomes[…] has no member receipt"]);
        check("(outcomes | first).idd", &["has no member idd; did you mean id?"]);
        check("outcomes | map(attribute='idd') | join(',')", &["has no member idd"]);
        check("outcomes | selectattr('stat', 'eq', 'accepted') | list", &["has no member stat"]);
        check("(outcomes | selectattr('state', 'eq', 'accepted') | first).idd", &["has no member idd"]);
        check("reply | attr('fon')", &["has no member fon"]);
        check("record.a.b.c['d'].e | text", &[]);
        check("coalesce(reply.phone, reply.fone)", &["reply has no member fone; did you mean phone?"]);
        check("(reply.text if record.a else reply.txt) and reply.sttus", &["no member txt", "no member sttus"]);
    }

    #[test]
    fn a_list_never_holds_a_word_that_its_items_never_are() {
        check("'accepted' in (outcomes | map(attribute='state'))", &[]);
        check("'acepted' in (outcomes | map(attribute='state'))", &["never acepted; did you mean accepted?"]);
        check("'acepted' not in (outcomes | map(attribute='state'))", &["never acepted"]);
        check("record.state in (outcomes | map(attribute='state'))", &[]);
        check("'any' in (outcomes | map(attribute='id'))", &[]);
    }

    #[test]
    fn members_are_known_through_loops_and_names() {
        check("{% for o in outcomes %}{{ o.id }}{% if not loop.last %},{% endif %}{% endfor %}", &[]);
        check("{% for o in outcomes %}{{ o.idd }}{{ loop.lst }}{% endfor %}", &["o has no member idd", "loop has no"]);
        check("{% for o in outcomes | list %}{{ o.nothing }}{% endfor %}", &["o has no member nothing"]);
        check("{% set r = reply %}{{ r.txet }}", &["r has no member txet"]);
        check("{% with r = reply %}{{ r.txet }}{% endwith %}", &["r has no member txet"]);
        check("{% if record.a %}{% set r = reply %}{% else %}{% set r = record %}{% endif %}{{ r.any }}", &[]);
        check("{% if record.a %}{% set r = record %}{% else %}{% set r = reply %}{% endif %}{{ r.any }}", &[]);
    }

    #[test]
    fn words_that_a_value_never_is_are_found() {
        check("ticket.grade == 'orange'", &[]);
        check("ticket.grade == 'ornage'", &["ticket.grade is never ornage; did you mean orange?"]);
        check("'x' != ticket.grade", &["ticket.grade is never x; it can be: 010 blue orange"]);
        check("ticket.grade in ['orange', 'bleu']", &["ticket.grade is never bleu; did you mean blue?"]);
        check("ticket.grade not in ('orange', 'x')", &["ticket.grade is never x"]);
        check("ticket.grade in ['orange', record.other]", &[]);
        check("ticket.grade in 'orange,blue'", &[]);
        check("ticket.grade == 10", &["ticket.grade is never 10"]);
        check("ticket.grade == none", &[]);
        check("ticket.grade == record.grade and ticket.grade > 'a'", &[]);
    }
}
