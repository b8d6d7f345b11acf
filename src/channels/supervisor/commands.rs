//! What people have a running channel do: pause and go on, look at once, and be tried without anything being kept.

use std::sync::Arc;
use std::time::Duration;

use huiliu_adapter_api::{AdapterError, Batch, Delivery, Position};
use tokio::time::Instant;

use super::{RunningChannel, Supervisor};
use crate::audit::AuditEntry;
use crate::channels::{LinkState, Pause};
use crate::mapping::{Channel, Found, Loading, MAX_TESTED_RECORDS, Standing, Tested};
use crate::pack::Pack;
use crate::store::{PauseRow, StoreError};

/// How long a test may take.
const TEST_WITHIN: Duration = Duration::from_secs(30);

/// Why a channel does not do what it is told.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such channel, or it is not enabled.
    #[error("there is no such channel")]
    NoChannel,
    /// It is pushed to: there is nothing to pull.
    #[error("the channel is pushed to")]
    Pushed,
    /// It is paused.
    #[error("the channel is paused")]
    Paused,
    /// It was told the same just now; so many seconds too soon.
    #[error("the channel was pulled just now; {0} s too soon")]
    TooSoon(i64),
    /// It is being tried already.
    #[error("the channel is being tried")]
    Busy,
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Supervisor {
    /// Pauses a channel until somebody lets it go on, also over restarts and reloads; false where it is paused already. One that is
    /// pulled stops after the batch under way; a standing link ends; pushes are refused from now on. Replies go on.
    ///
    /// # Errors
    /// There is no such channel, or the store cannot be written.
    pub async fn pause(&self, pause: PauseRow, entry: AuditEntry) -> Result<bool, CommandError> {
        // While a pack is exchanged, channels are between two states.
        let _workers = self.workers.lock().await;
        let running = self.channel(&pause.channel).ok_or(CommandError::NoChannel)?;
        let row = pause.clone();
        let is_new = self.parts.store.ask(move |store| store.pause(&row, &entry)).await?;
        if is_new {
            tracing::warn!(channel = pause.channel, by = pause.actor, "The channel is paused.");
            running.health.pause(Some(Pause::from(pause)));
        }
        Ok(is_new)
    }

    /// Lets a paused channel go on from where it stood; whether it was paused.
    ///
    /// # Errors
    /// There is no such channel, or the store cannot be written.
    pub async fn resume(&self, id: &str, entry: AuditEntry) -> Result<bool, CommandError> {
        let _workers = self.workers.lock().await;
        let running = self.channel(id).ok_or(CommandError::NoChannel)?;
        let channel = id.to_owned();
        let was_paused = self.parts.store.ask(move |store| store.resume(&channel, &entry)).await?;
        if was_paused {
            tracing::info!(channel = id, "The channel goes on.");
            running.health.pause(None);
        }
        Ok(was_paused)
    }

    /// Has a channel pulled at once, whatever it waits for.
    ///
    /// # Errors
    /// It is not there, is not pulled, is paused, or was told so just now; or the store cannot be written.
    pub async fn pull_now(&self, id: &str, entry: AuditEntry) -> Result<(), CommandError> {
        let running = self.channel(id).ok_or(CommandError::NoChannel)?;
        if running.channel.adapter.delivery() == Delivery::Pushed {
            return Err(CommandError::Pushed);
        }
        if running.health.paused().is_some() {
            return Err(CommandError::Paused);
        }
        let rung = running.bell.ring(self.parts.clock.now()).map_err(CommandError::TooSoon);
        let entry = if rung.is_ok() { entry } else { entry.refused() };
        self.parts.store.ask(move |store| store.note_audit(&[entry])).await?;
        rung
    }

    /// What a channel would read now, with its own settings and from where it stands. Its source is asked by an adapter made for this,
    /// and told nothing: nothing is confirmed, stored or moved.
    ///
    /// # Errors
    /// There is no such channel, it is being tried already, or the store cannot be asked.
    pub async fn test(&self, id: &str, entry: AuditEntry) -> Result<Tested, CommandError> {
        let running = self.channel(id).ok_or(CommandError::NoChannel)?;
        let _trial = self.trials.begin(id).ok_or(CommandError::Busy)?;
        self.parts.store.ask(move |store| store.note_audit(&[entry])).await?;
        let mut tested = if running.channel.adapter.delivery() == Delivery::Pushed {
            Tested::only(waiting(&running))
        } else {
            self.read_once(&running).await?
        };
        if running.health.paused().is_some() {
            tested.found.push(Found::new(
                Standing::Note,
                "渠道已暂停：恢复之前不会接收任何内容",
                "the channel is paused: nothing is taken before it goes on",
            ));
        }
        Ok(tested)
    }

    async fn read_once(&self, running: &RunningChannel) -> Result<Tested, CommandError> {
        let id = running.channel.id.clone();
        let asked = id.clone();
        let position = self.parts.store.ask(move |store| store.position(&asked)).await?.map(Position);
        let opening = self.opening.lock().await;
        let (trial, files) = (self.trial(), self.pack().files.clone());
        let opened = tokio::task::spawn_blocking(move || {
            let loading = Loading::running(&trial.factories, Arc::clone(&trial.clock), Arc::clone(&trial.receipts));
            Pack::load(files, &loading).ok().and_then(|pack| pack.channels.get(&id).cloned())
        });
        // The pack is live, so that only its secrets can be what is missing by now.
        let opened = opened.await.ok().flatten();
        drop(opening);
        let Some(channel) = opened else {
            return Ok(Tested::only(vec![Found::new(
                Standing::Fails,
                "配置包打不开，多半是密钥文件已被移走或改了权限；请运行 huiliu check",
                "the city pack cannot be opened again, mostly for a secret that is gone or cannot be read; run `huiliu check`",
            )]));
        };
        let began = Instant::now();
        let pulled = pull(&channel, running, position.as_ref()).await;
        let tested = Tested::of(&channel, &pulled, began.elapsed(), self.parts.clock.now());
        if let Ok(batch) = pulled {
            channel.adapter.abandon(&batch.receipt);
        }
        Ok(tested)
    }
}

