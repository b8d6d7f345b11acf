//! A folder with CSV files meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use huiliu_adapter_api::{Factory, LeftOutReason, MAX_BATCH_FILES_BYTES, RecordFile};
use huiliu_conformance::{Behaviour, Exemption, Exercise, FILE, MARKER, Source, conforms};
use huiliu_file_drop::FileDropFactory;
use serde_json::Value;

struct Folder {
    path: PathBuf,
    files: AtomicU64,
}

impl Folder {
    fn new(path: PathBuf) -> Self {
        Self { path, files: AtomicU64::new(0) }
    }

    fn write(&self, content: &str) {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        std::fs::write(self.path.join(format!("drop-{number:04}.csv")), content).unwrap();
    }

    /// What earlier checks left is taken away: each check has its own files.
    fn clear(&self) {
        for entry in std::fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[async_trait]
impl Source for Folder {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(FileDropFactory)
    }

    fn channel_file(&self) -> String {
        let path = self.path.display();
        format!(
            "[format]\nkind = \"csv\"\nid = \"record.编号\"\n[settings]\nfolder = \"{path}\"\nsettle_s = 0\n\
             reply_folder = \"{path}/replies\"\n[settings.attached]\nnames = \"record.照片\"\n"
        )
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn give(&self, numbers: &[u64]) {
        self.clear();
        let rows: String = numbers.iter().map(|number| format!("{number},{MARKER}\n")).collect();
        self.write(&format!("编号,内容\n{rows}"));
    }

    async fn give_more(&self, number: u64) {
        self.write(&format!("编号,内容\n{number},{MARKER}\n"));
    }

    async fn give_broken(&self, before: u64, after: u64) -> Exercise {
        self.clear();
        self.write(&format!("编号,内容\n{before},好的\n1,2,{MARKER},4\n{after},好的\n"));
        Exercise::Arranged
    }

    async fn give_file(&self, number: u64) -> Exercise {
        self.clear();
        std::fs::create_dir_all(self.path.join("files")).unwrap();
        std::fs::write(self.path.join("files/现场.png"), FILE).unwrap();
        self.write(&format!("编号,内容,照片\n{number},{MARKER},现场.png\n"));
        Exercise::Arranged
    }

    async fn behave(&self, how: Behaviour) -> Exercise {
        match how {
            Behaviour::Well => {
                let _ = std::fs::remove_file(&self.path);
                std::fs::create_dir_all(&self.path).unwrap();
            }
            Behaviour::Busy => {
                std::fs::remove_dir_all(&self.path).unwrap();
                std::fs::write(&self.path, "not a folder").unwrap();
            }
            Behaviour::Refusing => return Exercise::CannotHappen("a folder that cannot be used may be back later"),
            Behaviour::Hanging => {
                return Exercise::CannotHappen("the disk is local; a share's mount gives up by itself");
            }
            Behaviour::Oversized => return Exercise::CannotHappen("tables are read row by row, rows have a limit"),
            Behaviour::ConfirmsAllBut(_) => return Exercise::CannotHappen("a file leaves the folder as a whole"),
            Behaviour::ComplaintUnknown => return Exercise::CannotHappen("nobody reads a reply while it is written"),
        }
        Exercise::Arranged
    }

    fn replies(&self) -> Result<Vec<String>, &'static str> {
        let entries = std::fs::read_dir(self.path.join("replies")).into_iter().flatten().flatten();
        let read = |entry: std::fs::DirEntry| -> Value {
            serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap()
        };
        Ok(entries.map(|entry| read(entry)["reply"]["key"].as_str().unwrap().to_owned()).collect())
    }
}

fn folder() -> (tempfile::TempDir, Folder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drop");
    std::fs::create_dir(&path).unwrap();
    (folder, Folder::new(path))
}

#[tokio::test]
async fn a_folder_conforms() {
    let (_kept, source) = folder();
    let exempt = conforms(&source).await;
    let expected = [
        ("partial confirmation", "a file leaves the folder as a whole"),
        ("refusing", "a folder that cannot be used may be back later"),
        ("complaint unknown", "nobody reads a reply while it is written"),
        ("hanging", "the disk is local; a share's mount gives up by itself"),
        ("oversized", "tables are read row by row, rows have a limit"),
    ];
    assert_eq!(exempt, expected.map(|(asked, reason)| Exemption { asked, reason }));
}

#[tokio::test]
async fn files_that_cannot_be_had_are_left_out_and_their_row_stays() {
    let (kept, source) = folder();
    assert_eq!(source.give_file(1).await, Exercise::Arranged);
    source.clear();
    std::fs::write(kept.path().join("secret"), "x").unwrap();
    std::os::unix::fs::symlink(kept.path().join("secret"), source.path.join("files/link.png")).unwrap();
    let large = std::fs::File::create(source.path.join("files/large.jpg")).unwrap();
    large.set_len(u64::try_from(RecordFile::MAX_BYTES).unwrap() + 1).unwrap();
    source.write("编号,照片\n1,../../secret\n2,link.png\n3,missing.png\n4,large.jpg\n5,现场.png\n");
    let batch = source.open().pull(None, 10).await.unwrap();
    let counts: Vec<_> = batch.records.iter().map(|record| (record.files.len(), record.left_out.len())).collect();
    assert_eq!(counts, [(0, 1), (0, 1), (0, 1), (0, 1), (1, 0)]);
    assert_eq!(batch.records[3].left_out[0].reason, LeftOutReason::TooLarge);
}

#[tokio::test]
async fn a_batch_ends_where_its_files_are_many_bytes() {
    let (_kept, source) = folder();
    assert_eq!(source.give_file(1).await, Exercise::Arranged);
    source.clear();
    let large = std::fs::File::create(source.path.join("files/a.bin")).unwrap();
    large.set_len(u64::try_from(RecordFile::MAX_BYTES).unwrap()).unwrap();
    source.write(&format!("编号,照片\n{}", (0..12).map(|row| format!("{row},a.bin\n")).collect::<String>()));
    let adapter = source.open();
    let first = adapter.pull(None, 256).await.unwrap();
    let second = adapter.pull(first.position.as_ref(), 256).await.unwrap();
    assert_eq!((first.records.len(), second.records.len()), (MAX_BATCH_FILES_BYTES / RecordFile::MAX_BYTES, 4));
}

#[tokio::test]
async fn a_file_that_ended_the_gateway_again_and_again_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let source = Folder::new(path.clone());
    source.give(&[1]).await;
    // As it is left behind by a gateway that ended five times before the first row.
    std::fs::write(path.join(".openings"), "5 drop-0000.csv").unwrap();
    let adapter = huiliu_conformance::open(&FileDropFactory, &source.channel_file(), &[]).unwrap();
    let batch = adapter.pull(None, 10).await.unwrap();
    let told = format!("{:?}", batch.records);
    assert!(batch.records.len() == 1 && told.contains("ended 5 times"), "{told}");
    adapter.confirm(&batch.receipt, &[]).await.unwrap();
    assert!(path.join("failed/drop-0000.csv").exists() && !path.join(".openings").exists());
    source.give(&[2]).await;
    let batch = adapter.pull(None, 10).await.unwrap();
    assert!(batch.records.len() == 1 && !path.join(".openings").exists(), "the next file is read and not counted");
}
