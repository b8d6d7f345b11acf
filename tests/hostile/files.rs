//! Files in the drop folder.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use huiliu_city::eventually;
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::town::PATIENCE;
use crate::victim::{MAX_COST_MIB, Victim};

const HEADINGS: &str = "12345工单编号,12345受理时间,12345工单类型,12345内容描述,12345诉求地址\n";

/// Puts a file there whole, as a careful system does.
fn put(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let part = folder.join(format!(".{name}.part"));
    std::fs::write(&part, content).unwrap();
    std::fs::rename(part, folder.join(name)).unwrap();
    folder.join(name)
}

/// Waits until a file has left the folder; whether it could be read.
async fn gone(folder: &Path, name: &str) -> bool {
    let (done, failed) = (folder.join("done").join(name), folder.join("failed").join(name));
    let look = || async {
        if done.exists() {
            return Some(true);
        }
        failed.exists().then_some(false)
    };
    eventually(name, PATIENCE, look).await.unwrap()
}

fn row(number: &str, text: &str) -> String {
    format!("{number},2026/11/21 09:12,投诉举报类,{text},青鱼滩路\n")
}

#[tokio::test]
async fn csv_files_of_every_kind_leave_the_folder_and_lose_nothing() {
    let victim = Victim::start("csv").await;
    let folder = victim.town.sandbox.folder.join("var/ledger");
    let good = row("G1", "青鱼滩路路灯不亮");
    let wide = format!("{}\n{}\n", "h,".repeat(400_000), "1,".repeat(10));
    for (name, content, readable, says) in [
        ("empty.csv", Vec::new(), false, "the file is empty"),
        ("headings.csv", HEADINGS.as_bytes().to_vec(), true, ""),
        ("zeros.csv", vec![0; 100_000], false, ""),
        ("wide.csv", wide.into_bytes(), false, "columns"),
        ("line.csv", [HEADINGS.as_bytes(), &vec![b'x'; 40 << 20]].concat(), true, "longer than"),
        (
            "quote.csv",
            format!("{HEADINGS}Q1,2026/11/21 09:12,\"投诉,内容\n{good}{}", row("G2", "停水")).into_bytes(),
            true,
            "not closed",
        ),
        (
            "quotes.csv",
            [HEADINGS.as_bytes(), b"Q2,\"", &"路灯不亮\n".repeat(100_000).into_bytes()].concat(),
            true,
            "not closed",
        ),
        ("formula.csv", format!("{HEADINGS}{}", row("F1", "=cmd|' /C calc'!A0")).into_bytes(), true, ""),
        (
            "mixed.csv",
            [
                HEADINGS.as_bytes(),
                row("M1", "青鱼滩路路灯不亮了请修").repeat(20).as_bytes(),
                b"M2,x,\xC2\xB7\xB5\xC6,y,z\n",
            ]
            .concat(),
            true,
            "encoding",
        ),
    ] {
        let attack = async {
            put(&folder, name, &content);
            gone(&folder, name).await
        };
        let (read, cost) = victim.cost(attack).await;
        assert_eq!(read, readable, "{name}");
        assert!(cost <= MAX_COST_MIB, "{name}: {cost} MiB");
        let listed = victim.town.sandbox.get("/api/v1/quarantine?limit=500").await.unwrap().to_string();
        assert!(listed.contains(says), "{name}: {listed}");
    }
    let ledger = victim.town.ledger().await;
    // The formula is text, and one row of the mixed file stands for its repetitions.
    assert!(ledger["complaints"].as_u64() >= Some(2), "{ledger}");
    victim.is_well("C1").await;
    victim.finish().await;
}

