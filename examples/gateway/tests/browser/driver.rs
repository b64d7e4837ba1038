//! A browser: one driver and one session a test, both of which end with it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::error::WebDriverResult;
use thirtyfour::{By, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver, WebElement};

use crate::process::{Gateway, WITHIN};

/// The interval at which a browser is asked again.
const POLL: Duration = Duration::from_millis(20);

/// The look of a browser.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_dark: bool,
    pub(crate) has_no_script: bool,
}

/// A usual window.
pub(crate) const WIDE: Look =
    Look { width: 1280, height: 1000, is_dark: false, has_no_script: false };

/// A browser with the page of a gateway.
pub(crate) struct Browser {
    driver: Option<WebDriver>,
    runtime: tokio::runtime::Runtime,
    process: Child,
    /// Open as long as the process, which may write more.
    _output: BufReader<ChildStdout>,
    origin: String,
}

impl Browser {
    /// A browser that shows the page of a gateway, once it is live.
    pub(crate) fn open(gateway: &Gateway) -> Self {
        let browser = Self::with(gateway, WIDE);
        browser.go("/");
        browser.wait("document.getElementById('link').textContent === 'live'");
        browser
    }

    /// A browser with a look, which shows nothing yet.
    pub(crate) fn with(gateway: &Gateway, look: Look) -> Self {
        // A second test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (process, output, port) = chromedriver();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        let size = format!("--window-size={},{}", look.width, look.height);
        let mut arguments = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-lcd-text",
            "--lang=en-GB",
            &size,
        ];
        arguments.extend(look.is_dark.then_some("--force-dark-mode"));
        arguments.extend(look.has_no_script.then_some("--blink-settings=scriptEnabled=false"));
        for argument in arguments {
            wanted.add_arg(argument).unwrap();
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let driver = runtime
            .block_on(WebDriver::new(format!("http://127.0.0.1:{port}"), wanted))
            .expect("chromium starts");
        let browser = Self {
            driver: Some(driver),
            runtime,
            process,
            _output: output,
            origin: format!("http://{}", gateway.address),
        };
        // A window of a person has a frame, and the page less room.
        let driver = browser.driver();
        browser.runtime.block_on(async {
            driver.set_script_timeout(WITHIN).await.unwrap();
            driver.set_window_rect(0, 0, look.width, look.height).await.unwrap();
        });
        browser
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the session has not ended")
    }

    pub(crate) fn go(&self, path: &str) {
        self.runtime.block_on(self.driver().goto(format!("{}{path}", self.origin))).unwrap();
    }

    pub(crate) fn reload(&self) {
        self.runtime.block_on(self.driver().refresh()).unwrap();
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}"), json!(null))
    }

    /// The value that a function body in the page returns, with `arguments[0]`.
    pub(crate) fn run(&self, body: &str, argument: Value) -> Value {
        let result = self.runtime.block_on(self.driver().execute(body, vec![argument]));
        result.unwrap().json().clone()
    }

    /// The value that a function body in the page gives to `arguments[0]`.
    pub(crate) fn run_later(&self, body: &str) -> Value {
        let result = self.runtime.block_on(self.driver().execute_async(body, Vec::new()));
        result.unwrap().json().clone()
    }

    /// Waits until an expression in the page is true.
    #[track_caller]
    pub(crate) fn wait(&self, expression: &str) {
        let begun = Instant::now();
        while self.value(&format!("Boolean({expression})")) != true {
            let seen = || self.value("document.body.innerText");
            assert!(begun.elapsed() < WITHIN, "not {expression} in {WITHIN:?}: {}", seen());
            thread::sleep(POLL);
        }
    }

    /// Waits until the element of a selector shows a text.
    #[track_caller]
    pub(crate) fn sees(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        let found = format!("[...document.querySelectorAll({selector})]");
        self.wait(&format!("{found}.some((element) => element.innerText.includes({text}))"));
    }

    /// Waits until the elements of a selector show these texts and no others.
    #[track_caller]
    pub(crate) fn shows(&self, selector: &str, texts: &[&str]) {
        let all = format!("[...document.querySelectorAll({})]", json!(selector));
        let shown = format!("JSON.stringify({all}.map((element) => element.innerText))");
        self.wait(&format!("{shown} === {}", json!(json!(texts).to_string())));
    }

    /// The texts of all elements of a selector.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll({})]", json!(selector));
        let texts = self.value(&format!("{all}.map((element) => element.innerText)"));
        serde_json::from_value(texts).unwrap()
    }

    /// Acts on an element once it is there. An event may draw it again before it is acted on.
    #[track_caller]
    fn act(&self, by: By, act: impl AsyncFn(WebElement) -> WebDriverResult<()>) {
        let begun = Instant::now();
        let acted =
            || self.runtime.block_on(async { act(self.driver().find(by.clone()).await?).await });
        while let Err(error) = acted() {
            let seen = || self.value("document.body.innerText");
            assert!(begun.elapsed() < WITHIN, "{by:?} in {WITHIN:?}: {error}: {}", seen());
            thread::sleep(POLL);
        }
    }

    #[track_caller]
    pub(crate) fn click(&self, selector: &str) {
        self.act(By::Css(selector), async |element| element.click().await);
    }

    /// Clicks the button with a text.
    #[track_caller]
    pub(crate) fn press(&self, text: &str) {
        let xpath = format!("//*[self::button or self::a][contains(., '{text}')]");
        self.act(By::XPath(xpath), async |element| element.click().await);
    }

    /// Moves the mouse over an element.
    #[track_caller]
    pub(crate) fn hover(&self, selector: &str) {
        self.act(By::Css(selector), async |element| {
            self.driver().action_chain().move_to_element_center(&element).perform().await
        });
    }

    #[track_caller]
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        self.act(By::Css(selector), async |element| element.send_keys(text).await);
    }

    /// Presses keys where the focus is.
    pub(crate) fn keys(&self, text: impl AsRef<str>) {
        let pressed = self.driver().action_chain().send_keys(text.as_ref());
        self.runtime.block_on(pressed.perform()).unwrap();
    }

    pub(crate) fn key(&self, key: Key) {
        self.keys(key.value().to_string());
    }

    pub(crate) fn screenshot(&self, path: &Path) {
        self.runtime.block_on(self.driver().screenshot(path)).unwrap();
    }

    /// Ends the test: the browser has refused nothing of the page, and no script has failed.
    #[track_caller]
    pub(crate) fn has_no_complaints(self) {
        let log = self.runtime.block_on(self.driver().get_log("browser")).unwrap();
        // A browser logs each answer above 399, and each server that does not answer.
        let complaints: Vec<&String> = log
            .iter()
            .map(|entry| &entry.message)
            .filter(|message| {
                !message.contains("Failed to load resource") && !message.contains("net::ERR_")
            })
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

/// A chromedriver, its output, and its port. It takes a port that is free for IPv4, and ends if the
/// same one is not free for IPv6: then another one is tried.
fn chromedriver() -> (Child, BufReader<ChildStdout>, String) {
    let mut said = String::new();
    for _ in 0..10 {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: apt-get install chromium chromium-driver");
        let mut output = BufReader::new(process.stdout.take().unwrap());
        loop {
            let begin = said.len();
            if output.read_line(&mut said).unwrap() == 0 {
                break;
            }
            if let Some((_, port)) = said[begin..].split_once("started successfully on port ") {
                let port = port.trim_end().trim_end_matches('.').to_owned();
                return (process, output, port);
            }
        }
        process.wait().unwrap();
    }
    panic!("chromedriver does not start: {said}");
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // A test that fails has its own message.
            let _ = self.runtime.block_on(driver.quit());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
