//! Calls over the virtual network: no sockets, no clock, the same run every time.
mod rig;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ltn::testing::Virtual;
use ltn::{BoxError, Category, Code, Hotkey, Peer, Request};
use rig::{code, failure, identity, map, start};
use serde::{Deserialize, Serialize};

type Map = BTreeMap<String, i64>;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Question {
    number: i64,
    text: String,
    list: Vec<Option<f64>>,
    #[serde(with = "serde_bytes_like")]
    raw: Vec<u8>,
}

/// Bytes as MessagePack bin, without another crate.
mod serde_bytes_like {
    use serde::{de::Visitor, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[test]
fn a_structure_comes_back_as_it_went() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle("ask", |_, question: Question| async move {
            Ok::<_, BoxError>(Question { number: question.number + 1, ..question })
        })
    });
    let sent = Question {
        number: i64::MAX - 1,
        text: "ü".into(),
        list: vec![None, Some(0.5)],
        raw: vec![0, 255],
    };
    let came: Question = world.run(rig.client.call(&rig.peer, "ask", &sent)).unwrap().unwrap();
    assert_eq!(came, Question { number: i64::MAX, ..sent });
}

#[test]
fn bytes_of_any_size_come_back_lent_or_copied() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    for size in [0usize, 1, 255, 16 * 1024 - 16, 16 * 1024, 1 << 20] {
        let mut data = vec![0x81, 0xa1, b'n', 0xc6];
        data.extend((size as u32).to_be_bytes());
        data.resize(8 + size, 7);
        let call = rig.client.call_raw(&rig.peer, "echo", data.clone()).unwrap();
        let answer = world.run(call).unwrap().unwrap();
        let (came, sent): (BTreeMap<String, Bin>, BTreeMap<String, Bin>) =
            (answer.decode().unwrap(), rmp_serde::from_slice(&data).unwrap());
        assert_eq!(came, sent, "{size}");
        assert!(answer.network().is_some_and(|time| time > Duration::ZERO));
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Bin(#[serde(with = "serde_bytes_like")] Vec<u8>);

#[test]
fn a_handler_that_fails_or_panics_tells_the_peer_nothing_and_the_log_everything() {
    let lines = Arc::new(Mutex::new(Vec::<String>::new()));
    let log = Arc::clone(&lines);
    let world = Virtual::with(1, |builder| {
        builder.log(ltn::Level::Info, move |_, event, fields| {
            log.lock().unwrap().push(format!("{event} {fields}"));
        })
    })
    .unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_raw("fails", |_| async { failure::<Vec<u8>>("the private reason") })?;
        server.handle_raw("panics", |_| async {
            if true {
                panic!("the private panic");
            }
            rig::never()
        })?;
        server.handle_raw("no map", |_| async { Ok::<_, BoxError>(vec![0x01]) })?;
        server.handle("typed", |_, data: Map| async move { Ok::<_, BoxError>(data) })
    });
    let silence = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for name in ["fails", "panics", "no map"] {
        let call = rig.client.call_raw(&rig.peer, name, map(1)).unwrap();
        let error = world.run(call).unwrap().unwrap_err();
        assert_eq!(error.code(), Code::HANDLER, "{name}");
        assert_eq!(error.category(), Category::Handler);
        assert!(error.text().contains("request processing failed"), "{error}");
        assert!(!error.text().contains("private"), "{error}");
    }
    std::panic::set_hook(silence);
    let wrong: BTreeMap<&str, &str> = [("n", "no number")].into();
    let error = world.run(rig.client.call::<_, Map>(&rig.peer, "typed", &wrong)).unwrap();
    assert_eq!(code(error), Code::HANDLER);
    let lines = lines.lock().unwrap().join("\n");
    for part in ["the private reason", "panicked: the private panic", "the answer was refused"] {
        assert!(lines.contains(part), "{part} is not in the log:\n{lines}");
    }
}

struct Unsaid;

impl serde::Serialize for Unsaid {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no words for it"))
    }
}

#[test]
fn what_is_wrong_before_sending_is_said_before_anything_is_sent() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    assert_eq!(code(rig.client.call_raw(&rig.peer, "echo", vec![1]).map(drop)), Code::MALFORMED);
    assert_eq!(code(rig.client.set("no_such_option", 1).map(drop)), Code::UNKNOWN_OPTION);
    assert_eq!(code(rig.client.set("max_calls", 0).map(drop)), Code::OUT_OF_RANGE);
    assert_eq!(code(rig.client.set("max_calls", "a\0b").map(drop)), Code::INVALID_ARGUMENT);
    assert_eq!(code("nonsense".parse::<Hotkey>()), Code::BAD_KEY);
    assert_eq!(code(Peer::at(rig.peer.hotkey(), "a\0b")), Code::INVALID_ARGUMENT);
    // No map either, and the failure comes where all others come.
    assert_eq!(
        code(world.run(rig.client.call::<_, Map>(&rig.peer, "echo", &7)).unwrap()),
        Code::MALFORMED
    );
    let endless = rig.client.request(&rig.peer, "echo").timeout(Duration::MAX).call().map(drop);
    assert_eq!(
        endless.unwrap_err().text(),
        "expected a time of at most 2^53 milliseconds, came a longer one"
    );
    let unsaid = rig.client.request(&rig.peer, "echo").data(&Unsaid).map(drop).unwrap_err();
    assert_eq!(unsaid.text(), "expected data that MessagePack can hold, came something else");
    assert!(std::error::Error::source(&unsaid).unwrap().to_string().contains("no words for it"));
    assert_eq!(rig.client.stat("calls_started").unwrap(), 0);
}

