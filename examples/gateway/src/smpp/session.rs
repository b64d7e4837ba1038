//! A bound session: one task that reads PDUs, answers them once they are durable, delivers receipts
//! and received messages, and looks after its timers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rusmpp::{CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Server;
use super::frames::{self, Header};
use super::open::{Kind, Opened};
use super::outbox::Outbox;
use super::submission::{Done, Stored};
use super::wire::{Received, Wire};

/// The number of enquire_link without an answer after which a session ends.
const MAX_ENQUIRIES: u32 = 2;

/// The time in which a session ends after an unbind.
const UNBIND_WITHIN: Duration = Duration::from_secs(2);

/// The way in which a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// The client has sent unbind with this sequence number, and is answered last.
    Client(u32),
    /// The gateway has sent unbind with this sequence number.
    Gateway(u32),
    /// The gateway has the answer to its unbind.
    Answered,
}

/// The next step of a session.
enum Step {
    Stop,
    Done(Done),
    Received(Received),
    Deliver,
    Wake,
}

/// A bound session.
pub(super) struct Session<S> {
    pub(super) server: Arc<Server>,
    pub(super) opened: Opened,
    pub(super) wire: Wire<S>,
    /// The number of submit_sm without an answer.
    pub(super) open: usize,
    done: mpsc::UnboundedReceiver<Done>,
    pub(super) finish: mpsc::UnboundedSender<Done>,
    /// Messages that the engine gets once their answers are written.
    pub(super) accepted: Vec<Stored>,
    outbox: Outbox,
    sequence: u32,
    heard_at: Instant,
    enquiries: u32,
    closing: Option<Closing>,
    ends_at: Option<Instant>,
}

impl<S: AsyncRead + AsyncWrite> Session<S> {
    pub(super) fn new(server: Arc<Server>, opened: Opened, wire: Wire<S>) -> Self {
        let (finish, done) = mpsc::unbounded_channel();
        let outbox = Outbox::new(&server, &opened);
        Self {
            server,
            opened,
            wire,
            open: 0,
            done,
            finish,
            accepted: Vec::new(),
            outbox,
            sequence: 0,
            heard_at: Instant::now(),
            enquiries: 0,
            closing: None,
            ends_at: None,
        }
    }

    /// Runs until the session has ended.
    ///
    /// # Errors
    /// Fails when the connection ends, or the client does not answer.
    pub(super) async fn run(&mut self) -> io::Result<()> {
        loop {
            if self.closing.is_none() {
                self.deliver().await?;
            }
            self.end_in_order();
            self.wire.flush().await?;
            // A receipt cannot overtake the answer: the engine has the message only now.
            self.accepted.clear();
            if self.is_over() {
                return Ok(());
            }
            match self.step().await {
                Step::Stop => {
                    let sequence = self.next_sequence();
                    frames::write(
                        &mut self.wire.out,
                        CommandStatus::EsmeRok,
                        sequence,
                        Pdu::Unbind,
                    );
                    self.close(Closing::Gateway(sequence));
                }
                Step::Done(done) => {
                    self.complete(done);
                    while let Ok(done) = self.done.try_recv() {
                        self.complete(done);
                    }
                }
                Step::Received(Received::Frame(header, frame)) => {
                    (self.heard_at, self.enquiries) = (Instant::now(), 0);
                    self.handle(header, frame).await;
                }
                Step::Received(Received::Broken) => {
                    frames::write_nack(&mut self.wire.out, 0, CommandStatus::EsmeRinvcmdlen);
                    self.wire.flush().await?;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a length is broken"));
                }
                Step::Received(Received::End) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Step::Deliver => self.outbox.look_now(),
                Step::Wake => self.on_timer()?,
            }
        }
    }

    async fn step(&mut self) -> Step {
        // A window that is full is not read beyond: TCP holds the client back.
        let window = self.opened.bind.0.account.window;
        let reads = self.open < window && !matches!(self.closing, Some(Closing::Client(_)));
        if !reads {
            // The silence is ours.
            self.heard_at = Instant::now();
        }
        let (stop, is_closing) = (self.server.stop.clone(), self.closing.is_some());
        let wakes_at = self.wakes_at();
        tokio::select! {
            () = stop.cancelled(), if !is_closing => Step::Stop,
            Some(done) = self.done.recv() => Step::Done(done),
            received = self.wire.next(), if reads => Step::Received(received),
            () = self.outbox.changed(), if !is_closing => Step::Deliver,
            () = tokio::time::sleep_until(wakes_at) => Step::Wake,
        }
    }

