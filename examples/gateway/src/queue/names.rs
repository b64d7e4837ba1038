//! The names of subjects, consumers and keys.

use crate::api::{NewMessage, Urgency};
use crate::config::Config;
use crate::keys::sha256;

/// The longest name that is written out in a subject.
const MAX_NAME: usize = 48;

/// The token of messages without a route, which no name of a route has.
const ANY: &str = "=any";

/// The classes of messages, the most urgent one first.
pub(crate) const CLASSES: [&str; 3] = ["alarm", "normal", "bulk"];

/// The modems that a message may be sent by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// The modems of a route; without a name any modem.
    Route(Option<String>),
    /// One modem.
    Member(String),
}

/// A way and a class: one subject and one consumer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    pub(crate) way: Way,
    pub(crate) class: &'static str,
}

impl Way {
    /// The way of a message. `reply` is the modem that has received the message that it answers.
    pub(crate) fn of(
        message: &NewMessage,
        recipient: &str,
        reply: Option<&str>,
        config: &Config,
    ) -> Self {
        if let Some(member) = reply.or(message.from.as_deref()) {
            return Self::Member(member.into());
        }
        if let Some(route) = &message.route {
            return Self::Route(Some(route.clone()));
        }
        let fitting = config.routes.iter().flat_map(|route| {
            let prefixes = route.prefixes.iter();
            prefixes
                .filter(|prefix| recipient.starts_with(*prefix))
                .map(move |prefix| (prefix.len(), &route.name))
        });
        Self::Route(fitting.max_by_key(|(length, _)| *length).map(|(_, name)| name.clone()))
    }

    /// The part of a subject that names the way.
    fn subject(&self) -> String {
        match self {
            Self::Route(None) => format!("r.{ANY}"),
            Self::Route(Some(name)) => format!("r.{}", token(name)),
            Self::Member(name) => format!("m.{}", token(name)),
        }
    }
}

impl Lane {
    /// The lane of a message.
    pub(crate) const fn new(way: Way, urgency: Urgency) -> Self {
        let class = match urgency {
            Urgency::Alarm => CLASSES[0],
            Urgency::Normal => CLASSES[1],
            Urgency::Bulk => CLASSES[2],
        };
        Self { way, class }
    }

    /// The subject of the items.
    pub(crate) fn subject(&self) -> String {
        format!("work.{}.{}", self.way.subject(), self.class)
    }

    /// The name of the consumer.
    pub(crate) fn consumer(&self) -> String {
        format!("{}_{}", self.way.subject().replace('.', "_"), self.class)
    }
}

/// The lanes that a host serves, the most urgent ones first, with the modems of each.
pub(crate) fn lanes(config: &Config) -> Vec<(Lane, Vec<String>)> {
    let all: Vec<String> = config.modems.iter().map(|modem| modem.name.clone()).collect();
    let mut ways = vec![(Way::Route(None), all.clone())];
    for route in &config.routes {
        let members = route.modems.iter().chain(&route.fallback);
        let members: Vec<String> = members.filter(|name| all.contains(name)).cloned().collect();
        if !members.is_empty() {
            ways.push((Way::Route(Some(route.name.clone())), members));
        }
    }
    ways.extend(all.into_iter().map(|name| (Way::Member(name.clone()), vec![name])));
    let of_class = |class| {
        ways.iter().map(move |(way, members)| (Lane { way: way.clone(), class }, members.clone()))
    };
    CLASSES.into_iter().flat_map(of_class).collect()
}

/// A name as a token of subjects and keys: letters, digits, `-` and `_` stand for themselves, other
/// octets for `=` and two digits, and a long name for its digest.
pub(crate) fn token(name: &str) -> String {
    if name.len() > MAX_NAME {
        // No octet is written as =x.
        return format!("=x{}", faster_hex::hex_string(&sha256(name.as_bytes())[..16]));
    }
    let mut token = String::new();
    for octet in name.bytes() {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => token.push(char::from(octet)),
            octet => token.push_str(&format!("={octet:02X}")),
        }
    }
    token
}

/// The key of a part.
pub(crate) fn part_key(message: &str, part: i64) -> String {
    format!("{message}.{part}")
}

#[cfg(test)]
mod tests {
    use super::{Lane, Way, lanes, token};
    use crate::api::{NewMessage, Urgency};
    use crate::config::Config;

    fn config() -> Config {
        let text = "[queue]\nnats = \"nats://x\"\nhost = \"a\"\n\
            [[modems]]\nname = \"u.1\"\nsimulated = true\n\
            [[routes]]\nname = \"de\"\nprefixes = [\"+49\"]\nmodems = [\"u.1\", \"elsewhere\"]\n\
            [[routes]]\nname = \"o2\"\nprefixes = [\"+49176\"]\nmodems = [\"elsewhere\"]";
        Config::parse(text, "").unwrap()
    }

    #[test]
    fn names_are_written_so_that_two_names_have_two_tokens() {
        let names =
            ["a", "a.b", "a=2Eb", "a*", "ä", "", "=any", "a b", &"x".repeat(49), &"x".repeat(50)];
        let tokens: std::collections::BTreeSet<String> =
            names.iter().map(|name| token(name)).collect();
        assert_eq!(tokens.len(), names.len(), "{tokens:?}");
        assert!(
            tokens.iter().all(|token| !token.contains(['.', '*', '>', ' ', '/'])),
            "{tokens:?}"
        );
        assert_eq!(token("u.1"), "u=2E1");
    }

    #[test]
    fn a_message_has_exactly_one_subject() {
        let config = config();
        let way = |message: &NewMessage, to: &str, reply: Option<&str>| {
            Lane::new(Way::of(message, to, reply, &config), message.priority).subject()
        };
        let plain = NewMessage::default();
        assert_eq!(way(&plain, "+4917100", None), "work.r.de.normal");
        assert_eq!(way(&plain, "+4917600", None), "work.r.o2.normal");
        assert_eq!(way(&plain, "+331", None), "work.r.=any.normal");
        assert_eq!(way(&plain, "+331", Some("u.1")), "work.m.u=2E1.normal");
        let from = NewMessage { from: Some("x".into()), priority: Urgency::Alarm, ..plain.clone() };
        assert_eq!(way(&from, "+331", None), "work.m.x.alarm");
        let route = NewMessage { route: Some("o2".into()), priority: Urgency::Bulk, ..plain };
        assert_eq!(way(&route, "+4917100", None), "work.r.o2.bulk");
    }

    #[test]
    fn a_host_serves_the_routes_of_its_modems_the_most_urgent_class_first() {
        let served: Vec<String> =
            lanes(&config()).iter().map(|(lane, _)| lane.consumer()).collect();
        let expected = ["r_=any_alarm", "r_de_alarm", "m_u=2E1_alarm", "r_=any_normal"];
        assert_eq!(served[..4], expected);
        assert_eq!(served.len(), 9);
    }
}
