//! Writes the basic forms of WSP, after WAP-230, 8.1.2 and 8.4.2, and the frame of a push.

/// Returns a number as seven bits an octet, perhaps with a needless zero before it.
pub(crate) fn uintvar(value: u32, padded: bool) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut shift = 28;
    while shift > 0 {
        let septet = (value >> shift & 0x7F) as u8;
        if septet != 0 || !octets.is_empty() || (padded && shift == 7) {
            octets.push(0x80 | septet);
        }
        shift -= 7;
    }
    octets.push((value & 0x7F) as u8);
    octets
}

/// Returns a number as a long integer.
pub(crate) fn long_integer(value: u64) -> Vec<u8> {
    let octets = value.to_be_bytes();
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
    let mut long = vec![u8::try_from(octets.len() - start).expect("at most 8")];
    long.extend_from_slice(&octets[start..]);
    long
}

/// Returns a number as a short integer if it fits, and as a long one otherwise.
pub(crate) fn integer(value: u64) -> Vec<u8> {
    match u8::try_from(value) {
        Ok(short @ ..=0x7F) => vec![0x80 | short],
        _ => long_integer(value),
    }
}

/// Returns a text with its final zero, and with the quote before a first octet above 0x7F.
pub(crate) fn text(octets: &[u8]) -> Vec<u8> {
    let quote = octets.first().is_some_and(|first| *first >= 0x80);
    let mut text = if quote { vec![0x7F] } else { Vec::new() };
    text.extend_from_slice(octets);
    text.push(0);
    text
}

/// Returns octets after their length, which may have the long form although it is short.
pub(crate) fn value(content: &[u8], long: bool) -> Vec<u8> {
    let mut octets = match u8::try_from(content.len()) {
        Ok(length @ ..=30) if !long => vec![length],
        Ok(length) => [vec![0x1F], uintvar(u32::from(length), false)].concat(),
        Err(_) => unreachable!("the values here are short"),
    };
    octets.extend_from_slice(content);
    octets
}

/// Returns a text that names its character set, in the form of OMA MMS Encapsulation, 7.3.
pub(crate) fn encoded_string(charset: u16, octets: &[u8], long: bool) -> Vec<u8> {
    let end: &[u8] = if charset == 1000 { &[0] } else { &[] };
    value(&[&integer(u64::from(charset)), &text(octets)[..], end].concat(), long)
}

/// Returns a text in a character set.
pub(crate) fn encode(text: &str, charset: u16) -> Vec<u8> {
    match charset {
        4 => text.chars().map(|c| u8::try_from(u32::from(c)).expect("in ISO 8859-1")).collect(),
        1000 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// Returns the digits of a date of WBXML, two an octet, without zeros at the end.
pub(crate) fn digits(date: &str) -> Vec<u8> {
    let nibbles: Vec<u8> =
        date.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let mut octets: Vec<u8> = nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    while octets.last() == Some(&0) {
        octets.pop();
    }
    octets
}

/// Returns a push.
pub(crate) fn push(
    transaction: u8,
    kind: u8,
    length: &[u8],
    headers: &[u8],
    data: &[u8],
) -> Vec<u8> {
    [&[transaction, kind][..], length, headers, data].concat()
}

/// Returns the SMS-DELIVER TPDUs that carry octets to port 2948, after 3GPP TS 23.040, 9.2.2.1.
pub(crate) fn delivers(reference: u16, octets: &[u8]) -> Vec<Vec<u8>> {
    const PORTS: [u8; 6] = [0x05, 0x04, 0x0B, 0x84, 0x23, 0xF0];
    let [high, low] = reference.to_be_bytes();
    let parts = if octets.len() <= 133 { octets.chunks(133) } else { octets.chunks(127) };
    let total = u8::try_from(parts.len()).expect("a few parts");
    (1..)
        .zip(parts)
        .map(|(part, body)| {
            let mut header = PORTS.to_vec();
            if total > 1 {
                header.extend([0x08, 0x04, high, low, total, part]);
            }
            let length = u8::try_from(1 + header.len() + body.len()).expect("at most 140");
            let mut tpdu = b"\x44\x0B\x91\x73\x21\x00\x00\x00\xF0\x00\x04".to_vec();
            tpdu.extend(b"\x62\x11\x52\x21\x31\x80\x80");
            tpdu.extend([length, u8::try_from(header.len()).expect("at most 12")]);
            tpdu.extend([&header[..], body].concat());
            tpdu
        })
        .collect()
}
