//! The tokio front-end on a paused clock, over one link and reconnecting, on the line itself and on
//! a channel of a multiplexer.

use core::future::Future;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::runtime::Runtime;
use ::tokio::time;
use modem::at::Instant;
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::at::phonebook::Phonebook;
use modem::simulator::Simulator;
use modem::tokio::{Inbox, Modem, Mux, MuxChannel, SimulatedStream, SimulatorHandle, Trace};
use modem::{
    Attempt, Backoff, Config, Error, Event, ListMessages, MessageId, OutgoingMessage, Profile,
    Receipt, SendResult, Session, Slot, StoredMessage, UssdReply, WireLine,
};

use super::{Front, Phone, State, with_reference};
use crate::line::{Link, Tamper, TamperedStream};
use crate::paused_runtime;
use crate::world::no_port;

/// Opens a modem over one link.
pub(super) fn open(simulator: Simulator, config: Config) -> Result<Box<dyn Front>, Error> {
    let runtime = paused_runtime();
    let (line, opened) = runtime.block_on(async {
        let line = TracedLine::new(simulator);
        let opened = Modem::open_session(line.stream(), Session::new(with_reference(config))).await;
        (line, opened)
    });
    let (modem, inbox) = opened?;
    Ok(Box::new(Tokio { runtime, modem, inbox, line, channels: None, reconnects: false }))
}

/// Opens a modem over one channel of a multiplexer.
pub(super) fn open_multiplexed(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let runtime = paused_runtime();
    let (channels, opened) = runtime.block_on(async {
        let channels = Channels::new(TracedLine::new(simulator));
        let session = Session::new(with_reference(config));
        let opened = match channels.connect().await {
            Ok(channel) => Modem::open_session(channel, session).await,
            // A stream that has ended: the session says that it is closed.
            Err(_) => Modem::open_session(::tokio::io::empty(), session).await,
        };
        (channels, opened)
    });
    let (modem, inbox) = opened?;
    let line = channels.line.clone();
    let channels = Some(channels);
    Ok(Box::new(Tokio { runtime, modem, inbox, line, channels, reconnects: false }))
}

/// Opens a modem that reconnects, on a channel of a multiplexer that does so too.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every front-end")]
pub(super) fn open_multiplexed_reconnecting(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let runtime = paused_runtime();
    let (channels, (modem, inbox)) = runtime.block_on(async {
        let channels = Channels::new(TracedLine::new(simulator));
        let again = channels.clone();
        let open = move || {
            let channels = again.clone();
            async move { channels.connect().await }
        };
        let session = Session::new(with_reference(config));
        (channels, Modem::reconnecting(open, session, Backoff::default()))
    });
    let line = channels.line.clone();
    let channels = Some(channels);
    Ok(Box::new(Tokio { runtime, modem, inbox, line, channels, reconnects: true }))
}

/// Opens a modem that reconnects.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every front-end")]
pub(super) fn open_reconnecting(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let runtime = paused_runtime();
    let (line, (modem, inbox)) = runtime.block_on(async {
        let line = TracedLine::new(simulator);
        let again = line.clone();
        let open = move || core::future::ready(again.connect());
        let opened =
            Modem::reconnecting(open, Session::new(with_reference(config)), Backoff::default());
        (line, opened)
    });
    Ok(Box::new(Tokio { runtime, modem, inbox, line, channels: None, reconnects: true }))
}

type Traced<S> = Trace<S, Box<dyn FnMut(WireLine) + Send>>;

/// A tampering line to a simulated modem, whose dialogue is kept.
#[derive(Clone)]
struct TracedLine {
    simulator: SimulatorHandle,
    link: Arc<Mutex<Link>>,
    dialogue: Arc<Mutex<Vec<String>>>,
    refused: Arc<AtomicU32>,
    started: time::Instant,
}

impl TracedLine {
    fn new(simulator: Simulator) -> Self {
        let started = time::Instant::now();
        let (stream, simulator) = SimulatedStream::new(simulator);
        Self {
            simulator,
            link: Link::new(stream),
            dialogue: Arc::default(),
            refused: Arc::default(),
            started,
        }
    }

