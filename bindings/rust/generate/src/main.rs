//! Declarations of `ltn-sys` from `include/lightning-testing.h` (which includes `lightning.h`):
//!
//!     cargo run --manifest-path bindings/rust/generate/Cargo.toml        # writes the files
//!     cargo run --manifest-path bindings/rust/generate/Cargo.toml check  # fails when they would change
use std::path::Path;

const HEAD: &str = "// Written by bindings/rust/generate from the headers; not edited by hand.\n";
/// From here on functions stand in a file of their own.
const SECOND_HALF: &str = "    pub fn ltn_op_wait(";

/// Enums of the header have no name, and C gives their values type int. bindgen would make each a
/// `u32` of its own, which then has to be cast at every comparison with an `ltn_status`.
fn plain_constant(line: &str) -> String {
    match line.strip_prefix("pub const LTN_").and_then(|rest| rest.split_once(": _bindgen_ty_")) {
        Some((name, rest)) => {
            let value = rest.split_once("= ").map_or(rest, |(_, value)| value);
            format!("pub const LTN_{name}: i32 = {value}\n")
        }
        None => format!("{line}\n"),
    }
}

#[derive(Default)]
struct Files {
    constants: String,
    types: String,
    functions: [String; 2],
}

impl Files {
    fn of(text: &str) -> Files {
        let mut files = Files::default();
        let mut item = String::new();
        for line in text.lines().filter(|line| !line.starts_with("pub type _bindgen_ty_")) {
            item.push_str(&plain_constant(line));
            let outside = !line.starts_with(char::is_whitespace);
            if !outside || line.starts_with("#[") || !line.ends_with([';', '}']) {
                continue;
            }
            let item = std::mem::take(&mut item);
            let bare = item.lines().find(|line| !line.starts_with("#[")).unwrap_or_default();
            if bare.starts_with("pub const ") {
                files.constants.push_str(&item);
            } else if bare.starts_with("unsafe extern ") {
                files.add_functions(&item);
            } else {
                files.types.push_str(&item);
            }
        }
        files
    }

    fn add_functions(&mut self, block: &str) {
        let (mut half, mut pending) = (0, String::new());
        for line in block.lines().skip(1).filter(|line| *line != "}") {
            pending.push_str(line);
            pending.push('\n');
            if line.starts_with(SECOND_HALF) {
                half = 1;
            }
            if line.ends_with(';') {
                self.functions[half].push_str(&std::mem::take(&mut pending));
            }
        }
    }

    fn texts(&self) -> [(&'static str, String); 4] {
        let functions =
            |half: usize| format!("{HEAD}unsafe extern \"C\" {{\n{}}}\n", self.functions[half]);
        [
            ("constants.rs", format!("{HEAD}{}", self.constants)),
            ("types.rs", format!("{HEAD}{}", self.types)),
            ("functions.rs", functions(0)),
            ("more_functions.rs", functions(1)),
        ]
    }
}

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let include = here.join("../../../include");
    let target = here.join("../ltn-sys/src/bindings");
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
        .generate()
        .expect("the headers are valid C11");
    let check = std::env::args().nth(1).as_deref() == Some("check");
    for (name, text) in Files::of(&bindings.to_string()).texts() {
        let path = target.join(name);
        if !check {
            std::fs::write(&path, text).expect("the file can be written");
        } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
            eprintln!("{name} is not what the headers say: run the generator");
            std::process::exit(1);
        }
    }
}
