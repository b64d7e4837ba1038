//! Answers of a network and of a modem to a USSD request, through all front-ends.

use core::time::Duration;

use modem::at::Instant;
use modem::simulator::{Profile, Simulator};
use modem::{Config, Error, ErrorKind, Event, Session, UssdReply, Wanted};
use testkit::FRONTS;
use testkit::bench::Bench;

/// The parameters of the request in plain form.
const CODE: &str = "+CUSD=1,\"*100#\",15";
const SECOND: Duration = Duration::from_secs(1);

fn bench() -> Bench {
    Bench::open(Simulator::new(Profile::GENERIC), Config::default())
}

fn ussd(bench: &mut Bench) -> Result<UssdReply, Error> {
    bench.ask(|session: &mut Session, now| session.ussd("*100#", now))
}

const fn answering(replies: &'static [(&'static str, &'static str)]) -> Profile {
    let mut profile = Profile::GENERIC;
    profile.replies = replies;
    profile
}

#[test]
fn a_request_that_the_network_refuses_is_an_error_with_the_reason_of_the_network() {
    let rows: [(Profile, &str, bool); 7] = [
        (answering(&[(CODE, "OK\r\n+CUSD: 4")]), "operation not supported", false),
        (answering(&[(CODE, "OK\r\n+CUSD: 5")]), "network time out", true),
        (answering(&[(CODE, "OK\r\n+CUSD: 2")]), "terminated by the network", false),
        (answering(&[(CODE, "OK\r\n+CUSD: 2,\"\",15")]), "terminated by the network", false),
        (answering(&[(CODE, "OK\r\n+CUSD: 3")]), "another local client has responded", false),
        (answering(&[(CODE, "+CUSD: 4\r\nOK")]), "operation not supported", false),
        (answering(&[(CODE, "+CUSD: 5\r\nERROR")]), "network time out", true),
    ];
    for (profile, reason, temporary) in rows {
        for &(front, open) in FRONTS {
            let case = format!("{:?} ({front})", profile.replies);
            let mut modem = open(Simulator::new(profile), Config::default()).unwrap();
            let before = modem.now();
            let error = modem.ussd("*100#").unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::UssdEnded(_)), "{case}: {error}");
            assert!(error.to_string().contains(reason), "{case}: {error}");
            assert_eq!(error.is_temporary(), temporary, "{case}");
            assert_eq!(error.command(), Some(r#"AT+CUSD=1,"*100#",15"#), "{case}");
            assert!(modem.now() - before < SECOND, "{case}");
        }
    }
}

#[test]
fn a_network_that_ends_the_dialogue_with_a_text_has_replied() {
    let profile = answering(&[(CODE, "OK\r\n+CUSD: 2,\"Balance: 5\",15")]);
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(profile), Config::default()).unwrap();
        let reply = modem.ussd("*100#").unwrap();
        assert_eq!(reply.text.as_deref(), Some("Balance: 5"), "{front}");
        assert_eq!((reply.wanted, reply.possibly_stale), (Wanted::ENDED, false), "{front}");
    }
}

/// The dialogue of `ussd-error-after-ok.txt`, whose modem is a Cinterion MC55i.
#[test]
fn a_refusal_after_ok_ends_the_request_at_once_with_what_the_modem_says() {
    let rows: [(Profile, &str); 3] = [
        (
            answering(&[(CODE, "OK\r\n+CME ERROR: 132")]),
            "service option not supported (+CME ERROR 132)",
        ),
        (answering(&[(CODE, "OK\r\nERROR")]), "gave no reason"),
        (answering(&[(CODE, "OK\r\nCOMMAND NOT SUPPORT")]), "COMMAND NOT SUPPORT"),
    ];
    for (profile, reason) in rows {
        for &(front, open) in FRONTS {
            let case = format!("{:?} ({front})", profile.replies);
            let mut modem = open(Simulator::new(profile), Config::default()).unwrap();
            let before = modem.now();
            let error = modem.ussd("*100#").unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Refused(_)), "{case}: {error}");
            assert!(error.to_string().contains(reason), "{case}: {error}");
            assert!(modem.now() - before < SECOND, "{case}");
            let mut unknown = 0;
            while let Some(event) = modem.event(SECOND) {
                unknown += usize::from(matches!(event, Event::UnknownLine(_)));
            }
            assert_eq!(unknown, 0, "{case}: the line is part of the request");
        }
    }
}

/// A `+CMS ERROR` is the result of message commands, 3GPP TS 27.005, 3.2.5: it may come late.
#[test]
fn an_error_of_a_message_command_proves_nothing_about_a_request_whose_reply_comes() {
    for answer in ["OK|+CMS ERROR: 500", "+CMS ERROR: 500", "+CMS ERROR: 500|OK"] {
        let mut replied = bench();
        replied.answer(CODE, answer);
        let ticket = replied.start(|session, now| session.ussd("*100#", now));
        replied.run(5 * SECOND);
        replied.say("+CUSD: 0,\"Balance: 1 EUR\",15");
        let reply = replied.redeem(&ticket).unwrap();
        assert_eq!(reply.text.as_deref(), Some("Balance: 1 EUR"), "{answer}");
        assert_eq!(replied.lines(), [format!("AT{CODE}")], "{answer}: it is asked once");
    }
    let mut silent = bench();
    silent.answer(CODE, "+CMS ERROR: 331");
    let before = silent.now();
    let error = ussd(&mut silent).unwrap_err();
    assert!(error.to_string().contains("no network service"), "{error}");
    assert!(silent.now() < before + 21 * SECOND);
}

