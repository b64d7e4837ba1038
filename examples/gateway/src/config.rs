//! The configuration file.

mod check;
mod smpp;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use modem::at::sim::Pin;
use regex::Regex;
use serde::Deserialize;

pub(crate) use self::smpp::{Account, AlphanumericSource, DefaultAlphabet, Password, Smpp};
use crate::problem::plain;
use crate::webhook::Secret;

/// The default configuration with comments.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// The settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) database: PathBuf,
    pub(crate) validity: u64,
    pub(crate) modems: Vec<ModemConfig>,
    pub(crate) routes: Vec<RouteConfig>,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    pub(crate) keys: Vec<Key>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) programs: bool,
    pub(crate) queue: Option<Queue>,
    pub(crate) smpp: Smpp,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8025)),
            database: "gateway.db".into(),
            validity: 72 * 3600,
            modems: Vec::new(),
            routes: Vec::new(),
            limits: Limits::default(),
            log: Log::default(),
            keys: Vec::new(),
            webhooks: Vec::new(),
            rules: Vec::new(),
            programs: false,
            queue: None,
            smpp: Smpp::default(),
        }
    }
}

/// A modem and its link.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModemConfig {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) port: Option<String>,
    #[serde(default = "baud")]
    pub(crate) baud: u32,
    #[serde(default)]
    pub(crate) tcp: Option<String>,
    #[serde(default)]
    pub(crate) simulated: bool,
    #[serde(default, deserialize_with = "pin")]
    pub(crate) pin: Option<Pin>,
    /// The number of the SIM, the destination of received messages in SMPP.
    #[serde(default)]
    pub(crate) number: Option<String>,
}

const fn baud() -> u32 {
    115_200
}

fn pin<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Pin>, D::Error> {
    let digits = String::deserialize(deserializer)?;
    // The reason does not repeat the PIN.
    Pin::new(digits.as_str())
        .map(Some)
        .map_err(|_| serde::de::Error::custom("the PIN is not 4 to 8 digits"))
}

/// A route and its modems.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteConfig {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) prefixes: Vec<String>,
    #[serde(default)]
    pub(crate) modems: Vec<String>,
    #[serde(default)]
    pub(crate) fallback: Vec<String>,
}

/// The limits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    pub(crate) body: usize,
    pub(crate) requests: u32,
    pub(crate) waiting: usize,
    pub(crate) gap: u64,
    pub(crate) per_day: Option<u32>,
    pub(crate) per_month: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 65_536,
            requests: 50,
            waiting: 1_000_000,
            gap: 0,
            per_day: None,
            per_month: None,
        }
    }
}

/// The log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) mask: bool,
    pub(crate) json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { mask: true, json: false }
    }
}

/// The queue of several hosts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queue {
    /// The addresses of the NATS servers, separated by commas.
    pub(crate) nats: Secretive,
    /// The name of this host, which no other host has.
    pub(crate) host: String,
    /// The address of the monitoring page of the server, to check `sync_interval`.
    #[serde(default)]
    pub(crate) monitor: Option<String>,
    /// The copies of each entry in a cluster.
    #[serde(default = "replicas")]
    pub(crate) replicas: usize,
    /// The time in seconds after which a message that its host says nothing about is offered again.
    #[serde(default = "ack_wait")]
    pub(crate) ack_wait: u64,
    /// The time in seconds after which the rest of a message fails whose host has disappeared.
    #[serde(default = "orphan_after")]
    pub(crate) orphan_after: u64,
    /// The time in seconds for which a message stays on the server after it has expired.
    #[serde(default = "keep")]
    pub(crate) keep: u64,
}

const fn replicas() -> usize {
    1
}

const fn ack_wait() -> u64 {
    30
}

const fn orphan_after() -> u64 {
    600
}

const fn keep() -> u64 {
    90 * 24 * 3600
}

/// An address that may hold a password. Its `Debug` output hides it.
#[derive(Clone, Deserialize)]
pub(crate) struct Secretive(pub(crate) String);

impl std::fmt::Debug for Secretive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("****")
    }
}

/// An API key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) hash: String,
    pub(crate) scopes: BTreeSet<Scope>,
}

/// A permission of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Sending, cancelling and sending again.
    Send,
    /// Reading sent messages and modems.
    Read,
    /// Reading received messages and events.
    Receive,
    /// USSD.
    Ussd,
    /// Dead letters.
    Admin,
}

