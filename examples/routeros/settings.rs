//! `/tool sms`: the settings for receiving.

use modem::at::sim::Pin;
use modem::remote::AllowedNumbers;
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::items::quoted;
use crate::script::Failure;

/// The settings of `/tool sms set`; not `Debug`, since they hold the secret and the PIN.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) receive_enabled: bool,
    pub(crate) port: Option<String>,
    pub(crate) channel: u8,
    pub(crate) secret: String,
    pub(crate) allowed_number: String,
    pub(crate) auto_erase: bool,
    pub(crate) keep_max_sms: u32,
    pub(crate) sms_storage: Option<Storage>,
    pub(crate) sim_pin: String,
    pub(crate) polling: bool,
    pub(crate) remove_sent_sms_after_send: bool,
    pub(crate) legacy_limits: bool,
}

/// The storage for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Storage {
    Modem,
    Sim,
}

/// The words for [`Storage`].
pub(crate) const STORAGES: [(&str, Storage); 2] =
    [("modem", Storage::Modem), ("sim", Storage::Sim)];

impl Storage {
    pub(crate) const fn memory(self) -> modem::at::sms::Memory {
        match self {
            Self::Modem => modem::at::sms::Memory::MODEM,
            Self::Sim => modem::at::sms::Memory::SIM,
        }
    }
}

impl Settings {
    /// Changes the named settings, or none of them if a value is invalid.
    pub(crate) fn change(
        &mut self,
        arguments: &mut Arguments,
        check_port: impl FnOnce(&str, u8) -> Result<(), String>,
    ) -> Result<(), Failure> {
        let mut new = self.clone();
        let yes_no = [
            ("receive-enabled", &mut new.receive_enabled),
            ("auto-erase", &mut new.auto_erase),
            ("polling", &mut new.polling),
            ("remove-sent-sms-after-send", &mut new.remove_sent_sms_after_send),
            ("legacy-limits", &mut new.legacy_limits),
        ];
        for (name, setting) in yes_no {
            if let Some(value) = arguments.named(name) {
                *setting = value.yes_no()?;
            }
        }
        if let Some(value) = arguments.named("port") {
            new.port = Some(value.text()).filter(|name| !name.is_empty());
        }
        if let Some(value) = arguments.named("channel") {
            new.channel = value.number()?;
        }
        if let Some(value) = arguments.named("keep-max-sms") {
            new.keep_max_sms = value.number()?;
        }
        if let Some(value) = arguments.named("secret") {
            if value.text().contains('"') || value.text().chars().any(char::is_control) {
                return Err(value.refused("a secret must not contain quotes or control characters"));
            }
            new.secret = value.text();
        }
        if let Some(value) = arguments.named("allowed-number") {
            let numbers: AllowedNumbers =
                value.text().parse().map_err(|error| value.refused(error))?;
            new.allowed_number = numbers.to_string();
        }
        if let Some(value) = arguments.named("sms-storage") {
            new.sms_storage = Some(value.one_of(&STORAGES)?);
        }
        if let Some(value) = arguments.named("sim-pin") {
            if !value.text().is_empty() {
                Pin::new(&value.text()).map_err(|error| value.refused(error))?;
            }
            new.sim_pin = value.text();
        }
        arguments.end()?;
        // A port that was set earlier may be absent now, which does not prevent other changes.
        let is_other = (&new.port, new.channel) != (&self.port, self.channel);
        match &new.port {
            Some(port) if is_other || new.receive_enabled => check_port(port, new.channel)?,
            None if new.receive_enabled => {
                return Err(
                    "receiving needs a port: add port=, and /port print lists the ports".into()
                );
            }
            _ => {}
        }
        *self = new;
        Ok(())
    }

    /// Returns `true` if the receiving session is the same with both settings.
    pub(crate) fn receives_like(&self, other: &Self) -> bool {
        let of_the_session = |settings: &Self| Self {
            secret: String::new(),
            allowed_number: String::new(),
            remove_sent_sms_after_send: false,
            legacy_limits: false,
            ..settings.clone()
        };
        of_the_session(self) == of_the_session(other)
    }

    /// The lines of `/tool sms print`: those of the manual in its order, then the additional ones.
    pub(crate) fn lines(&self, status: &str, last_ussd: &str) -> Vec<(&'static str, String)> {
        let yes_no = |setting| String::from(if setting { "yes" } else { "no" });
        let masked = |secret: &str| String::from(if secret.is_empty() { "" } else { "****" });
        let storage = STORAGES.iter().find(|(_, storage)| Some(*storage) == self.sms_storage);
        vec![
            ("status", status.into()),
            ("receive-enabled", yes_no(self.receive_enabled)),
            ("port", self.port.clone().unwrap_or_else(|| "(unknown)".into())),
            ("channel", self.channel.to_string()),
            ("secret", masked(&self.secret)),
            ("allowed-number", self.allowed_number.clone()),
            ("auto-erase", yes_no(self.auto_erase)),
            ("sim-pin", masked(&self.sim_pin)),
            ("last-ussd", last_ussd.into()),
            ("keep-max-sms", self.keep_max_sms.to_string()),
            ("sms-storage", storage.map_or("", |(word, _)| word).into()),
            ("polling", yes_no(self.polling)),
            ("remove-sent-sms-after-send", yes_no(self.remove_sent_sms_after_send)),
            ("legacy-limits", yes_no(self.legacy_limits)),
        ]
    }

    /// The value of a property for a script, with the secret and without the PIN.
    pub(crate) fn value(&self, name: &str, status: &str, last_ussd: &str) -> Option<String> {
        if name == "secret" {
            return Some(self.secret.clone());
        }
        let lines = self.lines(status, last_ussd);
        let found = lines.into_iter().find(|(label, _)| *label == name);
        found.map(|(_, value)| match value.as_str() {
            "yes" => "true".into(),
            "no" => "false".into(),
            "(unknown)" => String::new(),
            _ => value,
        })
    }

    /// The command that sets what differs from the default, without the secret and the PIN.
    pub(crate) fn export(&self) -> Option<String> {
        let default = Self::default().lines("", "");
        let own = self.lines("", "").into_iter().zip(default);
        let changed = own.filter(|(own, default)| own != default).map(|((name, value), _)| {
            let is_plain = value
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "+-,".contains(letter));
            let is_plain = is_plain && !value.is_empty();
            format!(" {name}={}", if is_plain { value } else { quoted(&value) })
        });
        let changed: String = changed.filter(|pair| !pair.ends_with("\"****\"")).collect();
        Some(format!("set{changed}")).filter(|_| !changed.is_empty())
    }
}
