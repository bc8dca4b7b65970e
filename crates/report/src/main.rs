//! `cargo run -p report`: draws every figure again from the records alone, and writes the page.

use std::env::args_os;
use std::ffi::OsString;
use std::io::{ErrorKind, Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: report [--out DIR]";

const HELP: &str = "\
Makes every figure, index.html and explorer.html again from the records in a results folder

Options:
      --out <DIR>  Folder for results [default: results]
  -h, --help       Print help

--results is another name for --out.
";

fn main() -> ExitCode {
    let results = match results(args_os().skip(1)) {
        Ok(Some(results)) => results,
        Ok(None) => return print(&format!("{HELP}\n{USAGE}\n")),
        Err(why) => {
            message(&format!("error: {why}; {USAGE}"));
            return ExitCode::from(2);
        }
    };
    match report::redraw(&results) {
        Ok(figures) => print(
            &figures.iter().map(|figure| format!("{}\n", figure.display())).collect::<String>(),
        ),
        Err(error) => {
            // A path may have line breaks in it.
            message(&format!("error: {error}").replace(['\n', '\r'], " "));
            ExitCode::FAILURE
        }
    }
}

/// Writes to stdout. A reader that has seen enough, such as `head`, is no error; other readers
/// have lost something.
fn print(text: &str) -> ExitCode {
    let mut stdout = stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            message(&format!("error: cannot write to stdout: {error}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes a line to stderr. There is nobody to tell if that fails.
fn message(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// The results folder; none if help was asked for.
fn results(mut arguments: impl Iterator<Item = OsString>) -> Result<Option<PathBuf>, String> {
    let mut results = PathBuf::from("results");
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.into())),
            None => (text, None),
        };
        match (name, value) {
            ("-h" | "--help", None) => return Ok(None),
            ("--out" | "--results", value) => {
                let folder = value.or_else(|| arguments.next()).filter(|folder| !folder.is_empty());
                results = folder.ok_or_else(|| format!("{name}: give a folder"))?.into();
            }
            _ => return Err(format!("{}: not an option", argument.display())),
        }
    }
    Ok(Some(results))
}
