//! The async front-end of a pool: it owns reconnecting modems, each in a task of its own.

mod member;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::time::{self, Sleep};
use at_proto::Instant;
use pdu::collections::Map;

use super::Modem;
use super::journal::Journal;
use crate::error::{Error, ErrorKind};
use crate::journal::{History, Store};
use crate::message::{MessageId, Receipt};
use crate::pool::{self, Action, Calendar, MemberId, PoolEvent, Rules, Submission, SubmitError};
use crate::session::{RestoreError, Session};
use crate::{Backoff, Config, Confirm};

/// Several reconnecting modems used as one; a handle that is cheap to clone. See
/// [`pool`](crate::pool).
///
/// Members come and go at run time by [`join`](Self::join) and [`leave`](Self::leave). The pool
/// ends when [`close`](Self::close) is called or the last handle is dropped, the [`PoolInbox`]
/// included.
///
/// ```no_run
/// use modem::pool::{Calendar, PoolEvent, Rules};
/// use modem::tokio::Pool;
/// use modem::{Backoff, Config, OutgoingMessage};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// // A program with limits of the calendar reads the local date here.
/// let today = || Calendar { month: 0, day: 0, second: 0 };
/// let (pool, mut inbox) = Pool::new(Rules::default(), today);
/// for address in ["modem-1.example:2000", "modem-2.example:2000"] {
///     let open = move || tokio::net::TcpStream::connect(address);
///     pool.join(address, &[], open, Config::default(), Backoff::default());
/// }
/// pool.submit(OutgoingMessage::text("+491715550100".parse()?, "Hello"))?;
/// while let Some(event) = inbox.next().await {
///     match event {
///         PoolEvent::Finished(result) => println!("{}: {:?}", result.message, result.ending),
///         PoolEvent::Received(received) => {
///             pool.acknowledge(received.member, &received.content.receipt);
///         }
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pool {
    handle: Arc<Handle>,
}

/// The events of a pool, in order. There is one inbox for each pool.
#[derive(Debug)]
pub struct PoolInbox {
    pool: Pool,
}

/// The state that all handles share with the tasks, which end when the last handle is dropped.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lock().end();
    }
}

struct Shared {
    state: Mutex<State>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state as the last complete call left it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of all tasks.
struct State {
    pool: pool::Pool,
    started: time::Instant,
    calendar: Box<dyn FnMut() -> Calendar + Send>,
    journal: Option<Journal>,
    members: Map<MemberId, Link>,
    driver: Option<Waker>,
    inbox: Option<Waker>,
    durable: Vec<Waker>,
    is_ended: bool,
}

/// The way to the task of a member.
struct Link {
    modem: Modem,
    actions: VecDeque<Action>,
    task: Option<Waker>,
}

impl State {
    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    /// Calls `verb` on the pool, and delivers what follows from it.
    fn with<R>(&mut self, verb: impl FnOnce(&mut pool::Pool, Instant) -> R) -> R {
        let now = self.now();
        let result = verb(&mut self.pool, now);
        self.deliver();
        // The driver looks for records and for the next timeout.
        self.driver.iter().for_each(Waker::wake_by_ref);
        result
    }

    /// Delivers the actions to the tasks of their members, and wakes the reader of the events.
    fn deliver(&mut self) {
        if self.pool.needs_calendar() {
            let (today, now) = ((self.calendar)(), self.now());
            self.pool.handle_calendar(today, now);
        }
        while let Some(action) = self.pool.poll_action() {
            let member = match &action {
                Action::Send(part) => part.member,
                Action::Confirm(member) | Action::Refuse(member) => *member,
            };
            if let Some(link) = self.members.get_mut(&member) {
                link.actions.push_back(action);
                if let Some(task) = link.task.take() {
                    task.wake();
                }
            }
        }
        if self.pool.has_event() {
            if let Some(inbox) = self.inbox.take() {
                inbox.wake();
            }
        }
    }

