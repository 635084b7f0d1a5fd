//! No panic of the host's crosses C: each kind of callback panics once, and the call goes on or fails in words.
mod rig;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use ltn::executor::Task;
use ltn::testing::Virtual;
use ltn::{BoxError, Bytes, Client, Code, Hotkey, Level, Peer, Request, Server};
use rig::{code, identity, map, start};

/// Panics when it is dropped, as a destroy function of the host's may.
struct Grudge(Arc<AtomicUsize>);

impl Drop for Grudge {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("dropped against its will");
    }
}

impl AsRef<[u8]> for Grudge {
    fn as_ref(&self) -> &[u8] {
        static MAP: [u8; 65542] = {
            // {"b": bin of 64 KiB less one}
            let mut map = [0; 65542];
            (map[0], map[1], map[2], map[3], map[4], map[5]) = (0x81, 0xa1, b'b', 0xc5, 0xff, 0xff);
            map
        };
        &MAP[..65541]
    }
}

fn quietly(run: impl FnOnce() + std::panic::UnwindSafe) {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    // The hook is the process's: tests take turns.
    let turn = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(run);
    std::panic::set_hook(loud);
    drop(turn);
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn a_log_that_panics_costs_its_line_only() {
    quietly(|| {
        let lines = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&lines);
        let world = Virtual::with(1, |builder| {
            builder.log(Level::Debug, move |_, _, _| {
                count.fetch_add(1, Ordering::SeqCst);
                panic!("the log is full");
            })
        });
        let world = world.unwrap();
        let rig = start(world.runtime(), |_| Ok(()));
        let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        assert_eq!(world.run(call).unwrap().unwrap().bytes()[..], map(1)[..]);
        assert!(lines.load(Ordering::SeqCst) > 1, "the log was asked once only");
    });
}

#[test]
fn an_observer_that_panics_keeps_nobody_out() {
    quietly(|| {
        let world = Virtual::new(1).unwrap();
        let rig = start(world.runtime(), |server| server.observe(|_, _| panic!("who is that")));
        let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        world.run(call).unwrap().unwrap();
    });
}

#[test]
fn resolvers_that_panic_admit_nobody() {
    quietly(|| {
        let world = Virtual::new(1).unwrap();
        let rig = start(world.runtime(), |server| {
            server.set("require_validator_permit", true)?;
            server.resolve_permits(|| async {
                if true {
                    panic!("no list today");
                }
                Ok::<Vec<Hotkey>, BoxError>(Vec::new())
            })
        });
        let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        assert_eq!(code(world.run(call).unwrap().map(drop)), Code::HANDSHAKE_REJECTED);
        rig.server.set_permits(&[identity(2).hotkey()]).unwrap();
        let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        world.run(call).unwrap().unwrap();
    });
}

#[test]
fn an_executor_that_panics_fails_its_request() {
    quietly(|| {
        let world = Virtual::new(1).unwrap();
        let refuse = |_: Task| panic!("not today");
        let server = Server::with(world.runtime(), &identity(1), refuse).unwrap();
        server.handle_raw("echo", |request: Request| async move { request.bytes() }).unwrap();
        let peer = Peer::at(identity(1).hotkey(), &server.start().unwrap()).unwrap();
        let client = Client::on(world.runtime(), &identity(2)).unwrap();
        client.start().unwrap();
        let call = client.call_raw(&peer, "echo", map(1)).unwrap();
        assert_eq!(code(world.run(call).unwrap().map(drop)), Code::HANDLER);
    });
}

#[test]
fn what_a_handler_owns_may_panic_when_it_is_dropped() {
    quietly(|| {
        let dropped = Arc::new(AtomicUsize::new(0));
        let world = Virtual::new(1).unwrap();
        let rig = start(world.runtime(), |server| {
            let grudge = Grudge(Arc::clone(&dropped));
            server.handle_raw("grudge", move |_| {
                let _kept = &grudge;
                async { Ok::<_, BoxError>(map(1)) }
            })
        });
        assert!(rig.server.unhandle("grudge").unwrap());
        let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        world.run(call).unwrap().unwrap();
        drop(rig);
        drop(world);
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn bytes_that_were_lent_may_panic_when_they_are_given_back() {
    quietly(|| {
        let dropped = Arc::new(AtomicUsize::new(0));
        let world = Virtual::new(1).unwrap();
        let rig = start(world.runtime(), |_| Ok(()));
        // The binding's own references go first: the last one is the library's.
        let call = rig
            .client
            .call_raw(&rig.peer, "echo", Bytes::from_owner(Grudge(Arc::clone(&dropped))))
            .unwrap();
        let answer = world.run(call).unwrap().unwrap();
        assert_eq!(answer.bytes().len(), 65541);
        world.pass(std::time::Duration::from_secs(1)).unwrap();
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_waker_that_panics_does_so_alone() {
    struct Loud;
    impl Wake for Loud {
        fn wake(self: Arc<Loud>) {
            panic!("let me sleep");
        }
    }
    quietly(|| {
        let world = Virtual::new(1).unwrap();
        let rig = start(world.runtime(), |_| Ok(()));
        let mut call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
        let waker = Waker::from(Arc::new(Loud));
        let mut context = Context::from_waker(&waker);
        let pinned = std::pin::Pin::new(&mut call);
        assert!(std::future::Future::poll(pinned, &mut context).is_pending());
        world.pass(std::time::Duration::from_secs(1)).unwrap();
        let pinned = std::pin::Pin::new(&mut call);
        assert!(matches!(std::future::Future::poll(pinned, &mut context), Poll::Ready(Ok(_))));
    });
}
