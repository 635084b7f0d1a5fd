//! The crate's server.

use super::forms::{failed, unhex};
use super::handlers::{self, Shared};
use super::{text, Failure, Outcome};
use crate::wire;
use btlightning::{
    CallbackSigner, LightningError, LightningServer, LightningServerConfig, Result, Signer,
    Sr25519Signer, ValidatorPermitResolver,
};
use serde_json::{json, Value as Json};
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

struct Permits(HashSet<String>);

impl ValidatorPermitResolver for Permits {
    fn resolve_permitted_validators(&self) -> Result<HashSet<String>> {
        Ok(self.0.clone())
    }
}

pub struct Served {
    server: Arc<LightningServer>,
    task: tokio::task::JoinHandle<()>,
    shared: Arc<Shared>,
}

/// The seed, and what signs with it.
pub fn signer(wish: &Json) -> std::result::Result<([u8; 32], Box<dyn Signer>), Failure> {
    let seed: [u8; 32] = unhex(text(wish, "seed"))
        .try_into()
        .map_err(|_| Failure::Unknown)?;
    let plain = Sr25519Signer::from_seed(seed);
    let signer: Box<dyn Signer> = match wish["callback"].as_str() {
        None | Some("good") => Box::new(CallbackSigner::new(move |message: &[u8]| {
            plain.sign(message)
        })),
        Some("wrong") => Box::new(CallbackSigner::new(|_: &[u8]| Ok(vec![0xa5; 64]))),
        Some("short") => Box::new(CallbackSigner::new(|_: &[u8]| Ok(vec![0xa5; 10]))),
        Some("throws") => Box::new(CallbackSigner::new(|_: &[u8]| {
            Err(LightningError::Signing("inner secret".into()))
        })),
        Some(_) => return Err(Failure::Unknown),
    };
    Ok((seed, signer))
}

fn config(options: &Json) -> std::result::Result<LightningServerConfig, Failure> {
    let mut config = LightningServerConfig::builder();
    for (name, value) in options.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let number = || value.parse::<u64>().map_err(|_| Failure::Unknown);
        // Times are whole seconds there.
        let seconds = || match number()? {
            ms if ms % 1000 == 0 => Ok(ms / 1000),
            _ => Err(Failure::Unknown),
        };
        config = match name.as_str() {
            "handler_timeout_ms" => config.handler_timeout_secs(seconds()?),
            "idle_timeout_ms" => config.idle_timeout_secs(seconds()?),
            "keep_alive_interval_ms" => config.keep_alive_interval_secs(seconds()?),
            "handshake_timeout_ms" => config.handshake_timeout_secs(seconds()?),
            "max_connections" => config.max_connections(number()? as usize),
            "max_frame_payload_bytes" => config.max_frame_payload_bytes(number()? as usize),
            "max_handshake_attempts_per_minute" => {
                config.max_handshake_attempts_per_minute(number()? as u32)
            }
            "require_validator_permit" => config.require_validator_permit(value == "true"),
            _ => return Err(Failure::Unknown),
        };
    }
    config.build().map_err(failed)
}

pub async fn serve(request: &Json) -> std::result::Result<(Served, Json), Failure> {
    let (seed, signer) = signer(&request["signer"])?;
    let hotkey = wire::hotkey(seed, 42);
    let listen = request["listen"].as_str().unwrap_or("127.0.0.1:0");
    let (host, port) = listen.rsplit_once(':').ok_or(Failure::Unknown)?;
    let port = port.parse().map_err(|_| Failure::Unknown)?;
    let config = config(&request["options"])?;
    let mut server = LightningServer::with_config(hotkey.clone(), host.to_string(), port, config)
        .map_err(failed)?;
    server.set_miner_signer(signer);
    let permits = request["permits"].as_array().into_iter().flatten();
    let permits = permits
        .filter_map(|hotkey| hotkey.as_str().map(str::to_string))
        .collect();
    server.set_validator_permit_resolver(Box::new(Permits(permits)));
    let shared = Arc::new(Shared::default());
    for handler in request["handlers"].as_array().into_iter().flatten() {
        handlers::add(
            &server,
            &shared,
            text(handler, "type"),
            text(handler, "does"),
        )
        .await?;
    }
    server.start().await.map_err(failed)?;
    let address = server.local_addr().map_err(failed)?.to_string();
    let server = Arc::new(server);
    let serving = server.clone();
    let task = tokio::spawn(async move {
        let _ = serving.serve_forever().await;
    });
    let served = Served {
        server,
        task,
        shared,
    };
    Ok((served, json!({"address": address, "hotkey": hotkey})))
}

impl Served {
    pub async fn handle(&self, request: &Json) -> std::result::Result<(), Failure> {
        let (kind, does) = (text(request, "type"), text(request, "does"));
        handlers::add(&self.server, &self.shared, kind, does)
            .await
            .map(drop)
    }

    pub fn seen(&self) -> Json {
        let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        json!({
            "started": count(&self.shared.started),
            "ended": count(&self.shared.ended),
            "cancelled": count(&self.shared.cancelled),
        })
    }

    pub fn release(&self, request: &Json) -> Json {
        json!({"count": self.shared.release(text(request, "type"))})
    }

    pub async fn peers(&self) -> Outcome {
        let stats = self.server.get_connection_stats().await.map_err(failed)?;
        let hotkeys: BTreeSet<&str> = stats
            .keys()
            .filter_map(|name| name.strip_prefix("connection_"))
            .collect();
        Ok(json!({"hotkeys": hotkeys}))
    }

    pub async fn close(&self) {
        let _ = self.server.stop().await;
        // The close packets are only queued by then.
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        self.task.abort();
        // The crate lets running handlers go on, whoever asked; they are not waited for longer than this.
        let ended = self.shared.all_ended();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), ended).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
