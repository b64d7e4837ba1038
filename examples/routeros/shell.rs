//! The shell: its state, and its commands.

use core::error::Error;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use modem::pdu::Address;
use modem::{Receipt, Received};

use crate::arguments::Arguments;
use crate::at_chat::Chat;
use crate::clock::Clock;
use crate::common::printable::printable;
use crate::complete::Known;
use crate::console::{self, Action};
use crate::device::Device;
use crate::items::{Ids, Item, Menu};
use crate::logging::Log;
use crate::output::Output;
use crate::receiver::Receiver;
use crate::script::{self, Block, Failure, Host, SyntaxError, Target, Value, Word};
use crate::scripts::Call;
use crate::settings::Settings;
use crate::store::Store;
use crate::world::{LTE, SERIAL, World};

/// The longest wait before an interruption is noticed.
pub(crate) const STEP: Duration = Duration::from_millis(100);

/// The largest number of steps of what is typed at once, or of a script that a message runs.
const MAX_STEPS: u32 = 200_000;

/// The steps between two looks for an interruption.
const STEPS_AT_ONCE: u32 = 256;

/// The time within which the simulated network may finish its pending actions.
const HORIZON: Duration = Duration::from_secs(10);

/// The sentence after `/system reboot`.
pub(crate) const RESTARTED: &str = "the shell was restarted: the rest of the commands was not run";

/// The shell.
pub(crate) struct Shell {
    pub(crate) clock: Clock,
    pub(crate) output: Output,
    pub(crate) log: Log,
    pub(crate) store: Store,
    pub(crate) receiver: Receiver,
    /// A bare dialogue that is open for a USSD reply of the network.
    pub(crate) chat: Option<Chat>,
    /// The internal numbers of items.
    pub(crate) ids: BTreeMap<Menu, Ids>,
    /// The items of the last listing of a menu, by their number in it.
    pub(crate) printed: BTreeMap<Menu, Vec<u32>>,
    /// The receipts of the messages that were listed last.
    pub(crate) receipts: Vec<(u32, Receipt)>,
    /// `true` while `print follow` shows new messages.
    pub(crate) follows: bool,
    /// The new messages that are not shown yet.
    pub(crate) arrived: Vec<Received>,
    /// The scripts that messages have requested.
    pub(crate) calls: VecDeque<Call>,
    /// `true` while one of these scripts runs.
    pub(crate) is_running: bool,
    /// The sender of the message that requested the running script, and the port.
    pub(crate) requester: Option<(Address, String)>,
    /// The variables that were passed to the running script.
    pub(crate) passed: Vec<(String, String)>,
    /// The nesting depth of scripts.
    pub(crate) depth: usize,
    pub(crate) steps: u32,
    pub(crate) allow_programs: bool,
    devices: Vec<Rc<Device>>,
    world: Option<Rc<World>>,
    pub(crate) menu: Vec<&'static str>,
    globals: BTreeMap<String, Value>,
    last_ussd: String,
    interruption: Box<dyn Interruption>,
    pub(crate) is_over: bool,
    /// `true` after a message that may have been sent, or was sent in part.
    pub(crate) is_unknown: bool,
    /// `true` after `/system reboot`, until what was running has ended.
    pub(crate) is_restarted: bool,
}

/// The reader's way to end what goes on.
pub(crate) trait Interruption {
    /// Returns `true` if the reader ends `print follow`.
    fn ends_follow(&mut self) -> bool;

    /// Returns `true` if the reader ends a script.
    fn ends_script(&mut self) -> bool;
}

/// The parts of a shell.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) output: Output,
    pub(crate) store: Store,
    pub(crate) devices: Vec<Rc<Device>>,
    pub(crate) world: Option<Rc<World>>,
    pub(crate) interruption: Box<dyn Interruption>,
    /// `true` if scripts may run programs of this machine.
    pub(crate) allow_programs: bool,
}

