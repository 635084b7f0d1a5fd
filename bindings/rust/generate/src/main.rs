//! Declarations of `ltn-sys` from `include/lightning-testing.h` (which includes `lightning.h`):
//!
//!     cargo run --manifest-path bindings/rust/generate/Cargo.toml        # writes the file
//!     cargo run --manifest-path bindings/rust/generate/Cargo.toml check  # fails when it would change
use std::path::Path;

/// Enums of the header have no name, and C gives their values type int. bindgen would make each a
/// `u32` of its own, which then has to be cast at every comparison with an `ltn_status`.
fn plain_constants(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with("pub type _bindgen_ty_") {
            continue;
        }
        match line.strip_prefix("pub const LTN_").and_then(|rest| rest.split_once(": _bindgen_ty_"))
        {
            Some((name, rest)) => {
                let value = rest.split_once("= ").map_or(rest, |(_, value)| value);
                out.push_str(&format!("pub const LTN_{name}: i32 = {value}\n"));
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let include = here.join("../../../include");
    let target = here.join("../ltn-sys/src/bindings.rs");
    let bindings = bindgen::Builder::default()
        .header(include.join("lightning-testing.h").to_string_lossy())
        // The comments of the header become the documentation of the declarations.
        .clang_args(["-std=c11", "-fparse-all-comments"])
        .allowlist_item("(ltn|LTN)_.*")
        .use_core()
        .ctypes_prefix("::core::ffi")
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .derive_debug(false)
        .merge_extern_blocks(true)
        .disable_header_comment()
        .raw_line("/* Written by bindings/rust/generate from the headers; not edited by hand. */")
        .generate()
        .expect("the headers are valid C11");
    let text = plain_constants(&bindings.to_string());
    if std::env::args().nth(1).as_deref() == Some("check") {
        let committed = std::fs::read_to_string(&target).unwrap_or_default();
        if committed != text {
            eprintln!("bindings.rs is not what the headers say: run the generator");
            std::process::exit(1);
        }
        return;
    }
    std::fs::write(&target, text).expect("the file can be written");
}
