//! submits
