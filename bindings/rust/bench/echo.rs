//! Echo of 1 KiB from a server that runs elsewhere: how many calls, and how long one takes.
//!
//!     ltn-bench-echo ADDRESS HOTKEY one|many SECONDS
use std::cell::RefCell;
use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use ltn::{Bytes, Client, Identity, Peer, Runtime};

const WARM_UP: Duration = Duration::from_millis(500);
const IN_FLIGHT: usize = 32;
const BODY_BYTES: usize = 1024;

/// {"b": bin of zero bytes}
fn body() -> Bytes {
    let mut map = vec![0x81, 0xa1, b'b', 0xc5];
    map.extend((BODY_BYTES as u16).to_be_bytes());
    map.resize(map.len() + BODY_BYTES, 0);
    map.into()
}

/// A lone call is waited for: this thread does the network work itself.
fn one(peer: &Peer, identity: &Identity, ends: Instant, warm: Instant) -> ltn::Result<Vec<u64>> {
    let client = Client::waiting_on(&Runtime::builder()?.build()?, identity)?;
    client.start()?;
    let (data, mut times) = (body(), Vec::with_capacity(1 << 20));
    loop {
        let begin = Instant::now();
        if begin >= ends {
            return Ok(times);
        }
        let answer = client.call_raw(peer, "echo", data.clone())?.wait()?;
        assert_eq!(answer.bytes().len(), data.len());
        if begin >= warm {
            times.push(begin.elapsed().as_nanos() as u64);
        }
    }
}

/// Many calls are futures of one task.
fn many(peer: &Peer, identity: &Identity, ends: Instant, warm: Instant) -> ltn::Result<Vec<u64>> {
    let client = Client::on(&Runtime::builder()?.build()?, identity)?;
    client.start()?;
    let (data, times) = (body(), RefCell::new(Vec::with_capacity(1 << 20)));
    let calls = stream::iter(0u64..).take_while(|_| std::future::ready(Instant::now() < ends));
    let calls = calls.map(|_| {
        let begin = Instant::now();
        let call = client.call_raw(peer, "echo", data.clone());
        let (data, times) = (&data, &times);
        async move {
            let answer = call?.await?;
            assert_eq!(answer.bytes().len(), data.len());
            if begin >= warm {
                times.borrow_mut().push(begin.elapsed().as_nanos() as u64);
            }
            Ok::<_, ltn::Error>(())
        }
    });
    let all = calls.buffer_unordered(IN_FLIGHT);
    let mut all = std::pin::pin!(all);
    futures_executor::block_on(async {
        while let Some(outcome) = all.next().await {
            outcome?;
        }
        Ok::<_, ltn::Error>(())
    })?;
    Ok(times.take())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, hotkey, mode, seconds] = &arguments[..] else {
        return Err("usage: ltn-bench-echo ADDRESS HOTKEY one|many SECONDS".into());
    };
    let peer = Peer::at(hotkey.parse()?, address)?;
    let identity = Identity::from_seed(&ltn::generate_seed()?)?;
    let warm = Instant::now() + WARM_UP;
    let ends = warm + Duration::from_secs_f64(seconds.parse()?);
    let mut times = match mode.as_str() {
        "one" => one(&peer, &identity, ends, warm)?,
        "many" => many(&peer, &identity, ends, warm)?,
        _ => return Err("expected one or many as mode".into()),
    };
    let took = warm.elapsed().as_secs_f64();
    times.sort_unstable();
    let p50_us = times.get(times.len() / 2).map_or(0.0, |ns| *ns as f64 / 1000.0);
    println!(r#"{{"calls": {}, "seconds": {took:.3}, "p50_us": {p50_us:.2}}}"#, times.len());
    Ok(())
}
