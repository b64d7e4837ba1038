//! The client of this crate with every model of modem that the simulator knows.

use core::time::Duration;

use modem::at::Dialect;
use modem::blocking::{Modem, Port as _, SimulatedPort};
use modem::simulator::{Boundary, Direction, Fact, Fault, FaultPlan, Profile, Simulator};
use modem::{Config, Event, OutgoingMessage, SendOutcome};
use testkit::{FRONTS, Ledger, RECIPIENT, config_for, truth};

type Port = SimulatedPort;

/// Runs everything that a client can do with a modem of this model.
fn works(profile: Profile) -> Result<(), String> {
    let fail = |what: &str, why: &dyn core::fmt::Debug| Err(format!("{what}: {why:?}"));
    let mut config = Config::default();
    config.dialect = match profile.manufacturer {
        "Altair Semiconductor" => Dialect::altair(),
        "WAVECOM MODEM" => Dialect::wavecom(),
        _ => Dialect::default(),
    };
    let mut modem = match Modem::open(SimulatedPort::new(Simulator::new(profile)), config) {
        Ok(modem) => modem,
        Err(error) => return fail("open", &error),
    };

    let text = "Grüße, {long} enough for two parts: ".repeat(5);
    let message = OutgoingMessage::text("+491700000002".parse().unwrap(), text.as_str())
        .request_status_report();
    match modem.send(&message) {
        Ok(report) if report.outcome() == SendOutcome::Sent => {}
        other => return fail("send", &other),
    }
    let truth = |modem: &mut Modem<Port>, wanted: &dyn Fn(&Fact) -> bool| {
        modem.port().simulator().truth().iter().filter(|entry| wanted(&entry.fact)).count()
    };
    if truth(
        &mut modem,
        &|fact| matches!(fact, Fact::Received { text: Some(read), .. } if *read == text),
    ) != 1
    {
        return fail("the subscriber", &modem.port().simulator().truth());
    }

    // The modem has no memory to receive into.
    if profile.memories.is_empty() {
        return Ok(());
    }
    let words = ["one".to_string(), "two я 😀".to_string(), "three ".repeat(40)];
    for text in &words {
        modem.port().with(|simulator, now| simulator.deliver("+491700000002", text, now)).unwrap();
    }
    let mut texts = Vec::new();
    while let Some(event) = modem.next_event(Duration::from_secs(30)) {
        match event {
            Event::Received(received) => {
                modem.acknowledge(&received.receipt);
                texts.extend(received.text.clone());
            }
            Event::StatusReport(report) => modem.acknowledge(&report.receipt),
            _ => {}
        }
        if texts.len() >= words.len()
            && truth(&mut modem, &|fact| matches!(fact, Fact::Deleted { .. })) >= 4
        {
            break;
        }
    }
    texts.sort();
    let mut words = words;
    words.sort();
    if texts != words {
        return fail("received", &texts);
    }
    let stored = truth(&mut modem, &|fact| matches!(fact, Fact::Stored { .. }));
    let deleted = truth(&mut modem, &|fact| matches!(fact, Fact::Deleted { .. }));
    if deleted < 4 || deleted > stored {
        return fail("deleted", &(stored, deleted));
    }
    Ok(())
}

