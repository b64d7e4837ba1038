//! A modem that prompts for the answer to a USSD question, and takes nothing else meanwhile,
//! through all front-ends. The manual of the Siemens AC75 describes it (`AT+CUSD`): a question ends
//! in `>`, Ctrl-Z ends the answer, and ESC the dialogue.

use core::time::Duration;

use modem::at::Notification;
use modem::gsm7::charset::Charset;
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, ErrorKind, Event, SendOutcome, Session, Wanted};
use testkit::{FRONTS, Front, message, truth};

const SECOND: Duration = Duration::from_secs(1);
const MENU: &str = "1 Balance\n2 Tariff\n0 Quit";
const BALANCE: &str = "Balance: 12.34 EUR";

fn simulator() -> Simulator {
    let mut simulator = Simulator::new(Profile::SIEMENS_AC75);
    simulator.set_line_rate(Some(115_200));
    simulator
}

/// Every front-end, with an initialised modem that has shown its menu.
fn at_the_question(config: &Config, mut test: impl FnMut(&str, &mut dyn Front)) {
    for &(name, open) in FRONTS {
        let mut front = open(simulator(), config.clone()).unwrap();
        front.settle(5 * SECOND);
        let menu = front.ussd("*101#").unwrap();
        assert_eq!((menu.text.as_deref(), menu.needs_answer()), (Some(MENU), true), "{name}");
        test(name, &mut *front);
    }
}

/// The strings that the network has received.
fn strings(front: &mut dyn Front) -> Vec<String> {
    front.ask(|simulator| {
        let string = |fact: &Fact| match fact {
            Fact::UssdRequested { text } => Some(text.clone()),
            _ => None,
        };
        truth::facts(simulator).filter_map(string).collect()
    })
}

/// The states of the dialogue that were reported without a request, within that time.
fn reported(front: &mut dyn Front, within: Duration) -> Vec<Wanted> {
    let until = front.now() + within;
    let mut reported = Vec::new();
    while let Some(event) = front.event_until(until) {
        if let Event::Notification(Notification::Ussd(reply)) = event {
            reported.push(reply.wanted);
        }
    }
    reported
}

