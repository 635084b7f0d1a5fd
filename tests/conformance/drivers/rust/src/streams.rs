//! Streams, in both directions.
use std::sync::Mutex;
use std::time::Duration;

use ltn::{Sender, Stream};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::driver::{cancelled, dropped, said, Driver, Dropped, Object, Outcome};
use crate::forms::{self, hex, text};

pub struct Open {
    /// None once it was left; one reader at a time.
    stream: tokio::sync::Mutex<Option<Stream>>,
    sender: Mutex<Option<Sender>>,
    leave: watch::Sender<bool>,
}

pub fn open(driver: &Driver, request: &Value, name: Dropped) -> Outcome {
    let (client, peer) = (driver.client(request)?, forms::peer(request)?);
    let mut outgoing = client.request(&peer, text(request, "type")).raw(forms::data(request)?);
    if let Some(timeout) = crate::calls::timeout(request) {
        outgoing = outgoing.timeout(timeout);
    }
    let (sender, stream) = if request["send"] == true {
        let (sender, stream) = outgoing.converse()?;
        (Some(sender), stream)
    } else {
        (None, outgoing.open()?)
    };
    let open = std::sync::Arc::new(Open {
        stream: Some(stream).into(),
        sender: sender.into(),
        leave: watch::channel(false).0,
    });
    let named = std::sync::Arc::downgrade(&open);
    driver.put(request, Object::Stream(open));
    driver.tokio.spawn(async move {
        dropped(name).await;
        if let Some(open) = named.upgrade() {
            drop_early(&open).await;
        }
    });
    Ok(json!({}))
}

/// Readers let go first; then the stream and its sender are dropped.
pub async fn drop_early(open: &Open) -> Value {
    open.leave.send_replace(true);
    drop(open.sender.lock().expect("nothing panics under it").take());
    drop(open.stream.lock().await.take());
    json!({})
}

pub async fn read(driver: &Driver, request: &Value) -> Outcome {
    let open = driver.stream(request)?;
    let mut stream = open.stream.lock().await;
    let Some(stream) = stream.as_mut() else { return Err(cancelled()) };
    let chunk = tokio::select! {
        biased;
        () = dropped(open.leave.subscribe()) => return Err(cancelled()),
        chunk = stream.next() => chunk?,
    };
    Ok(match chunk {
        Some(chunk) => json!({"chunk": forms::shown(&chunk)}),
        None => json!({"end": true}),
    })
}

pub async fn collect(driver: &Driver, request: &Value) -> Outcome {
    let open = driver.stream(request)?;
    let mut stream = open.stream.lock().await;
    let Some(stream) = stream.as_mut() else { return Err(cancelled()) };
    let pause = request["slow_ms"].as_u64().map(Duration::from_millis);
    let (mut chunks, mut len, mut hash) = (0u64, 0usize, Sha256::new());
    let all = async {
        loop {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            let Some(chunk) = stream.next().await? else { break Ok::<_, ltn::Error>(()) };
            chunks += 1;
            len += chunk.len();
            hash.update(&chunk);
        }
    };
    tokio::select! {
        biased;
        () = dropped(open.leave.subscribe()) => return Err(cancelled()),
        end = all => end?,
    }
    Ok(json!({"chunks": chunks, "len": len, "sha256": hex(&hash.finalize())}))
}

fn sender(open: &Open) -> Result<Sender, crate::driver::Failure> {
    if *open.leave.borrow() {
        return Err(cancelled());
    }
    let sender = open.sender.lock().expect("nothing panics under it");
    sender.clone().ok_or_else(|| said("state", "expected a stream that takes chunks"))
}

pub async fn send(driver: &Driver, request: &Value) -> Outcome {
    let open = driver.stream(request)?;
    let sender = sender(&open)?;
    tokio::select! {
        biased;
        () = dropped(open.leave.subscribe()) => Err(cancelled()),
        sent = sender.send(forms::chunk(request)?) => {
            sent?;
            Ok(json!({}))
        }
    }
}

pub fn end(driver: &Driver, request: &Value) -> Outcome {
    let open = driver.stream(request)?;
    sender(&open)?.end()?;
    Ok(json!({}))
}
