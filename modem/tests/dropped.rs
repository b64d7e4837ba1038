//! A future that is dropped, at whatever point, leaves a modem that works and a truthful account.
#![cfg(all(feature = "simulator", feature = "tokio"))]

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use modem::simulator::{Fault, FaultPlan, Profile, Simulator};
use modem::tokio::{Modem, SimulatedStream};
use modem::{Config, Event, SendOutcome};
use testkit::{message, truth};

/// Polls `future` so many times, 5 ms apart, and then drops it; whether it has come to its end.
async fn poll_at_most(times: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    for _ in 0..times {
        if poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

#[tokio::test(start_paused = true)]
async fn a_sending_that_is_dropped_at_any_poll_is_told_of_and_the_next_one_works() {
    let mut polls = 0;
    loop {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_latency(Duration::from_millis(20));
        let (stream, simulator) = SimulatedStream::new(simulator);
        let (modem, mut inbox) = Modem::open(stream, Config::default()).await.unwrap();
        let long = message("1234567890".repeat(40));
        let ended = poll_at_most(polls, modem.send(&long)).await;
        let report = modem.send(&message("Next")).await.unwrap();
        assert_eq!(report.outcome(), SendOutcome::Sent, "dropped after {polls} polls");

        // What was begun runs to its end, and its outcome is an event; what was not begun sends nothing.
        let mut told = 0;
        while let Ok(Some(event)) =
            tokio::time::timeout(Duration::from_secs(10), inbox.next()).await
        {
            if let Event::SendFinished(report) = event {
                assert_eq!(report.outcome(), SendOutcome::Sent);
                told += report.parts.len();
            }
        }
        let submitted = simulator.with(|simulator, _| truth::submitted(simulator).len());
        let of_the_first = if ended { 3 } else { told };
        assert_eq!(submitted, of_the_first + 1, "dropped after {polls} polls");
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10, "the sending took {polls} polls");
}

/// What a call is, by its number: its name, and whether it has come to its end within so many polls.
async fn call(number: usize, polls: usize, modem: &Modem) -> Option<(&'static str, bool)> {
    Some(match number {
        0 => ("messages", poll_at_most(polls, modem.messages()).await),
        1 => ("ussd", poll_at_most(polls, modem.ussd("*100#")).await),
        2 => ("delete_all", poll_at_most(polls, modem.delete_all()).await),
        3 => ("signal", poll_at_most(polls, modem.signal()).await),
        4 => ("raw", poll_at_most(polls, modem.raw("AT+CSQ")).await),
        _ => return None,
    })
}

/// A modem that takes its time for each answer.
fn slow() -> Simulator {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::from_millis(20));
    let most = Duration::from_millis(12);
    simulator.set_faults(FaultPlan::new(1).with(Fault::Delay { most }));
    simulator
}

#[tokio::test(start_paused = true)]
async fn any_call_that_is_dropped_at_any_poll_leaves_a_modem_that_works() {
    for number in 0.. {
        let mut polls = 0;
        loop {
            let (stream, simulator) = SimulatedStream::new(slow());
            let (modem, mut inbox) = Modem::open(stream, Config::default()).await.unwrap();
            simulator.with(|simulator, now| simulator.deliver("+491715550100", "Hi", now)).unwrap();
            let Some((name, ended)) = call(number, polls, &modem).await else {
                return;
            };
            // What runs on gets in nobody's way: all that there is works at once.
            let report = modem.send(&message("Next")).await.unwrap();
            assert_eq!(report.outcome(), SendOutcome::Sent, "{name} dropped after {polls} polls");
            modem.cancel_ussd().await.unwrap();
            let reply = modem.ussd("*100#").await.unwrap();
            assert_eq!(reply.text.as_deref(), Some("Balance: 12.34 EUR"), "{name} after {polls}");
            modem.messages().await.unwrap();
            // Unless all was deleted, the message is handed over once.
            let mut received = 0;
            while let Ok(Some(event)) =
                tokio::time::timeout(Duration::from_secs(10), inbox.next()).await
            {
                received += usize::from(matches!(event, Event::Received(_)));
            }
            assert!(received == 1 || name == "delete_all" && received == 0, "{name} after {polls}");
            if ended {
                break;
            }
            polls += 1;
        }
        assert!(polls > 1, "call {number} took {polls} polls");
    }
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_is_dropped_at_any_poll_leaves_a_modem_that_can_be_opened() {
    let mut polls = 0;
    loop {
        let (stream, simulator) = SimulatedStream::new(slow());
        let ended = poll_at_most(polls, Modem::open(stream, Config::default())).await;
        // The modem may be left anywhere in its initialisation.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let left = simulator.with(|simulator, _| simulator.clone());
        let (stream, _simulator) = SimulatedStream::new(left);
        let (modem, _inbox) = Modem::open(stream, Config::default()).await.unwrap();
        let report = modem.send(&message("Next")).await.unwrap();
        assert_eq!(report.outcome(), SendOutcome::Sent, "dropped after {polls} polls");
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10, "the opening took {polls} polls");
}
