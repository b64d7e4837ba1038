//! Failures of the session's own work: each is an event, and is repeated after a growing delay.
#![cfg(feature = "simulator")]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::time::Duration;

use modem::simulator::{Change, Profile, Simulator};
use modem::{Config, Event, Task};
use testkit::bench::Bench;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn open() -> Bench {
    Bench::open(Simulator::new(Profile::GENERIC), Config::default())
}

/// The failures of tasks, with the seconds before they are repeated.
fn failures(bench: &mut Bench) -> Vec<(Task, Option<u64>)> {
    let failures = bench.events().into_iter().filter_map(|event| match event {
        Event::TaskFailed { task, retry_after, .. } => {
            Some((task, retry_after.map(|delay| delay.as_secs())))
        }
        _ => None,
    });
    failures.collect()
}

#[test]
fn announcements_that_the_modem_refuses_are_an_event_and_are_armed_again_after_growing_delays() {
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CNMI=2", "+CMS ERROR: 302");
    bench.always("+CNMI=1", "+CMS ERROR: 302");
    bench.link().unwrap();
    assert_eq!(failures(&mut bench), [(Task::RearmIndications, Some(5))]);
    bench.run(2 * MINUTE);
    let delays: Vec<_> = [10, 20, 40, 80].map(|delay| (Task::RearmIndications, Some(delay))).into();
    assert_eq!(failures(&mut bench), delays);
    assert_eq!(bench.session.profile().indications, None);

    bench.restore("+CNMI=2");
    bench.run(80 * SECOND);
    assert!(bench.events().contains(&Event::Rearmed));
    assert!(bench.session.profile().indications.is_some());
}

#[test]
fn announcements_that_are_lost_and_refused_are_an_event_before_the_modem_is_initialised() {
    let mut bench = open();
    bench.simulator.change(Change::Cnmi0, Duration::ZERO);
    bench.answer("+CNMI=2", "+CMS ERROR: 302");
    bench.run(6 * MINUTE);
    assert_eq!(failures(&mut bench), [(Task::RearmIndications, Some(5))]);
    assert!(bench.session.profile().indications.is_some());
}

#[test]
fn settings_that_are_not_reported_in_time_are_an_event_and_are_asked_for_again() {
    let mut bench = open();
    bench.answer("+CMGF?", "");
    bench.run(6 * MINUTE);
    assert_eq!(failures(&mut bench), [(Task::CheckSettings, Some(5))]);
    let asked = bench.lines().iter().filter(|line| *line == "AT+CMGF?").count();
    assert_eq!(asked, 2);
}
