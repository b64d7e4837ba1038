//! The commands of the language, which belong to no menu.

use super::functions::Function;
use super::host::Failure;
use super::lexer::Position;
use crate::arguments::one_of;

/// A command of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statement {
    Do,
    Error,
    For,
    ForEach,
    Function(Function),
    Global,
    If,
    JobName,
    Local,
    OnError,
    Parse,
    Put,
    Return,
    Set,
    While,
}

/// The usage of each command.
const STATEMENTS: &[(&str, Statement)] = &[
    ("do {...} [while=] [on-error=]", Statement::Do),
    ("error TEXT", Statement::Error),
    ("find ARRAY|TEXT VALUE [START]", Statement::Function(Function::Find)),
    ("for NAME from= to= [step=] do=", Statement::For),
    ("foreach NAME|KEY,NAME in= do=", Statement::ForEach),
    ("global NAME [VALUE]", Statement::Global),
    ("if (CONDITION) do= [else=]", Statement::If),
    ("jobname", Statement::JobName),
    ("len VALUE", Statement::Function(Function::Len)),
    ("local NAME [VALUE]", Statement::Local),
    ("onerror NAME in= [do=]", Statement::OnError),
    ("parse TEXT", Statement::Parse),
    ("pick ARRAY|TEXT BEGIN [END]", Statement::Function(Function::Pick)),
    ("put TEXT", Statement::Put),
    ("return [VALUE]", Statement::Return),
    ("set NAME [VALUE]", Statement::Set),
    ("toarray VALUE", Statement::Function(Function::ToArray)),
    ("tobool VALUE", Statement::Function(Function::ToBool)),
    ("tonum VALUE", Statement::Function(Function::ToNum)),
    ("tostr VALUE", Statement::Function(Function::ToStr)),
    ("typeof VALUE", Statement::Function(Function::TypeOf)),
    ("while (CONDITION) do=", Statement::While),
];

/// The usage of the commands of the language, without the colon.
pub(crate) fn usages() -> impl Iterator<Item = &'static str> {
    STATEMENTS.iter().map(|(usage, _)| *usage)
}

fn name_of(usage: &str) -> &str {
    usage.split(' ').next().unwrap_or_default()
}

/// The command with this name.
pub(super) fn exact(name: &str) -> Option<Statement> {
    let found = STATEMENTS.iter().find(|(usage, _)| name_of(usage) == name);
    found.map(|(_, statement)| *statement)
}

/// The command with this name or the beginning of one; `None` if there is none.
pub(super) fn find(name: &str, at: Position) -> Result<Option<Statement>, Failure> {
    if let Some(statement) = exact(name) {
        return Ok(Some(statement));
    }
    let beginning = |usage: &&str| !name.is_empty() && usage.starts_with(name);
    let names: Vec<_> = usages().filter(beginning).map(name_of).collect();
    match names.as_slice() {
        [] => Ok(None),
        [one] => Ok(exact(one)),
        several => {
            let what = format!("the command :{name} is ambiguous: it may be {}", one_of(several));
            Err(Failure::new(what, at))
        }
    }
}

/// The name of a variable, if it is valid without quotes.
pub(super) fn variable(name: &str, at: Position) -> Result<String, Failure> {
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        let what = "the name of a variable has only letters and digits: put another one in quotes";
        return Err(Failure::new(what, at));
    }
    Ok(name.into())
}
