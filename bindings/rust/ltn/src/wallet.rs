//! Key files in the layout of the network's wallets.
use std::ffi::{c_char, c_void, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use ltn_sys as sys;

use crate::error::{c_text, check, check_status, Result};
use crate::hotkey::{Hotkey, KEY_LEN, SEED_LEN};
use crate::identity::{path_text, Identity};
use crate::millis;
use crate::op::Op;

type Ask<'a> = Box<dyn FnMut(&str) -> Option<Vec<u8>> + 'a>;

/// A key file and how it is opened. Nothing ever prompts.
#[derive(Default)]
pub struct Wallet<'a> {
    path: Option<CString>,
    root: Option<CString>,
    name: Option<CString>,
    hotkey: Option<CString>,
    password: Option<Password>,
    password_file: Option<CString>,
    ask: Option<Ask<'a>>,
    ask_timeout: Option<Duration>,
}

/// How [`Wallet::write`] writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// Replaces an existing file.
    pub overwrite: bool,
    /// Writes `<path>pub.txt` too, the public side alone.
    pub companion: bool,
    /// Seals the file with the password.
    pub encrypt: bool,
}

impl<'a> Wallet<'a> {
    /// The key file itself.
    pub fn file(path: impl AsRef<Path>) -> Result<Wallet<'a>> {
        Ok(Wallet { path: Some(path_text(path.as_ref())?), ..Wallet::default() })
    }

    /// `root/name/hotkeys/hotkey`.
    pub fn named(root: impl AsRef<Path>, name: &str, hotkey: &str) -> Result<Wallet<'a>> {
        Ok(Wallet {
            root: Some(path_text(root.as_ref())?),
            name: Some(c_text("a wallet's name", name)?),
            hotkey: Some(c_text("a hotkey's name", hotkey)?),
            ..Wallet::default()
        })
    }

    /// The password of an encrypted file. Wiped here when the wallet is dropped; wipe yours.
    pub fn password(mut self, password: impl Into<Vec<u8>>) -> Self {
        self.password = Some(Password(password.into()));
        self
    }

    /// The password is the first line of this file.
    pub fn password_file(mut self, path: impl AsRef<Path>) -> Result<Self> {
        self.password_file = Some(path_text(path.as_ref())?);
        Ok(self)
    }

    /// Is asked for the password of the file with this path, on the calling thread; `None` is a refusal.
    pub fn ask(
        mut self,
        ask: impl FnMut(&str) -> Option<Vec<u8>> + 'a,
        timeout: Option<Duration>,
    ) -> Self {
        self.ask = Some(Box::new(ask));
        self.ask_timeout = timeout;
        self
    }

    /// The identity with this wallet's key. Blocks while a password is turned into a key: seconds, 512 MiB.
    pub fn open(mut self) -> Result<Identity> {
        let mut out = std::ptr::null_mut();
        self.with(0, |wallet| {
            // SAFETY: everything in it lives for the call.
            check(|error| unsafe { sys::ltn_signer_new_wallet(&mut out, wallet, error) })
        })?;
        // SAFETY: given just now.
        Ok(unsafe { Identity::adopt(out) })
    }

    /// The public key without any password: of an encrypted file its companion is asked, whose word nobody
    /// has checked.
    pub fn public_key(mut self) -> Result<Hotkey> {
        let mut key = [0; KEY_LEN];
        self.with(0, |wallet| {
            // SAFETY: as above; the key has the bytes that are written.
            check(|error| unsafe { sys::ltn_wallet_public_key(wallet, key.as_mut_ptr(), error) })
        })?;
        Ok(Hotkey::from_bytes(key))
    }

    /// Writes the key file of `seed`, complete or not at all.
    pub fn write(mut self, seed: &[u8; SEED_LEN], options: WriteOptions) -> Result<()> {
        let mut flags = 0;
        for (wanted, flag) in [
            (options.overwrite, sys::LTN_KEY_FILE_OVERWRITE),
            (options.companion, sys::LTN_KEY_FILE_COMPANION),
            (options.encrypt, sys::LTN_KEY_FILE_ENCRYPT),
        ] {
            flags |= if wanted { flag as u32 } else { 0 };
        }
        self.with(flags, |wallet| {
            // SAFETY: as above.
            check(|error| unsafe { sys::ltn_wallet_write(wallet, seed.as_ptr(), error) })
        })
    }

    fn with<T>(
        &mut self,
        flags: u32,
        run: impl FnOnce(*const sys::ltn_wallet) -> Result<T>,
    ) -> Result<T> {
        let mut raw = std::mem::MaybeUninit::<sys::ltn_wallet>::zeroed();
        // SAFETY: as large as said.
        let status = unsafe {
            sys::ltn_wallet_init(raw.as_mut_ptr(), std::mem::size_of::<sys::ltn_wallet>())
        };
        check_status(status, "wallet")?;
        // SAFETY: zeroed, then filled by the library.
        let mut raw = unsafe { raw.assume_init() };
        let text = |text: &Option<CString>| -> *const c_char {
            text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
        };
        raw.flags = flags;
        raw.path = text(&self.path);
        raw.root = text(&self.root);
        raw.name = text(&self.name);
        raw.hotkey = text(&self.hotkey);
        raw.password_file = text(&self.password_file);
        if let Some(password) = &self.password {
            raw.password = password.0.as_ptr();
            raw.password_len = password.0.len();
        }
        if let Some(ask) = &mut self.ask {
            raw.ask = Some(on_ask);
            raw.user_data = std::ptr::from_mut(ask).cast::<c_void>();
            raw.ask_timeout_ms = self.ask_timeout.map_or(0, |timeout| millis(Some(timeout)).max(1));
        }
        run(&raw)
    }
}

/// A secret that is wiped when it is let go of.
struct Password(Vec<u8>);

impl Drop for Password {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Writes that no optimiser may take away.
fn wipe(secret: &mut [u8]) {
    for byte in secret {
        // SAFETY: a place of a slice that is ours.
        unsafe { std::ptr::write_volatile(byte, 0) };
    }
    std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
}

/// `user_data` is the `Ask` of the wallet, which the calling thread is inside of: nobody else has it.
unsafe extern "C" fn on_ask(question: *mut sys::ltn_op, user_data: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let op = Op::alone(question);
        let ask = &mut *user_data.cast::<Ask<'_>>();
        let path = op.data().unwrap_or_else(|_| Bytes::new());
        match ask(&String::from_utf8_lossy(&path)) {
            Some(password) => {
                let password = Password(password);
                // SAFETY: copied during the call, then wiped.
                let _ = check(|error| unsafe {
                    sys::ltn_op_complete(op.raw(), password.0.as_ptr(), password.0.len(), error)
                });
            }
            None => op.fail("no password was given"),
        }
    }));
}
