//! The SIM: PINs and locks, identities, numbers and files, 3GPP TS 27.007.

mod card;
mod pin;

pub use card::{FileAnswer, OwnNumber, ReadFile, ReadIccid, ReadImsi, ReadNumbers, SendToSim};
pub use pin::{
    ChangePin, EnterPin, Facility, Pin, PinState, ReadLock, ReadPin, ReadRetries, Retries, SetLock,
};
