//! Forwarding rules: what follows from a received message.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use uuid::Uuid;

use crate::api::{Incoming, NewMessage};
use crate::config::{Config, Rule};
use crate::keys::sha256;
use crate::store::{Follow, Request, inbox};

/// The longest run of a program.
const MAX_RUN: Duration = Duration::from_secs(60);

/// The number of programs that run at a time.
const MAX_PROGRAMS: usize = 8;

/// Programs that run now.
static RUNNING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(MAX_PROGRAMS);

/// Returns `true` if all conditions of a rule hold.
fn matches(rule: &Rule, message: &Incoming) -> bool {
    let from = rule.from.as_ref().is_none_or(|pattern| {
        let found = pattern.0.find(&message.from);
        found.is_some_and(|found| found.len() == message.from.len())
    });
    let text = rule
        .text
        .as_ref()
        .is_none_or(|pattern| message.text.as_deref().is_some_and(|text| pattern.0.is_match(text)));
    from && text && rule.modem.as_ref().is_none_or(|modem| *modem == message.modem)
}

/// The consequences of a message by the rules, to be stored with it.
pub(crate) fn follows(config: &Config, message: &Incoming, now: i64) -> Vec<Follow> {
    let mut follows = Vec::new();
    for rule in config.rules.iter().filter(|rule| matches(rule, message)) {
        if let Some(endpoint) = &rule.webhook {
            follows.push(Follow::Webhook { endpoint: endpoint.clone() });
        }
        let text = message.text.clone().unwrap_or_else(|| {
            format!("A message without text, with {} parts.", message.pdus.len())
        });
        let forwarded = rule.send_to.iter().map(|to| NewMessage {
            to: to.clone(),
            text: Some(format!("{}: {text}", message.from)),
            ..NewMessage::default()
        });
        // A name cannot be answered.
        let answerable = message.number_type != "alphanumeric";
        let reply = rule.reply.iter().filter(|_| answerable).map(|reply| NewMessage {
            to: message.from.clone(),
            text: Some(reply.clone()),
            reply_to: Some(message.id.clone()),
            ..NewMessage::default()
        });
        for (index, new) in forwarded.chain(reply).enumerate() {
            let new = NewMessage { client_reference: Some(inbox::reference_of(&rule.name)), ..new };
            match new.check(config, now) {
                Ok(checked) => {
                    let id = derived(&message.id, &rule.name, index);
                    let request = Request { checked, id, resend_of: None, key: None };
                    follows.push(Follow::Send {
                        rule: rule.name.clone(),
                        max_per_hour: rule.max_per_hour,
                        request: Box::new(request),
                    });
                }
                Err(problem) => {
                    tracing::warn!(rule = rule.name, reason = problem.detail, "a rule cannot send");
                }
            }
        }
    }
    follows
}

/// The identifier of a message of a rule: the same, whenever it is derived.
fn derived(message: &str, rule: &str, index: usize) -> String {
    let digest = sha256(format!("{message} {index} {rule}").as_bytes());
    let mut octets = [0; 16];
    octets.copy_from_slice(&digest[..16]);
    Uuid::new_v8(octets).to_string()
}

/// Runs the programs of the rules for a message that is stored. A program that the gateway's end
/// interrupts is not started again.
pub(crate) fn run_programs(config: &Arc<Config>, message: &Incoming) {
    for rule in config.rules.iter().filter(|rule| !rule.program.is_empty()) {
        if !config.programs || !matches(rule, message) {
            continue;
        }
        let Ok(permit) = RUNNING.try_acquire() else {
            tracing::warn!(
                rule = rule.name,
                "the program does not run, {MAX_PROGRAMS} run already"
            );
            continue;
        };
        let (name, program, message) = (rule.name.clone(), rule.program.clone(), message.clone());
        tokio::spawn(async move {
            let _permit = permit;
            match tokio::time::timeout(MAX_RUN, run(&program, &message)).await {
                Ok(Ok(status)) if status.success() => {}
                Ok(Ok(status)) => tracing::warn!(rule = name, %status, "the program has failed"),
                Ok(Err(error)) => tracing::warn!(rule = name, %error, "the program cannot be run"),
                Err(_) => tracing::warn!(rule = name, "the program was ended after 60 s"),
            }
        });
    }
}

async fn run(program: &[String], message: &Incoming) -> std::io::Result<std::process::ExitStatus> {
    let (path, arguments) = program.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let mut child = Command::new(path)
        .args(arguments)
        .env("SMS_ID", &message.id)
        // A name of a sender may hold any character but this one.
        .env("SMS_FROM", message.from.replace('\0', ""))
        .env("SMS_MODEM", &message.modem)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A program need not read its input.
        let _ = input.write_all(message.text.as_deref().unwrap_or_default().as_bytes()).await;
    }
    child.wait().await
}
