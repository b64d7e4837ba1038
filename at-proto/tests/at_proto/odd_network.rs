//! Answers about the network of a form that no standard has.
//!
//! Each table has the odd answers of one command, and what can be read of each.

use at_proto::network::{
    Domain, OperatorFormat, OperatorInUse, ReadOperator, ReadRegistration, Registration,
    RegistrationState, ScanOperators,
};
use at_proto::{Command, Notification, Response, Urc};

use crate::answers::{reads, refuses};

#[test]
fn a_registration_may_have_a_routing_area() {
    let state = |status, area, cell, technology| {
        RegistrationState::new(Registration(status), area, cell, technology)
    };
    let whole = || state(1, Some(0x1A2B), Some(0x01C3_D4E5), Some(7));
    reads(
        &ReadRegistration(Domain::Eps),
        &[
            ("+CEREG: 2,1,\"1A2B\",\"01C3D4E5\",7", whole()),
            ("+CEREG: 2,1,\"1A2B\",\"01C3D4E5\",7,\"01\"", whole()),
            ("+CEREG: 2,1,\"1A2B\",\"01C3D4E5\",7,0,0,\"00100100\"", whole()),
            ("+CEREG: 2,1,\"1A2B\",\"01\",\"01C3D4E5\",7", whole()),
            ("+CEREG: 2,1,1A2B,01,01C3D4E5,7", whole()),
            ("+CEREG: 2,1,\"1A2B\",,\"01C3D4E5\",7", whole()),
            ("+CEREG: \"2\",\"1\",\"1A2B\",\"01C3D4E5\",\"7\"", whole()),
            ("+CEREG: (2,1,\"1A2B\",\"01C3D4E5\",7)", whole()),
            ("+CEREG: 2,1,x,\"01C3D4E5\",7", state(1, None, Some(0x01C3_D4E5), Some(7))),
            ("+CEREG: 2,1,\"1A2B\",x,7", state(1, Some(0x1A2B), None, Some(7))),
            ("+CEREG: 2,1,-1,-1,-1", state(1, None, None, None)),
            (
                "+CEREG: 2,1,\"FFFFFFFFFFFFFFFFF\",\"01C3D4E5\",99999999999",
                state(1, None, Some(0x01C3_D4E5), None),
            ),
            ("+CEREG: ,1", state(1, None, None, None)),
        ],
    );
    refuses(
        &ReadRegistration(Domain::Eps),
        &["+CEREG: ", "+CEREG: 1", "+CEREG: 0,-1", "+CEREG: 0,x", "+CEREG: 0,256"],
    );
}

#[test]
fn an_operator_is_read_as_far_as_it_goes() {
    let long = Some(OperatorFormat::Long);
    let operator =
        |mode, format, technology| OperatorInUse::new(mode, format, Some(b"A".into()), technology);
    reads(
        &ReadOperator,
        &[
            ("+COPS: 0,0,\"A\",7", operator(Some(0), long, Some(7))),
            ("+COPS: \"0\",\"0\",\"A\",\"7\"", operator(Some(0), long, Some(7))),
            ("+COPS: 0,x,\"A\",7", operator(Some(0), None, Some(7))),
            ("+COPS: 0,9,\"A\",7", operator(Some(0), None, Some(7))),
            ("+COPS: 0,0,\"A\",x", operator(Some(0), long, None)),
            ("+COPS: x,0,\"A\"", operator(None, long, None)),
            ("+COPS: -1,0,\"A\",300", operator(None, long, None)),
            ("+COPS: ,,A", operator(None, None, None)),
            ("+COPS: ", OperatorInUse::new(None, None, None, None)),
        ],
    );
    refuses(&ReadOperator, &["nothing"]);
    let scan = |answer: &str| {
        let found = ScanOperators.parse(&Response::ok([answer])).unwrap();
        found.into_iter().map(|found| found.numeric).collect::<Vec<_>>()
    };
    assert_eq!(
        scan("+COPS: (2,\"A\",\"\",\"24001\")(1,\"B\",\"\",\"24002\"),,(0-4)"),
        ["24001", "24002"]
    );
    assert_eq!(scan("+COPS: (-1,\"A\",\"\",\"24001\"),(1,\"B\",\"\",\"24002\""), ["24002"]);
    // Neither a name nor a number.
    assert_eq!(scan("+COPS: (1)"), [""; 0]);
    assert_eq!(scan("+COPS: "), [""; 0]);
}

/// A scan with its lines, and each operator: status, long and short name, number, technology.
type Scan = (
    &'static [&'static str],
    &'static [(u8, &'static str, &'static str, &'static str, Option<u8>)],
);

