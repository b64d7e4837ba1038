//! The state of the network, the SIM and the modem, in common units.

use alloc::string::String;
use alloc::vec::Vec;

use at_proto::Command;
use at_proto::call::HangUp;
use at_proto::general::SetFunctionality;
use at_proto::network::{ReadExtendedSignal, ReadOperator, ReadSignal};
use at_proto::sim::{ReadNumbers, ReadRetries};

use super::initialise::RETRIES;
use crate::error::ErrorKind;
use crate::procedure::{Context, Input, Procedure, Step};

/// Runs one command after the other until the modem knows one: vendors have different commands for
/// the same purpose.
#[derive(Debug)]
pub struct FirstOf<C: 'static> {
    commands: &'static [C],
    at: usize,
}

impl<C> FirstOf<C> {
    /// Creates a procedure that runs `commands`, best first.
    pub const fn new(commands: &'static [C]) -> Self {
        Self { commands, at: 0 }
    }
}

impl FirstOf<ReadRetries> {
    /// Reads the remaining attempts for the PIN and the PUK.
    pub const fn pin_retries() -> Self {
        Self::new(RETRIES)
    }
}

impl FirstOf<SetFunctionality> {
    /// Switches the radio on or off.
    pub(crate) const fn radio(on: bool) -> Self {
        const fn level(level: u8) -> SetFunctionality {
            SetFunctionality { level, reset: false }
        }
        // Some modems have no level 4, and level 0 in its stead.
        Self::new(if on { const { &[level(1)] } } else { const { &[level(4), level(0)] } })
    }
}

impl FirstOf<HangUp> {
    /// Ends all calls, or refuses a ringing call.
    pub const fn hang_up() -> Self {
        Self::new(&[HangUp::Cellular, HangUp::Plain])
    }
}

impl<C: Command + Send + Sync + 'static> Procedure for FirstOf<C>
where
    C::Output: Send + 'static,
{
    type Output = C::Output;

    fn step(&mut self, input: Input<'_>, _: &mut Context<'_>) -> Step<C::Output> {
        let answer = match input {
            Input::Start => None,
            Input::Answer(answer) => Some(answer),
            _ => return Step::Listen,
        };
        if let (Some(answer), Some(command)) = (answer, self.commands.get(self.at)) {
            self.at = self.at.saturating_add(1);
            let closed = answer.is_closed();
            match answer.parse(command) {
                Err(error) if !closed && self.at < self.commands.len() => drop(error),
                result => return Step::Done(result),
            }
        }
        match self.commands.get(self.at) {
            Some(command) => Step::command(command),
            None => Step::fail(ErrorKind::Unsupported("this function")),
        }
    }
}

/// Reads the signal strength in dBm: by `+CSQ`, and if that has no value by `+CESQ`, which covers
/// LTE.
#[doc(alias("RSSI", "CSQ"))]
#[derive(Debug, Default)]
pub struct SignalStrength {
    extended: bool,
}

impl Procedure for SignalStrength {
    type Output = Option<i16>;

    fn step(&mut self, input: Input<'_>, _: &mut Context<'_>) -> Step<Option<i16>> {
        match input {
            Input::Start => Step::command(&ReadSignal),
            Input::Answer(answer) if self.extended => Step::Done(Ok(answer
                .parse(&ReadExtendedSignal)
                .ok()
                .and_then(|signal| signal.dbm()))),
            Input::Answer(answer) => match answer.parse(&ReadSignal) {
                Ok(signal) if signal.dbm().is_none() => {
                    self.extended = true;
                    Step::command(&ReadExtendedSignal)
                }
                result => Step::Done(result.map(|signal| signal.dbm())),
            },
            _ => Step::Listen,
        }
    }
}

/// Reads the name of the operator, or its number if the modem has no name; `None` if the modem is
/// not registered.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing but its name")]
pub struct OperatorName;

impl Procedure for OperatorName {
    type Output = Option<String>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Option<String>> {
        read(input, &ReadOperator, |operator| {
            Some(context.profile.decode(&operator.name?)).filter(|name| !name.is_empty())
        })
    }
}

/// Reads the phone numbers that are stored on the SIM as its own.
#[doc(alias("phone number", "MSISDN"))]
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing but its name")]
pub struct OwnNumbers;

impl Procedure for OwnNumbers {
    type Output = Vec<String>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<String>> {
        read(input, &ReadNumbers, |numbers| {
            let international = |kind| kind == Some(145);
            numbers
                .into_iter()
                .map(|own| match context.profile.decode(&own.number) {
                    number if international(own.kind) && !number.starts_with('+') => {
                        alloc::format!("+{number}")
                    }
                    number => number,
                })
                .collect()
        })
    }
}

fn read<C: Command, T>(
    input: Input<'_>,
    command: &C,
    meaning: impl FnOnce(C::Output) -> T,
) -> Step<T> {
    match input {
        Input::Start => Step::command(command),
        Input::Answer(answer) => Step::Done(answer.parse(command).map(meaning)),
        _ => Step::Listen,
    }
}
