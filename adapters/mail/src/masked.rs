//! What a server says, without addresses of people.

use crate::MAX_WORDS_CHARS;

/// An address as it may be shown: the first character, and the domain.
pub(crate) fn address(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", local.chars().next().map(String::from).unwrap_or_default()),
        None => "***".to_owned(),
    }
}

/// A server's words with every address in them masked, on one line, and at most [`MAX_WORDS_CHARS`] of them.
pub(crate) fn words(said: &str) -> String {
    let line: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (mut shown, mut token) = (String::new(), String::new());
    for c in line.chars().chain([' ']) {
        if c.is_whitespace() || "<>()[],;:\"'（）《》，；：".contains(c) {
            shown.push_str(&if token.contains('@') { address(&token) } else { std::mem::take(&mut token) });
            token.clear();
            shown.push(c);
        } else {
            token.push(c);
        }
    }
    shown.trim().chars().take(MAX_WORDS_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_servers_words_are_masked() {
        for (said, shown) in [
            ("5.1.1 <zhang.san@city.gov.cn>: user unknown", "5.1.1 <z***@city.gov.cn>: user unknown"),
            ("mailbox zhang@x.cn, 张三@x.cn full", "mailbox z***@x.cn, 张***@x.cn full"),
            ("RCPT TO:<a@b>\r\nno", "RCPT TO:<a***@b>  no"),
            ("a@b@c", "a***@c"),
            ("@", "***@"),
            ("queued as 4F1", "queued as 4F1"),
        ] {
            assert_eq!(words(said), shown);
        }
        assert_eq!(words(&"长".repeat(1_000)).chars().count(), MAX_WORDS_CHARS);
    }
}
