//! What is for a destination is brought together at set times: a file in a folder, at an SFTP server, or with a mail.

mod settings;

use huiliu_sftp::{Existing, SftpClient};
use jiff::Timestamp;

use super::folder::Folder;
use super::mail::MailWay;
use super::outcome::{Failure, Outcome};
use super::table::{Table, TableFile};
use super::times::Times;

/// What is brought together, when, and where it goes.
#[derive(Debug)]
pub struct Collected {
    /// When.
    pub times: Times,
    /// What files look like.
    pub table: Table,
    place: Place,
}

/// Where files go.
#[derive(Debug)]
enum Place {
    /// Into a folder of this machine.
    Folder(Folder),
    /// To an SFTP server, into this folder.
    Sftp(SftpClient, String),
    /// With a mail each.
    Mail(Box<MailWay>),
}

/// A report that is to be put somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// It.
    pub content: Vec<u8>,
}

/// Most bytes of events that become one file, as they are stored.
const MAX_EVENT_BYTES: usize = 32 << 20;
/// Most bytes of events that become a file of a mail: servers commonly take 25 MB with all encoding.
const MAX_MAILED_EVENT_BYTES: usize = 8 << 20;

impl Collected {
    /// Most bytes of events that become one file.
    #[must_use]
    pub fn max_event_bytes(&self) -> usize {
        if matches!(self.place, Place::Mail(_)) { MAX_MAILED_EVENT_BYTES } else { MAX_EVENT_BYTES }
    }

    /// Puts a file where it belongs, in the place of one of the same name, then its manifest. `id` is the same for every attempt.
    pub async fn put(&self, id: &str, file: TableFile, now: Timestamp) -> Outcome {
        match self.try_put(id, file, now).await {
            Ok(answer) => Outcome::taken(answer),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// Puts a report where files go, in the place of one of the same name. `id` is the same for every attempt.
    pub async fn put_report(&self, id: &str, file: ReportFile, now: Timestamp) -> Outcome {
        let put = match &self.place {
            Place::Folder(folder) => folder.put(&file.name, file.content).await.map(|path| path.display().to_string()),
            Place::Sftp(client, folder) => {
                let path = format!("{folder}/{}", file.name);
                let written = client.write(&path, &file.content, Existing::Replace).await;
                written.map(|_done| path).map_err(Failure::of_server)
            }
            Place::Mail(mail) => mail.send_report(id, file, now).await,
        };
        put.map_or_else(Outcome::Failed, Outcome::taken)
    }

    async fn try_put(&self, id: &str, file: TableFile, now: Timestamp) -> Result<String, Failure> {
        let (rows, bytes) = (file.table.rows, file.table.content.len());
        let said = |place: &str| format!("{place}: {rows} rows, {bytes} bytes");
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.put(&file.name, file.table.content).await?;
                if let Some((name, content)) = file.manifest {
                    folder.put(&name, content).await?;
                }
                Ok(said(&path.display().to_string()))
            }
            Place::Sftp(client, folder) => {
                let path = format!("{folder}/{}", file.name);
                client.write(&path, &file.table.content, Existing::Replace).await.map_err(Failure::of_server)?;
                if let Some((name, content)) = &file.manifest {
                    let beside = format!("{folder}/{name}");
                    client.write(&beside, content, Existing::Replace).await.map_err(Failure::of_server)?;
                }
                Ok(said(&path))
            }
            Place::Mail(mail) => mail.send_file(id, file, now).await.map(|words| said(&words)),
        }
    }
}
