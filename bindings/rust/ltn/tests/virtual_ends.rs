//! Closing, signers that ask, permits: over the virtual network.
mod rig;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ltn::executor::Inline;
use ltn::testing::Virtual;
use ltn::{BoxError, Bytes, Category, Client, Code, Hotkey, Identity, Server, Signer};
use rig::{code, identity, map, start};

#[test]
fn a_closed_client_answers_closed_and_its_calls_end_with_shutdown() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_raw("hangs", |_| std::future::pending::<Result<Vec<u8>, BoxError>>())
    });
    let call = rig.client.call_raw(&rig.peer, "hangs", map(1)).unwrap();
    world.pass(Duration::from_millis(100)).unwrap();
    let closed = rig.client.close().unwrap();
    assert_eq!(code(world.run(call).unwrap().map(drop)), Code::SHUTDOWN);
    world.run(closed).unwrap().unwrap();
    assert_eq!(code(rig.client.call_raw(&rig.peer, "echo", map(1)).map(drop)), Code::CLOSED);
    rig.client.stop().unwrap();
    let again = rig.client.close().unwrap();
    world.run(again).unwrap().unwrap();
}

#[test]
fn a_dropped_server_withdraws_its_handlers() {
    let world = Virtual::new(1).unwrap();
    let alive = Arc::new(());
    let seen = Arc::downgrade(&alive);
    let rig = start(world.runtime(), |server| {
        server.handle_raw("hangs", move |_| {
            let alive = Arc::clone(&alive);
            async move {
                let _alive = alive;
                std::future::pending::<Result<Vec<u8>, BoxError>>().await
            }
        })
    });
    let call = rig.client.call_raw(&rig.peer, "hangs", map(1)).unwrap();
    world.pass(Duration::from_millis(100)).unwrap();
    drop(rig.server);
    let error = world.run(call).unwrap().unwrap_err();
    assert_ne!(error.category(), Category::Local, "{error}");
    world.pass(Duration::from_secs(1)).unwrap();
    assert_eq!(seen.strong_count(), 0, "the handler's closure is still there");
}

#[test]
fn a_world_that_is_left_in_the_middle_leaves_nothing() {
    let alive = Arc::new(());
    let seen = Arc::downgrade(&alive);
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_raw("hangs", move |_| {
            let alive = Arc::clone(&alive);
            async move {
                let _alive = alive;
                std::future::pending::<Result<Vec<u8>, BoxError>>().await
            }
        })
    });
    let call = rig.client.call_raw(&rig.peer, "hangs", map(1)).unwrap();
    world.pass(Duration::from_millis(100)).unwrap();
    assert_eq!(seen.strong_count(), 2, "the closure, and its future at work");
    // Not a step from here on.
    drop(rig);
    drop(call);
    drop(world);
    assert_eq!(seen.strong_count(), 0);
}

#[test]
fn a_call_outlives_its_client_and_runtime_handles() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    let call = rig.client.call_raw(&rig.peer, "echo", map(5)).unwrap();
    drop(rig.client);
    assert_eq!(world.run(call).unwrap().unwrap().bytes()[..], map(5)[..]);
}

type Answer = fn(&Identity, &[u8]) -> Result<[u8; 64], BoxError>;

struct Device {
    key: Identity,
    answer: Answer,
    asked: Arc<Mutex<usize>>,
}

impl Signer for Device {
    fn public_key(&self) -> Hotkey {
        self.key.hotkey()
    }

    async fn sign(&self, message: Bytes) -> Result<[u8; 64], BoxError> {
        *self.asked.lock().unwrap() += 1;
        (self.answer)(&self.key, &message)
    }
}

fn device(answer: Answer) -> (Identity, Arc<Mutex<usize>>) {
    let asked = Arc::new(Mutex::new(0));
    let device = Device { key: identity(3), answer, asked: Arc::clone(&asked) };
    (Identity::from_signer_on(device, Inline::new()).unwrap(), asked)
}

#[test]
fn a_signer_that_is_asked_proves_its_key() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    let (identity, asked) = device(|key, message| Ok(key.sign(message)?));
    let client = Client::on(world.runtime(), &identity).unwrap();
    client.start().unwrap();
    let call = client.call_raw(&rig.peer, "echo", map(1)).unwrap();
    world.run(call).unwrap().unwrap();
    assert!(*asked.lock().unwrap() >= 2); // the self-test and the handshake
    assert_eq!(code(identity.sign(b"x").map(drop)), Code::UNSUPPORTED);
}

#[test]
fn signers_that_lie_fail_or_panic_are_found_at_start() {
    let silence = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let answers: [Answer; 4] = [
        |_, _| Ok([7; 64]),
        |_, message| Ok(rig::identity(4).sign(message)?),
        |_, _| Err("the device is not plugged in".into()),
        |_, _| panic!("the driver broke"),
    ];
    for answer in answers {
        let world = Virtual::new(1).unwrap();
        let (identity, _) = device(answer);
        let client = Client::on(world.runtime(), &identity).unwrap();
        client.start().unwrap();
        let error = world.run(client.closed()).unwrap().unwrap_err();
        assert_eq!(error.category(), Category::Signing);
    }
    std::panic::set_hook(silence);
}

