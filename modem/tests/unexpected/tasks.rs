//! Failures of the session's own work: each is an event, and is repeated after a growing delay.

use core::time::Duration;

use modem::at::sms::Memory;
use modem::simulator::{Change, Profile, Simulator};
use modem::{Config, ErrorKind, Event, Origin, PartOutcome, Task};
use testkit::bench::Bench;
use testkit::message;

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

/// The kinds of the errors of failed tasks.
fn kinds(bench: &mut Bench) -> Vec<ErrorKind> {
    let kinds = bench.events().into_iter().filter_map(|event| match event {
        Event::TaskFailed { error, .. } => Some(error.kind().clone()),
        _ => None,
    });
    kinds.collect()
}

#[test]
fn announcements_that_are_accepted_and_reported_as_off_are_an_event_and_are_armed_again() {
    // At the initialisation, once.
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.answer("+CNMI?", "+CNMI: 0,0,0,0,0|OK");
    bench.link().unwrap();
    assert_eq!(bench.session.profile().indications, None);
    assert_eq!(kinds(&mut bench), [ErrorKind::NotAnnounced]);
    bench.run(6 * SECOND);
    assert!(bench.events().contains(&Event::Rearmed));
    assert!(bench.session.profile().indications.is_some());

    // And for as long as the modem says so, after growing delays.
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CNMI=2", "OK");
    bench.always("+CNMI?", "+CNMI: 0,0,0,0,0|OK");
    bench.link().unwrap();
    bench.run(160 * SECOND);
    let delays: Vec<_> =
        [5, 10, 20, 40, 80, 160].map(|delay| (Task::RearmIndications, Some(delay))).into();
    assert_eq!(failures(&mut bench), delays);
    bench.restore("+CNMI=2");
    bench.restore("+CNMI?");
    bench.run(160 * SECOND);
    assert!(bench.events().contains(&Event::Rearmed));
}

#[test]
fn announcements_that_do_not_last_are_replaced_by_frequent_sweeps() {
    let mut bench = open();
    bench.simulator.change(Change::Cnmi0, Duration::ZERO);
    bench.always("+CNMI=2", "OK");
    bench.run(6 * MINUTE);
    let found = bench.events();
    assert!(found.iter().any(|event| matches!(event, Event::TaskFailed { .. })));
    assert!(!found.contains(&Event::Rearmed));
    let now = bench.now().since_epoch();
    bench.simulator.deliver("+491715550199", "Hello", now).unwrap();
    bench.run(MINUTE);
    assert!(bench.events().iter().any(|event| matches!(event, Event::Received(_))));
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

#[test]
fn a_list_is_an_error_if_a_memory_is_refused_that_was_selected_before() {
    let mut bench = open();
    bench.answer("+CPMS=\"ME\"", "+CMS ERROR: 500");
    let error = bench.ask(|session, now| session.messages(now)).unwrap_err();
    assert_eq!(error.last_line(), Some("+CMS ERROR: 500"));
    assert!(bench.ask(|session, now| session.messages(now)).unwrap().is_empty());

    // A memory that was never selected may not exist.
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CPMS=\"ME\"", "+CMS ERROR: 302");
    bench.link().unwrap();
    bench.run(5 * SECOND);
    assert!(bench.ask(|session, now| session.messages(now)).unwrap().is_empty());
}

#[test]
fn a_sim_that_is_removed_without_a_word_is_noticed_at_the_first_refusal_and_found_again() {
    let mut bench = open();
    bench.simulator.change(Change::SimRemoved, Duration::ZERO);
    let error = bench.ask(|session, now| session.messages(now)).unwrap_err();
    assert_eq!(error.origin(), Origin::Sim, "{error}");
    assert_eq!(bench.session.profile().iccid, None);
    bench.run(20 * SECOND);
    let is_missing =
        |event: &Event| matches!(event, Event::Failed(error) if *error.kind() == ErrorKind::NoSim);
    assert!(bench.events().iter().any(is_missing));

    bench.lines();
    bench.run(10 * MINUTE);
    let asked = bench.lines().iter().filter(|line| *line == "AT+CPIN?").count();
    assert!((2..=8).contains(&asked), "{asked} questions in ten minutes");

    bench.simulator.heal(Duration::ZERO);
    bench.run(5 * MINUTE);
    assert!(bench.session.profile().iccid.is_some());
    assert!(bench.session.is_ready());
}

