//! The embedded front-end by itself: dropped futures, errors of the line, the lifetime of a modem,
//! and the clock of `embassy-time`.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::cell::Cell;
use core::future::{Future, pending, poll_fn};
use core::pin::pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use critical_section as _; // linked for the time driver
use embedded_io_async::{ErrorKind, ErrorType, Read};
use modem::at::Instant;
use modem::blocking::Connector as _;
use modem::embedded::{Clock, EmbassyClock, Inbox, Modem};
use modem::simulator::{Fault, FaultPlan, Profile, Simulator};
use modem::{Config, Event, SendOutcome, Session};
use testkit::board::{Board, Half};
use testkit::{World, message, truth};

/// A board with a simulated modem.
fn board(simulator: Simulator) -> (Board<World>, World) {
    let world = World::new(simulator);
    (Board::new(world.clone()), world)
}

/// Starts the driver and initialises the modem.
async fn open(board: Board<World>) -> (Modem, Inbox) {
    let (reader, writer) = board.uart();
    let session = Session::new(Config::default());
    let (modem, inbox, driver, ready) = Modem::with_driver(reader, writer, board.clock(), session);
    board.spawn(driver.run());
    modem.wait(ready).await.unwrap();
    (modem, inbox)
}

/// Polls `future` at most `times` times, 5 ms apart, and then drops it. Returns `true` if it has
/// finished.
async fn poll_at_most(board: &Board<World>, times: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    for _ in 0..times {
        if poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await {
            return true;
        }
        board.sleep(Duration::from_millis(5)).await;
    }
    false
}

/// The events until there is none for ten seconds.
fn rest(board: &Board<World>, inbox: &mut Inbox) -> Vec<Event> {
    let next = || board.timeout(Duration::from_secs(10), inbox.next()).flatten();
    core::iter::from_fn(next).collect()
}

/// A modem that is slow to answer.
fn slow() -> Simulator {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::from_millis(20));
    let most = Duration::from_millis(12);
    simulator.set_faults(FaultPlan::new(1).with(Fault::Delay { most }));
    simulator
}

