//! What the suite's handlers do.
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ltn::{BoxError, Bytes, Request, Sender, Server};
use serde_json::json;
use tokio::sync::{oneshot, Notify};

use crate::driver::Failure;
use crate::forms::Settings;

/// What the handlers of one server have in common.
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
        let held = self.held.lock().expect("nothing panics under it").remove(kind);
        let sent = held.into_iter().flatten().filter_map(|one| one.send(()).ok());
        sent.count()
    }

    fn hold(&self, kind: &str) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut held = self.held.lock().expect("nothing panics under it");
        held.entry(kind.to_owned()).or_default().push(sender);
        receiver
    }
}

/// One handler at work: counts its start, and its end however it comes.
struct Work {
    shared: Arc<Shared>,
    done: bool,
}

impl Work {
    fn begin(shared: &Arc<Shared>) -> Work {
        shared.started.fetch_add(1, Ordering::SeqCst);
        Work { shared: Arc::clone(shared), done: false }
    }

    fn done<T>(mut self, outcome: T) -> T {
        self.done = true;
        outcome
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.done {
            self.shared.cancelled.fetch_add(1, Ordering::SeqCst);
        }
        self.shared.ended.fetch_add(1, Ordering::SeqCst);
        self.shared.changed.notify_waiters();
    }
}

fn settings(request: &Request) -> Settings {
    request.decode().unwrap_or_default()
}

async fn unary(does: &str, request: &Request, shared: &Shared) -> Result<Bytes, BoxError> {
    let encoded = |value: serde_json::Value| rmp_serde::to_vec_named(&value).map(Bytes::from);
    Ok(match does {
        "who" => encoded(json!({"hotkey": request.hotkey().map(|key| key.to_string())}))?,
        "time" => {
            let left = request.time_left().map(|left| left.as_millis() as u64);
            encoded(json!({"left_ms": left}))?
        }
        "value" => rmp_serde::to_vec_named(&request.decode::<rmpv::Value>()?)?.into(),
        "sleep" => {
            tokio::time::sleep(Duration::from_millis(settings(request).ms)).await;
            request.bytes()?
        }
        "hold" => {
            shared.hold(&request.name()).await?;
            request.bytes()?
        }
        "throw" => return Err("inner secret".into()),
        "nothing" => Bytes::new(),
        "list" => vec![0x91, 1].into(),
        _ => request.bytes()?,
    })
}

async fn chunks(does: &str, request: &Request, out: &Sender) -> Result<(), BoxError> {
    let settings = settings(request);
    match does {
        "count" | "count_throw" => {
            for number in 0..settings.n {
                out.send(vec![(number % 256) as u8; settings.size]).await?;
            }
            if does == "count_throw" {
                return Err("inner secret".into());
            }
        }
        "mirror" => {
            let mut chunks = request.chunks()?;
            while let Some(chunk) = chunks.next().await? {
                out.send(chunk).await?;
            }
        }
        "sum" => {
            let (mut chunks, mut sum) = (request.chunks()?, 0);
            while let Some(chunk) = chunks.next().await? {
                sum += chunk.len();
            }
            out.send(sum.to_string()).await?;
        }
        "late_chunk" => {
            tokio::time::sleep(Duration::from_millis(settings.ms)).await;
            out.send("x").await?;
        }
        _ => loop {
            out.send(vec![0; 1024]).await?;
        },
    }
    Ok(())
}

const STREAMS: &[&str] = &["count", "count_throw", "mirror", "sum", "endless", "late_chunk"];
const CALLS: &[&str] =
    &["echo", "value", "who", "time", "sleep", "hold", "throw", "nothing", "list"];

/// Registers a handler that does this.
pub fn add(server: &Server, shared: &Arc<Shared>, kind: &str, does: &str) -> Result<(), Failure> {
    let (shared, does) = (Arc::clone(shared), Arc::<str>::from(does));
    if STREAMS.contains(&&*does) {
        return Ok(server.handle_stream(kind, move |request, out| {
            let (shared, does) = (Arc::clone(&shared), Arc::clone(&does));
            let work = Work::begin(&shared);
            async move {
                let outcome = chunks(&does, &request, &out).await;
                // The reader that left is seen as a failed send or as a dropped future, whichever is first.
                if &*does == "endless" {
                    return outcome;
                }
                work.done(outcome)
            }
        })?);
    }
    if !CALLS.contains(&&*does) {
        return Err(Failure::Unknown);
    }
    Ok(server.handle_raw(kind, move |request| {
        let (shared, does) = (Arc::clone(&shared), Arc::clone(&does));
        let work = Work::begin(&shared);
        async move {
            let outcome = unary(&does, &request, &shared).await;
            work.done(outcome)
        }
    })?)
}
