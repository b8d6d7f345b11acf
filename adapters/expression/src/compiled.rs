//! Compiled expressions and templates, and the context they see.

use std::io::{self, Write};

use minijinja::{Environment, ErrorKind, Value};

use crate::check;
use crate::fault::{Notice, collect_notices};
use crate::{FUEL, Fault, MAX_OUTPUT_BYTES};

pub(crate) const PREFIX: &str = "{% set result = (";
pub(crate) const EXPRESSION_SUFFIX: &str = ") %}";

/// The variables that an expression sees. Built once per record and used for all its fields.
#[derive(Debug, Clone)]
pub struct Context(Value);

impl Context {
    /// One variable.
    #[must_use]
    pub fn of(name: &str, value: &serde_json::Value) -> Self {
        Self::new([(name, value)])
    }

    /// Several variables.
    #[must_use]
    pub fn new<'a>(variables: impl IntoIterator<Item = (&'a str, &'a serde_json::Value)>) -> Self {
        Self(Value::from_pairs(
            variables.into_iter().map(|(name, value)| (name.to_owned(), Value::from(minijinja::value::Serde(value)))),
        ))
    }
}

/// What an expression gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The value; `null` when a path was missing.
    pub value: serde_json::Value,
    /// Remarks made on the way.
    pub notices: Vec<Notice>,
}

impl Evaluated {
    /// Itself, where it rests on everything that was met.
    ///
    /// # Errors
    /// What a filter did not understand and gave none for: where nobody is shown remarks, none would pass for an answer.
    pub fn understood(mut self) -> Result<Self, Fault> {
        match self.notices.iter().position(|notice| !notice.passed_over) {
            Some(first) => Err(self.notices.swap_remove(first)),
            None => Ok(self),
        }
    }

    /// Whether the value counts as true in a condition (Jinja's rule: empty text, zero, empty and `null` are false).
    #[must_use]
    pub fn is_true(&self) -> bool {
        match &self.value {
            serde_json::Value::Null => false,
            serde_json::Value::Bool(value) => *value,
            serde_json::Value::Number(number) => number.as_f64().is_some_and(|value| value != 0.0),
            serde_json::Value::String(text) => !text.is_empty(),
            serde_json::Value::Array(items) => !items.is_empty(),
            serde_json::Value::Object(fields) => !fields.is_empty(),
        }
    }

    /// The value as text: strings as they are, numbers and booleans written out, `None` for `null` and empty text.
    ///
    /// # Errors
    /// A fault when the value is a list or an object.
    pub fn into_text(self) -> Result<Option<String>, Fault> {
        match self.value {
            serde_json::Value::Null => Ok(None),
            serde_json::Value::String(text) if text.is_empty() => Ok(None),
            serde_json::Value::String(text) => Ok(Some(text)),
            value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => Ok(Some(value.to_string())),
            serde_json::Value::Array(_) => Err(Fault::new(
                "得到的是一个列表，这里需要文本；可用 | join('，') 连接或 | first 取第一个",
                "the value is a list where text is needed; use | join('，') or | first",
            )),
            serde_json::Value::Object(_) => Err(Fault::new(
                "得到的是一个对象，这里需要文本；请写出它的成员，如 record.a.b",
                "the value is an object where text is needed; name a member of it, as in record.a.b",
            )),
        }
    }
}

/// A compiled expression: one value out.
#[derive(Clone)]
pub struct Expression {
    environment: Environment<'static>,
    source: String,
    last_filter: Option<(String, Option<String>)>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

impl Expression {
    pub(crate) fn new(environment: Environment<'static>, source: &str) -> Self {
        Self { environment, source: source.to_owned(), last_filter: check::last_filter(source) }
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether what the filter of this name gives is the value: `record.a | flag`, not `not (record.a | flag)`.
    #[must_use]
    pub fn ends_with_filter(&self, name: &str) -> bool {
        self.last_filter.as_ref().is_some_and(|(last, _)| last == name)
    }

    /// The text that the filter of this name is given where it comes last: `0631` of `record.a | phone('0631')`.
    #[must_use]
    pub fn argument_of_last(&self, name: &str) -> Option<&str> {
        let (last, argument) = self.last_filter.as_ref()?;
        argument.as_deref().filter(|_| last == name)
    }

    /// Whether it joins (`~`) two values of these variables with nothing between them: `ab` with `c` reads like `a` with `bc`.
    #[must_use]
    pub fn joins_side_by_side(&self, given: &[&str]) -> bool {
        check::joins_side_by_side(&self.source, given)
    }

    /// The variables that it names, with the members by which it goes on, as `ticket.level`, in their order.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let Ok(template) = self.environment.get_template("expression") else { return Vec::new() };
        let mut paths: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        paths.sort_unstable();
        paths
    }

