//! Answers of a modem to a message, and the outcomes that they prove, through both front-ends.
#![cfg(all(feature = "simulator", feature = "tokio"))]

use modem::simulator::{Profile, Simulator};
use modem::{Config, PartOutcome};
use testkit::{FRONTS, message};

#[test]
fn an_error_of_the_equipment_after_the_message_proves_nothing_unless_it_precedes_the_submission() {
    let proving = [1, 38, 127, 192, 255, 302, 304, 310, 314, 322, 331];
    let silent = [256, 300, 301, 319, 332, 340, 400, 500, 512, 538, 65535];
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        for code in proving.into_iter().chain(silent) {
            modem.world(&format!("subscriber +491715550100 rejected {code}"));
            let result = modem.send(&message("Hello")).unwrap();
            match &result.parts[0].outcome {
                PartOutcome::Failed { error } => assert!(proving.contains(&code), "{error}"),
                PartOutcome::Unknown { error } => assert!(silent.contains(&code), "{error}"),
                outcome => panic!("{code} ({front}): {outcome:?}"),
            }
        }
    }
}
