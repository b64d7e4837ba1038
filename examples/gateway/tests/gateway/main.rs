//! The gateway as its users see it: the program, HTTP, and the facts of the simulated network.

mod api;
mod bad_input;
mod kills;
mod load;
mod page;
mod process;
mod receiver;
mod reports;
mod served;
mod smpp;
mod stopping;
mod webhooks;
