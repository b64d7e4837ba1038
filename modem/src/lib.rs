//! modem
#![no_std]
