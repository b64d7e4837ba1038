//! Everything that a modem's memories can hold and its network can send, through all front-ends.

use core::fmt::Write as _;
use core::time::Duration;

use modem::at::sms::MessageStatus;
use modem::pdu::{Ports, Timestamp, WaitingKind};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, ListMessages, Receive, Received, StoredContent, StoredMessage};
use testkit::script::perform;
use testkit::{FRONTS, Front, hex, truth};

/// SMS-DELIVER from +491700000002, up to the coding scheme; 2006-12-01 12:03 UTC and the user data
/// follow.
const HEAD: &str = "040C919471000000200000";
const WITH_HEADER: &str = "440C919471000000200000";
const TIME: &str = "60211021300000";

/// Writes PDUs into the memory that a modem writes to (`SM`), each with a status, as another
/// program may have done.
fn holding(mut simulator: Simulator, stored: &[(u8, &str)]) -> Simulator {
    let mut lines = String::from("AT+CMGF=0\r");
    for (status, tpdu) in stored {
        write!(lines, "AT+CMGW={},{status}\r00{tpdu}\u{1a}", tpdu.len() / 2).unwrap();
    }
    simulator.handle_opened(Duration::ZERO);
    simulator.handle_input(lines.as_bytes(), Duration::ZERO);
    let output = core::iter::from_fn(|| simulator.poll_transmit());
    let output = String::from_utf8(output.flatten().collect()).unwrap();
    assert_eq!(output.matches("+CMGW: ").count(), stored.len(), "{output}");
    simulator
}

fn kept() -> Config {
    let mut config = Config::default();
    config.receive = Receive::Kept;
    config
}

/// A line for each stored message: slot, status, kind, address, text, time.
fn shown(listed: &[StoredMessage]) -> Vec<String> {
    listed
        .iter()
        .map(|message| {
            let kind = match &message.content {
                StoredContent::Received(_) => "received",
                StoredContent::StatusReport(_) => "report",
                StoredContent::Outgoing(_) => "to send",
                StoredContent::Unreadable(unreadable) if unreadable.error.is_none() => "not for us",
                _ => "unreadable",
            };
            let mut line = format!("{} {}: {kind}", message.index().unwrap(), message.status.0);
            if let Some(phone) = message.address() {
                write!(line, " {phone}").unwrap();
            }
            if let Some(text) = message.text() {
                write!(line, " {text:?}").unwrap();
            }
            if let Some(time) = message.timestamp().and_then(Timestamp::date_time) {
                write!(line, " at {time}").unwrap();
            }
            line
        })
        .collect()
}

fn list(modem: &mut dyn Front) -> Vec<StoredMessage> {
    modem.list(ListMessages::merged()).unwrap()
}

