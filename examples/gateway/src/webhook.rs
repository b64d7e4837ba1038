//! Webhooks by the Standard Webhooks specification 1.0.0: signed, in order for each sender, with a
//! growing delay after failures.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use serde::Deserialize;
use sha2::Sha256;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Webhook;
use crate::store::{Delivery, Store, StoreError, deliveries};

/// The delays between the attempts, in seconds, after which a delivery is a dead letter.
const SCHEDULE: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The time in which an endpoint has to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The longest delay that an endpoint can ask for, in seconds.
const MAX_RETRY_AFTER: u64 = 86_400;

/// The number of senders whose webhooks are delivered at a time.
const MAX_LANES: usize = 8;

/// The key with which webhooks are signed: 24 to 64 octets. Its `Debug` output hides them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(****)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The reason does not repeat the secret.
        let reason =
            "the secret is not whsec_ and the base64 form of 24 to 64 bytes: run gateway secret";
        Self::read(&text).ok_or_else(|| serde::de::Error::custom(reason))
    }
}

impl Secret {
    /// Reads `whsec_` and base64.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let octets = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (24..=64).contains(&octets.len()).then_some(Self(octets))
    }

    /// A new secret.
    ///
    /// # Errors
    /// Fails when the system has no random numbers.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut octets = vec![0; 32];
        getrandom::fill(&mut octets)?;
        Ok(Self(octets))
    }

    /// The form for a configuration.
    pub(crate) fn to_text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }

    /// The signature of a webhook: `v1,` and base64.
    pub(crate) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key of HMAC");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The result of an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Attempt {
    Delivered,
    /// Failed, with the delay in seconds that the endpoint asks for.
    Failed(String, Option<u64>),
    /// The endpoint wants no webhooks any more.
    Gone,
}

/// A client for webhooks.
///
/// # Errors
/// Fails when TLS cannot be set up.
pub(crate) fn client() -> reqwest::Result<Client> {
    Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).build()
}

/// Delivers the webhooks of one endpoint until `stop`.
///
/// # Errors
/// Fails when the database fails.
pub(crate) async fn run(
    store: Store,
    client: Client,
    endpoint: Webhook,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    let (name, url) = (endpoint.name.clone(), endpoint.url.clone());
    store.write(move |tx| tx.enable_moved(&name, &url)).await?;
    let mut events = store.last_event();
    while !stop.is_cancelled() {
        events.mark_unchanged();
        let (name, now) = (endpoint.name.clone(), clock::now());
        let (due, next_at) = store
            .read(move |connection| {
                let due = deliveries::due(connection, &name, now, MAX_LANES)?;
                Ok((due, deliveries::next_at(connection, &name)?))
            })
            .await?;
        if due.is_empty() {
            // A dead letter that is sent again is seen within a minute.
            let wait = next_at.map_or(60_000, |at| at.saturating_sub(now).clamp(10, 60_000));
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(60_000));
            tokio::select! {
                () = stop.cancelled() => {}
                _ = events.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
            continue;
        }
        let mut attempts = JoinSet::new();
        for delivery in due {
            let (client, endpoint) = (client.clone(), endpoint.clone());
            attempts.spawn(async move {
                let (id, body) = (&delivery.webhook_id, delivery.body.clone());
                let attempt = attempt(&client, &endpoint, id, body).await;
                (delivery, attempt)
            });
        }
        while let Some(attempted) = attempts.join_next().await {
            let Ok((delivery, attempt)) = attempted else { continue };
            note(&store, &endpoint, delivery, attempt).await?;
        }
    }
    Ok(())
}

/// Sends a test to an endpoint. Returns its identifier, and the reason in words of a failure.
pub(crate) async fn test(client: &Client, endpoint: &Webhook) -> (String, Result<(), String>) {
    let id = deliveries::new_id();
    let data = serde_json::json!({ "webhook": endpoint.name }).to_string();
    let body = deliveries::body("webhook.test", clock::now(), &data);
    let answered = match attempt(client, endpoint, &id, body).await {
        Attempt::Delivered => Ok(()),
        Attempt::Failed(reason, _) => Err(reason),
        Attempt::Gone => Err("the endpoint has answered 410 Gone".into()),
    };
    (id, answered)
}

async fn attempt(client: &Client, endpoint: &Webhook, id: &str, body: String) -> Attempt {
    let timestamp = clock::now().div_euclid(1000);
    let signatures: Vec<String> =
        endpoint.secrets.iter().map(|secret| secret.sign(id, timestamp, &body)).collect();
    let request = client
        .post(&endpoint.url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signatures.join(" "))
        .body(body);
    match request.send().await {
        Ok(answer) => judge(answer.status(), answer.headers()),
        Err(error) => Attempt::Failed(reason(&error), None),
    }
}