impl Scope {
    /// All scopes.
    pub(crate) const ALL: [Self; 5] =
        [Self::Send, Self::Read, Self::Receive, Self::Ussd, Self::Admin];

    /// The name in the configuration.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Read => "read",
            Self::Receive => "receive",
            Self::Ussd => "ussd",
            Self::Admin => "admin",
        }
    }
}

/// An endpoint of webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) events: Vec<EventKind>,
}

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum EventKind {
    #[serde(rename = "message.received")]
    Received,
    #[serde(rename = "message.status")]
    Status,
    #[serde(rename = "modem.status")]
    Modem,
}

impl EventKind {
    /// The name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Received => "message.received",
            Self::Status => "message.status",
            Self::Modem => "modem.status",
        }
    }
}

/// A rule for received messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) from: Option<Pattern>,
    #[serde(default)]
    pub(crate) text: Option<Pattern>,
    #[serde(default)]
    pub(crate) modem: Option<String>,
    #[serde(default)]
    pub(crate) webhook: Option<String>,
    #[serde(default)]
    pub(crate) send_to: Vec<String>,
    #[serde(default)]
    pub(crate) reply: Option<String>,
    #[serde(default)]
    pub(crate) program: Vec<String>,
    #[serde(default = "per_hour")]
    pub(crate) max_per_hour: u32,
}

const fn per_hour() -> u32 {
    60
}

/// A regular expression. Its matching takes linear time, whatever the text.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(pub(crate) Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Self).map_err(|error| {
            // The reason of a syntax error is its last line.
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            serde::de::Error::custom(format!("the regular expression is invalid, {reason}"))
        })
    }
}

/// An error of the configuration, with its place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is invalid{place}: {reason}")]
pub(crate) struct ConfigError {
    place: String,
    reason: String,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// Fails when the file cannot be read, or its content is invalid, with the place.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let advice = "name another file, or write one with --print-config";
            let reason = format!("it cannot be read, {error}: {advice}");
            ConfigError { place: format!(" in {name}"), reason }
        })?;
        Self::parse(&text, &format!(" in {name}"))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// Fails when the text is invalid, with the line and the column.
    pub(crate) fn parse(text: &str, place: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let place = match error.span().and_then(|span| text.get(..span.start)) {
                Some(before) => {
                    let line = before.matches('\n').count() + 1;
                    let column = before.chars().rev().take_while(|char| *char != '\n').count() + 1;
                    format!("{place}, line {line}, column {column}")
                }
                None => place.into(),
            };
            ConfigError { place, reason: plain(&error.message().replace('\n', ", ")) }
        })?;
        if config.modems.is_empty() {
            config.modems = ["sim0", "sim1"].map(simulated).into();
        }
        config.check().map_err(|reason| ConfigError { place: place.into(), reason })?;
        Ok(config)
    }

    /// Returns `true` if there is a modem with this name.
    pub(crate) fn has_modem(&self, name: &str) -> bool {
        self.modems.iter().any(|modem| modem.name == name)
    }

    /// Returns `true` if there is a modem with this name, here or perhaps on another host.
    pub(crate) fn may_have_modem(&self, name: &str) -> bool {
        self.queue.is_some() || self.has_modem(name)
    }

    /// Returns `true` if there is a route with this name.
    pub(crate) fn has_route(&self, name: &str) -> bool {
        self.routes.iter().any(|route| route.name == name)
    }
}

