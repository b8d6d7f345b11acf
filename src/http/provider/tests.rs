use huiliu_adapter_http::HttpClient;

use super::*;
use crate::sign_in::provider::ProviderSettings;

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

fn from(number: u8) -> Option<IpAddr> {
    Some([10, 0, 0, number].into())
}

fn door() -> ProviderDoor {
    let settings = ProviderSettings {
        issuer: "https://sso.example".to_owned(),
        client_id: "huiliu".to_owned(),
        client_secret: "s3cret-of-the-gateway".to_owned(),
        redirect_url: "https://huiliu.example/console/sign-in/back".to_owned(),
        scopes: Vec::new(),
        claim: "sub".to_owned(),
        second_factors: Vec::new(),
    };
    ProviderDoor::new(Provider::new(settings, HttpClient::new()), "认证".to_owned(), true)
}

impl ProviderDoor {
    fn let_out(&self, attempt: &str, address: Option<IpAddr>, now: Timestamp) -> bool {
        let stage = Stage::Proven { name: "li".to_owned() };
        let has_room = self.has_room(address, now);
        if has_room {
            self.pending().insert(token_hash(attempt), Pending { at: now, address, stage });
        }
        has_room
    }
}

#[test]
fn whoever_is_away_comes_back_once_and_in_time() {
    let door = door();
    assert!(door.let_out("ha_1", from(1), at(0)) && door.let_out("ha_2", from(1), at(0)));
    assert!(door.take("ha_1", at(9)).is_some() && door.take("ha_1", at(9)).is_none());
    assert!(door.take("ha_2", at(10)).is_none(), "too late");
    assert!(!format!("{door:?}").contains("s3cret"));
}

#[test]
fn no_address_and_not_all_of_them_are_away_in_any_number() {
    let door = door();
    let of_one = (0..200).filter(|number| door.let_out(&format!("a{number}"), from(1), at(0))).count();
    assert_eq!(of_one, MAX_PENDING_OF_ADDRESS);
    assert!(door.let_out("b", from(2), at(0)), "others come in");
    assert!(door.let_out("early", from(3), at(0)));
    for number in 10..60 {
        assert!((0..100).all(|n| door.let_out(&format!("c{number}-{n}"), from(number), at(1))), "{number}");
        assert!(door.pending().len() <= MAX_PENDING);
    }
    assert_eq!(door.pending().len(), MAX_PENDING);
    assert!(door.take("early", at(2)).is_some(), "whoever is on the way from an address with few comes back");
    assert!(door.let_out("d", from(1), at(11)) && door.pending().len() == 1, "those who stayed away are forgotten");
}
