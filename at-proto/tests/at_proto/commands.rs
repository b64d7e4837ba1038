//! The line and the parsed answer of each command: 3GPP TS 27.005 and 27.007.

use core::fmt::Debug;

use at_proto::clock::{ReadClock, ReadTimeUpdate, SetClock, SetTimeUpdate, SetZoneReports, Time};
use at_proto::general::{
    CharacterSet, ReadActivity, ReadCapabilities, ReadErrorReports, ReadFunctionality,
    ReadIdentity, ReadLastFailure, SetCharacterSet, SetFunctionality, TestErrorReports,
    TestFunctionality,
};
use at_proto::network::{
    Domain, ExtendedSignal, Operator, OperatorFormat, ReadAttachment, ReadExtendedSignal,
    ReadOperator, Registration, ScanOperators, SelectOperator, SetOperatorFormat,
    SetRegistrationReports, TestRegistrationReports,
};
use at_proto::sim::{ChangePin, Facility, Pin, ReadLock, ReadRetries, SetLock};
use at_proto::sms::{
    KeepLink, MessageStatus, ReadBroadcast, ReadFormat, ReadKeepLink, ReadService, ReadTransport,
    SendCommand, SendMessage, SendStored, SentMessage, SetBroadcast, SetShowHeaders,
    SetTextParameters, SetTransport, TestFormat, TestService, TestTransport, WriteMessage,
};
use at_proto::{Command, NumberSet, ParseErrorKind, Response, ussd};

/// Asserts that the command is this line, and that an answer of OK alone is enough.
fn sets<C: Command<Output = ()>>(command: &C, line: &str) {
    asks(command, line);
    assert_eq!(command.parse(&Response::ok([""; 0])), Ok(()), "{line}");
}

fn asks<C: Command>(command: &C, line: &str) {
    assert_eq!(String::from_utf8_lossy(command.request().line()), line);
}

/// Asserts that the command is this line, that this answer has this value, and that an answer
/// without a line has none.
fn reads<C: Command<Output: PartialEq + Debug>>(
    command: &C,
    line: &str,
    answer: &str,
    output: C::Output,
) {
    asks(command, line);
    assert_eq!(command.parse(&Response::ok([answer])), Ok(output), "{answer}");
    let none = command.parse(&Response::ok([""; 0])).map_err(|error| error.kind);
    assert!(matches!(none, Err(ParseErrorKind::NoLine(_))), "{line}: {none:?}");
}

fn numbers(set: &str) -> NumberSet {
    NumberSet::parse(set.as_bytes())
}

fn pin(digits: &str) -> Pin {
    Pin::new(digits).expect("a PIN")
}

/// 3GPP TS 27.005, 3.1 to 3.5.
#[test]
fn settings_of_messages() {
    reads(&TestFormat, "AT+CMGF=?", "+CMGF: (0,1)", numbers("(0,1)"));
    reads(&ReadFormat, "AT+CMGF?", "+CMGF: 0", false);
    reads(&ReadFormat, "AT+CMGF?", "+CMGF: 1", true);
    reads(&TestService, "AT+CSMS=?", "+CSMS: (0,1)", numbers("(0,1)"));
    asks(&ReadService, "AT+CSMS?");
    sets(&KeepLink::No, "AT+CMMS=0");
    sets(&KeepLink::ForNow, "AT+CMMS=1");
    sets(&KeepLink::Always, "AT+CMMS=2");
    reads(&ReadKeepLink, "AT+CMMS?", "+CMMS: 2", 2);
    sets(&SetShowHeaders(true), "AT+CSDH=1");
    sets(&SetShowHeaders(false), "AT+CSDH=0");
    let parameters = SetTextParameters { first_octet: 49, validity: 167, protocol: 0, coding: 8 };
    sets(&parameters, "AT+CSMP=49,167,0,8");
    let broadcast = SetBroadcast {
        except: false,
        identifiers: vec![(50, 50), (4370, 4399)],
        codings: vec![(0, 15)],
    };
    sets(&broadcast, "AT+CSCB=0,\"50,4370-4399\",\"0-15\"");
    reads(
        &ReadBroadcast,
        "AT+CSCB?",
        "+CSCB: 1,\"50,4370-4399\",\"0-15\"",
        (1, numbers("50,4370-4399"), numbers("0-15")),
    );
}

