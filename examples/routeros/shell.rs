//! The shell: what it knows, and what each command does.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use modem::blocking::Modem;
use modem::{Backoff, Config, ErrorKind, Receipt, Receive, Received};

use crate::arguments::Arguments;
use crate::at_chat::{COLLECT, Chat};
use crate::clock::Clock;
use crate::console::{self, Action, Target};
use crate::device::{Device, Kind, Link};
use crate::lexer::{self, Unreadable, Word};
use crate::logging::{self, DEFAULT_RULES, Log, Rule};
use crate::output::Output;
use crate::receiver::{Receiver, config};
use crate::script::{Scope, Script};
use crate::send::{self, Body, Order};
use crate::settings::Settings;
use crate::store::Store;
use crate::wire;
use crate::world::{LTE, SERIAL, World};

/// How long is waited at a time while somebody may interrupt.
pub(crate) const STEP: Duration = Duration::from_millis(100);

/// How far ahead the simulated network finishes what it has begun.
const HORIZON: Duration = Duration::from_secs(10);

/// The shell.
pub(crate) struct Shell {
    pub(crate) clock: Clock,
    pub(crate) output: Output,
    pub(crate) log: Log,
    pub(crate) store: Store,
    pub(crate) receiver: Receiver,
    pub(crate) backoff: Backoff,
    /// A bare dialogue that has been left open to hear what the network says.
    pub(crate) chat: Option<Chat>,
    /// What the last listing of the inbox showed, by number.
    pub(crate) listed: Vec<Receipt>,
    /// Whether somebody watches what arrives, and what has arrived.
    pub(crate) follows: bool,
    pub(crate) arrived: Vec<Received>,
    /// The scripts that messages have asked for, and whether one of them runs.
    pub(crate) calls: VecDeque<(String, Scope)>,
    pub(crate) is_running: bool,
    devices: Vec<Device>,
    world: Option<Rc<World>>,
    pub(crate) menu: Vec<&'static str>,
    pub(crate) globals: BTreeMap<String, String>,
    last_ussd: String,
    interrupted: Box<dyn FnMut() -> bool>,
    pub(crate) is_over: bool,
}

/// What a shell works with.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) output: Output,
    pub(crate) store: Store,
    pub(crate) devices: Vec<Device>,
    pub(crate) world: Option<Rc<World>>,
    /// Whether the reader has seen enough of what is being followed.
    pub(crate) interrupted: Box<dyn FnMut() -> bool>,
}

