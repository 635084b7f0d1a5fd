//! The crate as a driver of tests/conformance (PROTOCOL.md there), for what it can do.

mod client;
mod forms;
mod handlers;
mod server;

use crate::args::Done;
use crate::json;
use client::{Caller, Open};
use serde_json::{json, Value as Json};
use server::Served;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::AsyncBufReadExt;
use tokio::sync::watch;

/// Commands, behaviours and words that the crate does not have.
const LACKS: &[(&str, &str)] = &[
    ("who", "handlers are not told who calls"),
    ("time", "handlers are not told how long the caller waits"),
    ("list", "handlers answer maps, or the compiler refuses them"),
    ("mirror", "requests bring no chunks"),
    ("sum", "requests bring no chunks"),
    ("send", "requests bring no chunks"),
    ("end", "requests bring no chunks"),
    ("registry", "entries have no outcome of their own"),
    ("unhandle", "handlers cannot be taken away"),
    ("permits", "the set is asked for at intervals"),
    ("set", "settings do not change"),
    ("stat", "nothing is counted by name"),
    ("metrics", "nothing is counted by name"),
    ("logged", "this program does not read its log"),
    ("wrong", "its errors are its own"),
    ("fork", "it makes no promise"),
    ("openssl", "it makes no promise"),
    ("hotkey", "it has no such function"),
    ("verify", "it has no such function"),
    ("constant", "it has none"),
    ("versions", "it has none"),
    ("wallet", "this program does not use it"),
    ("key_file", "it reads none"),
    ("late", "its signers block a thread"),
    ("never", "its signers block a thread"),
    ("twice", "the compiler refuses it"),
];

pub enum Failure {
    Unknown,
    Said(Json),
}

pub type Outcome = Result<Json, Failure>;

pub fn said(code: &str, category: &str, text: &str) -> Failure {
    let retriable = ["connection", "transport"].contains(&category);
    Failure::Said(json!({"code": code, "category": category, "retriable": retriable, "text": text}))
}

pub fn text<'a>(request: &'a Json, name: &str) -> &'a str {
    request[name].as_str().unwrap_or_default()
}

/// Turns true when an operation is to be dropped.
pub type Dropped = watch::Receiver<bool>;

pub async fn dropped(mut signal: Dropped) {
    if signal.wait_for(|gone| *gone).await.is_err() {
        std::future::pending().await
    }
}

pub fn cancelled() -> Failure {
    said("cancelled", "local", "dropped")
}

#[derive(Default)]
struct Driver {
    clients: Mutex<HashMap<String, Arc<Caller>>>,
    servers: Mutex<HashMap<String, Arc<Served>>>,
    streams: Mutex<HashMap<String, Arc<Open>>>,
    names: Mutex<HashMap<String, watch::Sender<bool>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn find<T>(table: &Mutex<HashMap<String, Arc<T>>>, request: &Json) -> Result<Arc<T>, Failure> {
    let found = lock(table).get(text(request, "on")).cloned();
    found.ok_or_else(|| said("closed", "local", "the handle is closed"))
}

impl Driver {
    fn named(&self, request: &Json) -> Dropped {
        let (sender, receiver) = watch::channel(false);
        if let (Some(name), true) = (request["name"].as_str(), request["do"] != "cancel") {
            lock(&self.names).insert(name.to_string(), sender);
        }
        receiver
    }

    async fn run(&self, request: &Json, name: Dropped) -> Outcome {
        let id = || text(request, "as").to_string();
        match text(request, "do") {
            "serve" => {
                let (served, ok) = server::serve(request).await?;
                lock(&self.servers).insert(id(), Arc::new(served));
                return Ok(ok);
            }
            "client" => {
                let (caller, ok) = Caller::start(request).await?;
                lock(&self.clients).insert(id(), Arc::new(caller));
                return Ok(ok);
            }
            "call" => return find(&self.clients, request)?.call(request, name).await,
            "many" => return find(&self.clients, request)?.many(request).await,
            "connect" => return find(&self.clients, request)?.connect(request, name).await,
            "open" => {
                let open = find(&self.clients, request)?.open(request, name).await?;
                lock(&self.streams).insert(id(), Arc::new(open));
            }
            "read" => return find(&self.streams, request)?.read().await,
            "collect" => return find(&self.streams, request)?.collect(request).await,
            "drop" => find(&self.streams, request)?.leave().await,
            "cancel" => {
                if let Some(sender) = lock(&self.names).remove(text(request, "name")) {
                    let _ = sender.send(true);
                }
            }
            "handle" => find(&self.servers, request)?.handle(request).await?,
            "seen" => return Ok(find(&self.servers, request)?.seen()),
            "release" => return Ok(find(&self.servers, request)?.release(request)),
            "stop" if request["drain_ms"].as_u64().unwrap_or(0) > 0 => {
                return Err(Failure::Unknown)
            }
            "peers" => {
                return match find(&self.clients, request) {
                    Ok(caller) => Ok(caller.peers().await),
                    Err(_) => find(&self.servers, request)?.peers().await,
                }
            }
            "close" | "stop" => return self.close(request).await,
            "forget" => {
                let gone = lock(&self.clients).remove(text(request, "on"));
                let server = lock(&self.servers).remove(text(request, "on"));
                drop((gone, server));
            }
            "gc" => {}
            _ => return Err(Failure::Unknown),
        }
        Ok(json!({}))
    }

    async fn close(&self, request: &Json) -> Outcome {
        if let Ok(caller) = find(&self.clients, request) {
            caller.close().await;
        } else if let Ok(served) = find(&self.servers, request) {
            served.close().await;
        } else {
            find(&self.streams, request)?.leave().await;
        }
        Ok(json!({}))
    }

    async fn end(&self) {
        let clients: Vec<_> = lock(&self.clients).drain().map(|(_, one)| one).collect();
        let servers: Vec<_> = lock(&self.servers).drain().map(|(_, one)| one).collect();
        for caller in clients {
            caller.close().await;
        }
        for served in servers {
            served.close().await;
        }
    }
}

pub async fn run() -> Done {
    let lacks: Vec<String> = LACKS
        .iter()
        .map(|(word, why)| format!("{word}: {why}"))
        .collect();
    json::print(&json!({"driver": "crate", "version": "0.2.15", "lacks": lacks}));
    let driver = Arc::new(Driver::default());
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let request: Json = serde_json::from_str(&line)?;
        let (driver, name) = (driver.clone(), driver.named(&request));
        tokio::spawn(async move {
            let id = &request["id"];
            json::print(&match driver.run(&request, name).await {
                Ok(ok) => json!({"id": id, "ok": ok}),
                Err(Failure::Unknown) => json!({"id": id, "unknown": true}),
                Err(Failure::Said(error)) => json!({"id": id, "error": error}),
            });
        });
    }
    driver.end().await;
    Ok(())
}
