//! A board for the embedded front-end: an executor, a clock and a UART over a port, whose time
//! passes only while nothing else is left to do.

use core::cell::RefCell;
use core::fmt;
use core::future::Future;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use embedded_io_async::{ErrorType, Read, Write};
use modem::WireLine;
use modem::at::Instant;
use modem::blocking::{Connector as _, Port, Trace};
use modem::embedded::Clock;

use crate::World;
use crate::line::TamperedPort;

/// The longest wait while a write waits for room, which no port announces.
const WRITE_SLICE: Duration = Duration::from_millis(50);

/// A port whose time can pass without a link.
pub trait Timed: Port {
    /// Lets `time` pass without reading.
    fn pass(&mut self, time: Duration);
}

impl Timed for World {
    fn pass(&mut self, time: Duration) {
        self.wait(time);
    }
}

impl Timed for TamperedPort {
    fn pass(&mut self, time: Duration) {
        self.wait(time);
    }
}

impl<P: Timed, F: FnMut(WireLine)> Timed for Trace<P, F> {
    fn pass(&mut self, time: Duration) {
        self.inner().pass(time);
    }
}

/// A spawned future.
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A board; clones are the same board.
pub struct Board<P> {
    inner: Rc<RefCell<Inner<P>>>,
    tasks: Rc<RefCell<Vec<Task>>>,
}

struct Inner<P> {
    port: P,
    /// Bytes that arrived while the board slept.
    unread: VecDeque<u8>,
    /// The link has ended, and only time passes.
    has_ended: bool,
    /// The end of the link that was seen while the board slept.
    end: Option<io::Result<usize>>,
    deadline: Option<Instant>,
    /// The ends of the sleeps of tasks.
    sleeps: Vec<Instant>,
    is_writing: bool,
}

impl<P: Timed> Inner<P> {
    /// Lets time pass until `until`, the deadline of the clock, or the next byte.
    fn sleep(&mut self, until: Option<Instant>) {
        let now = self.port.now();
        let sleeping = self.sleeps.iter().copied().min();
        let next = [until, self.deadline, sleeping, self.is_writing.then(|| now + WRITE_SLICE)];
        let next = next.into_iter().flatten().min().expect("nothing is left to wait for");
        let time = next.saturating_duration_since(now);
        let mut bytes = [0; 64];
        if self.has_ended {
            self.port.pass(time);
        } else {
            match self.port.read(&mut bytes, time) {
                Ok(count) if count > 0 => self.unread.extend(&bytes[..count]),
                Err(error) if nothing_moved(&error) => {}
                end => {
                    self.has_ended = true;
                    self.end = Some(end);
                }
            }
        }
        // A timer that has fired is not armed any more.
        let now = self.port.now();
        self.deadline.take_if(|deadline| *deadline <= now);
        self.sleeps.retain(|end| *end > now);
    }
}

fn nothing_moved(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

impl<P> fmt::Debug for Board<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

/// Remembers that a task was woken.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<P> Clone for Board<P> {
    fn clone(&self) -> Self {
        Self { inner: Rc::clone(&self.inner), tasks: Rc::clone(&self.tasks) }
    }
}

impl<P: Timed + 'static> Board<P> {
    /// A board with this port.
    pub fn new(port: P) -> Self {
        let inner = Inner {
            port,
            unread: VecDeque::new(),
            has_ended: false,
            end: None,
            deadline: None,
            sleeps: Vec::new(),
            is_writing: false,
        };
        Self { inner: Rc::new(RefCell::new(inner)), tasks: Rc::default() }
    }

    /// The two halves of the UART.
    pub fn uart(&self) -> (Half<P>, Half<P>) {
        (Half(self.clone()), Half(self.clone()))
    }

    /// The clock.
    pub fn clock(&self) -> BoardClock<P> {
        BoardClock(self.clone())
    }

    /// The time on the clock.
    pub fn now(&self) -> Instant {
        self.inner.borrow().port.now()
    }

    /// Calls `look` with the port.
    pub fn with<R>(&self, look: impl FnOnce(&mut P) -> R) -> R {
        look(&mut self.inner.borrow_mut().port)
    }

    /// Uses another port, whose link is whole.
    pub fn replace(&self, port: P) {
        let mut inner = self.inner.borrow_mut();
        inner.port = port;
        inner.unread.clear();
        inner.has_ended = false;
        inner.end = None;
    }

    /// Spawns a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(task));
    }

    /// Drops all tasks.
    pub fn kill(&self) {
        self.tasks.take();
    }

    /// Runs until `future` is finished.
    ///
    /// # Panics
    /// Panics if no task waits for a time.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.run(future, None).expect("there is no limit")
    }

    /// Runs until `future` is finished, and drops it after `within`.
    pub fn timeout<F: Future>(&self, within: Duration, future: F) -> Option<F::Output> {
        self.run(future, Some(self.now() + within))
    }

    /// Waits in a task of the board.
    pub async fn sleep(&self, time: Duration) {
        let until = self.now() + time;
        self.inner.borrow_mut().sleeps.push(until);
        // The tasks are polled each time that the board was asleep.
        core::future::poll_fn(
            |_| {
                if self.now() >= until { Poll::Ready(()) } else { Poll::Pending }
            },
        )
        .await;
    }

    fn run<F: Future>(&self, future: F, until: Option<Instant>) -> Option<F::Output> {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            flag.0.store(false, Ordering::SeqCst);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Some(output);
            }
            // A task may spawn others.
            let mut tasks = self.tasks.take();
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            self.tasks.borrow_mut().splice(..0, tasks);
            if flag.0.load(Ordering::SeqCst) {
                continue;
            }
            if until.is_some_and(|until| self.now() >= until) {
                return None;
            }
            self.inner.borrow_mut().sleep(until);
        }
    }
}

/// One half of the UART of a [`Board`].
#[derive(Debug)]
pub struct Half<P>(Board<P>);

impl<P> ErrorType for Half<P> {
    type Error = io::Error;
}

impl<P: Port> Read for Half<P> {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        core::future::poll_fn(|_| {
            let mut inner = self.0.inner.borrow_mut();
            let count = inner.unread.len().min(buffer.len());
            if count > 0 {
                buffer
                    .iter_mut()
                    .zip(inner.unread.drain(..count))
                    .for_each(|(to, from)| *to = from);
                return Poll::Ready(Ok(count));
            }
            if let Some(end) = inner.end.take() {
                return Poll::Ready(end);
            }
            match inner.port.read_waiting(buffer) {
                Err(error) if nothing_moved(&error) => Poll::Pending,
                result => {
                    inner.has_ended = !matches!(result, Ok(count) if count > 0);
                    Poll::Ready(result)
                }
            }
        })
        .await
    }
}

impl<P: Port> Write for Half<P> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        core::future::poll_fn(|_| {
            let mut inner = self.0.inner.borrow_mut();
            let result = inner.port.write(bytes, Duration::ZERO);
            inner.is_writing = result.as_ref().is_err_and(nothing_moved);
            if inner.is_writing { Poll::Pending } else { Poll::Ready(result) }
        })
        .await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The clock of a [`Board`].
#[derive(Debug)]
pub struct BoardClock<P>(Board<P>);

impl<P: Port> Clock for BoardClock<P> {
    fn now(&self) -> Instant {
        self.0.inner.borrow().port.now()
    }

    fn poll_until(&mut self, deadline: Instant, _: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.0.inner.borrow_mut();
        if inner.port.now() >= deadline {
            inner.deadline = None;
            return Poll::Ready(());
        }
        inner.deadline = Some(deadline);
        Poll::Pending
    }
}
