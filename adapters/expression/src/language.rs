//! The environment that one city pack's expressions share.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use crate::check::{self, Names};
use crate::compiled::{EXPRESSION_SUFFIX, PREFIX};
use crate::{CodeTable, Expression, FUEL, Fault, FormCharset, Template, Variables, coalesce, filters};

/// How values are escaped where a template prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As they are.
    None,
    /// As JSON values, quotes included: `{"text": {{ reply.text }}}`.
    Json,
    /// For XML text and attributes.
    Xml,
    /// As values of an `application/x-www-form-urlencoded` body, in the encoding of its bytes. What `urlencode` gives stays as it is.
    Form(FormCharset),
}

/// The environment of one city pack: time zone, code tables and filters. Cheap to clone.
#[derive(Clone)]
pub struct Language {
    environment: Environment<'static>,
    zone: TimeZone,
    tables: Arc<HashMap<String, CodeTable>>,
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Language").field("tables", &self.tables.keys()).finish_non_exhaustive()
    }
}

impl Language {
    /// A language whose local times are in `zone` and whose `table` filter reads `tables`.
    #[must_use]
    pub fn new(zone: TimeZone, tables: Arc<HashMap<String, CodeTable>>) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(64);
        environment.set_debug(true);
        environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
            Some("json") => AutoEscape::Json,
            Some("xml") => AutoEscape::Html,
            Some("form") => AutoEscape::Custom("utf-8".into()),
            Some("form-gbk") => AutoEscape::Custom("gbk".into()),
            Some("form-gb18030") => AutoEscape::Custom("gb18030".into()),
            _ => AutoEscape::None,
        });
        environment.set_formatter(|out, state, value| {
            let empty = value.is_none() || value.is_undefined();
            if empty && !matches!(state.auto_escape(), AutoEscape::Json) {
                return Ok(());
            }
            if let AutoEscape::Custom(charset) = state.auto_escape()
                && !value.is_safe()
            {
                let encoding = filters::named_encoding(charset).ok();
                let encoded = filters::urlencode(&filters::bytes_of(&value.to_string(), encoding));
                return out.write_str(&encoded).map_err(Error::from);
            }
            minijinja::escape_formatter(out, state, value)
        });
        // Fuel counts instructions, not bytes: these can make gigabytes in one step.
        ["indent", "format", "slice", "batch", "pprint"].iter().for_each(|name| environment.remove_filter(name));
        ["range", "debug"].iter().for_each(|name| environment.remove_global(name));
        filters::register(&mut environment, &zone, &tables);
        coalesce::register(&mut environment);
        Self { environment, zone, tables }
    }

    /// Compiles one expression that may use `variables`.
    ///
    /// # Errors
    /// Every fault that can be found without a record, with its place in `source`.
    pub fn expression(&self, source: &str, variables: impl Into<Variables>) -> Result<Expression, Vec<Fault>> {
        check::expression(source, &self.names(&variables.into()))?;
        let mut environment = self.environment.clone();
        coalesce::prepare(&mut environment, source)
            .and_then(|prepared| {
                environment.add_template_owned("expression", format!("{PREFIX}{prepared}{EXPRESSION_SUFFIX}"))
            })
            .map_err(|error| vec![check::syntax_fault(&error, PREFIX.len())])?;
        Ok(Expression::new(environment, source))
    }

    /// Compiles one template that may use `variables` and escapes what it prints.
    ///
    /// # Errors
    /// Every fault that can be found without a record, with its place in `source`.
    pub fn template(
        &self,
        source: &str,
        variables: impl Into<Variables>,
        escape: Escape,
    ) -> Result<Template, Vec<Fault>> {
        check::template(source, &self.names(&variables.into()))?;
        let name = match escape {
            Escape::None => "template",
            Escape::Json => "template.json",
            Escape::Xml => "template.xml",
            Escape::Form(FormCharset::Utf8) => "template.form",
            Escape::Form(FormCharset::Gbk) => "template.form-gbk",
            Escape::Form(FormCharset::Gb18030) => "template.form-gb18030",
        };
        let mut environment = self.environment.clone();
        environment
            .add_template_owned(name, source.to_owned())
            .map_err(|error| vec![check::syntax_fault(&error, 0)])?;
        Ok(Template::new(environment, name))
    }

    /// The zone of local times.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A code table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&CodeTable> {
        self.tables.get(name)
    }

    fn names<'a>(&'a self, variables: &'a Variables) -> Names<'a> {
        Names { variables, tables: &self.tables }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Context;

    #[test]
    fn forms_are_escaped_once_in_the_encoding_of_their_bytes() {
        let language = Language::new(TimeZone::UTC, Arc::default());
        let value = serde_json::json!({ "t": "路 a&b=1", "n": 7, "no": null });
        let written = |source: &str, charset| {
            let template = language.template(source, &["v"], Escape::Form(charset)).unwrap();
            template.render(&Context::of("v", &value)).unwrap()
        };
        let source = "t={{ v.t }}&n={{ v.n }}&none={{ v.no }}";
        assert_eq!(written(source, FormCharset::Utf8), "t=%E8%B7%AF%20a%26b%3D1&n=7&none=");
        assert_eq!(written(source, FormCharset::Gbk), "t=%C2%B7%20a%26b%3D1&n=7&none=");
        assert_eq!(written("t={{ v.t | urlencode }}", FormCharset::Utf8), "t=%E8%B7%AF%20a%26b%3D1");
        assert_eq!(written("t={{ v.t | urlencode('gb18030') }}", FormCharset::Gb18030), "t=%C2%B7%20a%26b%3D1");
    }
}
