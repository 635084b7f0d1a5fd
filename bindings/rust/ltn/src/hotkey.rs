//! Who a peer is, and where.
use std::ffi::{c_char, CString};
use std::fmt;
use std::str::FromStr;

use ltn_sys as sys;

use crate::error::{c_text, check, check_status, Error, Result};

/// Bytes of a public key.
pub const KEY_LEN: usize = sys::LTN_KEY_LEN as usize;
/// Bytes of a seed.
pub const SEED_LEN: usize = sys::LTN_SEED_LEN as usize;
/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = sys::LTN_SIGNATURE_LEN as usize;

/// The sr25519 public key that a node is known by. Written and read as SS58 text with prefix 42.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hotkey([u8; KEY_LEN]);

impl Hotkey {
    /// From the 32 bytes, which are not looked at.
    pub fn from_bytes(key: [u8; KEY_LEN]) -> Hotkey {
        Hotkey(key)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// From a text with any SS58 prefix.
    pub fn parse_any_prefix(text: &str) -> Result<Hotkey> {
        Hotkey::decode(text, sys::LTN_HOTKEY_ANY_PREFIX as u32)
    }

    fn decode(text: &str, flags: u32) -> Result<Hotkey> {
        let text = c_text("a hotkey", text)?;
        let mut key = [0; KEY_LEN];
        // SAFETY: the key has the bytes that are written, the text is terminated.
        check(|error| unsafe {
            sys::ltn_hotkey_decode(key.as_mut_ptr(), text.as_ptr(), flags, error)
        })?;
        Ok(Hotkey(key))
    }

    /// Whether `signature` over `message` is good for this key (signing context "substrate").
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        // SAFETY: all borrowed for the call, with their lengths.
        let status = unsafe {
            sys::ltn_signature_verify(
                self.0.as_ptr(),
                message.as_ptr(),
                message.len(),
                signature.as_ptr(),
                signature.len(),
            )
        };
        check_status(status, "the signature was refused")
    }
}

impl FromStr for Hotkey {
    type Err = Error;

    /// Only the minimal form with prefix 42.
    fn from_str(text: &str) -> Result<Hotkey> {
        Hotkey::decode(text, 0)
    }
}

impl fmt::Display for Hotkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; sys::LTN_HOTKEY_TEXT_SIZE as usize];
        let mut len = 0;
        // SAFETY: the text has the size that is said to be enough for every key.
        let status = unsafe {
            sys::ltn_hotkey_encode(
                text.as_mut_ptr().cast::<c_char>(),
                text.len(),
                &mut len,
                self.0.as_ptr(),
            )
        };
        if status != sys::LTN_OK {
            return Err(fmt::Error);
        }
        f.write_str(std::str::from_utf8(&text[..len]).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Hotkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whom to call: a hotkey, and where to find it unless the registry knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    hotkey: Hotkey,
    // As the library takes it, so that a call has nothing to convert.
    address: Option<CString>,
}

impl Peer {
    /// A peer whose address the registry knows.
    pub fn new(hotkey: Hotkey) -> Peer {
        Peer { hotkey, address: None }
    }

    /// A peer at `host:port`, `ip:port` or `[ipv6]:port`.
    pub fn at(hotkey: Hotkey, address: &str) -> Result<Peer> {
        Ok(Peer { hotkey, address: Some(c_text("an address", address)?) })
    }

    /// Who has to answer.
    pub fn hotkey(&self) -> Hotkey {
        self.hotkey
    }

    /// Where, if it was said.
    pub fn address(&self) -> Option<&str> {
        self.address.as_ref().and_then(|address| address.to_str().ok())
    }

    pub(crate) fn address_raw(&self) -> *const c_char {
        self.address.as_ref().map_or(std::ptr::null(), |address| address.as_ptr())
    }
}

impl From<Hotkey> for Peer {
    fn from(hotkey: Hotkey) -> Peer {
        Peer::new(hotkey)
    }
}
