//! The objects by their names, and which command does what.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use ltn::{Client, Level, Runtime};
use serde_json::{json, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::forms::text;
use crate::servers::Served;
use crate::streams::Open;
use crate::{calls, keys, misuse, process, servers, streams, Log};

pub enum Failure {
    /// A command, or a word of one, that this language does not have.
    Unknown,
    Said(Value),
}

impl From<ltn::Error> for Failure {
    fn from(error: ltn::Error) -> Failure {
        Failure::Said(json!({
            "code": error.code().name(),
            "category": error.category().name(),
            "retriable": error.retriable(),
            "text": error.text(),
        }))
    }
}

pub type Outcome = Result<Value, Failure>;

/// An error that the driver itself knows of.
pub fn said(code: &str, text: &str) -> Failure {
    Failure::Said(json!({"code": code, "category": "local", "retriable": false, "text": text}))
}

/// A dropped future says nothing; this is what stands for it.
pub fn cancelled() -> Failure {
    said("cancelled", "dropped")
}

#[derive(Clone)]
pub enum Object {
    Client(Client),
    Server(Arc<Served>),
    Stream(Arc<Open>),
}

/// Turns true when the operation is to be dropped.
pub type Dropped = watch::Receiver<bool>;

/// Ready when the operation is to be dropped.
pub async fn dropped(mut signal: Dropped) {
    if signal.wait_for(|gone| *gone).await.is_err() {
        std::future::pending().await
    }
}

pub struct Driver {
    pub runtime: Runtime,
    pub tokio: Handle,
    log: Log,
    objects: Mutex<HashMap<String, Object>>,
    // A stream may have the name of a client.
    streams: Mutex<HashMap<String, Object>>,
    names: Mutex<HashMap<String, watch::Sender<bool>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics under it")
}

impl Driver {
    pub fn new(tokio: Handle, log: Log) -> ltn::Result<Driver> {
        let runtime = Runtime::builder()?.tracing(Level::Info)?.build()?;
        let (objects, streams, names) = Default::default();
        Ok(Driver { runtime, tokio, log, objects, streams, names })
    }

    /// Remembers what `cancel` will mean by this name.
    pub fn named(&self, request: &Value) -> Option<Dropped> {
        if text(request, "do") == "cancel" {
            return None;
        }
        let (sender, receiver) = watch::channel(false);
        // Without a name the channel is gone at once, and nothing ever comes.
        if let Some(name) = request["name"].as_str() {
            lock(&self.names).insert(name.to_owned(), sender);
        }
        Some(receiver)
    }

    /// Drops the future of this name.
    fn let_go(&self, name: &str) {
        if let Some(sender) = lock(&self.names).remove(name) {
            let _ = sender.send(true);
        }
    }

    pub fn put(&self, request: &Value, object: Object) {
        let table = match object {
            Object::Stream(_) => &self.streams,
            _ => &self.objects,
        };
        lock(table).insert(text(request, "as").to_owned(), object);
    }

    fn get(&self, request: &Value) -> Result<Object, Failure> {
        let found = lock(&self.objects).get(text(request, "on")).cloned();
        let found = found.or_else(|| lock(&self.streams).get(text(request, "on")).cloned());
        found.ok_or_else(|| said("closed", "the handle is closed"))
    }

    pub fn client(&self, request: &Value) -> Result<Client, Failure> {
        match self.get(request)? {
            Object::Client(client) => Ok(client),
            _ => Err(said("invalid_argument", "expected a client")),
        }
    }

    pub fn server(&self, request: &Value) -> Result<Arc<Served>, Failure> {
        match self.get(request)? {
            Object::Server(server) => Ok(server),
            _ => Err(said("invalid_argument", "expected a server")),
        }
    }

    pub fn stream(&self, request: &Value) -> Result<Arc<Open>, Failure> {
        match lock(&self.streams).get(text(request, "on")) {
            Some(Object::Stream(stream)) => Ok(Arc::clone(stream)),
            _ => Err(said("closed", "the handle is closed")),
        }
    }

    pub async fn run(&self, request: &Value, name: Option<Dropped>) -> Outcome {
        let name = name.unwrap_or_else(|| watch::channel(false).1);
        match text(request, "do") {
            "serve" => servers::serve(self, request).await,
            "client" => calls::client(self, request),
            "call" => calls::call(self, request, name).await,
            "many" => calls::many(self, request).await,
            "connect" => calls::connect(self, request, name).await,
            "registry" => calls::registry(self, request).await,
            "open" => streams::open(self, request, name),
            "read" => streams::read(self, request).await,
            "collect" => streams::collect(self, request).await,
            "send" => streams::send(self, request).await,
            "end" => streams::end(self, request),
            "drop" => {
                let open = self.stream(request)?;
                Ok(streams::drop_early(&open).await)
            }
            "cancel" => {
                self.let_go(text(request, "name"));
                Ok(json!({}))
            }
            "handle" => servers::handle(self, request),
            "unhandle" => servers::unhandle(self, request),
            "permits" => servers::permits(self, request),
            "seen" => servers::seen(self, request),
            "release" => servers::release(self, request),
            "stop" => servers::stop(self, request).await,
            "peers" | "set" | "stat" | "metrics" => self.either(request),
            "logged" => Ok(json!({"lines": self.log.take()})),
            "close" => self.close(self.get(request)?).await,
            "forget" => {
                // A call is a future: forgetting it drops it, as `cancel` does.
                if let Some(sender) = lock(&self.names).remove(text(request, "on")) {
                    let _ = sender.send(true);
                }
                let gone = lock(&self.objects).remove(text(request, "on"));
                let stream = match gone {
                    None => lock(&self.streams).remove(text(request, "on")),
                    gone => gone,
                };
                // The last reference to a call is its future.
                if stream.is_none() {
                    self.let_go(text(request, "on"));
                }
                drop(stream);
                Ok(json!({}))
            }
            "gc" => Ok(json!({})),
            "wrong" => misuse::wrong(self, request).await,
            "fork" => process::fork(self, request).await,
            "second" => process::second(request).await,
            "openssl" => process::openssl(),
            "hotkey" => keys::hotkey(request),
            "verify" => keys::verify(request),
            "constant" => keys::constant(request),
            "versions" => keys::versions(),
            _ => Err(Failure::Unknown),
        }
    }

    /// What clients and servers have in common.
    fn either(&self, request: &Value) -> Outcome {
        let object = self.get(request)?;
        let (name, value) = (text(request, "name"), text(request, "value"));
        match (text(request, "do"), &object) {
            ("peers", Object::Client(client)) => Ok(calls::hotkeys(client.peers()?)),
            ("peers", Object::Server(served)) => Ok(calls::hotkeys(served.server.peers()?)),
            ("set", Object::Client(client)) => client.set(name, value).map(|_| json!({})),
            ("set", Object::Server(served)) => served.server.set(name, value).map(|_| json!({})),
            ("stat", Object::Client(client)) => client.stat(name).map(|n| json!({"value": n})),
            ("stat", Object::Server(served)) => {
                served.server.stat(name).map(|n| json!({"value": n}))
            }
            (_, Object::Client(client)) => Ok(calls::metric_names(client.metrics()?)),
            (_, Object::Server(served)) => Ok(calls::metric_names(served.server.metrics()?)),
            _ => return Err(Failure::Unknown),
        }
        .map_err(Failure::from)
    }

    async fn close(&self, object: Object) -> Outcome {
        match object {
            Object::Client(client) => client.close()?.await?,
            Object::Server(served) => {
                served.server.close()?.await?;
                served.all_ended().await;
            }
            Object::Stream(open) => return Ok(streams::drop_early(&open).await),
        }
        Ok(json!({}))
    }

    /// Closes everything.
    pub async fn end(&self) {
        lock(&self.streams).clear();
        let objects: Vec<_> = lock(&self.objects).drain().map(|(_, object)| object).collect();
        for object in objects {
            let _ = self.close(object).await;
        }
    }
}
