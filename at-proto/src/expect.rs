//! The expected answer to a command line, read from the line itself, ITU-T V.250, 5.3 and 5.4.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::time::Duration;

use crate::vocabulary::{self, Traits};

/// The form of an extended command: `+NAME`, `+NAME=...`, `+NAME?` or `+NAME=?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Execute,
    Set,
    Read,
    Test,
}

/// A command of a line, which may be answered by lines of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    name: Cow<'static, str>,
    form: Form,
    traits: Traits,
}

/// The expected answer to a command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Expect {
    /// The first answer, apart from the others since most lines have one command.
    answer: Option<Answer>,
    others: Vec<Answer>,
    seconds: u16,
    /// Lines without a name are part of the answer.
    pub(crate) free: bool,
    /// Every line that is not a final result is part of the answer.
    pub(crate) any: bool,
    /// A line must come before OK.
    pub(crate) required: bool,
    /// A line of data follows each named line.
    pub(crate) data: bool,
    /// A `+CMS ERROR` may be the result.
    pub(crate) message_error: bool,
    /// The modem prompts for a payload.
    pub(crate) prompt: bool,
    /// Results of calls (`NO CARRIER`, `BUSY`, `CONNECT`, ...) end the command.
    pub(crate) call: bool,
    /// The answer is a list, whose length decides how long it takes.
    pub(crate) is_listing: bool,
    /// The answer is a list of messages, whose headers have no other meaning.
    pub(crate) lists_messages: bool,
    /// The line holds a PIN or a password.
    pub(crate) secret: bool,
    /// The answer is complete without its OK, which some modems omit.
    pub(crate) final_optional: bool,
}

impl Expect {
    pub(crate) fn of(line: &[u8]) -> Self {
        let mut expect = Self { seconds: 10, ..Self::default() };
        let (Some(mut rest), false) = (line.get(2..), line.get(1) == Some(&b'/')) else {
            expect.any = true;
            expect.message_error = true;
            return expect;
        };
        let mut is_first = true;
        while let Some(command) = next_command(&mut rest) {
            expect.add(command);
            // With several commands in a line, each may be the one without an answer.
            expect.final_optional &= is_first;
            is_first = false;
        }
        expect
    }

    /// The expected answer to a payload at a prompt that is open already.
    pub(crate) fn of_ussd_answer() -> Self {
        Self { prompt: true, ..Self::default() }
    }

    fn add(&mut self, Written { name, form, value }: Written<'_>) {
        let (name, traits) = vocabulary::command(name);
        self.seconds = self.seconds.max(traits.seconds(form));
        self.free |= traits.is_free(form);
        self.any |= traits.is_any();
        self.required |= traits.is_required(form);
        self.data |= traits.has_data() && matches!(form, Form::Execute | Form::Set);
        // +CNMA prompts for an acknowledgement PDU only if it has a length: AT+CNMA=1,12.
        self.prompt |= traits.prompts(form) && (name != "+CNMA" || value.contains(&b','));
        self.message_error |= traits.may_fail_as_message();
        self.call |= traits.is_call();
        self.is_listing |= traits.is_listing(form);
        self.lists_messages |= traits.is_listing(form) && traits.has_data();
        self.secret |= traits.is_secret() && form == Form::Set;
        self.final_optional |= name == "+CPIN" && form == Form::Read;
        self.push(Answer { name, form, traits });
    }

    pub(crate) fn add_name(&mut self, name: Cow<'static, str>) {
        let (_, traits) = vocabulary::command(name.as_bytes());
        self.push(Answer { name, form: Form::Execute, traits });
    }

    fn push(&mut self, answer: Answer) {
        match self.answer {
            None => self.answer = Some(answer),
            Some(_) => self.others.push(answer),
        }
    }

    fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answer.iter().chain(&self.others)
    }

    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    /// Returns `true` if a line of this name and these parameters answers the command.
    ///
    /// `answered` returns `true` if a line of this name came already. Several names are both
    /// answers and unsolicited (`+CREG`, `+CUSD`, `+CLIP`, ...). For these the form of the command
    /// and the shape of the line decide, and only the first such line is the answer.
    pub(crate) fn belongs(
        &self,
        name: &[u8],
        parameters: &[u8],
        answered: impl Fn() -> bool,
    ) -> bool {
        let Some(answer) = self.answers().find(|answer| answer.name.as_bytes() == name) else {
            return false;
        };
        if !answer.traits.is_unsolicited() {
            return true;
        }
        let parameters = parameters.trim_ascii_start();
        match answer.form {
            Form::Set => false,
            Form::Test => {
                parameters.first().is_none_or(|&first| first != b'"' && !first.is_ascii_digit())
            }
            Form::Execute if answer.traits.is_many() => true,
            Form::Execute => !answered(),
            Form::Read => answer.traits.reads(parameters) && !answered(),
        }
    }

    /// The names without a row in the table of commands.
    #[cfg(test)]
    pub(crate) fn names_without_a_row(&self) -> Vec<&str> {
        let unknown = self.answers().filter(|answer| !answer.traits.is_known());
        unknown.map(|answer| &*answer.name).collect()
    }

    /// Returns `true` if the command line asked for lines of this name.
    pub(crate) fn names(&self, name: &[u8]) -> bool {
        self.answers().any(|answer| answer.name.as_bytes() == name)
    }
}

/// A command as written in the line.
struct Written<'a> {
    name: &'a [u8],
    form: Form,
    value: &'a [u8],
}

/// Takes the next command of a line.
fn next_command<'a>(rest: &mut &'a [u8]) -> Option<Written<'a>> {
    while let [b' ' | b';', tail @ ..] = rest {
        *rest = tail;
    }
    let line = *rest;
    let (&first, _) = line.split_first()?;
    if first.is_ascii_alphabetic() || first == b'&' {
        return Some(next_basic(rest));
    }
    let end = line.iter().position(|byte| b"=?;".contains(byte)).unwrap_or(line.len());
    let (name, tail) = line.split_at(end);
    let (form, tail) = match tail {
        [b'=', b'?', tail @ ..] => (Form::Test, tail),
        [b'?', tail @ ..] => (Form::Read, tail),
        [b'=', tail @ ..] => (Form::Set, tail),
        _ => (Form::Execute, tail),
    };
    let (value, tail) = tail.split_at(value_length(tail));
    *rest = tail;
    Some(Written { name: name.trim_ascii(), form, value })
}

/// Takes a basic command: one letter, or `&` and a letter, and a number; `D` takes the rest of the
/// line.
fn next_basic<'a>(rest: &mut &'a [u8]) -> Written<'a> {
    let line = *rest;
    let length = if line.starts_with(b"&") { 2 } else { 1 };
    let (name, mut tail) = line.split_at(length.min(line.len()));
    if name.eq_ignore_ascii_case(b"D") {
        *rest = &[];
        return Written { name, form: Form::Execute, value: tail };
    }
    let mut form = Form::Execute;
    while let [first, next @ ..] = tail {
        match first {
            b'?' => form = Form::Read,
            b'=' => form = Form::Set,
            b'0'..=b'9' | b' ' => {}
            _ => break,
        }
        tail = next;
    }
    *rest = tail;
    Written { name, form, value: &[] }
}

