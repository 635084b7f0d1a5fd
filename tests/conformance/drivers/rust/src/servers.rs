//! Servers and what is asked of them.
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Duration;

use ltn::{Hotkey, Server};
use serde_json::{json, Value};

use crate::driver::{said, Driver, Failure, Object, Outcome};
use crate::forms::text;
use crate::handlers::{self, Shared};
use crate::keys;

pub struct Served {
    pub server: Server,
    shared: Arc<Shared>,
}

impl Served {
    pub async fn all_ended(&self) {
        self.shared.all_ended().await;
    }
}

fn permitted(hotkeys: &[Value]) -> Result<Vec<Hotkey>, ltn::Error> {
    hotkeys.iter().map(|hotkey| hotkey.as_str().unwrap_or_default().parse()).collect()
}

pub async fn serve(driver: &Driver, request: &Value) -> Outcome {
    let identity = keys::identity(&request["signer"])?;
    let tokio = driver.tokio.clone();
    let server = Server::with(&driver.runtime, &identity, move |task| {
        tokio.spawn(task);
    })?;
    server.set("listen", request["listen"].as_str().unwrap_or("127.0.0.1:0"))?;
    for (name, value) in request["options"].as_object().into_iter().flatten() {
        server.set(name, value.as_str().unwrap_or_default())?;
    }
    let shared = Arc::new(Shared::default());
    for handler in request["handlers"].as_array().into_iter().flatten() {
        handlers::add(&server, &shared, text(handler, "type"), text(handler, "does"))?;
    }
    if let Some(hotkeys) = request["permits"].as_array() {
        server.set_permits(&permitted(hotkeys)?)?;
    }
    let address = server.start()?;
    driver.put(request, Object::Server(Arc::new(Served { server, shared })));
    Ok(json!({"address": address, "hotkey": identity.hotkey().to_string()}))
}

pub fn handle(driver: &Driver, request: &Value) -> Outcome {
    let served = driver.server(request)?;
    handlers::add(&served.server, &served.shared, text(request, "type"), text(request, "does"))?;
    Ok(json!({}))
}

pub fn unhandle(driver: &Driver, request: &Value) -> Outcome {
    if driver.server(request)?.server.unhandle(text(request, "type"))? {
        return Ok(json!({}));
    }
    Err(said("empty", "there was no handler of that name"))
}

pub fn permits(driver: &Driver, request: &Value) -> Outcome {
    let served = driver.server(request)?;
    match request["hotkeys"].as_array() {
        Some(hotkeys) => served.server.set_permits(&permitted(hotkeys)?)?,
        None => {
            served.server.set("require_validator_permit", false)?;
        }
    }
    Ok(json!({}))
}

pub fn seen(driver: &Driver, request: &Value) -> Outcome {
    let served = driver.server(request)?;
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::SeqCst);
    Ok(json!({
        "started": count(&served.shared.started),
        "ended": count(&served.shared.ended),
        "cancelled": count(&served.shared.cancelled),
    }))
}

pub fn release(driver: &Driver, request: &Value) -> Outcome {
    let served = driver.server(request)?;
    Ok(json!({"count": served.shared.release(text(request, "type"))}))
}

pub async fn stop(driver: &Driver, request: &Value) -> Result<Value, Failure> {
    let served = driver.server(request)?;
    let drain = Duration::from_millis(request["drain_ms"].as_u64().unwrap_or(0));
    served.server.stop_draining(drain)?;
    served.server.closed().await?;
    served.all_ended().await;
    Ok(json!({}))
}
