//! Everything about a settings file that serde cannot say, with file, line and column.

use std::ops::RangeInclusive;

use huiliu_adapter_api::wording;
use toml::de::{DeTable, DeValue};

use super::{Config, ConfigError};
use crate::city::{Problem, line_and_column};
use crate::forward::SettingFault;
use crate::store::Database;

fn keys_in_chinese(error: &ConfigError) -> String {
    match error {
        ConfigError::Keys(error) => error.zh(),
        other => other.to_string(),
    }
}

impl Config {
    /// What keeps a gateway from starting with these settings: ranges, settings that contradict each other, files that are named and
    /// cannot be used, keys.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut faults = self.contradictions();
        faults.extend(self.amqp.file_faults());
        faults.extend(self.console.oidc_file_faults());
        if let Err(error) = self.key_ring() {
            faults.push(SettingFault::new(
                "keys",
                format!("密钥不能用：{}", keys_in_chinese(&error)),
                format!("the keys cannot be used: {error}; make some with `huiliu keys new`"),
            ));
        }
        faults.into_iter().map(|fault| self.placed(fault)).collect()
    }

    /// The same without what is on the gateway's machine: keys and files of certificates.
    #[must_use]
    pub fn problems_away(&self) -> Vec<Problem> {
        self.contradictions().into_iter().map(|fault| self.placed(fault)).collect()
    }

    fn contradictions(&self) -> Vec<SettingFault> {
        let mut faults = self.out_of_range();
        faults.extend(self.amqp.faults());
        if self.database == Database::SqliteInMemory {
            faults.push(SettingFault::new(
                "database",
                "sqlite::memory: 只能由一处打开，网关不能使用；试用请写 memory:",
                "sqlite::memory: can be opened once only, so a gateway cannot use it; write memory: for trying things",
            ));
        }
        if self.management_listen == Some(self.listen) {
            faults.push(SettingFault::new(
                "management_listen",
                format!("{} 与 listen 相同", self.listen),
                format!("{} is the address of listen", self.listen),
            ));
        }
        let urls = [
            ("files.public_url", &self.files.public_url),
            ("console.public_url", &self.console.public_url),
            ("handlers.public_url", &self.handlers.public_url),
        ];
        for (setting, url) in urls {
            if let Some(url) = url.as_ref().filter(|url| !is_http(url)) {
                let (zh, en) = ("不是 http:// 或 https:// 网址", "is not an http:// or https:// address");
                faults.push(SettingFault::new(setting, format!("{url} {zh}"), format!("{url} {en}")));
            }
        }
        let nodes = [("node.url", &self.node.url), ("node.management_url", &self.node.management_url)];
        for (setting, url) in nodes {
            if let Some(url) = url.as_ref().filter(|url| !url.starts_with("http://")) {
                let (zh, en) = (
                    "不是 http:// 网址：节点之间走内部网络",
                    "is not an http:// address: nodes speak within a private network",
                );
                faults.push(SettingFault::new(setting, format!("{url} {zh}"), format!("{url} {en}")));
            }
        }
        faults.extend(self.console.oidc_faults());
        let proxies = [("citizens.proxies", self.citizens.networks()), ("console.proxies", self.console.networks())];
        for (setting, text) in proxies.into_iter().filter_map(|(setting, read)| Some((setting, read.err()?))) {
            faults.push(SettingFault::new(
                setting,
                format!("{text} 不是地址或网段，如 10.1.2.3 或 10.1.0.0/16"),
                format!("{text} is no address and no network such as 10.1.2.3 or 10.1.0.0/16"),
            ));
        }
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log.filter) {
            faults.push(SettingFault::new(
                "log.filter",
                format!("日志过滤有误{}", wording::original(&error)),
                error.to_string(),
            ));
        }
        faults
    }

    fn out_of_range(&self) -> Vec<SettingFault> {
        let ranges: [(&str, usize, RangeInclusive<usize>); 10] = [
            ("max_connections", self.max_connections, 1..=100_000),
            ("amqp.window", self.amqp.window, 1..=1_000),
            ("amqp.prefetch", self.amqp.prefetch.into(), 1..=1_000),
            ("amqp.confirm_timeout_s", usize::try_from(self.amqp.confirm_timeout_s).unwrap_or(usize::MAX), 1..=600),
            ("files.valid_days", size(self.files.valid_days), 1..=365),
            ("console.idle_minutes", size(self.console.idle_minutes), 5..=480),
            ("console.session_hours", size(self.console.session_hours), 1..=24),
            ("handlers.link_hours", size(self.handlers.link_hours), 1..=720),
            ("retention.published_days", size(self.retention.published_days), 1..=3_650),
            ("retention.audit_days", size(self.retention.audit_days), 180..=36_500),
        ];
        let personal = self.retention.personal_days.map(|days| ("retention.personal_days", size(days), 30..=36_500));
        let ranges = ranges.into_iter().chain(personal);
        ranges
            .filter(|(_, value, range)| !range.contains(value))
            .map(|(key, value, range)| {
                let (least, most) = (range.start(), range.end());
                SettingFault::new(
                    key,
                    format!("{value} 超出范围，应在 {least} 到 {most} 之间"),
                    format!("{value} is out of range: {least} to {most}"),
                )
            })
            .collect()
    }

    /// A fault with the place of its setting: the file, or the environment that goes before it.
    fn placed(&self, fault: SettingFault) -> Problem {
        let SettingFault { key, zh, en } = fault;
        let (zh, en) = (format!("{key}：{zh}"), format!("{key}: {en}"));
        let variable = match key {
            "amqp.url" => super::AMQP_URL,
            "log.filter" => super::LOG_FILTER,
            _ => "",
        };
        if super::set(variable).is_some() {
            return Problem::of_file(variable, zh, en);
        }
        let Some((path, source)) = &self.origin else { return Problem::of_file("huiliu.toml", zh, en) };
        match place(source, key) {
            Some((line, column)) => Problem { file: path.clone(), line, column, zh, en },
            None => Problem::of_file(path, zh, en),
        }
    }
}

fn size(days: u32) -> usize {
    usize::try_from(days).unwrap_or(usize::MAX)
}

fn is_http(url: &str) -> bool {
    let uri = url.parse::<http::Uri>();
    uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

/// Where a key with its dots stands, or the narrowest table around it.
fn place(source: &str, key: &str) -> Option<(usize, usize)> {
    let table = DeTable::parse(source).ok()?;
    let mut table = table.get_ref();
    let mut found = None;
    for word in key.split('.') {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == word) else { break };
        found = Some(name.span());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    found.map(|span| line_and_column(source, &span))
}
