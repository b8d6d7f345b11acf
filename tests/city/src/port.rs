//! Ports for programs that must know theirs before they start.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

/// Below the range that systems hand out by themselves (Linux: 32768 and above), so that no client's connection and no
/// listener on port 0 takes a port between its choice and its use.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// A port of 127.0.0.1 that no other process with such a port has, and on which nobody listened when it was chosen.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// Locked as long as the port is meant to be used, over restarts of the program too.
    _lock: File,
}

impl Port {
    /// Chooses a port; different processes begin at different ones.
    ///
    /// # Errors
    /// The folder of the locks cannot be made, or no port can be locked.
    pub fn choose() -> std::io::Result<Self> {
        let folder = std::env::temp_dir().join("huiliu-test-ports");
        std::fs::create_dir_all(&folder)?;
        // Other users of the machine have ports, too; who made the folder lets them.
        let _not_ours = std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o1777));
        let count = PORTS.end - PORTS.start;
        let first = u16::try_from(std::process::id() % u32::from(count)).unwrap_or_default();
        for step in 0..count {
            let number = PORTS.start + (first + step) % count;
            let lock = File::options().create(true).truncate(false).write(true).open(folder.join(number.to_string()));
            // The lock of another user.
            let Ok(lock) = lock else { continue };
            if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Ok(Self { number, _lock: lock });
            }
        }
        Err(std::io::Error::other(format!("no port between {} and {} is free", PORTS.start, PORTS.end)))
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }
}