#[test]
fn a_sending_that_is_dropped_at_any_poll_is_reported_and_the_next_one_works() {
    let mut polls = 0;
    loop {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_latency(Duration::from_millis(20));
        let (board, world) = board(simulator);
        let (modem, mut inbox) = board.block_on(open(board.clone()));
        let long = message("1234567890".repeat(40));
        let ended = board.block_on(poll_at_most(&board, polls, modem.send(&long)));
        let report = board.block_on(modem.send(&message("Next"))).unwrap();
        assert_eq!(report.outcome(), SendOutcome::Sent, "dropped after {polls} polls");

        // A started sending continues to its end, and its result is an event; a queued one sends
        // nothing.
        let mut reported = 0;
        for event in rest(&board, &mut inbox) {
            if let Event::SendFinished(report) = event {
                assert_eq!(report.outcome(), SendOutcome::Sent);
                reported += report.parts.len();
            }
        }
        let submitted = world.with(|simulator, _| truth::submitted(simulator).len());
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
async fn call(
    number: usize,
    polls: usize,
    board: &Board<World>,
    modem: &Modem,
) -> Option<(&'static str, bool)> {
    Some(match number {
        0 => ("messages", poll_at_most(board, polls, modem.messages()).await),
        1 => ("ussd", poll_at_most(board, polls, modem.ussd("*100#")).await),
        2 => ("delete_all", poll_at_most(board, polls, modem.delete_all()).await),
        3 => ("signal", poll_at_most(board, polls, modem.signal()).await),
        4 => ("raw", poll_at_most(board, polls, modem.raw("AT+CSQ")).await),
        _ => return None,
    })
}

#[test]
fn any_call_that_is_dropped_at_any_poll_leaves_a_modem_that_works() {
    for number in 0.. {
        let mut polls = 0;
        loop {
            let (board, world) = board(slow());
            let (modem, mut inbox) = board.block_on(open(board.clone()));
            world.perform("deliver +491715550100 Hi");
            let called = board.block_on(call(number, polls, &board, &modem));
            let Some((name, ended)) = called else { return };
            // A call that continues blocks nobody: all others work at once.
            board.block_on(async {
                let report = modem.send(&message("Next")).await.unwrap();
                assert_eq!(report.outcome(), SendOutcome::Sent, "{name} after {polls} polls");
                modem.cancel_ussd().await.unwrap();
                let reply = modem.ussd("*100#").await.unwrap();
                assert_eq!(reply.text.as_deref(), Some("Balance: 12.34 EUR"), "{name}, {polls}");
                modem.messages().await.unwrap();
            });
            // Unless all was deleted, the message is delivered once.
            let events = rest(&board, &mut inbox);
            let received = events.iter().filter(|event| matches!(event, Event::Received(_)));
            let received = received.count();
            assert!(received == 1 || name == "delete_all" && received == 0, "{name} after {polls}");
            if ended {
                break;
            }
            polls += 1;
        }
        assert!(polls > 1, "call {number} took {polls} polls");
    }
}

#[test]
fn an_opening_that_is_dropped_at_any_poll_leaves_a_modem_that_can_be_opened() {
    let mut polls = 0;
    loop {
        let (board, world) = board(slow());
        let ended = board.block_on(poll_at_most(&board, polls, open(board.clone())));
        board.kill();
        // The modem may be left at any step of its initialisation.
        board.replace(world.clone());
        world.clone().wait(Duration::from_secs(60));
        world.reopen();
        let (modem, _inbox) = board.block_on(open(board.clone()));
        let report = board.block_on(modem.send(&message("Next"))).unwrap();
        assert_eq!(report.outcome(), SendOutcome::Sent, "dropped after {polls} polls");
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10, "the opening took {polls} polls");
}

/// The errors that a noisy reader reports, and how often it was polled.
#[derive(Debug, Clone, Default)]
struct Noise {
    ahead: Rc<Cell<usize>>,
    kind: Rc<Cell<Option<io::ErrorKind>>>,
    reads: Rc<Cell<usize>>,
}

/// A half that reports errors before each of its bytes.
struct Noisy {
    half: Half<World>,
    noise: Noise,
}

impl ErrorType for Noisy {
    type Error = io::Error;
}

impl Read for Noisy {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.noise.reads.set(self.noise.reads.get() + 1);
        if let Some(left) = self.noise.ahead.get().checked_sub(1) {
            self.noise.ahead.set(left);
            return Err(self.noise.kind.get().unwrap_or(io::ErrorKind::InvalidData).into());
        }
        self.half.read(buffer).await
    }
}

/// Opens a modem over a noisy line.
fn noisy(board: &Board<World>) -> (Modem, Inbox, Noise) {
    let (half, writer) = board.uart();
    let noise = Noise::default();
    let reader = Noisy { half, noise: noise.clone() };
    let session = Session::new(Config::default());
    let (modem, inbox, driver, ready) = Modem::with_driver(reader, writer, board.clock(), session);
    board.spawn(driver.run());
    board.block_on(modem.wait(ready)).unwrap();
    (modem, inbox, noise)
}

#[test]
fn damaged_bytes_are_not_the_end_of_the_link_and_do_not_keep_the_processor_busy() {
    let (board, _world) = board(Simulator::new(Profile::GENERIC));
    let (modem, _inbox, noise) = noisy(&board);
    noise.ahead.set(1);
    board.block_on(modem.raw("AT+CSQ")).unwrap();
    // A line that only has errors, as of a modem without power.
    noise.ahead.set(usize::MAX);
    modem.enqueue(&message("Hello")).unwrap();
    noise.reads.set(0);
    assert!(board.timeout(Duration::from_secs(10), pending::<()>()).is_none());
    assert!(noise.reads.get() < 200, "{} reads in 10 s", noise.reads.get());
    noise.ahead.set(0);
    let report = board.block_on(modem.send(&message("World"))).unwrap();
    assert_eq!(report.outcome(), SendOutcome::Sent);
    assert_eq!(modem.link_error(), None);
}

#[test]
fn an_error_that_ends_the_link_is_reported_with_its_kind() {
    let (board, _world) = board(Simulator::new(Profile::GENERIC));
    let (modem, mut inbox, noise) = noisy(&board);
    noise.kind.set(Some(io::ErrorKind::NotConnected));
    noise.ahead.set(1);
    // The read that waits may end well.
    let mut results = (0..3).map(|_| board.block_on(modem.raw("AT+CSQ")));
    let error = results.find_map(Result::err).expect("the link has ended");
    assert_eq!(error.to_string(), "the link to the modem has ended: open it again");
    assert_eq!(modem.link_error(), Some(ErrorKind::NotConnected));
    let events = rest(&board, &mut inbox);
    assert!(matches!(events.last(), Some(Event::Closed)), "{events:?}");
}

#[test]
fn the_driver_ends_when_the_last_handle_and_the_inbox_are_dropped() {
    let (board, _world) = board(Simulator::new(Profile::GENERIC));
    let (reader, writer) = board.uart();
    let session = Session::new(Config::default());
    let (modem, inbox, driver, ready) = Modem::with_driver(reader, writer, board.clock(), session);
    let ended = Rc::new(Cell::new(false));
    let end = Rc::clone(&ended);
    board.spawn(async move {
        driver.run().await;
        end.set(true);
    });
    board.block_on(modem.wait(ready)).unwrap();
    let clone = modem.clone();
    drop((modem, inbox));
    board.block_on(clone.raw("AT+CSQ")).expect("a clone keeps the modem");
    assert!(!ended.get());
    drop(clone);
    board.timeout(Duration::ZERO, pending::<()>());
    assert!(ended.get());
}

#[test]
fn a_driver_that_is_dropped_ends_the_session_and_every_waiting_call() {
    let (board, _world) = board(slow());
    let (modem, mut inbox) = board.block_on(open(board.clone()));
    let mut waiting = pin!(modem.ussd("*100#"));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    board.kill();
    assert!(board.block_on(waiting).is_err());
    assert!(matches!(rest(&board, &mut inbox).last(), Some(Event::Closed)));
    assert!(board.block_on(inbox.next()).is_none());
}

/// Counts the times that a task was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_embassy_clock_wakes_its_task_once_for_many_waits_and_never_late() {
    let driver = embassy_time::MockDriver::get();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut clock = EmbassyClock::new();
    let at = |milliseconds| Instant::from(Duration::from_millis(milliseconds));

    // More waits than the queue has entries, each given up for the next one.
    for milliseconds in (10..1_000).rev() {
        assert!(clock.poll_until(at(milliseconds), &mut context).is_pending());
    }
    driver.advance(embassy_time::Duration::from_millis(9));
    assert_eq!(woken.0.load(Ordering::SeqCst), 0);
    driver.advance(embassy_time::Duration::from_millis(2));
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(clock.now() >= at(10));
    assert!(clock.poll_until(at(10), &mut context).is_ready());
    driver.advance(embassy_time::Duration::from_secs(10));
    assert_eq!(woken.0.load(Ordering::SeqCst), 1, "nothing is left in the queue");
}
