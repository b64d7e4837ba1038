//! The shell: its state, and its commands.

use core::error::Error;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use modem::blocking::Modem;
use modem::{Backoff, Config, ErrorKind, Receipt, Receive, Received};

use crate::arguments::Arguments;
use crate::at_chat::{COLLECT_TIMEOUT, Chat};
use crate::clock::Clock;
use crate::console::{self, Action, Target};
use crate::device::{Device, Kind, Link};
use crate::errors;
use crate::lexer::{self, SyntaxError, Word};
use crate::logging::{self, DEFAULT_RULES, Log, Rule};
use crate::output::Output;
use crate::receiver::{Receiver, config};
use crate::script::{Scope, Script};
use crate::send::{self, Body, Order};
use crate::settings::Settings;
use crate::store::Store;
use crate::wire;
use crate::world::{LTE, SERIAL, World};

/// The longest wait before an interruption is noticed.
pub(crate) const STEP: Duration = Duration::from_millis(100);

/// The time within which the simulated network may finish its pending actions.
const HORIZON: Duration = Duration::from_secs(10);

/// The shell.
pub(crate) struct Shell {
    pub(crate) clock: Clock,
    pub(crate) output: Output,
    pub(crate) log: Log,
    pub(crate) store: Store,
    pub(crate) receiver: Receiver,
    pub(crate) backoff: Backoff,
    /// A bare dialogue that is open for a USSD reply of the network.
    pub(crate) chat: Option<Chat>,
    /// The entries of the last listing of the inbox, by number.
    pub(crate) listed: Vec<Receipt>,
    /// `true` while `print follow` shows new messages.
    pub(crate) follows: bool,
    /// The new messages that are not shown yet.
    pub(crate) arrived: Vec<Received>,
    /// The scripts that messages have requested.
    pub(crate) calls: VecDeque<(String, Scope)>,
    /// `true` while one of these scripts runs.
    pub(crate) is_running: bool,
    devices: Vec<Device>,
    world: Option<Rc<World>>,
    pub(crate) menu: Vec<&'static str>,
    pub(crate) globals: BTreeMap<String, String>,
    last_ussd: String,
    interrupted: Box<dyn FnMut() -> bool>,
    pub(crate) is_over: bool,
}

