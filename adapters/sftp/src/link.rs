//! One connection to a server: made, known by the server's key, logged in.

use std::borrow::Cow;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use huiliu_adapter_api::AdapterError;
use russh::client::{AuthResult, Config, Handle, Handler, KeyboardInteractiveAuthResponse, connect_stream};
use russh::keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{ChannelMsg, MethodKind, MethodSet, Preferred, cipher, kex, mac};
use russh_sftp::client::{Config as SftpConfig, RawSftpSession};
use tokio::net::TcpStream;

use crate::MAX_PACKET_BYTES;
use crate::host_key::{HostKeys, fingerprint};
use crate::login::Login;

/// Time after which a connection that nobody uses is closed: longer than any wait for an answer.
const MAX_IDLE: Duration = Duration::from_secs(180);
/// Bytes that are read or written by one request where the server says nothing of its limits; every server takes as many.
const PLAIN_BYTES: u64 = 32 << 10;
/// Bytes that are read or written by one request where the server allows more.
const LARGE_BYTES: u64 = 128 << 10;
/// Most questions of a login dialog.
const MAX_QUESTIONS: usize = 3;

/// A server and how to log in there.
#[derive(Debug)]
pub(crate) struct Server {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub login: Login,
    pub host_keys: HostKeys,
    pub timeout: Duration,
    pub old_algorithms: bool,
}

/// A connection that is logged in and speaks SFTP.
pub(crate) struct Link {
    pub sftp: RawSftpSession,
    /// Whether a rename can replace what has the name already, in one step.
    pub posix_rename: bool,
    /// Whether the server can be told to write to its disk.
    pub fsync: bool,
    /// Bytes that one request may read, and write.
    pub read_bytes: u32,
    pub write_bytes: usize,
    ssh: Handle<Judge>,
}

/// Judges the key that a server shows.
struct Judge {
    host_keys: HostKeys,
    /// The fingerprint of a key that is not known.
    stranger: Arc<OnceLock<String>>,
}

impl Handler for Judge {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let known = self.host_keys.know(key);
        if !known {
            // The first one counts; a connection shows one only.
            let _ = self.stranger.set(format!("{} {}", key.algorithm(), fingerprint(key)));
        }
        Ok(known)
    }
}

impl Server {
    /// How it is named in messages.
    pub(crate) fn label(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn config(&self) -> Config {
        let mut preferred = Preferred::DEFAULT;
        let old = self.old_algorithms;
        let safe = [kex::ECDH_SHA2_NISTP256, kex::ECDH_SHA2_NISTP384, kex::ECDH_SHA2_NISTP521];
        let old_kex = [kex::DH_GEX_SHA1, kex::DH_G14_SHA1].into_iter().filter(|_| old);
        preferred.kex = preferred.kex.iter().copied().chain(safe).chain(old_kex).collect();
        let old_mac = [mac::HMAC_SHA1_ETM, mac::HMAC_SHA1].into_iter().filter(|_| old);
        preferred.mac = preferred.mac.iter().copied().chain(old_mac).collect();
        let old_cipher = [cipher::AES_256_CBC, cipher::AES_128_CBC].into_iter().filter(|_| old);
        preferred.cipher = preferred.cipher.iter().copied().chain(old_cipher).collect();
        // Signatures with SHA-1 are for old servers; keys of the kind that the settings name come first, since a server shows one key.
        let mut keys: Vec<Algorithm> =
            preferred.key.iter().filter(|key| old || **key != Algorithm::Rsa { hash: None }).cloned().collect();
        keys.sort_by_key(|key| !self.host_keys.name_kind(key));
        preferred.key = Cow::Owned(keys);
        Config { preferred, inactivity_timeout: Some(MAX_IDLE), nodelay: true, ..Config::default() }
    }

    async fn within<T>(
        &self,
        what: &str,
        step: impl Future<Output = Result<T, russh::Error>>,
    ) -> Result<T, AdapterError> {
        let label = self.label();
        match tokio::time::timeout(self.timeout, step).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(russh::Error::NoCommonAlgo { kind, theirs, .. })) => Err(AdapterError::misconfigured(format!(
                "{label} 只支持这里不用的算法：老服务器可写 old_algorithms = true (no algorithm in common with {label}; for an old server set old_algorithms = true): {kind:?} {}",
                theirs.join(",")
            ))),
            Ok(Err(error)) => {
                Err(AdapterError::transient(format!("与 {label} {what}未成 (no success at {label}): {error}")))
            }
            Err(_elapsed) => {
                let limit_s = self.timeout.as_secs();
                Err(AdapterError::transient(format!(
                    "{label} 在 {limit_s} 秒内没有回答（{what}） ({label} did not answer within {limit_s} s)"
                )))
            }
        }
    }

    async fn connect(&self) -> Result<Handle<Judge>, AdapterError> {
        let stranger = Arc::new(OnceLock::new());
        let judge = Judge { host_keys: self.host_keys.clone(), stranger: Arc::clone(&stranger) };
        let address = (self.host.as_str(), self.port);
        let stream = self.within("连接", async { Ok(TcpStream::connect(address).await?) }).await?;
        let shaken = self.within("握手", connect_stream(Arc::new(self.config()), stream, judge)).await;
        match stranger.get() {
            Some(shown) => {
                let label = self.label();
                Err(AdapterError::misconfigured(format!(
                    "{label} 出示的主机密钥与 host_key 不符，没有登录：{shown}。请向对方核对指纹；确认无误后写入 host_key，否则可能有人冒充 (the host key of {label} is not the one in host_key, and nothing was sent: {shown}; compare the fingerprint with the operator of the server before you put it into host_key, for it may be somebody else)"
                )))
            }
            None => shaken,
        }
    }

    async fn log_in(&self, ssh: &mut Handle<Judge>) -> Result<(), AdapterError> {
        let accepted = match &self.login {
            Login::Key(key) => self.within("登录", self.log_in_by_key(ssh, key)).await?,
            Login::Password(password) => self.within("登录", self.log_in_by_password(ssh, password)).await?,
        };
        if accepted {
            return Ok(());
        }
        let (label, user) = (self.label(), &self.user);
        Err(AdapterError::misconfigured(format!(
            "{label} 不接受用户 {user} 的登录：请核对 user、password 或 key，以及对方是否已登记公钥 ({label} does not let {user} in: see user, password or key, and whether the server knows the public key)"
        )))
    }

    async fn log_in_by_key(
        &self,
        ssh: &mut Handle<Judge>,
        key: &Arc<russh::keys::PrivateKey>,
    ) -> Result<bool, russh::Error> {
        let hash = if key.algorithm().is_rsa() {
            let unsaid = if self.old_algorithms { None } else { Some(HashAlg::Sha256) };
            ssh.best_supported_rsa_hash().await?.unwrap_or(unsaid)
        } else {
            None
        };
        let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
        Ok(ssh.authenticate_publickey(self.user.as_str(), key).await?.success())
    }

    /// Asks first what the server wants: trying one way after the other would count as several wrong passwords.
    async fn log_in_by_password(&self, ssh: &mut Handle<Judge>, password: &str) -> Result<bool, russh::Error> {
        let methods = match ssh.authenticate_none(self.user.as_str()).await? {
            AuthResult::Success => return Ok(true),
            AuthResult::Failure { remaining_methods, .. } => remaining_methods,
        };
        let dialog = |methods: &MethodSet| {
            methods.contains(&MethodKind::KeyboardInteractive) && !methods.contains(&MethodKind::Password)
        };
        if !dialog(&methods) {
            return Ok(ssh.authenticate_password(self.user.as_str(), password).await?.success());
        }
        let mut answer = ssh.authenticate_keyboard_interactive_start(self.user.as_str(), None).await?;
        for _ in 0..MAX_QUESTIONS {
            let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = &answer else { break };
            let answers = prompts.iter().map(|prompt| if prompt.echo { String::new() } else { password.to_owned() });
            answer = ssh.authenticate_keyboard_interactive_respond(answers.collect()).await?;
        }
        Ok(matches!(answer, KeyboardInteractiveAuthResponse::Success))
    }
}

