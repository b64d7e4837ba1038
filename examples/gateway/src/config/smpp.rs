//! The settings of the SMPP server and its accounts.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::Config;
use crate::keys::{Digest, sha256};

/// The longest system_id and password of SMPP 3.4, in characters.
const MAX_SYSTEM_ID: usize = 15;
const MAX_PASSWORD: usize = 8;

/// The highest number of a gateway.
const MAX_NODE: u64 = 1023;

/// The SMPP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Smpp {
    /// The address; without one there is no SMPP server.
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) system_id: String,
    pub(crate) node: u64,
    pub(crate) enquire_link: u64,
    pub(crate) answer_within: u64,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) accounts: Vec<Account>,
}

impl Default for Smpp {
    fn default() -> Self {
        Self {
            listen: None,
            system_id: "gateway".into(),
            node: 0,
            enquire_link: 30,
            answer_within: 60,
            certificate: None,
            key: None,
            accounts: Vec::new(),
        }
    }
}

/// An account of the SMPP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) system_id: String,
    pub(crate) password: Password,
    #[serde(default = "binds")]
    pub(crate) binds: usize,
    #[serde(default = "window")]
    pub(crate) window: usize,
    #[serde(default = "rate")]
    pub(crate) rate: u32,
    #[serde(default)]
    pub(crate) default_alphabet: DefaultAlphabet,
    #[serde(default)]
    pub(crate) prefixes: Vec<String>,
    #[serde(default)]
    pub(crate) sources: Vec<String>,
    #[serde(default)]
    pub(crate) alphanumeric_source: AlphanumericSource,
    #[serde(default)]
    pub(crate) route: Option<String>,
    #[serde(default)]
    pub(crate) receive: bool,
    #[serde(default)]
    pub(crate) receive_from: Vec<String>,
    #[serde(default)]
    pub(crate) utc_offset: UtcOffset,
    #[serde(default)]
    pub(crate) user_message_reference: bool,
}

const fn binds() -> usize {
    8
}

const fn window() -> usize {
    10
}

const fn rate() -> u32 {
    100
}

/// The alphabet of data coding 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DefaultAlphabet {
    /// The GSM 7-bit default alphabet, one septet in each octet.
    #[default]
    Gsm7,
    /// ISO 8859-1.
    Latin1,
}

/// The treatment of a name as source, which a SIM cannot set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlphanumericSource {
    /// The recipient sees the number of the SIM.
    #[default]
    Ignore,
    /// The message is refused.
    Refuse,
}

/// The time zone of dates in receipts, in minutes east of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UtcOffset(pub(crate) i16);

impl<'de> Deserialize<'de> for UtcOffset {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let minutes = || {
            let (hours, minutes) = text.get(1..)?.split_once(':')?;
            let is_number =
                |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number(hours) || !is_number(minutes) {
                return None;
            }
            let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
            let offset = hours * 60 + minutes;
            let offset = match text.as_bytes().first()? {
                b'+' => offset,
                b'-' => -offset,
                _ => return None,
            };
            (minutes < 60 && offset.abs() <= 14 * 60).then_some(offset)
        };
        let reason = "the offset is not as +02:00";
        minutes().map(Self).ok_or_else(|| serde::de::Error::custom(reason))
    }
}

/// The digest of a password, so that no comparison, log or `Debug` output has the password itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Password(Digest);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(****)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_valid = (1..=MAX_PASSWORD).contains(&text.len()) && is_printable(&text);
        // The reason does not repeat the password.
        let reason = format!("the password is not 1 to {MAX_PASSWORD} ASCII characters");
        is_valid.then(|| Self::of(&text)).ok_or_else(|| serde::de::Error::custom(reason))
    }
}

impl Password {
    /// The digest of a password.
    pub(crate) fn of(text: &str) -> Self {
        Self(sha256(text.as_bytes()))
    }