fn value_length(tail: &[u8]) -> usize {
    let mut quoted = false;
    for (at, &byte) in tail.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => return at,
            _ => {}
        }
    }
    tail.len()
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    fn commands(line: &str) -> Vec<(&str, Form)> {
        let mut rest = line.as_bytes();
        core::iter::from_fn(|| next_command(&mut rest))
            .map(|found| (core::str::from_utf8(found.name).unwrap(), found.form))
            .collect()
    }

    #[test]
    fn a_line_is_split_into_its_commands() {
        use Form::*;
        assert_eq!(commands("+CMGF=0;+CSQ"), [("+CMGF", Set), ("+CSQ", Execute)]);
        assert_eq!(
            commands("E0V1;+CMEE=1;+CREG?"),
            [("E", Execute), ("V", Execute), ("+CMEE", Set), ("+CREG", Read)]
        );
        assert_eq!(commands("E0+CPMS?"), [("E", Execute), ("+CPMS", Read)]);
        assert_eq!(commands("+CUSD=1,\"a;b\",15"), [("+CUSD", Set)]);
        assert_eq!(commands("D*100#;"), [("D", Execute)]);
        assert_eq!(commands("&F0S3?"), [("&F", Execute), ("S", Read)]);
        assert_eq!(commands("^CURC=?"), [("^CURC", Test)]);
        assert_eq!(commands(""), []);
        assert_eq!(commands("&"), [("&", Execute)]);
        assert_eq!(commands("S3=13E0"), [("S", Set), ("E", Execute)]);
    }

    #[test]
    fn the_command_in_flight_separates_an_answer_from_an_unsolicited_line() {
        for (line, name, parameters, answered, belongs) in [
            ("AT+CREG?", "+CREG", " 0,1", false, true),
            ("AT+CREG?", "+CREG", " 2,1,\"5E25\",\"605F\"", false, true),
            ("AT+CREG?", "+CREG", " 2,1,4CA,81DE445", false, true),
            ("AT+CREG?", "+CREG", " 002,001", false, true),
            ("AT+CREG?", "+CREG", " 1", false, false),
            ("AT+CREG?", "+CREG", " 1,\"5E25\",\"605F\"", false, false),
            ("AT+CREG?", "+CREG", " 2,1", true, false),
            ("AT+CREG=?", "+CREG", " (0-2)", false, true),
            ("AT+CREG=?", "+CREG", " 1", false, false),
            ("AT+CREG=2", "+CREG", " 2,1", false, false),
            ("AT+CSQ", "+CREG", " 1", false, false),
            ("AT+CUSD=1,\"*100#\",15", "+CUSD", " 0,\"x\",15", false, false),
            ("AT+CUSD?", "+CUSD", " 1", false, true),
            ("AT+CUSD?", "+CUSD", " 0,\"x\",15", false, false),
            ("AT+CLIP?", "+CLIP", " 1,1", false, true),
            ("AT+CLIP?", "+CLIP", " \"+123\",145", false, false),
            ("AT+CPIN?", "+CPIN", " READY", false, true),
            ("AT+CPIN=\"1234\"", "+CPIN", " READY", false, false),
            ("AT+CPMS=\"SM\"", "+CPMS", " 1,2,1,2,1,2", false, true),
            ("AT+CFUN?", "+CFUN", " 1,0", false, true),
            ("AT+CPIN?", "+CPIN", " \"SIM PIN\"", false, true),
            ("AT+CLCC", "+CLCC", " 2,0,0,0,0", true, true),
            ("AT+CREG?", "+CREG", " 1,5E2,81D", false, false),
            ("AT+CREG?", "+CREG", " 0,11", false, true),
            ("AT+CREG?", "+CREG", " 0,12", false, false),
        ] {
            let expect = Expect::of(line.as_bytes());
            let found = expect.belongs(name.as_bytes(), parameters.as_bytes(), || answered);
            assert_eq!(found, belongs, "{line} {name}:{parameters} answered: {answered}");
        }
    }

    /// 3GPP TS 27.005, 3.5, 4.7 and 27.007, 5 to 8.
    #[test]
    fn a_line_says_what_its_answer_is() {
        // Prompt, secret, data lines, lines without a name, a line that must come.
        for (line, expected) in [
            ("AT", "-----"),
            ("AT+CMGS=18", "p---r"),
            ("AT+CMGW=18,1", "p---r"),
            ("AT+CMGC=18", "p---r"),
            ("AT+CMGW=?", "----r"),
            ("AT+CNMA=0", "-----"),
            ("AT+CNMA=1,12", "p----"),
            ("AT+CMGR=1", "--df-"),
            ("AT+CMGL", "--df-"),
            ("AT+CMGL=?", "-----"),
            ("AT+CMGF=0", "-----"),
            ("AT+CMGF?", "----r"),
            ("AT+CPIN=\"1234\"", "-s---"),
            ("AT+CPIN?", "----r"),
            ("AT+CPWD=\"SC\",\"1234\",\"5678\"", "-s---"),
            ("AT+CLCK=\"SC\",1,\"1234\"", "-s---"),
            ("AT+CSMS=1", "----r"),
            ("AT+CMSS=1", "----r"),
            ("AT+CRSM=176,28421,0,0,10", "----r"),
            ("AT+CSIM=4,\"A000\"", "----r"),
            ("AT+CPMS=\"SM\"", "----r"),
            ("AT+CSQ", "----r"),
            ("AT+CESQ", "----r"),
            ("AT+CBC", "----r"),
            ("AT+CPAS", "----r"),
            ("AT+CGMI", "---fr"),
            ("AT+CGMM", "---fr"),
            ("AT+CGMR", "---fr"),
            ("AT+CGSN", "---fr"),
            ("AT+CGSN=1", "---fr"),
            ("AT+CIMI", "---fr"),
            ("AT+CEER", "---fr"),
            ("AT+GCAP", "---fr"),
            ("AT+GMI", "---fr"),
            ("AT+GMM", "---fr"),
            ("AT+GMR", "---fr"),
            ("AT+GSN", "---fr"),
            ("AT+CCID", "---fr"),
            ("AT+ICCID", "---fr"),
            ("AT+QCCID", "---fr"),
            ("AT#CCID", "---fr"),
            ("AT+CPBR=?", "-----"),
            ("ATS3?", "---fr"),
            // An unknown command may have any answer, or none.
            ("AT+VENDOR=1", "---f-"),
            ("AT+VENDOR?", "---f-"),
        ] {
            let Expect { prompt, secret, data, free, required, .. } = Expect::of(line.as_bytes());
            let found: String =
                [(prompt, 'p'), (secret, 's'), (data, 'd'), (free, 'f'), (required, 'r')]
                    .map(|(is, letter)| if is { letter } else { '-' })
                    .iter()
                    .collect();
            assert_eq!(found, expected, "{line}");
        }
        for (line, any, call) in [
            ("ATI", true, false),
            ("AT&V", true, false),
            ("AT+CLAC", true, false),
            ("A/", true, false),
            ("ATD*99#", false, true),
            ("ATA", false, true),
            ("ATO", false, true),
            ("AT+CGDATA=\"PPP\",1", false, true),
            ("ATH", false, false),
        ] {
            let expect = Expect::of(line.as_bytes());
            assert_eq!((expect.any, expect.call), (any, call), "{line}");
        }
    }

    #[test]
    fn only_the_whole_answer_of_a_pin_may_lack_its_ok() {
        assert!(Expect::of(b"AT+CPIN?").final_optional);
        for line in ["AT+CPIN?;+CSQ", "AT+CSQ;+CPIN?", "AT+CPIN=\"1234\"", "AT+CREG?"] {
            assert!(!Expect::of(line.as_bytes()).final_optional, "{line}");
        }
    }

    #[test]
    fn the_deadline_is_that_of_the_slowest_command() {
        for (line, seconds) in [
            ("AT", 10),
            ("AT+CSQ", 10),
            ("AT+CMGS=18", 120),
            ("AT+CMGS=?", 10),
            ("AT+COPS?", 10),
            ("AT+COPS=0", 180),
            // A scan of all networks.
            ("AT+COPS=?", 180),
            ("AT+CSQ;+CMGD=1", 30),
        ] {
            assert_eq!(
                Expect::of(line.as_bytes()).timeout(),
                Duration::from_secs(seconds),
                "{line}"
            );
        }
    }

    /// 3GPP TS 27.007, 7 and 8: the URC that a setting enables has the name of its read form.
    #[test]
    fn a_number_in_quotes_is_not_a_setting() {
        for name in ["+CLIP", "+CCWA", "+COLP", "+CNAP", "+CDIP"] {
            let line = format!("AT{name}?");
            let expect = Expect::of(line.as_bytes());
            for (parameters, belongs) in [(" 1,1", true), (" 0", true), (" \"+123\",145", false)] {
                assert_eq!(
                    expect.belongs(name.as_bytes(), parameters.as_bytes(), || false),
                    belongs,
                    "{name}{parameters}"
                );
            }
        }
        for name in ["+CREG", "+CGREG", "+CEREG", "+C5GREG"] {
            let line = format!("AT{name}?");
            let expect = Expect::of(line.as_bytes());
            for (parameters, belongs) in [(" 2,1", true), (" 1", false)] {
                assert_eq!(
                    expect.belongs(name.as_bytes(), parameters.as_bytes(), || false),
                    belongs,
                    "{name}{parameters}"
                );
            }
        }
    }
}
