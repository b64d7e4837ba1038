//! Status reports, and the messages that they are about.

use core::time::Duration;

use modem::pdu::{Envelope, Incoming};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, OutgoingMessage, Session};
use testkit::message;

use super::bench::{Bench, MINUTE, SECOND};

const REPORT: &str = "06000C91947151551000426010210000004260102100000000";

fn with_report(text: &str) -> OutgoingMessage {
    message(text).request_status_report()
}

/// The messages that the reports among the events are about.
fn about(events: &[Event]) -> Vec<Option<u64>> {
    let about = events.iter().filter_map(|event| match event {
        Event::StatusReport(report) => Some(report.about.map(|(message, _)| message.get())),
        _ => None,
    });
    about.collect()
}

#[test]
fn a_report_that_comes_while_a_message_only_waits_is_not_about_it() {
    let report = Envelope::<Incoming>::from_hex(format!("00{REPORT}"));
    assert!(matches!(report.unwrap().value.tpdu, Incoming::StatusReport(_)));
    let mut bench = Bench::open(Config::default());
    bench.perform("reference 0");
    bench.simulator.set_report_delay(None);
    bench.perform("register 2");
    bench.run(SECOND);
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(SECOND);
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [None]);
    bench.perform("register 1");
    bench.run(10 * SECOND);
    let events = bench.take();
    assert!(events.iter().any(|event| matches!(event, Event::SendFinished(_))), "{events:?}");
    assert_eq!(about(&events), []);
    // The report that comes after it has left is about it.
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [Some(1)]);
}

#[test]
fn an_old_report_in_the_sim_is_not_about_a_message_that_only_waits() {
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.simulator.handle_opened(Duration::ZERO);
    bench.simulator.set_report_delay(None);
    bench.perform("reference 0");
    bench.another_program("AT+CMGF=0");
    bench.another_program(&format!("AT+CMGW=25,0\r00{REPORT}\u{1a}"));
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.connect();
    bench.run(30 * SECOND);
    let events = bench.take();
    assert_eq!(about(&events), [None]);
    assert!(events.iter().any(|event| matches!(event, Event::SendFinished(_))), "{events:?}");
}

#[test]
fn an_old_report_is_not_about_a_message_that_left_between_two_jobs_of_the_first_sweep() {
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.simulator.handle_opened(Duration::ZERO);
    bench.simulator.set_report_delay(None);
    bench.perform("reference 255");
    bench.another_program("AT+CMGF=0;+CPMS=\"ME\",\"ME\",\"ME\"");
    bench.another_program(&format!("AT+CMGW=25,0\r00{REPORT}\u{1a}"));
    let now = bench.now();
    bench.session.enqueue(&message("First"), now).unwrap();
    bench.session.enqueue(&with_report("Second"), now).unwrap();
    bench.connect();
    bench.run(30 * SECOND);
    let jobs = bench.lines.iter().map(|(_, line)| line.get(..7).unwrap_or(line));
    let jobs = jobs.filter(|line| *line == "AT+CMGL" || *line == "AT+CMGS");
    assert_eq!(jobs.collect::<Vec<_>>(), ["AT+CMGS", "AT+CMGL", "AT+CMGS", "AT+CMGL"]);
    assert_eq!(about(&bench.take()), [None]);
}

#[test]
fn a_report_that_is_found_after_its_message_has_left_is_about_it() {
    let mut bench = Bench::open(Config::default());
    bench.simulator.set_report_delay(None);
    bench.perform("reference 0");
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(SECOND);
    bench.another_program(&format!("AT+CMGW=25,0\r00{REPORT}\u{1a}"));
    let now = bench.now();
    bench.session.look_for_messages(now);
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [Some(1)]);
}

#[test]
fn a_report_keeps_its_message_over_a_restart_until_it_is_acknowledged() {
    let mut bench = Bench::open(Config::default());
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(MINUTE);
    let events = bench.take();
    assert_eq!(about(&events), [Some(1)]);

    let saved = bench.session.save(bench.now()).unwrap();
    bench.session = Session::new(Config::default());
    let now = bench.now();
    bench.session.restore(saved, SECOND, now).unwrap();
    bench.run(SECOND);
    let events = bench.take();
    assert_eq!(about(&events), [Some(1)]);
    let receipt = events.iter().find_map(|event| match event {
        Event::StatusReport(report) => Some(report.receipt.clone()),
        _ => None,
    });
    bench.acknowledge(&receipt.unwrap());

    let saved = bench.session.save(bench.now()).unwrap();
    bench.session = Session::new(Config::default());
    let now = bench.now();
    bench.session.restore(saved, SECOND, now).unwrap();
    bench.connect();
    bench.run(5 * SECOND);
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [None]);
}
