//! Values that are joined without anything between them: `ab` with `c` reads like `a` with `bc`.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};
use minijinja::machinery::parse_expr;

/// Filters whose text always has the same length: what stands behind it cannot be taken for a part of it.
const FIXED: [&str; 5] = ["md5", "sha1", "sha256", "sha512", "sm3"];

/// Whether an expression joins (`~`) two values of these variables with nothing between them.
pub(crate) fn joins_side_by_side(source: &str, given: &[&str]) -> bool {
    parse_expr(source).is_ok_and(|tree| joins(&tree, given))
}

fn joins(expr: &Expr<'_>, given: &[&str]) -> bool {
    match expr {
        Expr::BinOp(node) if matches!(node.op, BinOpKind::Concat) => {
            let mut parts = Vec::new();
            flatten(expr, &mut parts);
            parts.windows(2).any(|pair| pair.iter().all(|part| is_given(part, given)))
                || parts.iter().any(|part| joins(part, given))
        }
        Expr::BinOp(node) => joins(&node.left, given) || joins(&node.right, given),
        Expr::Filter(node) => {
            node.expr.as_ref().is_some_and(|inner| joins(inner, given)) || joins_args(&node.args, given)
        }
        Expr::Call(node) => joins_args(&node.args, given),
        Expr::IfExpr(node) => {
            joins(&node.true_expr, given) || node.false_expr.as_ref().is_some_and(|other| joins(other, given))
        }
        _ => false,
    }
}

fn joins_args(args: &[CallArg<'_>], given: &[&str]) -> bool {
    args.iter().any(|arg| match arg {
        CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr) => {
            joins(expr, given)
        }
    })
}

fn flatten<'e, 's>(expr: &'e Expr<'s>, parts: &mut Vec<&'e Expr<'s>>) {
    match expr {
        Expr::BinOp(node) if matches!(node.op, BinOpKind::Concat) => {
            flatten(&node.left, parts);
            flatten(&node.right, parts);
        }
        other => parts.push(other),
    }
}

fn is_given(expr: &Expr<'_>, given: &[&str]) -> bool {
    match expr {
        Expr::Var(node) => given.contains(&node.id),
        Expr::GetAttr(node) => is_given(&node.expr, given),
        Expr::GetItem(node) => is_given(&node.expr, given),
        Expr::Filter(node) => {
            !FIXED.contains(&node.name) && node.expr.as_ref().is_some_and(|inner| is_given(inner, given))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_caller_gives_side_by_side_counts() {
        let joins = |source: &str| joins_side_by_side(source, &["body", "query", "headers"]);
        for source in [
            "(body.a ~ body.b ~ secrets.key) | md5",
            "(secrets.key ~ headers['x-time'] ~ (query.nonce | text)) | hmac_sha256(secrets.key)",
            "'x' | hmac_sha256(body.a ~ body.b)",
        ] {
            assert!(joins(source), "{source}");
        }
        for source in [
            "(body.a ~ '&' ~ body.b ~ secrets.key) | md5",
            "(body.a ~ secrets.key) | md5",
            "((body.a | md5) ~ body.b) | md5",
            "body | sorted_params ~ secrets.key",
        ] {
            assert!(!joins(source), "{source}");
        }
    }
}
