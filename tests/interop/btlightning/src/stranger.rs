//! A peer that never proves who it is and makes the server buffer what it can: many streams, each
//! declaring the largest frame, and as many bytes as the windows let through.

use crate::args::{Args, Done};
use crate::{json, wire};
use quinn::Endpoint;
use serde_json::{json, Value as Json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub async fn flood(endpoint: &Endpoint, target: SocketAddr, args: &Args) -> Done<Json> {
    let streams: usize = args.or("streams", 128);
    let declared: u32 = args.or("declared", 64 << 20);
    let kind: u8 = args.or("type", wire::SYNAPSE);
    let bytes_max: u64 = args.or("bytes-max", 256 << 20);
    let seconds = Duration::from_secs_f64(args.or("seconds", 12.0));

    let connection = wire::connect(endpoint, target).await?;
    let began = Instant::now();
    json::print(&json!({"event": "connected"}));
    let opened = Arc::new(AtomicU64::new(0));
    let written = Arc::new(AtomicU64::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..streams {
        let connection = connection.clone();
        let (opened, written) = (opened.clone(), written.clone());
        writers.spawn(async move {
            // Waits for ever where the server allows fewer streams.
            let Ok((mut send, recv)) = connection.open_bi().await else {
                return;
            };
            opened.fetch_add(1, Ordering::Relaxed);
            let mut header = vec![kind];
            header.extend(declared.to_be_bytes());
            if send.write_all(&header).await.is_err() {
                return;
            }
            let block = vec![0xa5u8; 16 << 10];
            let mut left = u64::from(declared).saturating_sub(1);
            while left > 0 && written.load(Ordering::Relaxed) < bytes_max {
                let size = block.len().min(left as usize);
                match send.write(&block[..size]).await {
                    Ok(count) => {
                        written.fetch_add(count as u64, Ordering::Relaxed);
                        left -= count as u64;
                    }
                    Err(_) => break,
                }
            }
            // Neither finished nor reset: the frame stays incomplete until the connection ends.
            std::future::pending::<()>().await;
            drop((send, recv));
        });
    }
    let gone = tokio::time::timeout(seconds, connection.closed()).await;
    let seen = json!({
        "streams": opened.load(Ordering::Relaxed),
        "bytes_accepted_locally": written.load(Ordering::Relaxed),
        "bytes_on_the_wire": connection.stats().udp_tx.bytes,
        "closed_after_ms": gone.is_ok().then(|| began.elapsed().as_millis() as u64),
        "close_reason": gone.ok().map(|reason| reason.to_string()),
    });
    writers.abort_all();
    Ok(seen)
}
