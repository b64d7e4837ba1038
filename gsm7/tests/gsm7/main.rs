//! The alphabets and their packing against 3GPP TS 23.038, and the fast ways against the obvious ones.

mod charset;
mod field;
mod fit;
mod naive;
mod packing;
mod tables;
mod text;
mod transliterate;
mod ucs2;
