//! Settings from a file and the environment.
use std::path::Path;

use ltn_sys as sys;

use crate::error::{c_text, check, check_status, copied_text, Result};
use crate::identity::path_text;

/// The tables `[client]`, `[server]` and `[runtime]` of a TOML file, and the variables `LTN_CLIENT_<NAME>` and
/// so on. What code sets wins over the environment, that over the file.
pub struct Config(*mut sys::ltn_config);

// SAFETY: never changes after it was loaded.
unsafe impl Send for Config {}
// SAFETY: as above.
unsafe impl Sync for Config {}

impl Config {
    /// Reads a file and the environment.
    pub fn load(path: impl AsRef<Path>) -> Result<Config> {
        let path = path_text(path.as_ref())?;
        Config::read(path.as_ptr())
    }

    /// Reads the environment alone.
    pub fn from_environment() -> Result<Config> {
        Config::read(std::ptr::null())
    }

    fn read(path: *const std::ffi::c_char) -> Result<Config> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the path is terminated or NULL; the config is given.
        check(|error| unsafe { sys::ltn_config_load(&mut out, path, error) })?;
        Ok(Config(out))
    }

    /// Whether a client and a server with this and nothing else would start.
    pub fn check(&self) -> Result<()> {
        // SAFETY: alive.
        check(|error| unsafe { sys::ltn_config_check(self.0, error) })
    }

    /// What a source says of a setting, and where (`ltn.toml:4`). `section` is `client`, `server` or `runtime`.
    pub fn get(&self, section: &str, name: &str) -> Result<Option<(String, String)>> {
        let (section, name) = (c_text("a section", section)?, c_text("an option's name", name)?);
        let (mut value, mut origin) = (std::ptr::null(), std::ptr::null());
        // SAFETY: all alive; the texts are copied while the config lives.
        unsafe {
            let status = sys::ltn_config_get(
                self.0,
                &mut value,
                &mut origin,
                section.as_ptr(),
                name.as_ptr(),
            );
            if status == sys::LTN_ERR_EMPTY {
                return Ok(None);
            }
            check_status(status, "setting")?;
            Ok(copied_text(value).zip(copied_text(origin)))
        }
    }

    pub(crate) fn raw(&self) -> *const sys::ltn_config {
        self.0
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: given to us, freed once.
        unsafe { sys::ltn_config_free(self.0) }
    }
}
