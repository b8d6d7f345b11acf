//! The two text formats: OpenMetrics, and the one that Prometheus had before, which most tools read.

use std::fmt::Write as _;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;

/// How the page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus text 0.0.4.
    Prometheus,
    /// OpenMetrics text 1.0.0.
    OpenMetrics,
}

impl Format {
    /// What the header `Accept` prefers; the one that most tools read where it has no preference.
    pub(super) fn asked_for(headers: &HeaderMap) -> Self {
        let accepted = || {
            headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','))
        };
        let preference = |wanted: &str| accepted().filter_map(|range| weight(range, wanted)).fold(0.0, f32::max);
        let open = preference("application/openmetrics-text");
        if open > 0.0 && open >= preference("text/plain") { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// Writes all that is registered.
    pub(super) fn write(self, registries: &[&Registry]) -> String {
        let mut text = String::new();
        for registry in registries {
            // Writing to a string does not fail.
            let _written = encode_registry(&mut text, registry);
        }
        match self {
            Self::Prometheus => as_prometheus(&text),
            Self::OpenMetrics => {
                let _written = encode_eof(&mut text);
                text
            }
        }
    }
}

/// The weight of a media range, if it names this type.
fn weight(range: &str, wanted: &str) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some(weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0)))
}

/// There a counter is described under the name of its samples.
fn as_prometheus(text: &str) -> String {
    let counters: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        let _written = match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(kind @ ("HELP" | "TYPE")), Some(name), Some(rest)) if counters.contains(&name) => {
                writeln!(out, "# {kind} {name}_total {rest}")
            }
            _ => writeln!(out, "{line}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(accept: &str) -> Format {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        Format::asked_for(&headers)
    }

    #[test]
    fn the_format_is_what_the_caller_asks_for() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(asked(prometheus), Format::OpenMetrics);
        assert_eq!(asked("application/openmetrics-text; version=1.0.0, text/plain;q=0.5"), Format::OpenMetrics);
        assert_eq!(asked("text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.5"), Format::Prometheus);
        assert_eq!(asked("application/openmetrics-text;q=0"), Format::Prometheus);
        for plain in ["text/plain", "*/*", "text/html", "application/openmetrics-text;q=x"] {
            assert_eq!(asked(plain), Format::Prometheus, "{plain}");
        }
        assert_eq!(Format::asked_for(&HeaderMap::new()), Format::Prometheus);
    }

    #[test]
    fn a_counter_is_described_under_the_name_of_its_samples() {
        let metrics = crate::telemetry::Metrics::new();
        metrics.reload(true);
        metrics.route("GET", "/healthz");
        let plain = Format::Prometheus.write(&[metrics.registry()]);
        for line in [
            "# HELP huiliu_reloads_total Reloads of the city pack by result.",
            "# TYPE huiliu_reloads_total counter",
            "huiliu_reloads_total{result=\"success\"} 1",
            "huiliu_reloads_total{result=\"failure\"} 0",
            "# TYPE huiliu_http_request_duration_seconds histogram",
        ] {
            assert!(plain.lines().any(|found| found == line), "{line} in\n{plain}");
        }
        assert!(!plain.contains("EOF"));
        let open = Format::OpenMetrics.write(&[metrics.registry()]);
        assert!(open.contains("# TYPE huiliu_reloads counter\n") && open.ends_with("# EOF\n"), "{open}");
    }
}
