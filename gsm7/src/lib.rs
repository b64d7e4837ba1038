//! The characters of SMS, USSD and cell broadcast, 3GPP TS 23.038.
#![cfg_attr(feature = "alloc", doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
// `clippy::arithmetic_side_effects` and `clippy::indexing_slicing` are off: the sums and indexes
// are positions in a text or buffer, bounded by its length, and cells of tables as large as their
// index type. The fuzz targets run all of them with overflow checks.

#[cfg(feature = "alloc")]
extern crate alloc;

/// Set if whole blocks and larger tables are used.
const FAST: bool = cfg!(feature = "fast");

mod alphabet;
#[cfg(feature = "alloc")]
pub mod charset;
mod chunks;
mod decode;
mod encode;
mod error;
mod fit;
mod language;
mod packing;
mod plain;
mod tables;
mod transliterate;
pub mod ucs2;
mod ussd;
mod utf8;

pub use alphabet::{Alphabet, ESCAPE};
pub use decode::{Chars, chars, decode};
pub use encode::{count, encode, encode_lossy};
pub use error::{BufferTooSmall, Decoded, EncodeError, Flaw, PackError, UnpackError};
pub use fit::{Coding, Codings, Cost, Costs, Cuts, Fit, fit};
pub use language::Language;
pub use packing::{pack, packed_len, septet_capacity, unpack};
pub use transliterate::{Transliterated, transliterate};
pub use ussd::{pack_ussd, unpack_ussd};

#[cfg(feature = "alloc")]
pub use {
    decode::{decode_strict_to_string, decode_to_string, decode_vec_to_string},
    encode::encode_to_vec,
    packing::{pack_to_vec, unpack_to_vec},
    ussd::{pack_ussd_to_vec, unpack_ussd_to_vec},
};