    fn enquire_interval(&self) -> Duration {
        Duration::from_secs(self.server.config.smpp.enquire_link)
    }

    fn wakes_at(&self) -> Instant {
        let enquire_at = self.heard_at + self.enquire_interval() * (self.enquiries + 1);
        let times = [Some(enquire_at), self.ends_at, self.outbox.wakes_at()];
        times.into_iter().flatten().min().unwrap_or(enquire_at)
    }

    fn on_timer(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.ends_at.is_some_and(|at| at <= now) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not unbind"));
        }
        if self.outbox.is_late(now) {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client does not answer deliver_sm",
            ));
        }
        if now >= self.heard_at + self.enquire_interval() * (self.enquiries + 1) {
            if self.enquiries >= MAX_ENQUIRIES {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client does not answer enquire_link",
                ));
            }
            self.enquiries += 1;
            let sequence = self.next_sequence();
            frames::write(&mut self.wire.out, CommandStatus::EsmeRok, sequence, Pdu::EnquireLink);
        }
        Ok(())
    }

    /// The next sequence number of a request, 1 to 0x7FFFFFFF.
    fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence % 0x7FFF_FFFF + 1;
        self.sequence
    }

    fn close(&mut self, closing: Closing) {
        self.closing = Some(closing);
        self.ends_at.get_or_insert(Instant::now() + UNBIND_WITHIN);
    }

    /// Answers an unbind once everything else is answered.
    fn end_in_order(&mut self) {
        if let (Some(Closing::Client(sequence)), 0) = (self.closing, self.open) {
            let status = CommandStatus::EsmeRok;
            frames::write(&mut self.wire.out, status, sequence, Pdu::UnbindResp);
            self.closing = Some(Closing::Answered);
        }
    }

    fn is_over(&self) -> bool {
        self.closing == Some(Closing::Answered) && self.open == 0
    }

    /// Returns `true` if no message is accepted any more.
    pub(super) fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    async fn deliver(&mut self) -> io::Result<()> {
        let (mut sequence, out) = (self.sequence, &mut self.wire.out);
        let next = || {
            sequence = sequence % 0x7FFF_FFFF + 1;
            sequence
        };
        self.outbox.fill(out, next).await;
        self.sequence = sequence;
        Ok(())
    }

    async fn handle(&mut self, header: Header, frame: bytes::BytesMut) {
        let Header { id, sequence, status } = header;
        let command = CommandId::from(id);
        let out = &mut self.wire.out;
        match command {
            _ if header.is_response() => {
                self.outbox.answered(sequence, status);
                if self.closing == Some(Closing::Gateway(sequence)) {
                    self.closing = Some(Closing::Answered);
                }
            }
            CommandId::EnquireLink => {
                frames::write(out, CommandStatus::EsmeRok, sequence, Pdu::EnquireLinkResp);
            }
            CommandId::Unbind => self.close(Closing::Client(sequence)),
            CommandId::SubmitSm if self.opened.kind.transmits() => {
                if let Err(status) = self.submit(sequence, frame) {
                    self.refuse(sequence, status);
                }
            }
            CommandId::QuerySm | CommandId::CancelSm if self.opened.kind.transmits() => {
                if let Err(status) = self.look_up(sequence, frame).await {
                    frames::write_error(&mut self.wire.out, id, sequence, status);
                }
            }
            CommandId::SubmitSm | CommandId::QuerySm | CommandId::CancelSm => {
                frames::write_error(out, id, sequence, CommandStatus::EsmeRinvbndsts);
            }
            // Their answers are known, and so is that they are not supported.
            CommandId::DataSm | CommandId::ReplaceSm | CommandId::SubmitMulti => {
                frames::write_error(out, id, sequence, CommandStatus::EsmeRinvcmdid);
            }
            command if Kind::of(command).is_some() => {
                frames::write_error(out, id, sequence, CommandStatus::EsmeRalybnd);
            }
            _ => frames::write_nack(out, sequence, CommandStatus::EsmeRinvcmdid),
        }
    }
}
