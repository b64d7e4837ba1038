//! pdu
#![no_std]
