//! The check of a configuration that has the right form.

use std::collections::BTreeSet;

use async_nats::ServerAddr;
use modem::pdu::Address;

use super::{Config, Queue, Scope};
use crate::api::MAX_VALIDITY;

/// The longest name, in characters.
const MAX_NAME: usize = 59;

impl Config {
    /// Checks the settings one by one and against each other.
    ///
    /// # Errors
    /// Fails with the first mistake and its remedy.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(queue) = &self.queue {
            check_queue(queue)?;
        }
        check_names("modem", self.modems.iter().map(|modem| &modem.name))?;
        check_names("route", self.routes.iter().map(|route| &route.name))?;
        check_names("key", self.keys.iter().map(|key| &key.name))?;
        check_names("webhook", self.webhooks.iter().map(|webhook| &webhook.name))?;
        check_names("rule", self.rules.iter().map(|rule| &rule.name))?;
        let mut links = BTreeSet::new();
        for modem in &self.modems {
            let name = &modem.name;
            if let Some(link) = modem.port.as_ref().or(modem.tcp.as_ref())
                && !links.insert(link)
            {
                return Err(format!("two modems are at {link}: remove one"));
            }
            if let Some(tcp) = modem.tcp.as_ref().filter(|tcp| !has_port(tcp)) {
                return Err(format!(
                    "the tcp {tcp} of the modem {name} is not an address with a port, such as \
                     192.0.2.7:2000"
                ));
            }
            let links = [modem.port.is_some(), modem.tcp.is_some(), modem.simulated];
            if links.into_iter().filter(|link| *link).count() != 1 {
                return Err(format!("the modem {name} needs one of port, tcp and simulated"));
            }
        }
        for route in &self.routes {
            let name = &route.name;
            if route.modems.is_empty() && route.fallback.is_empty() {
                return Err(format!("the route {name} has no modem: give it modems"));
            }
            for modem in route.modems.iter().chain(&route.fallback) {
                if !self.may_have_modem(modem) {
                    return Err(format!(
                        "the route {name} names the modem {modem}, which is missing: add it"
                    ));
                }
            }
            let is_digit = |char: char| "+*#".contains(char) || char.is_ascii_digit();
            if let Some(prefix) = route.prefixes.iter().find(|prefix| !prefix.chars().all(is_digit))
            {
                return Err(format!(
                    "the prefix {prefix} of the route {name} is not the beginning of a number: \
                     give digits such as +49"
                ));
            }
        }
        for key in &self.keys {
            let name = &key.name;
            if crate::keys::digest_of(&key.hash).is_none() {
                return Err(format!(
                    "the hash of the key {name} is not sha256: and 64 hexadecimal digits: run \
                     gateway key"
                ));
            }
            if key.scopes.is_empty() {
                let all = Scope::ALL.map(Scope::name).join(", ");
                return Err(format!("the key {name} has no scope: give it some of {all}"));
            }
        }
        if self.keys.is_empty() && !self.listen.ip().is_loopback() {
            let listen = self.listen;
            return Err(format!(
                "{listen} is not a loopback address, which needs a key: run gateway key"
            ));
        }
        for webhook in &self.webhooks {
            let name = &webhook.name;
            if !is_http(&webhook.url) {
                return Err(format!(
                    "the url of the webhook {name} is not http:// or https:// and an address: \
                     correct it"
                ));
            }
            if webhook.secrets.is_empty() {
                return Err(format!("the webhook {name} has no secret: run gateway secret"));
            }
        }
        for rule in &self.rules {
            let name = &rule.name;
            let missing = rule
                .webhook
                .as_ref()
                .filter(|webhook| !self.webhooks.iter().any(|other| other.name == **webhook));
            if let Some(webhook) = missing {
                return Err(format!(
                    "the rule {name} names the webhook {webhook}, which is missing: add it"
                ));
            }
            if let Some(modem) = rule.modem.as_ref().filter(|modem| !self.has_modem(modem)) {
                return Err(format!(
                    "the rule {name} names the modem {modem}, which is missing: add it"
                ));
            }
            let is_idle = rule.webhook.is_none() && rule.reply.is_none();
            if is_idle && rule.send_to.is_empty() && rule.program.is_empty() {
                return Err(format!(
                    "the rule {name} does nothing: give it webhook, send_to, reply or program"
                ));
            }
            if !rule.program.is_empty() && !self.programs {
                return Err(format!(
                    "the rule {name} has a program: set programs = true to allow it"
                ));
            }
            for to in &rule.send_to {
                if to.parse::<Address>().is_err() {
                    return Err(format!(
                        "the rule {name} sends to {to}, which is not a number: correct it"
                    ));
                }
            }
        }
        for (name, is_zero) in [
            ("requests", self.limits.requests == 0),
            ("body", self.limits.body == 0),
            ("waiting", self.limits.waiting == 0),
        ] {
            if is_zero {
                return Err(format!("{name} in [limits] is 0: give a number above 0"));
            }
        }
        if self.validity == 0 || self.validity > MAX_VALIDITY {
            return Err(format!("validity is not 1 to {MAX_VALIDITY} seconds: correct it"));
        }
        self.smpp.check(self)
    }
}

/// Checks the queue of several hosts. The name of the host is a key on the server.
fn check_queue(queue: &Queue) -> Result<(), String> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    if queue.host.is_empty() || queue.host.len() > 64 || !queue.host.chars().all(is_name) {
        return Err("queue.host is not 1 to 64 letters, digits, - and _: rename it".into());
    }
    let is_server = |address: &str| {
        let server: Result<ServerAddr, _> = address.trim().parse();
        server.is_ok_and(|server| !server.host().is_empty())
    };
    if !queue.nats.0.split(',').all(is_server) {
        let example = "nats://192.0.2.1:4222";
        return Err(format!("queue.nats has an address that is not like {example}: correct it"));
    }
    if queue.monitor.as_ref().is_some_and(|monitor| !is_http(monitor)) {
        return Err("queue.monitor is not http:// or https:// and an address: correct it".into());
    }
    if queue.ack_wait == 0 || queue.replicas == 0 {
        return Err("queue.ack_wait and queue.replicas must be above 0".into());
    }
    Ok(())
}

/// Checks the names of what the API, the database and the log tell apart by them.
fn check_names<'a>(kind: &str, names: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        let is_allowed = |char: char| char.is_alphanumeric() || "-_.".contains(char);
        if !(1..=MAX_NAME).contains(&name.chars().count()) || !name.chars().all(is_allowed) {
            return Err(format!(
                "the name {name:?} of a {kind} is not 1 to {MAX_NAME} letters, digits, -, _ and .: \
                 rename it"
            ));
        }
        if !seen.insert(name) {
            return Err(format!("two {kind}s have the name {name}: rename one"));
        }
    }
    Ok(())
}

/// Returns `true` for a URL of HTTP.
fn is_http(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

/// Returns `true` for a host with a port.
fn has_port(address: &str) -> bool {
    let parts = address.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0))
}
