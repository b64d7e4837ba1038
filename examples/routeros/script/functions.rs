//! The commands of the language that compute a value from values.

use super::value::{Element, Value};

/// A command that computes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Find,
    Len,
    Pick,
    ToArray,
    ToBool,
    ToNum,
    ToStr,
    TypeOf,
}

impl Function {
    /// Computes the value; positions in texts count characters.
    pub(super) fn call(self, values: &[Value]) -> Result<Value, String> {
        Ok(match (self, values) {
            (Self::Len, [Value::Array(elements)]) => count(elements.len()),
            (Self::Len, [value]) => count(value.text().chars().count()),
            (Self::TypeOf, [value]) => Value::from(value.kind()),
            (Self::ToStr, [value]) => Value::from_text(value.text())?,
            (Self::ToNum, [value]) => value.number().map_or(Value::Nil, Value::Number),
            (Self::ToBool, [value]) => value.truth().map_or(Value::Nil, Value::Bool),
            (Self::ToArray, [value]) => Value::array(to_array(value))?,
            (Self::Find, [value, wanted]) => find(value, wanted, -1),
            (Self::Find, [value, wanted, start]) => find(value, wanted, position(start)?),
            (Self::Pick, [value, begin]) => {
                let begin = position(begin)?;
                match value {
                    Value::Array(_) => value.element(&Value::Number(begin)),
                    _ => pick(value, begin, begin.saturating_add(1))?,
                }
            }
            (Self::Pick, [value, begin, end]) => pick(value, position(begin)?, position(end)?)?,
            (_, []) => return Err("a value is missing: add it to the command".into()),
            (_, values) => return Err(format!("{} values are too many or too few", values.len())),
        })
    }
}

/// The elements of an array, or of a text whose elements are divided by commas.
pub(super) fn to_array(value: &Value) -> Vec<Element> {
    match value {
        Value::Text(text) if text.is_empty() => Vec::new(),
        Value::Text(text) => text.split(',').map(|part| (None, Value::literal(part))).collect(),
        other => other.elements(),
    }
}

fn count(count: usize) -> Value {
    Value::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn position(value: &Value) -> Result<i64, String> {
    super::operators::number(value)
}

/// The position of a value after `start`.
fn find(value: &Value, wanted: &Value, start: i64) -> Value {
    let first = usize::try_from(start.saturating_add(1)).unwrap_or(0);
    let found = if let Value::Array(elements) = value {
        let rest = elements.iter().enumerate().skip(first);
        rest.into_iter().find(|(_, (_, element))| element.is_equal(wanted)).map(|(at, _)| at)
    } else {
        let text: Vec<char> = value.text().chars().collect();
        let wanted: Vec<char> = wanted.text().chars().collect();
        (first..text.len()).find(|at| text[*at..].starts_with(&wanted))
    };
    found.map_or(Value::Nil, count)
}

/// The characters or elements from `begin` to `end`, without the last one.
fn pick(value: &Value, begin: i64, end: i64) -> Result<Value, String> {
    let begin = usize::try_from(begin).unwrap_or(0);
    let count = usize::try_from(end).unwrap_or(0).saturating_sub(begin);
    match value {
        Value::Array(elements) => {
            Value::array(elements.iter().skip(begin).take(count).cloned().collect())
        }
        other => Value::from_text(other.text().chars().skip(begin).take(count).collect()),
    }
}
