//! Addresses, as typed text and in TPDUs.

use pdu::{
    Address, AddressError, Deliver, Envelope, NumberingPlan, Timestamp, TypeOfNumber, Warning,
};

use super::received;
use crate::input::{self, Input};

/// Input: a type of address, then octets as a number, as a name, and as an address in a TPDU.
pub fn address(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte();
    let octets = input.rest();
    let text = input::text(octets);
    number(&text);
    typed(&text, kind);
    name(&text);
    on_the_air(octets, kind);
    as_service_centre(octets, kind);
}

fn number(text: &str) {
    let skipped = |character: &char| !" -.()".contains(*character);
    let plain: String = text.chars().filter(skipped).collect();
    match text.parse::<Address>() {
        Ok(address) => {
            assert_eq!(address.to_string(), plain);
            let international = address.type_of_number() == TypeOfNumber::International;
            assert_eq!(international, plain.starts_with('+'));
            assert!(address.digits().count() <= 20 && !address.is_empty());
            assert_eq!(address.to_string().parse(), Ok(address));
            survives(address);
        }
        Err(AddressError::Empty) => assert!(plain.is_empty() || plain == "+"),
        Err(AddressError::TooLong) => assert!(plain.len() > 20),
        Err(AddressError::Character { character, at }) => {
            assert!(text[at..].starts_with(character));
            assert!(!"0123456789*#abc".contains(character));
        }
        Err(AddressError::TrunkPrefix { at }) => {
            let group = text[at..].strip_prefix('(').unwrap();
            assert!(group.trim_start_matches([' ', '-', '.', '+']).starts_with('0'));
            let alone = group.chars().take_while(|&character| character != ')').filter(skipped);
            let abroad = plain.starts_with('+') || plain.starts_with("00");
            assert!(abroad || alone.count() == 1);
        }
        Err(error) => panic!("{error}"),
    }
}

fn typed(text: &str, kind: u8) {
    let (ton, npi) = (TypeOfNumber::from_bits(kind >> 4), NumberingPlan::from_bits(kind));
    let Ok(address) = Address::new(ton, npi, text) else {
        return;
    };
    assert_eq!(address.type_of_number(), ton);
    survives(address);
    if !address.is_alphanumeric() {
        assert_eq!(address.digits().collect::<String>(), text);
        assert_eq!(address.numbering_plan(), npi);
    }
}

fn name(text: &str) {
    let septets = gsm7::count(text, gsm7::Alphabet::DEFAULT);
    match Address::alphanumeric(text) {
        Ok(address) => {
            assert!(septets.is_ok_and(|septets| (1..=11).contains(&septets)));
            // Seven characters with padding equal eight characters that end in a commercial at.
            let shown =
                if septets == Ok(8) { text.strip_suffix('@').unwrap_or(text) } else { text };
            assert_eq!(address.to_string(), shown);
            survives(address);
        }
        Err(AddressError::Empty) => assert!(text.is_empty()),
        // The octets after the eleventh septet may have any value.
        Err(AddressError::NameTooLong) => assert!(!septets.is_ok_and(|septets| septets <= 11)),
        Err(AddressError::Name(error)) => assert_eq!(septets, Err(error)),
        Err(error) => panic!("{error}"),
    }
}

/// Checks that an address built here is decoded without a warning.
fn survives(address: Address) {
    let deliver = received(&Deliver::new(address, Timestamp::default()));
    assert_eq!(deliver.originator, address);
    assert!(address.digits_match(&address));
}

/// Decodes an address of any length and semi-octets.
fn on_the_air(octets: &[u8], kind: u8) {
    let Some((&length, value)) = octets.split_first() else {
        return;
    };
    let count = usize::from(length).div_ceil(2);
    let Some(value) = value.get(..count) else { return };
    let tpdu = [&[0x04, length, kind], value, &[0; 10]].concat();
    let decoded = Deliver::decode(&tpdu).unwrap();
    let address = decoded.value.originator;
    assert_eq!(decoded.warnings.contains(Warning::AddressTooLong), length > 20);
    assert_eq!(address.octet(), kind);
    assert_eq!(address.is_alphanumeric(), kind & 0x70 == 0x50);
    let shown = address.to_string();
    if address.is_alphanumeric() {
        assert!(address.digits().next().is_none());
        let septets = gsm7::unpack_to_vec(value, 0, usize::from(length.min(28)) * 4 / 7).unwrap();
        // For senders that count octets, the eighth septet is padding.
        let count = septets.len() - usize::from(length == 14 && septets[7] == 0);
        assert_eq!(shown, gsm7::decode_to_string(&septets[..count], gsm7::Alphabet::DEFAULT));
    } else {
        let digits: String = (0..usize::from(length.min(28)))
            .map(|at| value[at / 2] >> (at % 2 * 4) & 0xF)
            .take_while(|&digit| digit != 0xF)
            .map(|digit| char::from(b"0123456789*#abc"[usize::from(digit)]))
            .collect();
        assert_eq!(shown.strip_prefix('+').unwrap_or(&shown), digits);
        let reversed: String = digits.chars().rev().collect();
        if let Ok(other) = reversed.parse::<Address>() {
            assert_eq!(address.digits_match(&other), other.digits_match(&address));
        }
    }
}

fn as_service_centre(octets: &[u8], kind: u8) {
    let length = u8::try_from(octets.len() + 1).unwrap_or(u8::MAX);
    let mut pdu = vec![length, kind];
    pdu.extend_from_slice(octets);
    pdu.extend_from_slice(&[0x04, 0, 0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    match Envelope::<Deliver>::decode(&pdu) {
        Ok(decoded) => {
            assert!(length <= 15);
            let again =
                Envelope::<Deliver>::from_hex(decoded.value.to_hex().unwrap()).unwrap().value;
            assert_eq!(again.smsc, decoded.value.smsc);
        }
        Err(error) => assert!(length > 15, "{error}"),
    }
}
