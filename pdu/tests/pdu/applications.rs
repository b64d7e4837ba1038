//! Application data: WAP push, service indication and loading, MMS, EMS, vCard, secured packets.

use pdu::{
    Alignment, CommandPacket, Deliver, ElementId, Ems, LoadAction, Mms, MmsClass, MmsSender,
    MmsTime, MmsType, PacketCheck, PacketCounter, Pid, Ports, ProofOfReceipt, PushContent,
    ResponsePacket, SignalAction, TextFormat, TextSize, WapPush, WapValue,
};

use crate::common::octets;

fn deliver(hex: &str) -> Deliver {
    Deliver::decode(&octets(hex)).unwrap().strict().unwrap()
}

/// The ports of a message, which are those of a push.
fn ports(deliver: &Deliver) -> Ports {
    deliver.header().unwrap().ports().unwrap()
}

#[test]
fn a_service_indication_has_dates_an_identifier_and_text_in_utf_8() {
    let deliver = deliver(
        "440B917321000000F00004621152213180806A0605040B8423F037060803AE81EAAF82B48602056A0045C6080D0362696C6C732E6578616D706C65008503696E762F3700110362696C6C2D37406578616D706C65000AC3072026112512310810C30420261231010352C493C4B7696E732031322C353020E282AC000101",
    );
    assert_eq!(ports(&deliver).destination(), 2948);
    let push = WapPush::decode(deliver.user_data.body_octets()).unwrap();
    assert_eq!((push.transaction(), push.is_confirmed()), (55, false));
    assert_eq!(push.content_type().media.name(), Some("application/vnd.wap.sic"));
    assert_eq!(push.content_type().charset(), Some(106));
    assert_eq!(push.application_id(), Some(WapValue::Short(2)));
    let flags = push.flags().unwrap();
    assert!(!flags.authenticated && flags.trusted && flags.last);
    let names: Vec<_> = push.headers().map(|header| header.name().unwrap()).collect();
    assert_eq!(names, ["X-Wap-Application-Id", "Push-Flag"]);
    let PushContent::ServiceIndication(si) = push.content() else { panic!() };
    assert_eq!(si.action(), Some(SignalAction::High));
    assert_eq!(si.href().unwrap().to_string(), "http://www.bills.example.com/inv/7");
    assert_eq!(si.id().unwrap().to_string(), "bill-7@example");
    assert_eq!(si.created().unwrap().unix_seconds(), 1_795_609_868);
    assert_eq!(si.created().unwrap().to_string(), "2026-11-25T12:31:08+00:00");
    assert_eq!(si.expires().unwrap().to_string(), "2026-12-31T00:00:00+00:00");
    assert_eq!(si.text().to_string(), "Rēķins 12,50 €");
}

#[test]
fn a_service_indication_of_few_octets() {
    let deliver = deliver(
        "440B917321000000F000F5621152713124802C0605040B8423F001060603AE81EA8DCA02056A0045C60C036578616D706C652E636F6D2F0001034869000101",
    );
    let push = WapPush::decode(deliver.user_data.body_octets()).unwrap();
    let PushContent::ServiceIndication(si) = push.content() else { panic!() };
    assert_eq!(si.href().unwrap().to_string(), "http://example.com/");
    assert_eq!(si.text().to_string(), "Hi");
    assert_eq!((si.action(), si.id(), si.created(), si.expires()), (None, None, None, None));
}

#[test]
fn a_service_loading_has_an_action_and_a_link() {
    let deliver = deliver(
        "440B917321000000F0000462115221318080270605040B8423F0000601B002066A0085050B036D2E6578616D706C65008603676F3F783D310001",
    );
    let push = WapPush::decode(deliver.user_data.body_octets()).unwrap();
    assert_eq!(push.transaction(), 0);
    assert_eq!(push.content_type().media.name(), Some("application/vnd.wap.slc"));
    let PushContent::ServiceLoading(sl) = push.content() else { panic!() };
    assert_eq!(sl.action(), Some(LoadAction::ExecuteLow));
    assert_eq!(sl.href().unwrap().to_string(), "https://m.example.edu/go?x=1");
}