    /// Compares in a time that says nothing about the password.
    pub(crate) fn is(&self, text: &str) -> bool {
        use subtle::ConstantTimeEq as _;
        self.0.ct_eq(&sha256(text.as_bytes())).into()
    }
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Smpp {
    pub(super) fn check(&self, config: &Config) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for account in &self.accounts {
            let name = &account.system_id;
            if !is_system_id(name) {
                return Err(format!(
                    "the system_id {name} is not 1 to {MAX_SYSTEM_ID} ASCII characters"
                ));
            }
            if !names.insert(name.as_str()) {
                return Err(format!("two accounts have the system_id {name}: rename one"));
            }
            if account.binds == 0 || account.window == 0 || account.rate == 0 {
                return Err(format!(
                    "binds, window and rate of the account {name} must be above 0"
                ));
            }
            if let Some(route) = account.route.as_ref().filter(|route| !config.has_route(route)) {
                return Err(format!(
                    "the account {name} names the route {route}, which is missing"
                ));
            }
            let missing = account.receive_from.iter().find(|modem| !config.has_modem(modem));
            if let Some(modem) = missing {
                return Err(format!(
                    "the account {name} names the modem {modem}, which is missing"
                ));
            }
        }
        if !is_system_id(&self.system_id) {
            let name = &self.system_id;
            return Err(format!(
                "the system_id {name} is not 1 to {MAX_SYSTEM_ID} ASCII characters"
            ));
        }
        if self.node > MAX_NODE {
            return Err(format!("the node of SMPP is not 0 to {MAX_NODE}"));
        }
        if self.enquire_link == 0 || self.answer_within == 0 {
            return Err("enquire_link and answer_within must be above 0".into());
        }
        let Some(listen) = self.listen else { return Ok(()) };
        if self.accounts.is_empty() {
            return Err(format!("SMPP listens on {listen} without an account: give it accounts"));
        }
        if self.certificate.is_some() != self.key.is_some() {
            return Err("TLS of SMPP needs both certificate and key".into());
        }
        if !listen.ip().is_loopback() && self.certificate.is_none() {
            return Err(format!(
                "{listen} is not a loopback address, where SMPP needs TLS: give certificate and key"
            ));
        }
        Ok(())
    }
}

fn is_system_id(name: &str) -> bool {
    (1..=MAX_SYSTEM_ID).contains(&name.len()) && is_printable(name)
}

#[cfg(test)]
mod tests {
    use super::{Config, Password};

    fn account(lines: &str) -> String {
        format!("[[smpp.accounts]]\nsystem_id = \"shop\"\npassword = \"secret08\"\n{lines}")
    }

    #[test]
    fn a_password_is_compared_and_not_shown() {
        let config = Config::parse(&account(""), "").unwrap();
        let password = config.smpp.accounts[0].password;
        assert!(password.is("secret08") && !password.is("secret0") && !password.is(""));
        assert_eq!(password, Password::of("secret08"));
        assert!(!format!("{config:?}").contains("secret08"));
    }

    #[test]
    fn each_mistake_of_an_account_gets_one_sentence_without_the_password() {
        let long = account("").replace("shop", "sixteen-letters.");
        let table = [
            (account("").replace("secret08", "secret089"), "the password is not 1 to 8 ASCII"),
            (long, "the system_id sixteen-letters. is not 1 to 15 ASCII characters"),
            (account("window = 0"), "binds, window and rate of the account shop must be above 0"),
            (account("route = \"x\""), "the account shop names the route x, which is missing"),
            (
                account("receive_from = [\"x\"]"),
                "the account shop names the modem x, which is missing",
            ),
            (account("utc_offset = \"+2\""), "the offset is not as +02:00"),
            (account("") + &account(""), "two accounts have the system_id shop: rename one"),
            ("[smpp]\nnode = 1024".into(), "the node of SMPP is not 0 to 1023"),
            (
                "[smpp]\nlisten = \"127.0.0.1:2775\"".into(),
                "SMPP listens on 127.0.0.1:2775 without an account: give it accounts",
            ),
            (
                format!("[smpp]\nlisten = \"0.0.0.0:2775\"\n{}", account("")),
                "0.0.0.0:2775 is not a loopback address, where SMPP needs TLS",
            ),
            (
                format!("[smpp]\nlisten = \"[::1]:2775\"\nkey = \"k\"\n{}", account("")),
                "TLS of SMPP needs both certificate and key",
            ),
        ];
        for (text, expected) in table {
            let error = Config::parse(&text, "").unwrap_err().to_string();
            assert!(error.contains(expected), "{text}\n{error}");
            assert!(!error.contains("secret08") && error.lines().count() == 1, "{error}");
        }
    }

    #[test]
    fn an_offset_is_hours_and_minutes() {
        let offset = |text: &str| {
            let config = Config::parse(&account(&format!("utc_offset = \"{text}\"")), "");
            config.map(|config| config.smpp.accounts[0].utc_offset.0).ok()
        };
        assert_eq!(offset("+00:00"), Some(0));
        assert_eq!(offset("+05:45"), Some(345));
        assert_eq!(offset("-03:30"), Some(-210));
        for bad in ["", "+", "5", "+24:00", "+01:60", "+-1:00", "±01:00"] {
            assert_eq!(offset(bad), None, "{bad}");
        }
    }
}
