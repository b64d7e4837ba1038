//! The editor of the line that a person types, on a thread of its own: messages are received
//! meanwhile.

use core::cell::RefCell;
use core::time::Duration;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Context, Editor, Event,
    EventContext, EventHandler, ExternalPrinter, Helper, KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use crate::complete::{self, Known};

/// The number of lines that the history keeps.
const MAX_HISTORY: usize = 1000;

/// The longest wait for the terminal to show what was printed.
const PRINT_TIMEOUT: Duration = Duration::from_millis(200);

/// A terminal, with a thread that reads lines and one that prints.
#[derive(Clone)]
pub(crate) struct Lines(Rc<RefCell<State>>);

struct State {
    prompts: Sender<String>,
    lines: Receiver<Typed>,
    printer: Option<Sender<Printed>>,
    is_asked: bool,
    known: Arc<Mutex<Known>>,
}

/// An input of the person at the terminal.
#[derive(Debug)]
pub(crate) enum Typed {
    Line(String),
    /// Ctrl-C: the line is discarded.
    Discarded,
    /// A key for help: the lines to show above the line.
    Help(Vec<String>),
    End,
}

/// An output above the line that is being typed.
enum Printed {
    Text(String),
    /// Everything before it is shown when this is answered.
    Mark(Sender<()>),
}

impl Lines {
    /// Starts the thread, which reads a line for each prompt, and keeps a history in a file.
    pub(crate) fn start(history: Option<PathBuf>, colours: bool) -> Result<Self, String> {
        let (prompts, asked) = channel::<String>();
        let (typed, lines) = channel();
        let (ready, started) = channel();
        let known = Arc::new(Mutex::new(Known::default()));
        let shared = known.clone();
        std::thread::spawn(move || {
            let mut editor = match editor(&shared, colours, &typed) {
                Ok(editor) => editor,
                Err(error) => return drop(ready.send(Err(error.to_string()))),
            };
            if let Some(path) = &history {
                // Without a history there is nothing to recall.
                let _ = private(path)
                    .and_then(|()| editor.load_history(path).map_err(io::Error::other));
            }
            let printer = editor.create_external_printer().ok().map(printing);
            if ready.send(Ok(printer)).is_err() {
                return;
            }
            for prompt in asked {
                let line = match editor.readline(&prompt) {
                    Ok(line) => {
                        remember(&mut editor, history.as_deref(), &shared, &line);
                        Typed::Line(line)
                    }
                    Err(ReadlineError::Interrupted) => Typed::Discarded,
                    Err(_) => Typed::End,
                };
                if typed.send(line).is_err() {
                    return;
                }
            }
        });
        let printer = started
            .recv()
            .unwrap_or_else(|error| Err(error.to_string()))
            .map_err(|error| format!("the terminal cannot be used: {error}"))?;
        let state = State { prompts, lines, printer, is_asked: false, known };
        Ok(Self(Rc::new(RefCell::new(state))))
    }

    /// A writer whose lines appear above the line that is being typed.
    pub(crate) fn writer(&self) -> Box<dyn Write> {
        match &self.0.borrow().printer {
            Some(printer) => Box::new(Above { printer: printer.clone(), text: Vec::new() }),
            None => Box::new(io::stdout()),
        }
    }