    fn stream(&self) -> Traced<TamperedStream> {
        self.trace(self.untraced())
    }

    fn untraced(&self) -> TamperedStream {
        TamperedStream::new(Arc::clone(&self.link))
    }

    fn trace<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Traced<S> {
        let dialogue = Arc::clone(&self.dialogue);
        Trace::new(stream, Box::new(move |line| dialogue.lock().unwrap().push(line.to_string())))
    }

    /// Closes the link and opens it again.
    fn reopen(&self) {
        self.simulator.with(|simulator, now| {
            simulator.handle_closed(now);
            simulator.handle_opened(now);
        });
    }

    fn connect(&self) -> io::Result<Traced<TamperedStream>> {
        self.reconnect()?;
        Ok(self.stream())
    }

    fn reconnect(&self) -> io::Result<()> {
        let is_refused = self
            .refused
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        if is_refused {
            return Err(no_port());
        }
        self.link.lock().unwrap().reconnect(&self.simulator);
        Ok(())
    }
}

/// Channel 1 of a multiplexer on a tampering line, which is opened again when the line was lost.
#[derive(Clone)]
struct Channels {
    line: TracedLine,
    mux: Arc<Mutex<Option<Mux>>>,
}

impl Channels {
    fn new(line: TracedLine) -> Self {
        Self { line, mux: Arc::default() }
    }

    fn mux(&self) -> Option<Mux> {
        self.mux.lock().unwrap().clone().filter(|mux| !mux.is_ended())
    }

    async fn connect(&self) -> io::Result<Traced<MuxChannel>> {
        let mux = match self.mux() {
            Some(mux) => mux,
            None => {
                self.line.reconnect()?;
                let mux = Mux::open(self.line.untraced(), InitiatorConfig::default()).await?;
                *self.mux.lock().unwrap() = Some(mux.clone());
                mux
            }
        };
        Ok(self.line.trace(mux.channel(Dlci::FIRST).await?))
    }

    /// Opens the channel, or else the line and the channel again.
    async fn reopen(&self) -> io::Result<Traced<MuxChannel>> {
        if self.mux().is_some() {
            // The modem's driver drops the earlier channel soon.
            ::tokio::task::yield_now().await;
            if let Ok(channel) = self.connect().await {
                return Ok(channel);
            }
        }
        // Dropping the last handle ends the multiplexer, which takes at most a few seconds.
        *self.mux.lock().unwrap() = None;
        time::sleep(Duration::from_secs(10)).await;
        self.line.reopen();
        self.connect().await
    }
}

struct Tokio {
    runtime: Runtime,
    modem: Modem,
    inbox: Inbox,
    line: TracedLine,
    /// The channels, on a multiplexed line.
    channels: Option<Channels>,
    reconnects: bool,
}

impl Tokio {
    fn call<'m, R, F: Future<Output = R>>(&'m self, call: impl FnOnce(&'m Modem) -> F) -> R {
        self.runtime.block_on(call(&self.modem))
    }
}

