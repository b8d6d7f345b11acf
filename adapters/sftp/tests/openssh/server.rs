//! An OpenSSH server of the test's own: its keys, its configuration, its port; what runs as SFTP can be made to fail. The test listens
//! itself and gives each connection to an `sshd -i`, so that no port is taken by another between its choice and its use.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use huiliu_adapter_api::{Problems, Secrets};
use huiliu_sftp::{SftpClient, SftpSettings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const SSHD: &str = "/usr/sbin/sshd";
const SFTP_SERVER: &str = "/usr/lib/openssh/sftp-server";

/// What runs as SFTP.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// It ends after so many bytes of requests.
    EndsAfter(usize),
    /// It takes everything and answers nothing.
    Silent,
    /// No file may be larger than 50 KiB, as on a full disk.
    Full,
    /// It offers neither to replace in one step nor to write to the disk.
    WithoutExtensions,
}

/// A running server. Its files are in `files`, which is the folder in which a login stands.
pub struct Server {
    pub files: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    listening: JoinHandle<()>,
    sessions: Arc<Mutex<Vec<Child>>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end_connections();
    }
}

impl Server {
    /// Starts a server; `None` where OpenSSH is not installed.
    pub async fn start() -> Option<Self> {
        if !Path::new(SSHD).exists() || !Path::new(SFTP_SERVER).exists() {
            not_run("no OpenSSH server is installed (package openssh-server)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (name, kind) in [
            ("host_ed25519", "ed25519"),
            ("host_rsa", "rsa"),
            ("login", "ed25519"),
            ("login_rsa", "rsa"),
            ("stranger", "ed25519"),
        ] {
            make_key(&root.join(name), kind, "");
        }
        make_key(&root.join("protected"), "ed25519", "口令-1");
        let public = |name: &str| fs::read_to_string(root.join(format!("{name}.pub"))).unwrap();
        fs::write(root.join("authorized_keys"), ["login", "login_rsa", "protected"].map(public).concat()).unwrap();
        fs::create_dir(root.join("files")).unwrap();
        let script = root.join("sftp");
        write_script(
            &script,
            &format!(
                "cd {root}/files || exit 1\nif [ -x {root}/fault ]; then exec {root}/fault; fi\necho $$ > {root}/pid\nexec {SFTP_SERVER}\n",
                root = root.display()
            ),
        );
        fs::write(
            root.join("config"),
            format!(
                "HostKey {root}/host_ed25519\nHostKey {root}/host_rsa\nPidFile none\n\
             AuthorizedKeysFile {root}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication yes\n\
             KbdInteractiveAuthentication no\nPermitRootLogin yes\nSubsystem sftp {root}/sftp\n",
                root = root.display()
            ),
        )
        .unwrap();
        if is_root() {
            // What the service of the package makes before it starts.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let sessions = Arc::default();
        let (port, listening) = listen(root, 0, &sessions).await;
        Some(Self { files: root.join("files"), port, listening, sessions, folder })
    }

    /// Ends the server and every connection to it.
    pub async fn stop(&mut self) {
        self.listening.abort();
        let _ = (&mut self.listening).await;
        self.end_connections();
    }

    fn end_connections(&self) {
        self.end_session();
        for mut sshd in self.sessions.lock().unwrap().drain(..) {
            let group = format!("-{}", sshd.id());
            let _ = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
            let _ = sshd.wait();
        }
    }

    /// Ends what runs as SFTP.
    pub fn end_session(&self) {
        if let Ok(pid) = fs::read_to_string(self.path("pid")) {
            let _ = Command::new("kill").args(["-9", pid.trim()]).stderr(Stdio::null()).status();
        }
    }

    /// Starts the server again at the same port.
    pub async fn start_again(&mut self) {
        self.listening = listen(self.folder.path(), self.port, &self.sessions).await.1;
    }

    /// What runs as SFTP for connections from now on.
    pub fn set_fault(&self, fault: Fault) {
        write_script(
            &self.path("fault"),
            &match fault {
                Fault::EndsAfter(bytes) => format!("dd bs=1 count={bytes} 2>/dev/null | {SFTP_SERVER}\n"),
                Fault::Silent => "exec cat >/dev/null\n".to_owned(),
                Fault::Full => format!("trap '' XFSZ\nulimit -f 100\nexec {SFTP_SERVER}\n"),
                Fault::WithoutExtensions => format!("exec {SFTP_SERVER} -P posix-rename,fsync\n"),
            },
        );
    }

    pub fn clear_fault(&self) {
        fs::remove_file(self.path("fault")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The fingerprint of a key, as `ssh-keygen` says it.
    pub fn fingerprint(&self, key: &str) -> String {
        let output = Command::new("ssh-keygen").arg("-lf").arg(self.path(key)).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    }

    /// A client that logs in by the key `login`.
    pub fn client(&self) -> SftpClient {
        self.compiled(&self.settings())
    }

    /// The settings of a client that logs in by the key `login`, without that key.
    pub fn settings(&self) -> String {
        self.settings_with(&format!("key = \"login\"\nhost_key = \"{}\"\n", self.fingerprint("host_ed25519")))
    }

    /// A client with settings of its own for login and trust.
    pub fn client_with(&self, settings: &str) -> SftpClient {
        self.compiled(&self.settings_with(settings))
    }

    fn settings_with(&self, settings: &str) -> String {
        format!("host = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\n{settings}", self.port, user())
    }

    fn compiled(&self, text: &str) -> SftpClient {
        let names = ["login", "login_rsa", "protected", "stranger"];
        let mut secrets: BTreeMap<String, String> =
            names.map(|name| (name.to_owned(), fs::read_to_string(self.path(name)).unwrap())).into();
        secrets.insert("wrong".to_owned(), "wrong-password-7".to_owned());
        secrets.insert("phrase".to_owned(), "口令-1".to_owned());
        let read: SftpSettings = toml::from_str(text).unwrap();
        let mut problems = Problems::new();
        let client = read.compile(&Secrets::new(secrets), &(0..text.len()), &mut problems);
        client.unwrap_or_else(|| panic!("{problems:?}"))
    }
}

/// Listens at a port, 0 for any, and gives each connection to an sshd.
async fn listen(root: &Path, port: u16, sessions: &Arc<Mutex<Vec<Child>>>) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (root, sessions) = (root.to_owned(), Arc::clone(sessions));
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = stream.into_std().unwrap();
            stream.set_nonblocking(false).unwrap();
            let log = fs::File::options().create(true).append(true).open(root.join("log")).unwrap();
            let mut sshd = Command::new(SSHD);
            sshd.args(["-i", "-e", "-f"]).arg(root.join("config")).stderr(log).process_group(0);
            sshd.stdin(OwnedFd::from(stream.try_clone().unwrap())).stdout(OwnedFd::from(stream));
            sessions.lock().unwrap().push(sshd.spawn().unwrap());
        }
    });
    (port, task)
}

/// Says that a test is not run; where everything must run it fails, as tests of the gateway do.
pub fn not_run(reason: &str) {
    let is_set = |name| std::env::var(name).is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()));
    assert!(!["CI", "HULIU_REQUIRE_ALL"].into_iter().any(is_set), "not run: {reason}, and every test must run");
    eprintln!("not run: {reason}");
}

fn make_key(path: &Path, kind: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", passphrase, "-f"]).arg(path).status().unwrap();
    assert!(made.success());
}

fn write_script(path: &Path, lines: &str) {
    fs::write(path, format!("#!/bin/sh\n{lines}")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn user() -> String {
    String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned()
}

fn is_root() -> bool {
    user() == "root"
}
