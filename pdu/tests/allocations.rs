//! One PDU takes no allocation; a long message takes two.

use core::hint::black_box;

use allocation_counter::measure;
use pdu::{
    Deliver, Envelope, Incoming, Outgoing, Page, Reference, Status, StatusReport, Submit,
    SubmitTemplate, UserData,
};

#[test]
fn reading_a_deliver_from_digits_to_text_allocates_nothing() {
    let digits = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07";
    let allocations = measure(|| {
        let decoded = Envelope::<Incoming>::from_hex(black_box(digits)).unwrap();
        let Incoming::Deliver(deliver) = decoded.value.tpdu else { panic!() };
        assert!(deliver.originator.digits().count() > 0);
        assert!(deliver.timestamp.date_time().is_some());
        let mut text = [0; 546];
        assert_eq!(deliver.write_text(&mut text), Ok(Some("How are you?")));
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn writing_a_submit_from_text_to_digits_allocates_nothing() {
    let template = SubmitTemplate::new("+37120000000".parse().unwrap());
    for text in ["Hello, world! {€}", "Labdien, Iğdır!"] {
        let allocations = measure(|| {
            let (_, submit) = template.single(black_box(text)).unwrap();
            let mut digits = [0; 400];
            assert!(!Envelope::new(submit).write_hex(&mut digits).unwrap().is_empty());
        });
        assert_eq!(allocations.count_total, 0);
    }
}

#[test]
fn every_kind_of_tpdu_is_read_and_written_without_allocation() {
    let incoming: [&[u8]; 3] = [
        &[0x04, 0x04, 0x91, 0x36, 0x19, 0, 0, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23, 1, 0x61],
        &[
            6, 24, 4, 0x91, 0x36, 0x19, 0x11, 0x10, 0x11, 0x71, 0x95, 0x51, 0x40, 0x11, 0x10, 0x11,
            0x71, 0x95, 0x71, 0x40, 0,
        ],
        &[0x01, 0x00, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23],
    ];
    let outgoing: [&[u8]; 3] = [
        &[0x01, 0, 4, 0x91, 0x36, 0x19, 0, 0, 1, 0x61],
        &[2, 0, 0, 0, 42, 4, 0x91, 0x36, 0x19, 0],
        &[0, 0xD3, 0],
    ];
    let allocations = measure(|| {
        let mut again = [0; 300];
        for tpdu in incoming {
            let len = Incoming::decode(black_box(tpdu))
                .unwrap()
                .strict()
                .unwrap()
                .encode(&mut again)
                .unwrap();
            assert_eq!(&again[..len], tpdu);
        }
        for tpdu in outgoing {
            let len = Outgoing::decode(black_box(tpdu))
                .unwrap()
                .strict()
                .unwrap()
                .encode(&mut again)
                .unwrap();
            assert_eq!(&again[..len], tpdu);
        }
        let _ = Deliver::decode(black_box(&[0x04])).unwrap_err();
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn reading_a_page_allocates_nothing() {
    let allocations = measure(|| {
        let page = Page::from_hex(black_box("011000320111C2327BFC76BBCBEE46A3D168")).unwrap().value;
        assert_eq!(page.write_text(&mut [0; 279]), Ok(Some("Belconnen")));
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn splitting_a_text_of_ten_parts_takes_two_allocations() {
    let template = SubmitTemplate::new("+37120000000".parse().unwrap());
    let text = "a".repeat(1_530);
    let allocations = measure(|| {
        let split = template.split(black_box(&text), Reference::Eight(1)).unwrap();
        assert_eq!(split.parts.len(), 10);
    });
    // One for the parts, one for the septets of the whole text.
    assert_eq!(allocations.count_total, 2);
}

#[test]
fn values_are_small_enough_to_copy() {
    assert!(size_of::<UserData>() <= 164);
    assert!(size_of::<Deliver>() <= 200);
    assert!(size_of::<Submit>() <= 200);
    assert!(size_of::<StatusReport>() <= 232);
    assert!(size_of::<Status>() == 1);
}
