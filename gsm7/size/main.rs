//! A minimal user of `pack`, `unpack` and `decode`; `#[used]` keeps it in the binary.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use gsm7::{Alphabet, decode, pack, unpack};

#[used]
static USER: fn(&[u8], u8, &mut [u8], &mut [u8]) -> Option<usize> = |octets, fill_bits, septets, text| {
    unpack(octets, fill_bits, septets).ok()?;
    Some(decode(septets, Alphabet::DEFAULT, text).ok()?.text.len())
};

#[used]
static PACKER: fn(&[u8], u8, &mut [u8]) -> Option<usize> =
    |septets, fill_bits, octets| pack(septets, fill_bits, octets).ok();

#[cfg(feature = "encode")]
#[used]
static ENCODER: fn(&str, &mut [u8]) -> Option<usize> =
    |text, septets| gsm7::encode(text, Alphabet::DEFAULT, septets).ok();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
