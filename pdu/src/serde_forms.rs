//! The saved forms of values whose fields depend on each other: readable, lossless, and checked.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::Address;
use crate::broadcast::Broadcast;
use crate::cbs_dcs::CbsDcs;
use crate::cell_broadcast::{CellBroadcast, UmtsBroadcast};
use crate::content::LanguageCode;
use crate::element::{Concatenation, Ports, Reference};
use crate::etws::EtwsPrimary;
use crate::message::{Message, Part};
use crate::page::Page;
use crate::timestamp::{DateTime, Timestamp};
use crate::user_data::UserData;
use crate::ussd::UssdString;
use crate::validity::EnhancedValidity;
use crate::warning::{Warning, Warnings};

/// Saves a value as another one, and reads it back if the two fit.
macro_rules! saved_as {
    ($(@[$($generics:tt)*])? $value:ty, $form:ty, $save:expr, $restore:expr, $error:literal) => {
        impl<$($($generics)*)?> Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let save: fn(&Self) -> $form = $save;
                save(self).serialize(serializer)
            }
        }

        impl<'de, $($($generics)*)?> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let restore: fn($form) -> Option<Self> = $restore;
                restore(<$form>::deserialize(deserializer)?).ok_or_else(|| D::Error::custom($error))
            }
        }
    };
}

saved_as!(
    Timestamp,
    String,
    |stamp| match stamp.date_time().map(Self::new) {
        Some(Ok(same)) if same == *stamp => stamp.to_string(),
        _ => hex(&stamp.raw()),
    },
    |text| match text.parse() {
        Ok(time) => Self::new(time).ok(),
        Err(_) => Some(Self::from_raw(unhex(&text)?.try_into().ok()?)),
    },
    "a time stamp is not a date of RFC 3339, and not 14 hexadecimal digits"
);

saved_as!(
    EnhancedValidity,
    String,
    |validity| hex(&validity.raw()),
    |text| Some(Self::from_raw(unhex(&text)?.try_into().ok()?)),
    "an enhanced validity is not 14 hexadecimal digits"
);

saved_as!(
    @[const N: usize] UserData<N>,
    UserDataForm,
    |user_data| UserDataForm {
        length: user_data.length(),
        unit: if user_data.counts_septets() { Unit::Septets } else { Unit::Octets },
        header: user_data.has_header(),
        octets: hex(user_data.octets()),
    },
    |form| {
        let septets = form.unit == Unit::Septets;
        Self::from_raw(&unhex(&form.octets)?, form.length, septets, form.header)
    },
    "the length of user data does not fit its octets"
);

#[derive(Serialize, Deserialize)]
struct UserDataForm {
    length: u8,
    unit: Unit,
    header: bool,
    octets: String,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Septets,
    Octets,
}

saved_as!(
    Concatenation,
    ConcatenationForm,
    |part| ConcatenationForm {
        reference: part.reference(),
        total: part.total(),
        sequence: part.sequence(),
    },
    |form| Self::new(form.reference, form.total, form.sequence),
    "a part is not one of its message"
);

#[derive(Serialize, Deserialize)]
struct ConcatenationForm {
    reference: Reference,
    total: u8,
    sequence: u8,
}

saved_as!(
    Ports,
    PortsForm,
    |ports| PortsForm {
        destination: ports.destination(),
        source: ports.source(),
        wide: ports.is_wide(),
    },
    |form| match form.wide {
        true => Some(Self::wide(form.destination, form.source)),
        false =>
            Some(Self::narrow(form.destination.try_into().ok()?, form.source.try_into().ok()?)),
    },
    "a port is above 255, and not wide"
);

#[derive(Serialize, Deserialize)]
struct PortsForm {
    destination: u16,
    source: u16,
    wide: bool,
}

saved_as!(
    LanguageCode,
    String,
    |language| language.to_string(),
    |text| Self::new(text.as_bytes().try_into().ok()?),
    "a language is not two letters"
);

saved_as!(
    Page,
    String,
    |page| {
        let mut octets = [0; Self::LEN];
        // Never fails: no page is longer.
        let length = page.encode(&mut octets).unwrap_or(0);
        hex(&octets[..length])
    },
    |text| Some(Self::from_hex(text).ok()?.value),
    "a page is not 12 to 176 hexadecimal digits"
);

saved_as!(
    EtwsPrimary,
    String,
    |warning| {
        let mut octets = [0; Self::LEN];
        // Never fails: no notification is longer.
        let length = warning.encode(&mut octets).unwrap_or(0);
        hex(&octets[..length])
    },
    |text| Some(Self::decode(&unhex(&text)?).ok()?.value),
    "a primary notification is not 12 to 112 hexadecimal digits"
);

