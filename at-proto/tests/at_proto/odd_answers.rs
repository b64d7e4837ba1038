//! Answers of a form that no standard has: a field that only informs never loses the others.
//!
//! Each table has the odd answers of one command, and what can be read of each.

use at_proto::call::{Call, Caller, ListCalls};
use at_proto::clock::{ReadClock, ReadTimeUpdate, Time};
use at_proto::general::{
    Battery, CharacterSet, ReadActivity, ReadBattery, ReadCapabilities, ReadCharacterSet,
    ReadErrorReports, ReadFunctionality, ReadIdentity, ReadImei, ReadLastFailure, TestCharacterSet,
    TestErrorReports, TestFunctionality,
};
use at_proto::network::{
    Domain, ExtendedSignal, ReadAttachment, ReadExtendedSignal, ReadSignal, Signal,
    TestRegistrationReports,
};
use at_proto::sim::{
    Facility, ReadFile, ReadIccid, ReadImsi, ReadLock, ReadNumbers, ReadPin, ReadRetries, Retries,
    SendToSim,
};
use at_proto::sms::{
    Centre, Indications, ListMessages, Memory, MessageStatus, ReadBroadcast, ReadCentre,
    ReadFormat, ReadIndications, ReadKeepLink, ReadMessage, ReadService, ReadStorage,
    ReadTransport, SendMessage, SentMessage, SetStorage, StorageUse, TestDelete, TestFormat,
    TestIndications, TestService, TestStorage, TestTransport, WriteMessage,
};
use at_proto::{Command, Notification, Response, Urc, ussd};

use crate::answers::{reads, refuses};

/// Answers with a comma lost, and those of SIM800.
#[test]
fn the_memory_is_set_whatever_the_counts_of_the_answer_are() {
    let set = SetStorage([Memory::SIM, Memory::MODEM].to_vec());
    let count = |memory, used, total| StorageUse::new(memory, used, total);
    let sim = |used, total| count(Some(Memory::SIM), used, total);
    let modem = |used, total| count(Some(Memory::MODEM), used, total);
    reads(
        &set,
        &[
            ("+CPMS: 1,20,2,30", vec![sim(1, 20), modem(2, 30)]),
            // A comma lost: every pair may be another one.
            ("+CPMS: 21,2521,25,1,25", vec![]),
            ("+CPMS: 120,2,30", vec![]),
            ("+CPMS: 120", vec![]),
            ("+CPMS: 1,,2,30", vec![]),
            ("+CPMS: ,20,2,30", vec![]),
            // Negative, out of range, more than fit.
            ("+CPMS: -1,20,2,30", vec![modem(2, 30)]),
            ("+CPMS: 1,-20,2,30", vec![modem(2, 30)]),
            ("+CPMS: 18446744073709551615,20,2,30", vec![modem(2, 30)]),
            ("+CPMS: 1,18446744073709551615,2,30", vec![modem(2, 30)]),
            ("+CPMS: 21,20,2,30", vec![modem(2, 30)]),
            // Quoted, in parentheses, with spaces.
            ("+CPMS: \"1\",\"20\",\"2\",\"30\"", vec![sim(1, 20), modem(2, 30)]),
            ("+CPMS: (1,20),(2,30)", vec![sim(1, 20), modem(2, 30)]),
            ("+CPMS: ((1,20),(2,30))", vec![sim(1, 20), modem(2, 30)]),
            ("+CPMS: 1 , 20 , 2 , 30", vec![sim(1, 20), modem(2, 30)]),
            // Names, as in the answer to the read form.
            ("+CPMS: \"SM\",3,30", vec![sim(3, 30)]),
            ("+CPMS: \"ME\",3,30,\"SM\",1,20", vec![modem(3, 30), sim(1, 20)]),
            ("+CPMS: \"ME\"3,30,\"SM\",1,20", vec![modem(3, 30), sim(1, 20)]),
            ("+CPMS: \"ME\",,30,\"SM\",1,20", vec![sim(1, 20)]),
            ("+CPMS: \"ME\",\"SM\",1,20", vec![sim(1, 20)]),
            ("+CPMS: \"FLASH\",3,30", vec![sim(3, 30)]),
            // Too many, none, nothing.
            (
                "+CPMS: 1,20,2,30,3,40,4,50",
                vec![sim(1, 20), modem(2, 30), count(None, 3, 40), count(None, 4, 50)],
            ),
            ("+CPMS: 1,20,2,30,", vec![sim(1, 20), modem(2, 30)]),
            ("+CPMS: ", vec![]),
            ("+CPMS", vec![]),
            ("+CPMS: OK", vec![]),
            ("+CMGF: 0", vec![]),
        ],
    );
    reads(
        &ReadStorage,
        &[
            ("+CPMS: \"ME\",3,30,\"SM\",1,20", vec![modem(3, 30), sim(1, 20)]),
            // The name counts without its counts.
            ("+CPMS: \"ME\",-1,30,\"SM\",1,20", vec![modem(0, 0), sim(1, 20)]),
            ("+CPMS: \"ME\",\"SM\"", vec![modem(0, 0), sim(0, 0)]),
            ("+CPMS: \"ME\",330,\"SM\",120", vec![modem(0, 0), sim(0, 0)]),
            ("+CPMS: (\"ME\",3,30)", vec![modem(3, 30)]),
            ("+CPMS: ME,3,30", vec![modem(3, 30)]),
            ("+CPMS: \"me\",3,30", vec![count(None, 3, 30)]),
            ("+CPMS: 3,30,1,20", vec![count(None, 3, 30), count(None, 1, 20)]),
            ("+CPMS: ", vec![]),
        ],
    );
    refuses(&ReadStorage, &["nothing"]);
    let offered = TestStorage.parse(&Response::ok(["+CPMS: x"])).unwrap();
    assert!(!offered.can_set(0, Memory::SIM));
}

