//! The operators of expressions, on values.

use core::fmt;

use regex::RegexBuilder;

use super::value::Value;

/// The largest size of a compiled regular expression, in bytes.
const MAX_REGEX: usize = 1 << 18;

/// The level of the comparisons, and of the operators that take their results.
const COMPARISON: u8 = 3;

/// An operator before a value.
#[derive(Clone, Copy)]
pub(crate) struct Unary {
    sign: &'static str,
    apply: fn(&Value) -> Result<Value, String>,
}

const UNARY: &[Unary] = &[
    Unary { sign: "!", apply: |value| Ok(Value::Bool(!truth(value)?)) },
    Unary { sign: "not", apply: |value| Ok(Value::Bool(!truth(value)?)) },
    Unary { sign: "-", apply: |value| result(number(value)?.checked_neg()) },
    Unary { sign: "~", apply: |value| Ok(Value::Number(!number(value)?)) },
];

impl Unary {
    /// The operator at the start of a text.
    pub(super) fn at_start(text: &str) -> Option<Self> {
        UNARY.iter().find(|operator| begins(text, operator.sign)).copied()
    }

    pub(super) const fn sign(self) -> &'static str {
        self.sign
    }

    /// Applies the operator.
    pub(super) fn apply(self, value: &Value) -> Result<Value, String> {
        (self.apply)(value)
    }
}

/// An operator between two values.
#[derive(Clone, Copy)]
pub(crate) struct Binary {
    sign: &'static str,
    level: u8,
    apply: fn(&Value, &Value) -> Result<Value, String>,
}

const fn operator(
    sign: &'static str,
    level: u8,
    apply: fn(&Value, &Value) -> Result<Value, String>,
) -> Binary {
    Binary { sign, level, apply }
}

/// The operators; a sign stands before those that are its beginnings.
const BINARY: &[Binary] = &[
    operator("||", 1, |left, right| Ok(Value::Bool(truth(left)? || truth(right)?))),
    operator("or", 1, |left, right| Ok(Value::Bool(truth(left)? || truth(right)?))),
    Binary::AND,
    operator("and", 2, |left, right| Ok(Value::Bool(truth(left)? && truth(right)?))),
    operator("<<", 9, |left, right| shift(left, right, i64::checked_shl)),
    operator(">>", 9, |left, right| shift(left, right, i64::checked_shr)),
    operator("<=", COMPARISON, |left, right| Ok(Value::Bool(left.order(right).is_le()))),
    operator(">=", COMPARISON, |left, right| Ok(Value::Bool(left.order(right).is_ge()))),
    operator("!=", COMPARISON, |left, right| Ok(Value::Bool(!left.is_equal(right)))),
    Binary::EQUAL,
    operator("<", COMPARISON, |left, right| Ok(Value::Bool(left.order(right).is_lt()))),
    operator(">", COMPARISON, |left, right| Ok(Value::Bool(left.order(right).is_gt()))),
    Binary::MATCH,
    operator("in", COMPARISON, |left, right| {
        Ok(Value::Bool(right.elements().iter().any(|(_, element)| element.is_equal(left))))
    }),
    operator(",", 4, |left, right| {
        Value::array(left.elements().into_iter().chain(right.elements()).collect())
    }),
    Binary::ELEMENT,
    operator(".", 5, |left, right| Value::from_text(left.text() + &right.text())),
    operator("|", 6, |left, right| Ok(Value::Number(number(left)? | number(right)?))),
    operator("^", 7, |left, right| Ok(Value::Number(number(left)? ^ number(right)?))),
    operator("&", 8, |left, right| Ok(Value::Number(number(left)? & number(right)?))),
    operator("+", 10, |left, right| result(number(left)?.checked_add(number(right)?))),
    operator("-", 10, |left, right| result(number(left)?.checked_sub(number(right)?))),
    operator("*", 11, |left, right| result(number(left)?.checked_mul(number(right)?))),
    operator("/", 11, |left, right| result(number(left)?.checked_div(divisor(right)?))),
    operator("%", 11, |left, right| result(number(left)?.checked_rem(divisor(right)?))),
];

