//! The alphabets and their packing against 3GPP TS 23.038, and the fast ways against the obvious ones.

mod naive;
mod packing;
mod text;
mod ucs2;
