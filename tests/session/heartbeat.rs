//! An adapter of a source with a standing link: heartbeats, deliveries and acknowledgements, replies and questions, all in lines
//! over one TCP connection.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_adapter_api::{
    Adapter, AdapterError, AskedNumber, Batch, Delivery, Factory, Link, Opening, Outcome, Position, Problems,
    RawRecord, Receipt, Receipts, RecordBody, RecordFormat, Records, Reply, Sent, Session, WayBack,
};
use huiliu_payload::{Format, FormatKind};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::time::{interval, timeout};

/// Records and lines that wait, each.
const MAX_WAITING: usize = 256;
/// How often the source hears from us.
const PING: Duration = Duration::from_secs(1);
/// Longest silence of the source, and longest wait for an answer.
const SILENCE: Duration = Duration::from_secs(5);
/// Longest line.
const MAX_LINE_BYTES: u64 = 1 << 20;

pub struct HeartbeatFactory;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkSettings {
    address: String,
}

impl Factory for HeartbeatFactory {
    fn name(&self) -> &'static str {
        "heartbeat"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        opening.compile(
            |read: LinkSettings, _, _| Some(read.address),
            |opening, address| {
                let (records, waiting) = mpsc::channel(MAX_WAITING);
                let (lines, to_send) = mpsc::channel(MAX_WAITING);
                let link = HeartbeatLink {
                    address,
                    channel: opening.channel.to_owned(),
                    format: opening.format,
                    receipts: opening.receipts,
                    records,
                    to_send: AsyncMutex::new(to_send),
                    lines,
                    answers: Mutex::default(),
                };
                Arc::new(Heartbeat { link: Arc::new(link), waiting: AsyncMutex::new(waiting) })
            },
        )
    }
}

struct Heartbeat {
    link: Arc<HeartbeatLink>,
    waiting: AsyncMutex<mpsc::Receiver<RawRecord>>,
}

struct HeartbeatLink {
    address: String,
    channel: String,
    format: RecordFormat,
    receipts: Arc<dyn Receipts>,
    records: mpsc::Sender<RawRecord>,
    lines: mpsc::Sender<String>,
    to_send: AsyncMutex<mpsc::Receiver<String>>,
    answers: Mutex<HashMap<String, oneshot::Sender<String>>>,
}

fn broken(what: &str, error: &std::io::Error) -> AdapterError {
    AdapterError::transient(format!("{what}: {error}"))
}

#[async_trait]
impl Adapter for Heartbeat {
    fn delivery(&self) -> Delivery {
        Delivery::Pushed
    }

    async fn pull(&self, _position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let mut waiting = self.waiting.lock().await;
        let first = waiting.recv().await.ok_or_else(|| AdapterError::gone("the link is closed"))?;
        let mut records = vec![first];
        while records.len() < limit
            && let Ok(record) = waiting.try_recv()
        {
            records.push(record);
        }
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        Ok(Batch { receipt: Receipt(json!(ids)), records, more: true, ..Batch::default() })
    }

    async fn confirm(&self, receipt: &Receipt, _outcomes: &[Outcome]) -> Result<(), AdapterError> {
        self.link.say("ACK", receipt);
        Ok(())
    }

    fn abandon(&self, receipt: &Receipt) {
        self.link.say("NACK", receipt);
    }

    fn way_back(&self) -> WayBack {
        WayBack::OwnRecords
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        let (answer, answered) = oneshot::channel();
        self.link.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(reply.key.clone(), answer);
        let line = format!("REPLY {} {}", reply.key, reply.source_number);
        self.link.lines.try_send(line).map_err(|_full| AdapterError::transient("the link is busy"))?;
        match timeout(SILENCE, answered).await.map(Result::unwrap_or_default).as_deref() {
            Ok("TAKEN") => Ok(Sent::Taken),
            Ok("REFUSED") => Err(AdapterError::refused("the source refuses the reply")),
            Ok("UNKNOWN") => Err(AdapterError::gone("the source does not know the number")),
            _ => Err(AdapterError::transient("the source does not take the reply now")),
        }
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.link.format.read_file(path, Ok)
    }

    fn session(&self) -> Option<Arc<dyn Session>> {
        Some(Arc::clone(&self.link) as Arc<dyn Session>)
    }
}

