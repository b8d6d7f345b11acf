//! An adapter as the gateway runs it: with its standing link, where it has one.

use std::ops::Deref;
use std::sync::Arc;

use huiliu_adapter_api::{Adapter, AdapterError, Link};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Source;

/// An open adapter. Its session ends with it.
pub(crate) struct Opened {
    pub adapter: Arc<dyn Adapter>,
    session: Option<Running>,
}

struct Running {
    stop: watch::Sender<bool>,
    up: watch::Receiver<bool>,
    task: JoinHandle<Result<(), AdapterError>>,
}

impl Opened {
    pub fn new(source: &dyn Source) -> Self {
        let adapter = source.open();
        let session = adapter.session().map(|session| {
            let ((stop, stopped), (is_up, up)) = (watch::channel(false), watch::channel(false));
            let task = tokio::spawn(async move { session.run(Link::new(stopped, is_up)).await });
            Running { stop, up, task }
        });
        Self { adapter, session }
    }

    /// Waits until the link is up; `None` where there is none to wait for.
    pub async fn up(&mut self) -> Option<()> {
        let running = self.session.as_mut()?;
        running.up.wait_for(|up| *up).await.ok().map(drop)
    }

    /// Waits until the session ends by itself; `None` where there is none.
    pub async fn broken(&mut self) -> Option<Result<(), AdapterError>> {
        let running = self.session.take()?;
        running.task.await.ok()
    }

    /// Tells the session to end, and waits for it; `None` where there is none.
    pub async fn stop(&mut self) -> Option<Result<(), AdapterError>> {
        let running = self.session.take()?;
        running.stop.send_replace(true);
        running.task.await.ok()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(running) = &self.session {
            running.task.abort();
        }
    }
}

impl Deref for Opened {
    type Target = dyn Adapter;

    fn deref(&self) -> &Self::Target {
        self.adapter.as_ref()
    }
}
