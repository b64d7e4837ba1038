//! The front-ends over every kind of link: the same scenarios through all of them, and what each
//! has by itself.

#[cfg(all(feature = "simulator", feature = "tokio"))]
mod dropped;
#[cfg(all(feature = "simulator", feature = "embassy-time"))]
mod embedded;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod handles;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod links;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod mux;
#[cfg(all(feature = "simulator", feature = "serialport", feature = "tokio"))]
mod probe;
#[cfg(all(unix, feature = "simulator", feature = "tokio-serial"))]
mod pseudoterminal;
#[cfg(all(feature = "simulator", feature = "embedded"))]
mod ready_port;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod reconnect;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod scenarios;
#[cfg(all(feature = "simulator", feature = "std"))]
mod simulator_clients;
#[cfg(all(unix, feature = "simulator", feature = "tokio"))]
mod sockets;
