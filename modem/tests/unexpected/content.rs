//! Received content that is more than text: MMS, WAP push, cards, voice mail, and cell broadcasts.

use core::time::Duration;

use modem::pdu::{
    Broadcast, GeographicalScope, MmsSender, MmsType, PushContent, Severity, Topic, WaitingKind,
    WarningSystem,
};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, Received, ReceivedContent};
use testkit::bench::Bench;
use testkit::hex;

const HOUR: Duration = Duration::from_secs(3600);

fn bench(config: Config) -> Bench {
    Bench::open(Simulator::new(Profile::GENERIC), config)
}

/// The messages that a modem delivers as these TPDUs.
fn received(bench: &mut Bench, tpdus: &[&str]) -> Vec<Received> {
    for tpdu in tpdus {
        bench.say(&format!("+CMT: ,{}|00{tpdu}", tpdu.len() / 2));
    }
    let events = bench.events().into_iter();
    let received = events.filter_map(|event| match event {
        Event::Received(message) => Some(message),
        _ => None,
    });
    received.collect()
}

/// 3GPP TS 23.040: from +37120000000, with a header, in 8-bit data.
fn data(header: &str, body: &str) -> String {
    let length = (header.len() + body.len()) / 2;
    format!("440B917321000000F0000462115221318080{length:02X}{header}{body}")
}

const PUSH_PORTS: &str = "0605040B8423F0";

/// A notification: transaction T7f3a, of a photo of 28 KB, for two days.
const NOTIFICATION: &str = "010603BEAF848C82985437663361008D928918802B33373132303030303030302F545950453D504C4D4E009650686F746F008A808E0270008805810302A30083687474703A2F2F6D2E6578616D706C652F543766336100";

fn assert_notification(message: &Received) {
    let mms = message.mms().unwrap_or_else(|| panic!("{message:?}"));
    assert_eq!(mms.message_type(), MmsType::NOTIFICATION);
    assert_eq!(mms.transaction_id().unwrap().to_string(), "T7f3a");
    let Some(MmsSender::Address(sender)) = mms.from() else { panic!("{mms:?}") };
    assert_eq!(sender.address().to_string(), "+37120000000");
    assert_eq!(mms.subject().unwrap().to_string(), "Photo");
    assert_eq!(mms.size(), Some(28_672));
    assert_eq!(mms.location().unwrap().to_string(), "http://m.example/T7f3a");
    // The location counts as a secret: it is in no log of the message.
    let location = hex(b"m.example");
    for shown in [format!("{message:?}"), format!("{:?}", message.content())] {
        assert!(!shown.contains("m.example") && !shown.contains(&location), "{shown}");
        assert!(!shown.contains("109, 46, 101"), "{shown}");
    }
}

#[test]
fn an_mms_notification_is_delivered_as_what_it_is() {
    let message = received(&mut bench(Config::default()), &[&data(PUSH_PORTS, NOTIFICATION)]);
    let [message] = &message[..] else { panic!("{message:?}") };
    assert!(message.is_wap_push());
    assert_notification(message);
}

#[test]
fn an_mms_notification_in_two_parts_is_read_once_both_are_there() {
    let part = |number: u8, body: &str| {
        data(&format!("0B0003070 2{number:02X}05040B8423F0").replace(' ', ""), body)
    };
    let (first, second) = NOTIFICATION.split_at(100);
    let mut bench = bench(Config::default());
    // Only the first part carries the headers of the push.
    assert_eq!(received(&mut bench, &[&part(2, second)]), []);
    let messages = received(&mut bench, &[&part(1, first)]);
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_notification(message);

    // A part that does not come leaves data.
    received(&mut bench, &[&part(1, first)]);
    bench.run(25 * HOUR);
    let incomplete = received(&mut bench, &[]);
    let [message] = &incomplete[..] else { panic!("{incomplete:?}") };
    assert_eq!(message.missing, [2]);
    assert!(matches!(message.content(), ReceivedContent::Data(data) if data.len() == 50));
    assert_eq!(message.mms(), None);
}

