//! Real sockets, real threads, a real executor.
mod rig;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use ltn::executor::{Inline, Pool};
use ltn::{BoxError, Client, Code, Level, Request, Runtime, Sender, Server};
use rig::{code, identity, map, start, LONG};

type Map = BTreeMap<String, i64>;

fn runtime() -> Runtime {
    Runtime::builder().unwrap().build().unwrap()
}

#[test]
fn a_lone_call_is_waited_for_without_any_executor() {
    let rig = start(&runtime(), |_| Ok(()));
    let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
    assert_eq!(call.wait().unwrap().bytes()[..], map(1)[..]);
    let data: Map = [("n".to_owned(), 5)].into();
    assert_eq!(rig.client.call::<_, Map>(&rig.peer, "echo", &data).wait().unwrap(), data);
}

#[test]
fn a_client_made_for_waiting_waits_and_its_futures_say_so() {
    let runtime = runtime();
    let rig = start(&runtime, |_| Ok(()));
    let client = Client::waiting_on(&runtime, &identity(4)).unwrap();
    client.start().unwrap();
    for number in 0..50 {
        let call = client.call_raw(&rig.peer, "echo", map(number)).unwrap();
        assert_eq!(call.wait().unwrap().bytes()[..], map(number)[..]);
    }
    let call = client.call_raw(&rig.peer, "echo", map(1)).unwrap();
    // It may have its answer by then, which is as good.
    if let Err(error) = futures_executor::block_on(call) {
        assert_eq!(error.code(), Code::STATE);
    }
    client.stop().unwrap();
    assert!(client.wait(Some(LONG)).unwrap());
}

#[test]
fn futures_are_polled_by_any_executor() {
    let rig = start(&runtime(), |_| Ok(()));
    let data: Map = [("n".to_owned(), 5)].into();
    let call = rig.client.call::<_, Map>(&rig.peer, "echo", &data);
    assert_eq!(futures_executor::block_on(call).unwrap(), data);
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let call = rig.client.call::<_, Map>(&rig.peer, "echo", &data);
    assert_eq!(tokio.block_on(call).unwrap(), data);
}

#[test]
fn a_thousand_calls_at_once_through_tokio_on_both_sides() {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let handle = tokio.handle().clone();
    let runtime = runtime();
    let server = Server::with(&runtime, &identity(1), move |task| {
        handle.spawn(task);
    })
    .unwrap();
    server
        .handle("later", |_, mut data: Map| async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            data.values_mut().for_each(|value| *value += 1);
            Ok::<_, BoxError>(data)
        })
        .unwrap();
    let address = server.start().unwrap();
    let peer = ltn::Peer::at(identity(1).hotkey(), &address).unwrap();
    let client = Client::on(&runtime, &identity(2)).unwrap();
    client.start().unwrap();
    let answers = tokio.block_on(async {
        let tasks: Vec<_> = (0..1000i64)
            .map(|number| {
                let (client, peer) = (client.clone(), peer.clone());
                tokio::spawn(async move {
                    let data: Map = [("n".to_owned(), number)].into();
                    client.call::<_, Map>(&peer, "later", &data).await
                })
            })
            .collect();
        futures_util::future::join_all(tasks).await
    });
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().unwrap()["n"], number as i64 + 1);
    }
    assert_eq!(client.stat("calls_in_flight").unwrap(), 0);
    tokio.block_on(server.close().unwrap()).unwrap();
}

#[test]
fn async_closures_are_handlers_and_streams_flow() {
    let rig = start(&runtime(), |server| {
        server.handle("plus", async |_: Request, mut data: Map| {
            data.values_mut().for_each(|value| *value += 1);
            Ok::<_, BoxError>(data)
        })?;
        server.handle_stream("count", async |_: Request, out: Sender| {
            for number in 0..100u8 {
                out.send(vec![number; 100_000]).await?;
            }
            Ok::<_, BoxError>(())
        })
    });
    let data: Map = [("n".to_owned(), 5)].into();
    assert_eq!(rig.client.call::<_, Map>(&rig.peer, "plus", &data).wait().unwrap()["n"], 6);
    let stream = rig.client.request(&rig.peer, "count").open().unwrap();
    let chunks: Vec<_> = futures_executor::block_on(stream.collect());
    assert_eq!(chunks.len(), 100);
    for (number, chunk) in chunks.into_iter().enumerate() {
        let chunk = chunk.unwrap();
        assert!(chunk.len() == 100_000 && chunk[99_999] as usize == number);
    }
    let mut stream = rig.client.request(&rig.peer, "count").open().unwrap();
    let mut count = 0;
    while stream.wait_next(Some(LONG)).unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 100);
}

#[test]
fn calls_dropped_at_any_moment_leave_nothing_behind() {
    let rig = start(&runtime(), |_| Ok(()));
    for round in 0..2000u32 {
        let mut call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        if round % 3 > 0 {
            let waker = futures_util::task::noop_waker();
            let mut context = std::task::Context::from_waker(&waker);
            let _ = std::future::Future::poll(std::pin::Pin::new(&mut call), &mut context);
        }
        for _ in 0..(round % 7) * 200 {
            std::hint::spin_loop();
        }
        drop(call);
    }
    rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap().wait().unwrap();
    assert_eq!(rig.client.stat("calls_in_flight").unwrap(), 0);
}

