//! A future that is dropped at any poll leaves a working modem and a truthful account.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use modem::simulator::{Fault, FaultPlan, Profile, Simulator};
use modem::tokio::{Modem, SimulatedStream};
use modem::{Config, Event, SendOutcome};
use testkit::{message, truth};

/// Polls `future` at most `times` times, 5 ms apart, and then drops it. Returns `true` if it has
/// finished.
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
async fn a_sending_that_is_dropped_at_any_poll_is_reported_and_the_next_one_works() {
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

        // A started sending continues to its end, and its result is an event; a queued one sends
        // nothing.
        let mut reported = 0;
        while let Ok(Some(event)) =
            tokio::time::timeout(Duration::from_secs(10), inbox.next()).await
        {
            if let Event::SendFinished(report) = event {
                assert_eq!(report.outcome(), SendOutcome::Sent);
                reported += report.parts.len();
            }
        }
        let submitted = simulator.with(|simulator, _| truth::submitted(simulator).len());
        let of_the_first = if ended { 3 } else { reported };
        assert_eq!(submitted, of_the_first + 1, "dropped after {polls} polls");
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10, "the sending took {polls} polls");
}

/// Makes the call with this number, dropped after `polls` polls. Returns its name, and `true` if it
/// has finished.
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

/// A modem that is slow to answer.
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
            // A call that continues blocks nobody: all others work at once.
            let report = modem.send(&message("Next")).await.unwrap();
            assert_eq!(report.outcome(), SendOutcome::Sent, "{name} dropped after {polls} polls");
            modem.cancel_ussd().await.unwrap();
            let reply = modem.ussd("*100#").await.unwrap();
            assert_eq!(reply.text.as_deref(), Some("Balance: 12.34 EUR"), "{name} after {polls}");
            modem.messages().await.unwrap();
            // Unless all was deleted, the message is delivered once.
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
        // The modem may be left at any step of its initialisation.
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
