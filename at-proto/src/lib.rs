//! at-proto
#![no_std]
