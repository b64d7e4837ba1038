//! The multiplexer of the modem: 3GPP TS 27.010 and 27.007, 5.7.
//!
//! Each channel has a dialogue and settings of its own. The dialogue that acts is in the place of
//! the terminal; the others are parked.

mod control;
mod frame;
mod profile;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use self::frame::{DISC, DM, Frame, PF, Reader, SABM, UA, UI, UIH};
pub use self::profile::MuxProfile;
use crate::Simulator;
use crate::command::{Command, Operation};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::{Flow, Outcome, Terminal};
use crate::timer::Event;
use crate::wire::FrameFate;

/// The dialogue in AT mode.
const PLAIN: u8 = 0;
/// A dialogue with nobody, for unsolicited lines while no channel is open.
const NOWHERE: u8 = u8::MAX;
/// The last channel that can be opened.
const LAST: u8 = 61;

/// The time without a control channel after which the modem is in AT mode again.
const RETURN_TIMEOUT: Duration = Duration::from_secs(5);

/// The multiplexer, in AT mode or not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mux {
    running: Option<Running>,
    /// The parameters of a `+CMUX` whose OK is due.
    due: Option<Parameters>,
    /// The dialogues that do not act.
    parked: BTreeMap<u8, Parked>,
    /// The dialogue that acts.
    active: u8,
    /// The channel that asked for unsolicited lines.
    urcs: u8,
}

/// The parameters of `+CMUX`.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    advanced: bool,
    information: usize,
}

#[derive(Debug, Clone)]
struct Parked {
    terminal: Terminal,
    settings: Settings,
}

/// The state of a line that multiplexes.
#[derive(Debug, Clone)]
struct Running {
    parameters: Parameters,
    reader: Reader,
    /// The control channel and the channels that are open.
    open: BTreeSet<u8>,
    /// The channels that the host has stopped.
    stopped: BTreeSet<u8>,
    all_stopped: bool,
    is_asleep: bool,
    /// Output of channels that is not written yet.
    queues: BTreeMap<u8, VecDeque<u8>>,
}

impl Mux {
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Notes that the acting channel has asked for unsolicited lines.
    pub(crate) fn ask_for_urcs(&mut self) {
        self.urcs = self.active;
    }

    fn is_open(&self, dlci: u8) -> bool {
        self.running.as_ref().is_some_and(|running| running.open.contains(&dlci))
    }

    /// The dialogue that unsolicited lines go to.
    pub(crate) fn urc_port(&self, profile: &MuxProfile) -> u8 {
        let Some(running) = &self.running else { return PLAIN };
        let wanted = profile.urc_channel.unwrap_or(self.urcs);
        match running.open.get(&wanted) {
            Some(wanted) if *wanted != PLAIN => *wanted,
            _ => running.open.iter().copied().find(|dlci| *dlci != PLAIN).unwrap_or(NOWHERE),
        }
    }

    /// `+CMUX`; the multiplexer begins after the OK.
    pub(crate) fn command(
        &mut self,
        command: &Command,
        profile: &MuxProfile,
        terminal: &mut Terminal,
    ) -> Outcome {
        if profile.test.is_empty() {
            return Err(Failure::Unknown);
        }
        match &command.operation {
            Operation::Test => terminal.prefixed("+CMUX", profile.test),
            Operation::Read => {
                let line = format!("0,0,0,{},10,3,30,10,2", profile.information.min(31));
                terminal.prefixed("+CMUX", &line)
            }
            _ if self.active != PLAIN => Err(Failure::OPERATION_NOT_ALLOWED),
            Operation::Execute => Err(Failure::INCORRECT_PARAMETERS),
            Operation::Set(arguments) => {
                let refused = |()| Failure::INCORRECT_PARAMETERS;
                let lists = profile.test.matches("),").count().saturating_add(1);
                let offers_advanced =
                    ["(0-1)", "(0,1)", "(1)"].iter().any(|modes| profile.test.starts_with(modes));
                let mode = arguments.small(0, 1).map_err(refused)?.unwrap_or(0);
                let subset = arguments.small(1, 255).map_err(refused)?.unwrap_or(0);
                let advanced = mode == 1;
                let information = arguments.word(3).filter(|word| !word.is_empty());
                let default = if advanced { 64 } else { 31 };
                let information = match information.map(str::parse::<u16>) {
                    None => default,
                    Some(Ok(number)) if number > 0 => number,
                    Some(_) => return Err(Failure::INCORRECT_PARAMETERS),
                };
                if arguments.len() > lists || subset != 0 || advanced && !offers_advanced {
                    return Err(Failure::INCORRECT_PARAMETERS);
                }
                let information = usize::from(information.min(profile.information));
                if !profile.stays {
                    self.due = Some(Parameters { advanced, information });
                }
                Ok(Flow::Done)
            }
        }
    }
}