#[test]
fn a_refusal_that_belongs_to_no_request_is_an_unknown_line() {
    let mut bench = bench();
    bench.say("+CME ERROR: 132");
    assert!(
        matches!(bench.events().as_slice(), [Event::UnknownLine(line)] if line == "+CME ERROR: 132")
    );
}

#[test]
fn the_late_reply_of_a_cancelled_request_does_not_answer_the_next_one() {
    let mut bench = bench();
    bench.always("+CUSD=1", "OK");
    bench.always("+CUSD=2", "OK");
    assert_eq!(*ussd(&mut bench).unwrap_err().kind(), ErrorKind::Timeout);

    // The late reply comes while the next request is under way, and may belong to either.
    bench.restore("+CUSD=1");
    bench.answer("+CUSD=1", "OK|+CUSD: 0,\"one\",15");
    let reply = ussd(&mut bench).unwrap();
    assert_eq!((reply.text.as_deref(), reply.possibly_stale), (Some("one"), true));

    // The surplus reply comes without a request: from now on replies are matched with certainty.
    bench.say("+CUSD: 0,\"two\",15");
    assert!(bench.events().iter().any(|event| matches!(event, Event::Notification(_))));
    bench.answer("+CUSD=1", "OK|+CUSD: 0,\"three\",15");
    let reply = ussd(&mut bench).unwrap();
    assert_eq!((reply.text.as_deref(), reply.possibly_stale), (Some("three"), false));
}

#[test]
fn the_end_of_a_cancelled_request_does_not_end_the_next_one() {
    for end in ["+CUSD: 2", "+CUSD: 4", "+CUSD: 5", "+CME ERROR: 132"] {
        let mut bench = bench();
        bench.always("+CUSD=1", "OK");
        bench.always("+CUSD=2", "OK");
        assert_eq!(*ussd(&mut bench).unwrap_err().kind(), ErrorKind::Timeout, "{end}");
        bench.restore("+CUSD=1");
        bench.answer("+CUSD=1", &format!("OK|{end}|+CUSD: 0,\"mine\",15"));
        let reply = ussd(&mut bench).unwrap();
        assert_eq!((reply.text.as_deref(), reply.possibly_stale), (Some("mine"), false), "{end}");
    }
}

#[test]
fn a_cancelled_request_is_forgotten_after_five_minutes() {
    let mut bench = bench();
    bench.answer("+CUSD=1", "OK");
    bench.answer("+CUSD=2", "OK");
    assert_eq!(*ussd(&mut bench).unwrap_err().kind(), ErrorKind::Timeout);
    bench.run(Duration::from_secs(301));
    let reply = ussd(&mut bench).unwrap();
    assert_eq!((reply.text.as_deref(), reply.possibly_stale), (Some("Balance: 12.34 EUR"), false));
}

#[test]
fn a_reply_within_two_seconds_of_the_cancellation_is_the_reply() {
    let mut bench = bench();
    bench.answer("+CUSD=1", "OK");
    bench.answer("+CUSD=2", "OK");
    let ticket = bench.start(|session: &mut Session, now: Instant| session.ussd("*100#", now));
    bench.run(Duration::from_millis(61_000));
    bench.say("+CUSD: 1,\"1 Balance\",15");
    let reply = bench.redeem(&ticket).unwrap();
    assert_eq!(reply.text.as_deref(), Some("1 Balance"));
    assert!(!reply.needs_answer(), "the dialogue is cancelled");
    // Nothing is owed any more.
    assert!(!ussd(&mut bench).unwrap().possibly_stale);
}

#[test]
fn the_confirmation_of_a_cancellation_does_not_end_the_next_request() {
    for confirmation in ["+CUSD: 2|OK", "OK|+CUSD: 2", "OK"] {
        let mut bench = bench();
        bench.answer("+CUSD=2", confirmation);
        bench.ask(Session::cancel_ussd).unwrap();
        assert!(
            ussd(&mut bench).unwrap().text.is_some_and(|text| text.starts_with("Balance")),
            "{confirmation}"
        );
    }
    let mut bench = bench();
    bench.ask(Session::cancel_ussd).unwrap();
    bench.answer("+CUSD=1", "+CUSD: 2|OK|+CUSD: 0,\"mine\",15");
    assert_eq!(ussd(&mut bench).unwrap().text.as_deref(), Some("mine"));
}

#[test]
fn the_reply_to_a_request_whose_link_ended_does_not_answer_the_next_one_unmarked() {
    let mut bench = bench();
    bench.answer("+CUSD=1", "OK");
    let ticket = bench.start(|session: &mut Session, now: Instant| session.ussd("*100#", now));
    bench.run(SECOND);
    bench.start(|session: &mut Session, now: Instant| session.handle_closed(now));
    assert_eq!(*bench.redeem(&ticket).unwrap_err().kind(), ErrorKind::Closed);
    bench.link().unwrap();
    bench.answer("+CUSD=1", "OK|+CUSD: 0,\"one\",15");
    assert!(ussd(&mut bench).unwrap().possibly_stale);
}
