//! Packs, unpacks and decodes septets.
#![no_std]
#![no_main]

use flash as _;
use gsm7::{Alphabet, decode, pack, unpack};

#[used]
static KEPT_UNPACK_AND_DECODE: fn(&[u8], u8, &mut [u8], &mut [u8]) -> Option<usize> =
    |octets, fill_bits, septets, text| {
        unpack(octets, fill_bits, septets).ok()?;
        Some(decode(septets, Alphabet::DEFAULT, text).ok()?.text.len())
    };

#[used]
static KEPT_PACK: fn(&[u8], u8, &mut [u8]) -> Option<usize> =
    |septets, fill_bits, octets| pack(septets, fill_bits, octets).ok();