#[test]
fn a_push_and_a_card_are_delivered_as_what_they_are() {
    let mut bench = bench(Config::default());
    let indication = data(
        PUSH_PORTS,
        "01060603AE81EA8DCA02056A0045C60C036578616D706C652E636F6D2F0001034869000101",
    );
    // Port 9204.
    let card = data("06050423F40000", "424547494E3A56434152440D0A454E443A56434152440D0A");
    let other = data("06050440000000", "0102");
    let broken = data(PUSH_PORTS, "0140");
    let messages = received(&mut bench, &[&indication, &card, &other, &broken]);
    let [indication, card, other, broken] = &messages[..] else { panic!("{messages:?}") };
    let ReceivedContent::WapPush(push) = indication.content() else { panic!("{indication:?}") };
    let PushContent::ServiceIndication(si) = push.content() else { panic!("{push:?}") };
    assert_eq!(si.href().unwrap().to_string(), "http://example.com/");
    assert_eq!(si.text().to_string(), "Hi");
    let card = card.content();
    assert!(
        matches!(card, ReceivedContent::VCard(card) if card.starts_with(b"BEGIN:VCARD")),
        "{card:?}"
    );
    assert_eq!(other.content(), ReceivedContent::Data(&[1, 2]));
    assert_eq!(broken.content(), ReceivedContent::Data(&[1, 0x40]));
}

/// 3GPP TS 23.040, 9.2.3.24.2 and 9.2.3.24.13.
#[test]
fn waiting_messages_have_their_profile_and_whether_the_message_is_to_be_kept() {
    let mut bench = bench(Config::default());
    let special = |indication: &str| data(&format!("040102{indication}03"), "");
    // Voice mail of profile 1, to be kept; of profile 3, not to be kept; video of profile 2.
    let rows = [
        ("80", WaitingKind::VoiceMail, 0, true, 1),
        ("40", WaitingKind::VoiceMail, 0, false, 3),
        ("A7", WaitingKind::Other, 1, true, 2),
    ];
    for (indication, kind, extended_kind, store, profile) in rows {
        let messages = received(&mut bench, &[&special(indication)]);
        let [waiting] = messages[0].waiting[..] else { panic!("{messages:?}") };
        assert_eq!(
            (waiting.kind, waiting.extended_kind, waiting.count, waiting.store, waiting.profile),
            (kind, extended_kind, Some(3), store, profile),
            "{indication}"
        );
    }
    // Enhanced voice mail: profile 2, to be kept, the mailbox +37120000000, two messages.
    let enhanced = data("0D230B140B917321000000F00200", "");
    let messages = received(&mut bench, &[&enhanced]);
    let [waiting] = messages[0].waiting[..] else { panic!("{messages:?}") };
    assert_eq!((waiting.kind, waiting.count), (WaitingKind::VoiceMail, Some(2)));
    assert_eq!((waiting.store, waiting.profile), (true, 2));
    assert_eq!(waiting.mailbox.unwrap().to_string(), "+37120000000");
}

/// The broadcasts that the session delivers for these lines.
fn heard(bench: &mut Bench, lines: &str) -> Vec<Broadcast> {
    bench.say(lines);
    let events = bench.events().into_iter();
    let heard = events.filter_map(|event| match event {
        Event::Broadcast(broadcast) => Some(broadcast),
        _ => None,
    });
    heard.collect()
}

/// A page of "x" with this serial number: the top bits are the scope.
fn page(serial: &str, id: &str) -> String {
    format!("+CBM: 8|{serial}{id}0F117800")
}

#[test]
fn the_pages_of_a_broadcast_are_joined_before_they_are_decoded() {
    let mut bench = bench(Config::default());
    let first = "411011124812005700610072006E0075006E006700210020005700610072006E0075006E006700210020005700610072006E0075006E006700210020005700610072006E0075006E006700210020004800690074007AD83D";
    let second = "411011124822DD2500200062006C0065006900620065006E00200053006900650020007A0075002000480061007500730065000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D";
    assert_eq!(heard(&mut bench, &format!("+CBM: 88|{first}")), []);
    let whole = heard(&mut bench, &format!("+CBM: 88|{second}"));
    let [whole] = &whole[..] else { panic!("{whole:?}") };
    assert_eq!(
        whole.text().unwrap(),
        "Warnung! Warnung! Warnung! Warnung! Hitz🔥 bleiben Sie zu Hause"
    );
    assert_eq!(whole.message_id().system(), Some(WarningSystem::Cmas));
}

#[test]
fn a_warning_is_delivered_with_its_meaning() {
    let mut bench = bench(Config::default());
    // ETWS, 3GPP TS 23.041, 9.4.1.3: earthquake and tsunami, with alert and popup.
    let primary = heard(&mut bench, "+CBM: 6|304011020580");
    let [primary] = &primary[..] else { panic!("{primary:?}") };
    let warning = primary.etws_primary().unwrap();
    assert!(warning.warning_type.is_emergency_user_alert());
    assert_eq!((primary.text(), primary.pages()), (None, &[][..]));
    // The text comes later, with the same numbers.
    let text = "000D".repeat(41);
    let secondary = heard(&mut bench, &format!("+CBM: 88|3040110248110041{}", &text[4..]));
    assert_eq!(secondary[0].text().as_deref(), Some("A"));
    // CMAS: an extreme alert.
    let extreme = heard(&mut bench, &page("4110", "1113"));
    let id = extreme[0].message_id();
    assert_eq!((id.topic(), id.severity()), (Topic::Extreme, Some(Severity::Extreme)));
    assert_eq!(extreme[0].serial_number().scope(), GeographicalScope::Network);
}

