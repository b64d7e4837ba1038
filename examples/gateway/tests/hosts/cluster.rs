//! A cluster of three servers.
