//! The crate's client: calls and streams.

use super::forms::{failed, sha256, shown, Sent};
use super::{cancelled, dropped, said, server, text, Dropped, Failure, Outcome};
use crate::{json, wire};
use btlightning::{
    LightningClient, LightningClientConfig, QuicAxonInfo, QuicRequest, StreamingResponse,
};
use serde_json::{json, Value as Json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{watch, Mutex, Semaphore};

pub struct Caller {
    client: Arc<LightningClient>,
    /// Peers are connected by naming all of them.
    known: Mutex<Vec<QuicAxonInfo>>,
    closed: AtomicBool,
}

fn axon(request: &Json) -> Result<QuicAxonInfo, Failure> {
    let peer = &request["peer"];
    let address = text(peer, "address").parse::<std::net::SocketAddr>();
    // A name, or no address at all, cannot be said.
    let address = address.map_err(|_| Failure::Unknown)?;
    let hotkey = text(peer, "hotkey").to_string();
    Ok(QuicAxonInfo::new(
        hotkey,
        address.ip().to_string(),
        address.port(),
        4,
    ))
}

fn config(options: &Json) -> Result<LightningClientConfig, Failure> {
    let mut config = LightningClientConfig::builder();
    for (name, value) in options.as_object().into_iter().flatten() {
        let number: u64 = value
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or(Failure::Unknown)?;
        let time = Duration::from_millis(number);
        config = match name.as_str() {
            "connect_timeout_ms" => config.connect_timeout(time),
            "idle_timeout_ms" => config.idle_timeout(time),
            "keep_alive_interval_ms" => config.keep_alive_interval(time),
            "max_connections" => config.max_connections(number as usize),
            "max_frame_payload_bytes" => config.max_frame_payload_bytes(number as usize),
            "max_stream_payload_bytes" => config.max_stream_payload_bytes(number as usize),
            "stream_chunk_timeout_ms" => config.stream_chunk_timeout(time),
            _ => return Err(Failure::Unknown),
        };
    }
    config.build().map_err(failed)
}

impl Caller {
    pub async fn start(request: &Json) -> Result<(Caller, Json), Failure> {
        let (seed, signer) = server::signer(&request["signer"])?;
        let hotkey = wire::hotkey(seed, 42);
        let config = config(&request["options"])?;
        let mut client = LightningClient::with_config(hotkey.clone(), config).map_err(failed)?;
        client.set_signer(signer);
        client.create_endpoint().await.map_err(failed)?;
        let caller = Caller {
            client: Arc::new(client),
            known: Mutex::default(),
            closed: AtomicBool::new(false),
        };
        Ok((caller, json!({"hotkey": hotkey})))
    }

    async fn reach(&self, request: &Json) -> Result<QuicAxonInfo, Failure> {
        let axon = axon(request)?;
        if self.closed.load(Ordering::SeqCst) {
            return Err(said("closed", "local", "the handle is closed"));
        }
        let mut known = self.known.lock().await;
        if !self
            .client
            .authenticated_hotkeys()
            .await
            .contains(&axon.hotkey)
        {
            known.retain(|one| one.hotkey != axon.hotkey);
            known.push(axon.clone());
            self.client
                .update_miner_registry(known.clone())
                .await
                .map_err(failed)?;
        }
        Ok(axon)
    }

    async fn ask(&self, request: &Json, sent: &Sent) -> Result<json::Data, Failure> {
        let axon = self.reach(request).await?;
        let query = QuicRequest::new(text(request, "type").to_string(), sent.data.clone());
        let answer = match request["timeout_ms"].as_u64() {
            Some(ms) => {
                let timeout = Duration::from_millis(ms);
                self.client
                    .query_axon_with_timeout(axon, query, timeout)
                    .await
            }
            None => self.client.query_axon(axon, query).await,
        };
        let answer = answer
            .and_then(|answer| answer.into_result())
            .map_err(failed)?;
        Ok(answer.data)
    }

    pub async fn call(&self, request: &Json, name: Dropped) -> Outcome {
        let sent = Sent::of(request)?;
        let data = tokio::select! {
            data = self.ask(request, &sent) => data?,
            () = dropped(name) => return Err(cancelled()),
        };
        Ok(match request.get("value") {
            Some(_) => json!({"value": json::from_map(&data)}),
            None => json!({"data": shown(&sent.encode(data))}),
        })
    }

    pub async fn many(self: Arc<Self>, request: &Json) -> Outcome {
        let number = |name: &str| request[name].as_u64().unwrap_or(0) as usize;
        self.reach(request).await?;
        let sent = Arc::new(Sent::filled(number("fill")));
        let places = Arc::new(Semaphore::new(number("in_flight").max(1)));
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..number("n") {
            let place = places
                .clone()
                .acquire_owned()
                .await
                .map_err(|_| Failure::Unknown)?;
            let (caller, sent, request) = (self.clone(), sent.clone(), request.clone());
            running.spawn(async move {
                let answer = caller.ask(&request, &sent).await;
                drop(place);
                answer.map(|data| data == sent.data)
            });
        }
        let (mut good, mut failed) = (0u64, BTreeMap::<String, u64>::new());
        while let Some(answer) = running.join_next().await {
            let code = match answer {
                Ok(Ok(true)) => {
                    good += 1;
                    continue;
                }
                Ok(Err(Failure::Said(error))) => text(&error, "code").to_string(),
                _ => "another answer".to_string(),
            };
            *failed.entry(code).or_default() += 1;
        }
        Ok(json!({"ok": good, "failed": failed}))
    }

    pub async fn connect(&self, request: &Json, name: Dropped) -> Outcome {
        let axon = tokio::select! {
            axon = self.reach(request) => axon?,
            () = dropped(name) => return Err(cancelled()),
        };
        if !self
            .client
            .authenticated_hotkeys()
            .await
            .contains(&axon.hotkey)
        {
            return Err(Failure::Unknown); // why not is in its log only
        }
        // It offers no other protocol.
        Ok(json!({
            "hotkey": axon.hotkey,
            "address": text(&request["peer"], "address"),
            "alpn": "btlightning",
        }))
    }

    pub async fn open(&self, request: &Json, name: Dropped) -> Result<Open, Failure> {
        if request["send"] == true || !request["timeout_ms"].is_null() {
            return Err(Failure::Unknown);
        }
        let sent = Sent::of(request)?;
        let axon = self.reach(request).await?;
        let query = QuicRequest::new(text(request, "type").to_string(), sent.data);
        let stream = self
            .client
            .query_axon_stream(axon, query)
            .await
            .map_err(failed)?;
        Ok(Open {
            stream: Mutex::new(Some(stream)),
            leave: watch::channel(false).0,
            name,
        })
    }

    pub async fn peers(&self) -> Json {
        let mut hotkeys: Vec<_> = self
            .client
            .authenticated_hotkeys()
            .await
            .into_iter()
            .collect();
        hotkeys.sort();
        json!({"hotkeys": hotkeys})
    }

    pub async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let _ = self.client.close_all_connections().await;
    }
}

