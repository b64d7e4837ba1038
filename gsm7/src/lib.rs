//! gsm7
#![no_std]
