//! The receiving session: it holds the port, sends messages over it, and runs the scripts that
//! messages request.

use core::time::Duration;

use modem::at::sim::Pin;
use modem::at::sms::ReadStorage;
use modem::at::{Instant, Notification};
use modem::blocking::Modem;
use modem::gsm7::charset::Charset;
use modem::remote::{Message, Policy, Refusal, Secret};
use modem::{
    Backoff, Config, Event, Receipt, Receive, Received, StoredContent, StoredMessage, UssdReply,
    WhenFull,
};

use crate::device::Link;
use crate::script::Scope;
use crate::settings::Settings;
use crate::shell::{Shell, sentence};

/// The user of the port in `/port print`.
pub(crate) const USER: &str = "receiving";

/// The interval between looks for messages with `polling=yes`.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// The longest wait for the receiving modem while a chat with another one is open.
const SESSION_INTERVAL: Duration = Duration::from_millis(100);

/// The wait for the modem of the chat in between.
const CHAT_INTERVAL: Duration = Duration::from_millis(1);

/// The state of receiving.
#[derive(Default)]
pub(crate) enum Receiver {
    #[default]
    Off,
    Running(Box<Session>),
    /// Receiving has failed, and is retried at this time of the clock.
    Waiting {
        until: Duration,
    },
}

/// A session, with its port and channel.
pub(crate) struct Session {
    pub(crate) modem: Modem<Link>,
    pub(crate) port: String,
    pub(crate) channel: u8,
}

/// The configuration for one command; nothing is received.
pub(crate) fn config(settings: &Settings) -> Config {
    let mut config = Config::default();
    config.answer_timeout = Duration::from_secs(2);
    config.send_timeout = Duration::from_secs(60);
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
    /// Starts, stops or restarts receiving, as the settings say.
    pub(crate) fn restart_receiver(&mut self) -> Result<(), String> {
        self.receiver = Receiver::Off;
        self.backoff = Backoff::default();
        if self.settings().receive_enabled {
            self.start_receiver()?;
        }
        Ok(())
    }

    /// Starts receiving; a failure is retried after a delay.
    fn start_receiver(&mut self) -> Result<(), String> {
        self.receiver = Receiver::Off;
        match self.open_receiver() {
            Ok(session) => {
                self.receiver = Receiver::Running(Box::new(session));
                self.backoff.handle_up(Instant::from(self.clock.elapsed()));
            }
            Err(error) => {
                self.wait();
                return Err(error);
            }
        }
        if let Err(error) = self.enforce_keep_max() {
            self.log.add(&["gsm", "error"], &error);
        }
        self.warn_of_keep_max();
        Ok(())
    }

    fn open_receiver(&mut self) -> Result<Session, String> {
        let settings = self.settings().clone();
        let port = settings
            .port
            .clone()
            .ok_or("receiving needs a port: set it with /tool sms set port=")?;
        let link = self.link(&port, settings.channel, USER)?;
        let modem = self.modem(&port, link, receiving(&settings))?;
        self.log.add(&["gsm", "info"], &format!("receiving on {port}"));
        Ok(Session { modem, port, channel: settings.channel })
    }

    fn wait(&mut self) {
        let now = self.clock.elapsed();
        let until = now + self.backoff.handle_down(Instant::from(now));
        self.receiver = Receiver::Waiting { until };
    }

    /// Handles events for this time, and reopens the port when a retry is due.
    pub(crate) fn run_for(&mut self, time: Duration) {
        let until = self.clock.elapsed() + time;
        loop {
            let mut left = until.saturating_sub(self.clock.elapsed());
            if self.chat.is_some() && !matches!(self.receiver, Receiver::Off) {
                // Both modems are served in turn.
                left = left.min(SESSION_INTERVAL);
                self.listen(CHAT_INTERVAL);
            }
            match &mut self.receiver {
                Receiver::Running(session) => match session.modem.next_event(left) {
                    Some(event) => {
                        self.on_event(event);
                        continue;
                    }
                    None if session.modem.session().is_closed() => self.handle_lost(),
                    None => {}
                },
                Receiver::Waiting { until: due } if *due <= self.clock.elapsed() => {
                    if let Err(error) = self.start_receiver() {
                        self.log.add(&["gsm", "error"], &format!("cannot receive: {error}"));
                    }
                }
                Receiver::Waiting { until: due } => {
                    let left = left.min(due.saturating_sub(self.clock.elapsed()));
                    self.clock.sleep(left);
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

    /// Handles the end of the session's link.
    pub(crate) fn handle_lost(&mut self) {
        self.wait();
        self.log.add(&["gsm", "error"], "the link to the modem has ended: it will be reopened");
    }

    fn on_event(&mut self, event: Event) {
        match event {
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
                let charset = match &self.receiver {
                    Receiver::Running(session) => session.modem.profile().character_set,
                    _ => None,
                };
                let reply = UssdReply::read(&reply, charset.unwrap_or(Charset::Gsm), None);
                if let Some(text) = reply.text {
                    self.on_ussd(&text);
                }
            }
            Event::Failed(error) => self.log.add(&["gsm", "error"], &sentence(&error)),
            _ => {}
        }
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        if let Receiver::Running(session) = &mut self.receiver {
            session.modem.acknowledge(receipt);
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
                let scope = Scope {
                    variables: call.variables.into_iter().chain(own).collect(),
                    sender: Some((message.sender, port)),
                    depth: 0,
                };
                self.calls.push_back((call.name, scope));
                self.run_calls();
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

    /// Runs the requested scripts one after the other: during a script that waits, another message
    /// may arrive.
    fn run_calls(&mut self) {
        if core::mem::replace(&mut self.is_running, true) {
            return;
        }
        while let Some((name, scope)) = self.calls.pop_front() {
            self.run_script_in_background(&name, &scope);
        }
        self.is_running = false;
    }

    /// Removes the oldest messages beyond `keep-max-sms`.
    fn enforce_keep_max(&mut self) -> Result<(), String> {
        let keep = usize::try_from(self.settings().keep_max_sms).unwrap_or(usize::MAX);
        let Receiver::Running(session) = &mut self.receiver else {
            return Ok(());
        };
        if keep == 0 {
            return Ok(());
        }
        let messages = session.modem.messages().map_err(|error| sentence(&error))?;
        let received =
            |message: &&StoredMessage| matches!(message.content, StoredContent::Received(_));
        let surplus = messages.iter().filter(received).count().saturating_sub(keep);
        for message in messages.iter().filter(received).take(surplus) {
            session.modem.delete(message.receipt()).map_err(|error| sentence(&error))?;
            let phone = message.address().map(|phone| phone.to_string()).unwrap_or_default();
            self.log.add(&["gsm", "info"], &format!("removed the oldest message, from {phone}"));
        }
        Ok(())
    }

    /// Warns if `keep-max-sms` is more than the storage has slots.
    pub(crate) fn warn_of_keep_max(&mut self) {
        let keep = self.settings().keep_max_sms;
        let Receiver::Running(session) = &mut self.receiver else {
            return;
        };
        let total = session.modem.command(ReadStorage).ok();
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
