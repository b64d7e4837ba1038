//! The differences between modem models, each as users have reported it.

use core::time::Duration;

use crate::dialogue::{go_on, hear, run};
use modem_simulator::{Profile, Simulator, UssdRequest};

/// Plays a dialogue with a modem that has started, with echo and noise off.
fn quiet(mut profile: Profile, script: &str) {
    profile.noise = &[];
    profile.interrupts = false;
    profile.echo = false;
    let mut simulator = Simulator::new(profile);
    simulator.handle_opened(Duration::ZERO);
    let now = Duration::from_secs(30);
    simulator.handle_timeout(now);
    hear(&mut simulator);
    go_on(&mut simulator, now, script);
}

#[test]
fn every_profile_has_a_name_of_its_own_and_answers() {
    for profile in Profile::ALL {
        assert_eq!(Profile::named(profile.name), Some(*profile));
        assert_eq!(
            Profile::ALL.iter().filter(|other| other.name == profile.name).count(),
            1,
            "{}",
            profile.name
        );
        let mut simulator = Simulator::new(*profile);
        simulator.handle_opened(Duration::ZERO);
        let now = Duration::from_secs(30);
        simulator.handle_timeout(now);
        hear(&mut simulator);
        simulator.handle_input(b"AT\r\n", now);
        let answer = String::from_utf8(hear(&mut simulator)).unwrap();
        assert!(answer.contains("OK"), "{}: {answer:?}", profile.name);
    }
}

#[test]
fn huawei_noise_comes_between_command_and_echo_and_within_answers() {
    let mut simulator = Simulator::new(Profile::HUAWEI_E173);
    let mut heard = Vec::new();
    for _ in 0..20 {
        simulator.handle_input(b"AT+CSQ\r", Duration::ZERO);
        heard.extend(hear(&mut simulator));
    }
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.contains("26\r\nAT+CSQ\r"), "before the echo");
    assert!(heard.contains("AT+CSQ\r\r\n^"), "between echo and answer");
    assert!(heard.contains("+CSQ: 20,99\r\n\r\n^"), "between answer and result");
    // Noise comes every five seconds, and only CURC ends it.
    simulator.handle_input(b"AT^CURC=0\r", Duration::ZERO);
    hear(&mut simulator);
    simulator.handle_timeout(Duration::from_secs(60));
    assert_eq!(hear(&mut simulator), b"");
    simulator.handle_input(b"ATE0^CURC=1\r", Duration::from_secs(60));
    hear(&mut simulator);
    simulator.handle_timeout(Duration::from_secs(64));
    assert_eq!(hear(&mut simulator), b"");
    simulator.handle_timeout(Duration::from_secs(65));
    assert!(!hear(&mut simulator).is_empty());
}

#[test]
fn huawei_e173_has_words_of_its_own_and_packed_ussd() {
    quiet(
        Profile::HUAWEI_E173,
        r#"
        > AT+CPROT=?\r
        < \r\nCOMMAND NOT SUPPORT\r\n
        > AT+CMGR=0\r
        < \r\nOK\r\n
        > AT+CMMS=2\r
        < \r\n+CMS ERROR: 500\r\n
        > AT+CNMI=?\r
        < \r\n+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\n\r\nOK\r\n
        > AT+CNMI=2,1,0,0,0\r
        < \r\n+CMS ERROR: 500\r\n
        > AT+CNMI=1,1,0,0,0\r
        < \r\nOK\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMTI: "SM",0\r\n
        > AT^CPIN?\r
        < \r\n^CPIN: READY,3,10,3,10,3\r\n\r\nOK\r\n
        > AT+CUSD=1,"AA180C3602",15\r
        < \r\nOK\r\n
        < \r\n+CUSD: 0,"C2303BEC1E9775A098CC35A3818A5529",15\r\n
        > AT+CUSD=1,"*100#",15\r
        < \r\nERROR\r\n
        > AT+CUSD=2\r
        < \r\nERROR\r\n
        > AT+CMEE=1\r
        < \r\nOK\r\n
        ! full
        ! deliver +491700000002 Hi
        < \r\n^SMMEMFULL: "SM"\r\n
        "#,
    );
}

