//! Packing, 3GPP TS 23.038, 6.1.2.

use gsm7::{
    PackError, UnpackError, pack, pack_to_vec, pack_ussd, pack_ussd_to_vec, packed_len,
    septet_capacity, unpack, unpack_to_vec, unpack_ussd, unpack_ussd_to_vec,
};
use proptest::prelude::*;

use crate::naive;

/// Octets written out by hand from figure 6.1.2.1: septet n occupies bits 7n to 7n + 6.
#[test]
fn packs_as_the_figures_of_the_standard_show() {
    let cases: &[(&[u8], u8, &[u8])] = &[
        (&[], 0, &[]),
        (&[], 3, &[0x00]),
        (&[0x61], 0, &[0x61]),
        (&[0x7F], 0, &[0x7F]),
        (&[0x7F], 1, &[0xFE]),
        (&[0x7F], 2, &[0xFC, 0x01]),
        (&[0x7F], 6, &[0xC0, 0x1F]),
        (&[0x01, 0x01], 0, &[0x81, 0x00]),
        (&[0x31, 0x32], 0, &[0x31, 0x19]),
        (&[0x7F; 7], 0, &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        (&[0x7F; 8], 0, &[0xFF; 7]),
        (&[0x7F; 9], 0, &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        (b"hellohello", 0, &[0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37]),
    ];
    for &(septets, fill_bits, octets) in cases {
        assert_eq!(
            pack_to_vec(septets, fill_bits).as_deref(),
            Ok(octets),
            "{septets:02X?} after {fill_bits}"
        );
        assert_eq!(unpack_to_vec(octets, fill_bits, septets.len()).as_deref(), Ok(septets));
    }
}

#[test]
fn the_first_of_two_octets_that_are_no_septets_is_told() {
    let step = if cfg!(miri) { 13 } else { 1 };
    for fill_bits in 0..=6 {
        for first in (0..80).step_by(step) {
            for second in (first + 1..80).step_by(step) {
                let mut septets = [0x61; 80];
                septets[first] = 0x80;
                septets[second] = 0x80;
                assert_eq!(
                    pack_to_vec(&septets, fill_bits),
                    Err(PackError::NotASeptet { index: first, value: 0x80 })
                );
            }
        }
    }
}

#[test]
fn every_length_and_fill_agrees_with_bit_by_bit() {
    let most = if cfg!(miri) { 80 } else { 400 };
    let septets: Vec<u8> = (0..most).map(|n: u32| (n * 37 % 128).to_le_bytes()[0]).collect();
    for fill_bits in 0..=6 {
        // Nine steps end on every remainder of eight.
        for count in (0..septets.len()).step_by(if cfg!(miri) { 9 } else { 1 }) {
            let septets = &septets[..count];
            let octets = naive::pack(septets, fill_bits);
            assert_eq!(octets.len(), packed_len(count, fill_bits));
            assert_eq!(
                pack_to_vec(septets, fill_bits).as_ref(),
                Ok(&octets),
                "{count} after {fill_bits}"
            );
            assert_eq!(unpack_to_vec(&octets, fill_bits, count).as_deref(), Ok(septets));
        }
    }
}

#[test]
fn one_set_bit_lands_where_bit_by_bit_puts_it() {
    for count in [1, 7, 8, 9, 63, 64, 65, 129] {
        for index in 0..count {
            for bit in (0..7).step_by(if cfg!(miri) { 6 } else { 1 }) {
                let mut septets = vec![0; count];
                septets[index] = 1 << bit;
                for fill_bits in [0, 1, 6] {
                    assert_eq!(
                        pack_to_vec(&septets, fill_bits),
                        Ok(naive::pack(&septets, fill_bits))
                    );
                }
            }
            if cfg!(miri) {
                break;
            }
        }
    }
}

#[test]
fn a_buffer_may_be_longer_and_keeps_its_rest() {
    let mut octets = [0xAA; 4];
    assert_eq!(pack(&[0x7F, 0x7F], 0, &mut octets), Ok(2));
    assert_eq!(octets, [0xFF, 0x3F, 0xAA, 0xAA]);
}

#[test]
fn further_octets_and_dirty_fill_and_spare_bits_are_ignored() {
    let mut septets = [0; 2];
    assert_eq!(unpack(&[0x07, 0x00, 0xFE, 0xFF], 3, &mut septets), Ok(()));
    assert_eq!(septets, [0, 0]);
}

#[test]
fn errors_say_what_is_missing() {
    let mut buffer = [0; 3];
    let short = pack(b"hello", 0, &mut buffer);
    assert_eq!(short, Err(PackError::BufferTooSmall { needed: 5, available: 3 }));
    assert_eq!(short.unwrap_err().to_string(), "the buffer has room for 3 octets and 5 are needed");
    assert_eq!(
        pack(b"h\x80", 0, &mut buffer),
        Err(PackError::NotASeptet { index: 1, value: 0x80 })
    );
    assert_eq!(pack(b"h", 7, &mut buffer), Err(PackError::FillBits(7)));
    let cut = unpack(&[0xE8], 0, &mut buffer);
    assert_eq!(cut, Err(UnpackError::Truncated { needed: 3, available: 1 }));
    assert_eq!(cut.unwrap_err().to_string(), "the septets need 3 octets and there are 1");
    assert_eq!(unpack(&[0xE8], 7, &mut buffer), Err(UnpackError::FillBits(7)));
    assert_eq!(
        unpack_to_vec(&[0xE8], 0, usize::MAX),
        Err(UnpackError::Truncated { needed: packed_len(usize::MAX, 0), available: 1 }),
        "a count from outside allocates nothing"
    );
}

#[test]
fn an_octet_that_is_no_septet_is_found_at_every_index() {
    for count in [1, 8, 20, 64, 150] {
        for index in (0..count).step_by(if cfg!(miri) { 13 } else { 1 }) {
            let mut septets = vec![0x7F; count];
            septets[index] = 0x80;
            let error = Err(PackError::NotASeptet { index, value: 0x80 });
            assert_eq!(pack_to_vec(&septets, 0), error);
            assert_eq!(pack_to_vec(&septets, 5), error);
        }
    }
}

#[test]
fn capacity_and_length_are_each_others_inverse() {
    for fill_bits in 0..=6 {
        for octets in 0..300 {
            let septets = septet_capacity(octets, fill_bits);
            assert_eq!(septets, (8 * octets).saturating_sub(usize::from(fill_bits)) / 7);
            assert!(octets == 0 || packed_len(septets, fill_bits) <= octets);
            assert!(packed_len(septets + 1, fill_bits) > octets);
        }
    }
    assert_eq!(packed_len(usize::MAX, 6), usize::MAX / 8 * 7 + 7);
    assert_eq!(septet_capacity(usize::MAX, 0), usize::MAX);
}

#[test]
fn ussd_follows_its_carriage_return_rule() {
    let cases: &[(&[u8], &[u8], &[u8])] = &[
        // Septets; octets; septets that the other side reads.
        (b"", &[], b""),
        (b"\r", &[0x0D], b"\r"),
        (b"1", &[0x31], b"1"),
        (b"1234567", &[0x31, 0xD9, 0x8C, 0x56, 0xB3, 0xDD, 0x1A], b"1234567"),
        (b"12345678", &[0x31, 0xD9, 0x8C, 0x56, 0xB3, 0xDD, 0x70], b"12345678"),
        // Carriage return twice is the same as once, 6.1.1.
        (b"1234567\r", &[0x31, 0xD9, 0x8C, 0x56, 0xB3, 0xDD, 0x1A, 0x0D], b"1234567\r\r"),
        (b"123456\r", &[0x31, 0xD9, 0x8C, 0x56, 0xB3, 0x35, 0x1A], b"123456\r"),
        (b"*100#", &[0xAA, 0x18, 0x0C, 0x36, 0x02], b"*100#"),
    ];
    for &(septets, octets, read) in cases {
        assert_eq!(pack_ussd_to_vec(septets).as_deref(), Ok(octets), "{septets:?}");
        assert_eq!(unpack_ussd_to_vec(octets), read);
    }
}

#[test]
fn ussd_errors_say_what_is_missing() {
    let mut buffer = [0; 7];
    let short = pack_ussd(b"1234567\r", &mut buffer);
    assert_eq!(short, Err(PackError::BufferTooSmall { needed: 8, available: 7 }));
    assert_eq!(
        pack_ussd(b"12\xFF", &mut buffer),
        Err(PackError::NotASeptet { index: 2, value: 0xFF })
    );
    let short = unpack_ussd(&[0; 7], &mut buffer);
    assert_eq!(short, Err(UnpackError::BufferTooSmall { needed: 8, available: 7 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

    #[test]
    fn packing_agrees_with_bit_by_bit(septets in prop::collection::vec(0..128u8, 0..700), fill_bits in 0..=6u8) {
        let octets = naive::pack(&septets, fill_bits);
        prop_assert_eq!(pack_to_vec(&septets, fill_bits), Ok(octets.clone()));
        prop_assert_eq!(unpack_to_vec(&octets, fill_bits, septets.len()), Ok(septets));
    }

    #[test]
    fn unpacking_any_octets_agrees_with_bit_by_bit(
        octets in prop::collection::vec(any::<u8>(), 0..300),
        fill_bits in 0..=6u8,
        less in 0..20usize,
    ) {
        let count = septet_capacity(octets.len(), fill_bits).saturating_sub(less);
        let septets = naive::unpack(&octets, fill_bits, count);
        prop_assert_eq!(unpack_to_vec(&octets, fill_bits, count), Ok(septets));
    }

    #[test]
    fn nothing_panics(octets in prop::collection::vec(any::<u8>(), 0..40), fill_bits: u8, room in 0..50usize) {
        let mut out = vec![0; room];
        let _ = pack(&octets, fill_bits, &mut out);
        let _ = unpack(&octets, fill_bits, &mut out);
        let _ = pack_ussd(&octets, &mut out);
        let _ = unpack_ussd(&octets, &mut out);
        let _ = (packed_len(room, fill_bits), septet_capacity(room, fill_bits));
        let _ = unpack_to_vec(&octets, fill_bits, usize::MAX - room);
    }

    #[test]
    fn ussd_texts_without_a_last_carriage_return_survive(septets in prop::collection::vec(0..128u8, 0..40)) {
        prop_assume!(septets.last() != Some(&0x0D));
        let octets = pack_ussd_to_vec(&septets).unwrap();
        prop_assert_eq!(unpack_ussd_to_vec(&octets), septets);
    }
}