    /// Sets the state that completion uses.
    pub(crate) fn learn(&self, known: Known) {
        *self.0.borrow().known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Returns what was typed within this time.
    pub(crate) fn poll(&self, prompt: &str, within: Duration) -> Option<Typed> {
        let mut state = self.0.borrow_mut();
        if !state.is_asked {
            if let Some(printer) = &state.printer {
                let (shown, wait) = channel();
                // A terminal that is slow shows the text above the prompt.
                if printer.send(Printed::Mark(shown)).is_ok() {
                    let _ = wait.recv_timeout(PRINT_TIMEOUT);
                }
            }
            if state.prompts.send(prompt.into()).is_err() {
                return Some(Typed::End);
            }
            state.is_asked = true;
        }
        match state.lines.recv_timeout(within) {
            Ok(help @ Typed::Help(_)) => Some(help),
            Ok(line) => {
                state.is_asked = false;
                Some(line)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Typed::End),
        }
    }
}

/// Starts the thread that prints: the printer of the editor may wait for the next prompt.
fn printing(mut printer: impl ExternalPrinter + Send + 'static) -> Sender<Printed> {
    let (sender, texts) = channel();
    std::thread::spawn(move || {
        for printed in texts {
            match printed {
                Printed::Text(text) => {
                    // The shell continues if the terminal is closed.
                    let _ = printer.print(text);
                }
                Printed::Mark(shown) => drop(shown.send(())),
            }
        }
    });
    sender
}

/// A writer whose lines appear above the line that is being typed.
struct Above {
    printer: Sender<Printed>,
    text: Vec<u8>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = String::from_utf8_lossy(&core::mem::take(&mut self.text)).into_owned();
        self.printer.send(Printed::Text(text)).map_err(io::Error::other)
    }
}

/// Creates the file if it is absent, such that only its owner can read it.
fn private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    drop(file);
    Ok(())
}

type LineEditor = Editor<Assistant, FileHistory>;

/// Adds a line to the history, and to its file, unless it holds a secret.
fn remember(editor: &mut LineEditor, path: Option<&Path>, known: &Arc<Mutex<Known>>, line: &str) {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if complete::is_secret(&known, line) {
        return;
    }
    // A history that cannot be written is still there for this run.
    let _ = editor.add_history_entry(line);
    if let Some(path) = path {
        let _ = editor.append_history(path);
    }
}

fn editor(
    known: &Arc<Mutex<Known>>,
    colours: bool,
    typed: &Sender<Typed>,
) -> rustyline::Result<LineEditor> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .color_mode(if colours { ColorMode::Enabled } else { ColorMode::Disabled })
        .max_history_size(MAX_HISTORY)?
        .history_ignore_dups(true)?
        .build();
    let mut editor = LineEditor::with_config(config)?;
    editor.set_helper(Some(Assistant { known: known.clone(), colours }));
    for key in [KeyEvent::from('?'), KeyEvent(KeyCode::F(1), Modifiers::NONE)] {
        let handler = HelpKey { known: known.clone(), typed: typed.clone() };
        editor.bind_sequence(Event::from(key), EventHandler::Conditional(Box::new(handler)));
    }
    Ok(editor)
}

/// A key that shows what is possible at the cursor.
struct HelpKey {
    known: Arc<Mutex<Known>>,
    typed: Sender<Typed>,
}

impl ConditionalEventHandler for HelpKey {
    fn handle(
        &self,
        event: &Event,
        _: RepeatCount,
        _: bool,
        context: &EventContext<'_>,
    ) -> Option<Cmd> {
        let line = context.line().get(..context.pos())?;
        // In a text it is a character.
        if *event == Event::from(KeyEvent::from('?')) && complete::is_in_quotes(line) {
            return None;
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = [format!("{line}?")].into_iter().chain(complete::help(&known, line)).collect();
        // Without the shell nothing shows the help.
        let _ = self.typed.send(Typed::Help(shown));
        Some(Cmd::Noop)
    }
}

/// Completion and colours.
struct Assistant {
    known: Arc<Mutex<Known>>,
    colours: bool,
}

impl Assistant {
    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let line = line.get(..at).unwrap_or_default();
        let (start, found) = complete::candidates(&self.known(), line);
        let pairs = found.into_iter().map(|candidate| Pair {
            replacement: format!("{}{}", candidate.word, candidate.end),
            display: candidate.word,
        });
        Ok((start, pairs.collect()))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> std::borrow::Cow<'l, str> {
        if self.colours { complete::paint(&self.known(), line).into() } else { line.into() }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colours
    }
}

impl Hinter for Assistant {
    type Hint = String;
}

impl Validator for Assistant {}

impl Helper for Assistant {}
