//! The senders that may run scripts.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use pdu::{Address, AddressError, NumberingPlan, TypeOfNumber};

/// Telephone numbers with their country codes, separated by commas; an empty list allows anyone.
///
/// A sender is compared as a typed address, never by its displayed form. A name such as
/// `+3712000000`, which anybody can choose, is not a number.
///
/// ```
/// use modem::pdu::Address;
/// use modem::remote::AllowedNumbers;
///
/// let numbers: AllowedNumbers = "+371 2000 0000, +37120000001".parse()?;
/// assert!(numbers.allow(&"+37120000001".parse()?));
/// assert!(!numbers.allow(&"37120000001".parse()?));
/// assert!(!numbers.allow(&Address::alphanumeric("+3712000000")?));
/// assert_eq!(
///     "20000000".parse::<AllowedNumbers>().unwrap_err().to_string(),
///     "\"20000000\" has no country code: write it with a leading +",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedNumbers(Vec<Address>);

impl AllowedNumbers {
    /// Returns `true` if `sender` is allowed.
    pub fn allow(&self, sender: &Address) -> bool {
        // Networks write a telephone number with its plan or without any; another plan is another
        // kind of number.
        let is_telephone = sender.type_of_number() == TypeOfNumber::International
            && [NumberingPlan::ISDN, NumberingPlan::UNKNOWN].contains(&sender.numbering_plan());
        self.is_empty()
            || is_telephone && self.0.iter().any(|number| number.digits().eq(sender.digits()))
    }

    /// Returns `true` if anyone is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for AllowedNumbers {
    type Err = NumberError;

    fn from_str(list: &str) -> Result<Self, NumberError> {
        if list.trim().is_empty() {
            return Ok(Self::default());
        }
        list.split(',').map(number).collect::<Result<_, _>>().map(Self)
    }
}

fn number(entry: &str) -> Result<Address, NumberError> {
    let entry = entry.trim();
    let number: Address = entry
        .parse()
        .map_err(|error| NumberError::Unreadable { entry: entry.to_string(), error })?;
    if number.type_of_number() != TypeOfNumber::International {
        return Err(NumberError::NoCountryCode { entry: entry.to_string() });
    }
    if !number.digits().all(|digit| digit.is_ascii_digit()) {
        return Err(NumberError::NotATelephone { entry: entry.to_string() });
    }
    Ok(number)
}

impl fmt::Display for AllowedNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, number)| {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{number}")
        })
    }
}

/// The reason why a list of allowed numbers is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// An entry is not a number.
    #[error("{entry:?} is not a telephone number: use digits after a leading +")]
    Unreadable {
        /// The entry.
        entry: String,
        /// The fault of the entry.
        #[source]
        error: AddressError,
    },
    /// An entry has no country code, so that it may be a number of any country.
    #[error("{entry:?} has no country code: write it with a leading +")]
    NoCountryCode {
        /// The entry.
        entry: String,
    },
    /// An entry has characters that the number of a sender never has.
    #[error("{entry:?} is not a telephone number: use only digits after the +")]
    NotATelephone {
        /// The entry.
        entry: String,
    },
}
