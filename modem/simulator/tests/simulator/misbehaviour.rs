//! A modem that misbehaves on request, and a line that costs time.

use core::time::Duration;

use modem_simulator::{Misbehaviour, Profile, Simulator, Verb};

use crate::dialogue::go_on;

/// A dialogue with a modem without echo that misbehaves.
fn misbehaves(name: &str, script: &str) -> Simulator {
    let mut simulator =
        crate::dialogue::run(Profile::GENERIC, "> ATE0\\r\n< ATE0\\r\\r\\nOK\\r\\n");
    let misbehaviour: Misbehaviour = name.parse().unwrap();
    assert_eq!(misbehaviour.to_string(), name);
    simulator.set_misbehaviour(Some(misbehaviour));
    go_on(&mut simulator, Duration::ZERO, script);
    simulator
}

#[test]
fn a_command_is_refused_ten_times_from_its_second_line_on() {
    let mut script = String::from("> AT+CSQ\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\nOK\\r\\n\n");
    for _ in 0..10 {
        script += "> AT+CSQ\\r\n< \\r\\n+CME ERROR: 14\\r\\n\n";
    }
    script += "> AT+CSQ\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\nOK\\r\\n";
    let simulator = misbehaves(r#"+CSQ#2/Refuse("+CME ERROR: 14")/Ten"#, &script);
    let odd = simulator.exchanges().iter().filter(|exchange| exchange.is_odd);
    assert_eq!(odd.count(), 10);
}

#[test]
fn information_final_result_and_prompt_come_in_other_ways() {
    let cases = [
        ("+CSQ#1/Information(Reordered)/Once", r"< \r\n+CSQ: 99,20\r\n\r\nOK\r\n"),
        ("+CSQ#1/Information(None)/Once", r"< \r\nOK\r\n"),
        ("+CSQ#1/Final(Early)/Once", r"< \r\nOK\r\n\r\n+CSQ: 20,99\r\n"),
        ("+CSQ#1/Final(Twice)/Once", r"< \r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\nOK\r\n"),
        ("+CSQ#1/Final(PromptUnasked)/Once", r"< \r\n+CSQ: 20,99\r\n\r\nOK\r\n\r\n> "),
        ("+CSQ#1/Deny(\"ERROR\")/Once", r"< \r\n+CSQ: 20,99\r\n\r\nERROR\r\n"),
    ];
    for (name, answer) in cases {
        misbehaves(name, &format!("> AT+CSQ\\r\n{answer}"));
    }
    misbehaves(
        "+CSQ#1/Final(LateBeforeNext)/Once",
        "> AT+CSQ\\r\n< \\r\\n+CSQ: 20,99\\r\\n\n> AT\\r\n< \\r\\nOK\\r\\n\\r\\nOK\\r\\n",
    );
    misbehaves("+CMGS#1/Final(WithPrompt)/Once", "> AT+CMGS=15\\r\n< \\r\\n> \\r\\nOK\\r\\n");
    misbehaves("+CMGS#1/Final(InsteadOfPrompt)/Once", "> AT+CMGS=15\\r\n< \\r\\nOK\\r\\n");
}

#[test]
fn the_state_changes_behind_the_back_of_the_host_and_heals() {
    let mut simulator = misbehaves(
        "+CSQ#1/Change(TextMode, Before)/Once",
        "> AT+CSQ;+CMGF?\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\n+CMGF: 1\\r\\n\\r\\nOK\\r\\n",
    );
    simulator.set_misbehaviour(Some("+CSQ#1/Change(SimRemoved, After)/Once".parse().unwrap()));
    go_on(
        &mut simulator,
        Duration::ZERO,
        "> AT+CMEE=1\\r\n< \\r\\nOK\\r\\n\n\
         > AT+CSQ;+CIMI\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\n001010123456789\\r\\n\\r\\nOK\\r\\n\n\
         > AT+CIMI\\r\n< \\r\\n+CME ERROR: 10\\r\\n",
    );
    simulator.heal(Duration::ZERO);
    simulator.set_misbehaviour(Some("+CSQ#1/Change(SimSwapped, Before)/Once".parse().unwrap()));
    go_on(
        &mut simulator,
        Duration::ZERO,
        "> AT+CSQ;+CIMI\\r\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\n001010987654321\\r\\n\\r\\nOK\\r\\n",
    );
    simulator.heal(Duration::ZERO);
    let script = "> AT+CIMI\\r\n< \\r\\n001010123456789\\r\\n\\r\\nOK\\r\\n";
    go_on(&mut simulator, Duration::ZERO, script);
}

#[test]
fn another_program_replaces_a_message_in_its_slot() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.deliver("+491700000002", "Hello", Duration::ZERO).unwrap();
    simulator
        .set_misbehaviour(Some("+CMGD#1/Change(ForeignMessage, Before)/Once".parse().unwrap()));
    simulator.handle_input(b"AT+CMGD=1\r", Duration::ZERO);
    let deleted = simulator.truth().iter().map(|entry| entry.to_string());
    let deleted: Vec<_> = deleted.filter(|line| line.contains("\"deleted\"")).collect();
    // "Another program" in septets.
    assert!(
        deleted.len() == 1 && deleted[0].contains("41F79B8E2ECB4170F9FB2C0FB701"),
        "{deleted:?}"
    );
}

#[test]
fn a_result_lies_unread_until_the_next_reading() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_misbehaviour(Some("E#1/Final(ErrorUnread)/Once".parse().unwrap()));
    simulator.handle_input(b"ATE0\r", Duration::ZERO);
    let read = |simulator: &mut Simulator| -> Vec<u8> {
        core::iter::from_fn(|| simulator.poll_transmit()).flatten().collect()
    };
    assert_eq!(read(&mut simulator), b"ATE0\r\r\nOK\r\n");
    assert_eq!(read(&mut simulator), b"\r\n+CMS ERROR: 500\r\n");
}

#[test]
fn a_line_costs_50_ms_and_its_bytes_at_the_rate_of_the_line() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_line_rate(Some(9600));
    simulator.handle_input(b"ATE0\r", Duration::ZERO);
    let mut bytes = Vec::new();
    let mut last = Duration::ZERO;
    while let Some(due) = simulator.poll_timeout() {
        simulator.handle_timeout(due);
        let count = bytes.len();
        bytes.extend(core::iter::from_fn(|| simulator.poll_transmit()).flatten());
        if bytes.len() > count {
            last = due;
        }
    }
    assert_eq!(bytes, b"ATE0\r\r\nOK\r\n");
    // Five bytes of echo while two more of the line are read, then 50 ms and six bytes of answer.
    assert!((56..70).contains(&last.as_millis()), "{last:?}");
}

#[test]
fn a_storm_of_equal_lines_breaks_the_link_unless_something_happens() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_storm_limit(Some(3));
    for second in 0..4 {
        simulator.handle_input(b"AT+CSQ\r", Duration::from_secs(second * 30));
        while simulator.poll_transmit().is_some() {}
    }
    for _ in 0..3 {
        simulator.handle_input(b"AT+CSQ\r", Duration::from_secs(200));
    }
    let ring = Verb::Ring { from: "+49123".into() };
    simulator.perform(ring, Duration::from_secs(200)).unwrap();
    for _ in 0..3 {
        simulator.handle_input(b"AT+CSQ\r", Duration::from_secs(200));
    }
    assert_eq!(simulator.storm(), None);
    simulator.handle_input(b"AT+CSQ\r", Duration::from_secs(200));
    assert_eq!(simulator.storm(), Some("AT+CSQ"));
    assert!(!simulator.is_connected());
}
