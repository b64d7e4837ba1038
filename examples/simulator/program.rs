//! The program of the example: a modem, a link to it, and control lines, in one loop without
//! threads.

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use clap::Parser;
use modem::simulator::{Date, FaultPlan, Profile, Simulator};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::common::output::complain;
use crate::common::status::{self, usage};
use crate::control::Control;
use crate::link::{Link, Listener};

/// The number of bytes that the host may leave unread before the modem waits.
const OUTPUT_LIMIT: usize = 1 << 16;

/// Runs a simulated modem for other programs.
#[derive(Debug, Parser)]
struct Options {
    /// Offer the modem at a pseudoterminal, with a symbolic link to it at this path
    #[arg(long, value_name = "LINK", group = "port")]
    pty: Option<std::path::PathBuf>,
    /// Offer the modem at a TCP port
    #[arg(long, value_name = "ADDR", group = "port")]
    tcp: Option<String>,
    /// Offer the modem at a Unix socket; a leading @ means an abstract name
    #[arg(long, value_name = "PATH", group = "port")]
    unix: Option<String>,
    /// The profile of the modem, which imitates a vendor; `list` prints all profiles
    #[arg(long, default_value = "generic")]
    profile: String,
    /// The echo of commands at the start (ATE)
    #[arg(long, value_name = "on|off", value_parser = ["on", "off"])]
    echo: Option<String>,
    /// Accept control lines at this socket: HOST:PORT, a path, or an abstract name with a leading @
    #[arg(long, value_name = "ADDR")]
    control: Option<String>,
    /// The PIN that the SIM asks for
    #[arg(long)]
    pin: Option<String>,
    /// The time that the network takes for a message, a USSD string or a call, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// The date at the start as `yy/MM/dd,hh:mm:ss+zz`, zz in quarters of an hour; the host's in
    /// UTC if absent
    #[arg(long)]
    date: Option<String>,
    /// The seed of the random generator for faults
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the dialogue on standard error
    #[arg(long)]
    log: bool,
}

pub(crate) fn main() -> ExitCode {
    match status::arguments() {
        Ok(options) => status::exit("simulator", run(&options)),
        Err(status) => status,
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if options.profile == "list" {
        let names: String =
            Profile::ALL.iter().map(|profile| format!("{}\n", profile.name)).collect();
        return Ok(io::stdout().write_all(names.as_bytes())?);
    }
    let simulator = simulator(options)?;
    let listener = match (&options.pty, &options.tcp, &options.unix) {
        (Some(link), ..) => Listener::pty(link)?,
        (_, Some(address), _) | (_, _, Some(address)) => Listener::socket(address)?,
        _ => return Err(usage("the port is missing: give --pty, --tcp or --unix").into()),
    };
    let control = Control::new(options.control.as_deref())?;
    Machine {
        simulator,
        listener,
        control,
        link: None,
        unread: Vec::new(),
        log: options.log,
        start: Instant::now(),
    }
    .run()
}

fn simulator(options: &Options) -> Result<Simulator, Box<dyn Error>> {
    let name = &options.profile;
    let mut profile = Profile::named(name).ok_or_else(|| {
        usage(format!("the profile {name:?} is unknown: --profile list prints all profiles"))
    })?;
    if let Some(echo) = &options.echo {
        profile.echo = echo == "on";
    }
    let mut simulator = Simulator::new(profile);
    let date = match &options.date {
        Some(date) => Date::parse(date).ok_or_else(|| {
            usage(format!("the date {date:?} is invalid: write yy/MM/dd,hh:mm:ss+zz"))
        })?,
        None => {
            let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
            Date::from_unix(u32::try_from(seconds)?, 0)
        }
    };
    simulator.set_date(date);
    simulator.set_pin(options.pin.as_deref());
    simulator.set_latency(Duration::from_millis(options.latency));
    simulator.set_faults(FaultPlan::new(options.seed));
    Ok(simulator)
}

/// The simulator, its host and its control connections.
struct Machine {
    simulator: Simulator,
    listener: Listener,
    control: Control,
    link: Option<Link>,
    /// Bytes of the host that the modem has not accepted.
    unread: Vec<u8>,
    log: bool,
    start: Instant,
}

impl Machine {
    fn run(mut self) -> Result<(), Box<dyn Error>> {
        loop {
            self.transmit();
            self.wait()?;
            let now = self.start.elapsed();
            self.simulator.handle_timeout(now);
            self.connect(now)?;
            self.receive(now);
            for command in self.control.read() {
                let reply = self.control.run(&command.line, &mut self.simulator, now);
                self.control.answer(&command, &reply);
                if reply.quit {
                    return Ok(());
                }
            }
        }
    }

    /// Sleeps until there is input, output or a deadline.
    fn wait(&self) -> Result<(), Box<dyn Error>> {
        let now = self.start.elapsed();
        let due = self
            .simulator
            .poll_timeout()
            .map_or(Duration::from_secs(60), |due| due.saturating_sub(now));
        let mut limit =
            due.max(Duration::from_millis(1)).min(self.listener.poll_interval(self.link.is_some()));
        let mut handles: Vec<(BorrowedFd<'_>, PollFlags)> =
            self.control.handles().map(|fd| (fd, PollFlags::IN)).collect();
        match &self.link {
            Some(link) => {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::IN, self.unread.is_empty());
                flags.set(PollFlags::OUT, link.has_output());
                handles.push((link.as_fd(), flags));
                if !self.unread.is_empty() {
                    limit = limit.min(Duration::from_millis(20));
                }
            }
            None => handles.extend(self.listener.handle().map(|fd| (fd, PollFlags::IN))),
        }
        let mut handles: Vec<_> =
            handles.iter().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        match poll(&mut handles, Some(&Timespec::try_from(limit)?)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Accepts a host that has connected, and disconnects the host if the modem broke the link.
    fn connect(&mut self, now: Duration) -> Result<(), Box<dyn Error>> {
        if self.link.is_some() && !self.simulator.is_connected() {
            self.link = None;
            self.listener.hang_up()?;
        }
        if self.link.is_none()
            && let Some(link) = self.listener.accept()?
        {
            self.log('=', b"opened");
            self.unread.clear();
            self.link = Some(link);
            self.simulator.handle_opened(now);
        }
        Ok(())
    }

    /// Passes the bytes of the host to the modem.
    fn receive(&mut self, now: Duration) {
        let Some(link) = &mut self.link else { return };
        if self.unread.is_empty() {
            match link.read() {
                Ok(bytes) => self.unread = bytes,
                Err(_) => {
                    self.link = None;
                    self.log('=', b"closed");
                    return self.simulator.handle_closed(now);
                }
            }
        }
        let taken = self.simulator.handle_input(&self.unread, now);
        let taken: Vec<u8> = self.unread.drain(..taken).collect();
        self.log('>', &taken);
    }

    /// Passes the output of the modem to the host.
    fn transmit(&mut self) {
        while self.link.as_ref().is_none_or(|link| link.waiting() < OUTPUT_LIMIT) {
            let Some(bytes) = self.simulator.poll_transmit() else {
                break;
            };
            self.log('<', &bytes);
            if let Some(link) = &mut self.link {
                link.write(&bytes);
            }
        }
        if let Some(link) = &mut self.link {
            link.flush();
        }
    }

    fn log(&self, side: char, bytes: &[u8]) {
        if self.log && !bytes.is_empty() {
            let seconds = self.start.elapsed().as_secs_f64();
            complain!("{seconds:10.3} {side} {}", bytes.escape_ascii());
        }
    }
}
