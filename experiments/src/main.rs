//! `cargo run -p experiments -- SECTION`: the sections of the write-up, one subcommand each.

mod cli;
mod ensemble;
mod exact;
mod given;
mod interrupt;
mod limits;
mod options;
mod output;
mod pairs;
mod point_pairs;
mod progress;
mod recipe;
mod sampling;
mod sections;
mod session;
mod statistics;
mod subject;
mod terminal;
mod why;
mod work;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Parser;
use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand as MISSING;

use cli::{Cli, Section};
use interrupt::Interrupt;
use session::Session;

fn main() -> ExitCode {
    keep_memory();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version, asked for or shown because nothing was asked for.
        Err(error) if !error.use_stderr() || error.kind() == MISSING => {
            return output::help(&error);
        }
        Err(error) => {
            output::message(&output::usage_line(&error.to_string()));
            return ExitCode::from(2);
        }
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::message(&output::error_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    if cli.common.backend.as_deref() == Some("list") {
        return Ok(output::print(&output::backends())?);
    }
    let Some(section) = &cli.section else {
        bail!("no section: say which, such as `flip-paths`; --help lists them");
    };
    let interrupt = Arc::new(Interrupt::default());
    let handler = Arc::clone(&interrupt);
    ctrlc::set_handler(move || stop(&handler)).context("cannot listen for an interrupt")?;
    let command = output::command(std::env::args().skip(1));
    let session = Session::new(&cli.common, command, report::git_state(), interrupt)?;
    if !matches!(section, Section::Train(_) | Section::Ensemble(_) | Section::Why(_)) {
        ensure_network(&session)?;
    }
    section.run(&session)
}

/// Trains the network to study on the spot if there is none.
fn ensure_network(session: &Session) -> anyhow::Result<()> {
    if session.network_file().is_some() {
        return Ok(());
    }
    if let Some(points) = &session.common.points {
        bail!(
            "there is no network in {}: `train --points {}` makes one, and holds points back to \
             evaluate it on; or give one with --model FILE",
            session.common.out().display(),
            points.display()
        );
    }
    sections::train::run(session, &sections::train::Options::default())
}

/// On an interrupt: a search ends and keeps what it has; otherwise nothing half-written stays behind.
fn stop(interrupt: &Interrupt) {
    if interrupt.is_taken() {
        output::message("the search ends here and is recorded; once more, and nothing is");
        return;
    }
    report::abandon();
    output::message(
        "stopped: nothing new was recorded, earlier results are as they were; finished parts of an \
         ensemble are kept, and the same command goes on from them",
    );
    // 128 + SIGINT, as a shell reports it.
    std::process::exit(130);
}

/// Training takes and gives back memory of the same sizes all the time. glibc keeps it for the next time, in
/// place of asking the system again, up to the largest that it has seen given back (32 MB at most) and twice
/// as much at the end of a heap: this shows it 24 MB. Elsewhere it does nothing.
fn keep_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(24 << 20)));
}
