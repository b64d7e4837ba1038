//! The data coding schemes of SMS and of cell broadcast, octet for octet: 3GPP TS 23.038, 4 and 5.

use pdu::{CbsDcs, CharacterSet, Class, Dcs, WaitingKind};

use CharacterSet::{Data, Gsm7, Ucs2};

/// Clause 4, one octet of each kind and at each border.
#[test]
fn each_octet_of_a_message_has_its_meaning() {
    // The last column: compressed, deleted once it is read, reserved.
    for (octet, set, class, flags) in [
        (0x00, Gsm7, None, "---"),
        (0x03, Gsm7, None, "---"),
        (0x04, Data, None, "---"),
        (0x08, Ucs2, None, "---"),
        (0x0C, Gsm7, None, "--r"),
        (0x10, Gsm7, Some(Class::Flash), "---"),
        (0x11, Gsm7, Some(Class::Mobile), "---"),
        (0x12, Gsm7, Some(Class::Sim), "---"),
        (0x13, Gsm7, Some(Class::Terminal), "---"),
        (0x15, Data, Some(Class::Mobile), "---"),
        (0x18, Ucs2, Some(Class::Flash), "---"),
        (0x1F, Gsm7, None, "--r"),
        (0x20, Gsm7, None, "c--"),
        (0x24, Data, None, "c--"),
        (0x28, Ucs2, None, "c--"),
        (0x2C, Gsm7, None, "--r"),
        (0x31, Gsm7, Some(Class::Mobile), "c--"),
        (0x3B, Ucs2, Some(Class::Terminal), "c--"),
        (0x40, Gsm7, None, "-d-"),
        (0x51, Gsm7, Some(Class::Mobile), "-d-"),
        (0x5B, Ucs2, Some(Class::Terminal), "-d-"),
        (0x60, Gsm7, None, "cd-"),
        (0x7A, Ucs2, Some(Class::Sim), "cd-"),
        (0x7F, Gsm7, None, "-dr"),
        (0x80, Gsm7, None, "--r"),
        // KS X 1001 of Korea.
        (0x84, Data, None, "--r"),
        (0x85, Gsm7, None, "--r"),
        (0xA4, Gsm7, None, "--r"),
        (0xBF, Gsm7, None, "--r"),
        (0xC0, Gsm7, None, "---"),
        (0xDF, Gsm7, None, "---"),
        (0xE0, Ucs2, None, "---"),
        (0xEF, Ucs2, None, "---"),
        (0xF0, Gsm7, Some(Class::Flash), "---"),
        (0xF2, Gsm7, Some(Class::Sim), "---"),
        (0xF5, Data, Some(Class::Mobile), "---"),
        (0xFF, Data, Some(Class::Terminal), "---"),
    ] {
        let dcs = Dcs::from_raw(octet);
        assert_eq!((dcs.character_set(), dcs.class()), (set, class), "{octet:#04x}");
        let found: String =
            [(dcs.is_compressed(), 'c'), (dcs.is_auto_deleted(), 'd'), (dcs.is_reserved(), 'r')]
                .map(|(is, letter)| if is { letter } else { '-' })
                .iter()
                .collect();
        assert_eq!(found, flags, "{octet:#04x}");
        assert_eq!(dcs.counts_septets(), set == Gsm7 && !dcs.is_compressed(), "{octet:#04x}");
    }
    for (class, number) in
        [(Class::Flash, 0), (Class::Mobile, 1), (Class::Sim, 2), (Class::Terminal, 3)]
    {
        assert_eq!((class.raw(), Class::from_bits(number)), (number, class));
    }
}

/// Clause 4, the groups 1100 to 1110.
#[test]
fn what_waits_is_told_by_three_groups() {
    let waiting = |kind, active, store| Some((kind, active, store));
    for (octet, expected) in [
        (0xBF, None),
        (0xC0, waiting(WaitingKind::VoiceMail, false, false)),
        (0xC9, waiting(WaitingKind::Fax, true, false)),
        (0xCF, waiting(WaitingKind::Other, true, false)),
        (0xD2, waiting(WaitingKind::Email, false, true)),
        (0xD8, waiting(WaitingKind::VoiceMail, true, true)),
        (0xE9, waiting(WaitingKind::Fax, true, true)),
        (0xEF, waiting(WaitingKind::Other, true, true)),
        (0xF0, None),
        (0x08, None),
    ] {
        let waiting = Dcs::from_raw(octet).waiting();
        let waiting = waiting.map(|waiting| (waiting.kind, waiting.active, waiting.store));
        assert_eq!(waiting, expected, "{octet:#04x}");
    }
}

