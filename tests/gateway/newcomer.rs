//! What the README says to type for a city, typed as it stands by somebody whose home is empty.

use std::path::Path;
use std::process::Command;

use huiliu_city::{Port, not_run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The blocks for a shell below a heading of a document.
fn blocks(document: &str, heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(document)).unwrap();
    let section = text.split_once(heading).unwrap().1.split("\n## ").next().unwrap().to_owned();
    section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// Runs `deploy/services ctl`.
fn ctl(arguments: &[&str]) -> bool {
    let script = Path::new(ROOT).join("deploy/services");
    Command::new(script).arg("ctl").args(arguments).status().unwrap().success()
}

/// Types the blocks; all that was seen.
fn typed(blocks: &[String], home: &Path, amqp: &str) -> String {
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    let (setting_up, using) = (&blocks[0], &blocks[1]);
    // The program is built already. The one port is this test's own.
    let setting_up: String =
        setting_up.lines().filter(|line| !line.starts_with("cargo ")).map(|line| format!("{line}\n")).collect();
    let chosen = Port::choose().unwrap();
    let port = chosen.number().to_string();
    let (before, run) = setting_up.split_once("huiliu run --pack pack").unwrap();
    assert!(run.trim_start().starts_with('#'), "the gateway is the last thing in its terminal: {run}");
    let script = format!(
        "set -e\n{before}\nsed -i s/8311/{port}/ huiliu.toml\nhuiliu run --pack pack 2>huiliu.log & gateway=$!\n\
         trap 'kill $gateway; wait $gateway' EXIT\n\
         until grep -q 'Connected to the broker' huiliu.log; do kill -0 $gateway; read -t 0.1 <> <(:) || true; done\n\
         {}",
        // Nobody presses Ctrl-C here.
        using.replace("8311", &port).replace("huiliu tail ", "timeout --preserve-status -s INT 2 huiliu tail ")
    );
    let binary = Path::new(env!("CARGO_BIN_EXE_huiliu")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(ROOT).env("HOME", home).env("PATH", path).env("HULIU_AMQP_URL", amqp);
    let output = shell.env_remove("HULIU_TOKEN").env_remove("HULIU_LOG").env("HULIU_LANG", "zh").output().unwrap();
    let seen = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{seen}\n{}",
        std::fs::read_to_string(home.join("rongcheng/huiliu.log")).unwrap_or_default()
    );
    seen
}

#[test]
fn what_the_readme_says_works_as_it_stands() {
    if std::env::var("HULIU_OWN_BROKER").is_err() {
        return not_run("a virtual host is made only where deploy/services started the broker itself");
    }
    if Command::new("curl").arg("--version").output().is_err() {
        return not_run("curl is not installed");
    }
    for (document, heading, host) in
        [("README.md", "## Run it for a city", "newcomer"), ("README.zh.md", "## 给一座城市用", "newcomer-zh")]
    {
        let home = tempfile::tempdir().unwrap();
        // One that an earlier run has left.
        let _left = ctl(&["delete_vhost", host]);
        assert!(ctl(&["add_vhost", host]) && ctl(&["set_permissions", "-p", host, "guest", ".*", ".*", ".*"]));
        let amqp = crate::town::amqp().replace("%2f", host);
        let seen = typed(&blocks(document, heading), home.path(), &amqp);
        assert!(ctl(&["delete_vhost", host]));
        for wanted in ["\"state\":\"accepted\"", "RC-", "平衡", "0 个未通过"] {
            assert!(seen.contains(wanted), "{wanted} in\n{seen}");
        }
        for made in ["var/petition", "var/ledger", "var/huiliu.db", "var/keys"] {
            assert!(home.path().join("rongcheng").join(made).exists(), "{made}");
        }
    }
}

/// The settings file that is copied says every default, and nothing else.
#[test]
fn the_example_of_settings_is_read_and_says_the_defaults() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("deploy/huiliu.toml")).unwrap();
    let file = Path::new(ROOT).join("deploy/huiliu.toml");
    let (read, usual) = (huiliu::config::Config::read(Some(&file)).unwrap(), huiliu::config::Config::default());
    assert_eq!(read.listen, usual.listen);
    assert_eq!((read.keys, read.max_connections), (usual.keys, usual.max_connections));
    assert_eq!(read.database, usual.database);
    assert_eq!(read.retention.published_days, usual.retention.published_days);
    assert_eq!(read.files.valid_days, usual.files.valid_days);
    // What is only shown can be switched on.
    let shown: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") || rest.starts_with('[') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let all = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(all.path(), shown).unwrap();
    let read = huiliu::config::Config::read(Some(all.path())).unwrap();
    assert!(
        read.management_listen.is_some() && read.amqp.tls.key_file.is_some() && read.retention.personal_days.is_some()
    );
}