impl Simulator {
    /// Lets this dialogue act; an unknown one changes nothing.
    pub(crate) fn switch(&mut self, port: u8) {
        let Self { mux, desk, terminal, .. } = self;
        if port == mux.active {
            return;
        }
        let Some(mut parked) = mux.parked.remove(&port) else { return };
        core::mem::swap(&mut parked.terminal, terminal);
        core::mem::swap(&mut parked.settings, &mut desk.settings);
        // Faults of commands are those of whoever reads commands.
        terminal.wire.take_over_faults(&mut parked.terminal.wire);
        mux.parked.insert(mux.active, parked);
        mux.active = port;
        desk.timers.port = port;
    }

    /// Lets an act of the outside world reach the dialogue of unsolicited lines.
    pub(crate) fn outside<R>(&mut self, act: impl FnOnce(&mut Self) -> R) -> R {
        let port = self.mux.urc_port(&self.desk.profile.mux);
        self.switch(port);
        let result = act(self);
        self.settle();
        result
    }

    /// Handles an event for the dialogue that set it, or for that of unsolicited lines.
    pub(crate) fn happen_to(&mut self, port: u8, event: Event) {
        let before = self.mux.active;
        let is_own = matches!(event, Event::Continue | Event::Ussd(_) | Event::UssdTimeout(_));
        self.switch(if is_own { port } else { self.mux.urc_port(&self.desk.profile.mux) });
        self.happen(event);
        if self.mux.active != before {
            self.drain();
            self.switch(before);
        }
    }

    /// Takes bytes of the host, as frames or as lines.
    pub(crate) fn take_bytes(&mut self, bytes: &[u8]) {
        if !self.mux.is_running() {
            return self.take_input(bytes);
        }
        for (at, byte) in (1..).zip(bytes) {
            self.take_mux_byte(*byte);
            if !self.mux.is_running() {
                // After the close-down the modem is in AT mode.
                return self.take_input(bytes.get(at..).unwrap_or_default());
            }
        }
    }

    /// Begins to multiplex, if the OK to `+CMUX` is written.
    pub(crate) fn begin_mux(&mut self) {
        if self.mux.due.is_none() || self.terminal.running.is_some() {
            return;
        }
        let Some(parameters) = self.mux.due.take() else { return };
        let (reader, queues) = (Reader::new(parameters.advanced), BTreeMap::new());
        let (open, stopped) = (BTreeSet::new(), BTreeSet::new());
        self.mux.running = Some(Running {
            parameters,
            reader,
            open,
            stopped,
            all_stopped: false,
            is_asleep: false,
            queues,
        });
        let mut nobody = Terminal::new();
        nobody.wire.close();
        let settings = Settings::new(&self.desk.profile);
        self.mux.parked.insert(NOWHERE, Parked { terminal: nobody, settings });
        self.desk.set_timer(RETURN_TIMEOUT, Event::MuxTimeout);
        let rest = self.terminal.begin_frames();
        self.take_bytes(&rest);
    }

    /// Returns to AT mode.
    pub(crate) fn end_mux(&mut self) {
        self.switch(PLAIN);
        self.mux.due = None;
        let Some(running) = self.mux.running.take() else { return };
        self.desk.timers.cancel(&Event::MuxTimeout);
        for dlci in running.open.into_iter().filter(|dlci| *dlci != PLAIN) {
            self.hang_up_channel(dlci);
        }
    }

    /// Forgets all channels, after a loss of power.
    pub(crate) fn drop_mux(&mut self) {
        self.switch(PLAIN);
        self.mux = Mux::default();
    }

    /// The time without a control channel is over.
    pub(crate) fn mux_timed_out(&mut self) {
        if !self.mux.is_open(PLAIN) {
            self.end_mux();
        }
    }

    fn hang_up_channel(&mut self, dlci: u8) {
        self.switch(dlci);
        if self.mux.active == dlci {
            self.terminal.hang_up(&mut self.desk);
            self.terminal.wire.close();
        }
        self.switch(PLAIN);
    }

    fn take_mux_byte(&mut self, byte: u8) {
        let Some(running) = &mut self.mux.running else { return };
        if core::mem::take(&mut running.is_asleep) {
            // Flags say that the modem is awake.
            let flag = if running.parameters.advanced { 0x7E } else { 0xF9 };
            self.terminal.wire.write(&[flag; 4], self.desk.now);
        }
        if let Some(frame) = running.reader.push(byte) {
            self.take_frame(&frame);
            self.write_channels();
        }
    }

