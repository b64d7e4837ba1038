//! Long texts in the fewest parts, and back.

use core::time::Duration;

use gsm7::{Coding, Codings, Fit};
use pdu::{
    Dcs, Deliver, Outcome, Ports, Reassembler, Reference, SplitError, Timestamp, UserData,
    split_data, split_text,
};

use super::received;
use crate::characters::codings;
use crate::input::{self, Input};

/// Input: the allowed codings, ports and reference, the number of repetitions, and the text.
pub fn split(data: &[u8]) {
    let mut input = Input::new(data);
    let codings = codings(&mut input);
    let choice = input.byte();
    let ports = match choice & 3 {
        0 => Some(Ports::wide(2948, 9200)),
        1 => Some(Ports::narrow(240, 241)),
        _ => None,
    };
    let reference = if choice & 4 == 0 {
        Reference::Eight(choice)
    } else {
        Reference::Sixteen(0x0100 | u16::from(choice))
    };
    let repeated = 1 + usize::from(input.byte() % 64);
    let octets = input.rest();
    text(&input::text(octets).repeat(repeated), codings, ports, reference);
    octets_in_parts(&octets.repeat(repeated), ports, reference);
}

fn text(text: &str, codings: Codings, ports: Option<Ports>, reference: Reference) {
    let fewest = codings.iter().filter_map(|coding| parts_of(text, coding, ports, reference)).min();
    let split = match split_text(text, codings, ports, reference) {
        Ok(split) => split,
        Err(SplitError::Text(_)) => return assert_eq!(fewest, None),
        Err(SplitError::TooLong { parts, fits }) => {
            assert_eq!(fewest, Some(parts));
            assert!(parts > 255 && fits < text.chars().count());
            return;
        }
        Err(error) => panic!("{error}"),
    };
    assert_eq!(Some(split.parts.len()), fewest, "{:?}", split.coding);
    assert_eq!(Fit::new(text, split.coding).unwrap().text(), text);
    check_parts(&split.parts, ports, reference);
    for part in &split.parts {
        // No surrogate pair is cut: each part is a valid text.
        assert!(
            !part.to_text(Dcs::of(split.coding, None)).unwrap().contains('\u{FFFD}')
                || text.contains('\u{FFFD}')
        );
    }
    let dcs = Dcs::of(split.coding, None);
    // A byte order mark at the start of a part is not part of the text.
    if !text.contains(['\u{FEFF}', '\u{FFFE}']) {
        assert_eq!(joined(&split.parts, dcs).text().as_deref(), Some(text));
    }
}

/// The number of parts of a text in one coding, with pieces as long as possible.
fn parts_of(
    text: &str,
    coding: Coding,
    ports: Option<Ports>,
    reference: Reference,
) -> Option<usize> {
    let fit = Fit::new(text, coding).ok()?;
    let shifts = match coding {
        Coding::Gsm7(alphabet) => alphabet.header_octets(),
        Coding::Ucs2 => 0,
    };
    let room = |concatenation: usize| {
        let ports = ports.map_or(0, |ports| if ports.is_wide() { 6 } else { 4 });
        let elements = shifts + ports + concatenation;
        let header = if elements == 0 { 0 } else { elements + 1 };
        match coding {
            Coding::Gsm7(_) => 160 - (8 * header).div_ceil(7),
            Coding::Ucs2 => (140 - header) / 2,
        }
    };
    let concatenation = if matches!(reference, Reference::Eight(_)) { 5 } else { 6 };
    Some(fit.parts(room(0), room(concatenation)))
}

fn octets_in_parts(data: &[u8], ports: Option<Ports>, reference: Reference) {
    match split_data(data, ports, reference) {
        Ok(parts) => {
            check_parts(&parts, ports, reference);
            assert_eq!(joined(&parts, Dcs::DATA).data(), data);
        }
        Err(SplitError::TooLong { parts, fits }) => assert!(parts > 255 && fits < data.len()),
        Err(error) => panic!("{error}"),
    }
}

fn check_parts(parts: &[UserData], ports: Option<Ports>, reference: Reference) {
    for (index, part) in parts.iter().enumerate() {
        let concatenation = part.header().and_then(|header| header.concatenation());
        if parts.len() == 1 {
            assert_eq!(concatenation, None);
        } else {
            let concatenation = concatenation.unwrap();
            assert_eq!(concatenation.reference(), reference);
            assert_eq!(usize::from(concatenation.total()), parts.len());
            assert_eq!(usize::from(concatenation.sequence()), index + 1);
        }
        assert_eq!(part.header().and_then(|header| header.ports()), ports);
    }
}

/// The message of the parts, which arrive in reverse order.
fn joined(parts: &[UserData], dcs: Dcs) -> pdu::Message<()> {
    let mut reassembler = Reassembler::default();
    let sender = "+37120000000".parse().unwrap();
    for (left, &user_data) in parts.iter().enumerate().rev() {
        let deliver = Deliver::new(sender, Timestamp::default()).with_user_data(dcs, user_data);
        match reassembler.insert(Duration::ZERO, &received(&deliver), ()) {
            Outcome::Complete(message) if left == 0 => return message,
            Outcome::Pending { displaced: None, .. } if left > 0 => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("no part completes the message")
}
