//! Allocates: what the heap takes alone.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use flash as _;

#[used]
static KEPT_GROW: fn(&[u8]) -> Vec<u8> = |bytes| {
    let mut grown = Vec::new();
    for &byte in bytes {
        grown.push(byte);
    }
    grown
};
