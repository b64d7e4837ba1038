//! An endpoint for webhooks, which notes what it is sent and answers as it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A webhook as it came.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Hook {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Decides about the answer to a webhook, by the number of those before it.
type Judge = Box<dyn Fn(usize, &Hook) -> u16 + Send>;

pub(crate) struct Receiver {
    pub(crate) url: String,
    hooks: Arc<Mutex<Vec<Hook>>>,
}

impl Receiver {
    pub(crate) fn new(judge: impl Fn(usize, &Hook) -> u16 + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let hooks = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&hooks);
        let judge: Judge = Box::new(judge);
        // The thread ends with the process of the tests.
        thread::spawn(move || {
            for stream in listener.incoming() {
                // The gateway may be killed at any moment.
                let _ = answer(stream.unwrap(), &noted, &judge);
            }
        });
        Self { url, hooks }
    }

    pub(crate) fn hooks(&self) -> Vec<Hook> {
        self.hooks.lock().unwrap().clone()
    }
}

fn answer(stream: TcpStream, noted: &Mutex<Vec<Hook>>, judge: &Judge) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let mut lines = head.iter().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or_else(String::new, |(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let hook = Hook {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: String::from_utf8(body).unwrap(),
    };
    let status = {
        let mut hooks = noted.lock().unwrap();
        hooks.push(hook.clone());
        judge(hooks.len() - 1, &hook)
    };
    let answer = format!(
        "HTTP/1.1 {status} Judged\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    reader.into_inner().write_all(answer.as_bytes())
}