#[test]
fn the_same_code_in_the_next_cell_is_another_broadcast() {
    let mut bench = bench(Config::default());
    // Scope 0, cell-wide, and scope 3.
    for (serial, id) in [("0010", "0032"), ("C010", "0032")] {
        for (cell, is_new) in [("1F2A", true), ("1F2B", true), ("1F2A", false), ("1F2B", false)] {
            bench.say(&format!("+CREG: 1,\"00C9\",\"{cell}\""));
            let count = heard(&mut bench, &page(serial, id)).len();
            assert_eq!(count, usize::from(is_new), "scope of {serial} in {cell}");
        }
    }
    // Scope 2, area-wide: another cell is not another area.
    for (area, cell, is_new) in
        [("00C9", "1", true), ("00C9", "2", false), ("00CA", "2", true), ("00C9", "1", false)]
    {
        bench.say(&format!("+CREG: 1,\"{area}\",\"{cell}\""));
        assert_eq!(heard(&mut bench, &page("8010", "0032")).len(), usize::from(is_new), "{area}");
    }
    // Scope 1, network-wide: another network, as far as roaming shows it.
    for (state, is_new) in [("1", true), ("1", false), ("5", true), ("5", false), ("1", false)] {
        bench.say(&format!("+CREG: {state},\"00C9\",\"1\""));
        assert_eq!(heard(&mut bench, &page("4010", "0032")).len(), usize::from(is_new), "{state}");
    }
    for (state, count) in [("2", 0), ("5", 1), ("5", 0)] {
        bench.say(&format!("+CREG: {state},\"00C9\",\"1\""));
        assert_eq!(heard(&mut bench, &page("4010", "0032")).len(), count, "{state} again");
    }
}

#[test]
fn a_broadcast_that_is_repeated_for_a_day_is_new_again_after_it() {
    for (age, hours) in [(None, 24), (Some(HOUR), 1)] {
        let mut config = Config::default();
        config.broadcast_age = age.unwrap_or(config.broadcast_age);
        let mut bench = bench(config);
        let again = page("4010", "0032");
        assert_eq!(heard(&mut bench, &again).len(), 1);
        bench.run(hours * HOUR - Duration::from_secs(60));
        assert_eq!(heard(&mut bench, &again).len(), 0);
        bench.run(Duration::from_secs(120));
        assert_eq!(heard(&mut bench, &again).len(), 1);
        // An update is new at once.
        assert_eq!(heard(&mut bench, &page("4011", "0032")).len(), 1);
    }
}

/// The settings of `+CREG` and `+CEREG` at the opening of a modem.
fn settings(bench: &mut Bench) -> Vec<String> {
    bench.link().unwrap();
    let lines = bench.lines();
    let is_setting = |line: &&String| line.contains("REG=");
    lines.iter().filter(is_setting).cloned().collect()
}

#[test]
fn a_modem_that_delivers_broadcasts_is_asked_for_its_cell_where_that_is_wanted() {
    let mut config = Config::default();
    config.locate_broadcasts = true;
    let closed = || Bench::new(Simulator::new(Profile::GENERIC), config.clone());
    assert_eq!(settings(&mut closed()), ["AT+CREG=2", "AT+CEREG=2"]);
    // A modem that refuses that reports its registration without the cell.
    let mut refusing = closed();
    refusing.always("+CREG=2", "ERROR");
    assert_eq!(settings(&mut refusing), ["AT+CREG=2", "AT+CREG=1", "AT+CEREG=2"]);
    let mut refusing = closed();
    refusing.always("+CREG=", "ERROR");
    assert_eq!(settings(&mut refusing), ["AT+CREG=2", "AT+CREG=1", "AT+CEREG=2"]);
    let mut plain = bench(Config::default());
    plain.session.handle_closed(plain.now());
    assert_eq!(settings(&mut plain), ["AT+CREG=1", "AT+CEREG=1"]);
    // No broadcasts: no cells.
    let mut silent = closed();
    silent.always("+CNMI=?", "+CNMI: (0-2),(0-1),(0),(0-1),(0)|OK");
    silent.always("+CNMI?", "+CNMI: 2,1,0,1,0|OK");
    assert_eq!(settings(&mut silent), ["AT+CREG=1", "AT+CEREG=1"]);
}
