//! What is promised of the types, and the tables against the loaded library.
mod rig;

use std::ffi::CString;

use ltn::{
    Answer, Call, Category, Chunks, Client, Closed, Code, Config, Connect, Error, Hotkey, Identity,
    Metric, Peer, PeerState, Registry, Request, Runtime, Sender, Sending, Server, Stream, Typed,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

// Everything may be used from any thread and moved between them.
assert_impl_all!(Client: Send, Sync, Clone, Unpin);
assert_impl_all!(Server: Send, Sync, Unpin);
assert_impl_all!(Runtime: Send, Sync, Clone);
assert_impl_all!(Identity: Send, Sync, Clone);
assert_impl_all!(Config: Send, Sync);
assert_impl_all!(Request: Send, Sync, Clone);
assert_impl_all!(Sender: Send, Sync, Clone);
assert_impl_all!(Peer: Send, Sync, Clone, Eq, std::hash::Hash);
assert_impl_all!(Hotkey: Send, Sync, Copy, Eq, Ord, std::hash::Hash);
assert_impl_all!(Error: Send, Sync, Clone, std::error::Error);
assert_impl_all!(Answer: Send, Sync, Clone);
assert_impl_all!(Metric: Send, Sync);
assert_impl_all!(PeerState: Send, Sync);
// Futures and streams: executor-neutral.
assert_impl_all!(Call: Send, Sync, Unpin, std::future::Future);
assert_impl_all!(Typed<std::rc::Rc<()>>: Send, Sync);
assert_impl_all!(Connect: Send, Sync, Unpin, std::future::Future);
assert_impl_all!(Registry: Send, Sync, Unpin, std::future::Future);
assert_impl_all!(Closed: Send, Sync, Unpin, std::future::Future);
assert_impl_all!(Sending<'static>: Send, Unpin, std::future::Future);
assert_impl_all!(Stream: Send, Sync, Unpin, futures_core::Stream);
assert_impl_all!(Chunks: Send, Sync, Unpin, futures_core::Stream);
// One reader at a time, and one completion.
assert_not_impl_any!(Stream: Clone);
assert_not_impl_any!(Chunks: Clone);
assert_not_impl_any!(Call: Clone);
assert_not_impl_any!(Server: Clone);

fn constant(name: &str) -> i64 {
    let text = CString::new(name).unwrap();
    let mut value = 0;
    // SAFETY: both pointers are good for the call.
    let status = unsafe { ltn_sys::ltn_constant(&mut value, text.as_ptr()) };
    assert_eq!(status, 0, "{name}");
    value
}

fn constants(prefix: &str) -> usize {
    (0..)
        // SAFETY: any index; the text is static.
        .map(|index| unsafe { ltn_sys::ltn_constant_name(index) })
        .take_while(|name| !name.is_null())
        // SAFETY: terminated and static.
        .filter(|name| {
            unsafe { std::ffi::CStr::from_ptr(*name) }.to_str().unwrap().starts_with(prefix)
        })
        .count()
}

#[test]
fn every_code_and_category_is_the_librarys() {
    for (code, name) in Code::ALL {
        assert_eq!(constant(name), i64::from(code.number()), "{name}");
        assert_eq!(code.name(), name["LTN_ERR_".len()..].to_lowercase());
    }
    assert_eq!(Code::ALL.len(), constants("LTN_ERR_"));
    for (category, number, name) in Category::ALL {
        assert_eq!(constant(name), i64::from(*number), "{name}");
        assert_eq!(category.name(), name["LTN_CATEGORY_".len()..].to_lowercase());
    }
    assert_eq!(Category::ALL.len(), constants("LTN_CATEGORY_"));
}

#[test]
fn every_option_and_statistic_is_known_to_the_library() {
    let runtime = Runtime::builder().unwrap().build().unwrap();
    let client = Client::on(&runtime, &rig::identity(2)).unwrap();
    let server = Server::on(&runtime, &rig::identity(1)).unwrap();
    for name in ltn::CLIENT_OPTIONS {
        // A value that no option takes: the name is looked at first.
        if let Err(error) = client.set(name, "\u{1}") {
            assert_ne!(error.code(), Code::UNKNOWN_OPTION, "{name}");
        }
    }
    for name in ltn::SERVER_OPTIONS {
        if let Err(error) = server.set(name, "\u{1}") {
            assert_ne!(error.code(), Code::UNKNOWN_OPTION, "{name}");
        }
    }
    for name in ltn::RUNTIME_OPTIONS {
        if let Err(error) = Runtime::builder().unwrap().set(name, "\u{1}") {
            assert_ne!(error.code(), Code::UNKNOWN_OPTION, "{name}");
        }
    }
    // Fresh ones: a value may have been taken above that does not go with another.
    let client = Client::on(&runtime, &rig::identity(2)).unwrap();
    let server = Server::on(&runtime, &rig::identity(1)).unwrap();
    client.start().unwrap();
    server.start().unwrap();
    assert_eq!(client.stats().unwrap().len(), ltn::CLIENT_STATS.len());
    assert_eq!(server.stats().unwrap().len(), ltn::SERVER_STATS.len());
    assert_eq!(client.stat("no_such_thing").unwrap_err().code(), Code::UNKNOWN_OPTION);
}

#[test]
fn a_number_that_nobody_knows_is_tolerated() {
    // SAFETY: any number is allowed.
    assert_eq!(unsafe { ltn_sys::ltn_status_retriable(12345) }, 0);
    assert!(Code::DEADLINE < Code::SHUTDOWN && Code::DEADLINE != Code::SHUTDOWN);
    assert_eq!(format!("{:?}", Code::DEADLINE), "deadline (16)");
}

#[test]
fn keys_read_and_written_are_the_same() {
    let identity = rig::identity(1);
    let text = identity.hotkey().to_string();
    assert_eq!(text.parse::<Hotkey>().unwrap(), identity.hotkey());
    assert_eq!(Hotkey::parse_any_prefix(&text).unwrap(), identity.hotkey());
    let signature = identity.sign(b"message").unwrap();
    identity.hotkey().verify(b"message", &signature).unwrap();
    let error = identity.hotkey().verify(b"another", &signature).unwrap_err();
    assert_eq!(error.code(), Code::BAD_SIGNATURE);
    assert_ne!(ltn::generate_seed().unwrap(), ltn::generate_seed().unwrap());
    // No secret shows.
    assert_eq!(format!("{identity:?}"), format!("Identity({text})"));
}

#[test]
fn the_library_names_itself_and_what_is_inside() {
    assert_eq!(ltn::wire_protocol(), "btlightning");
    assert!(ltn::version().starts_with("0."));
    assert!(ltn::components().any(|(name, version)| name == "wolfSSL" && !version.is_empty()));
}
