//! The crate `pdu`: TPDUs, cell broadcasts and application data.

mod address;
mod application;
mod broadcast;
mod header;
mod reassembly;
mod split;
mod timestamp;
mod tpdu;
mod ussd;
mod value;

pub use address::address;
pub use application::application;
pub use broadcast::broadcast;
pub use header::header;
pub use reassembly::reassembly;
pub use split::split;
pub use timestamp::timestamp;
pub use tpdu::{incoming, outgoing};
pub use ussd::ussd;
pub use value::value;

use pdu::{Deliver, Incoming, Tpdu};

/// The octets of a TPDU.
fn encoded(tpdu: &impl Tpdu) -> Vec<u8> {
    let mut octets = [0; 300];
    let count = tpdu.encode(&mut octets).unwrap();
    octets[..count].to_vec()
}

/// Encodes and decodes a DELIVER, and checks that it is unchanged.
fn received(deliver: &Deliver) -> Deliver {
    match Incoming::decode(&encoded(deliver)).unwrap().value {
        Incoming::Deliver(received) => {
            assert_eq!(received, *deliver);
            received
        }
        other => panic!("{other:?}"),
    }
}