/// Clause 5, one octet of each kind and at each border.
#[test]
fn each_octet_of_a_broadcast_has_its_meaning() {
    // The last column: a language before the text, a header, compressed, reserved.
    for (octet, set, class, flags) in [
        (0x00, Gsm7, None, "----"),
        (0x0F, Gsm7, None, "----"),
        (0x10, Gsm7, None, "l---"),
        (0x11, Ucs2, None, "l---"),
        (0x12, Gsm7, None, "---r"),
        (0x1F, Gsm7, None, "---r"),
        (0x20, Gsm7, None, "----"),
        (0x24, Gsm7, None, "----"),
        (0x25, Gsm7, None, "---r"),
        (0x3F, Gsm7, None, "---r"),
        (0x40, Gsm7, None, "----"),
        (0x44, Data, None, "----"),
        (0x48, Ucs2, None, "----"),
        (0x4C, Gsm7, None, "---r"),
        (0x50, Gsm7, Some(Class::Flash), "----"),
        (0x55, Data, Some(Class::Mobile), "----"),
        (0x5A, Ucs2, Some(Class::Sim), "----"),
        (0x5F, Gsm7, None, "---r"),
        (0x60, Gsm7, None, "--c-"),
        (0x68, Ucs2, None, "--c-"),
        (0x6C, Gsm7, None, "---r"),
        (0x73, Gsm7, Some(Class::Terminal), "--c-"),
        (0x7C, Gsm7, None, "---r"),
        (0x80, Gsm7, None, "---r"),
        (0x8F, Gsm7, None, "---r"),
        (0x90, Gsm7, Some(Class::Flash), "-h--"),
        (0x95, Data, Some(Class::Mobile), "-h--"),
        (0x9B, Ucs2, Some(Class::Terminal), "-h--"),
        (0x9C, Gsm7, None, "---r"),
        (0xA0, Gsm7, None, "---r"),
        (0xEF, Gsm7, None, "---r"),
        // Class 0 is not defined here.
        (0xF0, Gsm7, None, "----"),
        (0xF1, Gsm7, Some(Class::Mobile), "----"),
        (0xF4, Data, None, "----"),
        (0xF7, Data, Some(Class::Terminal), "----"),
    ] {
        let dcs = CbsDcs::from_raw(octet);
        assert_eq!((dcs.character_set(), dcs.class()), (set, class), "{octet:#04x}");
        let found: String = [
            (dcs.has_language_prefix(), 'l'),
            (dcs.has_header(), 'h'),
            (dcs.is_compressed(), 'c'),
            (dcs.is_reserved(), 'r'),
        ]
        .map(|(is, letter)| if is { letter } else { '-' })
        .iter()
        .collect();
        assert_eq!(found, flags, "{octet:#04x}");
    }
}

/// Clause 5, the groups 0000 and 0010.
#[test]
fn a_broadcast_names_one_of_twenty_languages() {
    let codes =
        ["de", "en", "it", "fr", "es", "nl", "sv", "da", "pt", "fi", "no", "el", "tr", "hu", "pl"];
    for (octet, code) in (0x00..).zip(codes) {
        assert_eq!(CbsDcs::from_raw(octet).language(), Some(code), "{octet:#04x}");
    }
    for (octet, code) in (0x20..).zip(["cs", "he", "ar", "ru", "is"]) {
        assert_eq!(CbsDcs::from_raw(octet).language(), Some(code), "{octet:#04x}");
    }
    for octet in [0x0F, 0x10, 0x11, 0x1F, 0x25, 0x40, 0x80, 0xFF] {
        assert_eq!(CbsDcs::from_raw(octet).language(), None, "{octet:#04x}");
    }
}
