//! The crate as a client, with the contract of `ltn call`.

use crate::args::{usage_error, Args, Done, Failure};
use crate::json::{self, Data};
use crate::{payload, serve, values, wire};
use btlightning::{
    LightningClient, LightningClientConfig, QuicAxonInfo, QuicRequest, QuicResponse, Result,
};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncBufReadExt;
use tokio::sync::Semaphore;

pub fn axon(address: &str, hotkey: &str) -> QuicAxonInfo {
    let Ok(address) = address.parse::<std::net::SocketAddr>() else {
        usage_error(&format!("{address:?} is not IP:PORT"));
    };
    QuicAxonInfo::new(
        hotkey.to_string(),
        address.ip().to_string(),
        address.port(),
        4,
    )
}

pub fn client(args: &Args) -> Done<LightningClient> {
    let seed = args.seed([2; 32]);
    let mut config = LightningClientConfig::builder()
        .reconnect_initial_backoff(Duration::from_millis(50))
        .reconnect_max_backoff(Duration::from_millis(200))
        .connect_timeout(Duration::from_secs(args.or("connect-timeout-secs", 5)));
    if let Some(seconds) = args.value("idle-timeout-secs") {
        config = config.idle_timeout(Duration::from_secs(seconds));
    }
    if let Some(seconds) = args.value("keep-alive-interval-secs") {
        config = config.keep_alive_interval(Duration::from_secs(seconds));
    }
    if let Some(bytes) = args.value::<usize>("max-frame-payload-bytes") {
        // The limit of collected streams may not be below it.
        config = config
            .max_frame_payload_bytes(bytes)
            .max_stream_payload_bytes(bytes.max(64 << 20));
    }
    if let Some(ms) = args.value("stream-chunk-timeout-ms") {
        config = config.stream_chunk_timeout(Duration::from_millis(ms));
    }
    let mut client = LightningClient::with_config(wire::hotkey(seed, 42), config.build()?)?;
    client.set_signer(serve::signer(args, seed));
    Ok(client)
}

async fn query(
    client: &LightningClient,
    axon: QuicAxonInfo,
    request: QuicRequest,
    timeout: Option<Duration>,
) -> Result<QuicResponse> {
    match timeout {
        Some(timeout) => client.query_axon_with_timeout(axon, request, timeout).await,
        None => client.query_axon(axon, request).await,
    }
}

fn report(answer: Result<QuicResponse>, sent: Option<&Data>) -> bool {
    match answer {
        Ok(response) => {
            let mut line = json!({
                "success": response.success,
                "data": json::from_map(&response.data),
                "latency_ms": response.latency_ms,
                "error": response.error,
            });
            if let Some(sent) = sent {
                line["echoed"] = json!(sent == &response.data);
            }
            json::print(&line);
            response.success && sent.is_none_or(|sent| sent == &response.data)
        }
        Err(error) => {
            json::print(
                &json!({"success": false, "data": {}, "error": error.to_string(),
                "failed": true}),
            );
            false
        }
    }
}

pub fn request_data(args: &Args) -> Done<Data> {
    let text = match (args.text("data"), args.text("data-file")) {
        (text, None) => text.map(str::to_string),
        (_, Some(path)) => Some(std::fs::read_to_string(path)?),
    };
    Ok(match (text, args.value("payload"), args.flag("values")) {
        (Some(text), None, false) => json::to_map(&text).unwrap_or_else(|why| usage_error(&why)),
        (None, Some(count), false) => payload::data(count),
        (None, None, true) => values::every_kind(),
        (None, None, false) => Data::new(),
        _ => usage_error("--data, --payload and --values exclude each other"),
    })
}

pub async fn run(args: &Args) -> Done {
    let address = args.word(0, "HOST:PORT");
    let hotkeys: Vec<&str> = args.word(1, "HOTKEY").split(',').collect();
    let kind = args.word(2, "TYPE");
    let data = request_data(args)?;
    let timeout = args
        .value::<f64>("timeout-secs")
        .map(Duration::from_secs_f64);
    let repeat: usize = args.or("repeat", 1);
    let inflight: usize = args.or("inflight", 1);
    let expected = (args.flag("expect-echo") || args.flag("values")) && kind.starts_with("echo");

    let mut client = client(args)?;
    let axons: Vec<_> = hotkeys.iter().map(|hotkey| axon(address, hotkey)).collect();
    client.initialize_connections(axons.clone()).await?;
    let request = || QuicRequest::new(kind.to_string(), data.clone());
    let sent = expected.then_some(&data);

    let mut good = true;
    if args.flag("steps") {
        // One call per line of stdin, so that the runner can restart the server in between.
        let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
        while lines.next_line().await?.is_some() {
            report(
                query(&client, axons[0].clone(), request(), timeout).await,
                sent,
            );
        }
    } else {
        let client = Arc::new(client);
        let slots = Arc::new(Semaphore::new(inflight));
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..repeat {
            for axon in &axons {
                let slot = slots.clone().acquire_owned().await?;
                let (client, axon, request) = (client.clone(), axon.clone(), request());
                running.spawn(async move {
                    let answer = query(&client, axon, request, timeout).await;
                    drop(slot);
                    answer
                });
                while let Some(answer) = running.try_join_next() {
                    good &= report(answer?, sent);
                }
            }
        }
        while let Some(answer) = running.join_next().await {
            good &= report(answer?, sent);
        }
        client.close_all_connections().await?;
    }
    if good {
        Ok(())
    } else {
        Err(Failure::Answered)
    }
}