impl Shell {
    /// Creates a shell, and starts receiving if the settings say so.
    pub(crate) fn new(parts: Parts) -> Self {
        let mut shell = Self {
            log: Log::new(parts.clock.clone(), parts.output.clone()),
            clock: parts.clock,
            output: parts.output,
            store: parts.store,
            receiver: Receiver::Off,
            chat: None,
            ids: BTreeMap::new(),
            printed: BTreeMap::new(),
            receipts: Vec::new(),
            follows: false,
            arrived: Vec::new(),
            calls: VecDeque::new(),
            is_running: false,
            requester: None,
            passed: Vec::new(),
            depth: 0,
            steps: 0,
            allow_programs: parts.allow_programs,
            devices: parts.devices,
            world: parts.world,
            menu: Vec::new(),
            globals: BTreeMap::new(),
            last_ussd: String::new(),
            interruption: parts.interruption,
            is_over: false,
            is_unknown: false,
            is_restarted: false,
        };
        shell.configure_log();
        shell.start();
        shell
    }

    /// Starts receiving; the log has the reason if it fails.
    fn start(&mut self) {
        if let Err(error) = self.restart_receiver()
            && matches!(self.receiver, Receiver::Off)
        {
            self.log.add(&["gsm", "error"], &format!("cannot receive: {error}"));
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.store.kept().sms
    }

    /// The prompt, with the current menu.
    pub(crate) fn prompt(&self) -> String {
        let menu: String = self.menu.iter().map(|name| format!("/{name}")).collect();
        format!("[modem] {menu}> ")
    }

    /// The state that completion uses.
    pub(crate) fn known(&self) -> Known {
        let scripts = self.store.kept().script.iter();
        Known {
            menu: self.menu.clone(),
            ports: self.ports(),
            scripts: scripts.map(|script| script.name.clone()).collect(),
            secret: self.settings().secret.clone(),
        }
    }

    /// Runs the commands of a text until the first error; `Ok(false)` if the text ends early.
    pub(crate) fn enter(&mut self, text: &str) -> Result<bool, Failure> {
        match script::read(text) {
            Err(SyntaxError::Incomplete(_)) => Ok(false),
            Err(error) => Err(error.into()),
            Ok(block) => self.run(&block).map(|()| true),
        }
    }

    /// Runs commands that the reader has entered.
    pub(crate) fn run(&mut self, block: &Block) -> Result<(), Failure> {
        self.steps = 0;
        let result = script::run_block(self, block, Vec::new(), "").map(|_| ());
        if core::mem::take(&mut self.is_restarted) {
            self.output.line(RESTARTED);
            return Ok(());
        }
        result
    }

    /// Lets the simulated network finish its pending actions, and handles the events.
    pub(crate) fn settle(&mut self) {
        let Some(world) = self.world.clone() else {
            return self.run_for(Duration::from_millis(20));
        };
        let end = world.now() + HORIZON;
        self.run_for(Duration::from_millis(1));
        while let Some(due) = world.due().filter(|due| world.now() + *due <= end) {
            self.run_for(due.max(Duration::from_millis(1)));
        }
    }

    /// Returns `true` if the reader ends `print follow`, or if the simulated network is idle.
    pub(crate) fn is_interrupted(&mut self) -> bool {
        // No reader watches a script that a message runs.
        self.is_running || self.interruption.ends_follow()
    }

    pub(crate) fn on_ussd(&mut self, text: &str) {
        self.log.add(&["gsm", "info"], &format!("USSD: {text}"));
        self.last_ussd = text.into();
    }

    /// The items of a menu.
    pub(crate) fn items(&mut self, menu: Menu) -> Result<Vec<Item>, Failure> {
        Ok(match menu {
            Menu::Port => Device::items(&self.devices),
            Menu::Inbox => self.inbox_items()?,
            Menu::Scripts => self.script_items(),
            Menu::Logging => self.rule_items(),
            Menu::Log => self.log.items(),
        })
    }

    /// The names of the ports.
    pub(crate) fn ports(&self) -> Vec<String> {
        self.devices.iter().map(|device| device.name.clone()).collect()
    }

    /// The modem with this name.
    pub(crate) fn device(&self, name: &str) -> Result<Rc<Device>, String> {
        let found = self.devices.iter().find(|device| device.name == name);
        found.cloned().ok_or_else(|| {
            format!("the port {name:?} does not exist: use {}", self.ports().join(" or "))
        })
    }

    /// Shows the secret in no line, and logs by the rules that are kept.
    pub(crate) fn configure_log(&self) {
        let kept = self.store.kept();
        self.log.configure(&kept.logging, &kept.sms.secret);
        self.output.mask(&kept.sms.secret);
    }

    /// The state of receiving.
    pub(crate) fn status(&mut self) -> &'static str {
        let is_running = match &mut self.receiver {
            Receiver::On(receiving) => receiving.is_ready(),
            Receiver::Off => false,
        };
        match is_running {
            false => "off",
            true if matches!(self.storage_full(), Ok(Some(_))) => {
                "running, but the storage is full"
            }
            true => "running",
        }
    }