    /// Evaluates against `context`.
    ///
    /// # Errors
    /// A fault with its place in the source: a mistake of the expression that no check can find without a record (an operation that
    /// the values do not allow, a table or pattern that the record names), or [`FUEL`] running out.
    pub fn eval(&self, context: &Context) -> Result<Evaluated, Fault> {
        let (result, notices) = collect_notices(|| {
            let template = self.environment.get_template("expression")?;
            let captured = template.render_captured(context.0.clone())?;
            let value = captured.state().lookup("result").unwrap_or_default();
            serde_json::to_value(&value)
                .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))
        });
        match result {
            Ok(value) => Ok(Evaluated { value, notices }),
            Err(error) => Err(runtime_fault(&error, PREFIX.len(), self.source.len())),
        }
    }
}

/// A compiled template: text out.
#[derive(Clone)]
pub struct Template {
    environment: Environment<'static>,
    name: &'static str,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Template").finish()
    }
}

impl Template {
    pub(crate) fn new(environment: Environment<'static>, name: &'static str) -> Self {
        Self { environment, name }
    }

    /// Whether it prints or looks at a variable, or a member by its dotted path.
    #[must_use]
    pub fn uses(&self, path: &str) -> bool {
        let Ok(template) = self.environment.get_template(self.name) else { return false };
        template
            .undeclared_variables(true)
            .iter()
            .any(|used| used == path || used.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }

    /// The variables that it names, with the members by which it goes on, as `record.address.text`.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let Ok(template) = self.environment.get_template(self.name) else { return Vec::new() };
        let mut paths: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        paths.sort_unstable();
        paths
    }