/// 3GPP TS 27.007, 10.1.21.
#[test]
fn the_domain_that_messages_go_by() {
    sets(&SetTransport(3), "AT+CGSMS=3");
    reads(&ReadTransport, "AT+CGSMS?", "+CGSMS: 1", 1);
    reads(&TestTransport, "AT+CGSMS=?", "+CGSMS: (0-3)", numbers("(0-3)"));
}

/// 3GPP TS 27.005, 4.3, 4.4, 4.5 and 3.5.4.
#[test]
fn sending_and_storing_messages() {
    let hex = "0001000B917321000000F0000003C8F71B";
    let send = SendMessage::new(16, hex).expect("digits");
    reads(&send, "AT+CMGS=16", "+CMGS: 255", SentMessage::new(255));
    let command = SendCommand::new(16, hex).expect("digits");
    reads(&command, "AT+CMGC=16", "+CMGC: 7", SentMessage::new(7));
    reads(&SendStored { index: 12 }, "AT+CMSS=12", "+CMSS: 0", SentMessage::new(0));
    let write = |status| WriteMessage::new(16, hex, status).expect("digits");
    reads(&write(None), "AT+CMGW=16", "+CMGW: 3", 3);
    reads(&write(Some(MessageStatus(3))), "AT+CMGW=16,3", "+CMGW: 4", 4);
    for request in [
        send.request(),
        command.request(),
        write(None).request(),
        write(Some(MessageStatus(3))).request(),
    ] {
        assert!(request.has_prompt());
    }
    assert!(SendMessage::new(1, "0G").is_err());
    assert!(SendCommand::new(1, "0G").is_err());
    assert!(WriteMessage::new(1, "0G", None).is_err());
}