/// As a Fibocom L850 answers.
#[test]
fn the_identity_is_the_first_of_several_names() {
    let text = |text: &str| text.to_owned();
    reads(
        &ReadIdentity::Model,
        &[
            ("+CGMM: \"L850 LTE Module\",\"L850\"", text("L850 LTE Module")),
            ("\"L850 LTE Module\",\"L850\"", text("L850 LTE Module")),
            ("+CGMM: \"E173", text("E173")),
            ("+CGMM: E173\"", text("E173")),
            ("+CGMM:E173", text("E173")),
            ("SIMCOM_SIM7600E, Rev \"B\"", text("SIMCOM_SIM7600E, Rev \"B\"")),
        ],
    );
    refuses(&ReadIdentity::Model, &["", "+CGMM: "]);
    reads(&ReadImei, &[("+CGSN: \"350000000000006", text("350000000000006"))]);
    refuses(&ReadImei, &["", "+CGSN: -1", "3500"]);
    reads(
        &ReadCapabilities,
        &[
            ("+GCAP: \"+CGSM\",\"+DS\"", vec![text("+CGSM"), text("+DS")]),
            ("+GCAP: ,+CGSM,", vec![text("+CGSM")]),
            ("+GCAP:", vec![]),
        ],
    );
    reads(&ReadLastFailure, &[("+CEER: \"No cause", text("\"No cause")), ("", text(""))]);
}

#[test]
fn a_battery_has_a_level_or_a_voltage() {
    let battery = |percent, millivolts| Battery::new(0, percent, millivolts);
    reads(
        &ReadBattery,
        &[
            ("+CBC: 0,3750", battery(None, Some(3750))),
            ("+CBC: 0,80,4012", battery(Some(80), Some(4012))),
            ("+CBC: \"0\",\"80\"", battery(Some(80), None)),
            ("+CBC: 0", battery(None, None)),
            ("+CBC: 0,", battery(None, None)),
            ("+CBC: 0,x,4012", battery(None, Some(4012))),
            ("+CBC: 0,80,x", battery(Some(80), None)),
            ("+CBC: 0,-1,4012", battery(None, Some(4012))),
            ("+CBC: 0,101", battery(None, None)),
            ("+CBC: 0,18446744073709551615", battery(None, None)),
            ("+CBC: 0,80,4.012V,1", battery(Some(80), Some(4012))),
            ("+CBC: 0,3.7V", battery(None, Some(3700))),
            ("+CBC: 3.8V", battery(None, Some(3800))),
            ("+CBC: 4V", battery(None, Some(4000))),
        ],
    );
    refuses(
        &ReadBattery,
        &["", "+CBC: ", "+CBC: x,80", "+CBC: (0,80)", "+CBC: 99999V", "+CBC: -1,80"],
    );
}

