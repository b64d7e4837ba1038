//! The embedded front-end on a [`Board`], over one link and reconnecting.

use core::future::Future;
use core::time::Duration;
use std::io;

use modem::at::Instant;
use modem::at::phonebook::Phonebook;
use modem::blocking::{Connector as _, Trace};
use modem::embedded::{Connector, Inbox, Modem};
use modem::simulator::Simulator;
use modem::{
    Attempt, Backoff, Config, Error, Event, ListMessages, MessageId, OutgoingMessage, Profile,
    Receipt, SendResult, Session, Slot, StoredMessage, UssdReply,
};

use super::blocking::{Show, TracedPort};
use super::{Front, Phone, State, with_reference};
use crate::board::{Board, Half};
use crate::line::{Tamper, TamperedPort};

type Line = Trace<TamperedPort, Show>;

/// Opens a modem over one link.
pub(super) fn open(simulator: Simulator, config: Config) -> Result<Box<dyn Front>, Error> {
    let port = TracedPort::new(simulator);
    let board = Board::new(port.trace());
    let (modem, inbox) = start(&board, Session::new(with_reference(config)))?;
    Ok(Box::new(Embedded { board, modem, inbox, port, reconnects: false }))
}

fn start(board: &Board<Line>, session: Session) -> Result<(Modem, Inbox), Error> {
    let (reader, writer) = board.uart();
    let (modem, inbox, driver, ready) = Modem::with_driver(reader, writer, board.clock(), session);
    board.spawn(driver.run());
    board.block_on(modem.wait(ready))?;
    Ok((modem, inbox))
}

/// Opens a modem that reconnects.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every front-end")]
pub(super) fn open_reconnecting(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let port = TracedPort::new(simulator);
    let board = Board::new(port.trace());
    let lines = Lines { board: board.clone(), port: port.clone() };
    let session = Session::new(with_reference(config));
    let (modem, inbox, driver) =
        Modem::reconnecting(lines, board.clock(), session, Backoff::default());
    board.spawn(driver.run());
    Ok(Box::new(Embedded { board, modem, inbox, port, reconnects: true }))
}

/// Opens the line of a board.
struct Lines {
    board: Board<Line>,
    port: TracedPort,
}

impl Connector for Lines {
    type Reader<'a> = Half<Line>;
    type Writer<'a> = Half<Line>;
    type Error = io::Error;

    async fn connect(&mut self) -> io::Result<(Half<Line>, Half<Line>)> {
        self.board.replace(self.port.connect()?);
        Ok(self.board.uart())
    }
}

struct Embedded {
    board: Board<Line>,
    modem: Modem,
    inbox: Inbox,
    port: TracedPort,
    reconnects: bool,
}

impl Embedded {
    fn call<'m, R, F: Future<Output = R>>(&'m self, call: impl FnOnce(&'m Modem) -> F) -> R {
        self.board.block_on(call(&self.modem))
    }
}

impl Front for Embedded {
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
        self.modem.enqueue(message)
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        self.modem.acknowledge(receipt);
    }

    fn confirm(&mut self, attempt: &Attempt) {
        self.modem.confirm(attempt);
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
        self.board.timeout(within, self.inbox.next()).flatten()
    }

    fn now(&mut self) -> Duration {
        self.port.line.world.elapsed()
    }

    fn ready(&mut self, within: Duration) -> bool {
        self.board.timeout(within, self.modem.ready()).unwrap_or(false)
    }

    fn reopen(&mut self) -> Result<(), Error> {
        if self.reconnects {
            while !self.ready(Duration::from_secs(60)) {}
            return Ok(());
        }
        self.port.line.reopen();
        let unused = Session::new(Config::default());
        let session = self.modem.with(|session, _| core::mem::replace(session, unused));
        self.board.kill();
        self.board.replace(self.port.trace());
        (self.modem, self.inbox) = start(&self.board, session)?;
        Ok(())
    }

    fn refuse(&mut self, attempts: u32) {
        self.port.line.world.refuse(attempts);
    }

    fn with_session(&mut self, look: &mut dyn FnMut(&mut Session, Instant)) {
        self.modem.with(look);
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration)) {
        self.port.line.world.with(look);
    }

    fn with_line(&mut self, look: &mut dyn FnMut(&mut Tamper)) {
        look(&mut self.port.line.tamper.borrow_mut());
    }

    fn dialogue(&self) -> Vec<String> {
        self.port.dialogue.borrow().clone()
    }
}