    pub(crate) fn last_ussd(&self) -> String {
        printable(&self.last_ussd)
    }

    pub(crate) fn sms_set(&mut self, mut arguments: Arguments) -> Result<(), Failure> {
        let before = self.settings().clone();
        let mut new = before.clone();
        new.change(&mut arguments, |port, channel| self.device(port)?.check(channel))?;
        self.store.change(|kept| {
            kept.sms = new;
            Ok(())
        })?;
        self.configure_log();
        if !self.settings().receives_like(&before) {
            self.restart_receiver().map_err(|error| {
                format!("the settings are saved, but receiving has not started: {error}")
            })?;
        }
        Ok(())
    }

    /// Waits, and handles events meanwhile.
    pub(crate) fn delay(&mut self, time: Duration) -> Result<(), Failure> {
        let until = self.clock.elapsed() + time;
        while self.clock.elapsed() < until && !self.is_over {
            let left = until.saturating_sub(self.clock.elapsed());
            self.run_for(left.min(STEP));
            self.check_interruption()?;
        }
        Ok(())
    }

    /// Fails if the reader ends what runs.
    pub(crate) fn check_interruption(&mut self) -> Result<(), Failure> {
        if !self.is_running && self.interruption.ends_script() {
            return Err(Failure::ending("interrupted"));
        }
        Ok(())
    }

    /// `/system reboot`: forgets what RouterOS keeps in memory only, and opens the modem again.
    pub(crate) fn reboot(&mut self) -> Failure {
        self.globals.clear();
        self.log.clear();
        self.last_ussd.clear();
        self.chat = None;
        self.is_restarted = true;
        self.start();
        Failure::ending(RESTARTED)
    }

    pub(crate) fn environment(&self) -> impl Iterator<Item = String> {
        self.globals.iter().map(|(name, value)| format!("{name}={}", printable(&value.text())))
    }

    pub(crate) fn simulator(
        &mut self,
        action: Action,
        mut arguments: Arguments,
    ) -> Result<(), Failure> {
        let world = self
            .world
            .clone()
            .ok_or("the modem is real: /simulator works only without --port and --tcp")?;
        let port = arguments.positional("port")?;
        let modem = port.one_of(&[("usb3", SERIAL), ("lte1", LTE)])?;
        match action {
            Action::SimulatorTruth => {
                arguments.end()?;
                let truth = world.with(modem, |simulator, _| simulator.truth().to_vec());
                truth.iter().for_each(|entry| self.output.line(&entry.to_string()));
            }
            Action::SimulatorSet => {
                let lte_only = arguments.required("lte-only")?.yes_no()?;
                arguments.end()?;
                if modem != LTE {
                    return Err(port.refused("lte-only= can be set only for lte1"));
                }
                self.chat = None;
                world.replace_lte(!lte_only);
            }
            _ => {
                let verb = arguments.positional("verb")?.text();
                arguments.end()?;
                world.perform(modem, &verb)?;
            }
        }
        Ok(())
    }
}

impl Host for Shell {
    type Action = Action;

    fn step(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Failure::ending(format_args!(
                "the script was stopped after {MAX_STEPS} steps: a loop may have no end"
            )));
        }
        if self.steps.is_multiple_of(STEPS_AT_ONCE) {
            self.check_interruption()?;
        }
        Ok(())
    }

    fn find(&self, words: &[Word]) -> Result<Target<Action>, Failure> {
        console::find(words, &self.menu)
    }

    fn act(&mut self, action: Action, mut arguments: Arguments) -> Result<Value, Failure> {
        if !console::takes_any(action) {
            arguments.complete(&console::parameters(action))?;
        }
        self.perform(action, arguments)
    }

    fn menu(&mut self) -> &mut Vec<&'static str> {
        &mut self.menu
    }

    fn globals(&mut self) -> &mut BTreeMap<String, Value> {
        &mut self.globals
    }

    fn print(&mut self, line: &str) {
        self.output.line(line);
    }

    fn is_over(&self) -> bool {
        self.is_over || self.is_restarted
    }
}

/// The sentence for an error; its advice names the settings of the shell.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    crate::common::errors::sentence(error, "/tool sms set sim-pin=")
}