#[test]
fn a_setting_is_read_in_quotes_and_parentheses() {
    reads(&ReadErrorReports, &[("+CMEE: \"1\"", 1), ("+CMEE: (1)", 1), ("+CMEE: 1,2", 1)]);
    refuses(&ReadErrorReports, &["+CMEE: ", "+CMEE: -1", "+CMEE: 256", "+CMEE: x"]);
    reads(&ReadFormat, &[("+CMGF: \"1\"", true), ("+CMGF: (0)", false), ("+CMGF: 0,1", false)]);
    refuses(&ReadFormat, &["+CMGF: ", "+CMGF: -1", "+CMGF: x", "+CMGF: (0,1)"]);
    reads(&ReadKeepLink, &[("+CMMS: \"2\"", 2)]);
    refuses(&ReadKeepLink, &["+CMMS: ", "+CMMS: x"]);
    reads(&ReadTransport, &[("+CGSMS: (1)", 1)]);
    refuses(&ReadTransport, &["+CGSMS: ", "+CGSMS: -1"]);
    reads(&ReadActivity, &[("+CPAS: \"0\"", 0), ("+CPAS: 0,1", 0)]);
    refuses(&ReadActivity, &["+CPAS: ", "+CPAS: x"]);
    reads(&ReadAttachment, &[("+CGATT: \"1\"", true), ("+CGATT: 0,1", false)]);
    refuses(&ReadAttachment, &["+CGATT: ", "+CGATT: x"]);
    reads(&ReadTimeUpdate, &[("+CTZU: \"1\"", true)]);
    refuses(&ReadTimeUpdate, &["+CTZU: ", "+CTZU: x"]);
    reads(&ReadLock(Facility::SIM), &[("+CLCK: \"1\"", true), ("+CLCK: 0,7", false)]);
    refuses(&ReadLock(Facility::SIM), &["+CLCK: ", "+CLCK: x"]);
    reads(&ussd::ReadPresentation, &[("+CUSD: \"1\"", true), ("+CUSD: (0)", false)]);
    refuses(&ussd::ReadPresentation, &["+CUSD: ", "+CUSD: x"]);
    reads(
        &ReadFunctionality,
        &[
            ("+CFUN: \"1\"", Some(1)),
            ("+CFUN: (1)", Some(1)),
            ("+CFUN: 1,0", Some(1)),
            ("+CFUN: (0-1,4),(0-1)", None),
            ("+CFUN: -1", None),
            ("+CFUN: ", None),
        ],
    );
    let arm = |mode, mt, ds| Indications { mode, mt, ds, ..Indications::default() };
    reads(
        &ReadIndications,
        &[
            ("+CNMI: \"2\",\"1\",\"0\",\"2\",\"0\"", arm(2, 1, 2)),
            ("+CNMI: (2),(1),(0),(2),(0)", arm(2, 1, 2)),
            ("+CNMI: 2,1", arm(2, 1, 0)),
            ("+CNMI: 2,1,,2", arm(2, 1, 2)),
            ("+CNMI: 2,1,0,2,0,9,9", arm(2, 1, 2)),
        ],
    );
    // The announcement of messages decides, so a doubtful value is an error.
    refuses(&ReadIndications, &["+CNMI: ", "+CNMI: 2", "+CNMI: 2,-1", "+CNMI: 2,1,0,x"]);
}

#[test]
fn a_test_form_offers_what_is_readable() {
    for (answer, offered) in [
        ("(0-2)", "0 1 2"),
        ("0,1,2", "0 1 2"),
        ("((0-2))", "0 1 2"),
        ("(0-1),(2)", "0 1 2"),
        ("(0-1", "0 1"),
        ("(0-x,1)", "1"),
        ("(18446744073709551615,1)", "1"),
        ("(-1,1)", "1"),
        ("x", ""),
        ("", ""),
    ] {
        let show = |set: at_proto::NumberSet| {
            set.iter().map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
        };
        let of = |name: &str| Response::ok([format!("{name}: {answer}")]);
        assert_eq!(show(TestFormat.parse(&of("+CMGF")).unwrap()), offered, "{answer}");
        assert_eq!(show(TestService.parse(&of("+CSMS")).unwrap()), offered, "{answer}");
        assert_eq!(show(TestTransport.parse(&of("+CGSMS")).unwrap()), offered, "{answer}");
        assert_eq!(show(TestErrorReports.parse(&of("+CMEE")).unwrap()), offered, "{answer}");
        assert_eq!(show(ussd::TestPresentation.parse(&of("+CUSD")).unwrap()), offered, "{answer}");
        let domain = TestRegistrationReports(Domain::Circuit);
        assert_eq!(show(domain.parse(&of("+CREG")).unwrap()), offered, "{answer}");
    }
    let offered = TestIndications.parse(&Response::ok(["+CNMI: (2)(0-1)(0,2)"])).unwrap();
    assert!(offered.mode.contains(2) && offered.mt.contains(1) && offered.bm.contains(2));
    assert!(offered.ds.is_empty());
    let deleted = TestDelete.parse(&Response::ok(["+CMGD: (1-3)(0-4)"])).unwrap();
    assert!(deleted.indices.contains(3) && deleted.flags.contains(4));
    assert!(TestFunctionality.parse(&Response::ok(["+CFUN: x"])).unwrap().is_empty());
    assert!(!TestFunctionality.parse(&Response::ok(["+CFUN: 0-1,4"])).unwrap().is_empty());
}

