//! Information elements of the user data header, octet for octet: 3GPP TS 23.040, 9.2.3.24.

use gsm7::{Alphabet, Language};
use pdu::{
    Concatenation, Element, ElementId, Information, Ports, Reference, SpecialMessage, UserData,
};

use crate::common::{hex, octets};

#[test]
fn an_element_of_each_kind_is_the_octets_of_its_clause() {
    let part = |reference| {
        Information::Concatenation(Concatenation::new(reference, 3, 2).expect("a part of three"))
    };
    let waiting = SpecialMessage { indication: 0x80, count: 3 };
    let other = Element { id: ElementId::from_raw(0x0A), data: &[0x00, 0x05, 0x10] };
    for (information, expected) in [
        // 9.2.3.24.1 and 9.2.3.24.8: reference, total, sequence.
        (part(Reference::Eight(0xA1)), "05 00 03 A1 03 02"),
        (part(Reference::Sixteen(0xA1B2)), "06 08 04 A1 B2 03 02"),
        // 9.2.3.24.2: voice messages, to be stored, three of them.
        (Information::SpecialMessage(waiting), "04 01 02 80 03"),
        // 9.2.3.24.3 and 9.2.3.24.4: destination before source.
        (Information::Ports(Ports::narrow(0xF0, 0xF1)), "04 04 02 F0 F1"),
        (Information::Ports(Ports::wide(2948, 9200)), "06 05 04 0B 84 23 F0"),
        // 9.2.3.24.5 to 9.2.3.24.7.
        (Information::ServiceCentreControl(0x41), "03 06 01 41"),
        (Information::Source(3), "03 07 01 03"),
        (Information::WirelessControl(&[0x05, 0x00, 0x0A]), "05 09 03 05 00 0A"),
        // 9.2.3.24.11: an address with its length in digits.
        (
            Information::ReplyAddress("+37120000000".parse().expect("a number")),
            "0A 22 08 0B 91 73 21 00 00 00 F0",
        ),
        // 9.2.3.24.15 and 9.2.3.24.16: Turkish, Spanish.
        (Information::SingleShift(Language::new(1)), "03 24 01 01"),
        (Information::LockingShift(Language::new(2)), "03 25 01 02"),
        (Information::Other(other), "05 0A 03 00 05 10"),
    ] {
        let user_data = UserData::<140>::data(&[], &[information]).expect("a short header");
        assert_eq!(hex(user_data.octets()), hex(&octets(expected)), "{information:?}");
        let header = user_data.header().expect("one element");
        assert!(header.information().eq([information]), "{information:?}");
    }
}

