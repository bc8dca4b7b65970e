//! `cargo run -p report`: draws every figure again from the records alone, and writes the page.

use std::env::args_os;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: report [--results DIR]   (makes every figure, index.html and \
                     explorer.html again; DIR: results)";

fn main() -> ExitCode {
    let results = match results(args_os().skip(1)) {
        Ok(Some(results)) => results,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("error: {why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match report::redraw(&results) {
        Ok(figures) => {
            let mut stdout = std::io::stdout().lock();
            for figure in figures {
                // A reader that has seen enough, such as `head`, is no error.
                if writeln!(stdout, "{}", figure.display()).is_err() {
                    break;
                }
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The results folder; none if help was asked for.
fn results(mut arguments: impl Iterator<Item = OsString>) -> Result<Option<PathBuf>, String> {
    let mut results = PathBuf::from("results");
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(None),
            Some("--results") => {
                results = arguments.next().ok_or("--results: give a folder")?.into();
            }
            _ => return Err(format!("{}: not an option", argument.display())),
        }
    }
    Ok(Some(results))
}
