//! Commands in messages: `:cmd SECRET script NAME [[VAR[=VAL]] ...]`.

use modem::remote::{Message, Policy, Refusal, ScriptCall, Secret};

use crate::input;

/// Input: a line with the secret, then the text of a message.
///
/// The result agrees with a reader that goes character by character, positions are valid in the
/// text, and no refusal contains the secret.
pub fn remote_command(data: &[u8]) {
    let text = input::text(data);
    let (secret, text) = text.split_once('\n').unwrap_or(("", &text));
    let Ok(sender) = "+37120000000".parse() else {
        unreachable!("this is a number");
    };
    let message = Message::new(sender, text);
    let mut policy = Policy::default();
    assert_eq!(policy.check(&message, |_| true), Err(Refusal::Disabled));
    policy.receive_enabled = true;
    policy.secret = Secret::new(secret);
    let read = policy.check(&message, |_| true);
    assert_eq!(policy.check(&message, |_| true), read);
    let expected = Reader { text, at: 0 }.command(secret);
    match &read {
        Ok(call) => {
            assert_eq!(Ok((call.name.clone(), call.variables.clone())), expected);
            assert_eq!(
                policy.check(&message, |_| false),
                Err(Refusal::NoSuchScript { name: call.name.clone() })
            );
            survives(&policy, secret, call);
        }
        Err(refusal) => {
            assert_eq!(Err(kind(refusal)), expected, "{refusal} {text:?}");
            if let Refusal::Malformed { at, .. } = refusal {
                assert!(text.is_char_boundary(*at), "{refusal}");
            }
            // The letter Z is in none of the sentences.
            if secret.contains('Z') {
                assert!(!format!("{refusal} {refusal:?}").contains(secret));
            }
        }
    }
    policy.allowed_numbers = "+491715550100".parse().unwrap_or_default();
    assert_eq!(policy.check(&message, |_| true), Err(Refusal::Sender));
}

/// Checks that a command survives when it is written with quotes around everything.
fn survives(policy: &Policy, secret: &str, call: &ScriptCall) {
    let mut text = format!(":cmd \"{secret}\" script \"{}\"", call.name);
    for (name, value) in &call.variables {
        text += &format!(" \"{name}\"");
        if !value.is_empty() {
            text += &format!("=\"{value}\"");
        }
    }
    let Ok(sender) = "+37120000000".parse() else {
        unreachable!("this is a number");
    };
    let again = policy.check(&Message::new(sender, &text), |_| true);
    assert_eq!(again.as_ref(), Ok(call), "{text}");
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    NotACommand,
    NoSecret,
    WrongSecret,
    Malformed,
}

fn kind(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::NotACommand => Kind::NotACommand,
        Refusal::NoSecret => Kind::NoSecret,
        Refusal::WrongSecret => Kind::WrongSecret,
        Refusal::Malformed { .. } => Kind::Malformed,
        other => panic!("{other}"),
    }
}

type Call = (String, Vec<(String, String)>);

/// A naive reader, which goes character by character.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn command(mut self, secret: &str) -> Result<Call, Kind> {
        let Some(rest) = self.text.strip_prefix(":cmd") else {
            return Err(Kind::NotACommand);
        };
        if !rest.is_empty() && !rest.starts_with(' ') {
            return Err(Kind::NotACommand);
        }
        self.at = ":cmd".len();
        let tried = self.spaces().and_then(|()| self.word("")).ok_or(Kind::Malformed)?;
        if secret.is_empty() {
            return Err(Kind::NoSecret);
        }
        if tried != secret {
            return Err(Kind::WrongSecret);
        }
        self.call().ok_or(Kind::Malformed)
    }

    fn call(&mut self) -> Option<Call> {
        self.spaces()?;
        for letter in "script".chars() {
            (self.next()? == letter).then_some(())?;
        }
        self.spaces()?;
        let name = self.word("").filter(|name| !name.is_empty())?;
        let mut variables = Vec::new();
        while self.peek().is_some() {
            self.spaces()?;
            if self.peek().is_none() {
                break;
            }
            let variable = self.word("=").filter(|name| !name.is_empty())?;
            let mut value = String::new();
            if self.peek() == Some('=') {
                self.next();
                value = self.word("").filter(|value| !value.is_empty())?;
            }
            variables.push((variable, value));
        }
        Some((name, variables))
    }

    /// Reads a word in quotes, or up to a space, a control, a quote or a character of `ends`.
    fn word(&mut self, ends: &str) -> Option<String> {
        let mut word = String::new();
        if self.peek()? == '"' {
            self.next();
            loop {
                match self.next()? {
                    '"' => return Some(word),
                    control if control.is_control() => return None,
                    character => word.push(character),
                }
            }
        }
        while let Some(character) = self.peek() {
            if character.is_whitespace()
                || character.is_control()
                || character == '"'
                || ends.contains(character)
            {
                break;
            }
            word.push(character);
            self.next();
        }
        (!word.is_empty()).then_some(word)
    }

    fn spaces(&mut self) -> Option<()> {
        (self.next()? == ' ').then_some(())?;
        while self.peek() == Some(' ') {
            self.next();
        }
        Some(())
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }
}