#[test]
fn a_sim_that_is_swapped_without_a_word_is_identified_at_the_next_poll() {
    let mut bench = open();
    let first = bench.session.profile().iccid.clone();
    bench.simulator.change(Change::SimSwapped, Duration::ZERO);
    bench.run(6 * MINUTE);
    assert_ne!(bench.session.profile().iccid, first);
    assert!(bench.session.is_ready());
    assert_eq!(bench.events().iter().filter(|event| **event == Event::Restarted(None)).count(), 1);
}

#[test]
fn a_modem_that_is_not_ready_is_asked_a_few_times_a_minute() {
    for (command, answer) in [("+CPIN?", "+CME ERROR: 14"), ("+CMGF=0", "ERROR")] {
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
        bench.always(command, answer);
        let before = bench.now();
        bench.link().unwrap_err();
        assert_eq!(bench.now().saturating_duration_since(before), 30 * SECOND, "{command}");
        let asked = bench.lines().iter().filter(|line| *line == "AT+CPIN?").count();
        assert_eq!(asked, 9, "{command}");
    }
}

#[test]
fn a_modem_that_restarts_silently_while_it_is_initialised_is_initialised_again() {
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    // After its restart the modem echoes again.
    bench.answer("+CSCA?", "AT+CSCA?|+CSCA: \"+491700000000\",145|OK");
    bench.link().unwrap();
    bench.run(5 * SECOND);
    let lines = bench.lines();
    assert_eq!(lines.iter().filter(|line| *line == "AT+CMGF=0").count(), 2, "{lines:?}");
    assert!(bench.events().contains(&Event::Restarted(None)));
    assert!(bench.session.is_ready());
}

#[test]
fn an_initialisation_that_fails_at_run_time_is_repeated_after_growing_delays() {
    let mut bench = open();
    bench.always("+CMGF=0", "+CMS ERROR: 500");
    bench.say("RDY");
    bench.run(20 * MINUTE);
    let failed = bench.events().iter().filter(|event| matches!(event, Event::Failed(_))).count();
    assert!((3..=12).contains(&failed), "{failed} failures in twenty minutes");
    bench.restore("+CMGF=0");
    bench.run(6 * MINUTE);
    assert!(bench.session.is_ready());
}

#[test]
fn a_message_is_never_sent_over_a_modem_whose_initialisation_failed() {
    let mut bench = open();
    bench.simulator.set_pin(Some("1234"));
    bench.simulator.change(Change::SimLocked, Duration::ZERO);
    // The modem restarts in text mode, in which the digits of a message would go to another number.
    bench.simulator.change(Change::TextMode, Duration::ZERO);
    bench.say("RDY");
    bench.run(SECOND);
    let text = message("Hello");
    let result = bench.ask(|session, now| session.send(&text, now)).unwrap();
    let PartOutcome::Failed { error } = &result.parts[0].outcome else { panic!("{result:?}") };
    assert_eq!(*error.kind(), ErrorKind::PinRequired);
    assert!(!bench.lines().iter().any(|line| line.starts_with("AT+CMGS")));

    // Once somebody has unlocked the SIM, a message has the modem initialised again.
    bench.simulator.heal(Duration::ZERO);
    bench.run(MINUTE);
    let result = bench.ask(|session, now| session.send(&text, now)).unwrap();
    assert_eq!(result.references().count(), 1, "{result:?}");
    assert!(bench.session.is_ready());
}

#[test]
fn memories_that_the_initialisation_cannot_select_are_an_event() {
    let selection = Task::SelectMemory(Memory::SIM);
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    // All three forms, with three, two and one memory.
    for _ in 0..3 {
        bench.answer("+CPMS=\"", "+CME ERROR: SIM busy");
    }
    bench.link().unwrap();
    bench.run(MINUTE);
    assert_eq!(failures(&mut bench), [(selection, Some(0))]);

    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.answer("+CPMS=\"", "+CMS ERROR: 302");
    bench.link().unwrap();
    bench.run(MINUTE);
    assert_eq!(failures(&mut bench), [], "the second form is accepted");

    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CPMS=\"", "+CMS ERROR: 302");
    bench.link().unwrap();
    bench.run(MINUTE);
    let delays: Vec<_> = failures(&mut bench)
        .into_iter()
        .filter_map(|(task, delay)| delay.filter(|_| task == selection))
        .collect();
    assert_eq!(delays, [0, 5, 10, 20, 40]);
}

