//! Files whose writers are not done.

use huiliu_adapter_api::Batch;
use serde_json::Value;

use crate::room::Room;

const WHOLE: &str = "工单编号,内容\n1,a\n2,b\n3,c\n";

async fn pulled(room: &Room, before: Option<&Batch>, limit: usize) -> Batch {
    let position = before.and_then(|batch| batch.position.as_ref());
    room.adapter.pull(position, limit).await.unwrap()
}

fn ids(batch: &Batch) -> Vec<&str> {
    batch.records.iter().map(|record| record.id.as_str()).collect()
}

#[tokio::test]
async fn a_file_that_is_written_on_while_it_is_read_is_read_again() {
    let room = Room::ledger("");
    room.put("a.csv", WHOLE.as_bytes());
    let first = pulled(&room, None, 2).await;
    assert_eq!(ids(&first), ["1", "2"]);
    // The open file is read on to an end that comes in the middle of a row.
    room.put("a.csv", format!("{WHOLE}4,d\n").as_bytes());
    let again = pulled(&room, Some(&first), 9).await;
    assert_eq!(ids(&again), ["1", "2", "3", "4"], "another file, from its beginning");
    room.adapter.confirm(&again.receipt, &[]).await.unwrap();
    assert!(room.folder.path().join("done/a.csv").exists());
}

#[tokio::test]
async fn a_file_that_is_written_on_before_it_leaves_stays() {
    let room = Room::ledger("");
    room.put("a.csv", WHOLE.as_bytes());
    let batch = pulled(&room, None, 9).await;
    room.put("a.csv", format!("{WHOLE}4,d\n").as_bytes());
    room.adapter.confirm(&batch.receipt, &[]).await.unwrap();
    assert!(room.folder.path().join("a.csv").exists());
    assert_eq!(ids(&pulled(&room, Some(&batch), 9).await).len(), 4);
}

#[tokio::test]
async fn a_file_that_is_written_on_after_it_left_is_brought_back() {
    let room = Room::ledger("");
    room.put("a.csv", WHOLE.as_bytes());
    let batch = pulled(&room, None, 9).await;
    room.adapter.confirm(&batch.receipt, &[]).await.unwrap();
    room.put("done/a.csv", format!("{WHOLE}4,d\n").as_bytes());
    let again = pulled(&room, Some(&batch), 9).await;
    assert_eq!(ids(&again), ["1", "2", "3", "4"]);
    room.adapter.confirm(&again.receipt, &[]).await.unwrap();
    let nothing = pulled(&room, Some(&again), 9).await;
    assert_eq!((nothing.records.len(), nothing.more), (0, false));
}

#[tokio::test]
async fn a_text_without_its_last_line_end_waits_and_keeps_no_other_waiting() {
    let room = Room::ledger("settle_s = 1000");
    for (name, content, age_s) in [("a.csv", "工单编号,内容\n1,a\n2,", 2_000), ("b.csv", WHOLE, 1_500)] {
        room.put(name, content.as_bytes());
        room.age(name, age_s);
    }
    let batch = pulled(&room, None, 9).await;
    assert_eq!((batch.file.as_ref().unwrap().name.as_str(), ids(&batch).len()), ("b.csv", 3));
    room.adapter.confirm(&batch.receipt, &[]).await.unwrap();
    assert!(pulled(&room, Some(&batch), 9).await.records.is_empty());
    room.age("a.csv", 7_001);
    let batch = pulled(&room, Some(&batch), 9).await;
    assert_eq!(batch.position.map(|position| position.0["file"].clone()), Some(Value::from("a.csv")));
}
