//! The alphabets and their packing against 3GPP TS 23.038, and fast paths against naive ones.

mod charset;
mod field;
mod fit;
mod naive;
mod packing;
mod tables;
mod text;
mod transliterate;
mod ucs2;