#[test]
fn a_client_sends_receives_and_deletes_with_every_profile() {
    let failures: Vec<_> = Profile::ALL
        .iter()
        .filter_map(|profile| works(*profile).err().map(|why| format!("{}: {why}", profile.name)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Sends a message and receives one with these faults; returns the outcome and the truth.
fn with_faults(plan: FaultPlan) -> (Option<SendOutcome>, usize, Vec<String>) {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_faults(plan);
    let outcome = Modem::open(SimulatedPort::new(simulator), Config::default()).map(|mut modem| {
        let message =
            OutgoingMessage::text("+491700000002".parse().unwrap(), "Hi").request_status_report();
        let outcome = modem.send(&message).ok().map(|report| report.outcome());
        modem
            .port()
            .with(|simulator, now| simulator.deliver("+491700000002", "Hello", now))
            .unwrap();
        let mut count = 0;
        while let Some(event) = modem.next_event(Duration::from_secs(120)) {
            match event {
                Event::Received(received) => {
                    modem.acknowledge(&received.receipt);
                    count += 1;
                }
                Event::Closed => break,
                _ => {}
            }
        }
        let truth = modem.port().simulator().truth().iter().map(ToString::to_string).collect();
        (outcome, count, truth)
    });
    outcome.unwrap_or_default()
}

#[test]
fn a_line_inserted_between_any_two_pieces_changes_nothing() {
    let insert =
        |number, line: &str| Fault::Insert { at: Boundary::Number(number), line: line.to_string() };
    for line in ["RING", "^RSSI: 14", "+CREG: 1", "+CMTI: \"SM\",9"] {
        // There are some hundred pieces from the first AT to the last OK; beyond the last one
        // nothing is inserted.
        for number in 0..120 {
            let (outcome, count, _) = with_faults(FaultPlan::new(1).with(insert(number, line)));
            assert_eq!(
                (outcome, count),
                (Some(SendOutcome::Sent), 1),
                "{line} before piece {number}"
            );
        }
    }
}

#[test]
fn a_plan_of_faults_gives_the_same_story_again() {
    let plan = |seed| {
        FaultPlan::new(seed)
            .with(Fault::Lose { direction: Direction::ToHost, rate: 3 })
            .with(Fault::Corrupt { direction: Direction::ToModem, rate: 3 })
            .with(Fault::Duplicate { direction: Direction::ToHost, rate: 3 })
            .with(Fault::Delay { most: Duration::from_millis(700) })
            .with(Fault::Chunk { most: 5 })
            .with(Fault::Insert { at: Boundary::Random(100), line: "RING".to_string() })
    };
    let mut stories = Vec::new();
    for seed in 0..30 {
        let story = with_faults(plan(seed));
        assert_eq!(story, with_faults(plan(seed)), "seed {seed}");
        // Whatever happens on the line: a message reported as sent has been sent, and one reported
        // as unsent has not.
        let received = story.2.iter().filter(|entry| entry.contains("\"received\"")).count();
        match story.0 {
            Some(SendOutcome::Sent) => assert!(received >= 1, "seed {seed}: {story:?}"),
            Some(SendOutcome::Failed) => assert_eq!(received, 0, "seed {seed}: {story:?}"),
            _ => {}
        }
        stories.push(story);
    }
    stories.dedup();
    assert!(stories.len() > 1, "all seeds tell the same story");
}

#[test]
fn a_modem_that_takes_no_bytes_while_it_has_something_to_say_ends_the_wait_of_the_writer() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    let pause = Duration::from_secs(60);
    simulator.set_faults(FaultPlan::new(1).with(Fault::Stall { after: 3, pause }));
    let mut port = SimulatedPort::new(simulator);
    let within = Duration::from_millis(50);
    assert_eq!(port.write(b"AT\r", within).unwrap(), 3);
    let error = port.write(b"AT\r", within).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn a_delivery_by_every_model_is_found_under_the_tpdu_that_the_model_has_stored() {
    let models = Profile::ALL.iter().filter(|profile| !profile.memories.is_empty());
    for (profile, &(front, open)) in
        models.flat_map(|profile| FRONTS.iter().map(move |front| (profile, front)))
    {
        let mut modem = open(Simulator::new(*profile), config_for(profile)).unwrap();
        modem.world(&format!("deliver {RECIPIENT} Hi"));
        let mut ledger = Ledger::default();
        let until = modem.now() + Duration::from_secs(60);
        while let Some(event) = modem.event_until(until) {
            if let Event::Received(message) = event {
                ledger.deliver(&message.receipt, message.possible_duplicate);
                ledger.acknowledge(&message.receipt);
            }
        }
        modem.with_simulator(&mut |simulator, _| {
            truth::facts(simulator).for_each(|fact| ledger.record(fact));
        });
        assert_eq!(ledger.stored(), 1, "{} ({front})", profile.name);
        for (tpdu, delivery) in ledger.deliveries() {
            assert!(
                delivery.is_stored && delivery.is_delivered && delivery.is_acknowledged,
                "{} ({front}): {tpdu} {delivery:?}",
                profile.name
            );
        }
    }
}