#[test]
fn a_stick_leaves_the_bus_when_it_is_reset() {
    let mut simulator = Simulator::new(Profile::HUAWEI_E173);
    simulator.handle_input(b"AT+CFUN=1,1\r", Duration::ZERO);
    assert!(!simulator.is_connected());
    simulator.handle_opened(Duration::from_secs(5));
    assert!(simulator.is_connected());
}

#[test]
fn huawei_e220_sends_nothing_until_the_service_centre_was_written() {
    quiet(
        Profile::HUAWEI_E220,
        r#"
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMS ERROR: 330\r\n
        > AT+CSCA?\r
        < \r\n+CSCA: "+491700000000",145\r\n\r\nOK\r\n
        > AT+CSCA="+491700000000",145\r
        < \r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        > AT+CSMS?\r
        < \r\n+CSMS: ,1,1,1\r\n\r\nOK\r\n
        > AT+CUSD=1,"AA180C3602"\r
        < \r\nOK\r\n
        < \r\n+CUSD: 0, C2303BEC1E9775A098CC35A3818A5529\r\n
        "#,
    );
}

#[test]
fn brovi_takes_three_memories_and_nothing_less() {
    quiet(
        Profile::HUAWEI_E3372_325,
        r#"
        > AT+CPMS=?\r
        < \r\n+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")\r\n\r\nOK\r\n
        > AT+CPMS="SM","SM"\r
        < \r\nERROR\r\n
        > AT+CPMS="SM"\r
        < \r\nERROR\r\n
        > AT+CPMS="ME","ME","ME"\r
        < \r\n+CPMS: 0,23,0,23,0,23\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn sim800_fails_until_sms_ready_and_has_no_use_for_hex_ussd_and_cnma() {
    run(
        Profile::SIM800,
        r#"
        < \r\nRDY\r\n
        > ATE0+CPIN?\r
        < ATE0+CPIN?\r\r\nERROR\r\n
        > AT+CMGF=0\r
        < \r\nERROR\r\n
        + 1500
        < \r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n
        > AT+CPIN?\r
        < \r\n+CPIN: READY\r\n\r\nOK\r\n
        > AT+CMGL=4\r
        < \r\nERROR\r\n
        + 2000
        < \r\nCall Ready\r\n\r\nSMS Ready\r\n
        > AT+CMGL=4\r
        < \r\nOK\r\n
        > AT+CSCS="HEX"\r
        < \r\nOK\r\n
        > AT+CUSD=1,"2A31303023"\r
        < \r\nOK\r\n\r\n+CUSD: 2\r\n
        > AT+CSCS="IRA";+CUSD=1,"*100#"\r
        < \r\nOK\r\n
        < \r\n+CUSD: 0,"Balance: 12.34 EUR",15\r\n
        > AT+CSMS=1;+CNMI=2,2\r
        < \r\n+CSMS: 1,1,1\r\n\r\nOK\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMT: ,21\r\n0791947100000000040C9194710000002000004260102100308002C834\r\n
        > AT+CNMA\r
        < \r\n+CMS ERROR: 303\r\n
        "#,
    );
}

#[test]
fn simcom_doubles_cr_speaks_in_words_and_prompts_in_a_line() {
    quiet(
        Profile::SIM7600,
        r#"
        > AT+CSQ\r
        < \r\n+CSQ: 20,99\r\r\n\r\nOK\r\n
        ! ring +491700000002
        < \r\nRING\r\r\n
        ! hang-up
        < \r\nMISSED_CALL: 11:01AM +491700000002\r\r\n\r\nNO CARRIER\r\r\n
        > ATD+491700000002;\r
        < \r\nOK\r\n
        < \r\nVOICE CALL: BEGIN\r\r\n
        > ATH\r
        < \r\nOK\r\n\r\nVOICE CALL: END: 000041\r\r\n
        "#,
    );
    quiet(
        Profile::SIM7670G,
        r"
        > AT+CMGS=15\r
        < \r\n>\r\n
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        > AT+CMQTTSTART\r
        < \r\nOK\r\n\r\n+CMQTTSTART: 0\r\n
        ",
    );
}

#[test]
fn simcom_announces_messages_in_odd_ways() {
    quiet(Profile::SIM7000, "! deliver +491700000002 Hi\n< \\r\\n+CMTI: ,-1\\r\\n");
    quiet(
        Profile::SIM900,
        "! deliver +491700000002 Hi\n< \\r\\n+CMTI: \"SM\",1,\"MMS PUSH\",2,1\\r\\n",
    );
}

#[test]
fn a7670_is_in_text_mode_keeps_messages_in_the_modem_and_shortens_the_zone() {
    quiet(
        Profile::A7670,
        r#"
        > AT+CMGF?;+CNMI=2,2\r
        < \r\n+CMGF: 1\r\n\r\nOK\r\n
        ! deliver +491700000002 Hi
        < \r\n+CMT: "+491700000002",,"24/06/01,12:00:30+8"\r\nHi\r\n
        > AT+CPMS?\r
        < \r\n+CPMS: "ME",0,40,"ME",0,40,"ME",0,40\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn quectel_ec25_names_the_wrong_memory_for_reports() {
    quiet(
        Profile::QUECTEL_EC25,
        r#"
        > AT+CNMI=2,1,0,2,0\r
        < \r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        + 2000
        < \r\n+CDSI: "SM",0\r\n
        > AT+CPMS="SM";+CMGR=0\r
        < \r\n+CPMS: 0,10,0,255,0,255\r\n\r\nOK\r\n
        > AT+CPMS="SR";+CMGR=0\r
        < \r\n+CPMS: 1,20,0,255,0,255\r\n
        < \r\n+CMGR: 0,,25\r\n079194710000000006000C91947100000020426010210003804260102100238000\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn quectel_eg12_keeps_what_it_sends_and_lists_backwards() {
    quiet(
        Profile::QUECTEL_EG12,
        r"
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        > AT+CNMI=2,0\r
        < \r\nOK\r\n
        ! deliver +491700000002 Hi
        > AT+CMGL=4\r
        < \r\n+CMGL: 1,0,,21\r\n0791947100000000040C9194710000002000004260102100038002C834\r\n
        < +CMGL: 0,3,,15\r\n0021000C91947100000020000002C834\r\n\r\nOK\r\n
        ",
    );
}

#[test]
fn quectel_bg96_has_no_reports_and_no_ussd() {
    quiet(
        Profile::QUECTEL_BG96,
        r#"
        > AT+CNMI=2,1,0,1\r
        < \r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        + 60000
        > AT+CUSD=1,"*100#"\r
        < \r\nERROR\r\n
        > AT+CREG?;+CEREG?\r
        < \r\n+CREG: 0,0\r\n\r\n+CEREG: 0,1\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn ussd_is_printed_in_as_many_ways_as_there_are_vendors() {
    let prints = |mut profile: Profile, line: &str| {
        profile.ussd_request = UssdRequest::Text;
        let script =
            format!("> AT+CUSD=1,\"*7#\"\\r\n< \\r\\nOK\\r\\n\n< \\r\\n+CUSD: 0,{line}\\r\\n");
        quiet(profile, &format!("! service *7# Hi\n{script}"));
    };
    prints(Profile::GENERIC, "\"Hi\",15");
    prints(Profile::HUAWEI_E173, "\"C834\",15");
    prints(Profile::HUAWEI_E220, " C834");
    prints(Profile::QUECTEL_M35, "\"00480069\",15");
    prints(Profile::HUAWEI_E3372_325, "\"00480069\",72");
    prints(Profile::USSD_OCTETS, "\"4869\",0");
    prints(Profile::TELIT_HE910, "\"6537004800690000FFFF60B16260\",17");
    quiet(
        Profile::USSD_FIRST,
        "> AT+CUSD=1,\"*100#\"\\r\n< \\r\\n+CUSD: 0,\"Balance: 12.34 EUR\"\\r\\n\\r\\nOK\\r\\n",
    );
    quiet(
        Profile::USSD_UCS2,
        "! service *7# Hi\n> AT+CUSD=1,\"002A00370023\"\\r\n< \\r\\nOK\\r\\n\n< \\r\\n+CUSD: 0,\"00480069\",72\\r\\n",
    );
}

#[test]
fn headers_come_with_quotes_without_names_without_status_and_with_an_empty_line() {
    let shows = |profile: Profile, header: &str| {
        let pdu = "0791947100000000040C9194710000002000004260102100038002C834";
        let index = profile.first_index;
        let script = format!(
            "> AT+CNMI=1\\r\n< \\r\\nOK\\r\\n\n! deliver +491700000002 Hi\n> AT+CMGR={index}\\r\n< \\r\\n+CMGR: {header}\\r\\n{pdu}\\r\\n\\r\\nOK\\r\\n"
        );
        quiet(profile, &script);
    };
    shows(Profile::TELIT_HE910, "0,\"\",21");
    shows(Profile::PANTECH, "0,21");
    shows(Profile::ZTE_MF, ",,21");
    shows(Profile::EMPTY_LINE, "0,,21\\r\\n");
}

#[test]
fn ublox_puts_one_line_end_between_lines_and_errors_in_words() {
    quiet(
        Profile::UBLOX_SARA_R4,
        r"
        > AT+CNMI?\r
        < \r\n+CNMI: 0,0,0,0,0\r\nOK\r\n
        > AT+CMEE=1;+CMGR=99\r
        < \r\n+CMS ERROR: invalid memory index\r\n
        ",
    );
}

#[test]
fn zte_prefixes_its_name_answers_the_test_form_and_forgets_the_service_centre() {
    quiet(
        Profile::ZTE_MF,
        r#"
        > AT+CGMI;+CFUN?\r
        < \r\n+CGMI: ZTE CORPORATION\r\n\r\n+CFUN: (0-1,4-7),(0-1)\r\n\r\nOK\r\n
        > AT+CSMP=17,167,0,0;+CSCA?\r
        < \r\n+CSCA: "",129\r\n\r\nOK\r\n
        > AT+CNMI=1,1,0,1;+CSCA="+491700000000"\r
        < \r\nOK\r\n
        > AT+CREG=2;+CREG?\r
        < \r\n+CREG: 2,1,5E25,605F,2\r\n\r\nOK\r\n
        > AT+CMGS=15\r
        < \r\n> 
        > 0021000C91947100000020000002C834\z
        < \r\n+CMGS: 0\r\n\r\nOK\r\n
        + 2000
        < \r\n+CDS: ,25\r\n079194710000000006000C91947100000020426010210003804260102100238000\r\n
        "#,
    );
}

#[test]
fn wavecom_leaves_out_ok_nests_parentheses_and_takes_one_memory() {
    quiet(
        Profile::WAVECOM_Q2406,
        r#"
        > AT+CPIN?\r
        < \r\n+CPIN: READY\r\n
        > AT+CPMS=?;+CPMS?\r
        < \r\n+CPMS: (("SM","BM","SR"),("SM"))\r\n\r\n+CPMS: "SM",0,20,"SM",0,20\r\n\r\nOK\r\n
        > AT+CPMS="SM","SM"\r
        < \r\nERROR\r\n
        > AT+CPMS="SM"\r
        < \r\n+CPMS: 0,20,0,20\r\n\r\nOK\r\n
        > AT+CCLK="16/06/27,19:01:04+01"\r
        < \r\n+CME ERROR: 3\r\n
        > ATD+491700000002;\r
        < \r\nOK\r\n
        "#,
    );
}

#[test]
fn cinterion_wants_1_at_the_end_of_cnmi_and_has_no_space_in_errors() {
    quiet(
        Profile::CINTERION_MC75I,
        r#"
        > AT+CPMS=?\r
        < \r\n+CPMS: ("ME","SM","MT"),("ME","SM","MT"),("SM","MT")\r\n\r\nOK\r\n
        > AT+CNMI=?\r
        < \r\n+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)\r\n\r\nOK\r\n
        > AT+CNMI=2,1,0,2,0\r
        < \r\n+CMS ERROR:538\r\n
        > AT+CNMI=2,1,0,2,1\r
        < \r\nOK\r\n
        > AT+CPMS="ME","ME","ME"\r
        < \r\n+CMS ERROR:302\r\n
        "#,
    );
}

#[test]
fn stores_are_mirrored_missing_silent_and_empty_in_their_own_ways() {
    quiet(
        Profile::NEOWAY_M590,
        r#"
        ! deliver +491700000002 Hi
        > AT+CPMS="MT";+CMGD=?\r
        < \r\n+CPMS: 2,40,1,20,1,20\r\n\r\n+CMGD: (1,21),(0-4)\r\n\r\nOK\r\n
        > AT+CMGD=21;+CMGD=?\r
        < \r\n+CMGD: (),(0-4)\r\n\r\nOK\r\n
        "#,
    );
    quiet(
        Profile::NOKIA_S60,
        r#"
        > AT+CPMS=?\r
        < \r\n+CPMS: (),(),()\r\n\r\nOK\r\n
        > AT+CPMS="SM"\r
        < \r\n+CMS ERROR: 302\r\n
        "#,
    );
    quiet(Profile::SAMSUNG_B2100, "> AT+CMGL=4\\r\n+ 600000\n> AT\\r\n< \\r\\nOK\\r\\n");
    quiet(Profile::EMPTY_ZEROS, "> AT+CMGR=1\\r\n< \\r\\n+CMGR: 0,,0\\r\\n\\r\\nOK\\r\\n");
    quiet(
        Profile::THURAYA,
        "> AT+CPMS=?\\r\n< \\r\\n+CPMS: \"SM\",\"ME\",\"MT\", \"SM\",\"ME\", \"SM\",\"ME\",\"MT\"\\r\\n\\r\\nOK\\r\\n",
    );
}

#[test]
fn siemens_writes_ucs_2_after_a_reset() {
    quiet(
        Profile::SIEMENS_MC35I,
        r#"
        > AT+CSCS?;+CSCA?\r
        < \r\n+CSCS: "UCS2"\r\n
        < \r\n+CSCA: "002B003400390031003700300030003000300030003000300030",145\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn answers_may_be_malformed_and_counters_have_many_names() {
    quiet(
        Profile::MALFORMED,
        r#"
        > AT+CNUM\r
        < \r\nERROR+CNUM: ,"",145\r\n
        > AT+CREG?\r
        < \r\n+CREG: 2,1,"0B,"0100701",7\r\n\r\nOK\r\n
        > AT+CPMS=?\r
        < \r\n+CPMS: (SM", "ME"), ("SM", "ME"), ("SM")\r\n\r\nOK\r\n
        "#,
    );
    quiet(
        Profile::IWOW_TR800,
        "> AT+CPMS=?\\r\n< \\r\\n+CPMS: \"SM\",\"SM\",\"SM\"\\r\\n\\r\\nOK\\r\\n",
    );
    quiet(Profile::MTK, "> AT+EPINC?\\r\n< \\r\\n+EPINC: 3,3,10,10\\r\\n\\r\\nOK\\r\\n");
    quiet(Profile::SIM800, "> AT+SPIC\\r\n< \\r\\n+SPIC: 3,10,3,10\\r\\n\\r\\nOK\\r\\n");
    quiet(Profile::TELIT_HE910, "> AT#PCT\\r\n< \\r\\n#PCT: 3\\r\\n\\r\\nOK\\r\\n");
}

#[test]
fn errors_have_many_faces() {
    quiet(Profile::SAMSUNG_Z810, "> AT+NOPE\\r\n< \\r\\nNA\\r\\n");
    quiet(Profile::MOTOROLA_EZX, "> AT+CMGR=99\\r\n< \\r\\nMODEM ERROR: 321\\r\\n");
    quiet(
        Profile::VERBOSE_ERRORS,
        "> AT+CMEE=1;+CPBS=\"XX\"\\r\n< \\r\\n+CME ERROR: operation not allowed\\r\\n",
    );
    quiet(
        Profile::QUECTEL_M35,
        "> AT+CSMS=?;+CMEE=2;+CMGR=999\\r\n< \\r\\n+CSMS: (0,128)\\r\\n\\r\\n+CMS ERROR: invalid memory index\\r\\n",
    );
}

#[test]
fn what_is_advertised_may_be_refused() {
    quiet(
        Profile::QUALCOMM_GOBI,
        r"
        > AT+CNMI=2,1,2,1,0\r
        < \r\n+CMS ERROR: 303\r\n
        > AT+CNMI=2,1,2,2,0\r
        < \r\nOK\r\n
        > AT+CUSD=2\r
        < \r\nERROR\r\n
        ",
    );
    quiet(
        Profile::NOVATEL,
        "> AT+CNMI=2,1,2,1,0\\r\n< \\r\\n+CMS ERROR: 303\\r\\n\n> AT+CNMI=1,1,2,1,0\\r\n< \\r\\nOK\\r\\n",
    );
    quiet(
        Profile::OPTION_HSO,
        "> AT+CSMS=1;+CNMI=2,2\\r\n< \\r\\n+CSMS: 1,1,1\\r\\n\\r\\nOK\\r\\n\n! deliver +491700000002 Hi\n< \\r\\n+CMT: ,21\\r\\n0791947100000000040C9194710000002000004260102100038002C834\\r\\n\n> AT+CNMA=1,3\\r\n< \\r\\n+CMS ERROR: 304\\r\\n\n> AT+CNMA=0\\r\n< \\r\\nOK\\r\\n",
    );
}

#[test]
fn registration_and_character_sets_are_printed_in_odd_ways() {
    quiet(Profile::IRIDIUM, "> AT+CREG=1;+CREG?\\r\n< \\r\\n+CREG: 001,001\\r\\n\\r\\nOK\\r\\n");
    quiet(
        Profile::BLACKBERRY,
        "> AT+CSCS=?\\r\n< \\r\\n+CSCS: \"GSM\",\"IRA\",\"UCS2\",\"HEX\",\"8859-1\"\\r\\n\\r\\nOK\\r\\n",
    );
}

#[test]
fn lines_end_and_begin_in_odd_ways() {
    quiet(Profile::BARE_CR, "> AT+CSQ\\r\n< \\r+CSQ: 20,99\\r\\rOK\\r");
    quiet(Profile::ALTAIR, "> AT+CSQ\\r\n> \\n\n< \\r\\n+CSQ: 20,99\\r\\n\\r\\nOK\\r\\n");
    quiet(
        Profile::SIERRA_SL8084T,
        "! ring +49123\n< \\r\\nRING\\r\\n\n! hang-up\n< \\nNO CARRIER\\n\n> AT+CPIN?\\r\n< \\r\\n+CPIN: READY\\r\\n",
    );
}

#[test]
fn a_modem_that_sleeps_loses_the_line_that_wakes_it() {
    quiet(
        Profile::CALYPSO,
        r"
        > AT\r
        < \r\nOK\r\n
        + 4999
        > AT\r
        < \r\nOK\r\n
        + 5000
        > AT\r
        > AT\r
        < \r\nOK\r\n
        ",
    );
}

#[test]
fn a_card_may_be_busy_for_a_while() {
    run(
        Profile::SLOW_START,
        r"
        > ATE0+CMEE=1\r
        < ATE0+CMEE=1\r\r\nOK\r\n
        > AT+CPIN?\r
        < \r\n+CME ERROR: 14\r\n
        + 8000
        > AT+CPIN?\r
        < \r\n+CPIN: READY\r\n\r\nOK\r\n
        > AT+CMGL=4\r
        < \r\n+CMS ERROR: 314\r\n
        + 4000
        > AT+CMGL=4;+CIND?\r
        < \r\n+CME ERROR: 515\r\n
        ",
    );
}

#[test]
fn noise_of_every_vendor_is_heard() {
    for profile in Profile::ALL.iter().filter(|profile| !profile.noise.is_empty()) {
        let mut simulator = Simulator::new(*profile);
        simulator.handle_opened(Duration::ZERO);
        simulator.handle_timeout(profile.noise_every * 10);
        let heard = String::from_utf8(hear(&mut simulator)).unwrap();
        for line in profile.noise {
            assert!(heard.contains(line), "{}: {line}", profile.name);
        }
    }
}
