//! The secret that a message must contain to run a script.

use alloc::string::String;
use core::fmt;

use subtle::ConstantTimeEq;

/// A password that is never shown. [`Debug`](fmt::Debug) prints `****`, or nothing for an empty
/// secret, and there is no [`Display`](fmt::Display).
///
/// ```
/// use modem::remote::Secret;
///
/// let secret = Secret::new("slepens");
/// assert!(secret.is("slepens") && !secret.is("slepen"));
/// assert_eq!(format!("{secret:?}"), "Secret(****)");
/// ```
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// The secret `word`; an empty string means that no secret is set.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    /// Returns `true` if no secret is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `true` if `word` is the secret, in a time that depends on the lengths alone.
    ///
    /// An empty secret equals no word.
    pub fn is(&self, word: &str) -> bool {
        !self.is_empty() && bool::from(self.0.as_bytes().ct_eq(word.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Secret()" } else { "Secret(****)" })
    }
}