#[test]
fn a_quotation_mark_at_the_beginning_is_part_of_a_text() {
    // A text-string of OMA WSP, 8.4.2.1. Only Content-ID is a quoted-string, written without its
    // end.
    let headers = b"\x83\x93\"1a\"\0\xB0\"x\0X-Own\0\"own\"\0\xC0\"a@b\0\x7F\x02\xC0\"c\0";
    let length = u8::try_from(headers.len()).unwrap();
    let octets = [&[0x01, 0x06, length], &headers[..]].concat();
    let push = WapPush::decode(&octets).unwrap();
    let values: Vec<_> =
        push.headers().map(|header| header.value.text().unwrap().to_string()).collect();
    assert_eq!(values, ["\"1a\"", "\"x", "\"own\"", "a@b", "\"c"]);

    // The texts of MMS are text-strings, too.
    let mms = Mms::decode(b"\x8C\x82\x98\"1\0\x96\"Hi\", she said\0\x83\"2\0").unwrap();
    assert_eq!(mms.transaction_id().unwrap().as_str(), Some("\"1"));
    assert_eq!(mms.subject().unwrap().as_str(), Some("\"Hi\", she said"));
    assert_eq!(mms.location().unwrap().as_str(), Some("\"2"));
}

#[test]
fn a_charset_is_found_after_a_quality_of_any_length() {
    // Quality 0.10 and 0.333: a uintvar, whose first octet looks like a length. OMA WSP, 8.4.2.3.
    for quality in [&[0x0B][..], &[0x83, 0x31]] {
        let parameters = [&[0x83, 0x80], quality, &[0x81, 0xEA]].concat();
        let length = u8::try_from(parameters.len()).unwrap();
        let octets = [&[0x01, 0x06, length + 1, length], &parameters[..]].concat();
        let push = WapPush::decode(&octets).unwrap();
        assert_eq!(push.content_type().charset(), Some(106), "{quality:02X?}");
    }
}

fn mms(deliver: &Deliver) -> (WapPush<'_>, Mms<'_>) {
    let push = WapPush::decode(deliver.user_data.body_octets()).unwrap();
    assert_eq!(push.content_type().media.name(), Some("application/vnd.wap.mms-message"));
    assert_eq!(push.application_id(), Some(WapValue::Short(4)));
    match push.content() {
        PushContent::Mms(mms) => (push, mms),
        other => panic!("{other:?}"),
    }
}

