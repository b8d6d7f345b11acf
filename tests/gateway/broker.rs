//! The broker goes away, comes back, asks for certificates.

use huiliu_city::Wire;

use crate::town::{Town, amqp};

/// Host and port of an AMQP URL.
fn authority(url: &str) -> String {
    let authority = url.rsplit('@').next().unwrap_or_default().split('/').next().unwrap_or_default();
    if authority.contains(':') { authority.to_owned() } else { format!("{authority}:5672") }
}

#[tokio::test]
async fn the_outbox_keeps_everything_in_order_while_the_broker_is_away() {
    let mut town = Town::prepare("away").await;
    let wire = Wire::start(authority(&amqp())).await.unwrap();
    town.sandbox.set("HULIU_AMQP_URL", &amqp().replace(&authority(&amqp()), &wire.address.to_string()));
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    for index in 0..30 {
        match index {
            10 => wire.cut(),
            20 => {
                // While it is away, complaints are taken and answered all the same.
                town.until("away", "/readyz", |ready| ready["broker"]["connected"] == false).await;
                wire.mend();
            }
            _ => {}
        }
        town.accept(&format!("W{index}"), "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，请安排维修。")
            .await;
    }
    for index in 0..30 {
        town.ticket(&platform, &format!("W{index}")).await;
    }
    assert_eq!(platform.out_of_order(), 0);
    let ticket = town.ticket(&platform, "W0").await;
    let mut versions: Vec<u64> = platform
        .events()
        .iter()
        .filter(|event| event["data"]["ticket_id"] == ticket.as_str())
        .map(|event| event["data"]["version"].as_u64().unwrap())
        .collect();
    versions.dedup();
    let whole: Vec<u64> = (1..=versions.last().copied().unwrap()).collect();
    assert_eq!(versions, whole, "every version, in order; repeats only beside each other");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn amqps_with_a_client_certificate() {
    let (Ok(url), Ok(tls)) = (std::env::var("HULIU_AMQPS_URL"), std::env::var("HULIU_TLS_DIR")) else {
        eprintln!("not run: HULIU_AMQPS_URL and HULIU_TLS_DIR are set only where tests/run started the broker itself");
        return;
    };
    let mut town = Town::prepare("tls").await;
    town.sandbox.set("HULIU_AMQP_URL", &url);
    let settings = format!(
        "tls = {{ ca_file = \"{tls}/ca.pem\", certificate_file = \"{tls}/client.pem\", key_file = \"{tls}/client.key\" }}\n"
    );
    town.sandbox.configure(&settings).unwrap();
    town.sandbox.start().await.unwrap();
    let platform = town.platform().await;
    town.accept("T1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮。").await;
    town.ticket(&platform, "T1").await;
    town.sandbox.finish().await.unwrap();
}
