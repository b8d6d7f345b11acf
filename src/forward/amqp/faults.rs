//! What contradicts in the settings of the broker, or cannot be used: said before anything is started.

use huiliu_adapter_api::wording;
use huiliu_adapter_http::{IdentityPart, PemFault, read_authorities, read_identity};
use lapin::uri::{AMQPScheme, AMQPUri};

use super::{AmqpLogin, AmqpSettings, MAX_HOSTS, cluster_host};

/// Something about a setting that keeps the gateway from using it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFault {
    /// The setting, with the tables that it is in: `amqp.tls.ca_file`.
    pub key: &'static str,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl SettingFault {
    /// A fault of a setting.
    pub fn new(key: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { key, zh: zh.into(), en: en.into() }
    }
}

/// Parameters of an AMQP URL that are understood.
const PARAMETERS: [&str; 5] = ["heartbeat", "connection_timeout", "frame_max", "channel_max", "auth_mechanism"];

impl AmqpSettings {
    /// What contradicts, known from the settings alone.
    #[must_use]
    pub fn faults(&self) -> Vec<SettingFault> {
        let mut faults = self.url_faults();
        let tls = &self.tls;
        let (missing, given) = match (&tls.certificate_file, &tls.key_file) {
            (Some(_), None) => ("key_file", "amqp.tls.certificate_file"),
            (None, Some(_)) => ("certificate_file", "amqp.tls.key_file"),
            _ => ("", ""),
        };
        if !missing.is_empty() {
            faults.push(SettingFault::new(
                given,
                format!("客户端证书要与私钥一起写：缺少 {missing}"),
                format!("a client certificate needs its key: {missing} is missing"),
            ));
        }
        faults.extend(self.host_faults());
        faults.extend(self.name_faults());
        faults
    }

    /// Further nodes of the broker that are none.
    fn host_faults(&self) -> Vec<SettingFault> {
        let key = "amqp.hosts";
        let strange = self.hosts.iter().filter(|text| cluster_host(text).is_none()).map(|text| {
            let zh = format!("{text} 不是主机；应写作 host 或 host:port");
            SettingFault::new(key, zh, format!("{text} is no host: write host or host:port"))
        });
        let too_many = (self.hosts.len() > MAX_HOSTS).then(|| {
            SettingFault::new(key, format!("最多 {MAX_HOSTS} 个"), format!("there may be {MAX_HOSTS} at most"))
        });
        strange.chain(too_many).collect()
    }

    fn url_faults(&self) -> Vec<SettingFault> {
        let url = |zh: String, en: String| SettingFault::new("amqp.url", zh, en);
        let uri = match self.url.parse::<AMQPUri>() {
            Ok(uri) => uri,
            Err(error) => {
                let (zh, en) = ("不是 AMQP 网址", "is not an AMQP URL");
                let form = "amqp://user:password@host:5672/vhost, amqps://…";
                return vec![url(
                    format!("{zh}；应写作 {form}{}", wording::original(&error)),
                    format!("{en} ({error}); write {form}"),
                )];
            }
        };
        let mut faults = Vec::new();
        let has_tls =
            [&self.tls.ca_file, &self.tls.certificate_file, &self.tls.key_file].iter().any(|file| file.is_some());
        if uri.scheme == AMQPScheme::AMQP && has_tls {
            faults.push(url(
                "写的是 amqp://（不加密），[amqp.tls] 里的证书不起作用。请写 amqps://，或删去 [amqp.tls]".to_owned(),
                "is amqp://, which is not encrypted, so the certificates of [amqp.tls] have no effect; write amqps://, or remove \
                 [amqp.tls]"
                    .to_owned(),
            ));
        }
        let (_, query) = self.url.split_once('?').unwrap_or_default();
        for (name, _) in query.split('&').filter_map(|part| part.split_once('=')) {
            if !PARAMETERS.contains(&name) {
                let instead =
                    if name.contains("cert") || name.contains("key") || name == "verify" { " [amqp.tls]" } else { "" };
                faults.push(url(
                    format!("网址参数 {name} 不起作用；可用：{}{instead}", PARAMETERS.join("、")),
                    format!("the parameter {name} has no effect; there are: {}{instead}", PARAMETERS.join(", ")),
                ));
            }
        }
        let external =
            self.login == AmqpLogin::Certificate || query.to_ascii_lowercase().contains("auth_mechanism=external");
        let user = self
            .url
            .split_once("://")
            .and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'))
            .map(|(user, _)| user);
        if external && self.tls.certificate_file.is_none() {
            faults.push(url(
                "用客户端证书登录（login = \"certificate\" 或 auth_mechanism=external），而 [amqp.tls] 里没有 certificate_file 和 key_file".to_owned(),
                "the login is by client certificate (login = \"certificate\" or auth_mechanism=external), and [amqp.tls] has no certificate_file and key_file"
                    .to_owned(),
            ));
        }
        match user {
            Some(user) if external && user.contains(':') => faults.push(url(
                "既写了用户和密码，又写了用证书登录（login = \"certificate\" 或 auth_mechanism=external）；请删去其一".to_owned(),
                "has a user with password, and the login is by certificate (login = \"certificate\" or auth_mechanism=external); remove one of them".to_owned(),
            )),
            Some(user) if !external && !user.is_empty() && !user.contains(':') => faults.push(url(
                "有用户而没有密码：amqp://用户:密码@主机".to_owned(),
                "has a user without a password; write amqp://user:password@host".to_owned(),
            )),
            _ => {}
        }
        faults
    }

