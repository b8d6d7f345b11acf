//! A folder with CSV files meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use huiliu_adapter_api::Factory;
use huiliu_conformance::{BreakDown, MARKER, Source, conforms};
use huiliu_file_drop::FileDropFactory;

struct Folder {
    path: PathBuf,
    files: AtomicU64,
}

impl Folder {
    fn write(&self, content: &str) {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        // What earlier checks left is taken away: each check has its own files.
        for entry in std::fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
        std::fs::write(self.path.join(format!("drop-{number:04}.csv")), content).unwrap();
    }
}

#[async_trait]
impl Source for Folder {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(FileDropFactory)
    }

    fn channel_file(&self) -> String {
        format!(
            "[format]\nkind = \"csv\"\nid = \"record.编号\"\n[settings]\nfolder = \"{}\"\nsettle_s = 0\n",
            self.path.display()
        )
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    async fn give(&self, numbers: &[u64]) {
        let rows: String = numbers.iter().map(|number| format!("{number},{MARKER}\n")).collect();
        self.write(&format!("编号,内容\n{rows}"));
    }

    async fn give_broken(&self, beside: u64) -> bool {
        self.write(&format!("编号,内容\n1,2,{MARKER},4\n{beside},好的\n"));
        true
    }

    async fn break_down(&self, how: BreakDown) -> bool {
        match how {
            BreakDown::Busy => {
                std::fs::remove_dir_all(&self.path).unwrap();
                true
            }
            BreakDown::Refusing => false,
        }
    }
}

#[tokio::test]
async fn a_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drop");
    std::fs::create_dir(&path).unwrap();
    conforms(&Folder { path, files: AtomicU64::new(0) }).await;
}

#[tokio::test]
async fn a_file_that_ended_the_gateway_again_and_again_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let source = Folder { path: path.clone(), files: AtomicU64::new(0) };
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