#[test]
fn a_modem_that_announces_nothing_is_swept_less_often_while_nothing_comes() {
    let sweeps = |bench: &mut Bench, time: Duration| {
        bench.run(time);
        bench.lines().iter().filter(|line| *line == "AT+CPMS=\"SM\",\"SM\",\"SM\"").count()
    };
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CNMI=2", "OK");
    bench.always("+CNMI?", "+CNMI: 0,0,0,0,0|OK");
    bench.link().unwrap();
    bench.simulator.change(Change::Cnmi0, Duration::ZERO);
    sweeps(&mut bench, 5 * SECOND);
    // After 10, 30, 70 and 130 seconds, and then every minute.
    let minutes: Vec<_> = (0..6).map(|_| sweeps(&mut bench, MINUTE)).collect();
    assert_eq!(minutes, [2, 1, 1, 1, 1, 1]);

    // One message may be followed by others.
    let mut seconds_until_found = |text: &str| {
        let now = bench.now().since_epoch();
        bench.simulator.deliver("+491715550199", text, now).unwrap();
        let is_received = |event: &Event| matches!(event, Event::Received(_));
        (1..=60).find(|_| {
            bench.run(SECOND);
            bench.events().iter().any(is_received)
        })
    };
    assert!(seconds_until_found("Hello").is_some());
    assert_eq!(seconds_until_found("World"), Some(10));

    // An interval of the application's own does not grow.
    let mut config = Config::default();
    config.poll_interval = Some(10 * SECOND);
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), config);
    bench.link().unwrap();
    sweeps(&mut bench, 5 * SECOND);
    assert_eq!(sweeps(&mut bench, 3 * MINUTE), 18);
}

/// Lets the application write a line, and sends a message. Returns the lines after the first one.
fn send_after_a_line(bench: &mut Bench) -> Vec<String> {
    bench.lines();
    bench.ask(|session, now| session.raw("AT+CSQ", now)).unwrap();
    let text = message("Hello");
    let result = bench.ask(|session, now| session.send(&text, now)).unwrap();
    assert_eq!(result.references().count(), 1, "{result:?}");
    let lines = bench.lines().into_iter().skip(1);
    lines.take_while(|line| !line.starts_with("AT+CMGS")).collect()
}

#[test]
fn a_modem_that_echoes_in_each_check_is_checked_twice_and_its_format_is_read_last() {
    const READING: [&str; 3] = ["AT+CMGF?", "AT+CSCS?", "AT+CNMI?"];
    let repeated = [&READING[..], &["ATE0"], &READING].concat();
    let mut bench = open();
    bench.always("+CSCS?", "AT+CSCS?|+CSCS: \"GSM\"|OK");
    let lines = send_after_a_line(&mut bench);
    assert_eq!(lines, [&repeated[..], &["AT+CMGF?"]].concat());
    // From then on its echo proves nothing.
    assert_eq!(send_after_a_line(&mut bench), READING);
    assert!(!bench.events().contains(&Event::Restarted(None)));

    // An echo that goes off again is not a habit.
    let mut bench = open();
    bench.answer("+CSCS?", "AT+CSCS?|+CSCS: \"GSM\"|OK");
    assert_eq!(send_after_a_line(&mut bench), repeated);

    // The last answer says that the modem has restarted in text mode.
    let mut bench = open();
    bench.always("+CSCS?", "AT+CSCS?|+CSCS: \"GSM\"|OK");
    for format in ["+CMGF: 0|OK", "+CMGF: 0|OK", "+CMGF: 1|OK"] {
        bench.answer("+CMGF?", format);
    }
    let lines = send_after_a_line(&mut bench);
    assert!(lines.contains(&"AT+CMGF=0".into()), "{lines:?}");
    assert!(bench.events().contains(&Event::Restarted(None)));
}

#[test]
fn another_program_that_writes_during_a_check_has_the_settings_read_again() {
    let mut bench = open();
    bench.answer("+CSCS?", "AT+CMGF=1|+CSCS: \"GSM\"|OK");
    let lines = send_after_a_line(&mut bench);
    assert_eq!(lines.iter().filter(|line| *line == "AT+CMGF?").count(), 2, "{lines:?}");

    // And during the initialisation, after its own AT+CMGF=0.
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.answer("+CPMS?", "AT+CMGF=1|+CPMS: \"SM\",0,20,\"SM\",0,20,\"SM\",0,20|OK");
    let text = message("Hello");
    bench.start(|session, now| session.enqueue(&text, now)).unwrap();
    bench.link().unwrap();
    bench.run(5 * SECOND);
    let lines = bench.lines();
    let asked = lines.iter().position(|line| line == "AT+CMGF?");
    let sent = lines.iter().position(|line| line.starts_with("AT+CMGS"));
    assert!(asked.is_some() && asked < sent, "{lines:?}");
}