    fn end(&mut self) {
        self.is_ended = true;
        for link in self.members.values() {
            link.modem.close();
        }
        let wakers = [self.driver.take(), self.inbox.take()].into_iter().flatten();
        wakers.chain(self.durable.drain(..)).for_each(Waker::wake);
    }
}

impl Pool {
    /// Creates a pool without members, and starts its driver on the current tokio runtime.
    /// `calendar` reads the local date and time; it is called only for rules with limits of the
    /// calendar.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub fn new(
        rules: Rules,
        calendar: impl FnMut() -> Calendar + Send + 'static,
    ) -> (Self, PoolInbox) {
        Self::start(pool::Pool::new(rules), Box::new(calendar), None)
    }

    /// Creates a pool like [`new`](Self::new) that continues the content of a journal, and whose
    /// records go to `store`. [`Rules::records`] is set.
    ///
    /// # Errors
    /// Fails when a record of the journal contradicts the records before it.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub fn journaled(
        mut rules: Rules,
        calendar: impl FnMut() -> Calendar + Send + 'static,
        history: History,
        store: impl Store,
    ) -> Result<(Self, PoolInbox), RestoreError> {
        rules.records = true;
        let mut pool = pool::Pool::new(rules);
        pool.replay(history, Instant::ZERO)?;
        Ok(Self::start(pool, Box::new(calendar), Some(Journal::new(store))))
    }

    fn start(
        pool: pool::Pool,
        calendar: Box<dyn FnMut() -> Calendar + Send>,
        journal: Option<Journal>,
    ) -> (Self, PoolInbox) {
        let started = time::Instant::now();
        let mut state = State {
            pool,
            started,
            calendar,
            journal,
            members: Map::new(),
            driver: None,
            inbox: None,
            durable: Vec::new(),
            is_ended: false,
        };
        state.deliver();
        let shared = Arc::new(Shared { state: Mutex::new(state) });
        let sleep = Box::pin(time::sleep(Duration::ZERO));
        ::tokio::spawn(Driver { shared: Arc::clone(&shared), sleep });
        let pool = Self { handle: Arc::new(Handle { shared }) };
        (pool.clone(), PoolInbox { pool })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.handle.shared.lock()
    }

    /// Adds a member with a stable name and its groups: a reconnecting modem whose link is opened
    /// by `open`, see [`Modem::reconnecting`]. A member with this name leaves first.
    ///
    /// [`Config::confirm`] is set to [`Confirm::Attempts`].
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub fn join<S, F, O>(
        &self,
        name: &str,
        groups: &[&str],
        open: F,
        mut config: Config,
        backoff: Backoff,
    ) -> MemberId
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        F: FnMut() -> O + Send + Unpin + 'static,
        O: Future<Output = io::Result<S>> + Send + 'static,
    {
        self.leave(name);
        config.confirm = Confirm::Attempts;
        let (modem, inbox) = Modem::reconnecting(open, Session::new(config), backoff);
        let mut state = self.lock();
        let id = state.with(|pool, now| pool.add(name, groups, now));
        let link = Link { modem: modem.clone(), actions: VecDeque::new(), task: None };
        state.members.insert(id, link);
        let is_ended = state.is_ended;
        drop(state);
        if is_ended {
            modem.close();
        }
        let shared = Arc::clone(&self.handle.shared);
        ::tokio::spawn(member::Task::new(shared, id, modem, inbox));
        id
    }

    /// Closes the link of a member and removes it. A part that was not confirmed is sent by another
    /// member; the outcome of one under way is unknown. Returns `false` if there is no member with
    /// this name.
    pub fn leave(&self, name: &str) -> bool {
        let mut state = self.lock();
        let Some(id) = state.pool.member(name) else {
            return false;
        };
        let link = state.members.remove(&id);
        state.with(|pool, now| pool.remove(id, now));
        drop(state);
        if let Some(link) = link {
            link.modem.close();
            link.task.into_iter().for_each(Waker::wake);
        }
        true
    }

    /// The modem of a member, for everything else than sending: USSD, the signal, a listing.
    pub fn modem(&self, member: MemberId) -> Option<Modem> {
        self.lock().members.get(&member).map(|link| link.modem.clone())
    }

    /// Accepts a message; see [`pool::Pool::submit`]. With a journal it survives the process after
    /// [`sync`](Self::sync).
    ///
    /// # Errors
    /// Fails like [`pool::Pool::submit`].
    pub fn submit(&self, submission: impl Into<Submission>) -> Result<MessageId, SubmitError> {
        self.with(|pool, now| pool.submit(submission, now))
    }

    /// Cancels a message if nothing of it has left; see [`pool::Pool::cancel`].
    pub fn cancel(&self, message: MessageId) -> bool {
        self.with(|pool, now| pool.cancel(message, now))
    }

    /// Settles the result of a message; see [`pool::Pool::settle`].
    pub fn settle(&self, message: MessageId) {
        self.with(|pool, _| pool.settle(message));
    }

    /// Acknowledges to a member what it has received and the application has made safe.
    pub fn acknowledge(&self, member: MemberId, receipt: &Receipt) {
        if let Some(modem) = self.modem(member) {
            modem.acknowledge(receipt);
        }
    }

    /// Calls `verb` on the pool inside, and has the members act on it.
    pub fn with<R>(&self, verb: impl FnOnce(&mut pool::Pool, Instant) -> R) -> R {
        self.lock().with(verb)
    }

    /// Waits until all records of the journal are durable: what was accepted and settled before
    /// survives the process and a loss of power.
    ///
    /// # Errors
    /// Fails when the journal cannot be written, or the pool is closed.
    pub async fn sync(&self) -> Result<(), Error> {
        let wanted = {
            let mut state = self.lock();
            let wanted = state.pool.last_record();
            if let Some(journal) = &mut state.journal {
                journal.want(wanted);
            }
            state.driver.iter().for_each(Waker::wake_by_ref);
            wanted
        };
        poll_fn(|context| {
            let mut state = self.lock();
            if state.pool.is_durable(wanted) {
                return Poll::Ready(Ok(()));
            }
            if !state.pool.is_recording() || state.is_ended {
                return Poll::Ready(Err(ErrorKind::Journal.into()));
            }
            state.durable.retain(|other| !other.will_wake(context.waker()));
            state.durable.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Closes the links of all members and ends the pool: the [`PoolInbox`] ends after its
    /// remaining events.
    pub fn close(&self) {
        self.lock().end();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl PoolInbox {
    /// Waits for the next event; `None` once the pool is closed and all its events are taken.
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<PoolEvent> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<PoolEvent>> {
        let mut state = self.pool.lock();
        match state.pool.poll_event() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.is_ended => Poll::Ready(None),
            None => {
                state.inbox = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl futures_core::Stream for PoolInbox {
    type Item = PoolEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<PoolEvent>> {
        self.poll(context)
    }
}

/// The task of the time and of the journal.
struct Driver {
    shared: Arc<Shared>,
    sleep: Pin<Box<Sleep>>,
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut state = this.shared.lock();
        state.driver = Some(context.waker().clone());
        loop {
            let now = state.now();
            if state.pool.poll_timeout().is_some_and(|at| at <= now) {
                state.pool.handle_timeout(now);
            }
            state.deliver();
            let State { journal, pool, .. } = &mut *state;
            if journal.as_mut().is_some_and(|journal| journal.poll(pool, now, context)) {
                state.durable.drain(..).for_each(Waker::wake);
                continue;
            }
            let is_writing = state.journal.as_ref().is_some_and(Journal::is_writing);
            if state.is_ended && !is_writing {
                return Poll::Ready(());
            }
            let Some(at) = state.pool.poll_timeout() else {
                return Poll::Pending;
            };
            let at = state.started.checked_add(at.since_epoch());
            let Some(at) = at else {
                return Poll::Pending;
            };
            this.sleep.as_mut().reset(at);
            if this.sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
