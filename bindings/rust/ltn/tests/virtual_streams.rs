//! Streams over the virtual network.
mod rig;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use ltn::testing::Virtual;
use ltn::{BoxError, Bytes, Code, Request, Sender};
use rig::{failure, map, start};

#[test]
fn chunks_come_in_order_and_the_end_once() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_stream("count", |_, out: Sender| async move {
            for number in 0..200u8 {
                out.send(vec![number; 20_000]).await?;
            }
            Ok::<_, BoxError>(())
        })
    });
    let mut stream = rig.client.request(&rig.peer, "count").open().unwrap();
    world
        .run(async {
            for number in 0..200u8 {
                let chunk = stream.next().await.unwrap().expect("200 chunks");
                assert!(chunk.len() == 20_000 && chunk.iter().all(|byte| *byte == number));
            }
            assert_eq!(stream.next().await.unwrap(), None);
            assert_eq!(stream.next().await.unwrap(), None);
        })
        .unwrap();
}

#[test]
fn a_handler_that_fails_midway_ends_the_stream_with_one_error() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_stream("breaks", |_, out: Sender| async move {
            out.send("one").await?;
            failure::<()>("the private reason")
        })
    });
    let stream = rig.client.request(&rig.peer, "breaks").open().unwrap();
    let all: Vec<_> = world.run(stream.collect()).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].as_ref().unwrap(), &Bytes::from("one"));
    let error = all[1].as_ref().unwrap_err();
    assert_eq!(error.code(), Code::STREAM);
    assert!(!error.text().contains("private"));
}

#[test]
fn a_reader_that_pauses_stops_the_writer() {
    let world = Virtual::new(1).unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let rig = start(world.runtime(), |server| {
        server.handle_stream("much", move |_, out: Sender| {
            let count = Arc::clone(&count);
            async move {
                for _ in 0..1000 {
                    out.send(vec![0; 100_000]).await?;
                    count.fetch_add(1, Ordering::SeqCst);
                }
                Ok::<_, BoxError>(())
            }
        })
    });
    let mut stream = rig.client.request(&rig.peer, "much").open().unwrap();
    world.pass(Duration::from_secs(5)).unwrap();
    let behind = sent.load(Ordering::SeqCst);
    assert!(behind < 200, "{behind} chunks of 100 kB were taken with nobody reading");
    let total = world
        .run(async {
            let mut total = 0;
            while let Some(chunk) = stream.next().await.unwrap() {
                total += chunk.len();
            }
            total
        })
        .unwrap();
    assert_eq!(total, 100_000_000);
}

#[test]
fn a_reader_that_leaves_lets_the_writer_go() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_stream("endless", |_, out: Sender| async move {
            loop {
                out.send(vec![0; 50_000]).await?;
            }
            #[allow(unreachable_code)]
            Ok::<_, BoxError>(())
        })
    });
    let mut stream = rig.client.request(&rig.peer, "endless").open().unwrap();
    world.run(async { stream.next().await.unwrap().unwrap() }).unwrap();
    drop(stream);
    world.pass(Duration::from_secs(1)).unwrap();
    assert_eq!(rig.server.stat("streams_open").unwrap(), 0);
    assert_eq!(rig.server.stat("handlers_withdrawn").unwrap(), 0);
    let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
    world.run(call).unwrap().unwrap();
}

#[test]
fn a_collected_stream_is_read_after_its_end() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_stream("few", |_, out: Sender| async move {
            out.send("a").await?;
            out.send("b").await
        })
    });
    let stream = rig.client.request(&rig.peer, "few").collect().unwrap();
    let all: Vec<Bytes> = world.run(stream.try_collect()).unwrap().unwrap();
    assert_eq!(all, [Bytes::from("a"), Bytes::from("b")]);
}

#[test]
fn chunks_follow_a_call_and_its_answer_comes_after_them() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_raw("sum", |request: Request| async move {
            let mut chunks = request.chunks()?;
            assert_eq!(request.chunks().map(drop).unwrap_err().code(), Code::STATE);
            let mut sum = 0u8;
            while let Some(chunk) = chunks.next().await? {
                sum += chunk.iter().sum::<u8>();
            }
            Ok::<_, BoxError>(map(sum))
        })
    });
    let (sender, call) = rig.client.request(&rig.peer, "sum").talk().unwrap();
    let answer = world
        .run(async {
            for number in 1..=5u8 {
                sender.send(vec![number]).await.unwrap();
            }
            sender.end().unwrap();
            assert_eq!(sender.end().unwrap_err().code(), Code::STATE);
            call.await.unwrap()
        })
        .unwrap();
    assert_eq!(answer.bytes()[..], map(15)[..]);
}

#[test]
fn both_sides_talk_at_once() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_stream("mirror", |request: Request, out: Sender| async move {
            let mut chunks = request.chunks()?;
            while let Some(chunk) = chunks.next().await? {
                out.send(chunk).await?;
            }
            Ok::<_, BoxError>(())
        })
    });
    let (sender, mut stream) = rig.client.request(&rig.peer, "mirror").converse().unwrap();
    world
        .run(async {
            for number in 0..50u8 {
                sender.send(vec![number; 30_000]).await.unwrap();
                let chunk = stream.next().await.unwrap().unwrap();
                assert!(chunk.len() == 30_000 && chunk[0] == number);
            }
            sender.end().unwrap();
            assert_eq!(stream.next().await.unwrap(), None);
        })
        .unwrap();
}
