//! What a long life costs. Ignored: minutes; `bindings/rust/tests/growth` runs it, all of it with `--full`.
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

extern "C" {
    fn malloc_trim(keep: usize) -> i32;
}

/// How often the memory is looked at after the first tenth.
const LOOKS: usize = 9;
/// Pages come in fours, and an allocator keeps some; few rounds make that look like much.
const NOISE_KIB: i64 = 128;

/// Resident growth after the first tenth, per 10^4 rounds: the median of the slopes between any two looks, so
/// that one page at a bad moment does not decide. What the allocator only keeps is given back before a look.
fn growth(what: &str, rounds: usize, mut run: impl FnMut(usize)) {
    let part = rounds / share() / (LOOKS + 1);
    let mut looks = Vec::new();
    let begin = std::time::Instant::now();
    for _ in 0..=LOOKS {
        run(part);
        // SAFETY: any time.
        unsafe { malloc_trim(0) };
        looks.push(resident_kib());
    }
    let mut slopes: Vec<f64> = Vec::new();
    for (at, early) in looks.iter().enumerate() {
        for (later, late) in looks.iter().enumerate().skip(at + 1) {
            slopes.push((late - early) as f64 / ((later - at) * part) as f64 * 1e4);
        }
    }
    slopes.sort_by(f64::total_cmp);
    let per = slopes[slopes.len() / 2];
    let grown = looks[LOOKS] - looks[0];
    println!(
        "{what}: {} rounds, {:?}, {grown} KiB more, {per:.2} KiB per 10^4",
        part * (LOOKS + 1),
        begin.elapsed()
    );
    let few = share() > 1 && grown <= NOISE_KIB;
    assert!(few || per < 1.0, "{what} grows: {per:.2} KiB per 10^4, {looks:?}");
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