#[test]
fn a_character_set_is_read_with_one_quote_and_in_parentheses() {
    let gsm = CharacterSet::Gsm;
    for answer in ["\"GSM\"", "GSM", "\"GSM", "GSM\"", "(\"GSM\")", " \"GSM\",1"] {
        let read = ReadCharacterSet.parse(&Response::ok([format!("+CSCS: {answer}")]));
        assert_eq!(read.as_ref(), Ok(&gsm), "{answer}");
    }
    refuses(&ReadCharacterSet, &["+CSCS: ", ""]);
    reads(
        &TestCharacterSet,
        &[
            ("+CSCS: (\"GSM\",\"IRA\"", vec![gsm.clone(), CharacterSet::Ira]),
            ("+CSCS: (GSM,IRA)", vec![gsm.clone(), CharacterSet::Ira]),
            ("+CSCS: (\"GSM\")(\"IRA\")", vec![gsm, CharacterSet::Ira]),
            ("+CSCS: ", vec![]),
        ],
    );
}

#[test]
fn a_signal_that_is_not_readable_is_unknown() {
    reads(
        &ReadSignal,
        &[
            ("+CSQ: 20,99", Signal::new(20, 99)),
            ("+CSQ: 20", Signal::new(20, 99)),
            ("+CSQ: \"20\",\"3\"", Signal::new(20, 3)),
            ("+CSQ: (20),(3)", Signal::new(20, 3)),
            ("+CSQ: 20,x", Signal::new(20, 99)),
            ("+CSQ: 20,-1", Signal::new(20, 99)),
            ("+CSQ: 20,3,5", Signal::new(20, 3)),
            ("+CSQ: ,3", Signal::new(99, 3)),
            ("+CSQ: -51,3", Signal::new(99, 3)),
            ("+CSQ: 2099", Signal::new(99, 99)),
            ("+CSQ: 18446744073709551615,3", Signal::new(99, 3)),
            ("+CSQ: ", Signal::new(99, 99)),
        ],
    );
    refuses(&ReadSignal, &["", "20,99"]);
    reads(
        &ReadExtendedSignal,
        &[
            ("+CESQ: 99,99,255,255,20,80", ExtendedSignal::new(99, 99, 255, 255, 20, 80)),
            ("+CESQ: 40", ExtendedSignal::new(40, 99, 255, 255, 255, 255)),
            ("+CESQ: x,,-1,300,20,80", ExtendedSignal::new(99, 99, 255, 255, 20, 80)),
            ("+CESQ: ", ExtendedSignal::new(99, 99, 255, 255, 255, 255)),
        ],
    );
    let signal = |line| Notification::parse(&Urc::new(line, None));
    assert_eq!(signal("+CSQ: x,3"), Ok(Some(Notification::Signal(Signal::new(99, 3)))));
}

#[test]
fn the_clock_is_read_with_one_quote() {
    let time = |zone| Time { year: 2026, month: 11, day: 23, hour: 9, minute: 1, second: 4, zone };
    reads(
        &ReadClock,
        &[
            ("+CCLK: \"26/11/23,09:01:04+04", time(Some(4))),
            ("+CCLK: 26/11/23,09:01:04+04\"", time(Some(4))),
            ("+CCLK: 26/11/23,09:01:04+04", time(Some(4))),
            ("+CCLK: (\"26/11/23,09:01:04+04\")", time(Some(4))),
            ("+CCLK: \"26/11/23 09:01:04+04\" ", time(Some(4))),
            ("+CCLK: \"26/11/23\",\"09:01:04+04\"", time(Some(4))),
            ("+CCLK: \"26/11/23,09:01:04+x\"", time(None)),
            ("+CCLK: \"26/11/23,09:01:04+999\"", time(None)),
        ],
    );
    refuses(&ReadClock, &["+CCLK: ", "+CCLK: \"26/11/23,09:01\"", "+CCLK: \"70000/1/1,0:0:0\""]);
}

