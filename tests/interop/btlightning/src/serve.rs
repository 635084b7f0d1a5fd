//! The crate as a server, with the handlers that `ltn serve --builtin` has.

use crate::args::{usage_error, Args, Done};
use crate::json::{self, Data};
use crate::stream::Stream;
use crate::{admission, payload, values, wire};
use btlightning::{
    AsyncSynapseHandler, CallbackSigner, LightningError, LightningServer, LightningServerConfig,
    Result, Signer, Sr25519Signer, SynapseHandler,
};
use rmpv::Value;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{signal, SignalKind};

struct Echo;
struct Fail;
struct Slow;
struct Size;
struct Values;
struct CheckValues;

pub fn number(data: &Data, name: &str, default: u64) -> u64 {
    data.get(name).and_then(Value::as_u64).unwrap_or(default)
}

impl SynapseHandler for Echo {
    fn handle(&self, _: &str, data: Data) -> Result<Data> {
        Ok(data)
    }
}

#[async_trait::async_trait]
impl AsyncSynapseHandler for Echo {
    async fn handle(&self, _: &str, data: Data) -> Result<Data> {
        Ok(data)
    }
}

#[async_trait::async_trait]
impl AsyncSynapseHandler for Fail {
    async fn handle(&self, _: &str, _: Data) -> Result<Data> {
        Err(LightningError::Handler("this handler always fails".into()))
    }
}

#[async_trait::async_trait]
impl AsyncSynapseHandler for Slow {
    async fn handle(&self, _: &str, data: Data) -> Result<Data> {
        let ms = number(&data, "ms", 1000);
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok(Data::from([("slept".to_string(), Value::from(ms))]))
    }
}

#[async_trait::async_trait]
impl AsyncSynapseHandler for Size {
    async fn handle(&self, _: &str, data: Data) -> Result<Data> {
        Ok(payload::data(number(&data, "n", 0) as usize))
    }
}

/// Answers the whole table, so that a client meets kinds it cannot send itself.
#[async_trait::async_trait]
impl AsyncSynapseHandler for Values {
    async fn handle(&self, _: &str, _: Data) -> Result<Data> {
        Ok(values::every_kind())
    }
}

/// Says which values did not arrive as the kind they must have.
#[async_trait::async_trait]
impl AsyncSynapseHandler for CheckValues {
    async fn handle(&self, _: &str, data: Data) -> Result<Data> {
        let wanted = values::reachable_from_json();
        let mut wrong: Vec<Value> = wanted
            .iter()
            .filter(|(name, value)| data.get(*name) != Some(value))
            .map(|(name, _)| Value::from(name.as_str()))
            .collect();
        wrong.extend(
            data.keys()
                .filter(|name| !wanted.contains_key(*name))
                .map(|name| Value::from(format!("unexpected {name}"))),
        );
        Ok(Data::from([
            ("checked".to_string(), Value::from(wanted.len())),
            ("wrong".to_string(), Value::Array(wrong)),
        ]))
    }
}

/// The signer variants, for either role. `identity` forges for the all-zero key.
pub fn signer(args: &Args, seed: [u8; 32]) -> Box<dyn Signer> {
    let kind = args.text("signer").unwrap_or("plain");
    let plain = Sr25519Signer::from_seed(seed);
    if let Some(ms) = kind.strip_prefix("slow:") {
        let pause = Duration::from_millis(
            ms.parse()
                .unwrap_or_else(|_| usage_error("--signer slow:MS wants a number")),
        );
        return Box::new(CallbackSigner::new(move |message: &[u8]| {
            std::thread::sleep(pause);
            plain.sign(message)
        }));
    }
    match kind {
        "plain" => Box::new(plain),
        "garbage" => Box::new(CallbackSigner::new(|_: &[u8]| Ok(vec![0xa5; 64]))),
        "short" => Box::new(CallbackSigner::new(move |message: &[u8]| {
            plain
                .sign(message)
                .map(|signature| signature[..63].to_vec())
        })),
        "identity" => Box::new(CallbackSigner::new(|_: &[u8]| Ok(wire::forged_signature()))),
        other => usage_error(&format!("--signer cannot be {other:?}")),
    }
}

fn config(args: &Args) -> Done<LightningServerConfig> {
    let mut config = LightningServerConfig::builder()
        .max_handshake_attempts_per_minute(args.or("max-handshake-attempts-per-minute", 1_000_000))
        .require_validator_permit(args.or("require-validator-permit", false));
    #[cfg(not(feature = "oldest"))]
    {
        config = config
            .require_address_validation(args.or("require-address-validation", true))
            .enforce_source_allowlist(args.or("enforce-source-allowlist", false));
    }
    if let Some(seconds) = args.value("handler-timeout-secs") {
        config = config.handler_timeout_secs(seconds);
    }
    if let Some(seconds) = args.value("idle-timeout-secs") {
        config = config.idle_timeout_secs(seconds);
    }
    if let Some(seconds) = args.value("keep-alive-interval-secs") {
        config = config.keep_alive_interval_secs(seconds);
    }
    if let Some(bytes) = args.value("max-frame-payload-bytes") {
        config = config.max_frame_payload_bytes(bytes);
    }
    if let Some(count) = args.value("max-connections") {
        config = config.max_connections(count);
    }
    Ok(config.build()?)
}

pub async fn run(args: &Args) -> Done {
    let seed = args.seed([1; 32]);
    let hotkey = match args.text("signer") {
        Some("identity") => wire::IDENTITY_HOTKEY.to_string(),
        _ => wire::hotkey(seed, 42),
    };
    let listen = args.text("listen").unwrap_or("127.0.0.1:0");
    let Some((host, port)) = listen.rsplit_once(':') else {
        usage_error("--listen wants HOST:PORT");
    };
    let port = port
        .parse()
        .unwrap_or_else(|_| usage_error("--listen wants HOST:PORT"));
    let mut server =
        LightningServer::with_config(hotkey.clone(), host.to_string(), port, config(args)?)?;
    server.set_miner_signer(signer(args, seed));
    admission::apply(args, &mut server);
    server
        .register_async_synapse_handler("echo".into(), Arc::new(Echo))
        .await?;
    server
        .register_synapse_handler("echo_sync".into(), Arc::new(Echo))
        .await?;
    server
        .register_async_synapse_handler("fail".into(), Arc::new(Fail))
        .await?;
    server
        .register_async_synapse_handler("slow".into(), Arc::new(Slow))
        .await?;
    server
        .register_async_synapse_handler("size".into(), Arc::new(Size))
        .await?;
    server
        .register_async_synapse_handler("values".into(), Arc::new(Values))
        .await?;
    server
        .register_async_synapse_handler("check_values".into(), Arc::new(CheckValues))
        .await?;
    for (name, fail) in [("stream", false), ("stream_fail", true)] {
        server
            .register_streaming_handler(name.into(), Arc::new(Stream { fail }))
            .await?;
    }
    // `whoami` is missing: the crate does not tell a handler who called.
    server.start().await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    json::print(&json!({
        "event": "ready",
        "address": server.local_addr()?.to_string(),
        "hotkey": hotkey,
    }));
    tokio::select! {
        served = server.serve_forever() => served?,
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.stop().await?;
    // `stop` only queues the close packets, and there is no waiting for them to leave. Not longer:
    // in the meantime the crate refuses new connections instead of leaving the port.
    tokio::time::sleep(Duration::from_millis(10)).await;
    Ok(())
}
