//! The lifetime of an async modem: who keeps it alive, and who waits for it.

use core::pin::pin;
use core::time::Duration;
use std::io;

use futures_core::Stream as _;
use modem::simulator::{Profile, Simulator};
use modem::tokio::{Modem, SimulatedStream};
use modem::{Backoff, Config, Event, Session};
use testkit::paused_runtime;

fn stream() -> SimulatedStream {
    SimulatedStream::new(Simulator::new(Profile::GENERIC)).0
}

#[test]
fn the_driver_ends_and_drops_its_stream_when_the_last_handle_and_the_inbox_are_dropped() {
    paused_runtime().block_on(async {
        let (modem, inbox, driver, ready) =
            Modem::with_driver(stream(), Session::new(Config::default()));
        let driver = tokio::spawn(driver);
        modem.wait(ready).await.unwrap();
        let clone = modem.clone();
        drop((modem, inbox));
        clone.raw("AT+CSQ").await.expect("a clone keeps the modem");
        assert!(!driver.is_finished());
        drop(clone);
        driver.await.unwrap();
    });
}

#[test]
fn an_inbox_alone_keeps_the_modem() {
    paused_runtime().block_on(async {
        let (stream, simulator) = SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let (modem, mut inbox) = Modem::open(stream, Config::default()).await.unwrap();
        drop(modem);
        simulator.with(|simulator, now| simulator.deliver("+491715550100", "Hello", now)).unwrap();
        loop {
            let event = inbox.next().await.expect("the modem is alive");
            if let Event::Received(message) = event {
                return assert_eq!(message.text.as_deref(), Some("Hello"));
            }
        }
    });
}

#[test]
fn a_reconnecting_driver_ends_with_its_last_handle_even_while_the_link_is_lost() {
    paused_runtime().block_on(async {
        let open = || async { Err::<SimulatedStream, _>(io::Error::from(io::ErrorKind::NotFound)) };
        let session = Session::new(Config::default());
        let (modem, inbox, driver) =
            Modem::with_reconnecting_driver(open, session, Backoff::default());
        let driver = tokio::spawn(driver);
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(!driver.is_finished());
        drop((modem, inbox));
        driver.await.unwrap();
    });
}

#[test]
fn waiting_for_a_modem_that_is_closed_for_good_ends_at_once() {
    paused_runtime().block_on(async {
        let (modem, _inbox) = Modem::open(stream(), Config::default()).await.unwrap();
        let started = tokio::time::Instant::now();
        assert!(modem.ready(Duration::from_secs(3600)).await);
        modem.close();
        assert!(!modem.ready(Duration::from_secs(3600)).await);
        assert_eq!(started.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_wait_for_readiness_ends_when_the_modem_is_closed_meanwhile() {
    paused_runtime().block_on(async {
        let open = || async { Err::<SimulatedStream, _>(io::Error::from(io::ErrorKind::NotFound)) };
        let (modem, _inbox) =
            Modem::reconnecting(open, Session::new(Config::default()), Backoff::default());
        let closer = modem.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            closer.close();
        });
        let started = tokio::time::Instant::now();
        assert!(!modem.ready(Duration::from_secs(3600)).await);
        assert_eq!(started.elapsed(), Duration::from_secs(5));
    });
}

#[test]
fn the_inbox_is_a_stream_that_ends_with_the_session() {
    paused_runtime().block_on(async {
        let (modem, inbox) = Modem::open(stream(), Config::default()).await.unwrap();
        let mut inbox = pin!(inbox);
        let mut next =
            async || core::future::poll_fn(|context| inbox.as_mut().poll_next(context)).await;
        assert!(matches!(next().await, Some(Event::Ready)));
        modem.close();
        assert!(matches!(next().await, Some(Event::Closed)));
        assert!(next().await.is_none());
    });
}
