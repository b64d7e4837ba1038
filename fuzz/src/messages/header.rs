//! The user data header.

use pdu::{Concatenation, Header, Information, UserData};

/// Input: the elements of a header, without its length octet.
pub fn header(data: &[u8]) {
    let naive = naive(data);
    let Some(header) = Header::new(data) else {
        assert_eq!(naive, None);
        return;
    };
    let naive = naive.unwrap();
    assert_eq!(header.octets(), data);
    assert!(
        header.elements().map(|element| (element.id.raw(), element.data)).eq(naive.iter().copied())
    );
    assert_eq!(header.concatenation(), concatenation(&naive));
    let alphabet = header.alphabet();
    assert!(alphabet.locking.is_none_or(|language| language.has_locking()));
    assert!(alphabet.single.is_none_or(|language| language.has_single()));

    let information: Vec<Information<'_>> = header.information().collect();
    let Ok(user_data) = UserData::<140>::data(&[], &information) else {
        assert!(data.len() >= 140);
        return;
    };
    if information.is_empty() {
        assert!(!user_data.has_header());
        return;
    }
    let again = user_data.header().unwrap();
    assert!(again.information().eq(header.information()));
    // A missing filler of an address is added.
    let has_address =
        |information: &Information<'_>| matches!(information, Information::ReplyAddress(_));
    assert!(again == header || information.iter().any(has_address));
    assert_eq!(again.octets().len(), data.len());
    assert!(user_data.body_octets().is_empty());
    text_behind(&information, data.len() + 1);
}

/// The kind and octets of each element, if their lengths fit.
fn naive(mut data: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut elements = Vec::new();
    while !data.is_empty() {
        let length = usize::from(*data.get(1)?);
        elements.push((data[0], data.get(2..2 + length)?));
        data = &data[2 + length..];
    }
    Some(elements)
}

/// The last valid element.
fn concatenation(elements: &[(u8, &[u8])]) -> Option<Concatenation> {
    let mut valid = elements.iter().filter_map(|&(id, data)| match (id, data) {
        (0x00, &[reference, total, sequence]) => {
            Concatenation::new(pdu::Reference::Eight(reference), total, sequence)
        }
        (0x08, &[high, low, total, sequence]) => {
            let reference = u16::from_be_bytes([high, low]);
            Concatenation::new(pdu::Reference::Sixteen(reference), total, sequence)
        }
        _ => None,
    });
    valid.next_back()
}

/// Checks that the septets after the header begin on the next septet boundary.
fn text_behind(information: &[Information<'_>], octets: usize) {
    let before = (8 * octets).div_ceil(7);
    let septets = [0x41; 160];
    let fitting = 160usize.saturating_sub(before);
    let user_data = UserData::<140>::septets(&septets[..fitting], information).unwrap();
    assert_eq!(usize::from(user_data.length()), before + fitting);
    assert_eq!(user_data.body_septets(&mut [0; 182]), &septets[..fitting]);
    assert!(UserData::<140>::septets(&septets[..fitting + 1], information).is_err());
}
