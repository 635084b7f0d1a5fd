//! Many authenticated connections that ask nothing: what each of them costs a server. Opened here
//! with quinn alone, from a few sockets, so that the same load can meet every server.

use crate::args::{usage_error, Args, Done, Failure};
use crate::wire::{self, Handshake};
use crate::{json, probes};
use quinn::{Connection, Endpoint};
use serde_json::json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncBufReadExt;

/// A server under a burst of handshakes may drop some; that is not what is measured.
const ATTEMPTS: usize = 5;

/// `wire::endpoint` pings every second and lends the server a huge window; these connections have
/// the timing of a proper client.
fn quiet_endpoint(toward: SocketAddr, args: &Args) -> Done<Endpoint> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(wire::AnyCertificate))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"btlightning".to_vec()];
    let quic = quinn::crypto::rustls::QuicClientConfig::try_from(tls)?;
    let mut config = quinn::ClientConfig::new(Arc::new(quic));
    let mut transport = quinn::TransportConfig::default();
    let keep_alive = Duration::from_secs(args.or("keep-alive-interval-secs", 30));
    let idle_timeout = Duration::from_secs(args.or("idle-timeout-secs", 150));
    transport.keep_alive_interval(Some(keep_alive));
    transport.max_idle_timeout(Some(idle_timeout.try_into()?));
    config.transport_config(Arc::new(transport));
    let mut endpoint = Endpoint::client(wire::local_for(toward))?;
    endpoint.set_default_client_config(config);
    Ok(endpoint)
}

async fn open_one(endpoint: &Endpoint, target: SocketAddr, seed: [u8; 32]) -> Done<Connection> {
    let connection = wire::connect(endpoint, target).await?;
    let answer = Handshake::proper(seed).run(&connection).await?;
    if answer.accepted {
        return Ok(connection);
    }
    connection.close(0u32.into(), b"");
    Err("expected an accepted handshake, came a refusal")?
}

struct Opener {
    endpoints: Vec<Endpoint>,
    target: SocketAddr,
    seed: [u8; 32],
    next: AtomicUsize,
    count: usize,
}

impl Opener {
    fn seed_of(&self, number: usize) -> [u8; 32] {
        let mut seed = self.seed;
        for (byte, change) in seed[28..].iter_mut().zip((number as u32).to_be_bytes()) {
            *byte ^= change;
        }
        seed
    }

    /// Opens connections, one after the other, until all are taken by some worker.
    async fn work(&self) -> Done<Vec<Connection>> {
        let mut mine = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.count {
                return Ok(mine);
            }
            let endpoint = &self.endpoints[number % self.endpoints.len()];
            let mut attempt = 1;
            mine.push(loop {
                match open_one(endpoint, self.target, self.seed_of(number)).await {
                    Ok(connection) => break connection,
                    Err(failure) if attempt == ATTEMPTS => return Err(failure),
                    Err(_) => tokio::time::sleep(Duration::from_millis(200 << attempt)).await,
                }
                attempt += 1;
            });
        }
    }
}

async fn open_all(args: &Args, target: SocketAddr) -> Done<(Vec<Endpoint>, Vec<Connection>)> {
    let sockets: usize = args.or("sockets", 8).max(1);
    let endpoints = (0..sockets)
        .map(|_| quiet_endpoint(target, args))
        .collect::<Done<Vec<_>>>()?;
    let opener = Arc::new(Opener {
        endpoints: endpoints.clone(),
        target,
        seed: args.seed([2; 32]),
        next: AtomicUsize::new(0),
        count: args.or("count", 1000),
    });
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..args.or("at-once", 32) {
        let opener = opener.clone();
        workers.spawn(async move { opener.work().await });
    }
    let mut connections = Vec::new();
    while let Some(some) = workers.join_next().await {
        connections.extend(some??);
    }
    Ok((endpoints, connections))
}

/// One echo on each connection; how many brought what.
async fn check(connections: &[Connection], at_once: usize) -> Done<HashMap<String, usize>> {
    let mut seen = HashMap::new();
    let mut running = tokio::task::JoinSet::new();
    for connection in connections {
        if running.len() >= at_once {
            if let Some(outcome) = running.join_next().await {
                *seen.entry(outcome?).or_default() += 1;
            }
        }
        let connection = connection.clone();
        running.spawn(async move { probes::outcome(&connection).await });
    }
    while let Some(outcome) = running.join_next().await {
        *seen.entry(outcome?).or_default() += 1;
    }
    Ok(seen)
}

/// Says when all are up; then checks them once per line of stdin, until it ends.
pub async fn run(args: &Args) -> Done {
    let Ok(target) = args.word(0, "HOST:PORT").parse() else {
        usage_error("idle wants IP:PORT");
    };
    let began = Instant::now();
    let (endpoints, connections) = open_all(args, target).await?;
    json::print(&json!({"event": "up", "connections": connections.len(),
        "seconds": began.elapsed().as_secs_f64()}));
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while lines.next_line().await?.is_some() {
        let seen = check(&connections, args.or("at-once", 32)).await?;
        let served = seen.get("served").copied().unwrap_or(0);
        json::print(&json!({"event": "checked", "served": served, "outcomes": seen}));
        if served != connections.len() {
            return Err(Failure::Answered);
        }
    }
    for endpoint in &endpoints {
        endpoint.close(0u32.into(), b"");
    }
    for endpoint in &endpoints {
        let _ = tokio::time::timeout(Duration::from_secs(2), endpoint.wait_idle()).await;
    }
    Ok(())
}
