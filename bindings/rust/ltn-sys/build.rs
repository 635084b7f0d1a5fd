//! Finds libltn: through pkg-config, or, with the feature `bundled`, by building it from its sources.
use std::env;
use std::path::PathBuf;

/// The releases whose header these declarations were written from. The ABI number is compared when a
/// program starts as well; this only gives a clear line at build time.
const OLDEST: &str = "0.1.0";
const NEWEST_EXCLUSIVE: &str = "0.2.0";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LTN_SOURCE_DIR");
    if env::var_os("DOCS_RS").is_some() {
        return; // documentation needs no library
    }
    if env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        bundled();
        return;
    }
    let found = pkg_config::Config::new().range_version(OLDEST..NEWEST_EXCLUSIVE).probe("ltn");
    match found {
        Ok(library) => {
            // For the tests of crates above: where the loader finds the library when it is installed in
            // a folder of its own. `DEP_LTN_LIBDIR` in their build scripts.
            if let Some(folder) = library.link_paths.first() {
                println!("cargo:libdir={}", folder.display());
            }
        }
        Err(why) => {
            eprintln!("{why}");
            panic!(
                "libltn {OLDEST} or later (below {NEWEST_EXCLUSIVE}) was not found by pkg-config: install \
                 it, set PKG_CONFIG_PATH to the folder of its ltn.pc, or enable the feature `bundled`"
            );
        }
    }
}

/// Where the sources are: said by the environment, inside a packaged crate, or around a checkout.
fn source() -> PathBuf {
    if let Some(said) = env::var_os("LTN_SOURCE_DIR") {
        return said.into();
    }
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    for place in [here.join("source"), here.join("../../..")] {
        if place.join("include/lightning.h").is_file() && place.join("CMakeLists.txt").is_file() {
            return place;
        }
    }
    panic!("the sources of libltn were not found: set LTN_SOURCE_DIR to the folder with its CMakeLists.txt");
}

#[cfg(feature = "bundled")]
fn bundled() {
    let source = source();
    println!("cargo:rerun-if-changed={}", source.join("include").display());
    println!("cargo:rerun-if-changed={}", source.join("src").display());
    // Promises P4 and P5 (exports, no unloading) hold for the shared library by its linker script, and it is
    // the one that is installed. Cargo finds it for `run` and `test`; a program that is moved elsewhere takes
    // libltn.so along, or has an rpath.
    let prefix = cmake::Config::new(&source)
        .define("LTN_BUILD_TESTS", "OFF")
        .define("LTN_BUILD_FUZZ", "OFF")
        .define("LTN_BUILD_PROGRAM", "OFF")
        .define("CMAKE_INSTALL_LIBDIR", "lib")
        // The crate's idea of flags (a baseline CPU among them) would undo that of the library's build.
        .no_default_flags(true)
        .profile("Release")
        .build();
    let lib = prefix.join("lib");
    println!("cargo:rustc-link-search=native={}", lib.display());
    println!("cargo:rustc-link-lib=dylib=ltn");
    println!("cargo:libdir={}", lib.display());
}

#[cfg(not(feature = "bundled"))]
fn bundled() {
    let _ = source;
}
