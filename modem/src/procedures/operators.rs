//! The operators in reach, and the choice of one, 3GPP TS 27.007, 7.3.

use alloc::vec::Vec;

use at_proto::network::{OperatorFormat, ScanOperators, SelectOperator, SetOperatorFormat};
use at_proto::{Refused, WireString};
use gsm7::charset::Charset;

use crate::error::{Error, ErrorKind};
use crate::phonebook::FoundOperator;
use crate::procedure::{Context, Input, Procedure, Step};

/// Scans for the operators in reach; takes up to three minutes.
#[derive(Debug)]
pub(crate) struct FindOperators;

impl Procedure for FindOperators {
    type Output = Vec<FoundOperator>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<FoundOperator>> {
        let answer = match input {
            Input::Start => return Step::command(&ScanOperators),
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        Step::Done(answer.parse(&ScanOperators).map(|found| {
            let operator = |operator: at_proto::network::Operator| {
                let name = if operator.long.is_empty() { &operator.short } else { &operator.long };
                FoundOperator {
                    status: operator.status,
                    name: context.profile.decode(name),
                    code: operator.numeric,
                    technology: operator.technology,
                }
            };
            found.into_iter().map(operator).collect()
        }))
    }
}

/// Registers with an operator, or lets the modem choose.
#[derive(Debug)]
pub(crate) struct ChooseOperator {
    code: Option<WireString>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The code in the character set of the session.
    Coded,
    /// The code in plain digits.
    Plain,
    /// The name of the operator is long again, as [`Session::operator`](crate::Session::operator)
    /// reads it.
    Format,
}

impl ChooseOperator {
    pub(crate) const AUTOMATIC: Self = Self { code: None, stage: Stage::Plain };

    /// # Errors
    /// Fails for a code that does not have 5 or 6 digits.
    pub(crate) fn new(code: &str) -> Result<Self, Error> {
        if !(5..=6).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            let reason = "an operator is named by 5 or 6 digits, such as 26201";
            return Err(ErrorKind::Invalid(reason.into()).into());
        }
        Ok(Self { code: Some(WireString::new(code)?), stage: Stage::Coded })
    }

    fn choose(&mut self, context: &Context<'_>) -> Step<()> {
        let Some(code) = &self.code else { return Step::command(&SelectOperator::Automatic) };
        let coded = match (self.stage, context.profile.character_set) {
            (Stage::Coded, Some(charset @ (Charset::Ucs2 | Charset::Hex))) => {
                coded(code, charset).ok()
            }
            _ => None,
        };
        if coded.is_none() {
            self.stage = Stage::Plain;
        }
        let code = coded.unwrap_or_else(|| code.clone());
        Step::command(&SelectOperator::Manual(OperatorFormat::Numeric, code))
    }
}

impl Procedure for ChooseOperator {
    type Output = ();

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<()> {
        let answer = match input {
            Input::Start => return self.choose(context),
            Input::Answer(answer) => answer,
            _ => return Step::Listen,
        };
        match (self.stage, answer.response()) {
            // The choice has succeeded, whatever the modem says to the format.
            (Stage::Format, _) => Step::Done(Ok(())),
            // Some modems take plain digits in every character set.
            (Stage::Coded, Err(error)) if matches!(error.kind(), ErrorKind::Refused(_)) => {
                self.stage = Stage::Plain;
                self.choose(context)
            }
            (_, Err(error)) => Step::Done(Err(error)),
            (_, Ok(_)) if self.code.is_none() => Step::Done(Ok(())),
            (_, Ok(_)) => {
                self.stage = Stage::Format;
                Step::command(&SetOperatorFormat(OperatorFormat::Long))
            }
        }
    }
}

fn coded(code: &WireString, charset: Charset) -> Result<WireString, Refused> {
    let digits = core::str::from_utf8(code.as_bytes()).unwrap_or_default();
    WireString::new(charset.encode(digits).unwrap_or_default())
}
