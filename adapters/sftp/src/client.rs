//! The client: what can be done with files, one operation at a time.

use std::future::Future;
use std::sync::Arc;

use huiliu_adapter_api::AdapterError;
use tokio::sync::{Mutex, MutexGuard};

use crate::failure::Fault;
use crate::link::{Link, Server};
use crate::{Entry, Existing, MAX_OPERATION, Written};

/// A client of one server. Cheap to clone: clones share the connection, and wait for each other.
#[derive(Clone)]
pub struct SftpClient {
    server: Arc<Server>,
    kept: Arc<Mutex<Option<Link>>>,
}

/// The right to use the connection. The connection is kept only when the turn ends well: a future that is dropped takes it along.
struct Turn<'c> {
    link: Link,
    kept: MutexGuard<'c, Option<Link>>,
    server: &'c Server,
}

impl Turn<'_> {
    fn end<T>(mut self, outcome: Result<T, Fault>) -> Result<T, AdapterError> {
        if !matches!(outcome, Err(Fault::Broken(_))) {
            *self.kept = Some(self.link);
        }
        outcome.map_err(|fault| fault.explain(&self.server.label()))
    }
}

impl SftpClient {
    pub(crate) fn new(server: Server) -> Self {
        Self { server: Arc::new(server), kept: Arc::new(Mutex::new(None)) }
    }

    /// What stands in a folder, by name; neither `.` nor `..`.
    ///
    /// # Errors
    /// Gone: there is no such folder. Misconfigured: more than [`MAX_ENTRIES`](crate::MAX_ENTRIES). Else as every operation: transient
    /// where the connection fails, misconfigured where key, login or permissions do not fit.
    pub async fn list(&self, folder: &str) -> Result<Vec<Entry>, AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let listed = turn.link.list(folder).await;
            turn.end(listed)
        })
        .await
    }

    /// What stands at a path, or `None`.
    ///
    /// # Errors
    /// As every operation.
    pub async fn look_at(&self, path: &str) -> Result<Option<Entry>, AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let found = turn.link.look_at(path).await;
            turn.end(found)
        })
        .await
    }

    /// The content of a file of at most `max_bytes`, which is at most [`MAX_FILE_BYTES`](crate::MAX_FILE_BYTES).
    ///
    /// # Errors
    /// Gone: there is no such file. Refused: it is larger. Else as every operation.
    pub async fn read(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let read = turn.link.read(path, max_bytes).await;
            turn.end(read)
        })
        .await
    }

    /// Writes a file so that under its name there is either what was there before or all of `content`: under another name first, to the
    /// server's disk where it offers that, then renamed. What an earlier attempt left behind is written over.
    ///
    /// # Errors
    /// Refused: there is something of that name and it is to be kept, or `content` is larger than
    /// [`MAX_FILE_BYTES`](crate::MAX_FILE_BYTES). Gone: the folder is missing. Else as every operation.
    pub async fn write(&self, path: &str, content: &[u8], existing: Existing) -> Result<Written, AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let written = turn.link.write(path, content, existing).await;
            turn.end(written)
        })
        .await
    }

    /// Gives a file another name, also in another folder. The same result as that of [`write`](Self::write); `synced` is false.
    ///
    /// # Errors
    /// Gone: there is no such file. Refused: there is something of the new name and it is to be kept. Else as every operation.
    pub async fn rename(&self, from: &str, to: &str, existing: Existing) -> Result<Written, AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let moved = turn.link.rename(from, to, existing).await;
            turn.end(moved)
        })
        .await
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// Gone: there is no such file. Else as every operation.
    pub async fn delete(&self, path: &str) -> Result<(), AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let deleted = turn.link.delete(path).await;
            turn.end(deleted)
        })
        .await
    }

    /// Makes a folder and those above it, where they are missing.
    ///
    /// # Errors
    /// Refused: more than [`MAX_DEPTH`](crate::MAX_DEPTH) of them. Else as every operation.
    pub async fn make_folders(&self, path: &str) -> Result<(), AdapterError> {
        self.bounded(async {
            let turn = self.turn().await?;
            let made = turn.link.make_folders(path).await;
            turn.end(made)
        })
        .await
    }

    async fn turn(&self) -> Result<Turn<'_>, AdapterError> {
        let mut kept = self.kept.lock().await;
        let link = match kept.take() {
            Some(link) if link.is_alive().await => link,
            // On the heap: it is rare, and larger than all the rest.
            _ => Box::pin(Link::open(&self.server)).await?,
        };
        Ok(Turn { link, kept, server: &self.server })
    }

    async fn bounded<T>(&self, operation: impl Future<Output = Result<T, AdapterError>>) -> Result<T, AdapterError> {
        let (label, limit_s) = (self.server.label(), MAX_OPERATION.as_secs());
        tokio::time::timeout(MAX_OPERATION, operation).await.unwrap_or_else(|_elapsed| {
            Err(AdapterError::transient(format!(
                "{label} 在 {limit_s} 秒内没有完成操作 ({label} was not done within {limit_s} s)"
            )))
        })
    }
}

impl std::fmt::Debug for SftpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SftpClient").field("server", &self.server).finish_non_exhaustive()
    }
}
