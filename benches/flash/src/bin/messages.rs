//! Reads a DELIVER to its sender, time and text, and writes a SUBMIT with a text.
#![no_std]
#![no_main]

use flash as _;
use pdu::{Address, DateTime, DeliverRef, Submit, UserData};

#[used]
static KEPT_READ: fn(&[u8], &mut [u8]) -> Option<(Address, DateTime, usize)> = |tpdu, text| {
    let deliver = DeliverRef::decode(tpdu).ok()?.value;
    let length = deliver.write_text(text).ok()??.len();
    Some((deliver.originator, deliver.timestamp.date_time()?, length))
};

#[used]
static KEPT_WRITE: fn(&str, &str, &mut [u8]) -> Option<usize> = |recipient, text, tpdu| {
    let coding = gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT);
    let user_data = UserData::text(text, coding, &[]).ok()?;
    let submit = Submit { user_data, ..Submit::new(recipient.parse().ok()?) };
    submit.encode(tpdu).ok()
};
