//! Packing and unpacking: the fast way agrees with the naive one.

use gsm7::{PackError, UnpackError, pack, packed_len, septet_capacity, unpack};

use super::naive;
use crate::input::Input;

/// Input: fill bits, then octets as septets and as packed septets.
pub fn septets(data: &[u8]) {
    let mut input = Input::new(data);
    let fill = input.byte() % 8;
    let octets = input.rest();
    packing(octets, fill);
    unpacking(octets, fill);
    ussd(&masked(octets));
}

fn masked(octets: &[u8]) -> Vec<u8> {
    octets.iter().map(|octet| octet & 0x7F).collect()
}

fn packing(octets: &[u8], fill: u8) {
    let refused = octets.iter().position(|&octet| octet > 0x7F);
    let packed = gsm7::pack_to_vec(octets, fill);
    match (refused, &packed) {
        (_, Err(PackError::FillBits(bits))) => assert!(*bits == fill && fill > 6),
        (Some(first), Err(PackError::NotASeptet { index, value })) => {
            assert_eq!((*index, *value), (first, octets[first]));
        }
        (None, Ok(packed)) => assert_eq!(*packed, naive::pack(octets, fill)),
        _ => panic!("{refused:?} {packed:?}"),
    }
    if fill > 6 {
        return;
    }
    let septets = masked(octets);
    let packed = gsm7::pack_to_vec(&septets, fill).unwrap();
    assert_eq!(packed.len(), packed_len(septets.len(), fill));
    assert_eq!(gsm7::unpack_to_vec(&packed, fill, septets.len()).unwrap(), septets);
    if let Some(short) = packed.len().checked_sub(1) {
        let error = pack(&septets, fill, &mut vec![0; short]).unwrap_err();
        assert_eq!(error, PackError::BufferTooSmall { needed: packed.len(), available: short });
    }
    // Old bits of the buffer are cleared, and octets after the result stay unchanged.
    let mut buffer = vec![0xFF; packed.len() + 1];
    assert_eq!(pack(&septets, fill, &mut buffer), Ok(packed.len()));
    assert_eq!(buffer, [&packed[..], &[0xFF]].concat());
}

fn unpacking(octets: &[u8], fill: u8) {
    if fill > 6 {
        assert_eq!(unpack(octets, fill, &mut []), Err(UnpackError::FillBits(fill)));
        return;
    }
    let capacity = septet_capacity(octets.len(), fill);
    for count in [capacity, capacity / 2, capacity.saturating_sub(1)] {
        let septets = gsm7::unpack_to_vec(octets, fill, count).unwrap();
        assert_eq!(septets, naive::unpack(octets, fill, count));
    }
    let error = gsm7::unpack_to_vec(octets, fill, capacity + 1).unwrap_err();
    assert!(matches!(error, UnpackError::Truncated { available, .. } if available == octets.len()));
    assert!(gsm7::unpack_to_vec(octets, fill, usize::MAX).is_err());
}

fn ussd(septets: &[u8]) {
    let packed = gsm7::pack_ussd_to_vec(septets).unwrap();
    let mut expected = septets.to_vec();
    // On an octet boundary a receiver drops the last carriage return as filler, so that the sender
    // doubles it.
    if septets.len() % 8 == 0 && septets.last() == Some(&0x0D) {
        expected.push(0x0D);
    }
    assert_eq!(gsm7::unpack_ussd_to_vec(&packed), expected);
    let padded = if septets.len() % 8 == 7 { [septets, &[0x0D]].concat() } else { expected };
    assert_eq!(packed, naive::pack(&padded, 0));
}
