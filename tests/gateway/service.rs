//! What the machine around the gateway sees: the service manager's socket, two listeners, a login by certificate.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use huiliu_adapter_http::HttpClient;
use huiliu_city::{Sandbox, Until, eventually, not_run, post_generic};

use crate::town::Town;

/// Longest wait for one answer, or for what the service manager is told.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service manager's end of the socket, and the last state it was told.
struct Manager {
    socket: UnixDatagram,
    state: String,
}

impl Manager {
    fn at(path: &std::path::Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, state: String::new() }
    }

    /// The lines of the next message. Reading ends with [`PATIENCE`].
    fn next(&mut self, wanted: &str) -> Vec<String> {
        let mut bytes = [0; 4096];
        let length = self.socket.recv(&mut bytes).unwrap_or_default();
        assert!(length > 0, "{wanted}: nothing more is told after {}", self.state);
        let lines: Vec<String> = String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned).collect();
        if let Some(state) = lines.iter().find_map(|line| line.strip_prefix("STATUS=")) {
            state.clone_into(&mut self.state);
        }
        lines
    }

    /// Reads until a message holds what is wanted; all lines that were read.
    fn until(&mut self, wanted: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut told = Vec::new();
        while !told.iter().any(|line: &String| line.contains(wanted)) {
            assert!(Instant::now() < end, "{wanted} after {told:?}");
            told.extend(self.next(wanted));
        }
        told
    }

    /// Reads until the state is told with these words; a state is told once, so it may be what was told last.
    fn stands(&mut self, wanted: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.state.contains(wanted) {
            assert!(Instant::now() < end, "{wanted} after {}", self.state);
            self.next(wanted);
        }
    }
}

#[tokio::test]
async fn the_service_manager_is_told_what_the_gateway_does() {
    let mut town = Town::prepare("notify").await;
    let path = town.sandbox.folder.join("notify.socket");
    let mut manager = Manager::at(&path);
    town.sandbox.set("NOTIFY_SOCKET", path.to_str().unwrap());
    town.sandbox.set("WATCHDOG_USEC", "2000000");
    town.sandbox.start().await.unwrap();
    let mut manager = tokio::task::spawn_blocking(move || {
        assert!(manager.until("READY=1")[0].starts_with("READY=1"), "nothing is told before");
        manager.until("WATCHDOG=1");
        manager.stands("荣成市");
        manager.stands("; forwarding");
        manager
    })
    .await
    .unwrap();
    town.sandbox.hangup().await.unwrap();
    let mut manager = tokio::task::spawn_blocking(move || {
        manager.until("RELOADING=1");
        let reloaded = manager.until("READY=1");
        assert!(!reloaded.iter().any(|line| line.contains("STOPPING")), "{reloaded:?}");
        manager
    })
    .await
    .unwrap();
    let told = tokio::task::spawn_blocking(move || manager.until("STOPPING=1"));
    town.sandbox.finish().await.unwrap();
    told.await.unwrap();
}

/// Whether a process handles SIGTERM by now.
fn handles_stop(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigCgt:")?.trim(), 16).ok());
    caught.is_some_and(|mask| mask & (1 << 14) != 0)
}

#[tokio::test]
async fn a_gateway_that_is_still_starting_stops_at_once() {
    let mut town = Town::prepare("starting").await;
    // A pack that is never read to its end.
    let city = town.sandbox.pack.join("city.toml");
    std::fs::remove_file(&city).unwrap();
    assert!(Command::new("mkfifo").arg(&city).status().unwrap().success());
    town.sandbox.launch().unwrap();
    let pid = town.sandbox.pid().unwrap();
    eventually("it can be stopped", Until(PATIENCE), || async { handles_stop(pid).then_some(()) }).await.unwrap();
    town.sandbox.stop().await.unwrap();
    assert!(town.sandbox.log().contains("Stopped while it was starting"), "{}", town.sandbox.log());
}

#[tokio::test]
async fn a_listener_of_its_own_keeps_management_inside() {
    let mut town = Town::prepare("doors").await;
    let public = town.sandbox.url.clone();
    let management = town.sandbox.manage_apart().unwrap();
    town.sandbox.start().await.unwrap();
    let status = |base: String, path: &'static str| async move {
        let request = http::Request::get(format!("{base}{path}")).body(bytes::Bytes::new()).unwrap();
        HttpClient::new().send(request, PATIENCE).await.unwrap().status.as_u16()
    };
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/ledger"] {
        assert_eq!(status(public.clone(), path).await, 404, "{path} is not public");
    }
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"] {
        assert_eq!(status(management.clone(), path).await, 200, "{path}");
    }
    assert_eq!(status(management.clone(), "/api/v1/ledger").await, 401);
    assert_eq!((status(management.clone(), "/").await, status(public.clone(), "/").await), (307, 404));
    let complaint =
        serde_json::json!([{ "number": "D1", "kind": "投诉", "title": "路灯不亮", "text": "青鱼滩路的路灯不亮。" }]);
    let body = || serde_json::to_vec(&complaint).unwrap();
    let inside = post_generic(&management, Sandbox::GENERIC_KEY, body()).await.unwrap();
    assert_eq!(inside.status.as_u16(), 404, "channels are not there");
    let outside = post_generic(&public, Sandbox::GENERIC_KEY, body()).await.unwrap();
    assert_eq!(outside.status.as_u16(), 200);
    let shown = town.sandbox.command(&["status", "--token", &town.sandbox.token.clone()]).await.unwrap();
    assert!(shown.contains("荣成市"), "the command finds it by the settings: {shown}");
    town.sandbox.finish().await.unwrap();
}

/// Runs `deploy/services ctl`.
fn ctl(arguments: &[&str]) -> bool {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/services");
    Command::new(script).arg("ctl").args(arguments).status().unwrap().success()
}

#[tokio::test]
async fn a_certificate_is_a_login() {
    let (Ok(url), Ok(tls), Ok(_own)) =
        (std::env::var("HULIU_AMQPS_URL"), std::env::var("HULIU_TLS_DIR"), std::env::var("HULIU_OWN_BROKER"))
    else {
        return not_run("a broker that knows certificates is there only where deploy/services started it itself");
    };
    // Named by the common name of the certificate. Another test may have made it: then it is there.
    let _there = ctl(&["add_user", "client", "not-a-password-that-is-used"]);
    assert!(ctl(&["set_permissions", "client", ".*", ".*", ".*"]));
    let mut town = Town::prepare("external").await;
    // Nobody in the URL: who it is, the certificate says.
    let (scheme, rest) = url.split_once("://").unwrap();
    let nobody = format!("{scheme}://{}", rest.split_once('@').map_or(rest, |(_, host)| host));
    town.sandbox.set("HULIU_AMQP_URL", &nobody);
    let settings = format!(
        "login = \"certificate\"\ntls = {{ ca_file = \"{tls}/ca.pem\", certificate_file = \"{tls}/client.pem\", key_file = \"{tls}/client.key\" }}\n"
    );
    town.sandbox.configure(&settings).unwrap();
    town.sandbox.start().await.unwrap();
    let listed = Command::new(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/services"))
        .args(["ctl", "list_connections", "user", "auth_mechanism", "ssl"])
        .output()
        .unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.lines().any(|line| line == "client\tEXTERNAL\ttrue"), "{listed}");
    let platform = town.platform().await;
    town.accept("E1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    town.ticket(&platform, "E1").await;
    town.sandbox.finish().await.unwrap();
}
