//! Faults that are set on purpose, and properties that always hold.

use core::time::Duration;

use crate::dialogue::{go_on, hear, run};
use modem_simulator::{Entry, Fact, Fault, FaultPlan, Profile, Simulator, Verb};
use proptest::prelude::*;

#[test]
fn a_command_is_ignored_refused_answered_late_or_not_at_all() {
    let simulator = run(
        Profile::GENERIC,
        r"
        > ATE0\r
        < ATE0\r\r\nOK\r\n
        ! fault ignore +CSQ 1
        > AT+CSQ\r
        > AT+CSQ\r
        < \r\n+CSQ: 20,99\r\n\r\nOK\r\n
        ! fault refuse +CSQ 2 +CME ERROR: 515
        > AT+CSQ\r
        < \r\n+CME ERROR: 515\r\n
        > AT+CMEE=1;+CSQ\r
        < \r\n+CME ERROR: 515\r\n
        > AT+CSQ\r
        < \r\n+CSQ: 20,99\r\n\r\nOK\r\n
        ! fault late +CSQ 5000 1
        > AT+CSQ\r
        + 4999
        > AT+CMEE?\r
        + 1
        < \r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n
        ! fault silence +CMGS 1
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        + 600000
        > AT\r
        < \r\nOK\r\n
        ! fault late +CMGS 130000 1
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        + 130000
        < \r\n+CMGS: 1\r\n\r\nOK\r\n
        ",
    );
    let submitted =
        simulator.truth().iter().filter(|entry| matches!(entry.fact, Fact::Submitted { .. }));
    assert_eq!(submitted.count(), 2, "an unanswered message is sent anyway");
}

#[test]
fn a_link_breaks_in_the_middle_of_an_answer_and_is_opened_again() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.handle_input(b"ATE0\r", Duration::ZERO);
    hear(&mut simulator);
    simulator.perform("fault disconnect 6".parse().unwrap(), Duration::ZERO).unwrap();
    simulator.set_faults(FaultPlan::new(0).with(Fault::Disconnect { after: 6 }));
    simulator.handle_input(b"AT+CSQ\r", Duration::ZERO);
    assert_eq!(hear(&mut simulator), b"\r\n+CSQ");
    assert!(!simulator.is_connected());
    assert_eq!(simulator.truth().last().map(|entry| &entry.fact), Some(&Fact::Closed));
    simulator.handle_closed(Duration::ZERO);
    simulator.handle_opened(Duration::ZERO);
    go_on(&mut simulator, Duration::ZERO, "> AT\\r\n< \\r\\nOK\\r\\n");
}

#[test]
fn a_modem_that_stalls_takes_the_rest_later() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    let pause = Duration::from_secs(3);
    simulator.set_faults(FaultPlan::new(0).with(Fault::Stall { after: 4, pause }));
    assert_eq!(simulator.handle_input(b"ATE0+CSQ\r", Duration::ZERO), 4);
    assert_eq!(hear(&mut simulator), b"ATE0");
    assert_eq!(simulator.handle_input(b"+CSQ\r", Duration::ZERO), 0);
    assert_eq!(simulator.poll_timeout(), Some(pause));
    assert_eq!(simulator.handle_input(b"+CSQ\r", pause), 5);
    assert_eq!(hear(&mut simulator), b"+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
}

#[test]
fn an_unread_line_does_not_grow_without_bound() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    for _ in 0..100 {
        simulator.handle_input(&b"AT+CLAC\r".repeat(200), Duration::ZERO);
    }
    assert!(hear(&mut simulator).len() <= 1 << 20);
}

#[test]
fn a_step_to_the_end_of_time_ends() {
    let mut simulator = Simulator::new(Profile::HUAWEI_E173);
    simulator.handle_opened(Duration::ZERO);
    simulator.ring("+49123", Duration::ZERO);
    simulator.handle_timeout(Duration::MAX);
    simulator.handle_input(b"ATH\r", Duration::MAX);
    assert!(hear(&mut simulator).ends_with(b"OK\r\n"));
}

/// The same dialogue, cut in two ways.
fn cut(profile: Profile, dialogue: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut simulator = Simulator::new(profile);
    let mut heard = Vec::new();
    let mut rest = dialogue;
    for &length in cuts.iter().cycle() {
        let (head, tail) = rest.split_at(length.clamp(1, rest.len()));
        simulator.handle_input(head, Duration::ZERO);
        heard.extend(hear(&mut simulator));
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    heard
}

const DIALOGUE: &[u8] = b"AT\rATE0+CMEE=2\r+CSQ\rAT+CMGS=15\r0021000C91947100000020000002C834\x1aAT+CMGF=1;+CMGS=\"123\"\rone\r\ntwo\x1aAT+CPMS?;+CUSD=1,\"*100#\"\rA/AT+CMGW=3\r\x1bAT+CNMI=?\r";

#[test]
fn a_dialogue_reads_the_same_wherever_it_is_cut() {
    for profile in Profile::ALL {
        let whole = cut(*profile, DIALOGUE, &[usize::MAX]);
        assert_eq!(cut(*profile, DIALOGUE, &[1]), whole, "{}", profile.name);
    }
    for profile in [Profile::GENERIC, Profile::HUAWEI_E173, Profile::SIM7670G, Profile::USSD_FIRST]
    {
        let whole = cut(profile, DIALOGUE, &[usize::MAX]);
        for place in 1..DIALOGUE.len() {
            assert_eq!(
                cut(profile, DIALOGUE, &[place, usize::MAX]),
                whole,
                "{} at {place}",
                profile.name
            );
        }
    }
}

fn command() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::sample::select(vec![
        "+CMGS", "+CMGW", "+CMGR", "+CMGL", "+CMGD", "+CMSS", "+CNMA", "+CNMI", "+CPMS", "+CSCS",
        "+CSCA", "+CSMP", "+CUSD", "+CPIN", "+CLCK", "+CPBR", "+CPBW", "+CSCB", "+CCLK", "+CFUN",
        "+COPS", "+CREG", "D", "E", "V", "S3", "&F", "A", "H", "+CLCC", "+CSMS", "+CMGC", "+CSDH",
        "+CMGF", "+CPBS",
    ]);
    let arguments = prop_oneof![
        Just(String::new()),
        Just(String::from("?")),
        Just(String::from("=?")),
        "=([0-9]{1,3}|\"[A-Z0-9*#+]{0,20}\"|)(,([0-9]{1,3}|\"[A-Z0-9*#+]{0,20}\"|)){0,5}",
        "[ -~]{0,10}",
    ];
    (names, arguments).prop_map(|(name, arguments)| format!("AT{name}{arguments}\r").into_bytes())
}

