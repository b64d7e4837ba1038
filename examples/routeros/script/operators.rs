//! The operators of expressions, on values.

use regex::RegexBuilder;

use super::value::Value;

/// The largest size of a compiled regular expression, in bytes.
const MAX_REGEX: usize = 1 << 18;

/// An operator before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Minus,
    Invert,
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    Match,
    In,
    Append,
    Concatenate,
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// The element of an array.
    Element,
}

use Binary::{
    Add, And, Append, BitAnd, BitOr, BitXor, Concatenate, Divide, Element, Equal, Greater,
    GreaterOrEqual, In, Less, LessOrEqual, Match, Multiply, NotEqual, Or, Remainder, ShiftLeft,
    ShiftRight, Subtract,
};

/// The signs of the operators, with how tightly they bind; a sign stands before its beginnings.
const SIGNS: &[(&str, Binary, u8)] = &[
    ("||", Or, 1),
    ("or", Or, 1),
    ("&&", And, 2),
    ("and", And, 2),
    ("<<", ShiftLeft, 9),
    (">>", ShiftRight, 9),
    ("<=", LessOrEqual, 3),
    (">=", GreaterOrEqual, 3),
    ("!=", NotEqual, 3),
    ("=", Equal, 3),
    ("<", Less, 3),
    (">", Greater, 3),
    ("~", Match, 3),
    ("in", In, 3),
    (",", Append, 4),
    ("->", Element, 13),
    (".", Concatenate, 5),
    ("|", BitOr, 6),
    ("^", BitXor, 7),
    ("&", BitAnd, 8),
    ("+", Add, 10),
    ("-", Subtract, 10),
    ("*", Multiply, 11),
    ("/", Divide, 11),
    ("%", Remainder, 11),
];

/// Returns `true` if the text begins with this sign; a sign of letters must be a whole word.
fn begins(text: &str, sign: &str) -> bool {
    text.strip_prefix(sign).is_some_and(|rest| {
        !sign.starts_with(char::is_alphabetic) || !rest.starts_with(char::is_alphanumeric)
    })
}

impl Unary {
    /// The operator at the start of a text, with its sign.
    pub(super) fn at_start(text: &str) -> Option<(&'static str, Self)> {
        let signs = [("!", Self::Not), ("not", Self::Not), ("-", Self::Minus), ("~", Self::Invert)];
        signs.into_iter().find(|(sign, _)| begins(text, sign))
    }

    /// Applies the operator.
    pub(super) fn apply(self, value: &Value) -> Result<Value, String> {
        Ok(match self {
            Self::Not => Value::Bool(!truth(value)?),
            Self::Minus => {
                let negative = number(value)?.checked_neg();
                Value::Number(negative.ok_or("the number is too large")?)
            }
            Self::Invert => Value::Number(!number(value)?),
        })
    }
}

impl Binary {
    /// The operator at the start of a text, with its sign.
    pub(super) fn at_start(text: &str) -> Option<(&'static str, Self)> {
        let found = SIGNS.iter().find(|(sign, ..)| begins(text, sign));
        found.map(|(sign, operator, _)| (*sign, *operator))
    }

    /// The rank of the operator; a higher one binds more tightly.
    pub(super) fn level(self) -> u8 {
        SIGNS.iter().find(|(_, operator, _)| *operator == self).map_or(0, |(.., level)| *level)
    }

    /// Returns `true` if the operator compares two values.
    pub(super) fn is_comparison(self) -> bool {
        self.level() == 3
    }

    /// Returns `true` if the operator is usable in a condition without parentheses.
    pub(super) fn is_condition(self) -> bool {
        self.level() <= 3
    }

    /// Applies the operator.
    pub(super) fn apply(self, left: &Value, right: &Value) -> Result<Value, String> {
        let arithmetic = |apply: fn(i64, i64) -> Option<i64>| {
            let result = apply(number(left)?, number(right)?);
            result
                .map(Value::Number)
                .ok_or_else(|| String::from("the result is not a number in range"))
        };
        let shift = |apply: fn(i64, u32) -> Option<i64>| {
            let result = u32::try_from(number(right)?).ok();
            let left = number(left)?;
            result
                .and_then(|by| apply(left, by))
                .map(Value::Number)
                .ok_or_else(|| String::from("a number is shifted by 0 to 63 bits"))
        };
        Ok(match self {
            Or => Value::Bool(truth(left)? || truth(right)?),
            And => Value::Bool(truth(left)? && truth(right)?),
            Equal => Value::Bool(left.is_equal(right)),
            NotEqual => Value::Bool(!left.is_equal(right)),
            Less => Value::Bool(left.order(right).is_lt()),
            Greater => Value::Bool(left.order(right).is_gt()),
            LessOrEqual => Value::Bool(left.order(right).is_le()),
            GreaterOrEqual => Value::Bool(left.order(right).is_ge()),
            Match => Value::Bool(matches(&left.text(), &right.text())?),
            In => Value::Bool(right.elements().iter().any(|(_, element)| element.is_equal(left))),
            Append => {
                let mut elements = left.elements();
                elements.extend(right.elements());
                Value::array(elements)?
            }
            Concatenate => Value::from_text(left.text() + &right.text())?,
            BitOr => arithmetic(|left, right| Some(left | right))?,
            BitXor => arithmetic(|left, right| Some(left ^ right))?,
            BitAnd => arithmetic(|left, right| Some(left & right))?,
            ShiftLeft => shift(i64::checked_shl)?,
            ShiftRight => shift(i64::checked_shr)?,
            Add => arithmetic(i64::checked_add)?,
            Subtract => arithmetic(i64::checked_sub)?,
            Multiply => arithmetic(i64::checked_mul)?,
            Divide | Remainder if number(right)? == 0 => {
                return Err("a number is divided by zero".into());
            }
            Divide => arithmetic(i64::checked_div)?,
            Remainder => arithmetic(i64::checked_rem)?,
            Element => left.element(right),
        })
    }
}

/// The value as a truth.
pub(super) fn truth(value: &Value) -> Result<bool, String> {
    value.truth().ok_or_else(|| format!("expected true or false, not {}", value.description()))
}

/// The value as a number.
pub(super) fn number(value: &Value) -> Result<i64, String> {
    value.number().ok_or_else(|| format!("expected a number, not {}", value.description()))
}

fn matches(text: &str, pattern: &str) -> Result<bool, String> {
    let regex = RegexBuilder::new(pattern).size_limit(MAX_REGEX).build().map_err(|error| {
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the regular expression {pattern:?} is invalid: {reason}")
    })?;
    Ok(regex.is_match(text))
}
