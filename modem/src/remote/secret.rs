//! What a message must name to have a script run.

use alloc::string::String;
use core::fmt;

use subtle::ConstantTimeEq;

/// A password that is not shown: [`Debug`](fmt::Debug) gives `****`, or nothing if it is empty, and there is no
/// [`Display`](fmt::Display).
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
    /// The secret `word`; empty for none.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `word` is the secret, found out in a time that depends on the lengths alone.
    ///
    /// Where there is no secret, nothing is it.
    pub fn is(&self, word: &str) -> bool {
        !self.is_empty() && bool::from(self.0.as_bytes().ct_eq(word.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Secret()" } else { "Secret(****)" })
    }
}
