//! Every warning has a PDU with this oddity alone.

use pdu::{Decoded, Envelope, Incoming, Outgoing, Page, Warning, Warnings};

use crate::common::octets;

enum From {
    Network(&'static str),
    Mobile(&'static str),
    Broadcast(&'static str),
}

use From::{Broadcast, Mobile, Network};

impl From {
    fn warnings(&self) -> Warnings {
        match self {
            Network(tpdu) => Incoming::decode(&octets(tpdu)).unwrap().warnings,
            Mobile(tpdu) => Outgoing::decode(&octets(tpdu)).unwrap().warnings,
            Broadcast(page) => Page::decode(&octets(page)).unwrap().warnings,
        }
    }
}

const VECTORS: &[(Warning, From)] = &[
    (Warning::TrailingOctets, Network("04 04 91 3619 00 00 51507132200523 02 C834 FF")),
    (Warning::Truncated, Network("04 04 91 3619 00 04 51507132200523 03 4869")),
    (Warning::Truncated, Network("04 04 91 3619 00 00 51507132200523 0B E8329BFD06DDDF72")),
    (Warning::Truncated, Network("02 42 04 91 3619 51507132200523 51507132200523 00 03 00")),
    // TP-UDL counts fewer septets than the header takes.
    (Warning::Truncated, Network("44 04 91 3619 00 00 51507132200523 06 050003010201")),
    (Warning::SpareBits, Network("14 04 91 3619 00 00 51507132200523 00")),
    (Warning::SpareBits, Network("04 04 91 3619 00 00 51507132200523 01 E1")),
    (Warning::SpareBits, Network("44 04 91 3619 00 00 51507132200523 08 050003010201 83")),
    (Warning::SpareBits, Network("42 42 04 91 3619 51507132200523 51507132200523 00")),
    (Warning::SpareBits, Mobile("20 00")),
    (Warning::ReservedMessageType, Network("07 04 91 3619 00 00 51507132200523 00")),
    (Warning::AddressTooLong, Network("04 16 91 1111111111111111111111 00 00 51507132200523 00")),
    (Warning::AddressFiller, Network("04 03 91 3609 00 00 51507132200523 00")),
    (Warning::AddressFiller, Network("04 04 91 36F9 00 00 51507132200523 00")),
    (Warning::AddressType, Network("04 04 92 3619 00 00 51507132200523 00")),
    (Warning::AddressType, Network("04 04 F1 3619 00 00 51507132200523 00")),
    (Warning::AddressType, Network("04 04 11 3619 00 00 51507132200523 00")),
    (Warning::ReservedProtocol, Network("04 04 91 3619 80 00 51507132200523 00")),
    (Warning::ReservedCoding, Network("04 04 91 3619 00 80 51507132200523 00")),
    (Warning::ReservedCoding, Broadcast("0110 0032 A0 11 C8")),
    (Warning::ReservedStatus, Network("02 42 04 91 3619 51507132200523 51507132200523 AB")),
    (Warning::ReservedFailureCause, Mobile("00 83 00")),
    (Warning::ParameterIndicator, Mobile("00 08")),
    (
        Warning::ParameterIndicator,
        Network("02 42 04 91 3619 51507132200523 51507132200523 00 80 00"),
    ),
    (Warning::TimestampDigit, Network("04 04 91 3619 00 00 515071322005A3 00")),
    (Warning::TimestampInvalid, Network("04 04 91 3619 00 00 51007132200523 00")),
    (Warning::TimestampInvalid, Mobile("19 00 04 91 3619 00 00 51037132200523 00")),
    (Warning::ReservedValidity, Mobile("09 00 04 91 3619 00 00 07010000000000 00")),
    (Warning::ReservedValidity, Mobile("09 00 04 91 3619 00 00 00010000000000 00")),
    // No seconds, and an octet after the last one that is used.
    (Warning::ReservedValidity, Mobile("09 00 04 91 3619 00 00 02000000000000 00")),
    (Warning::ReservedValidity, Mobile("09 00 04 91 3619 00 00 021E0000000001 00")),
    (Warning::ReservedValidity, Mobile("09 00 04 91 3619 00 00 03A00000000000 00")),
    (Warning::HeaderMalformed, Network("44 04 91 3619 00 04 51507132200523 04 03 00 05 01")),
    // A filler among the digits, and a name in a numbering plan.
    (Warning::AddressFiller, Network("04 04 91 F619 00 00 51507132200523 00")),
    (Warning::AddressType, Network("04 04 D1 C834 00 00 51507132200523 00")),
    (Warning::HeaderMalformed, Network("44 04 91 3619 00 04 51507132200523 02 05 00")),
    (Warning::HeaderMalformed, Network("44 04 91 3619 00 04 51507132200523 00")),
    (Warning::ElementInvalid, Network("44 04 91 3619 00 04 51507132200523 06 050003010203")),
    (Warning::ElementInvalid, Network("44 04 91 3619 00 04 51507132200523 05 0400020102")),
    (
        Warning::ElementRepeated,
        Network("44 04 91 3619 00 04 51507132200523 0C 0B 0003010201 080400010201"),
    ),
    (Warning::ElementRepeated, Network("44 04 91 3619 00 04 51507132200523 07 06 250101 250101")),
    (
        Warning::ElementRepeated,
        Network("44 04 91 3619 00 04 51507132200523 09 08 04020102 04020304"),
    ),
    (Warning::UnknownLanguage, Network("44 04 91 3619 00 04 51507132200523 04 03240163")),
    // Spanish has no locking shift table.
    (Warning::UnknownLanguage, Network("44 04 91 3619 00 04 51507132200523 04 03250102")),
    (Warning::OddOctets, Network("04 04 91 3619 00 08 51507132200523 03 004100")),
    (Warning::PageNumber, Broadcast("0110 0032 01 21 C8")),
    (Warning::PageNumber, Broadcast("0110 0032 01 00 C8")),
];

#[test]
fn each_vector_raises_exactly_its_warning() {
    for (warning, from) in VECTORS {
        assert_eq!(from.warnings(), [*warning].into_iter().collect(), "{warning:?}");
    }
    let (warning, too_long) = (Warning::UserDataTooLong, too_long_user_data());
    assert_eq!(too_long.warnings, [warning].into_iter().collect());
}

#[test]
fn each_warning_has_a_vector() {
    for warning in Warning::ALL {
        let covered = VECTORS.iter().any(|(covered, _)| *covered == warning);
        assert!(covered || warning == Warning::UserDataTooLong, "{warning:?}");
    }
}

/// 141 octets of data, which no DELIVER has.
fn too_long_user_data() -> Decoded<Incoming> {
    user_data_of(141)
}

fn user_data_of(length: u8) -> Decoded<Incoming> {
    let mut tpdu = octets("04 04 91 3619 00 04 51507132200523");
    tpdu.push(length);
    tpdu.extend(core::iter::repeat_n(0x41, length.into()));
    Incoming::decode(&tpdu).unwrap()
}

#[test]
fn too_long_user_data_is_kept_as_far_as_it_fits() {
    let Incoming::Deliver(deliver) = too_long_user_data().value else { panic!() };
    assert_eq!(deliver.user_data.octets(), [0x41; 141]);
    assert_eq!(deliver.user_data.length(), 141);
    let Incoming::Deliver(deliver) = user_data_of(200).value else { panic!() };
    assert_eq!(deliver.user_data.octets(), [0x41; 160]);
    assert_eq!(deliver.user_data.length(), 160);
}

#[test]
fn names_and_words_tell_the_warnings_apart() {
    for (at, warning) in Warning::ALL.iter().enumerate() {
        for other in &Warning::ALL[..at] {
            assert_ne!(warning.name(), other.name());
            assert_ne!(warning.to_string(), other.to_string());
        }
    }
}

#[test]
fn strict_reading_is_a_check_on_the_set() {
    let odd = Incoming::decode(&octets("14 04 91 3619 80 00 51507132200523 00")).unwrap();
    let refused = odd.strict().unwrap_err();
    assert_eq!(refused.to_string(), "unused bits are set; the protocol identifier is reserved");
    assert_eq!(format!("{refused:?}"), "{SpareBits, ReservedProtocol}");
    let plain = Incoming::decode(&octets("04 04 91 3619 00 00 51507132200523 00")).unwrap();
    assert_eq!(plain.strict(), Ok(plain.value));
}

#[test]
fn what_the_standard_allows_raises_no_warning() {
    for from in [
        // The forms of TP-VP in the enhanced format: none, a scale, seconds, a time; once only.
        Mobile("09 00 04 91 3619 00 00 00000000000000 00"),
        Mobile("09 00 04 91 3619 00 00 40000000000000 00"),
        Mobile("09 00 04 91 3619 00 00 01A70000000000 00"),
        Mobile("09 00 04 91 3619 00 00 41000000000000 00"),
        Mobile("09 00 04 91 3619 00 00 02010000000000 00"),
        Mobile("09 00 04 91 3619 00 00 42FF0000000000 00"),
        Mobile("09 00 04 91 3619 00 00 03324354000000 00"),
        // A header of seven septets without text after it.
        Network("44 04 91 3619 00 00 51507132200523 07 050003010201 00"),
        // Elements that may come twice.
        Network("44 04 91 3619 00 04 51507132200523 09 08 01028001 01028101"),
        Network("04 04 D0 C834 00 00 51507132200523 00"),
    ] {
        assert_eq!(from.warnings(), Warnings::NONE);
    }
}

#[test]
fn what_is_odd_before_the_tpdu_is_told_too() {
    let envelope =
        Envelope::<Incoming>::from_hex("0391F61904049136190000515071322005 2300".replace(' ', ""));
    let warnings = envelope.unwrap().warnings;
    assert!(warnings.contains(Warning::AddressFiller), "{warnings:?}");
}