fn simulated(name: &str) -> ModemConfig {
    ModemConfig {
        name: name.into(),
        port: None,
        baud: baud(),
        tcp: None,
        simulated: true,
        pin: None,
        number: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, DEFAULT};

    #[test]
    fn the_printed_configuration_is_the_default() {
        let printed = Config::parse(DEFAULT, "").unwrap();
        assert_eq!(format!("{printed:?}"), format!("{:?}", Config::parse("", "").unwrap()));
    }

    #[test]
    fn the_examples_in_the_printed_configuration_are_valid() {
        let secret = crate::webhook::Secret::generate().unwrap().to_text();
        let examples: String = DEFAULT
            .lines()
            .map(|line| {
                let code = line
                    .strip_prefix("# ")
                    .filter(|code| code.starts_with('[') || code.split(' ').nth(1) == Some("="));
                code.unwrap_or(line).to_owned() + "\n"
            })
            .collect();
        let examples = examples
            .replace("programs = false", "")
            .replacen("listen =", "programs = true\nlisten =", 1)
            .replace("sha256:…", &format!("sha256:{}", "0".repeat(64)))
            .replace("whsec_…", &secret);
        let config = Config::parse(&examples, "").unwrap();
        assert_eq!((config.modems.len(), config.routes.len(), config.rules.len()), (3, 1, 1));
        assert_eq!(config.smpp.accounts.len(), 1);
        assert_eq!(config.queue.map(|queue| queue.host).as_deref(), Some("rack1"));
    }

    #[test]
    fn each_mistake_gets_one_sentence_with_its_place() {
        let table = [
            (
                "listen = 7",
                ", line 1, column 10: invalid type: integer `7`, expected an address with a port",
            ),
            ("\nlisten = \"127.0.0.1:1\"\nlsten = 7", ", line 3, column 1: unknown field `lsten`"),
            ("listen = ", ", line 1, column 10: "),
            ("[[modems]]\nname = \"a\"", ": the modem a needs one of port, tcp and simulated"),
            (
                "[[modems]]\nname = \"a\"\nsimulated = true\npin = \"12x4\"",
                ", line 4, column 7: the PIN is not 4 to 8 digits",
            ),
            ("listen = \"localhost:8025\"", ", line 1, column 10: expected an address with a port"),
            (
                "validity = \"3d\"",
                ", line 1, column 12: invalid type: string \"3d\", expected a whole",
            ),
            ("validity = 99999999", ": validity is not 1 to 38102400 seconds: correct it"),
            ("[limits]\nrequests = 0", ": requests in [limits] is 0: give a number above 0"),
            (
                "[[modems]]\nname = \"a b\"\nsimulated = true",
                ": the name \"a b\" of a modem is not",
            ),
            (
                "[[modems]]\nname = \"a\"\ntcp = \"host\"",
                ": the tcp host of the modem a is not an address with a port",
            ),
            (
                "[[modems]]\nname = \"a\"\nport = \"x\"\n[[modems]]\nname = \"b\"\nport = \"x\"",
                ": two modems are at x: remove one",
            ),
            (
                "[[routes]]\nname = \"r\"\nmodems = [\"sim0\"]\nprefixes = [\"+4x\"]",
                ": the prefix +4x of the route r is not the beginning of a number",
            ),
            (
                "[[rules]]\nname = \"r\"\nreply = \"x\"\n[[rules]]\nname = \"r\"\nreply = \"x\"",
                ": two rules have the name r: rename one",
            ),
            ("[[rules]]\nname = \"r\"", ": the rule r does nothing: give it webhook"),
            (
                "[[rules]]\nname = \"r\"\nmodem = \"x\"\nreply = \"y\"",
                ": the rule r names the modem x, which is missing",
            ),
            ("[[routes]]\nname = \"r\"", ": the route r has no modem: give it modems"),
            (
                "[queue]\nhost = \"a\"\nnats = \"nats://u:p@192.0.2.1:4222, http://192.0.2.2\"",
                ": queue.nats has an address that is not like nats://192.0.2.1:4222: correct it",
            ),
            ("[queue]\nhost = \"a\"\nnats = \"\"", ": queue.nats has an address that is not like"),
            (
                "[queue]\nhost = \"a\"\nnats = \"localhost\"\nmonitor = \"localhost:8222\"",
                ": queue.monitor is not http:// or https:// and an address: correct it",
            ),
            (
                "[[routes]]\nname = \"r\"\nmodems = [\"x\"]",
                ": the route r names the modem x, which is missing",
            ),
            (
                "[[keys]]\nname = \"k\"\nhash = \"md5:00\"\nscopes = []",
                ": the hash of the key k is not sha256: and 64 hexadecimal digits",
            ),
            (
                "listen = \"0.0.0.0:8025\"",
                ": 0.0.0.0:8025 is not a loopback address, which needs a key: run gateway key",
            ),
            (
                "[[webhooks]]\nname = \"w\"\nurl = \"ftp://x\"\nsecrets = []\nevents = []",
                ": the url of the webhook w is not http:// or https://",
            ),
            (
                "[[rules]]\nname = \"r\"\nfrom = \"(\"",
                ", line 3, column 8: the regular expression is",
            ),
            (
                "[[rules]]\nname = \"r\"\nprogram = [\"sh\"]",
                ": the rule r has a program: set programs = true to allow it",
            ),
        ];
        for (text, expected) in table {
            let error = Config::parse(text, "").unwrap_err().to_string();
            let expected = format!("the configuration is invalid{expected}");
            assert!(error.starts_with(&expected), "{text}\n{error}\n{expected}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}
