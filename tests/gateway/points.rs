//! A town whose citizens file by a page at points, and whose staff do it for others.

use huiliu_city::Platform;

use crate::town::Town;

const CHANNEL: &str = r#"
name = "群众有话说"
adapter = "form"
[secrets]
claims = { env = "HULIU_TEST_CLAIMS" }
[format]
kind = "json"
[settings]
title = "群众有话说"
consent = "所填内容只用于办理本事项。"
category = "required"
phone = "optional"
points = "points"
statuses = "status"
only = ["lighting", "road"]
[settings.nearby]
metres = 200
only = ["lighting"]
[settings.limits]
address_per_hour = 400
point_per_hour = 300
[settings.claims]
key = "claims"
algorithm = "HS256"
[follow_up]
when = "record.rating"
about = "record.receipt_number | text"
satisfaction = "record.rating | text"
text = "record.words | text"
trusted = true
[mapping]
number = "record.id | text"
title = "record.title | text"
text = "record.text | text"
reporter_name = "record.name | text"
reporter_phone = "record.phone | phone"
reporter_account = "record.account"
secret = "record.secret | flag"
publish = "record.publish | flag"
category = "record.category | text"
district = "record.point.district | text"
address = "record.address or record.point.address | text"
point = "record.location or record.point.at | wgs84('wgs84')"
[reply]
on = ["accepted", "in_progress", "resolved", "closed", "rejected"]
"#;

const DESK: &str = r#"
name = "民意室"
adapter = "form"
[secrets]
desk = { env = "HULIU_TEST_DESK" }
[format]
kind = "json"
[settings]
title = "民意室代录"
consent = "已向本人说明用途并取得同意。"
[settings.staff]
key = "desk"
[mapping]
number = "record.id | text"
text = "record.text | text"
reporter_name = "record.name | text"
reporter_phone = "record.phone | phone"
[extra]
entered_by = "record.staff"
[reply]
on = ["resolved"]
"#;

const POINTS: &str = "code,name,address,district,lat,lng\n\
    RC-0001,青鱼滩便民点,青鱼滩路1号,371082001,37.1601,122.4201\n\
    RC-0002,斥山便民点,斥山路9号,371082002,36.9001,122.3001\n";
const STATUSES: &str = "code,value\naccepted,已签收\nin_progress,已见面，办理中\nresolved,办好了\n";
pub const CLAIMS: &str = "a-secret-of-more-than-thirty-two-bytes";
pub const DESK_KEY: &str = "open-sesame";

/// A town with the channels `web` and `room`, that runs, and a platform on its feed of all tickets.
pub async fn town(name: &str) -> (Town, Platform) {
    town_with(name, &[]).await
}

/// The same with this at the end of these files, which there may not be yet.
pub async fn town_with(name: &str, added: &[(&str, &str)]) -> (Town, Platform) {
    let mut town = Town::prepare(name).await;
    let usual = [
        ("channels/web.toml", CHANNEL),
        ("channels/room.toml", DESK),
        ("tables/points.csv", POINTS),
        ("tables/status.csv", STATUSES),
    ];
    for (file, text) in added {
        let path = town.sandbox.pack.join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, before + text).unwrap();
    }
    for (file, text) in usual {
        std::fs::write(town.sandbox.pack.join(file), text).unwrap();
    }
    town.sandbox.set("HULIU_TEST_CLAIMS", CLAIMS);
    town.sandbox.set("HULIU_TEST_DESK", DESK_KEY);
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    (town, platform)
}