    /// Renders with `context`.
    ///
    /// # Errors
    /// A fault when a filter refuses a value, [`FUEL`] runs out or the text would exceed [`MAX_OUTPUT_BYTES`].
    pub fn render(&self, context: &Context) -> Result<String, Fault> {
        let mut output = Bounded(Vec::new());
        let (result, _) = collect_notices(|| {
            self.environment.get_template(self.name)?.render_captured_to(context.0.clone(), &mut output).map(|_| ())
        });
        result.map_err(|error| runtime_fault(&error, 0, usize::MAX))?;
        String::from_utf8(output.0).map_err(|error| Fault::new("输出不是文本", error.to_string()))
    }
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT_BYTES {
            return Err(io::Error::other("the rendered text is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn runtime_fault(error: &minijinja::Error, shift: usize, length: usize) -> Fault {
    let range = error
        .range()
        .map(|range| range.start.saturating_sub(shift).min(length)..range.end.saturating_sub(shift).min(length));
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(current) = cause {
        if let Some(fault) = current.downcast_ref::<Fault>() {
            return Fault { range, ..fault.clone() };
        }
        cause = current.source();
    }
    let detail = error.detail().unwrap_or_default();
    let mut fault = match error.kind() {
        ErrorKind::OutOfFuel => Fault::new(
            format!("表达式运行超过 {FUEL} 步，已停止；请简化循环"),
            format!("the expression took more than {FUEL} steps and was stopped; simplify its loops"),
        ),
        ErrorKind::WriteFailure => Fault::new(
            format!("输出超过 {MAX_OUTPUT_BYTES} 字节，已停止"),
            format!("the output exceeds {MAX_OUTPUT_BYTES} bytes and was stopped"),
        ),
        kind => Fault::new(format!("无法计算：{kind}（{detail}）"), format!("cannot be evaluated: {kind} ({detail})")),
    };
    fault.range = range;
    fault
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Escape, Language};

    #[test]
    fn an_expression_names_its_variables() {
        let variables = ["ticket", "doubtful"].as_slice();
        let paths = |source: &str| language().expression(source, crate::Variables::from(variables)).unwrap().paths();
        assert_eq!(paths("ticket.level == 'a' and (doubtful or ticket.level == 'b')"), ["doubtful", "ticket.level"]);
        assert_eq!(paths("1 > 2"), [""; 0]);
    }

    fn language() -> Language {
        Language::new(jiff::tz::TimeZone::UTC, std::sync::Arc::default())
    }

    #[test]
    fn a_request_can_be_signed_as_the_message_board_asks() {
        // The published rule: md5(path, param, first 16 hex digits of md5(appCode), token), param being a JSON text.
        let source = r#"{% set param = '{"fid":900,"showUnAnswer":1,"typeId":null,"lastItem":"","position":"","rows":10,"orderType":2}' -%}
{"signature": {{ ('/v1/threads/list/df' ~ param ~ (secrets.app | md5)[:16]) | md5 }}, "param": {{ param }}}"#;
        let template = language().template(source, &["secrets"], Escape::Json).unwrap();
        let rendered = template.render(&Context::of("secrets", &json!({ "app": "TESTAPPCODE0001" }))).unwrap();
        let body: serde_json::Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(body["signature"], "546dd2adb12915e88114ae35516ed5f4");
        assert!(body["param"].as_str().unwrap().starts_with("{\"fid\":900"));
    }

    #[test]
    fn missing_paths_are_empty_and_faults_have_a_place() {
        let record = Context::of("record", &json!({ "a": "x", "list": [1] }));
        let eval = |source: &str| language().expression(source, &["record"]).unwrap().eval(&record);
        assert_eq!(eval("record.no.such.path").unwrap().value, serde_json::Value::Null);
        assert_eq!(eval("record.no.such.path | text | upper").unwrap().into_text().unwrap(), None);
        let found = eval("record.a | datetime").unwrap();
        assert_eq!((found.notices.len(), found.notices[0].value.as_deref()), (1, Some("x")));
        assert_eq!(found.into_text().unwrap(), None);
        assert_eq!(eval("record.a | replace_all(record.list[0] ~ '(', '')").unwrap_err().range, Some(11..48));
        assert!(eval("record.list").unwrap().into_text().is_err());
    }

    #[test]
    fn coalesce_goes_on_when_an_argument_fails_or_gives_none() {
        let record =
            Context::of("record", &json!({ "bad": "x", "good": "13800001111", "other": "一二三", "list": [1] }));
        let eval = |source: &str| language().expression(source, &["record"]).unwrap().eval(&record).unwrap();
        let value = |source: &str| eval(source).value;
        let passed = |source: &str| eval(source).notices.iter().map(|notice| notice.passed_over).collect::<Vec<_>>();
        assert_eq!(value("coalesce(record.bad | phone, record.good | phone)"), "13800001111");
        assert_eq!(passed("coalesce(record.bad | phone, record.good | phone)"), [true]);
        assert_eq!(value("coalesce(record.list | join(1, 2, 3), record.bad - 1, record.good)"), "13800001111");
        assert_eq!(passed("coalesce(record.bad - 1, record.list | phone, record.good)"), [true, true]);
        assert_eq!(passed("coalesce(record.good | phone, record.bad | phone)"), [false; 0], "no further than needed");
        assert_eq!(passed("coalesce(record.bad | phone, record.none)"), [false]);
        assert_eq!(
            value("coalesce(record.bad | phone, coalesce('', record.bad | int, record.good)) | upper"),
            "13800001111"
        );
        assert_eq!(value("coalesce(record['no'], ')', record.bad) ~ coalesce(record.none, '(')"), ")(");
        assert_eq!(value("[1, 2] | map('string') | join(coalesce('', ','))"), "1,2");
        assert_eq!(value("coalesce(*[record.none, record.good])"), "13800001111");
        assert_eq!(value("coalesce()"), serde_json::Value::Null);
        let notices = eval("'路' ~ coalesce(record.none, record.bad - 1)").notices;
        assert_eq!(notices[0].range, Some(30..44), "{notices:?}");
    }

    #[test]
    fn output_and_steps_are_bounded() {
        let endless = "{% for a in r %}{% for b in r %}{% for c in r %}{{ a }}{% endfor %}{% endfor %}{% endfor %}";
        let template = language().template(endless, &["r"], Escape::None).unwrap();
        let fault = template.render(&Context::of("r", &json!(vec![1; 200]))).unwrap_err();
        assert!(fault.en.contains("steps"), "{fault}");
        let long = language().template("{% for a in r %}{{ t }}{% endfor %}", &["r", "t"], Escape::None).unwrap();
        let (rows, text) = (json!(vec![1; 100]), json!("x".repeat(100_000)));
        let fault = long.render(&Context::new([("r", &rows), ("t", &text)])).unwrap_err();
        assert!(fault.en.contains("bytes"), "{fault}");
    }
}
