//! An echo that returns.

use modem::simulator::Fact;
use modem::{Config, Event, PartOutcome};
use testkit::{RECIPIENT, message, truth};

use super::bench::{Bench, SECOND};

#[test]
fn an_echo_that_returns_before_the_prompt_makes_the_session_check_before_it_sends() {
    for mode in ["AT+CMGF=1", "AT+CMGF=0"] {
        let mut bench = Bench::open(Config::default());
        bench.another_program("ATE1");
        bench.another_program(mode);
        let now = bench.now();
        let ticket = bench.session.send(&message("Hello"), now);
        bench.run(20 * SECOND);
        let result = bench.session.take(&ticket).unwrap().unwrap();
        assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }), "{mode}: {result:?}");
        assert_eq!(truth::submitted(&bench.simulator).len(), 1, "{mode}");
        assert_eq!(truth::texts(&bench.simulator), ["Hello"], "{mode}");
        let to = truth::count(
            &bench.simulator,
            |fact| matches!(fact, Fact::Submitted { to, .. } if to != RECIPIENT),
        );
        assert_eq!(to, 0, "{mode}");
        // The echo is off again.
        let lines = bench.lines.len();
        let now = bench.now();
        drop(bench.session.send(&message("World"), now));
        bench.run(20 * SECOND);
        assert_eq!(bench.lines.len() - lines, 2, "{mode}");
    }
}

#[test]
fn an_echo_of_another_program_makes_the_session_check_before_it_sends() {
    let mut bench = Bench::open(Config::default());
    bench.another_program("AT+CMGF=1");
    bench.says("AT+CMGF=1\r\r\nOK");
    let now = bench.now();
    let ticket = bench.session.send(&message("Hello"), now);
    bench.run(20 * SECOND);
    assert!(bench.events.iter().any(|event| matches!(event, Event::ForeignEcho(_))));
    let result = bench.session.take(&ticket).unwrap().unwrap();
    assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }), "{result:?}");
    assert_eq!(truth::texts(&bench.simulator), ["Hello"]);
}
