//! The values of variables and expressions.

use core::cmp::Ordering;
use std::rc::Rc;

use super::parser::Code;

/// The longest text, in bytes.
const MAX_TEXT: usize = 1 << 16;

/// The largest number of elements of an array, with those of the arrays in it.
const MAX_ELEMENTS: usize = 4096;

/// The deepest nesting of arrays.
const MAX_NESTING: usize = 16;

/// An element of an array, with its key.
pub(crate) type Element = (Option<Rc<str>>, Value);

/// A value of a script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// No value was set.
    Nothing,
    /// Nothing was found.
    Nil,
    Bool(bool),
    Number(i64),
    /// The internal number of an item: `*1`.
    Id(u32),
    Text(Rc<str>),
    Array(Rc<Vec<Element>>),
    Code(Rc<Code>),
}

impl Value {
    /// The value of a word without quotes. A number that would be shown differently, such as 007 or
    /// +371, stays a text.
    pub(crate) fn literal(text: &str) -> Self {
        let id = text.strip_prefix('*').and_then(|id| u32::from_str_radix(id, 16).ok());
        let value = match text {
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            _ => match (id, text.parse()) {
                (Some(id), _) => Self::Id(id),
                (None, Ok(number)) => Self::Number(number),
                _ => Self::Nothing,
            },
        };
        if value.text() == text { value } else { Self::Text(text.into()) }
    }

    /// A text of bounded length.
    pub(crate) fn from_text(text: String) -> Result<Self, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("a text has at most {MAX_TEXT} bytes"));
        }
        Ok(Self::Text(text.into()))
    }

    /// An array of bounded size.
    pub(crate) fn array(elements: Vec<Element>) -> Result<Self, String> {
        let array = Self::Array(Rc::new(elements));
        let (elements, bytes, depth) = array.size();
        if elements > MAX_ELEMENTS || bytes > MAX_TEXT || depth > MAX_NESTING {
            return Err(format!(
                "an array has at most {MAX_ELEMENTS} elements, with texts of at most {MAX_TEXT} bytes and \
                 {MAX_NESTING} levels"
            ));
        }
        Ok(array)
    }

    /// The number of elements, the bytes of the texts, and the levels of arrays.
    fn size(&self) -> (usize, usize, usize) {
        match self {
            Self::Text(text) => (1, text.len(), 0),
            Self::Code(code) => (1, code.text.len(), 0),
            Self::Array(elements) => {
                let sizes = elements.iter().map(|(key, value)| {
                    let (count, bytes, depth) = value.size();
                    (count, bytes + key.as_ref().map_or(0, |key| key.len()), depth + 1)
                });
                sizes.fold((1, 0, 1), |left, right| {
                    (left.0 + right.0, left.1 + right.1, left.2.max(right.2))
                })
            }
            _ => (1, 0, 0),
        }
    }

    /// The value as `:put` shows it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Nothing | Self::Nil => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Id(id) => format!("*{id:X}"),
            Self::Text(text) => text.to_string(),
            Self::Code(code) => code.text.clone(),
            Self::Array(elements) => {
                let shown = |(key, value): &Element| match key {
                    Some(key) => format!("{key}={}", value.text()),
                    None => value.text(),
                };
                elements.iter().map(shown).collect::<Vec<_>>().join(";")
            }
        }
    }

    /// The name of its type, as `:typeof` returns it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Number(_) => "num",
            Self::Id(_) => "id",
            Self::Text(_) => "str",
            Self::Array(_) => "array",
            Self::Code(_) => "code",
        }
    }

    /// The value in an error: its type and its first characters.
    pub(crate) fn description(&self) -> String {
        match self {
            Self::Nothing | Self::Nil => "nothing".into(),
            Self::Array(_) => "an array".into(),
            Self::Code(_) => "code".into(),
            other => format!("{:?}", other.text().chars().take(40).collect::<String>()),
        }
    }

    /// The value as a truth; `None` if it is neither.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Number(number) => Some(*number != 0),
            Self::Text(text) if matches!(&**text, "true" | "yes") => Some(true),
            Self::Text(text) if matches!(&**text, "false" | "no") => Some(false),
            _ => None,
        }
    }

    /// The value as a number; `None` if it is none.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => match text.strip_prefix("0x") {
                Some(digits) => i64::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            },
            _ => None,
        }
    }

    /// The elements of an array, or the value itself as the only element.
    pub(crate) fn elements(&self) -> Vec<Element> {
        match self {
            Self::Nothing | Self::Nil => Vec::new(),
            Self::Array(elements) => elements.to_vec(),
            other => vec![(None, other.clone())],
        }
    }

    /// The element with this number or key; nothing if there is none.
    pub(crate) fn element(&self, key: &Self) -> Self {
        let Self::Array(elements) = self else {
            return Self::Nothing;
        };
        let text = key.text();
        let named = elements.iter().find(|(other, _)| other.as_deref() == Some(text.as_str()));
        let numbered =
            || key.number().and_then(|number| elements.get(usize::try_from(number).ok()?));
        named.or_else(numbered).map_or(Self::Nothing, |(_, value)| value.clone())
    }

    /// The array with this element set; a new key is appended.
    pub(crate) fn with_element(&self, key: &Self, value: Self) -> Result<Self, String> {
        let mut elements = self.elements();
        let text = key.text();
        let named = elements.iter().position(|(other, _)| other.as_deref() == Some(text.as_str()));
        let numbered = key.number().and_then(|number| usize::try_from(number).ok());
        let numbered = numbered.filter(|number| *number < elements.len());
        match named.or(numbered).and_then(|at| elements.get_mut(at)) {
            Some(element) => element.1 = value,
            None => elements.push((Some(text.into()), value)),
        }
        Self::array(elements)
    }

    /// Returns `true` if the values are equal, whatever their types: `"1" = 1`.
    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(value), other) | (other, Self::Bool(value)) => {
                other.truth() == Some(*value) && !matches!(other, Self::Number(_))
            }
            (Self::Array(left), Self::Array(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(right.iter())
                        .all(|(left, right)| left.0 == right.0 && left.1.is_equal(&right.1))
            }
            (left, right) => left.text() == right.text(),
        }
    }

    /// The order of two numbers, or of two texts.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => self.text().cmp(&other.text()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