/// The parts of a shell.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) output: Output,
    pub(crate) store: Store,
    pub(crate) devices: Vec<Device>,
    pub(crate) world: Option<Rc<World>>,
    /// Returns `true` if the reader interrupts `print follow`.
    pub(crate) interrupted: Box<dyn FnMut() -> bool>,
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
            backoff: Backoff::default(),
            chat: None,
            listed: Vec::new(),
            follows: false,
            arrived: Vec::new(),
            calls: VecDeque::new(),
            is_running: false,
            devices: parts.devices,
            world: parts.world,
            menu: Vec::new(),
            globals: BTreeMap::new(),
            last_ussd: String::new(),
            interrupted: parts.interrupted,
            is_over: false,
        };
        shell.configure_log();
        if let Err(error) = shell.restart_receiver() {
            shell.log.add(&["gsm", "error"], &format!("receiving has failed: {error}"));
        }
        shell
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.store.kept().sms
    }

    /// The prompt, with the current menu.
    pub(crate) fn prompt(&self) -> String {
        let menu: String = self.menu.iter().map(|name| format!("/{name}")).collect();
        format!("[modem] {menu}> ")
    }

    /// Runs the commands of a text until the first error; `Ok(false)` if the text ends early.
    pub(crate) fn enter(&mut self, text: &str) -> Result<bool, String> {
        match lexer::read(text) {
            Err(SyntaxError::Incomplete(_)) => Ok(false),
            Err(SyntaxError::Invalid(what)) => Err(what),
            Ok(commands) => self.run(&commands, &Scope::default()).map(|()| true),
        }
    }

    /// Runs the commands of a complete text.
    pub(crate) fn run_text(&mut self, text: &str, scope: &Scope) -> Result<(), String> {
        match lexer::read(text) {
            Err(SyntaxError::Incomplete(what)) => {
                Err(format!("the text ends too early: {what} is missing"))
            }
            Err(SyntaxError::Invalid(what)) => Err(what),
            Ok(commands) => self.run(&commands, scope),
        }
    }

    pub(crate) fn run(&mut self, commands: &[Vec<Word>], scope: &Scope) -> Result<(), String> {
        for words in commands {
            if !self.is_over {
                self.command(words, scope)?;
            }
        }
        Ok(())
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

    /// Returns `true` if the reader interrupts, or if the simulated network is idle.
    pub(crate) fn is_interrupted(&mut self) -> bool {
        // No reader watches a script that a message runs.
        self.is_running || (self.interrupted)()
    }

    pub(crate) fn on_ussd(&mut self, text: &str) {
        self.log.add(&["gsm", "info"], &format!("USSD: {text}"));
        self.last_ussd = text.into();
    }

    fn command(&mut self, words: &[Word], scope: &Scope) -> Result<(), String> {
        if let Some(command) = words.first().and_then(console::built_in) {
            let command = command?;
            let arguments = self.arguments(&words[1..], scope)?;
            return self.built_in(command, arguments, scope);
        }
        match console::find(words, &self.menu)? {
            Target::Menu(menu) => {
                self.menu = menu;
                Ok(())
            }
            Target::Action(action, count) => {
                let arguments = self.arguments(words.get(count..).unwrap_or_default(), scope)?;
                self.act(action, arguments, scope)
            }
        }
    }

    fn arguments(&self, words: &[Word], scope: &Scope) -> Result<Arguments, String> {
        let global = |name: &str| self.globals.get(name).map(String::as_str);
        Arguments::new(words, |name| scope.variable(name).or_else(|| global(name)))
    }

    fn act(
        &mut self,
        action: Action,
        mut arguments: Arguments,
        scope: &Scope,
    ) -> Result<(), String> {
        match action {
            Action::SmsSet => self.sms_set(arguments),
            Action::SmsSend => {
                let order = Order::read(&mut arguments, self.settings().legacy_limits)?;
                self.send(order)
            }
            Action::InboxPrint => self.inbox_print(arguments),
            Action::InboxRemove => self.inbox_remove(arguments),
            Action::ScriptAdd | Action::ScriptSet | Action::ScriptRemove => {
                self.script_change(action, arguments)
            }
            Action::ScriptRun => {
                let name = arguments.positional("name")?.text;
                let variables = arguments.rest().into_iter();
                let variables = variables.map(|value| match value.name {
                    Some(name) => (name, value.text),
                    None => (value.text, String::new()),
                });
                let scope = Scope {
                    variables: variables.collect(),
                    sender: scope.sender.clone(),
                    depth: scope.depth + 1,
                };
                self.run_script(&name, &scope)
            }
            Action::LoggingAdd | Action::LoggingRemove => self.logging_change(action, arguments),
            Action::AtChat(kind) => self.at_chat(kind, arguments),
            Action::SimulatorRun | Action::SimulatorSet | Action::SimulatorTruth => {
                self.simulator(action, arguments)
            }
            Action::PortPrint
            | Action::SmsPrint
            | Action::ScriptPrint
            | Action::LoggingPrint
            | Action::LogPrint
            | Action::Help => {
                arguments.end()?;
                self.print(action)
            }
            Action::Quit => {
                arguments.end()?;
                self.is_over = true;
                Ok(())
            }
        }
    }

    fn print(&mut self, action: Action) -> Result<(), String> {
        let lines = match action {
            Action::SmsPrint => {
                let is_running = |shell: &Self| matches!(shell.receiver, Receiver::Running(_));
                let is_full = is_running(self) && matches!(self.storage_full(), Ok(Some(_)));
                let status = match is_running(self) {
                    false => "off",
                    true if is_full => "running, but the storage is full",
                    true => "running",
                };
                let last_ussd = logging::printable(&self.last_ussd);
                self.output.properties(&self.settings().lines(status, &last_ussd));
                return Ok(());
            }
            Action::PortPrint => Device::lines(&self.devices),
            Action::LoggingPrint => self.log.rules(),
            Action::LogPrint => self.log.lines(),
            Action::Help => console::help().collect(),
            _ => {
                let head = format!("{:>2} {:<20} {}", "#", "NAME", "SOURCE");
                let scripts = self.store.kept().script.iter().enumerate();
                let scripts = scripts.map(|(number, Script { name, source })| {
                    format!("{number:>2} {name:<20} {}", logging::printable(source))
                });
                [head].into_iter().chain(scripts).collect()
            }
        };
        lines.iter().for_each(|line| self.output.line(line.trim_end()));
        Ok(())
    }

    fn configure_log(&self) {
        let kept = self.store.kept();
        self.log.configure(&kept.logging, &kept.sms.secret);
    }

    fn sms_set(&mut self, mut arguments: Arguments) -> Result<(), String> {
        let before = self.settings().clone();
        let devices = &self.devices;
        self.store.change(|kept| {
            kept.sms.change(&mut arguments, |port, channel| device(devices, port)?.check(channel))
        })?;
        self.configure_log();
        if !self.settings().receives_like(&before) {
            self.restart_receiver().map_err(|error| {
                format!("the settings are saved, but receiving has failed and is retried: {error}")
            })?;
        }
        Ok(())
    }

    pub(crate) fn send(&mut self, order: Order) -> Result<(), String> {
        let mut settings = self.settings().clone();
        settings.sms_storage = order.storage.or(settings.sms_storage);
        let port = order.port;
        match order.body {
            Body::Message(message) => {
                let result = self.with_modem(&port, order.channel, &settings, |modem| {
                    modem.send(&message).map_err(|error| sentence(&error))
                })?;
                let sentence = send::result_sentence(&result)?;
                self.output.line(&sentence);
            }
            Body::Ussd(text) => {
                let reply = self.with_modem(&port, order.channel, &settings, |modem| {
                    modem.ussd(&text).map_err(|error| sentence(&error))
                })?;
                if let Some(text) = &reply.text {
                    self.on_ussd(text);
                }
                let sentence = send::ussd_sentence(&reply)?;
                sentence.lines().for_each(|line| self.output.line(&logging::printable(line)));
            }
        }
        Ok(())
    }

    /// Runs `work` with the modem at the port of the settings.
    pub(crate) fn on_port<T>(
        &mut self,
        work: impl FnOnce(&mut Modem<Link>) -> Result<T, String>,
    ) -> Result<T, String> {
        let settings = self.settings().clone();
        let port = settings
            .port
            .clone()
            .ok_or("the inbox needs a port: set it with /tool sms set port=")?;
        self.with_modem(&port, Some(settings.channel), &settings, work)
    }

    /// Runs `work` with a modem: over the receiving session, or over a temporary one.
    fn with_modem<T>(
        &mut self,
        port: &str,
        channel: Option<u8>,
        settings: &Settings,
        work: impl FnOnce(&mut Modem<Link>) -> Result<T, String>,
    ) -> Result<T, String> {
        if let Receiver::Running(session) = &mut self.receiver {
            let is_same = channel.is_none_or(|channel| channel == session.channel);
            if session.port == port && session.modem.session().is_closed() {
                self.handle_lost();
            } else if session.port == port && is_same {
                if settings.sms_storage != self.store.kept().sms.sms_storage {
                    return Err(format!(
                        "the port {port} is receiving: change its storage with /tool sms set sms-storage="
                    ));
                }
                return work(&mut session.modem);
            }
        }
        let default = if settings.port.as_deref() == Some(port) { settings.channel } else { 0 };
        let link = self.link(port, channel.unwrap_or(default), "a command")?;
        let mut modem = self.modem(port, link, config(settings))?;
        work(&mut modem)
    }

    /// Initialises the modem at a link.
    pub(crate) fn modem(
        &mut self,
        port: &str,
        link: Link,
        config: Config,
    ) -> Result<Modem<Link>, String> {
        // A bare chat notices a port that does not answer after the first command, where a session
        // would retry. A receiving session retries, so that no message is missed.
        let link = if config.receive == Receive::Off {
            let mut chat = Chat::open(port, link);
            chat.answers().map_err(|error| format!("the port {port} cannot be used: {error}"))?;
            chat.into_link()
        } else {
            link
        };
        Modem::open(link, config).map_err(|error| match error.kind() {
            // Another attempt with the same PIN could block the SIM.
            ErrorKind::PinRefused => {
                let cleared = self.store.change(|kept| {
                    kept.sms.sim_pin.clear();
                    Ok(())
                });
                let cleared = cleared.err().map(|error| format!(" ({error})")).unwrap_or_default();
                format!(
                    "the SIM refused the PIN, and sim-pin is empty now: set the right one, since few attempts are left{cleared}"
                )
            }
            _ => sentence(&error),
        })
    }

    /// Opens a port with logging, and closes a chat that waits on it.
    pub(crate) fn link(&mut self, port: &str, channel: u8, user: &str) -> Result<Link, String> {
        if self.chat.as_ref().is_some_and(|chat| chat.port_name == port) {
            self.chat = None;
        }
        let device = device(&self.devices, port)?;
        let link = device.open(channel, user)?;
        Ok(wire::logged(link, &self.log, device.kind, &device.name))
    }

    fn logging_change(&mut self, action: Action, mut arguments: Arguments) -> Result<(), String> {
        if action == Action::LoggingRemove {
            let number = arguments.positional("numbers")?;
            let at: usize = number.number()?;
            arguments.end()?;
            let at = at
                .checked_sub(DEFAULT_RULES)
                .ok_or_else(|| number.refused("a default rule cannot be removed"))?;
            self.store.change(|kept| {
                if at >= kept.logging.len() {
                    return Err(number.refused(
                        "the item does not exist: /system logging print lists the rules",
                    ));
                }
                kept.logging.remove(at);
                Ok(())
            })?;
        } else {
            let topics = arguments.required("topics")?;
            let target = arguments
                .named("action")
                .map(|value| value.one_of(&logging::ACTIONS))
                .transpose()?;
            let prefix = arguments.named("prefix").map(|value| value.text).unwrap_or_default();
            arguments.end()?;
            let target = target.unwrap_or(logging::Action::Memory);
            let rule =
                Rule::new(&topics.text, target, &prefix).map_err(|error| topics.refused(error))?;
            self.store.change(|kept| {
                kept.logging.push(rule);
                Ok(())
            })?;
        }
        self.configure_log();
        Ok(())
    }

    fn at_chat(&mut self, kind: Kind, mut arguments: Arguments) -> Result<(), String> {
        let input = arguments.required("input")?;
        let wait =
            arguments.named("wait").map(|value| value.yes_no()).transpose()?.unwrap_or(false);
        let as_value = arguments.flag("as-value");
        let port = arguments.positional("interface")?;
        arguments.end()?;
        if device(&self.devices, &port.text)?.kind != kind {
            let expected = if kind == Kind::Lte { "an LTE interface" } else { "a serial port" };
            return Err(port.refused(format_args!("{} is not {expected}", port.text)));
        }
        let link = self.link(&port.text, 0, "at-chat")?;
        let mut chat = Chat::open(&port.text, link);
        let answer = chat
            .ask(&input.text, wait.then_some(COLLECT_TIMEOUT))
            .map_err(|error| input.refused(error))?;
        // A later USSD reply is received until another command uses the port.
        self.chat = Some(chat).filter(Chat::is_waiting);
        for reply in &answer.ussd {
            if let Some(text) = &reply.text {
                self.on_ussd(text);
            }
        }
        let lines = answer.lines.iter().map(|line| logging::printable(line));
        let (label, space) = if as_value { ("output=", "") } else { ("output: ", "        ") };
        for (number, line) in lines.enumerate() {
            self.output.line(&format!("{}{line}", if number == 0 { label } else { space }));
        }
        Ok(())
    }

    fn simulator(&mut self, action: Action, mut arguments: Arguments) -> Result<(), String> {
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
                let verb = arguments.positional("verb")?.text;
                arguments.end()?;
                world.perform(modem, &verb)?;
            }
        }
        Ok(())
    }
}

fn device<'a>(devices: &'a [Device], name: &str) -> Result<&'a Device, String> {
    devices.iter().find(|device| device.name == name).ok_or_else(|| {
        let names: Vec<_> = devices.iter().map(|device| device.name.as_str()).collect();
        format!("the port {name:?} does not exist: use {}", names.join(" or "))
    })
}

/// The sentence for an error; its advice names the settings of the shell.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    errors::sentence(error, "/tool sms set sim-pin=")
}