#[test]
fn permits_decide_who_comes_in_and_the_observer_is_told() {
    let world = Virtual::new(1).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let rig = start(world.runtime(), |server| {
        server.set("require_validator_permit", true)?;
        server.resolve_permits(|| async { Ok::<_, BoxError>(vec![identity(2).hotkey()]) })?;
        server.observe(move |hotkey, address| {
            note.lock().unwrap().push((hotkey, address.to_owned()));
        })
    });
    let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
    world.run(call).unwrap().unwrap();
    assert_eq!(seen.lock().unwrap()[0].0, identity(2).hotkey());
    let stranger = Client::on(world.runtime(), &identity(5)).unwrap();
    stranger.start().unwrap();
    let call = stranger.call_raw(&rig.peer, "echo", map(1)).unwrap();
    assert_eq!(code(world.run(call).unwrap().map(drop)), Code::HANDSHAKE_REJECTED);
    rig.server.set_permits(&[identity(2).hotkey(), identity(5).hotkey()]).unwrap();
    let call = stranger.call_raw(&rig.peer, "echo", map(1)).unwrap();
    world.run(call).unwrap().unwrap();
    assert!(!rig.server.sources().unwrap().is_empty());
}

#[test]
fn sources_are_resolved_by_an_async_closure() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.set("enforce_source_allowlist", true)?;
        server.resolve_sources(|| async { Ok::<_, BoxError>("bypass".to_owned()) })
    });
    let call = rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap();
    world.run(call).unwrap().unwrap();
    assert_eq!(rig.server.stat("sources_bypassed").unwrap(), 1);
}

#[test]
fn a_server_that_cannot_bind_says_so() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    let second = Server::on(world.runtime(), &identity(1)).unwrap();
    second.set("listen", rig.peer.address().unwrap()).unwrap();
    assert_eq!(code(second.start()), Code::IO);
}

#[test]
fn a_draining_server_lets_a_running_request_finish() {
    let world = Virtual::new(1).unwrap();
    let (finish, finished) = futures_util::future::AbortHandle::new_pair();
    let wait = Mutex::new(Some(futures_util::future::Abortable::new(
        std::future::pending::<()>(),
        finished,
    )));
    let rig = start(world.runtime(), |server| {
        server.handle_raw("slow", move |_| {
            let wait = wait.lock().unwrap().take().expect("called once");
            async move {
                let _ = wait.await;
                Ok::<_, BoxError>(map(7))
            }
        })
    });
    let call = rig.client.call_raw(&rig.peer, "slow", map(1)).unwrap();
    world.pass(Duration::from_millis(100)).unwrap();
    rig.server.stop_draining(Duration::from_secs(5)).unwrap();
    world.pass(Duration::from_secs(1)).unwrap();
    finish.abort(); // a waker of another kind than ours ends the wait
    assert_eq!(world.run(call).unwrap().unwrap().bytes()[..], map(7)[..]);
    world.run(rig.server.closed()).unwrap().unwrap();
}

#[test]
fn names_come_and_go_while_the_server_runs() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_others(|request: ltn::Request| async move {
            Ok::<_, BoxError>(map(request.name().len() as u8))
        })
    });
    let ask = |name| {
        let call = rig.client.request(&rig.peer, name).priority(4).call().unwrap();
        world.run(call).unwrap().map(|answer| answer.bytes()[3])
    };
    assert_eq!(ask("four").unwrap(), 4);
    rig.server.handle_raw("four", |_| async { Ok::<_, BoxError>(map(99)) }).unwrap();
    assert_eq!(ask("four").unwrap(), 99);
    assert!(rig.server.unhandle("four").unwrap());
    assert!(!rig.server.unhandle("four").unwrap());
    assert_eq!(ask("four").unwrap(), 4);
}

#[test]
fn what_one_run_learned_of_sources_another_is_told() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    world.pass(Duration::from_secs(120)).unwrap();
    let hotkey = identity(6).hotkey();
    rig.server.learn_source(hotkey, "192.0.2.7", Duration::from_secs(60)).unwrap();
    rig.server.set_sources("!198.51.100.0/24").unwrap();
    let sources = rig.server.sources().unwrap();
    let learned = sources.iter().find(|source| source.prefix == "192.0.2.7/32").unwrap();
    assert_eq!(learned.kind, ltn::SourceKind::Learned(hotkey, Duration::from_secs(60)));
    let blocked = sources.iter().find(|source| source.prefix == "198.51.100.0/24").unwrap();
    assert_eq!(blocked.kind, ltn::SourceKind::Blocked);
    assert_eq!(code(rig.server.learn_source(hotkey, "nonsense", Duration::ZERO)), Code::MALFORMED);
}