#[test]
fn an_element_of_another_length_than_its_kind_has_is_kept_as_it_is() {
    for (id, data) in [
        (ElementId::CONCATENATION_8, &[1, 2][..]),
        (ElementId::CONCATENATION_8, &[1, 2, 3]),
        (ElementId::CONCATENATION_8, &[1, 0, 0]),
        (ElementId::CONCATENATION_16, &[1, 2, 1]),
        (ElementId::SPECIAL_MESSAGE, &[0x80]),
        (ElementId::PORTS_8, &[0xF0]),
        (ElementId::PORTS_16, &[0x0B, 0x84]),
        (ElementId::SERVICE_CENTRE_CONTROL, &[]),
        (ElementId::SOURCE, &[1, 2]),
        // Eleven digits take six octets; here are five, and seven.
        (ElementId::REPLY_ADDRESS, &[0x0B, 0x91, 0x73, 0x21, 0, 0, 0]),
        (ElementId::REPLY_ADDRESS, &[0x0B, 0x91, 0x73, 0x21, 0, 0, 0, 0xF0, 0]),
        // 30 digits, of at most 28.
        (ElementId::REPLY_ADDRESS, &[30, 0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (ElementId::ENHANCED_VOICE_MAIL, &[0x00, 0x0B, 0x91, 0x73]),
        (ElementId::SINGLE_SHIFT, &[]),
        (ElementId::LOCKING_SHIFT, &[1, 2]),
    ] {
        let element = Element { id, data };
        assert_eq!(element.information(), Information::Other(element), "{element:?}");
    }
}

#[test]
fn an_indication_tells_what_waits_for_whom() {
    // 9.2.3.24.2: store, profile 3, video messages among "other".
    let special = SpecialMessage { indication: 0b1100_0111, count: 1 };
    assert_eq!(special.kind(), pdu::WaitingKind::Other);
    assert_eq!((special.extended_kind(), special.profile()), (1, 3));
    assert!(special.store());
    // Fax, for the first profile, not to be stored.
    let special = SpecialMessage { indication: 0b0000_0001, count: 1 };
    assert_eq!(special.kind(), pdu::WaitingKind::Fax);
    assert_eq!((special.extended_kind(), special.profile()), (0, 1));
    assert!(!special.store());
}

#[test]
fn voice_mail_names_its_mailbox_and_count_and_whether_it_confirms_a_deletion() {
    // 9.2.3.24.13.2: bit 0 of the first octet is set in a confirmation.
    for (first, is_confirmation) in [(0x00, false), (0x01, true), (0xFE, false)] {
        let data = [first, 0x0B, 0x91, 0x73, 0x21, 0x00, 0x00, 0x00, 0xF0, 2, 1, 0x12, 0x34];
        let element = Element { id: ElementId::ENHANCED_VOICE_MAIL, data: &data };
        let Information::EnhancedVoiceMail(mail) = element.information() else {
            panic!("{element:?}")
        };
        assert_eq!(mail.is_delete_confirmation(), is_confirmation);
        assert_eq!(mail.mailbox().to_string(), "+37120000000");
        assert_eq!(mail.waiting(), 2);
        assert_eq!(mail.octets(), data);
        let user_data =
            UserData::<140>::data(&[], &[element.information()]).expect("a short header");
        assert_eq!(user_data.header_octets()[3..], data);
    }
}

#[test]
fn only_ports_of_16_bits_are_those_of_wap_push() {
    for (ports, is_wap_push) in [
        (Ports::wide(2948, 9200), true),
        (Ports::wide(2949, 9200), true),
        (Ports::wide(2947, 9200), false),
        (Ports::wide(2950, 9200), false),
        (Ports::wide(9200, 2948), false),
        (Ports::narrow(0x84, 0), false),
    ] {
        assert_eq!(ports.is_wap_push(), is_wap_push, "{ports:?}");
    }
}

/// 9.2.3.24.3 and 9.2.3.24.4.
#[test]
fn ports_are_of_8_or_16_bits() {
    let narrow = Ports::narrow(0xF0, 0xF1);
    let wide = Ports::wide(2948, 9200);
    assert_eq!((narrow.destination(), narrow.source(), narrow.is_wide()), (0xF0, 0xF1, false));
    assert_eq!((wide.destination(), wide.source(), wide.is_wide()), (2948, 9200, true));
}

/// 3GPP TS 23.038, 6.2.1.2: Spanish has no locking shift table, and 99 is not a language.
#[test]
fn a_language_without_a_table_leaves_the_default_alphabet() {
    for (information, alphabet) in [
        (Information::LockingShift(Language::TURKISH), Alphabet::locking(Language::TURKISH)),
        (Information::SingleShift(Language::SPANISH), Alphabet::single(Language::SPANISH)),
        (Information::LockingShift(Language::SPANISH), Alphabet::DEFAULT),
        (Information::LockingShift(Language::new(99)), Alphabet::DEFAULT),
        (Information::SingleShift(Language::new(99)), Alphabet::DEFAULT),
    ] {
        let user_data = UserData::<140>::data(&[], &[information]).expect("a short header");
        assert_eq!(user_data.alphabet(), alphabet, "{information:?}");
    }
}