#[test]
fn a_deadline_ends_a_call_and_drops_the_handlers_future() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let world = Virtual::new(1).unwrap();
    let dropped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dropped);
    let rig = start(world.runtime(), |server| {
        server.handle_raw("hangs", move |_| {
            let dropped = Dropped(Arc::clone(&count));
            async move {
                let _dropped = dropped;
                std::future::pending::<Result<Vec<u8>, BoxError>>().await
            }
        })
    });
    let begin = world.now().unwrap();
    let call =
        rig.client.request(&rig.peer, "hangs").timeout(Duration::from_secs(3)).call().unwrap();
    let error = world.run(call).unwrap().unwrap_err();
    assert_eq!(error.code(), Code::DEADLINE);
    assert_eq!(world.now().unwrap() - begin, Duration::from_secs(3));
    world.pass(Duration::from_secs(1)).unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn dropping_a_call_cancels_it_there_too() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_raw("hangs", |_| std::future::pending::<Result<Vec<u8>, BoxError>>())
    });
    let call = rig.client.request(&rig.peer, "hangs").timeout(None).call().unwrap();
    world.pass(Duration::from_millis(500)).unwrap();
    assert_eq!(rig.server.stat("requests_in_flight").unwrap(), 1);
    drop(call);
    world.pass(Duration::from_millis(500)).unwrap();
    assert_eq!(rig.server.stat("requests_in_flight").unwrap(), 0);
    assert_eq!(rig.server.stat("requests_withdrawn").unwrap(), 1);
    assert_eq!(rig.server.stat("handlers_withdrawn").unwrap(), 0);
    assert_eq!(rig.client.stat("calls_in_flight").unwrap(), 0);
}

#[test]
fn cancelling_a_call_ends_it_once_with_cancelled() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle_raw("hangs", |_| std::future::pending::<Result<Vec<u8>, BoxError>>())
    });
    let call = rig.client.call_raw(&rig.peer, "hangs", map(1)).unwrap();
    call.cancel().unwrap();
    assert_eq!(code(world.run(call).unwrap().map(drop)), Code::CANCELLED);
}

#[test]
fn many_calls_at_once_find_their_own_answers() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |server| {
        server.handle("double", |request: Request, mut data: Map| async move {
            assert_eq!(request.hotkey(), Some(identity(2).hotkey()));
            assert_eq!(request.name(), "double");
            data.values_mut().for_each(|value| *value *= 2);
            Ok::<_, BoxError>(data)
        })
    });
    let calls = (0..1000i64).map(|number| {
        let data: Map = [("n".to_owned(), number)].into();
        rig.client.call::<_, Map>(&rig.peer, "double", &data)
    });
    let answers = world.run(futures_util::future::join_all(calls)).unwrap();
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap()["n"], 2 * number as i64);
    }
}

#[test]
fn the_same_seed_gives_the_same_run_also_with_loss() {
    let run = |seed| {
        let world = Virtual::new(seed).unwrap();
        let rig = start(world.runtime(), |_| Ok(()));
        world.set_loss(200_000).unwrap();
        (0..8)
            .map(|number| {
                let call = rig.client.call_raw(&rig.peer, "echo", map(number)).unwrap();
                world.run(call).unwrap().unwrap();
                world.now().unwrap()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn connecting_tells_who_and_where_and_the_registry_of_each_entry() {
    let world = Virtual::new(1).unwrap();
    let rig = start(world.runtime(), |_| Ok(()));
    let connect = rig.client.connect(&rig.peer, Some(Duration::from_secs(5))).unwrap();
    let connection = world.run(connect).unwrap().unwrap();
    assert_eq!(connection.hotkey, Some(rig.peer.hotkey()));
    assert_eq!(connection.address.as_deref(), rig.peer.address());
    let there = rig.peer.address().unwrap().to_owned();
    let update = rig
        .client
        .registry_set([(rig.peer.hotkey(), there.as_str()), (identity(9).hotkey(), "no address")])
        .unwrap();
    let outcomes = world.run(update).unwrap().unwrap();
    assert!(outcomes[0].is_ok(), "{:?}", outcomes[0]);
    assert!(outcomes[1].is_err());
    let peers = rig.client.peers().unwrap();
    assert!(peers.iter().any(|peer| peer.state == ltn::Readiness::Ready));
    // Known by the registry: no address needed.
    let call = rig.client.call_raw(&Peer::new(rig.peer.hotkey()), "echo", map(3)).unwrap();
    assert_eq!(world.run(call).unwrap().unwrap().bytes()[..], map(3)[..]);
    assert!(rig.client.stats().unwrap()["calls_ok"] >= 1);
    assert!(!rig.client.metrics().unwrap().is_empty());
    assert_eq!(rig.server.peers().unwrap().len(), 1);
}
