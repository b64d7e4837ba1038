//! API keys: 32 random octets, of which the configuration has the SHA-256.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crate::api::octets;
use crate::config::{Config, Scope};

/// The digest of a key.
pub(crate) type Digest = [u8; 32];

/// The keys of the configuration, by their digests.
///
/// A key is random and long: it needs no slow hash, and the time of a look-up by digest says
/// nothing about the key.
#[derive(Debug, Default)]
pub(crate) struct Keys(HashMap<Digest, Holder>);

/// The holder of a key.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) name: String,
    scopes: std::collections::BTreeSet<Scope>,
}

impl Holder {
    /// Everybody on loopback, where no key is configured.
    pub(crate) fn anyone() -> Self {
        Self { name: "anyone".into(), scopes: Scope::ALL.into() }
    }

    /// Returns `true` if the holder has a scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

impl Keys {
    /// The keys of a configuration.
    pub(crate) fn new(config: &Config) -> Self {
        let keys = config.keys.iter().filter_map(|key| {
            let holder = Holder { name: key.name.clone(), scopes: key.scopes.clone() };
            Some((digest_of(&key.hash)?, holder))
        });
        Self(keys.collect())
    }

    /// Returns `true` if no key is needed.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_empty()
    }

    /// The holder of a key.
    pub(crate) fn holder(&self, key: &str) -> Option<&Holder> {
        self.0.get(&sha256(key.as_bytes()))
    }
}

/// The SHA-256 of octets.
pub(crate) fn sha256(octets: &[u8]) -> Digest {
    Sha256::digest(octets).into()
}

/// The digest in `sha256:` and 64 hexadecimal digits.
pub(crate) fn digest_of(hash: &str) -> Option<Digest> {
    octets(hash.strip_prefix("sha256:")?)?.try_into().ok()
}

/// A new key, and its hash for the configuration.
///
/// # Errors
/// Fails when the system has no random numbers.
pub(crate) fn generate() -> Result<(String, String), getrandom::Error> {
    use base64::Engine as _;
    let mut octets = [0; 32];
    getrandom::fill(&mut octets)?;
    let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(octets);
    let hash = format!("sha256:{}", faster_hex::hex_string(&sha256(key.as_bytes())));
    Ok((key, hash))
}
