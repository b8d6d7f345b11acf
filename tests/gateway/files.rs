//! Files that citizens sent reach the platforms that may have them, by addresses that expire; nobody else, and nobody once they
//! are erased.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Platform, eventually};
use serde_json::{Value, json};

use crate::town::{PATIENCE, Town, amqp};

/// The smallest PNG there is: one transparent point.
const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 0x0D, b'I', b'D', b'A', b'T', 0x78, 0x9C, 0x63, 0, 1, 0, 0, 5, 0, 1,
    0x0D, 0x0A, 0x2D, 0xB4, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82,
];

/// A town whose ledger names photos, and whose feed `command` may fetch files.
async fn town_with_photos(name: &str) -> Town {
    let mut town = Town::prepare(name).await;
    let change = |file: &str, from: &str, to: &str| {
        let path = town.sandbox.pack.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has {from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    };
    change("city.toml", "contact = \"full\"", "contact = \"full\"\nfiles = true");
    change("channels/ledger.toml", "settle_s = 1\n", "settle_s = 1\n[settings.attached]\nnames = \"record.照片\"\n");
    let settings = town.sandbox.folder.join("huiliu.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(settings, format!("{text}\n[files]\npublic_url = \"{}\"\n", town.sandbox.url)).unwrap();
    let photos = town.sandbox.folder.join("var/ledger/files");
    std::fs::create_dir_all(&photos).unwrap();
    std::fs::write(photos.join("照片一.png"), PICTURE).unwrap();
    std::fs::write(photos.join("坏的.png"), b"").unwrap();
    town.sandbox.start().await.unwrap();
    town
}

fn drop_rows(town: &Town) {
    let rows = "工单编号,受理时间,工单类型,标题,内容,诉求地址,照片\n\
        L1,2026/11/21 09:12,投诉,路灯不亮,青鱼滩路路灯不亮,青鱼滩路,照片一.png\n\
        L2,2026/11/21 09:13,投诉,井盖破损,海湾路井盖破损,海湾路,坏的.png\n";
    std::fs::write(town.sandbox.folder.join("var/ledger/台账.csv"), rows).unwrap();
}

/// Addresses in the document of a complaint, as a feed was told.
async fn attachments(platform: &Platform, number: &str) -> Vec<String> {
    let told = || async {
        let complaints = platform
            .events()
            .into_iter()
            .flat_map(|event| event["data"]["complaints"].as_array().cloned().unwrap_or_default());
        let found: Vec<Value> = complaints.filter(|complaint| complaint["source_number"] == number).collect();
        found.last().map(|complaint| complaint["attachments"].clone())
    };
    let found = eventually(number, PATIENCE, told).await.unwrap();
    found.as_array().into_iter().flatten().map(|address| address.as_str().unwrap().to_owned()).collect()
}

async fn fetch(address: &str) -> (u16, String, Bytes) {
    let request = Request::builder().uri(address).body(Bytes::new()).unwrap();
    let answer = HttpClient::new().send(request, Duration::from_secs(20)).await.unwrap();
    let media_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    (answer.status.as_u16(), media_type.to_owned(), answer.body)
}

#[tokio::test]
async fn a_platform_fetches_a_photo_by_its_address_until_it_is_erased() {
    let town = town_with_photos("photos").await;
    let command = town.platform().await;
    let urban =
        Platform::start(&amqp(), &town.sandbox.feed_queue("urban"), town.sandbox.status_exchange()).await.unwrap();
    drop_rows(&town);
    let addresses = attachments(&command, "L1").await;
    let [address] = addresses.as_slice() else { panic!("{addresses:?}") };
    assert_eq!(fetch(address).await, (200, "image/png".to_owned(), Bytes::from_static(PICTURE)));
    assert_eq!(attachments(&command, "L2").await, Vec::<String>::new(), "an empty file is left out, its record stays");
    let for_urban = attachments(&urban, "L1").await;
    assert_eq!(for_urban, Vec::<String>::new(), "a feed without permission is told no address");
    for forged in [address.replace("feed=command", "feed=urban"), address.replace("/0?", "/1?"), format!("{address}x")]
    {
        assert_eq!(fetch(&forged).await.0, 403, "{forged}");
    }
    assert_eq!(fetch(address.split('?').next().unwrap()).await.0, 400, "without a signature");

    let receipt = command.events().iter().find_map(|event| {
        let complaint = event["data"]["complaints"].as_array()?.iter().find(|found| found["source_number"] == "L1")?;
        complaint["receipt_number"].as_str().map(str::to_owned)
    });
    let erased = town.sandbox.post("/api/v1/erase", &json!({ "receipt_number": receipt.unwrap() })).await.unwrap();
    assert_eq!(erased.status.as_u16(), 200);
    assert_eq!(fetch(address).await.0, 404, "what is erased is gone");
    let files = std::fs::read(town.sandbox.folder.join("gateway.log")).unwrap();
    assert!(!String::from_utf8_lossy(&files).contains("照片一"), "names of files stay out of the log");
    town.sandbox.finish().await.unwrap();
}
