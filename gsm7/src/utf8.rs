//! The check that bytes are UTF-8, which safe code cannot skip.

/// Returns a text that was written character by character.
#[inline]
pub(crate) fn checked(text: &[u8]) -> &str {
    #[cfg(feature = "simd")]
    let checked = simdutf8::basic::from_utf8(text);
    #[cfg(not(feature = "simd"))]
    let checked = core::str::from_utf8(text);
    // Never fails: whole characters were written.
    checked.unwrap_or_default()
}