    fn take_frame(&mut self, frame: &Frame) {
        let profile = self.desk.profile.mux;
        let dlci = frame.dlci;
        let has_control = self.mux.is_open(PLAIN);
        let is_open = self.mux.is_open(dlci);
        match frame.kind {
            SABM if dlci == PLAIN || has_control && dlci <= profile.channels.min(LAST) => {
                if let Some(running) = &mut self.mux.running {
                    running.open.insert(dlci);
                    running.stopped.remove(&dlci);
                    running.queues.remove(&dlci);
                }
                self.answer(frame, UA);
                if dlci != PLAIN {
                    self.open_channel(dlci);
                }
            }
            SABM => self.answer(frame, DM),
            DISC => {
                self.answer(frame, if is_open { UA } else { DM });
                if dlci == PLAIN {
                    self.end_mux();
                } else if is_open {
                    if let Some(running) = &mut self.mux.running {
                        running.open.remove(&dlci);
                        running.queues.remove(&dlci);
                    }
                    self.hang_up_channel(dlci);
                }
            }
            UIH | UI if !is_open => self.answer(frame, DM),
            UIH | UI if dlci == PLAIN => self.take_control(&frame.information),
            UIH | UI if self.terminal.wire.mutes_channel(dlci) => {}
            UIH | UI => {
                self.switch(dlci);
                self.take_input(&frame.information);
                self.switch(PLAIN);
            }
            _ => {}
        }
    }

    fn open_channel(&mut self, dlci: u8) {
        self.desk.observer.reopened();
        let settings = Settings::new(&self.desk.profile);
        // A dialogue may have a message on its way to the network, whose answer goes nowhere.
        self.mux
            .parked
            .entry(dlci)
            .or_insert_with(|| Parked { terminal: Terminal::new(), settings: settings.clone() });
        self.switch(dlci);
        self.desk.settings = settings;
        self.terminal.open(&mut self.desk);
        self.switch(PLAIN);
        self.terminal.wire.unmute_channel(dlci);
        let stops = self.terminal.wire.stops_channel(dlci);
        if self.desk.profile.mux.sends_status || stops {
            let signals = if stops { 0x8F } else { 0x8D };
            self.write_control(0xE3, &[dlci << 2 | 3, signals]);
        }
    }

    /// Answers a frame with UA or DM.
    fn answer(&mut self, frame: &Frame, kind: u8) {
        let control = if frame.is_polled { kind | PF } else { kind };
        // A response of the responder has the C/R bit.
        self.write_frame(frame.dlci << 2 | 3, control, &[]);
    }

    /// Writes data of a channel, or a message of the control channel.
    fn write_data(&mut self, dlci: u8, information: &[u8]) {
        let control = if self.desk.profile.mux.sets_poll_bit { UIH | PF } else { UIH };
        self.write_frame(dlci << 2 | 1, control, information);
    }

    fn write_frame(&mut self, address: u8, control: u8, information: &[u8]) {
        let Some(running) = &self.mux.running else { return };
        let mut bytes = frame::write(running.parameters.advanced, address, control, information);
        match self.terminal.wire.frame_fate() {
            FrameFate::Passes => {}
            FrameFate::Lost => return,
            FrameFate::Spoilt => {
                // The octet before the flag is the check, or the end of its escape.
                if let [.., check, _] = bytes.as_mut_slice() {
                    *check ^= 0x01;
                }
            }
        }
        self.terminal.wire.write(&bytes, self.desk.now);
    }

    /// Writes the output of the channels, a frame of each in turn.
    pub(crate) fn write_channels(&mut self) {
        self.switch(PLAIN);
        let now = self.desk.now;
        let Some(running) = &mut self.mux.running else { return };
        let mut is_broken = false;
        for dlci in running.open.iter().filter(|dlci| **dlci != PLAIN) {
            let Some(parked) = self.mux.parked.get_mut(dlci) else { continue };
            let queue = running.queues.entry(*dlci).or_default();
            let is_mute = self.terminal.wire.mutes_channel(*dlci);
            while let Some(bytes) = parked.terminal.wire.poll(now) {
                queue.extend(bytes.into_iter().filter(|_| !is_mute));
            }
            is_broken |= !parked.terminal.wire.is_connected();
        }
        if is_broken {
            // The dialogue of a channel broke the link, which is that of all.
            return self.terminal.wire.disconnect();
        }
        loop {
            let Some(running) = &mut self.mux.running else { return };
            if running.all_stopped || running.is_asleep {
                return;
            }
            let limit = running.parameters.information;
            let stopped = &running.stopped;
            let ready = running.queues.iter_mut().filter(|(dlci, _)| !stopped.contains(dlci));
            let frames: Vec<(u8, Vec<u8>)> = ready
                .filter(|(_, queue)| !queue.is_empty())
                .map(|(dlci, queue)| (*dlci, queue.drain(..queue.len().min(limit)).collect()))
                .collect();
            if frames.is_empty() {
                return;
            }
            for (dlci, information) in frames {
                self.write_data(dlci, &information);
            }
        }
    }

    /// The time at which output of a channel is due.
    pub(crate) fn channel_timeout(&self) -> Option<Duration> {
        let running = self.mux.running.as_ref()?;
        let parked = running.open.iter().filter_map(|dlci| self.mux.parked.get(dlci));
        parked.filter_map(|parked| parked.terminal.wire.next_timeout()).min()
    }
}