impl Front for Tokio {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, Error> {
        self.call(|modem| modem.send(message))
    }

    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.call(|modem| modem.raw(line))
    }

    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error> {
        self.call(|modem| modem.ussd(text))
    }

    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        self.call(async |modem| modem.enqueue(message))
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        self.call(async |modem| modem.acknowledge(receipt));
    }

    fn confirm(&mut self, attempt: &Attempt) {
        self.call(async |modem| modem.confirm(attempt));
    }

    fn state(&mut self) -> State {
        self.call(async |modem| {
            let (operator, signal) =
                (modem.operator().await.unwrap(), modem.signal().await.unwrap());
            let numbers = modem.own_numbers().await.unwrap_or_default();
            let pin_retries = modem.pin_retries().await.unwrap().pin;
            let battery = modem.battery().await.unwrap().percent;
            modem.show_callers().await.unwrap();
            modem.hang_up().await.unwrap();
            modem.cancel_ussd().await.unwrap();
            State {
                operator,
                signal,
                numbers,
                pin_retries,
                battery,
                counters: modem.counters(),
                sim: modem.sim_state().await.unwrap(),
                year: modem.clock().await.ok().map(|time| time.year),
                is_registered: modem.registrations().is_registered(),
                stored: modem.messages().await.unwrap().len(),
            }
        })
    }

    fn phone(&mut self) -> Result<Phone, Error> {
        self.call(async |modem| {
            let found = modem.find_contacts(Phonebook::SIM, "Al").await?;
            let saved = modem.save_contact(Phonebook::SIM, None, "+37120000000", "Юля").await?;
            let listed = modem.contacts(Phonebook::SIM).await?;
            modem.delete_contact(Phonebook::SIM, saved.index).await?;
            let left = modem.contacts(Phonebook::SIM).await?.len();
            let operators = modem.operators().await?;
            modem.select_operator(Some("00101")).await?;
            modem.select_operator(None).await?;
            modem.set_radio(false).await?;
            modem.set_radio(true).await?;
            modem.dial("+491715550100").await?;
            let calls = modem.calls().await?;
            modem.hang_up().await?;
            let answered = modem.answer().await.is_ok();
            Ok(Phone { found, saved, listed, left, operators, calls, answered })
        })
    }

    fn profile(&mut self) -> Profile {
        self.modem.profile()
    }

    fn list(&mut self, list: ListMessages) -> Result<Vec<StoredMessage>, Error> {
        self.call(|modem| modem.run(list))
    }

    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.call(|modem| modem.delete(receipt))
    }

    fn delete_read(&mut self) -> Result<Vec<Slot>, Error> {
        self.call(Modem::delete_read)
    }

    fn delete_all(&mut self) -> Result<Vec<Slot>, Error> {
        self.call(Modem::delete_all)
    }

    fn event(&mut self, within: Duration) -> Option<Event> {
        let next = async { time::timeout(within, self.inbox.next()).await };
        self.runtime.block_on(next).ok().flatten()
    }

    fn now(&mut self) -> Duration {
        self.runtime.block_on(async { self.line.started.elapsed() })
    }

    fn ready(&mut self, within: Duration) -> bool {
        self.call(|modem| modem.ready(within))
    }

    fn reopen(&mut self) -> Result<(), Error> {
        if self.reconnects {
            while !self.ready(Duration::from_secs(60)) {}
            return Ok(());
        }
        let opened = self.runtime.block_on(async {
            let unused = Session::new(Config::default());
            match &self.channels {
                None => {
                    self.line.reopen();
                    let session = self.modem.with(|session, _| core::mem::replace(session, unused));
                    Modem::open_session(self.line.stream(), session).await
                }
                Some(channels) => {
                    let session = self.modem.with(|session, now| {
                        session.handle_closed(now);
                        core::mem::replace(session, unused)
                    });
                    match channels.reopen().await {
                        Ok(channel) => Modem::open_session(channel, session).await,
                        Err(_) => Modem::open_session(::tokio::io::empty(), session).await,
                    }
                }
            }
        });
        match opened {
            Ok(opened) => {
                (self.modem, self.inbox) = opened;
                Ok(())
            }
            Err(not_opened) => {
                self.modem.with(|session, _| *session = *not_opened.session);
                Err(not_opened.error)
            }
        }
    }

    fn refuse(&mut self, attempts: u32) {
        self.line.refused.store(attempts, Ordering::SeqCst);
    }

    fn with_session(&mut self, look: &mut dyn FnMut(&mut Session, Instant)) {
        self.runtime.block_on(async { self.modem.with(look) });
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration)) {
        self.runtime.block_on(async { self.line.simulator.with(look) });
    }

    fn with_line(&mut self, look: &mut dyn FnMut(&mut Tamper)) {
        look(&mut self.line.link.lock().unwrap().tamper);
    }

    fn dialogue(&self) -> Vec<String> {
        self.line.dialogue.lock().unwrap().clone()
    }
}
