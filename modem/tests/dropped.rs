//! A future that is dropped, at whatever point, leaves a modem that works and a truthful account.
#![cfg(all(feature = "simulator", feature = "tokio"))]

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use modem::simulator::{Fact, Profile, Simulator};
use modem::tokio::{Modem, SimulatedStream};
use modem::{Config, Event, OutgoingMessage, SendOutcome};

fn message(text: &str) -> OutgoingMessage {
    OutgoingMessage::text("+491715550100".parse().unwrap(), text)
}

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
        let long = message(&"1234567890".repeat(40));
        let ended = poll_at_most(polls, modem.send(&long)).await;
        let report = modem.send(&message("Next")).await.unwrap();
        assert_eq!(report.outcome(), SendOutcome::Sent, "dropped after {polls} polls");

        // What was begun runs to its end, and its outcome is an event; what was not begun sends nothing.
        let mut told = 0;
        while let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(10), inbox.next()).await {
            if let Event::Sent(report) = event {
                assert_eq!(report.outcome(), SendOutcome::Sent);
                told += report.parts.len();
            }
        }
        let submitted = simulator.with(|simulator, _| {
            simulator
                .truth()
                .iter()
                .filter(|entry| matches!(entry.fact, Fact::Submitted { .. }))
                .count()
        });
        let of_the_first = if ended { 3 } else { told };
        assert_eq!(submitted, of_the_first + 1, "dropped after {polls} polls");
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10, "the sending took {polls} polls");
}
