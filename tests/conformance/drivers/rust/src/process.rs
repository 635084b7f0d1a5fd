//! What the process around the library does: forks, runs a second executor, brings a TLS library of its own.
use std::ffi::{c_char, c_int, c_uchar, c_void, CStr};
use std::io::Read;
use std::os::fd::FromRawFd;

use ltn::{Client, Identity, Peer, Runtime};
use serde_json::{json, Value};

use crate::driver::{said, Driver, Outcome};
use crate::forms::{self, hex};
use crate::{calls, keys};

fn echoed(client: &Client, peer: &Peer) -> Result<(), ltn::Error> {
    client.call_raw(peer, "echo", vec![0x80])?.wait().map(drop)
}

fn fresh(peer: &Peer) -> Result<(), ltn::Error> {
    let client = Client::on(&Runtime::builder()?.build()?, &Identity::from_seed(&[43; 32])?)?;
    client.start()?;
    echoed(&client, peer)
}

fn word(outcome: Result<(), ltn::Error>) -> &'static str {
    outcome.map_or_else(|why| why.code().name(), |()| "ok")
}

pub async fn fork(driver: &Driver, request: &Value) -> Outcome {
    let (client, peer) = (driver.client(request)?, forms::peer(request)?);
    let text = tokio::task::spawn_blocking(move || {
        let mut ends = [0; 2];
        // SAFETY: two descriptors are written.
        if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
            return String::new();
        }
        // SAFETY: the child uses this library only, and leaves without cleaning up after the parent.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let text = format!("{} {}", word(echoed(&client, &peer)), word(fresh(&peer)));
            // SAFETY: the text lives; the child ends here.
            unsafe {
                libc::write(ends[1], text.as_ptr().cast::<c_void>(), text.len());
                libc::_exit(0);
            }
        }
        let mut text = String::new();
        // SAFETY: both ends are ours; the child is ours.
        unsafe {
            libc::close(ends[1]);
            let mut end = std::fs::File::from_raw_fd(ends[0]);
            let _ = end.read_to_string(&mut text);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
        text
    });
    let text = text.await.unwrap_or_default();
    let (old, fresh) = text.split_once(' ').unwrap_or(("the child", "said nothing"));
    Ok(json!({"old": old, "fresh": fresh}))
}

/// Another executor and another loop, on a thread of their own.
pub async fn second(request: &Value) -> Outcome {
    let (identity, peer) = (keys::identity(&request["signer"])?, forms::peer(request)?);
    let other = tokio::task::spawn_blocking(move || {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let tokio = tokio.map_err(|why| said("io", &why.to_string()))?;
        tokio.block_on(async {
            let client = Client::on(&Runtime::builder()?.build()?, &identity)?;
            client.start()?;
            let answer = calls::echo(&client, &peer).await;
            client.close()?.await?;
            answer
        })
    });
    other.await.unwrap_or_else(|why| Err(said("internal", &why.to_string())))
}

type Version = unsafe extern "C" fn(c_int) -> *const c_char;
type Hash = unsafe extern "C" fn(*const c_uchar, usize, *mut c_uchar) -> *mut c_uchar;

/// The machine's OpenSSL, loaded into this process, hashes "abc".
pub fn openssl() -> Outcome {
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let names = [c"libcrypto.so.3", c"libcrypto.so.1.1", c"libcrypto.so"];
    // SAFETY: names are terminated; the functions have had these types in every release.
    unsafe {
        let loaded = names
            .iter()
            .map(|name| libc::dlopen(name.as_ptr(), libc::RTLD_NOW))
            .find(|handle| !handle.is_null());
        let Some(handle) = loaded else { return Err(said("unsupported", "no OpenSSL here")) };
        let version = libc::dlsym(handle, c"OpenSSL_version".as_ptr());
        let hash = libc::dlsym(handle, c"SHA256".as_ptr());
        if version.is_null() || hash.is_null() {
            return Err(said("unsupported", "no OpenSSL here"));
        }
        let version: Version = std::mem::transmute(version);
        let hash: Hash = std::mem::transmute(hash);
        let mut out = [0; 32];
        hash(c"abc".as_ptr().cast(), 3, out.as_mut_ptr());
        if hex(&out) != OF_ABC {
            return Err(said("internal", "another hash than that of abc"));
        }
        Ok(json!({"version": CStr::from_ptr(version(0)).to_string_lossy()}))
    }
}