#[test]
fn the_sims_answers_are_read_as_far_as_they_go() {
    let attempts = |pin, puk| Retries::new(pin, puk, None, None);
    reads(
        &ReadRetries::Standard,
        &[
            ("+CPINR: \"SIM PIN\",\"3\",3", attempts(Some(3), None)),
            ("+CPINR: SIM PIN,x", attempts(None, None)),
            ("+CPINR: SIM PIN,-1", attempts(None, None)),
            ("+CPINR: SIM PUK,10,10,10", attempts(None, Some(10))),
            ("+CPINR: ", attempts(None, None)),
        ],
    );
    let lines = Response::ok(["+CPINR: ,3", "+CPINR: SIM PIN,x", "+CPINR: SIM PUK,10"]);
    assert_eq!(ReadRetries::Standard.parse(&lines), Ok(attempts(None, Some(10))));
    reads(&ReadRetries::Simcom, &[("+SPIC: x,10", attempts(None, Some(10)))]);
    reads(&ReadRetries::MediaTek, &[("+EPINC: 3", attempts(Some(3), None))]);
    reads(&ReadRetries::Huawei, &[("^CPIN: ,,10,3", attempts(Some(3), Some(10)))]);
    reads(&ReadRetries::Telit, &[("#PCT: x", attempts(None, None))]);
    let state = ReadPin.parse(&Response::ok(["+CPIN: \"SIM PIN"])).unwrap();
    assert_eq!(state, at_proto::sim::PinState::SimPin);
    refuses(&ReadPin, &["", "+CPIN: "]);
    refuses(&ReadImsi, &["", "+CIMI: -1"]);
    refuses(&ReadIccid::Ccid, &["", "+CCID: 89371"]);

    let number = |answer: &str| ReadNumbers.parse(&Response::ok([answer])).unwrap().pop().unwrap();
    for answer in ["+CNUM: \"\",\"+3712\",x", "+CNUM: ,\"+3712\"", "+CNUM: ,+3712,-1,9,9"] {
        assert_eq!((number(answer).number, number(answer).kind), (b"+3712".to_vec(), None));
    }
    let read = ReadFile { file: 0x2FE2, offset: 0, length: 10 };
    let answer = read.parse(&Response::ok(["+CRSM: \"144\",(0),9873"])).unwrap();
    assert_eq!((answer.status, answer.data.as_slice()), ((144, 0), &b"9873"[..]));
    refuses(&read, &["+CRSM: 144", "+CRSM: 256,0", "+CRSM: -1,0"]);
    let send = SendToSim::new("A0A40000023F00").unwrap();
    for answer in ["4,\"9000\"", "\"9000\"", ",\"9000\"", "x,9000", "99999999999,\"9000\",1"] {
        let read = send.parse(&Response::ok([format!("+CSIM: {answer}")]));
        assert_eq!(read.as_deref(), Ok(&b"9000"[..]), "{answer}");
    }
    refuses(&send, &["+CSIM: ", "+CSIM: 4", "nothing"]);
}

#[test]
fn calls_are_listed_as_far_as_they_are_readable() {
    let peer = |kind| Some(Caller::new(b"+3712".to_vec(), kind));
    let calls = ListCalls
        .parse(&Response::ok([
            "+CLCC: 1,1,4,x,0,\"+3712\",x",
            "+CLCC: x,1,4,0,0",
            "+CLCC: 3,0",
            "+CLCC: 4,0,0,0,0,\"+3712\",145,\"\",9,9",
        ]))
        .unwrap();
    assert_eq!(
        calls,
        [Call::new(1, true, 4, 9, peer(None)), Call::new(4, false, 0, 0, peer(Some(145)))]
    );
    let caller = |line| Notification::parse(&Urc::new(line, None));
    assert_eq!(
        caller("+CLIP: \"+3712\",x"),
        Ok(Some(Notification::CallerId(Caller::new(b"+3712".to_vec(), None))))
    );
}

