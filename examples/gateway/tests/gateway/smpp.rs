//! The SMPP server as its clients see it. The client of these tests writes its octets by hand, so
//! that it shares no mistake with the server.

mod binds;
mod client;
mod kills;
mod load;
mod malformed;
mod receipts;
mod received;
mod submits;
mod timers;