impl Link {
    /// Connects, judges the server's key, logs in and begins SFTP.
    ///
    /// # Errors
    /// Transient: no connection, or no answer in time. Misconfigured: the key, the login or the service do not fit.
    pub(crate) async fn open(server: &Server) -> Result<Self, AdapterError> {
        let mut ssh = server.connect().await?;
        server.log_in(&mut ssh).await?;
        let label = server.label();
        let channel = server
            .within("SFTP", async {
                let mut channel = ssh.channel_open_session().await?;
                channel.request_subsystem(true, "sftp").await?;
                loop {
                    match channel.wait().await {
                        Some(ChannelMsg::Success) => return Ok(Some(channel)),
                        Some(ChannelMsg::Failure | ChannelMsg::Close | ChannelMsg::Eof) | None => return Ok(None),
                        Some(_) => {}
                    }
                }
            })
            .await?;
        let Some(channel) = channel else {
            return Err(AdapterError::misconfigured(format!(
                "{label} 允许登录，但没有 SFTP 服务：请对方为该用户开启 ({label} lets us in but offers no SFTP: let its operator enable it for this user)"
            )));
        };
        let config = SftpConfig {
            max_packet_len: MAX_PACKET_BYTES,
            request_timeout_secs: server.timeout.as_secs(),
            ..SftpConfig::default()
        };
        let sftp = RawSftpSession::new_with_config(channel.into_stream(), config);
        let begun = sftp.init().await;
        let version = begun.map_err(|error| {
            AdapterError::transient(format!("{label} 的 SFTP 服务没有应答 (SFTP at {label} does not begin): {error}"))
        })?;
        let has = |name: &str, version_text: &str| version.extensions.get(name).is_some_and(|v| v == version_text);
        let (posix_rename, fsync) = (has("posix-rename@openssh.com", "1"), has("fsync@openssh.com", "1"));
        let limits = if has("limits@openssh.com", "1") { sftp.limits().await.ok() } else { None };
        let bytes = |limit: Option<u64>| limit.filter(|bytes| *bytes > 0).unwrap_or(PLAIN_BYTES).min(LARGE_BYTES);
        let read_bytes = bytes(limits.as_ref().map(|limits| limits.max_read_len));
        let write_bytes = bytes(limits.as_ref().map(|limits| limits.max_write_len));
        Ok(Self {
            sftp,
            posix_rename,
            fsync,
            read_bytes: u32::try_from(read_bytes).unwrap_or(u32::MAX),
            write_bytes: usize::try_from(write_bytes).unwrap_or(usize::MAX),
            ssh,
        })
    }

    /// Whether the other side still answers.
    pub(crate) async fn is_alive(&self) -> bool {
        !self.ssh.is_closed() && self.sftp.realpath(".").await.is_ok()
    }
}
