//! A simulated modem for other people's programs: behind a pty, a TCP port or a Unix socket.
//!
//! ```text
//! cargo run --example simulator -- --pty ./modem-port --profile huawei-e173 --log
//! cargo run --example simulator -- --tcp 127.0.0.1:7000 --control 127.0.0.1:7001
//! ```
//!
//! Lines on standard input, or on connections to the control address, drive the network: `deliver +49123 Hello`,
//! `ring +49123`, `truth`, `quit`; `help` lists them. Each line of a control connection is answered by `ok` or
//! `error: ...`.

mod control;
mod link;

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use clap::Parser;
use control::Control;
use link::{Link, Listener};
use modem::simulator::{Date, FaultPlan, Profile, Simulator};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// What the host may leave unread before the modem waits for it.
const OUTPUT_LIMIT: usize = 1 << 16;

/// A simulated modem.
#[derive(Debug, Parser)]
struct Options {
    /// A pseudoterminal, with a symbolic link to it at this path.
    #[arg(long, value_name = "LINK", group = "port")]
    pty: Option<std::path::PathBuf>,
    /// A TCP port.
    #[arg(long, value_name = "ADDR", group = "port")]
    tcp: Option<String>,
    /// A Unix socket; a leading @ means an abstract name.
    #[arg(long, value_name = "PATH", group = "port")]
    unix: Option<String>,
    /// The make of the modem; `list` prints them.
    #[arg(long, default_value = "generic")]
    profile: String,
    /// Whether the modem sends back what it is told, until it is told otherwise.
    #[arg(long, value_name = "on|off", value_parser = ["on", "off"])]
    echo: Option<String>,
    /// Where lines of control are taken: an address with a port, a path, or an abstract name with a leading @.
    #[arg(long, value_name = "ADDR")]
    control: Option<String>,
    /// The PIN that the card asks for.
    #[arg(long)]
    pin: Option<String>,
    /// Milliseconds that the network takes for a message, a USSD string or a call.
    #[arg(long, default_value_t = 0)]
    latency: u64,
    /// The date at the start as `yy/MM/dd,hh:mm:ss+zz`, zz in quarters of an hour; that of the host in UTC if absent.
    #[arg(long)]
    date: Option<String>,
    /// What decides where faults strike.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the dialogue.
    #[arg(long)]
    log: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulator: {error}");
            ExitCode::FAILURE
        }
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
        _ => return Err("one of --pty, --tcp and --unix is needed".into()),
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
        format!("there is no profile `{name}`: --profile list prints those there are")
    })?;
    if let Some(echo) = &options.echo {
        profile.echo = echo == "on";
    }
    let mut simulator = Simulator::new(profile);
    let date = match &options.date {
        Some(date) => Date::parse(date)
            .ok_or_else(|| format!("`{date}` is not a date: yy/MM/dd,hh:mm:ss+zz"))?,
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

/// The simulator and everything that it is connected to.
struct Machine {
    simulator: Simulator,
    listener: Listener,
    control: Control,
    link: Option<Link>,
    /// What the host has written and the modem has not taken.
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
                let reply = self.control.obey(&command.line, &mut self.simulator, now);
                self.control.answer(&command, &reply);
                if reply.quit {
                    return Ok(());
                }
            }
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&self) -> Result<(), Box<dyn Error>> {
        let now = self.start.elapsed();
        let due = self
            .simulator
            .poll_timeout()
            .map_or(Duration::from_secs(60), |due| due.saturating_sub(now));
        let mut limit =
            due.max(Duration::from_millis(1)).min(self.listener.patience(self.link.is_some()));
        let mut handles: Vec<(BorrowedFd<'_>, PollFlags)> =
            self.control.handles().map(|fd| (fd, PollFlags::IN)).collect();
        match &self.link {
            Some(link) => {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::IN, self.unread.is_empty());
                flags.set(PollFlags::OUT, link.is_behind());
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

    /// Takes a host that has come, and lets go of one that has to go.
    fn connect(&mut self, now: Duration) -> Result<(), Box<dyn Error>> {
        if self.link.is_some() && !self.simulator.is_connected() {
            self.link = None;
            self.listener.hang_up()?;
        }
        if self.link.is_none()
            && let Some(link) = self.listener.accept()?
        {
            self.note('=', b"opened");
            self.unread.clear();
            self.link = Some(link);
            self.simulator.handle_opened(now);
        }
        Ok(())
    }

    /// Gives the modem what the host has written.
    fn receive(&mut self, now: Duration) {
        let Some(link) = &mut self.link else { return };
        if self.unread.is_empty() {
            match link.read() {
                Ok(octets) => self.unread = octets,
                Err(_) => {
                    self.link = None;
                    self.note('=', b"closed");
                    return self.simulator.handle_closed(now);
                }
            }
        }
        let taken = self.simulator.handle_input(&self.unread, now);
        let taken: Vec<u8> = self.unread.drain(..taken).collect();
        self.note('>', &taken);
    }

    /// Gives the host what the modem says.
    fn transmit(&mut self) {
        while self.link.as_ref().is_none_or(|link| link.waiting() < OUTPUT_LIMIT) {
            let Some(octets) = self.simulator.poll_transmit() else {
                break;
            };
            self.note('<', &octets);
            if let Some(link) = &mut self.link {
                link.write(&octets);
            }
        }
        if let Some(link) = &mut self.link {
            link.flush();
        }
    }

    fn note(&self, side: char, octets: &[u8]) {
        if self.log && !octets.is_empty() {
            let seconds = self.start.elapsed().as_secs_f64();
            eprintln!("{seconds:10.3} {side} {}", octets.escape_ascii());
        }
    }
}
