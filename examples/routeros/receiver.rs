//! The receiving session: it holds the port, carries the commands for it, and runs the scripts that
//! messages request.

use core::time::Duration;
use std::io;
use std::rc::Rc;

use modem::at::sim::Pin;
use modem::at::sms::ReadStorage;
use modem::at::{Instant, Notification};
use modem::blocking::{Connector, Reconnecting};
use modem::gsm7::charset::Charset;
use modem::remote::{Message, Policy, Refusal, Secret};
use modem::{
    Backoff, Config, ErrorKind, Event, Receipt, Receive, Received, Session, StoredContent,
    StoredMessage, UssdReply, WhenFull,
};

use crate::clock::Clock;
use crate::device::{Device, Link};
use crate::logging::Log;
use crate::script::Value;
use crate::scripts::Call;
use crate::settings::Settings;
use crate::shell::{Shell, sentence};
use crate::wire;

/// The user of the port in `/port print`.
pub(crate) const USER: &str = "receiving";

/// The interval between looks for messages with `polling=yes`.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// The longest wait for the receiving modem while a chat with another one is open.
const SESSION_INTERVAL: Duration = Duration::from_millis(100);

/// The wait for the modem of the chat in between.
const CHAT_INTERVAL: Duration = Duration::from_millis(1);

/// The longest wait for the modem when receiving starts.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The time for the network's answer to a message. The modem has 8 more seconds for a late one, so
/// that the outcome is known within the minute of RouterOS.
const SEND_TIMEOUT: Duration = Duration::from_secs(52);

/// The state of receiving.
#[derive(Default)]
pub(crate) enum Receiver {
    #[default]
    Off,
    On(Box<Receiving>),
}

/// The modem that receives, with its port and channel.
pub(crate) struct Receiving {
    pub(crate) modem: Reconnecting<Leases>,
    pub(crate) port: String,
    pub(crate) channel: u8,
    /// The reason why the modem is not ready.
    pub(crate) failure: Option<String>,
    /// `true` from when the modem was ready until its link is lost.
    is_up: bool,
}

impl Receiving {
    /// Returns `true` if the modem is ready.
    pub(crate) fn is_ready(&mut self) -> bool {
        self.modem.modem().session().is_ready()
    }
}

/// The links of the receiving modem.
pub(crate) struct Leases {
    device: Rc<Device>,
    channel: u8,
    log: Log,
    clock: Clock,
}

impl Connector for Leases {
    type Port = Link;

    fn connect(&mut self) -> io::Result<Link> {
        let link = self.device.open(self.channel, USER).map_err(io::Error::other)?;
        Ok(wire::logged(link, &self.log, &self.device))
    }

    fn now(&self) -> Instant {
        Instant::from(self.clock.elapsed())
    }

    fn wait(&mut self, time: Duration) {
        self.clock.sleep(time);
    }
}

/// The configuration for one command; nothing is received.
pub(crate) fn config(settings: &Settings) -> Config {
    let mut config = Config::default();
    config.answer_timeout = Duration::from_secs(2);
    config.send_timeout = SEND_TIMEOUT;
    config.attention_attempts = 1;
    config.receive = Receive::Off;
    config.memory = settings.sms_storage.map(|storage| storage.memory());
    config.pin = Pin::new(&settings.sim_pin).ok();
    config
}

/// The configuration for receiving: messages stay in the modem until they are removed.
fn receiving(settings: &Settings) -> Config {
    let mut config = config(settings);
    config.receive = Receive::Kept;
    config.when_full = if settings.auto_erase { WhenFull::EraseOldest } else { WhenFull::Stop };
    config.poll_interval = settings.polling.then_some(POLL_INTERVAL);
    config
}

impl Shell {
    /// Starts, stops or restarts receiving, as the settings say. An error is the first one of the
    /// modem, which is tried again later.
    pub(crate) fn restart_receiver(&mut self) -> Result<(), String> {
        self.receiver = Receiver::Off;
        let settings = self.settings().clone();
        if !settings.receive_enabled {
            return Ok(());
        }
        let port = settings
            .port
            .clone()
            .ok_or("receiving needs a port: set it with /tool sms set port=")?;
        self.close_chat(&port);
        let device = self.device(&port)?;
        device.check(settings.channel)?;
        let leases = Leases {
            device,
            channel: settings.channel,
            log: self.log.clone(),
            clock: self.clock.clone(),
        };
        let mut config = receiving(&settings);
        config.first_reference = self.store.kept().reference.unwrap_or_default();
        let modem = Reconnecting::new(leases, Session::new(config), Backoff::default());
        let channel = settings.channel;
        self.receiver =
            Receiver::On(Box::new(Receiving { modem, port, channel, failure: None, is_up: false }));
        self.await_receiver()
    }

