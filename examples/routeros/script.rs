//! The language of the console and of scripts.
//!
//! A text is read into commands, whose words are expressions. The evaluator runs the commands of
//! the language itself, and hands those of the menus to its [`Host`]. It takes a bounded number of
//! steps, in bounded memory.

mod control;
mod evaluator;
mod expressions;
mod functions;
mod host;
mod lexer;
mod operators;
mod parser;
mod statements;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use evaluator::{run, run_block};
pub(crate) use host::{Condition, Failure, Host, Target};
pub(crate) use lexer::{Position, SyntaxError};
pub(crate) use parser::{Block, Word, read};
pub(crate) use statements::usages;
pub(crate) use value::{Element, Value};