#[test]
fn a_scan_is_read_in_every_form() {
    let scans: &[Scan] = &[
        // Lists of modes and formats without an operator.
        (&["+COPS: (0,1,2,3),(1,2,3,4)"], &[]),
        (&["+COPS: (0,1,2,3,4),(1,2,3,4,5)"], &[]),
        (&["+COPS: ,(0-4),(0-2)"], &[]),
        (&["+COPS: ,,(0,1,2,3,4),(0,1,2)"], &[]),
        // Lists that follow without an empty field, and lists that end with a comma.
        (
            &["+COPS: (2,\"One\",\"1\",\"24001\",0),(0,1,2,3,4),(0,1,2)"],
            &[(2, "One", "1", "24001", Some(0))],
        ),
        (
            &["+COPS: (2,\"One\",\"1\",\"24001\",0),(3,\"\",\"\",\"24002\",0),"],
            &[(2, "One", "1", "24001", Some(0)), (3, "", "", "24002", Some(0))],
        ),
        (
            &["+COPS: (1,\"One\",\"1\",\"24001\",2),,(0,1,2,3,4),)"],
            &[(1, "One", "1", "24001", Some(2))],
        ),
        (&["+COPS: (2,\"One\",,\"24001\"),,(0, 1, 3),(0,2)"], &[(2, "One", "", "24001", None)]),
        // The Ericsson F3607gw closes the list before the technology.
        (
            &[
                "+COPS: (2,\"A - B\",\"A - B\",\"24001\",0),(1,\"C&D\",\"C&D\",\"240020\"),2),(1,\"C&D\",\"C&D\",\"240020\"),0)",
            ],
            &[
                (2, "A - B", "A - B", "24001", Some(0)),
                (1, "C&D", "C&D", "240020", Some(2)),
                (1, "C&D", "C&D", "240020", Some(0)),
            ],
        ),
        // One operator a line: the Novatel XU870 with the name, the Nokia 2720 without it.
        (
            &["+COPS: (0,\"A Cell\",\"A\",\"240020\",2)", "+COPS: (1,\"B\",\"B\",\"24001\",0)"],
            &[(0, "A Cell", "A", "240020", Some(2)), (1, "B", "B", "24001", Some(0))],
        ),
        (
            &["+COPS: (2,\"A - B\",,\"24001\",0),", "(1,\"C&D\",,\"240020\",0),,(0,1,3),(0,2)"],
            &[(2, "A - B", "", "24001", Some(0)), (1, "C&D", "", "240020", Some(0))],
        ),
        // A number of seven digits stays as it is.
        (&["+COPS: (2,\"\",\"\",\"2400100\",2),,(0-4),(0-2)"], &[(2, "", "", "2400100", Some(2))]),
        // In the character set UCS2 the number is in UTF-16 units too.
        (
            &["+COPS: (2,\"004F006E0065\",\"0031\",\"00320034003000300031\",7),,(0-4),(0-2)"],
            &[(2, "004F006E0065", "0031", "24001", Some(7))],
        ),
        (&["+COPS: (2,One,1,24001,7)"], &[(2, "One", "1", "24001", Some(7))]),
    ];
    for (lines, expected) in scans {
        let found = ScanOperators.parse(&Response::ok(lines.iter().copied())).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|found| {
                let text = |bytes| core::str::from_utf8(bytes).unwrap();
                let (long, short) = (text(&found.long), text(&found.short));
                (found.status, long, short, found.numeric.as_str(), found.technology)
            })
            .collect();
        assert_eq!(found, *expected, "{lines:?}");
    }
}

#[test]
fn a_registration_is_read_in_every_form_that_modems_report() {
    let state = |status, area, cell, technology| {
        RegistrationState::new(Registration(status), area, cell, technology)
    };
    for (line, expected) in [
        ("+CREG: 1,84CD,00D30156", state(1, Some(0x84CD), Some(0xD3_0156), None)),
        ("+CREG: 2,,", state(2, None, None, None)),
        ("+CREG: 2,8BE3,2BAF", state(2, Some(0x8BE3), Some(0x2BAF), None)),
        // With <n> as in the read form: Sony Ericsson MD400, Alcatel X220D, Samsung S8500.
        ("+CREG: 2,5,\"0502\",\"0404736D\"", state(5, Some(0x502), Some(0x404_736D), None)),
        ("+CGREG: 2,1, 81ED, 1A9CEB", state(1, Some(0x81ED), Some(0x1A_9CEB), None)),
        ("+CREG: 2,1,000B,2816, B, C2816", state(1, Some(0xB), Some(0x2816), None)),
        ("+CREG: 2,1,  0 5, 2715", state(1, None, Some(0x2715), None)),
        // A routing area: after the technology, or between area and cell (Altair).
        ("+CGREG: 1,\"1422\",\"00000142\",3,\"00\"", state(1, Some(0x1422), Some(0x142), Some(3))),
        ("+CEREG: 1, 1F00, 20 ,79D903 ,7", state(1, Some(0x1F00), Some(0x79_D903), Some(7))),
        ("+CEREG: 5,\"1F00\",\"79D903\",7", state(5, Some(0x1F00), Some(0x79_D903), Some(7))),
    ] {
        let Ok(Some(Notification::Registration(_, read))) =
            Notification::parse(&Urc::new(line, None))
        else {
            panic!("{line}")
        };
        assert_eq!(read, expected, "{line}");
    }
    reads(
        &ReadRegistration(Domain::Eps),
        &[
            ("+CEREG: 2,1, 1F00, 20 ,79D903 ,7", state(1, Some(0x1F00), Some(0x79_D903), Some(7))),
            ("+CEREG: 2,1,\"0013\",\"00009A02\",7", state(1, Some(0x13), Some(0x9A02), Some(7))),
        ],
    );
}