#[test]
fn closing_from_several_threads_while_calls_run_harms_nobody() {
    let rig = start(&runtime(), |_| Ok(()));
    let ended = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| loop {
                let call = rig.client.call_raw(&rig.peer, "echo", map(1));
                match call.map(futures_executor::block_on) {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) | Err(error) => {
                        assert!(
                            [Code::SHUTDOWN, Code::CLOSED].contains(&error.code()),
                            "{error} {:?}",
                            error.code()
                        );
                        ended.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                }
            });
        }
        while rig.client.stat("calls_ok").unwrap() < 100 {
            std::thread::yield_now();
        }
        for _ in 0..2 {
            scope.spawn(|| futures_executor::block_on(rig.client.close().unwrap()).unwrap());
        }
    });
    assert_eq!(ended.load(Ordering::SeqCst), 4);
}

#[test]
fn executors_that_drop_their_tasks_fail_the_request() {
    let runtime = runtime();
    let server = Server::with(&runtime, &identity(1), drop::<ltn::executor::Task>).unwrap();
    server.handle_raw("lost", |request: Request| async move { request.bytes() }).unwrap();
    let address = server.start().unwrap();
    let client = Client::on(&runtime, &identity(2)).unwrap();
    client.start().unwrap();
    let peer = ltn::Peer::at(identity(1).hotkey(), &address).unwrap();
    let call = client.call_raw(&peer, "lost", map(1)).unwrap();
    assert_eq!(code(call.wait().map(drop)), Code::HANDLER);
}

#[test]
fn a_runtime_driven_by_the_host_answers_on_the_hosts_thread() {
    let runtime = Runtime::host_driven().unwrap().build().unwrap();
    let here = std::thread::current().id();
    let server = Server::with(&runtime, &identity(1), Inline::new()).unwrap();
    server
        .handle_raw("echo", move |request: Request| async move {
            assert_eq!(std::thread::current().id(), here);
            request.bytes()
        })
        .unwrap();
    let address = server.start().unwrap();
    let client = Client::on(&runtime, &identity(2)).unwrap();
    client.start().unwrap();
    assert!(runtime.descriptor().unwrap() >= 0);
    let peer = ltn::Peer::at(identity(1).hotkey(), &address).unwrap();
    let mut call = client.call_raw(&peer, "echo", map(9)).unwrap();
    let waker = futures_util::task::noop_waker();
    let mut context = std::task::Context::from_waker(&waker);
    let answer = loop {
        match std::future::Future::poll(std::pin::Pin::new(&mut call), &mut context) {
            std::task::Poll::Ready(answer) => break answer.unwrap(),
            std::task::Poll::Pending => runtime.step(Duration::from_millis(100)).unwrap(),
        }
    };
    assert_eq!(answer.bytes()[..], map(9)[..]);
}

#[test]
fn the_log_reaches_tracing() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    // For all threads: the log comes on the loop's, handlers' errors on a pool's.
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    let runtime = Runtime::builder().unwrap().tracing(Level::Debug).unwrap().build().unwrap();
    let rig = start(&runtime, |server| {
        server.handle_raw("fails", |_| async { rig::failure::<Vec<u8>>("the private reason") })
    });
    let call = rig.client.call_raw(&rig.peer, "fails", map(1)).unwrap();
    assert_eq!(code(call.wait().map(drop)), Code::HANDLER);
    runtime.close(Some(LONG)).unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains(" ltn: ") && text.contains("handler_failed"), "{text}");
    assert!(text.contains("ltn::handler") && text.contains("the private reason"), "{text}");
}

#[test]
fn a_pool_ends_with_its_last_user() {
    let pool = Pool::new(2).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    for number in 0..10 {
        let sender = sender.clone();
        ltn::Executor::spawn(&pool, Box::pin(async move { sender.send(number).unwrap() }));
    }
    drop(sender);
    let mut came: Vec<i32> = receiver.iter().collect();
    came.sort_unstable();
    assert_eq!(came, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_server_with_several_loops_answers_many_clients_that_come_and_go() {
    let runtime = Runtime::builder().unwrap().set("loops", 3).unwrap().build().unwrap();
    let server = Server::with(&runtime, &identity(1), Inline::new()).unwrap();
    server.set("max_handshake_attempts_per_minute", 100_000).unwrap();
    server
        .handle("plus", |_, mut data: Map| async move {
            data.values_mut().for_each(|value| *value += 1);
            Ok::<_, BoxError>(data)
        })
        .unwrap();
    let address = server.start().unwrap();
    let peer = ltn::Peer::at(identity(1).hotkey(), &address).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let (runtime, peer) = (&runtime, &peer);
            scope.spawn(move || {
                for round in 0..5u8 {
                    let client = Client::on(runtime, &identity(10 + thread * 5 + round)).unwrap();
                    client.start().unwrap();
                    let calls = (0..50i64).map(|number| {
                        let data: Map = [("n".to_owned(), number)].into();
                        client.call::<_, Map>(peer, "plus", &data)
                    });
                    let all = futures_util::future::join_all(calls);
                    for (number, answer) in futures_executor::block_on(all).into_iter().enumerate()
                    {
                        assert_eq!(answer.unwrap()["n"], number as i64 + 1);
                    }
                    // The last call is dropped with its client, unanswered.
                    drop(client.call_raw(peer, "plus", map(1)).unwrap());
                }
            });
        }
    });
    assert!(runtime.close(Some(LONG)).unwrap());
}
