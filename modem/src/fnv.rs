//! A digest that is the same in every program and version: journals keep it.

/// The digest FNV-1a of bytes. Others may have the same by chance, and find such bytes on purpose.
pub(crate) fn fnv_1a<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::fnv_1a;

    #[test]
    fn the_digest_has_the_published_values() {
        for (text, digest) in [
            ("", 0xCBF2_9CE4_8422_2325),
            ("a", 0xAF63_DC4C_8601_EC8C),
            ("foobar", 0x8594_4171_F739_67E8),
        ] {
            assert_eq!(fnv_1a(text.as_bytes().iter()), digest, "{text}");
        }
    }
}