async fn pull(channel: &Channel, running: &RunningChannel, position: Option<&Position>) -> Result<Batch, AdapterError> {
    let pulling = async {
        running.pace.ready().await;
        channel.adapter.pull(position, MAX_TESTED_RECORDS).await
    };
    tokio::time::timeout(TEST_WITHIN, pulling).await.unwrap_or_else(|_elapsed| {
        let seconds = TEST_WITHIN.as_secs();
        Err(AdapterError::transient(format!("{seconds} 秒内没有答完（no whole answer within {seconds} s）")))
    })
}

/// What is known of a source that comes by itself.
fn waiting(running: &RunningChannel) -> Vec<Found> {
    let (health, id) = (running.health.snapshot(), &running.channel.id);
    let mut found = Vec::new();
    if running.channel.adapter.endpoint().is_some() {
        found.push(Found::new(
            Standing::Works,
            format!("接收地址 /in/{id} 已开放：来源自己推送，网关不主动连接"),
            format!("/in/{id} is open: the source pushes, and the gateway connects to nothing"),
        ));
    }
    match health.link {
        Some(LinkState::Up) => {
            found.push(Found::new(Standing::Works, "长连接已建立", "the standing link is up"));
        }
        Some(LinkState::Down | LinkState::Ended) => {
            found.push(Found::new(Standing::Fails, "长连接未建立", "the standing link is not up"));
        }
        None => {}
    }
    found.push(match health.last_record_at {
        Some(at) => {
            Found::new(Standing::Works, format!("最近一次收到记录：{at}"), format!("a record came last at {at}"))
        }
        None => Found::new(
            Standing::Note,
            "启动以来还没有收到记录；请让来源推送一条，再看最近调用",
            "no record has come since the start; have the source push one, and look at the last calls",
        ),
    });
    found
}
