//! The declarations against the library that is loaded: the values of all constants, in both directions.
//! The layout of the structs is checked when the crate is compiled (in `bindings/types.rs`).
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};

const DECLARATIONS: &str = include_str!("../src/bindings/constants.rs");

/// `pub const LTN_X: T = N;`
fn declared() -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    for line in DECLARATIONS.lines() {
        let Some(rest) = line.strip_prefix("pub const LTN_") else { continue };
        let (name, rest) = rest.split_once(':').expect("a type follows the name");
        let (_, value) = rest.split_once("= ").expect("a value follows the type");
        let value = value.trim_end_matches(';').parse().expect("the value is a number");
        found.insert(format!("LTN_{name}"), value);
    }
    found
}

#[test]
fn every_declared_constant_has_the_value_of_the_loaded_library() {
    let declared = declared();
    assert!(declared.len() > 100, "only {} constants were found", declared.len());
    for (name, expected) in &declared {
        let text = CString::new(name.as_str()).expect("no NUL inside");
        let mut came = 0;
        // SAFETY: both pointers are good for the call.
        let status = unsafe { ltn_sys::ltn_constant(&mut came, text.as_ptr()) };
        assert_eq!(status, ltn_sys::LTN_OK, "the library does not know {name}");
        assert_eq!(came, *expected, "{name}");
    }
}

#[test]
fn every_constant_of_the_loaded_library_is_declared() {
    let declared = declared();
    let mut count = 0;
    for index in 0.. {
        // SAFETY: any index is allowed; the text is static.
        let name = unsafe { ltn_sys::ltn_constant_name(index) };
        if name.is_null() {
            break;
        }
        // SAFETY: terminated and static.
        let name = unsafe { CStr::from_ptr(name) }.to_str().expect("UTF-8");
        assert!(declared.contains_key(name), "{name} is not declared");
        count += 1;
    }
    assert_eq!(count, declared.len());
}

#[test]
fn the_loaded_library_keeps_the_contract_of_the_declarations() {
    assert!(ltn_sys::abi_matches());
}

#[test]
fn structs_say_the_size_that_the_library_expects() {
    let mut call = std::mem::MaybeUninit::<ltn_sys::ltn_call>::zeroed();
    // SAFETY: the struct is as large as said.
    let status =
        unsafe { ltn_sys::ltn_call_init(call.as_mut_ptr(), size_of::<ltn_sys::ltn_call>()) };
    assert_eq!(status, ltn_sys::LTN_OK);
    // SAFETY: zeroed, then filled by the library.
    let call = unsafe { call.assume_init() };
    assert_eq!(call.size as usize, size_of::<ltn_sys::ltn_call>());
    let mut wallet = std::mem::MaybeUninit::<ltn_sys::ltn_wallet>::zeroed();
    // SAFETY: as above.
    let status =
        unsafe { ltn_sys::ltn_wallet_init(wallet.as_mut_ptr(), size_of::<ltn_sys::ltn_wallet>()) };
    assert_eq!(status, ltn_sys::LTN_OK);
    // SAFETY: as above.
    assert_eq!(unsafe { wallet.assume_init() }.size as usize, size_of::<ltn_sys::ltn_wallet>());
}
