//! `why`: what makes a network and its reversal alike, in pieces, each on many networks of its own.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use report::Saved;
use report::records::{WhyRun, WhySummary, WhyTable};
use report::words::{fixed, interval, number};
use serde_json::{Value, json};

use crate::limits;
use crate::options::{AblationName, Common, at_least_one};
use crate::output;
use crate::session::Session;
use crate::why::parts::Parts;
use crate::why::summary::summarize;
use crate::why::{PIECES, Piece};
use crate::work::Work;

#[derive(Args, Debug)]
pub struct Options {
    /// Which pieces to make [default: all]
    #[arg(value_name = "PIECE", value_parser = PossibleValuesParser::new(PIECES.map(|p| p.name)))]
    pieces: Vec<String>,
    /// Networks of each cell, with seeds from 0 on [default: each piece's own, with --quick 2]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    networks: Option<usize>,
}

/// Makes the pieces asked for, each from its finished parts on, and records each.
///
/// # Errors
///
/// If there is no memory for a table of all masks, or files cannot be read or written.
pub fn run(session: &Session, options: &Options) -> Result<()> {
    if let Some(option) = foreign(&session.common) {
        bail!(
            "why makes its own networks and points, each piece as its question asks: leave {option} out"
        );
    }
    if let Some(networks) = options.networks {
        limits::ensemble(1, networks, 0)?;
    }
    for piece in &PIECES {
        if options.pieces.is_empty() || options.pieces.iter().any(|name| name == piece.name) {
            make(session, piece, options)?;
        }
    }
    Ok(())
}

/// The first option that would be of no effect.
fn foreign(common: &Common) -> Option<&'static str> {
    let given = [
        ("--model", common.model.is_some()),
        ("--points", common.points.is_some()),
        ("--n-points", common.n_points.is_some()),
        ("--data", common.data.is_some()),
        ("--radius", common.radius.is_some()),
        ("--activation", common.activation.is_some()),
        ("--ablation", matches!(common.ablation, AblationName::Mean)),
        ("--seed", common.seed.is_some()),
        ("--points-seed", common.points_seed.is_some()),
    ];
    given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
}

fn make(session: &Session, piece: &Piece, options: &Options) -> Result<()> {
    let work = Work::begin_apart(session, "why")?;
    let cells = piece.cells(session.common.quick, options.networks);
    let parts = Parts::open(&session.common.out(), piece, &cells)?;
    let jobs = Piece::jobs(&cells);
    let missing: Vec<usize> = (0..jobs.len()).filter(|&k| parts.read(k).is_none()).collect();
    if missing.len() < jobs.len() {
        let found = jobs.len() - missing.len();
        session.say(&format!("{}: {found} of {} parts are there", piece.name, jobs.len()));
    }
    let steps: usize = missing.iter().map(|&k| jobs[k].steps()).sum();
    let progress = session.progress(piece.name, steps);
    for k in missing {
        let table = piece.run(&jobs[k], &session.compute, |steps| progress.add(steps))?;
        parts.write(k, &table)?;
    }
    drop(progress);
    let mut table = WhyTable::new(piece.quantities);
    for k in 0..jobs.len() {
        let read = parts.read(k);
        table.rows.extend(read.context("a part has vanished: run again")?.rows);
    }
    record(session, work, piece, &table, json!(cells))?;
    parts.remove()
}

/// Puts a piece beside the others on record.
fn record(
    session: &Session,
    work: Work,
    piece: &Piece,
    table: &WhyTable,
    cells: Value,
) -> Result<()> {
    let _lock = lock(session)?;
    let folder = session.common.out().join("why");
    let saved =
        if folder.join(report::MANIFEST).exists() { Some(Saved::open(&folder)?) } else { None };
    let mut runs: Vec<WhyRun> = saved.as_ref().map_or(Ok(Vec::new()), |s| s.table("runs.csv"))?;
    let mut parameters = saved.as_ref().map(|s| s.manifest().run.parameters.clone());
    let mut parameters = parameters.take().unwrap_or_default();
    parameters.insert(piece.name.to_owned(), cells);
    // What follows from the tables is made anew for all, so that it never is of different versions.
    let mut summaries: Vec<WhySummary> = Vec::new();
    for own in &PIECES {
        let is_new = own.name == piece.name;
        let other = saved.as_ref().filter(|_| !is_new);
        let other = other.map_or(Ok(WhyTable::default()), |s| WhyTable::read(s, own.name))?;
        let measured = if is_new { table } else { &other };
        if measured.rows.is_empty() {
            continue;
        }
        work.record.file(&format!("{}.csv", own.name), &measured.csv()?)?;
        let summary = summarize(own.name, measured);
        if is_new {
            print(piece, &summary)?;
        }
        summaries.extend(summary);
    }
    let place = |name: &str| PIECES.iter().position(|piece| piece.name == name);
    let (revision, dirty) = session.revision.clone();
    runs.retain(|run| run.piece != piece.name);
    runs.push(WhyRun {
        piece: piece.name.to_owned(),
        command: work.command(),
        git_revision: revision.unwrap_or_default(),
        git_dirty: dirty,
        seconds: work.seconds(),
        threads: rayon::current_num_threads(),
        cpu: report::cpu_name(),
    });
    runs.sort_by_key(|run| place(&run.piece));
    work.record.table("runs.csv", &runs)?;
    work.record.table("summary.csv", &summaries)?;
    work.finish_with(parameters)
}

/// Until it is dropped, no other process adds to the record: the later of two would undo the earlier.
fn lock(session: &Session) -> Result<std::fs::File> {
    let path = session.common.out().join(".why.lock");
    let file = std::fs::File::create(&path).and_then(|file| file.lock().map(|()| file));
    file.with_context(|| format!("cannot lock {}", path.display()))
}

fn print(piece: &Piece, summaries: &[WhySummary]) -> Result<()> {
    let row = |s: &WhySummary| {
        vec![
            s.cell.clone(),
            s.setting.clone(),
            number(s.at),
            format!("{} of {}", s.statistic, s.quantity),
            fixed(s.value, 4),
            interval(s.low, s.high, 4),
            s.networks.to_string(),
        ]
    };
    let rows: Vec<_> = summaries.iter().map(row).collect();
    let header =
        ["networks of", "setting", "at", "statistic", "value", "95 % interval", "networks"];
    Ok(output::print(&format!("{}\n\n{}\n", piece.name, output::table(&header, &rows)))?)
}
