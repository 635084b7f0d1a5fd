//! Who we are: a key, and what signs for it.
use std::ffi::{c_void, CString};
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use bytes::Bytes;
use ltn_sys as sys;

use crate::answering::{Answer, Answering};
use crate::buffer::destroy_box;
use crate::error::{c_text, check, check_status, copied_text, BoxError, Code, Error, Result};
use crate::executor::{Executor, Pool};
use crate::hotkey::{Hotkey, KEY_LEN, SEED_LEN, SIGNATURE_LEN};
use crate::op::Op;

/// Signs elsewhere: in a device, another process, a service. Asked for every handshake, with a deadline
/// (`signer_timeout_ms`); what it answers is verified against the key before use.
pub trait Signer: Send + Sync + 'static {
    /// The key it signs for.
    fn public_key(&self) -> Hotkey;

    /// The signature of exactly these bytes (sr25519, signing context "substrate").
    fn sign(
        &self,
        message: Bytes,
    ) -> impl Future<Output = std::result::Result<[u8; SIGNATURE_LEN], BoxError>> + Send;
}

/// What clients and servers are made with. Cheap to clone; serves any number of them.
#[derive(Clone)]
pub struct Identity(Arc<Owned>);

struct Owned(NonNull<sys::ltn_signer>);

// SAFETY: the header allows every function of a signer from any thread.
unsafe impl Send for Owned {}
// SAFETY: as above.
unsafe impl Sync for Owned {}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: given to us, freed once; what was made with it keeps its own reference.
        unsafe { sys::ltn_signer_free(self.0.as_ptr()) }
    }
}

impl Identity {
    /// Holds the secret itself, in locked memory. Wipe your copy of the seed.
    pub fn from_seed(seed: &[u8; SEED_LEN]) -> Result<Identity> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the seed has the bytes that are read; the signer is given.
        check(|error| unsafe { sys::ltn_signer_new_seed(&mut out, seed.as_ptr(), error) })?;
        // SAFETY: given just now.
        Ok(unsafe { Identity::adopt(out) })
    }

    /// From a plain key file. For encrypted ones see [`Wallet`](crate::Wallet).
    pub fn from_key_file(path: impl AsRef<Path>) -> Result<Identity> {
        let path = path_text(path.as_ref())?;
        let mut out = std::ptr::null_mut();
        // SAFETY: the path is terminated; the signer is given.
        check(|error| unsafe { sys::ltn_signer_new_key_file(&mut out, path.as_ptr(), error) })?;
        // SAFETY: given just now.
        Ok(unsafe { Identity::adopt(out) })
    }

    /// Asks `signer`, whose futures are polled by threads of this crate's.
    pub fn from_signer(signer: impl Signer) -> Result<Identity> {
        let pool = Pool::shared().map_err(|why| Error::local(Code::IO, why.to_string()))?;
        Identity::from_signer_on(signer, pool)
    }

    /// Asks `signer`, whose futures are polled by `executor`.
    pub fn from_signer_on(signer: impl Signer, executor: impl Executor) -> Result<Identity> {
        let key = signer.public_key();
        let signer = Arc::new(signer);
        let ask = Asked {
            executor: Box::new(executor),
            sign: Box::new(move |message| {
                let signer = Arc::clone(&signer);
                Box::pin(async move {
                    let signature = signer.sign(message).await?;
                    Ok(Bytes::copy_from_slice(&signature))
                })
            }),
        };
        let user_data = Box::into_raw(Box::new(ask)).cast::<c_void>();
        let mut out = std::ptr::null_mut();
        // SAFETY: the box is the library's from here, also on failure (R3).
        check(|error| unsafe {
            sys::ltn_signer_new_callback(
                &mut out,
                key.as_bytes().as_ptr(),
                Some(on_sign),
                user_data,
                Some(destroy_box::<Asked>),
                error,
            )
        })?;
        // SAFETY: given just now.
        Ok(unsafe { Identity::adopt(out) })
    }

    /// # Safety
    /// `raw` was given to us.
    pub(crate) unsafe fn adopt(raw: *mut sys::ltn_signer) -> Identity {
        Identity(Arc::new(Owned(NonNull::new(raw).expect("given on success"))))
    }

    pub(crate) fn raw(&self) -> *mut sys::ltn_signer {
        self.0 .0.as_ptr()
    }

    /// The key that peers know us by.
    pub fn hotkey(&self) -> Hotkey {
        let mut key = [0; KEY_LEN];
        // SAFETY: alive; the key has the bytes that are written.
        unsafe { sys::ltn_signer_public_key(self.raw(), key.as_mut_ptr()) };
        Hotkey::from_bytes(key)
    }

    /// What is not as it should be with a key that works: that others may read its file.
    pub fn warning(&self) -> Option<String> {
        // SAFETY: alive; copied.
        unsafe { copied_text(sys::ltn_signer_warning(self.raw())) }.filter(|text| !text.is_empty())
    }

    /// Signs text that never reaches a peer, or for a question that another signer got.
    /// [`Code::UNSUPPORTED`] for an identity that asks a [`Signer`].
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN]> {
        let mut signature = [0; SIGNATURE_LEN];
        // SAFETY: all alive, with their lengths.
        let status = unsafe {
            sys::ltn_signer_sign(
                self.raw(),
                signature.as_mut_ptr(),
                message.as_ptr(),
                message.len(),
            )
        };
        check_status(status, "sign")?;
        Ok(signature)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.hotkey())
    }
}

/// 32 fresh random bytes from the system.
pub fn generate_seed() -> Result<[u8; SEED_LEN]> {
    let mut seed = [0; SEED_LEN];
    // SAFETY: the seed has the bytes that are written.
    check_status(unsafe { sys::ltn_seed_generate(seed.as_mut_ptr()) }, "no seed")?;
    Ok(seed)
}

/// Writes the plain key file of `seed`, complete or not at all, for its owner's eyes only.
pub fn write_key_file(
    path: impl AsRef<Path>,
    seed: &[u8; SEED_LEN],
    overwrite: bool,
) -> Result<()> {
    let path = path_text(path.as_ref())?;
    let flags = if overwrite { sys::LTN_KEY_FILE_OVERWRITE as u32 } else { 0 };
    // SAFETY: all alive for the call.
    check(|error| unsafe { sys::ltn_key_file_write(path.as_ptr(), seed.as_ptr(), flags, error) })
}

pub(crate) fn path_text(path: &Path) -> Result<CString> {
    let text = path.to_str().ok_or_else(|| {
        Error::local(Code::INVALID_ARGUMENT, "expected UTF-8 as a path, came other bytes")
    })?;
    c_text("a path", text)
}

type Sign = Box<dyn Fn(Bytes) -> Answer + Send + Sync>;

struct Asked {
    executor: Box<dyn Executor>,
    sign: Sign,
}

/// `user_data` is a `Box<Asked>`.
unsafe extern "C" fn on_sign(question: *mut sys::ltn_op, user_data: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let op = Arc::new(Op::alone(question));
        let asked = &*user_data.cast::<Asked>();
        match op.data() {
            Ok(message) => {
                let answer = (asked.sign)(message);
                asked.executor.spawn(Box::pin(Answering::new(op, "sign", answer)));
            }
            Err(why) => op.fail(why.text()),
        }
    }));
}
