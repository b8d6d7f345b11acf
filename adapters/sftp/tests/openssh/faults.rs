//! A server that ends, falls silent, is full or is not there: nothing under a final name is half, and the next call works.

use std::fs;
use std::time::Duration;

use huiliu_sftp::Existing;

use crate::server::{Fault, Server};

const LARGE: usize = 1_000_000;

#[tokio::test]
async fn a_server_that_ends_in_the_middle_leaves_what_was_there_and_the_next_attempt_succeeds() {
    let Some(server) = Server::start().await else { return };
    fs::write(server.files.join("a.csv"), "before").unwrap();
    server.set_fault(Fault::EndsAfter(300_000));
    let client = server.client();
    let error = client.write("a.csv", &vec![b'x'; LARGE], Existing::Replace).await.unwrap_err();
    assert_eq!(error.kind(), "transient", "{error}");
    assert_eq!(fs::read(server.files.join("a.csv")).unwrap(), b"before");
    assert!(fs::metadata(server.files.join(".a.csv.part")).unwrap().len() > 0, "it was in the middle");
    server.clear_fault();
    client.write("a.csv", &vec![b'x'; LARGE], Existing::Replace).await.unwrap();
    assert_eq!(fs::metadata(server.files.join("a.csv")).unwrap().len(), 1_000_000);
    assert_eq!(client.list(".").await.unwrap().len(), 1, "what was left behind is gone");
}

#[tokio::test]
async fn a_connection_that_died_between_two_calls_is_made_again() {
    let Some(mut server) = Server::start().await else { return };
    let client = server.client();
    client.write("a.csv", b"1", Existing::Replace).await.unwrap();
    server.end_session();
    client.write("a.csv", b"2", Existing::Keep).await.unwrap_err();
    client.write("b.csv", b"2", Existing::Keep).await.unwrap();
    server.stop().await;
    let error = client.list(".").await.unwrap_err();
    assert_eq!(error.kind(), "transient", "{error}");
    server.start_again().await;
    assert_eq!(client.list(".").await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up_in_time() {
    let Some(server) = Server::start().await else { return };
    server.set_fault(Fault::Silent);
    let host_key = server.fingerprint("host_ed25519");
    let client = server.client_with(&format!("key = \"login\"\nhost_key = \"{host_key}\"\ntimeout_s = 1"));
    let error = client.list(".").await.unwrap_err();
    assert_eq!(error.kind(), "transient", "{error}");
    server.clear_fault();
    let patient = server.client();
    assert_eq!(patient.list(".").await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_call_that_is_dropped_harms_nothing() {
    let Some(server) = Server::start().await else { return };
    let client = server.client();
    fs::write(server.files.join("a.csv"), "before").unwrap();
    client.list(".").await.unwrap();
    let content = vec![b'x'; 40_000_000];
    let dropped =
        tokio::time::timeout(Duration::from_millis(30), client.write("a.csv", &content, Existing::Replace)).await;
    assert!(dropped.is_err(), "it was under way");
    assert_eq!(client.read("a.csv", 100).await.unwrap(), b"before");
    client.write("a.csv", b"after", Existing::Replace).await.unwrap();
    assert_eq!(client.list(".").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_is_transient_and_leaves_nothing_behind() {
    let Some(server) = Server::start().await else { return };
    fs::write(server.files.join("a.csv"), "before").unwrap();
    server.set_fault(Fault::Full);
    let client = server.client();
    let error = client.write("a.csv", &vec![b'x'; LARGE], Existing::Replace).await.unwrap_err();
    assert_eq!(error.kind(), "transient", "{error}");
    assert!(error.to_string().contains("磁盘"), "{error}");
    assert_eq!(fs::read(server.files.join("a.csv")).unwrap(), b"before");
    assert_eq!(client.list(".").await.unwrap().len(), 1, "what could not be finished is gone");
}