fn input() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => command(),
        2 => "[0-9A-F]{0,60}\x1a".prop_map(String::into_bytes),
        1 => Just(b"0021000C91947100000020000002C834\x1a".to_vec()),
        1 => Just(b"AT+CMGF=1\r".to_vec()),
        1 => Just(b"ATV1Q0S3=13\r".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn verb() -> impl Strategy<Value = Verb> {
    let lines = prop::sample::select(vec![
        "deliver +491700000002 Hi",
        "deliver Bank \\u{1F600}",
        "deliver-reversed 123 a long text, a long text, a long text, a long text, a long text, a long text, a long text, a long text, a long text, a long text, a long text",
        "pdu 00",
        "pdu 06",
        "pdu 040C9194710000002000124260102100008002C834",
        "full",
        "broadcast 50 Storm",
        "ring +49123",
        "hang-up",
        "register 2",
        "register 1",
        "ussd News",
        "reset",
        "pin 1234",
        "subscriber +491700000002 lost",
        "subscriber +491700000002 echo",
        "fault chunk 0",
        "fault lose to-modem 20",
        "fault delay 5000",
        "fault silence +CMGS 1",
        "fault stall 100 1000",
        "fault disconnect 1000",
        "fault off",
        "disconnect",
    ]);
    prop_oneof![
        3 => lines.prop_map(|line| line.parse().unwrap()),
        1 => prop::collection::vec(any::<u8>(), 0..180).prop_map(Verb::Pdu),
    ]
}

#[derive(Debug, Clone)]
enum Act {
    Input(Vec<u8>),
    Verb(Verb),
    Pass(u64),
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => input().prop_map(Act::Input),
        3 => verb().prop_map(Act::Verb),
        2 => (0..200_000u64).prop_map(Act::Pass),
        1 => Just(Act::Reopen),
    ]
}

/// The output and the truth log of a simulator in a story.
fn story(profile: Profile, acts: &[Act]) -> (Vec<u8>, String) {
    let mut simulator = Simulator::new(profile);
    let mut now = Duration::ZERO;
    let mut heard = Vec::new();
    for act in acts {
        match act {
            Act::Input(octets) => {
                simulator.handle_input(octets, now);
            }
            Act::Verb(verb) => drop(simulator.perform(verb.clone(), now)),
            Act::Pass(milliseconds) => {
                now += Duration::from_millis(*milliseconds);
                simulator.handle_timeout(now);
            }
            Act::Reopen => {
                simulator.handle_closed(now);
                simulator.handle_opened(now);
            }
        }
        heard.extend(hear(&mut simulator));
    }
    let truth = simulator.truth().iter().map(|entry| format!("{entry}\n")).collect();
    (heard, truth)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_story_panics_and_each_one_can_be_repeated(
        profile in prop::sample::select(Profile::ALL),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        prop_assert_eq!(story(profile, &acts), story(profile, &acts));
    }

    #[test]
    fn any_line_is_a_verb_or_an_error(line in "\\PC{0,40}|(deliver|pdu|report|fault|register|broadcast) \\PC{0,20}") {
        let _ = line.parse::<Verb>();
    }
}

#[test]
fn the_truth_log_is_json_whatever_is_said() {
    let entry = |text: &str| Entry {
        at: Duration::from_millis(61_007),
        fact: Fact::UssdRequested { text: text.into() },
    };
    let printed = entry("\"a\" \\ \u{1f600} \r\n\u{1}").to_string();
    let expected =
        r#"{"at":61.007,"fact":"ussd-requested","text":"\"a\" \\ 😀 \u000d\u000a\u0001"}"#;
    assert_eq!(printed, expected);
    let received =
        Fact::Received { by: "+1".into(), references: vec![1, 2], text: None, data: vec![0xab] };
    assert_eq!(
        Entry { at: Duration::ZERO, fact: received }.to_string(),
        r#"{"at":0.000,"fact":"received","by":"+1","references":[1, 2],"data":"AB"}"#
    );
}

#[test]
fn a_stall_that_is_over_has_no_timeout() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    let pause = Duration::from_secs(3);
    simulator.set_faults(FaultPlan::new(1).with(Fault::Stall { after: 2, pause }));
    assert_eq!(simulator.handle_input(b"AT\r", Duration::ZERO), 2);
    while simulator.poll_transmit().is_some() {}
    assert_eq!(simulator.poll_timeout(), Some(pause));
    simulator.handle_timeout(pause);
    assert_ne!(simulator.poll_timeout(), Some(pause));
    assert_eq!(simulator.handle_input(b"\r", pause), 1);
}