    /// Waits until the receiving modem is ready, or has failed once.
    fn await_receiver(&mut self) -> Result<(), String> {
        let until = self.clock.elapsed() + START_TIMEOUT;
        while self.clock.elapsed() < until {
            let Receiver::On(receiving) = &mut self.receiver else { break };
            if let Some(event) = receiving.modem.next_event(Duration::from_millis(100)) {
                self.on_event(event);
            }
            let Receiver::On(receiving) = &mut self.receiver else { break };
            if let Some(failure) = &receiving.failure {
                return Err(failure.clone());
            }
            if receiving.is_ready() {
                break;
            }
        }
        // The event of the modem that is ready waits.
        self.run_for(Duration::ZERO);
        Ok(())
    }

    /// Handles events for this time; a lost port is opened again meanwhile.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let until = self.clock.elapsed() + time;
        loop {
            let mut left = until.saturating_sub(self.clock.elapsed());
            if self.chat.is_some() && matches!(self.receiver, Receiver::On(_)) {
                // Both modems are served in turn.
                left = left.min(SESSION_INTERVAL);
                self.listen(CHAT_INTERVAL);
            }
            match &mut self.receiver {
                Receiver::On(receiving) => {
                    if let Some(event) = receiving.modem.next_event(left) {
                        self.on_event(event);
                        continue;
                    }
                }
                Receiver::Off => self.listen(left),
            }
            if self.clock.elapsed() >= until {
                return;
            }
        }
    }

    /// Waits, and handles a USSD reply to an open chat.
    fn listen(&mut self, time: Duration) {
        let Some(chat) = &mut self.chat else {
            return self.clock.sleep(time);
        };
        let reply = chat.listen(time);
        if !chat.is_waiting() {
            self.chat = None;
        }
        if let Some(text) = reply.and_then(|reply| reply.text) {
            self.on_ussd(&text);
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Ready => self.on_ready(),
            Event::Reconnecting { reason, .. } => self.on_not_ready(reason.to_string()),
            Event::Received(message) => self.on_message(&message),
            Event::StatusReport(report) => {
                let line = format!(
                    "status report for reference {} to {}: {}",
                    report.tpdu.message_reference, report.tpdu.recipient, report.tpdu.status
                );
                self.log.add(&["gsm", "info"], &line);
                // It is in the log, and would occupy the slot of a message.
                self.acknowledge(&report.receipt);
            }
            Event::StorageFull(usage) => {
                let usage = usage.map(|usage| format!(": {} of {}", usage.used, usage.total));
                let line = format!("the storage is full{}", usage.unwrap_or_default());
                self.log.add(&["gsm", "warning"], &line);
            }
            Event::Erased(message) => {
                let phone = message.address().map(|phone| phone.to_string()).unwrap_or_default();
                self.log.add(&["gsm", "info"], &format!("erased the oldest message, from {phone}"));
            }
            Event::Undecodable(unreadable) => {
                let error = unreadable.error.map(|error| format!(": {error}")).unwrap_or_default();
                self.log.add(&["gsm", "warning"], &format!("a message is unreadable{error}"));
            }
            Event::Notification(Notification::Ussd(reply)) => {
                let charset = match &mut self.receiver {
                    Receiver::On(receiving) => receiving.modem.modem().profile().character_set,
                    Receiver::Off => None,
                };
                let reply = UssdReply::read(&reply, charset.unwrap_or(Charset::Gsm), None);
                if let Some(text) = reply.text {
                    self.on_ussd(&text);
                }
            }
            Event::Failed(error) => {
                let is_pin = *error.kind() == ErrorKind::PinRefused;
                let what = if is_pin { self.pin_refused() } else { sentence(&error) };
                if let Receiver::On(receiving) = &mut self.receiver
                    && !receiving.is_ready()
                {
                    return self.on_not_ready(what);
                }
                self.log.add(&["gsm", "error"], &what);
            }
            _ => {}
        }
    }

    fn on_ready(&mut self) {
        let Receiver::On(receiving) = &mut self.receiver else { return };
        receiving.failure = None;
        receiving.is_up = true;
        let line = format!("receiving on {}", receiving.port);
        self.log.add(&["gsm", "info"], &line);
        if let Err(error) = self.enforce_keep_max() {
            self.log.add(&["gsm", "error"], &error);
        }
        self.warn_of_keep_max();
    }

    fn on_not_ready(&mut self, reason: String) {
        let Receiver::On(receiving) = &mut self.receiver else { return };
        let line = if core::mem::take(&mut receiving.is_up) {
            String::from("the link to the modem has ended: it will be reopened")
        } else {
            format!("cannot receive: {reason}")
        };
        receiving.failure = Some(reason);
        self.log.add(&["gsm", "error"], &line);
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        if let Receiver::On(receiving) = &mut self.receiver {
            receiving.modem.modem().acknowledge(receipt);
        }
    }

    fn on_message(&mut self, message: &Received) {
        // A message that stays in the modem is delivered again in the next session, but its command
        // runs only once.
        match self.store.handle(&mark(&message.receipt)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                return self.log.add(
                    &["gsm", "error"],
                    &format!("the command of a message was not run: {error}"),
                );
            }
        }
        let sender = message.sender.to_string();
        self.log.add(&["gsm", "info"], &format!("message from {sender}"));
        if self.follows {
            self.arrived.push(message.clone());
        }
        self.run_command(message, sender);
        if let Err(error) = self.enforce_keep_max() {
            self.log.add(&["gsm", "error"], &error);
        }
    }

    /// Runs the script that a message requests, if it is allowed.
    fn run_command(&mut self, message: &Received, sender: String) {
        let settings = self.settings();
        let mut policy = Policy::default();
        policy.receive_enabled = settings.receive_enabled;
        policy.secret = Secret::new(settings.secret.as_str());
        let port = settings.port.clone().unwrap_or_default();
        match settings.allowed_number.parse() {
            Ok(numbers) => policy.allowed_numbers = numbers,
            // Only a file edited by hand has such a list: no number is allowed.
            Err(error) => {
                return self.log.add(
                    &["gsm", "error"],
                    &format!("the setting allowed-number is invalid: {error}"),
                );
            }
        }
        let scripts = &self.store.kept().script;
        let is_script = |name: &str| scripts.iter().any(|script| script.name == name);
        match policy.check(&Message::from(message), is_script) {
            Ok(call) => {
                self.log.add(&["script", "info"], &format!("{sender} runs {}", call.name));
                let own = [("phone", sender), ("port", port.clone())];
                let own = own.map(|(name, value)| (String::from(name), value));
                let variables = call.variables.into_iter().chain(own);
                let variables = variables.map(|(name, value)| (name, Value::from(value)));
                self.call(Call {
                    name: call.name,
                    variables: variables.collect(),
                    requester: (message.sender, port),
                });
            }
            Err(Refusal::NotACommand | Refusal::NoText) => {}
            Err(reason) => {
                // Most messages are not commands, and are not refused.
                if message.text.as_deref().is_some_and(|text| text.starts_with(":cmd")) {
                    self.log.add(
                        &["gsm", "warning"],
                        &format!("a command from {sender} was refused: {reason}"),
                    );
                }
            }
        }
    }

    /// Removes the oldest messages beyond `keep-max-sms`.
    fn enforce_keep_max(&mut self) -> Result<(), String> {
        let keep = usize::try_from(self.settings().keep_max_sms).unwrap_or(usize::MAX);
        let Receiver::On(receiving) = &mut self.receiver else {
            return Ok(());
        };
        if keep == 0 {
            return Ok(());
        }
        let modem = receiving.modem.modem();
        let messages = modem.messages().map_err(|error| sentence(&error))?;
        let received =
            |message: &&StoredMessage| matches!(message.content, StoredContent::Received(_));
        let surplus = messages.iter().filter(received).count().saturating_sub(keep);
        for message in messages.iter().filter(received).take(surplus) {
            modem.delete(message.receipt()).map_err(|error| sentence(&error))?;
            let phone = message.address().map(|phone| phone.to_string()).unwrap_or_default();
            self.log.add(&["gsm", "info"], &format!("removed the oldest message, from {phone}"));
        }
        Ok(())
    }

    /// Warns if `keep-max-sms` is more than the storage has slots.
    fn warn_of_keep_max(&mut self) {
        let keep = self.settings().keep_max_sms;
        let Receiver::On(receiving) = &mut self.receiver else {
            return;
        };
        let total = receiving.modem.modem().command(ReadStorage).ok();
        let total = total.and_then(|uses| uses.last().map(|usage| usage.total));
        if let Some(total) = total.filter(|total| keep > *total) {
            let warning = format!(
                "keep-max-sms={keep} is more than the {total} slots of the storage: lower it, or new messages \
                 are not received when the storage is full"
            );
            self.log.add(&["gsm", "warning"], &warning);
            self.output.line(&format!("warning: {warning}"));
        }
    }
}

/// The mark of a message that stays in the modem: a hash, since the PDU may hold the secret.
fn mark(receipt: &Receipt) -> String {
    // FNV-1a, which is the same in every release.
    let bytes = receipt.pdus().flat_map(str::bytes);
    let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{hash:016x}")
}