#[test]
fn a_memory_is_listed_with_all_that_can_lie_in_it_and_each_can_be_deleted() {
    let received = format!("{HEAD}{TIME}02C834");
    let report = "06070C91947100000020602110213000006021102140000000";
    for &(front, open) in FRONTS {
        let simulator = holding(
            Simulator::new(Profile::GENERIC),
            &[
                (1, &received),
                (2, "0100 0C919471000000200000 02C834".replace(' ', "").as_str()),
                (3, "0100 0C919471000000200004 02C834".replace(' ', "").as_str()),
                (0, report),
                // SMS-COMMAND is not a message, nor is SMS-SUBMIT-REPORT, which is for the modem
                // itself.
                (3, "02000000000C9194710000002000"),
                (1, &format!("0100{TIME}")),
                // Its fields cannot be found, in either direction.
                (0, "04FF"),
                (2, "01"),
            ],
        );
        let mut modem = open(simulator, kept()).unwrap_or_else(|error| panic!("{front}: {error}"));
        let mut undecodable = 0;
        while let Some(event) = modem.event(Duration::from_secs(5)) {
            undecodable += usize::from(matches!(event, Event::Undecodable(_)));
        }
        assert_eq!(undecodable, 2, "{front}");
        let listed = list(&mut *modem);
        assert_eq!(
            shown(&listed),
            [
                r#"2 2: to send +491700000002 "Hi""#,
                "3 3: to send +491700000002",
                "5 3: not for us",
                "6 1: not for us",
                "7 1: unreadable",
                "8 2: unreadable",
                r#"1 1: received +491700000002 "Hi" at 2006-12-01T12:03:00+00:00"#,
                "4 1: report +491700000002 at 2006-12-01T12:04:00+00:00",
            ],
            "{front}"
        );
        // A deletion of the read messages never deletes a message to send.
        let mut free = modem.delete_read().unwrap();
        free.sort();
        let indices: Vec<u16> = free.iter().map(|slot| slot.index).collect();
        assert_eq!(indices, [1, 4, 6, 7], "{front}");
        for message in &listed[..3] {
            let free = modem.delete(message.receipt()).unwrap();
            assert_eq!(free.len(), 1, "{front}: {free:?}");
        }
        assert_eq!(shown(&list(&mut *modem)), ["8 2: unreadable"], "{front}");
        assert_eq!(perform("delete-all", &mut *modem), "free SM8", "{front}");
    }
}

/// The parts of a long text, as transmitted over the air.
fn parts(text: &str) -> Vec<String> {
    let tpdus = truth::deliver_tpdus("+491700000002", text);
    tpdus.iter().map(|tpdu| hex(tpdu)).collect()
}

#[test]
fn a_part_that_is_there_twice_and_one_that_belongs_to_another_message_are_listed_and_can_be_deleted()
 {
    let one = parts(&"one ".repeat(50));
    let two = parts(&"two ".repeat(50));
    assert_eq!((one.len(), two.len()), (2, 2));
    for &(front, open) in FRONTS {
        // Both messages have the same reference.
        let stored = [&one[0], &one[0], &two[0], &two[1]].map(|part| (1, part.as_str()));
        let simulator = holding(Simulator::new(Profile::GENERIC), &stored);
        let mut config = Config::default();
        config.receive = Receive::Off;
        let mut modem = open(simulator, config).unwrap();
        let listed = list(&mut *modem);
        let texts: Vec<String> = listed.iter().filter_map(StoredMessage::text).collect();
        assert_eq!(listed.len(), 3, "{front}: {:?}", shown(&listed));
        assert!(texts.contains(&"two ".repeat(50)), "{front}: {texts:?}");
        let mut free = Vec::new();
        for message in &listed {
            free.extend(modem.delete(message.receipt()).unwrap());
        }
        assert_eq!(free.len(), 4, "{front}: {free:?}");
        assert!(list(&mut *modem).is_empty(), "{front}");
    }
}

#[test]
fn what_two_memories_show_alike_is_one_message_and_what_one_memory_has_twice_is_two() {
    for (mirrored, expected, count) in [(true, 2, 4), (false, 2, 2)] {
        let mut profile = Profile::GENERIC;
        profile.mirrored = mirrored;
        let tpdu = format!("{HEAD}{TIME}02C834");
        for &(front, open) in FRONTS {
            let simulator = holding(Simulator::new(profile), &[(1, &tpdu), (1, &tpdu)]);
            let mut modem = open(simulator, kept()).unwrap();
            let listed = list(&mut *modem);
            assert_eq!(listed.len(), expected, "{front}: {:?}", shown(&listed));
            let slots: usize = listed.iter().map(|message| message.receipt().slots().count()).sum();
            assert_eq!(slots, count, "{front}");
        }
    }
}

/// The message that a TPDU becomes.
fn receive(modem: &mut dyn Front, tpdu: &str) -> Received {
    modem.world(&format!("pdu {tpdu}"));
    loop {
        match modem.event(Duration::from_secs(60)).expect("it is received") {
            Event::Received(received) => {
                modem.acknowledge(&received.receipt);
                return received;
            }
            _ => continue,
        }
    }
}