impl Binary {
    pub(super) const AND: Self =
        operator("&&", 2, |left, right| Ok(Value::Bool(truth(left)? && truth(right)?)));
    pub(super) const EQUAL: Self =
        operator("=", COMPARISON, |left, right| Ok(Value::Bool(left.is_equal(right))));
    pub(super) const MATCH: Self = operator("~", COMPARISON, matches);
    /// The element of an array.
    pub(super) const ELEMENT: Self = operator("->", 13, |left, right| Ok(left.element(right)));

    /// The operator at the start of a text.
    pub(super) fn at_start(text: &str) -> Option<Self> {
        BINARY.iter().find(|operator| begins(text, operator.sign)).copied()
    }

    pub(super) const fn sign(self) -> &'static str {
        self.sign
    }

    /// The rank of the operator; a higher one binds more tightly.
    pub(super) const fn level(self) -> u8 {
        self.level
    }

    /// Returns `true` if the operator compares two values.
    pub(super) const fn is_comparison(self) -> bool {
        self.level == COMPARISON
    }

    /// Returns `true` if the operator is usable in a condition without parentheses.
    pub(super) const fn is_condition(self) -> bool {
        self.level <= COMPARISON
    }

    /// The result, if the left side alone decides it: the right side may be invalid then.
    pub(super) fn decided(self, left: &Value) -> Option<bool> {
        match (self.level, left.truth()) {
            (1, Some(true)) => Some(true),
            (2, Some(false)) => Some(false),
            _ => None,
        }
    }

    /// Applies the operator.
    pub(super) fn apply(self, left: &Value, right: &Value) -> Result<Value, String> {
        (self.apply)(left, right)
    }
}

impl PartialEq for Unary {
    fn eq(&self, other: &Self) -> bool {
        self.sign == other.sign
    }
}

impl PartialEq for Binary {
    fn eq(&self, other: &Self) -> bool {
        self.sign == other.sign
    }
}

impl fmt::Debug for Unary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sign)
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sign)
    }
}

/// Returns `true` if the text begins with this sign; a sign of letters must be a whole word.
fn begins(text: &str, sign: &str) -> bool {
    text.strip_prefix(sign).is_some_and(|rest| {
        !sign.starts_with(char::is_alphabetic) || !rest.starts_with(char::is_alphanumeric)
    })
}

/// The value as a truth.
pub(super) fn truth(value: &Value) -> Result<bool, String> {
    let truth = value.truth();
    truth.ok_or_else(|| format!("expected true or false, not {}", value.description()))
}

/// The value as a number.
pub(super) fn number(value: &Value) -> Result<i64, String> {
    value.number().ok_or_else(|| format!("expected a number, not {}", value.description()))
}

fn divisor(value: &Value) -> Result<i64, String> {
    match number(value)? {
        0 => Err("a number is divided by zero".into()),
        divisor => Ok(divisor),
    }
}

fn result(number: Option<i64>) -> Result<Value, String> {
    number.map(Value::Number).ok_or_else(|| "the result is not a number in range".into())
}

fn shift(value: &Value, by: &Value, shift: fn(i64, u32) -> Option<i64>) -> Result<Value, String> {
    let by = u32::try_from(number(by)?).ok();
    let value = number(value)?;
    let shifted = by.and_then(|by| shift(value, by)).map(Value::Number);
    shifted.ok_or_else(|| "a number is shifted by 0 to 63 bits".into())
}

fn matches(text: &Value, pattern: &Value) -> Result<Value, String> {
    let pattern = pattern.text();
    let regex = RegexBuilder::new(&pattern).size_limit(MAX_REGEX).build().map_err(|error| {
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the regular expression {pattern:?} is invalid: {reason}")
    })?;
    Ok(Value::Bool(regex.is_match(&text.text())))
}