/// The reason in words why an endpoint has not answered. The address of the endpoint is missing,
/// since it may hold a secret of its own.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("the endpoint has not answered within {} s", TIMEOUT.as_secs());
    }
    // The first cause names the failure; the errors around it repeat that a request has failed.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let failed = if error.is_connect() { "cannot be reached" } else { "has broken the connection" };
    format!("the endpoint {failed}, {cause}")
}

fn judge(status: StatusCode, headers: &HeaderMap) -> Attempt {
    if status.is_success() {
        return Attempt::Delivered;
    }
    if status == StatusCode::GONE {
        return Attempt::Gone;
    }
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let why = if status.is_redirection() { ", which is a redirection" } else { "" };
    Attempt::Failed(format!("the endpoint has answered {status}{why}"), asked)
}

async fn note(
    store: &Store,
    endpoint: &Webhook,
    delivery: Delivery,
    attempt: Attempt,
) -> Result<(), StoreError> {
    let name = endpoint.name.clone();
    match attempt {
        Attempt::Delivered => store.write(move |tx| tx.delivered(delivery.id)).await,
        Attempt::Gone => {
            tracing::warn!(endpoint = name, "the endpoint has answered 410, and is disabled");
            let url = endpoint.url.clone();
            store.write(move |tx| tx.disable(&name, &url)).await
        }
        Attempt::Failed(error, asked) => {
            let next = next_attempt(delivery.attempts, asked, random_share());
            tracing::warn!(
                endpoint = name,
                id = delivery.webhook_id,
                error,
                "a webhook has failed"
            );
            store
                .write(move |tx| {
                    let at = next.map(|millis| tx.now.saturating_add(millis));
                    tx.not_delivered(delivery.id, &error, at)
                })
                .await
        }
    }
}

/// The delay in milliseconds before the attempt that follows `attempts` failed ones and this one;
/// `None` after the last one. `share` between 0 and 1 draws up to a tenth more.
fn next_attempt(attempts: i64, asked: Option<u64>, share: f64) -> Option<i64> {
    let seconds = *SCHEDULE.get(usize::try_from(attempts).ok()?)?;
    let seconds = seconds.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER));
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "at most a day"
    )]
    let millis = (seconds as f64 * 1000.0 * (1.0 + share / 10.0)) as i64;
    Some(millis)
}

fn random_share() -> f64 {
    let mut octet = [0];
    // Without random numbers the delays are not spread.
    let _ = getrandom::fill(&mut octet);
    f64::from(octet[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of the specification's reference libraries.
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(Secret::read(&secret.to_text()), Some(secret));
    }

    #[test]
    fn a_secret_is_24_to_64_octets_and_is_not_shown() {
        for (octets, valid) in [(23, false), (24, true), (64, true), (65, false)] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7; octets]));
            assert_eq!(Secret::read(&text).is_some(), valid, "{octets}");
        }
        assert_eq!(format!("{:?}", Secret::generate().unwrap()), "Secret(****)");
    }

    #[test]
    fn answers_are_judged() {
        let asked = |seconds| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, seconds);
            headers
        };
        let judged = |status: u16, headers| judge(StatusCode::from_u16(status).unwrap(), &headers);
        assert_eq!(judged(204, HeaderMap::new()), Attempt::Delivered);
        assert_eq!(judged(410, HeaderMap::new()), Attempt::Gone);
        for status in [301, 302, 307, 400, 500] {
            assert!(matches!(judged(status, HeaderMap::new()), Attempt::Failed(_, None)));
        }
        assert!(matches!(judged(503, asked(7.into())), Attempt::Failed(_, Some(7))));
    }

    #[test]
    fn delays_grow_and_end_and_keep_to_what_the_endpoint_asks_for() {
        assert_eq!(next_attempt(0, None, 0.0), Some(5_000));
        assert_eq!(next_attempt(1, None, 1.0), Some(330_000));
        assert_eq!(next_attempt(0, Some(60), 0.0), Some(60_000));
        assert_eq!(next_attempt(1, Some(60), 0.0), Some(300_000));
        assert_eq!(next_attempt(0, Some(u64::MAX), 0.0), Some(86_400_000));
        assert_eq!(next_attempt(8, None, 0.0), Some(86_400_000));
        assert_eq!(next_attempt(9, None, 0.0), None);
    }
}