#[test]
fn an_answer_is_given_at_the_prompt() {
    at_the_question(&Config::default(), |name, front| {
        let tariffs = front.ussd("2").unwrap();
        assert_eq!(tariffs.text.as_deref(), Some("1 Small\n2 Large"), "{name}");
        let end = front.ussd("1").unwrap();
        assert_eq!((end.text.as_deref(), end.wanted), (Some("Small it is"), Wanted::NOTHING));
        // Without a question a string is a code again.
        assert_eq!(front.ussd("*100#").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        assert_eq!(strings(front), ["*101#", "2", "1", "*100#"], "{name}");
    });
}

#[test]
fn an_answer_is_written_in_the_character_set_of_the_modem() {
    for charset in [Charset::Gsm, Charset::Ucs2] {
        let mut config = Config::default();
        config.character_set = Some(charset);
        at_the_question(&config, |name, front| {
            assert_eq!(front.ussd("1").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        });
    }
}

#[test]
fn an_answer_with_a_control_character_is_refused_and_the_question_stays_open() {
    let mut config = Config::default();
    config.character_set = Some(Charset::Gsm);
    at_the_question(&config, |name, front| {
        // In the default alphabet `ò` is 0x08, which edits a line.
        for text in ["\u{1a}", "1\u{1b}", "1\r", "ò"] {
            let error = front.ussd(text).unwrap_err();
            let refused = matches!(error.kind(), ErrorKind::Unsafe(_) | ErrorKind::Text(_));
            assert!(refused, "{name}, {text:?}: {error}");
        }
        assert_eq!(front.ussd("1").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        assert_eq!(strings(front), ["*101#", "1"], "{name}");
    });
}

#[test]
fn other_work_waits_a_minute_for_the_answer() {
    at_the_question(&Config::default(), |name, front| {
        front.world("deliver +491715550199 Hello");
        front.enqueue(&message("Hi")).unwrap();
        assert_eq!(reported(front, 55 * SECOND), [], "{name}");
        assert_eq!(front.ask(|simulator| truth::submitted(simulator).len()), 0, "{name}");
        assert_eq!(front.ussd("1").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        let mut seen = (false, false);
        while let Some(event) = front.event(5 * SECOND) {
            match event {
                Event::Received(received) => {
                    seen.0 = received.text.as_deref() == Some("Hello");
                    front.acknowledge(&received.receipt);
                }
                Event::SendFinished(result) => seen.1 = result.outcome() == SendOutcome::Sent,
                _ => {}
            }
        }
        assert_eq!(seen, (true, true), "{name}");
        assert_eq!(strings(front), ["*101#", "1"], "{name}");
    });
}

#[test]
fn work_that_has_waited_a_minute_ends_the_dialogue_with_a_report() {
    at_the_question(&Config::default(), |name, front| {
        let before = front.now();
        let result = front.send(&message("Hi")).unwrap();
        assert_eq!(result.outcome(), SendOutcome::Sent, "{name}");
        assert!(front.now() - before > 55 * SECOND && front.now() - before < 65 * SECOND);
        assert_eq!(reported(front, 5 * SECOND), [Wanted::ENDED], "{name}");
        let cancelled = front.count(|fact| matches!(fact, Fact::UssdCancelled));
        assert_eq!(cancelled, 1, "{name}");
        assert_eq!(front.ussd("*100#").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        assert_eq!(strings(front), ["*101#", "*100#"], "{name}: nothing else was answered");
    });
}

#[test]
fn a_cancelled_dialogue_leaves_the_prompt() {
    at_the_question(&Config::default(), |name, front| {
        front.with_session(&mut |session: &mut Session, now| drop(session.cancel_ussd(now)));
        front.settle(5 * SECOND);
        assert_eq!(front.count(|fact| matches!(fact, Fact::UssdCancelled)), 1, "{name}");
        let before = front.now();
        assert_eq!(front.raw("AT+CBC").unwrap(), ["+CBC: 0,87"], "{name}");
        assert!(front.now() - before < SECOND, "{name}: nothing waits any more");
        assert_eq!(strings(front), ["*101#"], "{name}");
    });
}

#[test]
fn a_dialogue_that_the_network_ends_is_over() {
    at_the_question(&Config::default(), |name, front| {
        assert_eq!(reported(front, 125 * SECOND), [Wanted::ENDED], "{name}");
        assert_eq!(front.ussd("*100#").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        assert_eq!(strings(front), ["*101#", "*100#"], "{name}");
    });
}

#[test]
fn a_question_that_comes_unsolicited_is_answered_at_its_prompt() {
    for &(name, open) in FRONTS {
        let mut front = open(simulator(), Config::default()).unwrap();
        front.settle(5 * SECOND);
        // The question comes without a request of the session.
        front.raw("ATD*101#;").unwrap();
        assert_eq!(reported(&mut *front, SECOND), [Wanted::ANSWER], "{name}");
        assert_eq!(front.ussd("1").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        assert_eq!(strings(&mut *front), ["*101#", "1"], "{name}");
    }
}

#[test]
fn a_lost_link_and_a_restart_leave_no_prompt_behind() {
    at_the_question(&Config::default(), |name, front| {
        front.world("disconnect");
        front.settle(SECOND);
        front.reopen().unwrap();
        let before = front.now();
        assert_eq!(front.raw("AT+CBC").unwrap(), ["+CBC: 0,87"], "{name}");
        assert!(front.now() - before < SECOND, "{name}: nothing waits any more");
        assert_eq!(strings(front), ["*101#"], "{name}");
    });
    at_the_question(&Config::default(), |name, front| {
        front.world("reset");
        front.settle(20 * SECOND);
        assert_eq!(front.ussd("*100#").unwrap().text.as_deref(), Some(BALANCE), "{name}");
        assert_eq!(strings(front), ["*101#", "*100#"], "{name}");
    });
}