    /// Exchanges and queues that would be one.
    fn name_faults(&self) -> Vec<SettingFault> {
        let names = [
            ("amqp.tickets_exchange", Some(&self.tickets_exchange)),
            ("amqp.feeds_exchange", Some(&self.feeds_exchange)),
            ("amqp.status", Some(&self.status)),
            ("amqp.unrouted", self.unrouted.as_ref()),
            ("amqp.dead", self.dead.as_ref()),
        ];
        let mut faults = Vec::new();
        for (at, (key, name)) in names.iter().enumerate() {
            let Some(name) = name else { continue };
            if name.trim().is_empty() {
                faults.push(SettingFault::new(key, "名称是空的", "the name is empty"));
            } else if let Some((other, _)) = names.iter().take(at).find(|(_, earlier)| *earlier == Some(name)) {
                faults.push(SettingFault::new(
                    key,
                    format!("与 {other} 同名（{name}），消息会混在一起"),
                    format!("has the name of {other} ({name}): messages would be mixed"),
                ));
            }
        }
        faults
    }

    /// Files of certificates that are named and cannot be used.
    #[must_use]
    pub fn file_faults(&self) -> Vec<SettingFault> {
        let mut faults = Vec::new();
        let mut read = |key, path: &Option<std::path::PathBuf>| {
            let path = path.as_ref()?;
            std::fs::read(path)
                .map_err(|error| {
                    let path = path.display();
                    let (zh, en) = (
                        format!("文件 {path} 读不了{}", wording::of_system(&error)),
                        format!("the file {path} cannot be read: {error}"),
                    );
                    faults.push(SettingFault::new(key, zh, en));
                })
                .ok()
        };
        let (ca, certificate, key) = (
            read("amqp.tls.ca_file", &self.tls.ca_file),
            read("amqp.tls.certificate_file", &self.tls.certificate_file),
            read("amqp.tls.key_file", &self.tls.key_file),
        );
        let fault = |key, fault: PemFault| SettingFault::new(key, fault.zh, fault.en);
        if let Some(Err(found)) = ca.as_deref().map(read_authorities) {
            faults.push(fault("amqp.tls.ca_file", found));
        }
        if let (Some(certificate), Some(key)) = (&certificate, &key)
            && let Err((part, found)) = read_identity(certificate, key)
        {
            let key = match part {
                IdentityPart::Certificate => "amqp.tls.certificate_file",
                IdentityPart::Key => "amqp.tls.key_file",
            };
            faults.push(fault(key, found));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::forward::AmqpTls;

    fn found(settings: &AmqpSettings) -> Vec<(&'static str, String)> {
        settings.faults().into_iter().map(|fault| (fault.key, fault.en)).collect()
    }

    /// Exactly one fault, at a key, with a part of its sentence; none where nothing is expected.
    fn check(url: &str, tls: AmqpTls, expected: Option<(&str, &str)>) {
        let found = found(&AmqpSettings { url: url.to_owned(), tls, ..AmqpSettings::default() });
        match (expected, found.as_slice()) {
            (None, []) => {}
            (Some((key, said)), [(at, en)]) => assert!(*at == key && en.contains(said), "{url}: {found:?}"),
            _ => panic!("{url}: {found:?}"),
        }
    }

    fn tls(ca: bool, certificate: bool, key: bool) -> AmqpTls {
        let file = |is: bool, name: &str| is.then(|| PathBuf::from(name));
        AmqpTls {
            ca_file: file(ca, "ca.pem"),
            certificate_file: file(certificate, "certificate.pem"),
            key_file: file(key, "key.pem"),
        }
    }

    #[test]
    fn further_nodes_of_the_broker_are_hosts() {
        let with = |hosts: &[&str]| AmqpSettings {
            hosts: hosts.iter().map(|text| (*text).to_owned()).collect(),
            ..AmqpSettings::default()
        };
        let good = with(&["b.example", "b.example:5673", "10.0.0.2:5671", "[::1]:5672", "[::1]"]);
        assert_eq!(found(&good), Vec::new());
        let ports: Vec<u16> = good.uris().unwrap().iter().map(|uri| uri.authority.port).collect();
        assert_eq!(ports, [5672, 5672, 5673, 5671, 5672, 5672]);
        for bad in ["", "b.example:", "b.example:x", "b.example:70000", "amqp://b.example", "u:p@b.example"] {
            let found = found(&with(&[bad]));
            assert!(
                matches!(found.as_slice(), [("amqp.hosts", said)] if said.contains("is no host")),
                "{bad}: {found:?}"
            );
        }
        assert_eq!(found(&with(&["b"; 17])).len(), 1);
    }

    #[test]
    fn settings_of_the_broker_that_contradict_are_found() {
        let none = || tls(false, false, false);
        check("amqp://guest:guest@127.0.0.1:5672/%2f", none(), None);
        check("amqp://127.0.0.1", none(), None);
        check("amqps://u:p@broker.example/city?heartbeat=5&frame_max=131072", tls(true, true, true), None);
        check("amqps://broker.example?auth_mechanism=EXTERNAL", tls(true, true, true), None);
        check("http://broker.example", none(), Some(("amqp.url", "is not an AMQP URL")));
        check("broker.example:5672", none(), Some(("amqp.url", "is not an AMQP URL")));
        for given in [tls(true, false, false), tls(false, true, true), tls(true, true, true)] {
            check("amqp://u:p@broker.example", given, Some(("amqp.url", "is not encrypted")));
        }
        check(
            "amqps://u:p@b.example",
            tls(true, true, false),
            Some(("amqp.tls.certificate_file", "key_file is missing")),
        );
        check(
            "amqps://u:p@b.example",
            tls(false, false, true),
            Some(("amqp.tls.key_file", "certificate_file is missing")),
        );
        check(
            "amqps://u:p@b.example?cacertfile=/ca.pem",
            none(),
            Some(("amqp.url", "cacertfile has no effect; there are")),
        );
        check("amqps://u:p@b.example?verify=verify_peer", none(), Some(("amqp.url", "[amqp.tls]")));
        check("amqps://u@b.example", none(), Some(("amqp.url", "a user without a password")));
        check("amqps://b.example?auth_mechanism=external", none(), Some(("amqp.url", "has no certificate_file")));
        let both = Some(("amqp.url", "a user with password, and the login is by certificate"));
        check("amqps://u:p@b.example?auth_mechanism=external", tls(false, true, true), both);
    }

    #[test]
    fn exchanges_that_would_be_one_are_found() {
        let dead = AmqpSettings { dead: Some("huiliu.status".to_owned()), ..AmqpSettings::default() };
        assert!(found(&dead)[0].1.contains("the name of amqp.status"), "{:?}", found(&dead));
        let empty = AmqpSettings { tickets_exchange: String::new(), ..AmqpSettings::default() };
        assert_eq!(found(&empty)[0].0, "amqp.tickets_exchange");
    }

    #[test]
    fn files_that_cannot_be_used_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            Some(path)
        };
        let tls = AmqpTls {
            ca_file: Some(folder.path().join("nowhere.pem")),
            certificate_file: file("certificate.pem", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"),
            key_file: file("key.pem", ""),
        };
        let faults = AmqpSettings { tls, ..AmqpSettings::default() }.file_faults();
        let shown: Vec<_> = faults.iter().map(|fault| (fault.key, fault.en.as_str())).collect();
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(shown[0].0 == "amqp.tls.ca_file" && shown[0].1.contains("nowhere.pem cannot be read"), "{shown:?}");
        assert!(shown[1].0 == "amqp.tls.certificate_file" && shown[1].1.contains("exchanged"), "{shown:?}");
        let ca_file = file("ca.pem", "nothing");
        let tls = AmqpTls { ca_file, ..AmqpTls::default() };
        assert!(AmqpSettings { tls, ..AmqpSettings::default() }.file_faults()[0].en.contains("it is not PEM"));
    }
}