pub struct Open {
    stream: Mutex<Option<StreamingResponse>>,
    leave: watch::Sender<bool>,
    name: Dropped,
}

impl Open {
    async fn next(&self) -> Result<Option<Vec<u8>>, Failure> {
        let mut stream = self.stream.lock().await;
        let Some(open) = stream.as_mut() else {
            return Err(cancelled());
        };
        tokio::select! {
            biased;
            () = dropped(self.leave.subscribe()) => {}
            () = dropped(self.name.clone()) => {}
            chunk = open.next_chunk() => return chunk.map_err(failed),
        }
        drop(stream.take());
        Err(cancelled())
    }

    pub async fn read(&self) -> Outcome {
        Ok(match self.next().await? {
            Some(chunk) => json!({"chunk": shown(&chunk)}),
            None => json!({"end": true}),
        })
    }

    pub async fn collect(&self, request: &Json) -> Outcome {
        let pause = request["slow_ms"].as_u64().map(Duration::from_millis);
        let (mut chunks, mut all) = (0u64, Vec::new());
        loop {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            let Some(chunk) = self.next().await? else {
                break;
            };
            chunks += 1;
            all.extend(chunk);
        }
        Ok(json!({"chunks": chunks, "len": all.len(), "sha256": sha256(&all)}))
    }

    pub async fn leave(&self) {
        self.leave.send_replace(true);
        drop(self.stream.lock().await.take());
    }
}