saved_as!(
    Broadcast,
    BroadcastForm,
    |broadcast| BroadcastForm {
        pages: if broadcast.umts().is_some() { Vec::new() } else { broadcast.pages().to_vec() },
        umts: broadcast.umts().map(|message| hex(message.octets())),
        etws_primary: broadcast.etws_primary().copied(),
    },
    |form| match (form.etws_primary, form.umts) {
        (None, None) => Self::from_pages(form.pages),
        _ if !form.pages.is_empty() => None,
        (Some(warning), None) => Some(Self::from_primary(warning)),
        (None, Some(message)) => {
            Some(Self::from_umts(UmtsBroadcast::decode(&unhex(&message)?).ok()?.value))
        }
        (Some(_), Some(_)) => None,
    },
    "a broadcast has no page"
);

#[derive(Serialize, Deserialize)]
struct BroadcastForm {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pages: Vec<Page>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    umts: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etws_primary: Option<EtwsPrimary>,
}

saved_as!(
    CellBroadcast,
    String,
    |broadcast| {
        let mut octets = [0; UmtsBroadcast::MAX_LEN];
        // Never fails: no message is longer.
        let length = broadcast.encode(&mut octets).unwrap_or(0);
        hex(&octets[..length])
    },
    |text| Some(Self::from_hex(text).ok()?.value),
    "a cell broadcast is not hexadecimal digits"
);

saved_as!(
    UssdString,
    UssdForm,
    |string| UssdForm { dcs: string.dcs(), octets: hex(string.octets()) },
    |form| Some(Self::new(form.dcs, unhex(&form.octets)?)),
    "a USSD string is not hexadecimal digits"
);

#[derive(Serialize, Deserialize)]
struct UssdForm {
    dcs: CbsDcs,
    octets: String,
}

impl Serialize for Warnings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Warnings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Warning>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_valid() && self.year <= 9999 {
            serializer.collect_str(self)
        } else {
            Err(serde::ser::Error::custom("a date that does not exist cannot be saved"))
        }
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Message")]
struct MessageForm<P> {
    reference: Option<Reference>,
    total: u8,
    parts: P,
}

impl<T: Serialize> Serialize for Message<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (reference, total) = (self.reference(), self.total());
        MessageForm { reference, total, parts: self.parts() }.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Message<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let MessageForm { reference, total, parts } =
            MessageForm::<Vec<Part<T>>>::deserialize(deserializer)?;
        let ascend = parts.is_sorted_by(|one, other| one.sequence < other.sequence);
        let (first, last) = (parts.first(), parts.last());
        if ascend
            && first.is_some_and(|part| part.sequence > 0)
            && last.is_some_and(|part| part.sequence <= total)
        {
            Ok(Self { parts, reference, total })
        } else {
            Err(D::Error::custom(
                "a message has no parts, or not those of its total in ascending order",
            ))
        }
    }
}

/// One of the forms that the documentation of [`Address`] names.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AddressForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u8>,
    r#type: u8,
}

impl AddressForm {
    fn new(address: &Address) -> Self {
        let (r#type, length, octets) = address.to_raw();
        let text = address.to_string();
        if Address::from_text(r#type, &text) != Ok(*address) {
            let octets = hex(&octets[..usize::from(length).div_ceil(2)]);
            Self { octets: Some(octets), length: Some(length), r#type, ..Self::default() }
        } else if address.is_alphanumeric() {
            Self { name: Some(text), r#type, ..Self::default() }
        } else {
            Self { number: Some(text), r#type, ..Self::default() }
        }
    }

    fn address<E: Error>(self) -> Result<Address, E> {
        match self {
            Self { number: Some(text), name: None, octets: None, length: None, r#type }
            | Self { number: None, name: Some(text), octets: None, length: None, r#type } => {
                Address::from_text(r#type, &text).map_err(E::custom)
            }
            Self { number: None, name: None, octets: Some(text), length: Some(length), r#type } => {
                let octets = unhex(&text).filter(|octets| octets.len() <= 14);
                let mut array = [0; 14];
                let octets =
                    octets.ok_or_else(|| E::custom("not 28 hexadecimal digits at most"))?;
                array[..octets.len()].copy_from_slice(&octets);
                Address::from_raw(r#type, length, array)
                    .ok_or_else(|| E::custom("the length of an address does not fit its octets"))
            }
            _ => Err(E::custom("an address has a number, or a name, or octets and a length")),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            AddressForm::new(self).serialize(serializer)
        } else {
            self.to_raw().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(AddressVisitor);
        }
        let (kind, length, octets) = Deserialize::deserialize(deserializer)?;
        Self::from_raw(kind, length, octets)
            .ok_or_else(|| D::Error::custom("the length of an address does not fit its octets"))
    }
}

struct AddressVisitor;

impl<'de> Visitor<'de> for AddressVisitor {
    type Value = Address;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address with its type, or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Address, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Address, A::Error> {
        AddressForm::deserialize(MapAccessDeserializer::new(map))?.address()
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| alloc::format!("{octet:02X}")).collect()
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let mut octets = alloc::vec![0; digits.len() / 2];
    crate::hex::decode(digits.as_bytes(), &mut octets)?;
    (digits.len() % 2 == 0).then_some(octets)
}
