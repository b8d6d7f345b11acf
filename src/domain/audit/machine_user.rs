//! Who runs this process, a gateway or a command that opens the database itself: the user of the machine, by what the kernel says, not the environment.

use std::os::unix::fs::MetadataExt as _;

use super::Actor;

/// Role of users of the machine in the audit log.
const ROLE: &str = "machine";
/// What the kernel gives for a login that there was none of.
const NO_LOGIN: u32 = u32::MAX;

/// Who runs this process: the user's name, or `uid:1000` where it has none; with who has logged in, where that is another (sudo).
#[must_use]
pub fn machine_user() -> Actor {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let own = std::fs::metadata("/proc/self").map(|process| process.uid()).ok();
    let login = std::fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
    Actor::new(named(&users, own, login), ROLE)
}

fn named(users: &str, own: Option<u32>, login: Option<u32>) -> String {
    let Some(own) = own else { return String::new() };
    match login {
        Some(login) if login != own && login != NO_LOGIN => {
            format!("{} (login {})", name_of(users, own), name_of(users, login))
        }
        _ => name_of(users, own),
    }
}

fn name_of(users: &str, uid: u32) -> String {
    let number = uid.to_string();
    let found = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1) == Some(number.as_str())).then(|| name.to_owned())
    });
    found.unwrap_or_else(|| format!("uid:{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_and_so_is_who_has_logged_in() {
        let users = "root:x:0:0:root:/root:/bin/sh\nhuiliu:x:998:998::/var/lib/huiliu:/bin/false\nwang:x:1001:1001::/:/bin/sh\n";
        assert_eq!(named(users, Some(998), Some(NO_LOGIN)), "huiliu");
        assert_eq!(named(users, Some(998), None), "huiliu");
        assert_eq!(named(users, Some(0), Some(1001)), "root (login wang)");
        assert_eq!(named(users, Some(1001), Some(1001)), "wang");
        assert_eq!(named(users, Some(7), None), "uid:7");
        assert_eq!(named(users, None, None), "");
        assert!(!machine_user().name.is_empty());
    }
}
