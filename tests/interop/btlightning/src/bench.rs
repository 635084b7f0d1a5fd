//! The figures of `ltn bench`, taken from the crate's client.

use crate::args::{Args, Done};
use crate::call::{axon, client};
use crate::{json, payload, stream};
use btlightning::QuicRequest;
use serde_json::{json, Value as Json};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub fn cpu_micros() -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let micros = |t: libc::timeval| t.tv_sec as f64 * 1e6 + t.tv_usec as f64;
    micros(usage.ru_utime) + micros(usage.ru_stime)
}

fn percentile(sorted: &[f64], percent: f64) -> f64 {
    match sorted.len() {
        0 => 0.0,
        count => sorted[(percent / 100.0 * (count - 1) as f64).round() as usize],
    }
}

fn summary(mut micros: Vec<f64>, wall: Duration, cpu: f64, errors: usize) -> Json {
    micros.sort_by(f64::total_cmp);
    let calls = micros.len();
    json!({
        "calls": calls,
        "seconds": wall.as_secs_f64(),
        "rate": calls as f64 / wall.as_secs_f64(),
        "p50_us": percentile(&micros, 50.0),
        "p90_us": percentile(&micros, 90.0),
        "p99_us": percentile(&micros, 99.0),
        "max_us": micros.last().copied().unwrap_or(0.0),
        "cpu_us_per_call": cpu / calls.max(1) as f64,
        "errors": errors,
    })
}

/// A new client each time: endpoint, QUIC connect, handshake and a first echo of 64 bytes.
async fn connects(args: &Args, count: usize) -> Done {
    let axon = axon(args.word(0, "HOST:PORT"), args.word(1, "HOTKEY"));
    // The first is untimed: what a process does once is no part of the figures.
    let (mut micros, mut errors) = (Vec::with_capacity(count), 0);
    let (mut started, mut cpu) = (Instant::now(), cpu_micros());
    for number in 0..=count {
        let mut client = client(args)?;
        let began = Instant::now();
        client.initialize_connections(vec![axon.clone()]).await?;
        let request = QuicRequest::new("echo".to_string(), payload::data(64));
        let answer = client.query_axon(axon.clone(), request).await;
        let elapsed = began.elapsed();
        client.close_all_connections().await?;
        match answer {
            Ok(answer) if answer.data == payload::data(64) => {
                if number > 0 {
                    micros.push(elapsed.as_secs_f64() * 1e6);
                } else {
                    (started, cpu) = (Instant::now(), cpu_micros());
                }
            }
            _ => errors += 1,
        }
    }
    json::print(&summary(
        micros,
        started.elapsed(),
        cpu_micros() - cpu,
        errors,
    ));
    Ok(())
}

pub async fn run(args: &Args) -> Done {
    if let Some(count) = args.value("connect") {
        return connects(args, count).await;
    }
    if let Some(chunks) = args.value("stream") {
        return stream::bench(args, chunks).await;
    }
    let axon = axon(args.word(0, "HOST:PORT"), args.word(1, "HOTKEY"));
    let data = Arc::new(payload::data(args.or("payload", 1024)));
    let inflight: usize = args.or("inflight", 1);
    let measured = Duration::from_secs_f64(args.or("seconds", 3.0));
    let warm_up = (measured / 5).min(Duration::from_secs(1));

    let mut client = client(args)?;
    client.initialize_connections(vec![axon.clone()]).await?;
    let client = Arc::new(client);
    let started = Instant::now() + warm_up;
    let ends = started + measured;
    let workers: Vec<_> = (0..inflight)
        .map(|_| {
            let (client, axon, data) = (client.clone(), axon.clone(), data.clone());
            tokio::spawn(async move {
                let (mut micros, mut errors) = (Vec::new(), 0);
                loop {
                    let began = Instant::now();
                    if began >= ends {
                        return (micros, errors);
                    }
                    // Cloning the map is part of a call: the crate takes its data by value.
                    let request = QuicRequest::new("echo".to_string(), (*data).clone());
                    let answer = client.query_axon(axon.clone(), request).await;
                    let elapsed = began.elapsed();
                    let good = matches!(&answer, Ok(answer) if answer.data == *data);
                    if began >= started && good {
                        micros.push(elapsed.as_secs_f64() * 1e6);
                    } else if !good {
                        errors += 1;
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep_until(started.into()).await;
    let cpu = cpu_micros();
    let (mut micros, mut errors) = (Vec::new(), 0);
    for worker in workers {
        let (some, failed) = worker.await?;
        micros.extend(some);
        errors += failed;
    }
    let wall = started.elapsed();
    json::print(&summary(micros, wall, cpu_micros() - cpu, errors));
    client.close_all_connections().await?;
    Ok(())
}
