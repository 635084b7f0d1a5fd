//! Declarations of `libltn`, one to one. What each function promises stands in the comments that came
//! with it from `lightning.h`; the safe crate above is `ltn`.
//!
//! The library is found by pkg-config (`ltn`), or built with the feature `bundled`.
#![no_std]
#![allow(non_camel_case_types, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]

include!("bindings/constants.rs");
include!("bindings/types.rs");
include!("bindings/functions.rs");
include!("bindings/more_functions.rs");

/// Whether the library that is loaded keeps the contract that these declarations were written from.
pub fn abi_matches() -> bool {
    // SAFETY: takes nothing, and may be called from any thread at any time.
    i64::from(unsafe { ltn_abi_version() }) == i64::from(LTN_ABI_VERSION)
}