/// A workbook with one part replaced, or left out.
fn workbook(victim: &Victim, part: &str, content: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let sample = victim.town.sandbox.folder.join("sample.xlsx");
    if !sample.exists() {
        let row = [
            "P1",
            "2026-11-21 09:20:31",
            "求决",
            "路灯不亮",
            "青鱼滩路路灯不亮",
            "王某某",
            "13800001111",
            "",
            "青鱼滩路",
        ];
        huiliu_city::write_petitions(&victim.town.sandbox.folder, "sample.xlsx", &[row.map(str::to_owned)]).unwrap();
    }
    let mut archive = zip::ZipArchive::new(std::fs::File::open(sample).unwrap()).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        let bytes = if name.ends_with(part) { content(&bytes) } else { Some(bytes) };
        if let Some(bytes) = bytes {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test]
async fn workbooks_of_every_kind_leave_the_folder_and_cost_little() {
    let victim = Victim::start("xlsx").await;
    let folder = victim.town.sandbox.folder.join("var/petition");
    let sheet = |find: &'static str, put: String| {
        workbook(&victim, "sheet1.xml", move |bytes| {
            Some(String::from_utf8_lossy(bytes).replacen(find, &put, 1).into_bytes())
        })
    };
    let strings = |body: String| {
        workbook(&victim, "sharedStrings.xml", move |_| {
            let open =
                "<?xml version=\"1.0\"?><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">";
            Some(format!("{open}{body}</sst>").into_bytes())
        })
    };
    let good = workbook(&victim, "none", |bytes| Some(bytes.to_vec()));
    let attacks: Vec<(&str, Vec<u8>, Option<bool>)> = vec![
        ("random.xlsx", (0..50_000_u32).flat_map(u32::to_le_bytes).collect(), Some(false)),
        ("cut.xlsx", good.get(..good.len() / 2).unwrap().to_vec(), Some(false)),
        ("long-string.xlsx", strings(format!("<si><t>{}</t></si>", "0".repeat(300 << 20))), Some(false)),
        ("many-strings.xlsx", strings("<si><t/></si>".repeat(12 << 20)), Some(false)),
        ("laughs.xlsx", strings("<!DOCTYPE a [<!ENTITY a \"ha\">]><si><t>&a;</t></si>".to_owned()), None),
        (
            "long-cell.xlsx",
            sheet(
                "<sheetData>",
                format!(
                    "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
                    "0".repeat(100 << 20)
                ),
            ),
            Some(false),
        ),
        ("huge-dimension.xlsx", sheet("<sheetData>", "<dimension ref=\"A1:XFD1048576\"/><sheetData>".to_owned()), None),
        ("deep.xlsx", sheet("<sheetData>", format!("{}<sheetData>", "<x>".repeat(200_000))), None),
        ("no-strings.xlsx", workbook(&victim, "sharedStrings.xml", |_| None), None),
        (
            "wide.xlsx",
            sheet(
                "<sheetData>",
                format!(
                    "<sheetData><row r=\"1\">{}</row>",
                    (0..16_384).map(|n| format!("<c r=\"{}1\"><v>1</v></c>", column(n))).collect::<String>()
                ),
            ),
            None,
        ),
    ];
    for (name, content, readable) in attacks {
        let attack = async {
            put(&folder, name, &content);
            gone(&folder, name).await
        };
        let (read, cost) = victim.cost(attack).await;
        assert!(readable.is_none_or(|readable| read == readable), "{name}: read: {read}");
        assert!(cost <= MAX_COST_MIB, "{name}: {cost} MiB");
    }
    put(&folder, "good.xlsx", &good);
    assert!(gone(&folder, "good.xlsx").await, "an honest workbook is read after all these");
    victim.is_well("X1").await;
    victim.finish().await;
}

fn column(index: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match index {
        0..26 => letter(index).to_string(),
        26..702 => [letter(index / 26 - 1), letter(index)].iter().collect(),
        _ => [letter((index - 702) / 676), letter((index - 26) / 26 % 26), letter(index)].iter().collect(),
    }
}

#[tokio::test]
async fn odd_names_and_things_that_are_no_files_do_not_hold_up_the_others() {
    use std::os::unix::ffi::OsStrExt as _;
    let victim = Victim::start("names").await;
    let folder = victim.town.sandbox.folder.join("var/ledger");
    let file = |number: &str| format!("{HEADINGS}{}", row(number, &format!("青鱼滩路{number}号路灯不亮"))).into_bytes();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("passwd.csv")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.csv")).unwrap();
    std::fs::create_dir(folder.join("folder.csv")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(folder.join("fifo.csv")).status().unwrap();
    assert!(fifo.success());
    let long = format!("{}.csv", "n".repeat(250));
    std::fs::create_dir_all(folder.join("done")).unwrap();
    std::fs::write(folder.join("done").join(&long), "earlier").unwrap();
    std::fs::write(folder.join(&long), file("L1")).unwrap();
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(&[b"\xff".repeat(200).as_slice(), b".tmp"].concat())), "x")
        .unwrap();
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(b"\xcd\xb6\xcb\xdf.csv")), file("N1")).unwrap();
    let future = std::fs::File::create(folder.join("future.csv")).unwrap();
    (&future).write_all(&file("Z1")).unwrap();
    let now = future.metadata().unwrap().modified().unwrap();
    future.set_modified(now + std::time::Duration::from_secs(86_400)).unwrap();
    std::fs::write(folder.join("a..%2f..%2fescape\n\u{1b}[31m.csv"), file("E1")).unwrap();
    let arrived = |ledger: &serde_json::Value| ledger["received"] == json!(4);
    victim.town.until("four files are read", "/api/v1/ledger", arrived).await;
    assert!(folder.join("passwd.csv").symlink_metadata().unwrap().is_symlink(), "links are not touched");
    victim.is_well("N2").await;
    victim.finish().await;
}