/// The address and the type of a sender.
fn sender(mms: &Mms<'_>) -> (String, Option<String>) {
    match mms.from() {
        Some(MmsSender::Address(address)) => {
            (address.address().to_string(), address.address_type().map(|kind| kind.to_string()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_mms_notification_says_where_the_message_waits() {
    let deliver1 = deliver(
        "440B917321000000F00004621152213180805E0605040B8423F0010603BEAF848C82985437663361008D928918802B33373132303030303030302F545950453D504C4D4E009650686F746F008A808E0270008805810302A30083687474703A2F2F6D2E6578616D706C652F543766336100",
    );
    let (push, mms) = mms(&deliver1);
    assert_eq!(push.transaction(), 1);
    assert_eq!(mms.message_type().name(), Some("m-notification-ind"));
    assert_eq!(mms.transaction_id().unwrap().as_str(), Some("T7f3a"));
    assert_eq!(mms.version(), Some((1, 2)));
    assert_eq!(sender(&mms), ("+37120000000".into(), Some("PLMN".into())));
    assert_eq!(mms.subject().unwrap().to_string(), "Photo");
    assert_eq!((mms.class(), mms.size()), (Some(MmsClass::Personal), Some(28_672)));
    assert_eq!(mms.expiry(), Some(MmsTime::Relative(172_800)));
    assert_eq!(mms.location().unwrap().as_str(), Some("http://m.example/T7f3a"));
    // The location counts as a secret.
    assert!(!format!("{mms:?}").contains("m.example"));

    // The content type in words.
    let deliver2 = deliver(
        "440B917321000000F000F562115271312480800605040B8423F01106246170706C69636174696F6E2F766E642E7761702E6D6D732D6D65737361676500AF84B4878C829874696431323334008D908919802B3337313230303030303030302F545950453D504C4D4E00964869008A808E02180088058103083D5F83687474703A2F2F6D6D732E6578616D706C652F3F693D3100",
    );
    let (_, mms) = self::mms(&deliver2);
    assert_eq!(mms.message_type(), MmsType::NOTIFICATION);
    assert_eq!(mms.transaction_id().unwrap().as_str(), Some("tid1234"));
    assert_eq!(sender(&mms), ("+371200000000".into(), Some("PLMN".into())));
    assert_eq!(mms.subject().unwrap().as_str(), Some("Hi"));
    assert_eq!(mms.size(), Some(6_144));
    assert_eq!(mms.location().unwrap().as_str(), Some("http://mms.example/?i=1"));
}

#[test]
fn an_mms_delivery_report_says_what_became_of_a_message() {
    let deliver = deliver(
        "440B917321000000F0000462115221318080440605040B8423F0020603BEAF848C868D908B4162433132406D6D732E6578616D706C6500972B33373132303030303030312F545950453D504C4D4E0085046925A1489581",
    );
    let (push, mms) = mms(&deliver);
    assert_eq!(push.transaction(), 2);
    assert_eq!(mms.message_type().name(), Some("m-delivery-ind"));
    assert_eq!(mms.version(), Some((1, 0)));
    assert_eq!(mms.message_id().unwrap().as_str(), Some("AbC12@mms.example"));
    let to: Vec<_> = mms.to().collect();
    assert_eq!(to[0].address().as_str(), Some("+37120000001"));
    assert_eq!(to[0].address_type().unwrap().as_str(), Some("PLMN"));
    assert_eq!(to[0].text().as_str(), Some("+37120000001/TYPE=PLMN"));
    // 2025-11-25T12:30:00Z.
    assert_eq!(mms.date(), Some(1_764_073_800));
    assert_eq!((mms.status(), mms.status_name()), (Some(0x81), Some("retrieved")));
}

#[test]
fn the_other_forms_of_mms_headers() {
    let hidden = octets("8C82 890181 96 08 EA E282AC20C4AB00 88 0680046925 9E80");
    let mms = Mms::decode(&hidden).unwrap();
    assert_eq!(mms.from(), Some(MmsSender::Hidden));
    let subject = mms.subject();
    assert_eq!(subject.map(|subject| subject.to_string()).as_deref(), Some("€ ī"));
    assert_eq!(mms.expiry(), Some(MmsTime::Absolute(0x6925_9E80)));
    // UCS-2 with its charset in two octets, and a single zero inside.
    let ucs2 = octets("8C82 96 09 0203E8 00480069 0000 8A 636C61737300 8E 90");
    let mms = Mms::decode(&ucs2).unwrap();
    assert_eq!(mms.subject().unwrap().to_string(), "Hi");
    assert_eq!(mms.subject().unwrap().charset(), Some(1000));
    let Some(MmsClass::Text(class)) = mms.class() else { panic!() };
    assert_eq!((class.as_str(), mms.size()), (Some("class"), Some(0x10)));
    // A read report, a foreign header, and a quote before a first character above 0x7F.
    let report = octets("8C88 582D466F6F00 62617200 967FC3A400 9B81");
    let mms = Mms::decode(&report).unwrap();
    assert_eq!(mms.message_type(), MmsType::READ_REPORT);
    assert_eq!(mms.is_read(), Some(false));
    assert_eq!(mms.subject().unwrap().as_str(), Some("ä"));
    assert_eq!(mms.headers().count(), 4);
    // Not UTF-8: ISO 8859-1.
    let latin = octets("8C82 9641E400");
    assert_eq!(Mms::decode(&latin).unwrap().subject().unwrap().to_string(), "Aä");
    assert_eq!(Mms::decode(&[0x98, 0x31, 0]), None);
}

#[test]
fn data_that_cannot_be_read_stay_data() {
    // Not a push; headers that are longer than the octets; a service indication that is cut.
    assert_eq!(WapPush::decode(&octets("01 40 00")), None);
    assert_eq!(WapPush::decode(&octets("01 06 05 AE")), None);
    assert_eq!(WapPush::decode(&octets("01 06 8080808001")), None);
    let cut = octets("01 06 01 AE 02056A0045C60C0365");
    let push = WapPush::decode(&cut).unwrap();
    assert_eq!(push.content(), PushContent::Data(push.data()));
    assert_eq!(push.data().len(), 9);
    // An unknown content type, in a number of two octets, and a page shift before a header.
    let unknown = octets("01 07 08 03 02030A 7F02 81C2 AABB");
    let push = WapPush::decode(&unknown).unwrap();
    assert!(push.is_confirmed());
    assert_eq!(push.content_type().media.name(), Some("application/vnd.wap.emn+wbxml"));
    let header = push.headers().next().unwrap();
    assert_eq!((header.page, header.name()), (2, None));
}

#[test]
fn ems_formats_characters_by_position() {
    let deliver = deliver(
        "440B917321000000F0000062115221318080250F0A030005100A0406056AF20B020C03005966B3DFA0FB5BCE268336A8F77A9302",
    );
    assert_eq!(deliver.text().as_deref(), Some("Hello world {ok}"));
    let elements: Vec<Ems<'_>> = deliver.header().unwrap().ems().collect();
    let [Ems::Format(bold), Ems::Format(other), sound] = elements[..] else { panic!() };
    assert_eq!((bold.start(), bold.length(), bold.is_bold()), (0, 5, true));
    assert_eq!((bold.size(), bold.alignment()), (TextSize::Normal, Alignment::Left));
    assert_eq!((bold.colour(), bold.background()), (None, None));
    assert_eq!((other.start(), other.length()), (6, 5));
    assert!(!other.is_bold() && other.is_italic() && other.is_underlined());
    assert!(!other.is_struck_through());
    assert_eq!((other.size(), other.alignment()), (TextSize::Small, Alignment::Right));
    assert_eq!(other.colour().map(TextFormat::colour_name), Some("dark red"));
    assert_eq!(other.background().map(TextFormat::colour_name), Some("bright magenta"));
    assert_eq!(sound, Ems::PredefinedSound { position: 12, number: 3 });
}

#[test]
fn ems_objects_have_the_lengths_of_their_kinds() {
    let read = |id: u8, data: &[u8]| {
        let element = pdu::Element { id: ElementId::from_raw(id), data };
        Ems::of(&element).map(|ems| format!("{ems:?}"))
    };
    let kind =
        |id, len| read(id, &vec![1; len]).map(|text| text.split(' ').next().unwrap().to_owned());
    assert_eq!(kind(0x0C, 9).as_deref(), Some("UserSound"));
    assert_eq!(kind(0x0D, 2).as_deref(), Some("PredefinedAnimation"));
    assert_eq!(kind(0x0E, 129).as_deref(), Some("Animation"));
    assert_eq!(kind(0x0F, 33).as_deref(), Some("Animation"));
    assert_eq!(kind(0x10, 129).as_deref(), Some("Picture"));
    assert_eq!(kind(0x11, 33).as_deref(), Some("Picture"));
    assert!(read(0x12, &[0, 2, 3, 1, 2, 3, 4, 5, 6]).unwrap().contains("width: 16, height: 3"));
    assert_eq!(kind(0x13, 1).as_deref(), Some("UserPrompt"));
    for (id, len) in
        [(0x0A, 2), (0x0A, 5), (0x0B, 1), (0x0E, 128), (0x11, 34), (0x12, 2), (0x20, 1)]
    {
        assert_eq!(read(id, &vec![1; len]), None, "{id:#04x} of {len}");
    }
}

#[test]
fn a_vcard_is_known_by_its_port() {
    let deliver = deliver(
        "440B917321000000F000F5621152713124804C06050423F40000424547494E3A56434152440D0A56455253494F4E3A322E310D0A4E3A4D75737465723B4D61780D0A54454C3A2B33373132303030303030300D0A454E443A56434152440D0A",
    );
    let ports = ports(&deliver);
    assert!(ports.is_vcard() && !ports.is_vcalendar());
    assert_eq!(ports.name(), Some("vcard"));
    let text = core::str::from_utf8(deliver.user_data.body_octets()).unwrap();
    assert!(text.starts_with("BEGIN:VCARD\r\n") && text.ends_with("END:VCARD\r\n"));
    assert!(Ports::wide(9205, 0).is_vcalendar() && Ports::wide(228, 0).is_vcalendar());
    assert!(Ports::narrow(226, 0).is_vcard());
}

/// The packet for the SIM in a message.
fn packet(deliver: &Deliver) -> CommandPacket<'_> {
    let mut elements = deliver.header().unwrap().elements();
    assert!(elements.any(|element| element.id == ElementId::COMMAND_PACKET));
    CommandPacket::decode(deliver.user_data.body_octets()).unwrap()
}

#[test]
fn a_packet_for_the_sim_in_clear_has_counter_check_and_data() {
    let deliver = deliver(
        "440B917321000000F07FF6621152213180801E02700000191109010015B0001100000001F4001A2B3C4DA0A40000023F00",
    );
    assert_eq!((deliver.pid, deliver.dcs.class()), (Pid::from_raw(0x7F), Some(pdu::Class::Sim)));
    let packet = packet(&deliver);
    assert_eq!(packet.lengths(), (25, 17));
    assert_eq!((packet.check(), packet.is_ciphered()), (PacketCheck::Redundancy, false));
    assert_eq!(
        (packet.counter(), packet.proof()),
        (PacketCounter::Unchecked, ProofOfReceipt::Always)
    );
    assert_eq!(packet.proof_check(), PacketCheck::None);
    assert!(!packet.is_proof_ciphered() && !packet.is_proof_by_submit());
    assert_eq!((packet.kic(), packet.kic_name()), (0x00, "known to both"));
    assert_eq!((packet.kid() >> 4, packet.kid_name()), (1, Some("CRC-32")));
    assert_eq!((packet.tar(), packet.tar_name()), ([0xB0, 0x00, 0x11], Some("SIM files")));
    let clear = packet.clear().unwrap();
    assert_eq!((clear.counter, clear.padding), (500, 0));
    assert_eq!((clear.check, clear.data), (&octets("1A2B3C4D")[..], &octets("A0A40000023F00")[..]));
}

#[test]
fn a_ciphered_packet_for_the_sim_shows_its_head_alone() {
    let deliver = deliver(
        "440B917321000000F07FF66211527131248030027000002B1516211515B00010000000000100A1B2C3D4E5F60718A0A40000023F00A0A40000027F20A0A40000026F46",
    );
    let packet = packet(&deliver);
    assert_eq!((packet.lengths(), packet.spi()), ((0x2B, 0x15), [0x16, 0x21]));
    assert_eq!((packet.kic(), packet.kid(), packet.tar()), (0x15, 0x15, [0xB0, 0x00, 0x10]));
    assert!(packet.is_ciphered() && packet.is_proof_by_submit());
    assert_eq!((packet.check(), packet.counter()), (PacketCheck::Checksum, PacketCounter::Higher));
    // The same octet names another algorithm than under a redundancy check.
    assert_eq!(packet.kid_name(), Some("triple DES with two keys"));
    assert_eq!((packet.clear(), packet.rest().len()), (None, 35));
}

#[test]
fn a_response_packet_has_a_status() {
    let octets = octets("000F 0A B00010 0000000001 00 00 9000 0102");
    let packet = ResponsePacket::decode(&octets).unwrap();
    assert_eq!((packet.tar, packet.status()), ([0xB0, 0x00, 0x10], Some(0)));
    assert_eq!(packet.data(), [0x90, 0x00, 0x01, 0x02]);
    assert_eq!(ResponsePacket::decode(&octets[..10]), None);
    assert_eq!(CommandPacket::decode(&octets[..10]), None);
}
