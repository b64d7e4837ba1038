//! Status reports, and the messages that they are about.

use core::time::Duration;

use modem::pdu::{Envelope, Incoming};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, OutgoingMessage, Session};
use testkit::{message, reported};

use super::bench::{Bench, MINUTE, SECOND};

const REPORT: &str = "06000C91947151551000426010210000004260102100000000";

fn with_report(text: &str) -> OutgoingMessage {
    message(text).request_status_report()
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
    assert_eq!(reported(&bench.take()), [None]);
    bench.perform("register 1");
    bench.run(10 * SECOND);
    let events = bench.take();
    assert!(events.iter().any(|event| matches!(event, Event::SendFinished(_))), "{events:?}");
    assert_eq!(reported(&events), []);
    // The report that comes after it has left is about it.
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(reported(&bench.take()), [Some(1)]);
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
    assert_eq!(reported(&events), [None]);
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
    assert_eq!(reported(&bench.take()), [None]);
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
    assert_eq!(reported(&bench.take()), [Some(1)]);
}

#[test]
fn a_report_keeps_its_message_over_a_restart_until_it_is_acknowledged() {
    let mut bench = Bench::open(Config::default());
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(MINUTE);
    let events = bench.take();
    assert_eq!(reported(&events), [Some(1)]);

    let saved = bench.session.save(bench.now()).unwrap();
    bench.session = Session::new(Config::default());
    let now = bench.now();
    bench.session.restore(saved, SECOND, now).unwrap();
    bench.run(SECOND);
    let events = bench.take();
    assert_eq!(reported(&events), [Some(1)]);
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
    assert_eq!(reported(&bench.take()), [None]);
}

/// A report about a part with the reference 0: the hours and minutes of its submission and of its
/// delivery, by the clock of the service centre.
fn report([hour, minute]: [u8; 2], [to_hour, to_minute]: [u8; 2]) -> String {
    let swapped = |number: u8| format!("{}{}", number % 10, number / 10);
    let time = |hour, minute| format!("426010{}{}0000", swapped(hour), swapped(minute));
    let (sent, dealt_with) = (time(hour, minute), time(to_hour, to_minute));
    format!("+CDS: 25\r\n0006000C91947151551000{sent}{dealt_with}00")
}

/// Sends two messages to one recipient that get the same reference, the second four hours after the
/// first, and returns the messages that the reports are about that come a minute later.
fn about_the_first_and_the_second(reports: &[String]) -> Vec<Option<u64>> {
    let mut bench = Bench::open(Config::default());
    bench.simulator.set_report_delay(None);
    for text in ["First", "Second"] {
        bench.run(240 * MINUTE);
        bench.perform("reference 0");
        let now = bench.now();
        bench.session.enqueue(&with_report(text), now).unwrap();
        bench.run(MINUTE);
    }
    bench.take();
    for report in reports {
        bench.says(report);
        bench.run(SECOND);
    }
    let events = bench.take();
    for event in &events {
        if let Event::StatusReport(report) = event {
            bench.acknowledge(&report.receipt);
        }
    }
    // Each comes again, after the application has acknowledged it.
    for report in reports {
        bench.says(report);
        bench.run(SECOND);
    }
    let again = reported(&bench.take());
    let first = reported(&events);
    for (first, again) in first.iter().zip(&again) {
        assert!(again.is_none() || again == first, "{events:?} {again:?}");
    }
    first
}

#[test]
fn a_late_report_is_about_the_earlier_of_two_messages_with_one_reference() {
    let (first, second) = (report([8, 0], [12, 0]), report([12, 1], [12, 1]));
    let both = |reports: [&String; 2]| about_the_first_and_the_second(&reports.map(Clone::clone));
    assert_eq!(both([&first, &second]), [Some(1), Some(2)]);
    assert_eq!(both([&second, &first]), [Some(2), Some(1)]);
    // Its delivery was fast, and only the report itself was late.
    let late = report([8, 0], [8, 1]);
    assert_eq!(both([&second, &late]), [Some(2), Some(1)]);
}

#[test]
fn the_report_of_the_later_of_two_messages_with_one_reference_is_never_about_the_earlier_one() {
    // The report about the first one never comes.
    let second = report([12, 1], [12, 1]);
    assert_eq!(about_the_first_and_the_second(&[second]), [Some(2)]);
}
