//! Streamed answers: the handlers that `ltn serve --builtin` has, and the client of `ltn stream`.

use crate::args::{Args, Done, Failure};
use crate::call::{axon, client, request_data};
use crate::json::{self, Data};
use crate::{payload, serve};
use base64::{prelude::BASE64_STANDARD, Engine};
use btlightning::{
    LightningClient, LightningError, QuicAxonInfo, QuicRequest, Result, StreamingSynapseHandler,
};
use rmpv::Value;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

pub struct Stream {
    /// Fails after half of the chunks.
    pub fail: bool,
}

#[async_trait::async_trait]
impl StreamingSynapseHandler for Stream {
    async fn handle(&self, _: &str, data: Data, sender: Sender<Vec<u8>>) -> Result<()> {
        let chunks = serve::number(&data, "chunks", 3);
        let chunks = if self.fail { chunks / 2 } else { chunks };
        let pause = Duration::from_millis(serve::number(&data, "delay_ms", 0));
        let numbered = serve::number(&data, "numbered", 0) != 0;
        let bytes = payload::generate(serve::number(&data, "size", 1024) as usize);
        for number in 0..chunks {
            let mut chunk = bytes.clone();
            if numbered && chunk.len() >= 8 {
                chunk[..8].copy_from_slice(&number.to_be_bytes());
            }
            if sender.send(chunk).await.is_err() {
                return Ok(());
            }
            if !pause.is_zero() && number + 1 < chunks {
                tokio::time::sleep(pause).await;
            }
        }
        if self.fail {
            return Err(LightningError::Handler("fails halfway".into()));
        }
        Ok(())
    }
}

pub async fn run(args: &Args) -> Done {
    let axon = axon(args.word(0, "HOST:PORT"), args.word(1, "HOTKEY"));
    let request = QuicRequest::new(args.word(2, "TYPE").to_string(), request_data(args)?);
    let take: u64 = args.or("take", u64::MAX);
    let mut client = client(args)?;
    client.initialize_connections(vec![axon.clone()]).await?;
    let mut stream = client.query_axon_stream(axon.clone(), request).await?;
    let (mut chunks, mut bytes) = (0u64, 0u64);
    while chunks < take {
        let Some(chunk) = stream.next_chunk().await? else {
            break;
        };
        chunks += 1;
        bytes += chunk.len() as u64;
        json::print(&json!({"chunk": {"$bin": BASE64_STANDARD.encode(&chunk)}}));
    }
    if chunks == take {
        drop(stream);
        return after_drop(&client, axon).await;
    }
    json::print(&json!({"event": "end", "chunks": chunks, "bytes": bytes}));
    client.close_all_connections().await?;
    Ok(())
}

/// A stream left halfway must cost its connection nothing.
async fn after_drop(client: &LightningClient, axon: QuicAxonInfo) -> Done {
    let request = QuicRequest::new("echo".to_string(), payload::data(64));
    let answer = client.query_axon(axon, request).await?;
    json::print(&json!({"event": "dropped", "served_afterwards": answer.success}));
    client.close_all_connections().await?;
    if answer.success {
        Ok(())
    } else {
        Err(Failure::Answered)
    }
}

async fn read_all(
    client: &LightningClient,
    axon: &QuicAxonInfo,
    chunks: u64,
    size: u64,
) -> Result<(u64, u64)> {
    let data = Data::from([
        ("chunks".to_string(), Value::from(chunks)),
        ("size".to_string(), Value::from(size)),
    ]);
    let request = QuicRequest::new("stream".to_string(), data);
    let mut stream = client.query_axon_stream(axon.clone(), request).await?;
    let (mut came, mut bytes) = (0, 0);
    while let Some(chunk) = stream.next_chunk().await? {
        came += 1;
        bytes += chunk.len() as u64;
    }
    Ok((came, bytes))
}

/// The figures of `ltn bench --stream`: one stream, read as fast as it comes.
pub async fn bench(args: &Args, chunks: u64) -> Done {
    let axon = axon(args.word(0, "HOST:PORT"), args.word(1, "HOTKEY"));
    let size: u64 = args.or("payload", 1024);
    let mut client = client(args)?;
    client.initialize_connections(vec![axon.clone()]).await?;
    read_all(&client, &axon, chunks / 20, size).await?;
    let (began, cpu) = (Instant::now(), crate::bench::cpu_micros());
    let (came, bytes) = read_all(&client, &axon, chunks, size).await?;
    let seconds = began.elapsed().as_secs_f64();
    json::print(&json!({
        "chunks": came,
        "bytes": bytes,
        "seconds": seconds,
        "rate": came as f64 / seconds,
        "cpu_us_per_chunk": (crate::bench::cpu_micros() - cpu) / came.max(1) as f64,
        "errors": u64::from(came != chunks || bytes != chunks * size),
    }));
    client.close_all_connections().await?;
    Ok(())
}