impl Shell {
    /// A shell, which receives if its settings have it.
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
            shell.log.add(&["gsm", "error"], &format!("cannot receive: {error}"));
        }
        shell
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.store.kept().sms
    }

    /// Where commands begin without a path.
    pub(crate) fn prompt(&self) -> String {
        let menu: String = self.menu.iter().map(|name| format!("/{name}")).collect();
        format!("[modem] {menu}> ")
    }

    /// Runs what a reader has typed, as far as nothing goes wrong; `Ok(false)` where the text ends in the middle.
    pub(crate) fn enter(&mut self, text: &str) -> Result<bool, String> {
        match lexer::read(text) {
            Err(Unreadable::Incomplete(_)) => Ok(false),
            Err(Unreadable::Wrong(what)) => Err(what),
            Ok(commands) => self.run(&commands, &Scope::default()).map(|()| true),
        }
    }

    /// Runs a text that nothing follows.
    pub(crate) fn run_text(&mut self, text: &str, scope: &Scope) -> Result<(), String> {
        match lexer::read(text) {
            Err(Unreadable::Incomplete(what)) => {
                Err(format!("the text ends in the middle: {what} is missing"))
            }
            Err(Unreadable::Wrong(what)) => Err(what),
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

    /// Lets the simulated network finish what it has begun, and takes in what has come.
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

    /// Whether the reader has seen enough. Nobody waits in vain for a simulated network that has nothing more to bring.
    pub(crate) fn is_interrupted(&mut self) -> bool {
        // Nobody watches a script that a message runs.
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
                let name = arguments.wanted("name")?.text;
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
                format!("it is set, but nothing is received yet, and tried again: {error}")
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
                let report = self.with_modem(&port, order.channel, &settings, |modem| {
                    modem.send(&message).map_err(|error| error.to_string())
                })?;
                let sentence = send::sentence(&report)?;
                self.output.line(&sentence);
            }
            Body::Ussd(text) => {
                let reply = self.with_modem(&port, order.channel, &settings, |modem| {
                    modem.ussd(&text).map_err(|error| error.to_string())
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

    /// Does something with the modem on the port of the settings.
    pub(crate) fn on_port<T>(
        &mut self,
        work: impl FnOnce(&mut Modem<Link>) -> Result<T, String>,
    ) -> Result<T, String> {
        let settings = self.settings().clone();
        let port = settings
            .port
            .clone()
            .ok_or("the inbox is in a modem: /tool sms set port= says in which")?;
        self.with_modem(&port, Some(settings.channel), &settings, work)
    }

    /// Does something with a modem: over the session that receives, or over one that ends with it.
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
                self.lose();
            } else if session.port == port && is_same {
                if settings.sms_storage != self.store.kept().sms.sms_storage {
                    return Err(format!(
                        "{port} is receiving: /tool sms set sms-storage= changes its storage"
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

    /// Initialises the modem behind a link.
    pub(crate) fn modem(
        &mut self,
        port: &str,
        link: Link,
        config: Config,
    ) -> Result<Modem<Link>, String> {
        // A port at which nothing answers is known after the first command, where a session would go on asking. One that
        // receives does that, so that nothing is missed.
        let link = if config.receive == Receive::Off {
            let mut chat = Chat::open(port, link);
            chat.answers().map_err(|error| format!("no answer to AT at {port}: {error}"))?;
            chat.into_link()
        } else {
            link
        };
        Modem::open(link, config).map_err(|error| match error.kind() {
            ErrorKind::PinRequired => "the SIM asks for its PIN: /tool sms set sim-pin=".into(),
            // Another try with it would be one nearer to the PUK.
            ErrorKind::PinRefused => {
                let cleared = self.store.change(|kept| {
                    kept.sms.sim_pin.clear();
                    Ok(())
                });
                let cleared = cleared.err().map(|error| format!(" ({error})")).unwrap_or_default();
                format!("the SIM refused the PIN, and sim-pin is empty now: set the right one, few tries remain{cleared}")
            }
            _ => error.to_string(),
        })
    }

    /// Opens a port, whose dialogue goes to the log; a chat that only listens makes way.
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
            let number = arguments.wanted("numbers")?;
            let at: usize = number.number()?;
            arguments.end()?;
            let at = at
                .checked_sub(DEFAULT_RULES)
                .ok_or_else(|| number.refused("a default rule stays"))?;
            self.store.change(|kept| {
                if at >= kept.logging.len() {
                    return Err(number.refused("no such item"));
                }
                kept.logging.remove(at);
                Ok(())
            })?;
        } else {
            let topics = arguments.needed("topics")?;
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
        let input = arguments.needed("input")?;
        let wait =
            arguments.named("wait").map(|value| value.yes_no()).transpose()?.unwrap_or(false);
        let as_value = arguments.flag("as-value");
        let port = arguments.wanted("interface")?;
        arguments.end()?;
        if device(&self.devices, &port.text)?.kind != kind {
            let wanted = if kind == Kind::Lte { "LTE interface" } else { "serial port" };
            return Err(port.refused(format_args!("{} is no {wanted}", port.text)));
        }
        let link = self.link(&port.text, 0, "at-chat")?;
        let mut chat = Chat::open(&port.text, link);
        let answer =
            chat.ask(&input.text, wait.then_some(COLLECT)).map_err(|error| input.refused(error))?;
        // What the network says later is heard as long as nobody else wants the port.
        self.chat = Some(chat).filter(Chat::awaits);
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
        let world =
            self.world.clone().ok_or("this is a real modem: nothing about it is simulated")?;
        let port = arguments.wanted("port")?;
        let modem = port.one_of(&[("usb3", SERIAL), ("lte1", LTE)])?;
        match action {
            Action::SimulatorTruth => {
                arguments.end()?;
                let truth = world.with(modem, |simulator, _| simulator.truth().to_vec());
                truth.iter().for_each(|entry| self.output.line(&entry.to_string()));
            }
            Action::SimulatorSet => {
                let lte_only = arguments.needed("lte-only")?.yes_no()?;
                arguments.end()?;
                if modem != LTE {
                    return Err(port.refused("only lte1 has LTE"));
                }
                self.chat = None;
                world.replace_lte(!lte_only);
            }
            _ => {
                let verb = arguments.wanted("verb")?.text;
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
        format!("there is no port {name:?}, but {}", names.join(", "))
    })
}