#[test]
fn a_message_is_read_whatever_its_header_says_beside_the_slot() {
    for (answer, status, length) in [
        ("1,,24", 1, Some(24)),
        ("\"0\",,24", 0, Some(24)),
        ("(0),,24", 0, Some(24)),
        ("x,,24", 1, Some(24)),
        ("-1,,24", 1, Some(24)),
        ("12,,24", 1, Some(24)),
        ("18446744073709551615,,24", 1, Some(24)),
        ("0,,-24", 0, None),
        ("0,,18446744073709551615", 0, None),
        ("0", 0, None),
        ("", 1, None),
    ] {
        let lines = [format!("+CMGR: {answer}"), "00".into()];
        let read = ReadMessage { index: 1 }.parse(&Response::ok(lines)).unwrap().unwrap();
        assert_eq!((read.status.0, read.length), (status, length), "{answer}");
        let lines = [format!("+CMGL: 7,{answer}"), "00".into()];
        let listed = ListMessages(MessageStatus::ALL).parse(&Response::ok(lines)).unwrap();
        assert_eq!((listed[0].index, &listed[0].message.data), (7, &b"00".to_vec()), "{answer}");
        assert_eq!(listed[0].message.status.0, status, "{answer}");
    }
    // A message without its slot could not be deleted: the listing is not complete.
    let list = ListMessages(MessageStatus::ALL);
    refuses(&list, &["+CMGL: x,1,,24", "+CMGL: -1,1,,24", "+CMGL: 70000,1,,24", "+CMGL: "]);
}

#[test]
fn a_reference_and_a_slot_are_read_in_quotes_and_parentheses() {
    let send = SendMessage::new(1, "00").unwrap();
    let reference = SentMessage::new(7);
    reads(
        &send,
        &[("+CMGS: \"7\"", reference), ("+CMGS: (7)", reference), ("+CMGS: 7,x,9", reference)],
    );
    refuses(&send, &["+CMGS: ", "+CMGS: -1", "+CMGS: 256", "+CMGS: x", "7"]);
    let write = WriteMessage::new(1, "00", None).unwrap();
    reads(&write, &[("+CMGW: \"3\"", 3), ("+CMGW: 3,9", 3)]);
    refuses(&write, &["+CMGW: ", "+CMGW: -1", "+CMGW: 70000"]);
    let centre = |kind| Centre::new(b"+37".to_vec(), kind);
    reads(
        &ReadCentre,
        &[
            ("+CSCA: \"+37\",x", centre(None)),
            ("+CSCA: \"+37\",-1", centre(None)),
            ("+CSCA: \"+37\",\"145\"", centre(Some(145))),
            ("+CSCA: +37,(145),1", centre(Some(145))),
            ("+CSCA: \"+37", centre(None)),
        ],
    );
    let service = ReadService.parse(&Response::ok(["+CSMS: \"1\",(1),x"])).unwrap();
    assert_eq!((service.service, service.originated), (0, true));
    let (mode, identifiers, _) =
        ReadBroadcast.parse(&Response::ok(["+CSCB: (1),\"x,5\""])).unwrap();
    assert!(mode == 1 && identifiers.contains(5));
    refuses(&ReadBroadcast, &["+CSCB: ", "+CSCB: x"]);
}

#[test]
fn a_message_that_comes_twice_is_one_and_two_messages_in_one_answer_are_an_error() {
    let read =
        |lines: &[&str]| ReadMessage { index: 1 }.parse(&Response::ok(lines.iter().copied()));
    let once = read(&["+CMGR: 1,,24", "0791"]).unwrap().unwrap();
    assert_eq!(read(&["+CMGR: 1,,24", "0791", "+CMGR: 1,,24", "0791"]).unwrap().unwrap(), once);
    assert!(read(&["+CMGR: 1,,24", "0791", "+CMGR: 1,,24", "0792"]).is_err());
    assert!(read(&["+CMGR: 1,,24", "+CMGR: 1,,24", "0791"]).is_err());
    // A text may hold anything.
    let lines = ["+CMGR: \"REC READ\",\"+49\",,\"26/11/25,12:00:00+00\"", "Hi", "+CMGR: 1,,24"];
    assert_eq!(read(&lines).unwrap().unwrap().data, b"Hi\n+CMGR: 1,,24");
}
