//! Clients and what they ask.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use ltn::{Client, Hotkey, Metric, PeerState, Readiness};
use serde_json::{json, Value};

use crate::driver::{cancelled, dropped, Driver, Dropped, Failure, Object, Outcome};
use crate::forms::{self, text};
use crate::keys;

pub fn client(driver: &Driver, request: &Value) -> Outcome {
    let identity = keys::identity(&request["signer"])?;
    let client = Client::on(&driver.runtime, &identity)?;
    for (name, value) in request["options"].as_object().into_iter().flatten() {
        client.set(name, value.as_str().unwrap_or_default())?;
    }
    client.start()?;
    driver.put(request, Object::Client(client));
    Ok(json!({"hotkey": identity.hotkey().to_string()}))
}

pub fn timeout(request: &Value) -> Option<Duration> {
    request["timeout_ms"].as_u64().map(Duration::from_millis)
}

pub async fn call(driver: &Driver, request: &Value, name: Dropped) -> Outcome {
    let (client, peer) = (driver.client(request)?, forms::peer(request)?);
    let value = request.get("value");
    let mut outgoing = client.request(&peer, text(request, "type"));
    outgoing = match value {
        Some(value) => outgoing.data(value)?,
        None => outgoing.raw(forms::data(request)?),
    };
    if let Some(timeout) = timeout(request) {
        outgoing = outgoing.timeout(timeout);
    }
    let call = outgoing.call()?;
    let answer = tokio::select! {
        answer = call => answer?,
        () = dropped(name) => return Err(cancelled()),
    };
    match value {
        Some(_) => Ok(json!({"value": answer.decode::<Value>()?})),
        None => Ok(json!({"data": forms::shown(answer.bytes())})),
    }
}

pub async fn many(driver: &Driver, request: &Value) -> Outcome {
    let (client, peer) = (driver.client(request)?, forms::peer(request)?);
    let number = |name: &str| request[name].as_u64().unwrap_or(0) as usize;
    let (data, kind) = (forms::filled(number("fill")), text(request, "type"));
    let mut answers = futures_util::stream::iter(0..number("n"))
        .map(|_| async {
            let answer = client.call_raw(&peer, kind, data.clone())?.await?;
            Ok::<_, ltn::Error>(answer.bytes()[..] == data[..])
        })
        .buffer_unordered(number("in_flight").max(1));
    let (mut good, mut failed) = (0u64, BTreeMap::<String, u64>::new());
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(true) => good += 1,
            Ok(false) => *failed.entry("another answer".into()).or_default() += 1,
            Err(why) => *failed.entry(why.code().name().into()).or_default() += 1,
        }
    }
    Ok(json!({"ok": good, "failed": failed}))
}

pub async fn connect(driver: &Driver, request: &Value, name: Dropped) -> Outcome {
    let client = driver.client(request)?;
    let connect = client.connect(&forms::peer(request)?, timeout(request))?;
    let connection = tokio::select! {
        connection = connect => connection?,
        () = dropped(name) => return Err(cancelled()),
    };
    Ok(json!({
        "hotkey": connection.hotkey.map(|hotkey| hotkey.to_string()),
        "address": connection.address,
        "alpn": connection.alpn,
    }))
}

/// A hotkey that is none fails before the library sees it, in a type of its own; here it costs its entry.
pub async fn registry(driver: &Driver, request: &Value) -> Outcome {
    let client = driver.client(request)?;
    let given = request["entries"].as_array().cloned().unwrap_or_default();
    let parsed: Vec<Result<Hotkey, ltn::Error>> =
        given.iter().map(|entry| text(entry, "hotkey").parse()).collect();
    let good = given.iter().zip(&parsed).filter_map(|(entry, hotkey)| {
        hotkey.as_ref().ok().map(|hotkey| (*hotkey, text(entry, "address")))
    });
    let mut outcomes = client.registry_set(good)?.await?.into_iter();
    let mut texts = Vec::new();
    for hotkey in parsed {
        let outcome = match hotkey {
            Ok(_) => outcomes.next().unwrap_or(Ok(())),
            Err(why) => Err(why),
        };
        texts.push(outcome.map_or_else(|why| why.code().name(), |()| "ok"));
    }
    Ok(json!({"outcomes": texts}))
}

pub fn hotkeys(peers: Vec<PeerState>) -> Value {
    let ready: BTreeSet<String> = peers
        .iter()
        .filter(|peer| peer.state == Readiness::Ready)
        .map(|peer| peer.hotkey.to_string())
        .collect();
    json!({"hotkeys": ready})
}

pub fn metric_names(metrics: Vec<Metric>) -> Value {
    let names: BTreeSet<String> = metrics.into_iter().map(|metric| metric.name).collect();
    json!({"names": names})
}

/// An echo of the empty map, for commands that need nothing but a call.
pub async fn echo(client: &Client, peer: &ltn::Peer) -> Result<Value, Failure> {
    let answer = client.call_raw(peer, "echo", vec![0x80])?.await?;
    Ok(json!({"data": forms::shown(answer.bytes())}))
}
