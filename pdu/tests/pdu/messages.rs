//! The content of a reassembled message, complete or not: 3GPP TS 23.040, 9.2.3.24.1.

use core::time::Duration;

use gsm7::{Alphabet, Coding};
use pdu::{
    Address, Concatenation, Dcs, Deliver, Information, Limits, Message, Outcome, Ports,
    Reassembler, Reference, Timestamp, UserData,
};

const NOW: Duration = Duration::ZERO;

fn part(sender: &str, reference: u8, total: u8, sequence: u8) -> Deliver {
    let part = Concatenation::new(Reference::Eight(reference), total, sequence).unwrap();
    let header = [Information::Ports(Ports::wide(2948, 9200)), Information::Concatenation(part)];
    let sender: Address = sender.parse().unwrap();
    let user_data = UserData::text("a", Coding::Gsm7(Alphabet::DEFAULT), &header).unwrap();
    Deliver::new(sender, Timestamp::from_raw([0x62, 0x20, 0x82, 0x32, 0x95, sequence, 0x80]))
        .with_user_data(Dcs::from_raw(0x11), user_data)
}

fn complete<T: core::fmt::Debug>(outcome: Outcome<T>) -> Message<T> {
    match outcome {
        Outcome::Complete(message) => message,
        other => panic!("{other:?}"),
    }
}

fn waits<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Outcome::Pending { displaced: None, .. })
}

#[test]
fn a_message_says_what_its_first_part_says() {
    let limits = Limits { age: Duration::from_secs(1), ..Limits::default() };
    let mut reassembler = Reassembler::new(limits);
    assert_eq!((reassembler.limits(), reassembler.is_empty()), (limits, true));
    let parts = [1, 2, 3].map(|sequence| part("+371", 7, 3, sequence));
    assert!(waits(&reassembler.insert(NOW, &parts[2], ())));
    assert!(waits(&reassembler.insert(NOW, &parts[0], ())));
    assert_eq!((reassembler.len(), reassembler.is_empty()), (2, false));
    let message = complete(reassembler.insert(NOW, &parts[1], ()));
    assert!(message.parts().iter().map(|part| &part.deliver).eq(&parts));
    assert_eq!((message.total(), message.dcs()), (3, Dcs::from_raw(0x11)));
    assert_eq!(message.timestamp(), parts[0].timestamp);
    assert_eq!(message.ports(), Some(Ports::wide(2948, 9200)));
}

#[test]
fn what_is_compressed_is_no_text() {
    // 3GPP TS 23.038, 4: bit 5 of the general group.
    let deliver = Deliver::new("+371".parse().unwrap(), Timestamp::default())
        .with_user_data(Dcs::from_raw(0x20), UserData::data(b"Hi", &[]).unwrap());
    let message = complete(Reassembler::default().insert(NOW, &deliver, ()));
    assert_eq!((message.text(), message.data()), (None, b"Hi".to_vec()));
}

#[test]
fn the_parts_of_one_sender_are_not_counted_for_another() {
    let mut reassembler = Reassembler::new(Limits { parts_per_sender: 255, ..Limits::default() });
    assert!(waits(&reassembler.insert(NOW, &part("+1", 1, 2, 1), ())));
    assert!(waits(&reassembler.insert(NOW, &part("+1", 2, 2, 1), ())));
    complete(reassembler.insert(NOW, &part("+1", 1, 2, 2), ()));
    for sequence in 1..=254 {
        assert!(waits(&reassembler.insert(NOW, &part("+2", 9, 255, sequence), ())));
    }
    // One part of the first sender is still pending, and they may have 255.
    assert!(waits(&reassembler.insert(NOW, &part("+1", 3, 2, 1), ())));
}
