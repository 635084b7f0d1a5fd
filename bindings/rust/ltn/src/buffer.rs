//! Bytes that cross the border without a copy, in both directions.
use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::NonNull;

use bytes::Bytes;
use ltn_sys as sys;

use crate::error::{check_status, Result};

/// Below this a copy costs less than an owner count and a destroy function.
pub(crate) const LEND_FROM_BYTES: usize = 16 * 1024;
/// Below this a received chunk is copied, so that it does not keep what it came in.
const KEEP_FROM_BYTES: usize = 256;

/// One reference to bytes of the library's.
pub(crate) struct Shared(NonNull<sys::ltn_bytes>);

// SAFETY: the header allows all functions of ltn_bytes from any thread, and the bytes never change.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// # Safety
    /// `raw` was given to us.
    pub(crate) unsafe fn adopt(raw: *mut sys::ltn_bytes) -> Option<Shared> {
        NonNull::new(raw).map(Shared)
    }

    /// Lends `bytes` until the library has let go of them.
    pub(crate) fn lend(bytes: Bytes) -> Result<Shared> {
        let (data, len) = (bytes.as_ptr(), bytes.len());
        // A `Bytes` may move; what it points to stays.
        let owner = Box::into_raw(Box::new(bytes)).cast::<c_void>();
        let mut out = std::ptr::null_mut();
        // SAFETY: data lives until `release` has dropped the owner, which happens on failure too (R3).
        let status = unsafe { sys::ltn_bytes_lend(&mut out, data, len, owner, Some(release)) };
        check_status(status, "bytes could not be lent")?;
        Ok(Shared(NonNull::new(out).expect("given on success")))
    }

    pub(crate) fn raw(&self) -> *mut sys::ltn_bytes {
        self.0.as_ptr()
    }

    /// The same bytes, without a copy unless they are few.
    pub(crate) fn into_bytes(self) -> Bytes {
        let view: &[u8] = self.as_ref();
        if view.len() < KEEP_FROM_BYTES {
            return Bytes::copy_from_slice(view);
        }
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: alive as long as this reference; data may be NULL only for no bytes at all.
        unsafe {
            let (data, len) = (sys::ltn_bytes_data(self.raw()), sys::ltn_bytes_len(self.raw()));
            if data.is_null() || len == 0 {
                return &[];
            }
            std::slice::from_raw_parts(data, len)
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: our one reference, given up once.
        unsafe { sys::ltn_bytes_free(self.raw()) }
    }
}

unsafe extern "C" fn release(owner: *mut c_void) {
    // The owner of a `Bytes` may be the host's own type, whose drop may panic; that must end here.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(owner.cast::<Bytes>()))));
}

/// The destroy function for a user data that is a `Box<T>`.
pub(crate) unsafe extern "C" fn destroy_box<T>(user_data: *mut c_void) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(user_data.cast::<T>()))));
}
