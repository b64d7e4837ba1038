//! Queries to a modem with its own answers: units, names, and commands of several vendors.

use core::time::Duration;

use modem::at::Request;
use modem::at::call::HangUp;
use modem::simulator::{Profile, Simulator};
use modem::{Config, Context, Error, ErrorKind, Event, FirstOf, Input, Procedure, Raw, Step};
use testkit::simulated::{Simulated, events, open_simulator, world};

fn open(replies: &'static [(&'static str, &'static str)]) -> Simulated {
    let mut profile = Profile::GENERIC;
    profile.replies = replies;
    open_simulator(Simulator::new(profile), Config::default())
}

/// 3GPP TS 27.007, 8.5 and 8.69: `<rssi>` is -113 dBm and 2 dB a step, `<rsrp>` -141 dBm and 1 dB a
/// step.
#[test]
fn a_signal_that_csq_does_not_know_is_asked_for_by_cesq() {
    for (replies, expected) in [
        (&[("+CSQ", "+CSQ: 20,99\r\nOK")][..], Some(-73)),
        (
            &[("+CSQ", "+CSQ: 99,99\r\nOK"), ("+CESQ", "+CESQ: 99,99,255,255,20,46\r\nOK")],
            Some(-95),
        ),
        (&[("+CSQ", "+CSQ: 99,99\r\nOK"), ("+CESQ", "+CESQ: 99,99,255,255,255,255\r\nOK")], None),
        (&[("+CSQ", "+CSQ: 99,99\r\nOK"), ("+CESQ", "+CME ERROR: 4")], None),
    ] {
        assert_eq!(open(replies).signal().unwrap(), expected, "{replies:?}");
    }
    let error = open(&[("+CSQ", "+CME ERROR: 3")]).signal().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused(_)), "{error}");
    // A value that is not readable is unknown, and `+CESQ` may know it.
    const REPLIES: [(&str, &str); 2] =
        [("+CSQ", "+CSQ: strong\r\nOK"), ("+CESQ", "+CESQ: 99,99,255,255,x,46\r\nOK")];
    assert_eq!(open(&REPLIES).signal().unwrap(), Some(-95));
}

#[test]
fn own_numbers_have_a_plus_where_their_type_says_so() {
    let mut modem = open(&[(
        "+CNUM",
        "+CNUM: \"Line 1\",\"491700000001\",145\r\n+CNUM: ,\"+491700000002\",145\r\n+CNUM: \"\",\"0170\",129\r\nOK",
    )]);
    assert_eq!(modem.own_numbers().unwrap(), ["+491700000001", "+491700000002", "0170"]);
}

#[test]
fn an_operator_is_named_in_ascii_where_the_modem_does_not_keep_to_its_character_set() {
    // In the GSM alphabet 0x5F is a section sign and 0x80 is unassigned.
    let mut modem = open(&[("+COPS?", "+COPS: 0,0,\"T\u{e4}l\",0\r\nOK")]);
    assert_eq!(modem.operator().unwrap().as_deref(), Some("T\u{e4}l"));
    let mut modem = open(&[("+COPS?", "+COPS: 0\r\nOK")]);
    assert_eq!(modem.operator().unwrap(), None);
}

#[test]
fn an_operator_is_named_in_utf_16_where_the_modem_does_not_keep_to_its_character_set() {
    for (replies, expected) in [
        (&[("+COPS?", "+COPS: 0,0,\"004D0065006700610046006F006E\",0\r\nOK")], "MegaFon"),
        (&[("+COPS?", "+COPS: 0,0,\"041C0435043304300424043E043D\",0\r\nOK")], "МегаФон"),
        (&[("+COPS?", "+COPS: 0,0,\"CAFE\",0\r\nOK")], "CAFE"),
        (&[("+COPS?", "+COPS: 0,2,\"2400\",0\r\nOK")], "2400"),
    ] {
        assert_eq!(open(replies).operator().unwrap().as_deref(), Some(expected), "{replies:?}");
    }
}

#[test]
fn of_several_commands_for_one_thing_the_first_that_a_modem_knows_counts_and_a_lost_link_is_no_refusal()
 {
    assert_eq!(open(&[]).pin_retries().unwrap().pin, Some(3));
    let none: &[_] = &[("+CPINR", "ERROR"), ("+CHUP", "ERROR"), ("H", "+CME ERROR: 4")];
    let mut modem = open(none);
    let error = modem.pin_retries().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused(_)), "{error}");
    // The last refusal is reported.
    let error = modem.hang_up().unwrap_err();
    assert_eq!(error.last_line(), Some("+CME ERROR: 4"));
    let error = modem.run(FirstOf::<HangUp>::new(&[])).unwrap_err();
    assert_eq!(error.to_string(), "the modem does not support this function");

    let mut modem = open(&[]);
    events(&mut modem, Duration::from_secs(5));
    world(&mut modem, "fault disconnect 0");
    let error = modem.pin_retries().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Closed);
    assert!(error.command().is_none_or(|command| command.contains("CPINR")), "{error}");
}

#[test]
fn a_command_line_has_the_timeout_that_the_application_sets() {
    let mut modem = open(&[]);
    events(&mut modem, Duration::from_secs(5));
    for (timeout, is_answered) in [(60, true), (5, false)] {
        world(&mut modem, "fault late +CSQ 20000 1");
        let request = Request::raw("AT+CSQ").unwrap().timeout(Duration::from_secs(timeout));
        let answer = modem.run(Raw::from_request(request));
        match answer {
            Ok(lines) => assert!(is_answered && lines == ["+CSQ: 20,99"], "{lines:?}"),
            Err(error) => assert!(!is_answered && *error.kind() == ErrorKind::Timeout, "{error}"),
        }
    }
    let error = Error::from(Raw::new("AT+CSQ\rAT+CMGD=1,4").unwrap_err());
    assert!(error.to_string().starts_with("the command was not sent: "), "{error}");
    assert_eq!(error.advice(), None);
}

/// A flow of an application: waits for a ring, and returns its knowledge of the session.
struct AwaitRing;

impl Procedure for AwaitRing {
    type Output = String;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<String> {
        let until = context.now() + Duration::from_secs(60);
        let model = context.profile().model.clone().unwrap_or_default();
        let timeout = context.config().send_timeout;
        match input {
            Input::Start => Step::Wait(until),
            Input::Notification(modem::at::Notification::Ring(_)) => {
                Step::Done(Ok(format!("{model} rings, {timeout:?}")))
            }
            Input::Elapsed => Step::fail(ErrorKind::Timeout),
            _ => Step::Listen,
        }
    }
}

#[test]
fn a_flow_of_the_application_waits_for_what_the_modem_announces_or_until_its_time() {
    let mut modem = open(&[]);
    events(&mut modem, Duration::from_secs(5));
    let error = modem.run(AwaitRing).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Timeout);
    modem.port().with(|simulator, now| {
        let ring = "ring +491700000002".parse().unwrap();
        simulator.schedule(ring, now + Duration::from_secs(30));
    });
    assert_eq!(modem.run(AwaitRing).unwrap(), "Generic rings, 120s");
    // The ring is an event as well, since the flow has not claimed it.
    let events = core::iter::from_fn(|| modem.next_event(Duration::from_secs(1)));
    assert!(events.take(20).any(|event| matches!(event, Event::Notification(_))));
}
