//! The modem that carries a command: that of the receiving session, or one of its own.

use core::time::Duration;

use modem::blocking::Modem;
use modem::{Config, ErrorKind, SendOutcome};

use crate::at_chat::Chat;
use crate::carrier::Carrier;
use crate::common::{printable::printable, status};
use crate::device::Link;
use crate::receiver::{Receiver, config};
use crate::script::Failure;
use crate::send::{self, Body, Order};
use crate::settings::Settings;
use crate::shell::{Shell, sentence};
use crate::wire;

/// The longest time for a receiving modem to become ready for a command.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

impl Shell {
    /// Sends a message or a USSD code, and prints the outcome.
    pub(crate) fn send(&mut self, order: Order) -> Result<(), Failure> {
        let mut settings = self.settings().clone();
        settings.sms_storage = order.storage.or(settings.sms_storage);
        let port = order.port;
        match order.body {
            Body::Message(message) => {
                let removes = settings.remove_sent_sms_after_send;
                let mut removed = Ok(());
                let (result, reference) =
                    self.with_modem(&port, order.channel, &settings, |modem| {
                        let result = modem.send(&message)?;
                        if removes && result.references().next().is_some() {
                            removed = modem.remove_sent(&result);
                        }
                        Ok((result, modem.next_reference()))
                    })?;
                self.keep_reference(reference);
                let is_sent = result.references().next().is_some();
                if is_sent {
                    status::has_changed();
                }
                self.is_unknown |= match result.outcome() {
                    SendOutcome::Sent => false,
                    SendOutcome::Failed => is_sent,
                    SendOutcome::Unknown => true,
                };
                let sentence = send::result_sentence(&result)?;
                self.output.line(&sentence);
                removed.map_err(|error| {
                    format!(
                        "the message was sent, but its copy in the modem is not removed: {error}"
                    )
                })?;
            }
            Body::Ussd(text) => {
                let reply =
                    self.with_modem(&port, order.channel, &settings, |modem| modem.ussd(&text))?;
                if let Some(text) = &reply.text {
                    self.on_ussd(text);
                }
                let sentence = send::ussd_sentence(&reply)?;
                sentence.lines().for_each(|line| self.output.line(&printable(line)));
            }
        }
        Ok(())
    }

    /// Keeps the reference of the next long message. A failure to write is in the log: the next
    /// session then begins at a reference that was used.
    fn keep_reference(&mut self, reference: u16) {
        let kept = self.store.change(|kept| {
            kept.reference = Some(reference);
            Ok(())
        });
        if let Err(error) = kept {
            self.log.add(&["gsm", "warning"], &error);
        }
    }

    /// Runs `work` with the modem at the port of the settings.
    pub(crate) fn on_port<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Carrier) -> Result<T, String>,
    ) -> Result<T, String> {
        let settings = self.settings().clone();
        let port = settings
            .port
            .clone()
            .ok_or("the inbox needs a port: set it with /tool sms set port=")?;
        self.with_modem(&port, Some(settings.channel), &settings, work)
    }

    /// Runs `work` with a modem: over the receiving session, or over a temporary one.
    ///
    /// A temporary session takes another line of the modem, or the port while the receiving
    /// session has lost it.
    fn with_modem<T>(
        &mut self,
        port: &str,
        channel: Option<u8>,
        settings: &Settings,
        work: impl FnOnce(&mut dyn Carrier) -> Result<T, String>,
    ) -> Result<T, String> {
        let kept = self.store.kept();
        let (storage, reference) = (kept.sms.sms_storage, kept.reference.unwrap_or_default());
        let device = self.device(port)?;
        if let Receiver::On(receiving) = &mut self.receiver {
            let own = device.line(receiving.channel);
            let is_same = channel.is_none_or(|channel| device.line(channel) == own);
            if receiving.port == port && is_same && device.is_used(receiving.channel) {
                if settings.sms_storage != storage {
                    return Err(format!(
                        "the port {port} is receiving: change its storage with /tool sms set sms-storage="
                    ));
                }
                if !receiving.modem.ready(READY_TIMEOUT) && device.is_used(receiving.channel) {
                    let why = receiving.failure.as_deref().unwrap_or("wait, and try again");
                    return Err(format!("the modem at {port} is not ready: {why}"));
                }
                if receiving.is_ready() {
                    return work(receiving.modem.modem());
                }
            }
        }
        let default = if settings.port.as_deref() == Some(port) { settings.channel } else { 0 };
        let link = self.link(port, channel.unwrap_or(default), "a command")?;
        let mut config = config(settings);
        config.first_reference = reference;
        let mut modem = self.modem(port, link, config)?;
        work(&mut modem)
    }

    /// Initialises the modem at a link for one command.
    fn modem(&mut self, port: &str, link: Link, config: Config) -> Result<Modem<Link>, String> {
        // A bare chat notices a port that does not answer after the first command, where a session
        // would retry.
        let mut chat = Chat::open(port, link);
        chat.answers().map_err(|error| format!("the port {port} cannot be used: {error}"))?;
        Modem::open(chat.into_link(), config).map_err(|error| match error.kind() {
            ErrorKind::PinRefused => self.pin_refused(),
            _ => sentence(&error),
        })
    }

    /// Forgets the PIN, since another attempt with it could block the SIM; returns the sentence.
    pub(crate) fn pin_refused(&mut self) -> String {
        let cleared = self.store.change(|kept| {
            kept.sms.sim_pin.clear();
            Ok(())
        });
        let cleared = cleared.err().map(|error| format!(" ({error})")).unwrap_or_default();
        format!(
            "the SIM refused the PIN, and sim-pin is empty now: set the right one, since few attempts are left{cleared}"
        )
    }

    /// Opens a port with logging, and closes a chat that waits on it.
    pub(crate) fn link(&mut self, port: &str, channel: u8, user: &str) -> Result<Link, String> {
        self.close_chat(port);
        let device = self.device(port)?;
        let link = device.open(channel, user)?;
        Ok(wire::logged(link, &self.log, &device))
    }
}