/// 3GPP TS 27.007, 7.2, 7.3, 8.69 and 10.1.9.
#[test]
fn registration_and_operators() {
    for (domain, name) in [
        (Domain::Circuit, "+CREG"),
        (Domain::Packet, "+CGREG"),
        (Domain::Eps, "+CEREG"),
        (Domain::FiveG, "+C5GREG"),
    ] {
        sets(&SetRegistrationReports { domain, n: 2 }, &format!("AT{name}=2"));
        reads(
            &TestRegistrationReports(domain),
            &format!("AT{name}=?"),
            &format!("{name}: (0-2)"),
            numbers("(0-2)"),
        );
    }
    sets(&SetOperatorFormat(OperatorFormat::Long), "AT+COPS=3,0");
    sets(&SetOperatorFormat(OperatorFormat::Short), "AT+COPS=3,1");
    sets(&SetOperatorFormat(OperatorFormat::Numeric), "AT+COPS=3,2");
    sets(&SelectOperator::Automatic, "AT+COPS=0");
    sets(&SelectOperator::Deregister, "AT+COPS=2");
    let manual =
        SelectOperator::Manual(OperatorFormat::Numeric, "26201".try_into().expect("digits"));
    sets(&manual, "AT+COPS=1,2,\"26201\"");
    asks(&ScanOperators, "AT+COPS=?");
    let found = [r#"+COPS: (2,"Long name","Short","26201",7),,(0-4),(0-2)"#];
    assert_eq!(
        ScanOperators.parse(&Response::ok(found)),
        Ok(vec![Operator::new(
            2,
            b"Long name".to_vec(),
            b"Short".to_vec(),
            "26201".to_owned(),
            Some(7),
        )])
    );
    // No operator is in reach.
    assert_eq!(ScanOperators.parse(&Response::ok([""; 0])), Ok(Vec::new()));
    for (number, format) in [
        ("0", Some(OperatorFormat::Long)),
        ("1", Some(OperatorFormat::Short)),
        ("2", Some(OperatorFormat::Numeric)),
        ("3", None),
    ] {
        let answer = Response::ok([format!("+COPS: 0,{number},\"x\"")]);
        let operator = ReadOperator.parse(&answer).expect("an answer");
        assert_eq!(operator.format, format, "{number}");
    }
    reads(&ReadAttachment, "AT+CGATT?", "+CGATT: 1", true);
    reads(&ReadAttachment, "AT+CGATT?", "+CGATT: 0", false);
}

/// 3GPP TS 27.007, 7.2 and 10.1.20.
#[test]
fn a_registration_says_whether_it_is_abroad() {
    for (number, words, is_registered, is_roaming) in [
        (0, "not registered", false, false),
        (1, "registered at home", true, false),
        (2, "searching", false, false),
        (3, "registration denied", false, false),
        (4, "unknown", false, false),
        (5, "registered, roaming", true, true),
        (6, "registered for SMS only, at home", true, false),
        (7, "registered for SMS only, roaming", true, true),
        (8, "emergency calls only", false, false),
        (9, "registered at home, CSFB not preferred", true, false),
        (10, "registered, roaming, CSFB not preferred", true, true),
        (11, "emergency calls only, restricted local operator services", false, false),
        (12, "reserved", false, false),
    ] {
        assert_eq!(Registration(number).description(), words, "{number}");
        assert_eq!(Registration(number).is_registered(), is_registered, "{number}");
        assert_eq!(Registration(number).is_roaming(), is_roaming, "{number}");
    }
}

/// 3GPP TS 27.007, 8.69: the field of the network in use is known, the others are 99 or 255.
#[test]
fn extended_signal_is_of_the_network_in_use() {
    asks(&ReadExtendedSignal, "AT+CESQ");
    for (answer, dbm) in [
        // LTE: 97 is -44 dBm or better, each step below 1 dB.
        ("+CESQ: 99,99,255,255,20,97", Some(-44)),
        ("+CESQ: 99,99,255,255,20,41", Some(-100)),
        // UMTS: 96 is -25 dBm or better.
        ("+CESQ: 99,99,96,30,255,255", Some(-25)),
        ("+CESQ: 99,99,21,30,255,255", Some(-100)),
        // GSM: 63 is -48 dBm or better.
        ("+CESQ: 63,0,255,255,255,255", Some(-48)),
        ("+CESQ: 11,0,255,255,255,255", Some(-100)),
        ("+CESQ: 99,99,255,255,255,255", None),
    ] {
        let signal: ExtendedSignal =
            ReadExtendedSignal.parse(&Response::ok([answer])).expect("six numbers");
        assert_eq!(signal.dbm(), dbm, "{answer}");
    }
}

/// 3GPP TS 27.007, 5 and 8.2, 9.1, 6.10; ITU-T V.250, 6.1.
#[test]
fn what_the_modem_is_and_how_much_of_it_is_on() {
    asks(&ReadIdentity::Information, "ATI");
    asks(&ReadCapabilities, "AT+GCAP");
    asks(&ReadLastFailure, "AT+CEER");
    let cause = ReadLastFailure.parse(&Response::ok(["+CEER: No cause information available"]));
    assert_eq!(cause.as_deref(), Ok("No cause information available"));
    for n in 0..=2 {
        reads(&ReadErrorReports, "AT+CMEE?", &format!("+CMEE: {n}"), n);
    }
    // A line of another name is a part of the text.
    let information = Response::ok(["Vendor", "+GCAP: +CGSM"]);
    assert_eq!(
        ReadIdentity::Information.parse(&information).as_deref(),
        Ok("Vendor\n+GCAP: +CGSM")
    );
    reads(&TestErrorReports, "AT+CMEE=?", "+CMEE: (0-2)", numbers("(0-2)"));
    for (level, reset, line) in
        [(1, false, "AT+CFUN=1"), (1, true, "AT+CFUN=1,1"), (4, false, "AT+CFUN=4")]
    {
        sets(&SetFunctionality { level, reset }, line);
    }
    asks(&ReadFunctionality, "AT+CFUN?");
    reads(&TestFunctionality, "AT+CFUN=?", "+CFUN: (0,1,4),(0,1)", numbers("(0,1,4)"));
    reads(&ReadActivity, "AT+CPAS", "+CPAS: 3", 3);
    for (set, name) in [
        (CharacterSet::Gsm, "GSM"),
        (CharacterSet::Ira, "IRA"),
        (CharacterSet::Ucs2, "UCS2"),
        (CharacterSet::Hex, "HEX"),
        (CharacterSet::Latin1, "8859-1"),
    ] {
        sets(&SetCharacterSet(set), &format!("AT+CSCS=\"{name}\""));
    }
}

/// 3GPP TS 27.007, 8.15, 8.40 and 8.41.
#[test]
fn the_clock_and_its_zone() {
    let time =
        Time { year: 2026, month: 2, day: 28, hour: 23, minute: 59, second: 1, zone: Some(-16) };
    sets(&SetClock(time), "AT+CCLK=\"26/02/28,23:59:01-16\"");
    reads(&ReadClock, "AT+CCLK?", "+CCLK: \"26/02/28,23:59:01-16\"", time);
    let east = Time { zone: Some(4), ..time };
    sets(&SetClock(east), "AT+CCLK=\"26/02/28,23:59:01+04\"");
    let nowhere = Time { zone: None, ..time };
    sets(&SetClock(nowhere), "AT+CCLK=\"26/02/28,23:59:01\"");
    sets(&SetTimeUpdate(true), "AT+CTZU=1");
    reads(&ReadTimeUpdate, "AT+CTZU?", "+CTZU: 0", false);
    reads(&ReadTimeUpdate, "AT+CTZU?", "+CTZU: 1", true);
    sets(&SetZoneReports(2), "AT+CTZR=2");
}

/// 3GPP TS 27.007, 7.4 and 7.5: a password never reaches a log.
#[test]
fn locks_and_passwords() {
    reads(&ReadLock(Facility::SIM), "AT+CLCK=\"SC\",2", "+CLCK: 1", true);
    reads(&ReadLock(Facility::NETWORK), "AT+CLCK=\"PN\",2", "+CLCK: 0", false);
    let lock = SetLock { facility: Facility::FIXED_DIALLING, on: true, pin: pin("1234") };
    sets(&lock, "AT+CLCK=\"FD\",1,\"1234\"");
    let change = ChangePin { facility: Facility::SIM, old: pin("1234"), new: pin("98765432") };
    sets(&change, "AT+CPWD=\"SC\",\"1234\",\"98765432\"");
    for request in [lock.request(), change.request()] {
        assert!(request.is_secret());
        assert!(!format!("{request:?}").contains("1234"));
    }
    assert_eq!(format!("{:?}", pin("1234")), "Pin(****)");
    asks(&ReadRetries::Huawei, "AT^CPIN?");
    asks(&ReadRetries::MediaTek, "AT+EPINC?");
    asks(&ReadRetries::Telit, "AT#PCT");
    asks(&ReadRetries::Simcom, "AT+SPIC");
}

/// 3GPP TS 27.007, 7.15.
#[test]
fn ussd_is_reported_or_not_and_says_what_is_wanted() {
    sets(&ussd::SetPresentation::Off, "AT+CUSD=0");
    sets(&ussd::SetPresentation::On, "AT+CUSD=1");
    sets(&ussd::SetPresentation::Cancel, "AT+CUSD=2");
    reads(&ussd::ReadPresentation, "AT+CUSD?", "+CUSD: 1", true);
    reads(&ussd::ReadPresentation, "AT+CUSD?", "+CUSD: 0", false);
    reads(&ussd::TestPresentation, "AT+CUSD=?", "+CUSD: (0-2)", numbers("(0-2)"));
    for (number, words) in [
        (0, "no further user action required"),
        (1, "further user action required"),
        (2, "terminated by the network"),
        (3, "another local client has responded"),
        (4, "operation not supported"),
        (5, "network time out"),
        (6, "reserved"),
    ] {
        assert_eq!(ussd::Wanted(number).description(), words, "{number}");
    }
}
