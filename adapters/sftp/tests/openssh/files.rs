//! What is done with files.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use huiliu_sftp::{EntryKind, Existing, Written};

use crate::server::{Fault, Server};

#[tokio::test]
async fn files_with_chinese_names_are_written_listed_read_moved_and_deleted() {
    let Some(server) = Server::start().await else { return };
    let client = server.client();
    client.make_folders("交换/投送/2026").await.unwrap();
    client.make_folders("交换/投送/2026").await.unwrap();
    let large: Vec<u8> = (0..1_000_003_u32).flat_map(u32::to_le_bytes).collect();
    let written = client.write("交换/投送/2026/工单 1.csv", &large, Existing::Keep).await.unwrap();
    assert_eq!(written, Written { in_one_step: true, synced: true });
    client.write("交换/投送/2026/空.csv", b"", Existing::Keep).await.unwrap();

    let listed = client.list("交换/投送/2026").await.unwrap();
    let named: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.kind, entry.size)).collect();
    let size = u64::try_from(large.len()).unwrap();
    assert_eq!(named, [("工单 1.csv", EntryKind::File, Some(size)), ("空.csv", EntryKind::File, Some(0))]);
    let on_disk = fs::metadata(server.files.join("交换/投送/2026/空.csv")).unwrap().modified().unwrap();
    let seconds = on_disk.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(listed[1].modified.unwrap().as_second(), i64::try_from(seconds).unwrap());
    let folder = client.look_at("交换").await.unwrap().unwrap();
    assert_eq!((folder.name.as_str(), folder.kind), ("交换", EntryKind::Folder));

    assert_eq!(client.read("交换/投送/2026/工单 1.csv", large.len()).await.unwrap(), large);
    assert_eq!(client.read("交换/投送/2026/空.csv", 0).await.unwrap(), b"");
    client.make_folders("交换/已取").await.unwrap();
    client.rename("交换/投送/2026/空.csv", "交换/已取/空.csv", Existing::Keep).await.unwrap();
    client.delete("交换/已取/空.csv").await.unwrap();
    assert_eq!(client.look_at("交换/已取/空.csv").await.unwrap(), None);
    assert_eq!(client.list("交换/投送/2026").await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_existing_file_is_replaced_in_one_step_or_kept() {
    let Some(server) = Server::start().await else { return };
    let client = server.client();
    fs::write(server.files.join("a.csv"), "before").unwrap();
    let kept = client.write("a.csv", b"after", Existing::Keep).await.unwrap_err();
    assert_eq!(kept.kind(), "refused", "{kept}");
    assert_eq!(fs::read(server.files.join("a.csv")).unwrap(), b"before");
    let replaced = client.write("a.csv", b"after", Existing::Replace).await.unwrap();
    assert!(replaced.in_one_step);
    fs::write(server.files.join("b.csv"), "b").unwrap();
    assert_eq!(client.rename("b.csv", "a.csv", Existing::Keep).await.unwrap_err().kind(), "refused");
    assert!(client.rename("b.csv", "a.csv", Existing::Replace).await.unwrap().in_one_step);
    assert_eq!(fs::read(server.files.join("a.csv")).unwrap(), b"b");
    assert_eq!(client.list(".").await.unwrap().len(), 1, "nothing is left behind");
}

#[tokio::test]
async fn a_server_that_cannot_replace_in_one_step_gets_two_and_says_so() {
    let Some(server) = Server::start().await else { return };
    server.set_fault(Fault::WithoutExtensions);
    let client = server.client();
    let first = client.write("a.csv", b"1", Existing::Replace).await.unwrap();
    assert_eq!(first, Written { in_one_step: true, synced: false });
    let second = client.write("a.csv", b"2", Existing::Replace).await.unwrap();
    assert_eq!(second, Written { in_one_step: false, synced: false });
    assert_eq!(fs::read(server.files.join("a.csv")).unwrap(), b"2");
    assert_eq!(client.rename("a.csv", "a.csv", Existing::Keep).await.unwrap_err().kind(), "refused");
}

#[tokio::test]
async fn what_is_not_there_or_too_large_is_said_and_the_connection_goes_on() {
    let Some(server) = Server::start().await else { return };
    let client = server.client();
    fs::write(server.files.join("a.csv"), "12345").unwrap();
    fs::write(server.files.join("file"), "").unwrap();
    let pid = fs::read_to_string(server.path("pid"));
    assert!(pid.is_err(), "nothing is connected before it is needed");
    for (outcome, kind) in [
        (client.read("a.csv", 4).await.map(drop), "refused"),
        (client.read("none.csv", 4).await.map(drop), "gone"),
        (client.list("none").await.map(drop), "gone"),
        (client.delete("none.csv").await, "gone"),
        (client.rename("none.csv", "b.csv", Existing::Replace).await.map(drop), "gone"),
        (client.write("none/a.csv", b"1", Existing::Replace).await.map(drop), "gone"),
        (client.make_folders("file/below").await, "misconfigured"),
        (client.read("../log", 4).await.map(drop), "refused"),
        (client.write("a\n.csv", b"", Existing::Replace).await.map(drop), "refused"),
    ] {
        assert_eq!(outcome.as_ref().map_err(huiliu_adapter_api::AdapterError::kind), Err(kind), "{outcome:?}");
    }
    let pid = fs::read_to_string(server.path("pid")).unwrap();
    assert_eq!(client.read("a.csv", 5).await.unwrap(), b"12345");
    assert_eq!(fs::read_to_string(server.path("pid")).unwrap(), pid, "one connection served all of it");
}

#[tokio::test]
async fn a_name_of_another_encoding_is_listed_and_hides_no_other() {
    let Some(server) = Server::start().await else { return };
    fs::write(server.files.join(std::ffi::OsStr::from_bytes(b"\xCD\xB6\xCB\xDF.csv")), "GBK").unwrap();
    fs::write(server.files.join("投诉.csv"), "UTF-8").unwrap();
    let client = server.client();
    let listed = client.list(".").await.unwrap();
    let names: Vec<_> = listed.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"投诉.csv") && names.iter().any(|name| name.contains('\u{FFFD}')), "{names:?}");
}
