//! What the suite's handlers do, as the crate's handlers.

use super::{Failure, Outcome};
use crate::json::Data;
use crate::serve::number;
use btlightning::{
    AsyncSynapseHandler, LightningError, LightningServer, Result, StreamingSynapseHandler,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc::Sender, oneshot, Notify};

#[derive(Default)]
pub struct Shared {
    pub started: AtomicU64,
    pub ended: AtomicU64,
    pub cancelled: AtomicU64,
    changed: Notify,
    held: Mutex<HashMap<String, Vec<oneshot::Sender<()>>>>,
}

impl Shared {
    pub async fn all_ended(&self) {
        loop {
            let changed = self.changed.notified();
            if self.started.load(Ordering::SeqCst) == self.ended.load(Ordering::SeqCst) {
                return;
            }
            changed.await;
        }
    }

    pub fn release(&self, kind: &str) -> usize {
        let held = super::lock(&self.held).remove(kind);
        held.into_iter()
            .flatten()
            .filter_map(|one| one.send(()).ok())
            .count()
    }

    fn hold(&self, kind: &str) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        super::lock(&self.held)
            .entry(kind.to_string())
            .or_default()
            .push(sender);
        receiver
    }
}

/// One handler at work; dropped before it is done, it was cancelled.
struct Work(Arc<Shared>, bool);

impl Work {
    fn begin(shared: &Arc<Shared>) -> Work {
        shared.started.fetch_add(1, Ordering::SeqCst);
        Work(shared.clone(), false)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.1 {
            self.0.cancelled.fetch_add(1, Ordering::SeqCst);
        }
        self.0.ended.fetch_add(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

struct Handler {
    does: String,
    shared: Arc<Shared>,
}

fn secret() -> LightningError {
    LightningError::Handler("inner secret".into())
}

#[async_trait::async_trait]
impl AsyncSynapseHandler for Handler {
    async fn handle(&self, kind: &str, data: Data) -> Result<Data> {
        let mut work = Work::begin(&self.shared);
        let answer = match self.does.as_str() {
            "sleep" => {
                tokio::time::sleep(Duration::from_millis(number(&data, "ms", 0))).await;
                Ok(data)
            }
            "hold" => {
                let _ = self.shared.hold(kind).await;
                Ok(data)
            }
            "throw" => Err(secret()),
            "nothing" => Ok(Data::new()),
            _ => Ok(data),
        };
        work.1 = true;
        answer
    }
}

#[async_trait::async_trait]
impl StreamingSynapseHandler for Handler {
    async fn handle(&self, _: &str, data: Data, sender: Sender<Vec<u8>>) -> Result<()> {
        let mut work = Work::begin(&self.shared);
        let gone = |_| LightningError::Stream("the reader is gone".into());
        match self.does.as_str() {
            "count" | "count_throw" => {
                let size = number(&data, "size", 0) as usize;
                for index in 0..number(&data, "n", 0) {
                    let chunk = vec![(index % 256) as u8; size];
                    sender.send(chunk).await.map_err(gone)?;
                }
            }
            "late_chunk" => {
                tokio::time::sleep(Duration::from_millis(number(&data, "ms", 0))).await;
                sender.send(b"x".to_vec()).await.map_err(gone)?;
            }
            _ => loop {
                sender.send(vec![0; 1024]).await.map_err(gone)?;
            },
        }
        work.1 = true;
        if self.does == "count_throw" {
            return Err(secret());
        }
        Ok(())
    }
}

pub async fn add(
    server: &LightningServer,
    shared: &Arc<Shared>,
    kind: &str,
    does: &str,
) -> Outcome {
    let handler = Arc::new(Handler {
        does: does.to_string(),
        shared: shared.clone(),
    });
    let added = match does {
        "echo" | "value" | "sleep" | "hold" | "throw" | "nothing" => {
            server
                .register_async_synapse_handler(kind.to_string(), handler)
                .await
        }
        "count" | "count_throw" | "endless" | "late_chunk" => {
            server
                .register_streaming_handler(kind.to_string(), handler)
                .await
        }
        _ => return Err(Failure::Unknown),
    };
    added.map_err(super::forms::failed)?;
    Ok(serde_json::json!({}))
}