#[async_trait]
impl Session for HeartbeatLink {
    async fn run(&self, mut link: Link) -> Result<(), AdapterError> {
        let connected = timeout(SILENCE, TcpStream::connect(&self.address)).await;
        let connected = connected.map_err(|_elapsed| AdapterError::transient("no connection in time"))?;
        let (reader, mut writer) = connected.map_err(|error| broken("no connection", &error))?.into_split();
        let mut reader = BufReader::new(reader);
        write(&mut writer, "LOGIN").await?;
        match line(&mut reader).await?.as_str() {
            "WELCOME" => link.is_up(),
            "DENIED" => return Err(AdapterError::refused("the source does not let us in")),
            _ => return Err(AdapterError::transient("the source is busy")),
        }
        let mut to_send = self.to_send.lock().await;
        let ended = tokio::select! {
            biased;
            () = link.stopped() => Ok(()),
            ended = self.listen(reader) => ended,
            ended = speak(&mut writer, &mut to_send) => ended,
        };
        // What was confirmed until now is still told.
        while ended.is_ok()
            && let Ok(line) = to_send.try_recv()
        {
            write(&mut writer, &line).await?;
        }
        if ended.is_ok() {
            write(&mut writer, "BYE").await?;
        }
        ended
    }
}

impl HeartbeatLink {
    /// Lines that no longer fit are not said: the source delivers again.
    fn say(&self, word: &str, receipt: &Receipt) {
        for id in receipt.0.as_array().into_iter().flatten().filter_map(Value::as_str) {
            drop(self.lines.try_send(format!("{word} {id}")));
        }
    }

    async fn listen(&self, mut reader: BufReader<OwnedReadHalf>) -> Result<(), AdapterError> {
        loop {
            let line = line(&mut reader).await?;
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("DELIVER"), Some(id), Some(text)) => self.take(id, text),
                (Some("ASK"), Some(number), None) => self.answer(number).await?,
                (Some("ANSWER"), Some(key), Some(answer)) => {
                    if let Some(asked) = self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(key) {
                        drop(asked.send(answer.to_owned()));
                    }
                }
                _ => {}
            }
        }
    }

    /// A record that finds no place is left to the source.
    fn take(&self, id: &str, text: &str) {
        let mut record = match Format::new(FormatKind::Json).parse(text.as_bytes()) {
            Ok(parsed) => RawRecord::new(id, parsed.tree),
            Err(error) => RawRecord::broken(id, text, error.to_string()),
        };
        if let RecordBody::Tree(Value::Object(members)) = &mut record.body
            && let Some(photo) = members.remove("photo").and_then(|photo| STANDARD.decode(photo.as_str()?).ok())
        {
            record.attach("photo", photo.into());
        }
        if self.records.try_send(record).is_err() {
            self.say("NACK", &Receipt(json!([id])));
        }
    }

    async fn answer(&self, number: &str) -> Result<(), AdapterError> {
        let asked = AskedNumber::Source { channel: self.channel.clone(), number: number.to_owned() };
        let status = self.receipts.progress(&asked).await?.map_or("unknown", |progress| progress.status);
        drop(self.lines.try_send(format!("STATUS {number} {status}")));
        Ok(())
    }
}

/// Says what waits, and something at least every [`PING`].
async fn speak(writer: &mut OwnedWriteHalf, lines: &mut mpsc::Receiver<String>) -> Result<(), AdapterError> {
    let mut beat = interval(PING);
    loop {
        tokio::select! {
            biased;
            Some(line) = lines.recv() => write(writer, &line).await?,
            _ = beat.tick() => write(writer, "PING").await?,
        }
    }
}

async fn write(writer: &mut OwnedWriteHalf, line: &str) -> Result<(), AdapterError> {
    writer.write_all(format!("{line}\n").as_bytes()).await.map_err(|error| broken("the link broke", &error))
}

/// The next line; a silence or a line that are too long are the end of the link.
async fn line(reader: &mut BufReader<OwnedReadHalf>) -> Result<String, AdapterError> {
    let mut line = String::new();
    let read = timeout(SILENCE, reader.take(MAX_LINE_BYTES).read_line(&mut line)).await;
    match read.map_err(|_elapsed| AdapterError::transient("the source is silent"))? {
        Ok(_) if line.ends_with('\n') => Ok(line.trim_end().to_owned()),
        Ok(_) => Err(AdapterError::transient("the source has hung up, or its line is too long")),
        Err(error) => Err(broken("the link broke", &error)),
    }
}
