//! Who may connect to the crate's server: hotkeys with a permit, and sources.

use crate::args::Args;
use btlightning::{LightningServer, Result, ValidatorPermitResolver};
use std::collections::HashSet;

struct Permits(HashSet<String>);

impl ValidatorPermitResolver for Permits {
    fn resolve_permitted_validators(&self) -> Result<HashSet<String>> {
        Ok(self.0.clone())
    }
}

#[cfg(not(feature = "oldest"))]
mod sources {
    use btlightning::{Result, SourceAddressResolver, SourceAllowlist};

    pub struct Sources(pub SourceAllowlist);

    impl SourceAddressResolver for Sources {
        fn resolve_allowed_sources(&self) -> Result<SourceAllowlist> {
            Ok(self.0.clone())
        }
    }
}

pub fn apply(args: &Args, server: &mut LightningServer) {
    if args.or("require-validator-permit", false) {
        let permits = args.every("permit").iter().cloned().collect();
        server.set_validator_permit_resolver(Box::new(Permits(permits)));
    }
    #[cfg(not(feature = "oldest"))]
    if args.or("enforce-source-allowlist", false) {
        use crate::args::usage_error;
        use btlightning::SourceAllowlist;
        let given = args.every("source");
        let policy = match given {
            [only] if only == "bypass" => SourceAllowlist::Bypass,
            _ => SourceAllowlist::Enforce(
                given
                    .iter()
                    .map(|text| match text.parse() {
                        Ok(address) => address,
                        Err(_) => usage_error("--source wants an address or bypass"),
                    })
                    .collect(),
            ),
        };
        server.set_source_address_resolver(Box::new(sources::Sources(policy)));
    }
}
