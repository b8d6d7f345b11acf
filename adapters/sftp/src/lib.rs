//! Files of an SFTP server: listed, read, moved, and written so that nobody sees half of one.
//!
//! - The server is known by its key, which the settings name. A key that they do not name is refused, and shown.
//! - One connection, one operation at a time; a connection that has died meanwhile is made again before an operation begins, never in
//!   the middle of one. This crate neither loops nor tries again.
//! - A dropped future closes the connection that it was using; nothing under the final name is harmed by that.
//! - Whatever a server sends is bounded: waits, packets, entries of a folder, bytes of a file.
//!
//! It knows nothing of what is in the files.

mod client;
mod entry;
mod failure;
mod host_key;
mod link;
mod login;
mod operation;
mod settings;
mod whole;

pub use client::SftpClient;
pub use entry::{Entry, EntryKind};
pub use settings::SftpSettings;
pub use whole::{Existing, Written};

use std::time::Duration;

/// Largest file that is read or written, in bytes.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// Most entries of one folder.
pub const MAX_ENTRIES: usize = 10_000;

/// Longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 4_096;

/// Most folders that are made for one path.
pub const MAX_DEPTH: usize = 32;

/// Largest packet that is accepted from a server, in bytes.
pub const MAX_PACKET_BYTES: u32 = 256 << 10;

/// Longest wait for one answer of the server that settings can ask for, in seconds.
pub const MAX_TIMEOUT_S: u64 = 120;

/// Longest time for one operation, however large its file is.
pub const MAX_OPERATION: Duration = huiliu_adapter_api::MAX_SILENCE;
