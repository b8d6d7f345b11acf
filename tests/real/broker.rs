//! A RabbitMQ of this test's own, to be stopped, killed and blocked.

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// A broker of our own.
pub struct Broker {
    home: PathBuf,
    /// Its URL, and host and port.
    pub url: String,
    pub authority: String,
}

impl Broker {
    /// Starts it; `None` where RabbitMQ is given by a URL and not installed here.
    pub async fn start(home: &Path) -> Option<Self> {
        let given = std::env::var("HULIU_AMQP_URL").is_ok() && std::env::var("HULIU_OWN_BROKER").is_err();
        if given && !Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() {
            return None;
        }
        let mut broker = Self { home: home.to_owned(), url: String::new(), authority: String::new() };
        let said = broker.services(&["start"]).await;
        let url = said.split_whitespace().find_map(|word| word.strip_prefix("HULIU_AMQP_URL=")).unwrap();
        broker.authority = url.rsplit('@').next().unwrap().split('/').next().unwrap().to_owned();
        url.clone_into(&mut broker.url);
        Some(broker)
    }

    /// Runs `deploy/services` on this broker and gives its standard output.
    pub async fn services(&self, arguments: &[&str]) -> String {
        let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/services"))
            .args(arguments)
            .env_remove("HULIU_AMQP_URL")
            .env_remove("HULIU_OWN_BROKER")
            .env("HULIU_SERVICES", &self.home)
            .env("HULIU_SERVICES_PORT", "5739")
            .env("HULIU_SERVICES_ALWAYS_OWN", "1")
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "deploy/services {}: {said}", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub async fn ctl(&self, arguments: &[&str]) {
        self.services(&[&["ctl"], arguments].concat()).await;
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/services");
        // Also when the test fails: no process is left behind.
        let _ = std::process::Command::new(services)
            .arg("stop")
            .env("HULIU_SERVICES", &self.home)
            .stderr(std::process::Stdio::null())
            .status();
    }
}
