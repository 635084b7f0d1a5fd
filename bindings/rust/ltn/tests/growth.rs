//! What a long life costs. Ignored: minutes, and numbers that mean something only on a quiet machine.
//!
//!     cargo test --release -p ltn --test growth -- --ignored --nocapture --test-threads 1
//!
//! LTN_GROWTH_SHARE divides the counts (1 is all of them: 10^6 create and free, 10^4 start and stop, 10^6 calls).
mod rig;

use futures_util::StreamExt;
use ltn::{Client, Runtime, Server};
use rig::{identity, map, start, LONG};

fn resident_kib() -> i64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: i64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4
}

fn share() -> usize {
    std::env::var("LTN_GROWTH_SHARE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Resident growth after the first tenth, per 10^4 rounds.
fn growth(what: &str, rounds: usize, mut run: impl FnMut(usize)) {
    let rounds = rounds / share();
    let tenth = rounds / 10;
    run(tenth);
    let before = resident_kib();
    let begin = std::time::Instant::now();
    run(rounds - tenth);
    let grown = resident_kib() - before;
    let per = grown as f64 * 1e4 / (rounds - tenth) as f64;
    println!(
        "{what}: {rounds} rounds, {:?}, {grown} KiB more, {per:.2} KiB per 10^4",
        begin.elapsed()
    );
    // Pages come in fours, and few rounds make one page look like much.
    assert!(grown <= 64 || per < 1.0, "{what} grows: {per:.2} KiB per 10^4");
}

#[test]
#[ignore = "minutes"]
fn creating_and_freeing_leaves_nothing() {
    let runtime = Runtime::builder().unwrap().build().unwrap();
    let (one, two) = (identity(1), identity(2));
    growth("create and free", 1_000_000, |rounds| {
        for _ in 0..rounds {
            let server = Server::on(&runtime, &one).unwrap();
            server.handle_raw("echo", |request| async move { request.bytes() }).unwrap();
            drop(Client::on(&runtime, &two).unwrap());
        }
    });
}

#[test]
#[ignore = "minutes"]
fn starting_and_stopping_leaves_nothing() {
    let two = identity(2);
    growth("start and stop", 10_000, |rounds| {
        for _ in 0..rounds {
            let runtime = Runtime::builder().unwrap().build().unwrap();
            let client = Client::on(&runtime, &two).unwrap();
            client.start().unwrap();
            assert!(runtime.close(Some(LONG)).unwrap());
        }
    });
}

#[test]
#[ignore = "minutes"]
fn calling_leaves_nothing() {
    let rig = start(&Runtime::builder().unwrap().build().unwrap(), |_| Ok(()));
    growth("calls", 1_000_000, |rounds| {
        let calls = futures_util::stream::iter(0..rounds)
            .map(|_| rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap())
            .buffer_unordered(32);
        futures_executor::block_on(calls.for_each(|answer| async {
            answer.unwrap();
        }));
    });
}