#[test]
fn a_message_says_what_it_is_for() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();

        let plain = receive(&mut *modem, &format!("{HEAD}{TIME}02C834"));
        assert_eq!(plain.text.as_deref(), Some("Hi"), "{front}");
        assert!(!plain.is_flash() && !plain.is_wap_push() && plain.waiting.is_empty());
        assert_eq!(plain.smsc.unwrap().to_string(), "+491700000000", "{front}");

        // 3GPP TS 23.038, 4: 0x10 is the default alphabet, class 0.
        let flash = receive(&mut *modem, &format!("{}10{TIME}02C834", &HEAD[..20]));
        assert!(flash.is_flash() && !flash.is_wap_push(), "{front}");

        // Port 2948, from 9200: the notification of an MMS.
        let push =
            receive(&mut *modem, &format!("{}04{TIME}090605040B8423F00102", &WITH_HEADER[..20]));
        assert!(push.is_wap_push() && !push.is_flash(), "{front}");
        assert_eq!(push.ports, Some(Ports::wide(2948, 9200)), "{front}");
        assert_eq!((push.text, push.data), (None, Some(vec![1, 2])), "{front}");

        // 3GPP TS 23.040, 9.2.3.24.2: three messages of voice mail, and this one is to be kept.
        let counted = receive(&mut *modem, &format!("{WITH_HEADER}{TIME}06040102800300"));
        let [waiting] = counted.waiting[..] else { panic!("{front}: {:?}", counted.waiting) };
        assert_eq!(
            (waiting.kind, waiting.count, waiting.store),
            (WaitingKind::VoiceMail, Some(3), true),
            "{front}"
        );
        // 3GPP TS 23.038, 4: 0xC9 reports a waiting fax, 0xC1 that none is left, and neither
        // message is to be kept.
        for (coding, count) in [("C9", None), ("C1", Some(0))] {
            let said = receive(&mut *modem, &format!("{}{coding}{TIME}02C834", &HEAD[..20]));
            let [waiting] = said.waiting[..] else { panic!("{front}: {:?}", said.waiting) };
            assert_eq!(
                (waiting.kind, waiting.count, waiting.store),
                (WaitingKind::Fax, count, false),
                "{front}"
            );
        }
    }
}

#[test]
fn what_cannot_be_read_is_delivered_raw_and_deleted_once_it_is_acknowledged() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.world("pdu 04FF");
        let undecodable = loop {
            if let Event::Undecodable(undecodable) = modem.event(Duration::from_secs(60)).unwrap() {
                break undecodable;
            }
        };
        assert!(undecodable.error.is_some(), "{front}");
        let pdus: Vec<&str> = undecodable.receipt.pdus().collect();
        assert_eq!(pdus, ["079194710000000004FF"], "{front}");
        modem.acknowledge(&undecodable.receipt);
        assert_eq!(perform("wait", &mut *modem), "released SM 1", "{front}");
        assert_eq!(perform("stored", &mut *modem), "nothing", "{front}");
    }
}

#[test]
fn a_list_says_which_messages_were_not_read_before() {
    for &(front, open) in FRONTS {
        let tpdu = format!("{HEAD}{TIME}02C834");
        let simulator = holding(Simulator::new(Profile::GENERIC), &[(0, &tpdu), (1, &tpdu)]);
        let mut config = Config::default();
        config.receive = Receive::Off;
        let mut modem = open(simulator, config).unwrap();
        let statuses = |listed: Vec<StoredMessage>| {
            let statuses = listed.into_iter().map(|message| message.status);
            statuses.collect::<Vec<_>>()
        };
        let first = statuses(list(&mut *modem));
        assert_eq!(first, [MessageStatus::UNREAD, MessageStatus::READ], "{front}");
        let second = statuses(list(&mut *modem));
        assert_eq!(second, [MessageStatus::READ; 2], "{front}");
    }
}
