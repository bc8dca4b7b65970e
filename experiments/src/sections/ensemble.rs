//! `ensemble`: many networks of one recipe, each at all of its sub-networks, and what they say of
//! every observation of the write-up.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use hypercube::Activation;
use hypercube::data::Data;
use model::Source;
use model::training::{Recipe, train_ensemble};
use report::Saved;
use report::records::{CellId, EnsembleRun, NetworkRow};
use serde_json::{Value, json};

use crate::ensemble::parts::{Gathered, Parts};
use crate::ensemble::recipes::Searched;
use crate::ensemble::side_by_side::side_by_side;
use crate::ensemble::{Cell, PART, base, summary, verdicts};
use crate::limits;
use crate::options::at_least_one;
use crate::output;
use crate::recipe;
use crate::session::Session;
use crate::statistics::{Measured, Room, table};
use crate::work::Work;

/// A run on record, and the cell that it made networks of.
type Run = (CellId, EnsembleRun);

/// Networks by default: a share of them is then known to about 1.5 %.
const NETWORKS: usize = 1000;
/// As few as decide a verdict if it is true of all of them: the 95 % interval is then above 91 %.
const QUICK_NETWORKS: usize = 40;

#[derive(Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    /// Networks, with seeds from --seed on [default: 1000, with --quick 40]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    networks: Option<usize>,
    #[command(flatten)]
    recipe: recipe::Options,
    /// Optimiser steps [default: 6000; 20000 for annulus, checkerboard and spirals]; of several, how
    /// well the recipe fits the write-up and what is true of its networks is recorded at each, and
    /// not the networks
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = at_least_one)]
    steps: Vec<usize>,
    /// Make only every Mth part, from the Kth; join them with `ensemble merge`
    #[arg(long, value_name = "K/M")]
    shard: Option<Shard>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Join the parts that shards have left
    Merge {
        /// Results folders of the shards [default: OUT]
        folders: Vec<PathBuf>,
        /// Remove the parts once they are recorded
        #[arg(long)]
        remove: bool,
    },
    /// Judge the networks on record again, without making any
    Judge,
}

/// The Kth of M shares of the work, from 1.
#[derive(Clone, Copy, Debug)]
struct Shard {
    k: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "give K/M with K from 1 to M, such as 3/16".to_owned();
        let (k, of) = text.split_once('/').ok_or_else(bad)?;
        let (k, of) = (k.parse().map_err(|_| bad())?, of.parse().map_err(|_| bad())?);
        if (1..=of).contains(&k) { Ok(Self { k, of }) } else { Err(bad()) }
    }
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    if session.common.model.is_some() || session.common.points.is_some() {
        bail!(
            "ensemble makes its own networks and data: --model and --points are for other sections"
        );
    }
    let work = Work::begin_apart(session, "ensemble")?;
    match &options.action {
        Some(Action::Merge { folders, remove }) => {
            let own = [session.common.out().clone()];
            let parts = Parts::gather(if folders.is_empty() { &own } else { folders })?;
            record(session, work, &parts)?;
            if *remove {
                return parts.remove();
            }
            session.say("the parts are left where they are; --remove removes them");
            return Ok(());
        }
        Some(Action::Judge) => return judge(session, work),
        None => {}
    }
    let cell = cell(session, options)?;
    if options.shard.is_none() && is_on_record(session, &cell)? {
        session.say("these networks are on record, made by this very revision: judging them again");
        return judge(session, work);
    }
    let share = options.shard.map_or_else(|| "all".to_owned(), |s| format!("{}-of-{}", s.k, s.of));
    let parts = Parts::open(&session.common.out(), &cell, &share)?;
    let mine = |part: &usize| options.shard.is_none_or(|s| part % s.of == s.k - 1);
    let wanted: Vec<usize> = (0..cell.parts()).filter(mine).collect();
    make(session, &cell, &parts, &wanted)?;
    if options.shard.is_some() {
        let folder = parts.folder().display();
        session.say(&format!("{} of {} parts, in {folder}", wanted.len(), cell.parts()));
        output::print(&format!("{folder}\n"))?;
        return Ok(());
    }
    let gathered = parts.gathered();
    record(session, work, &gathered)?;
    gathered.remove()
}

/// The figure that an ensemble's networks learn: what is measured of them is about the plane.
fn figure(data: &Source) -> Result<Data> {
    match data.figure() {
        Some(data) => Ok(data),
        None => bail!(
            "an ensemble learns a figure in the plane, not {}: leave --data out, or ask \
                       for another",
            data.title()
        ),
    }
}

/// What was asked for.
fn cell(session: &Session, options: &Options) -> Result<Cell> {
    let mut snapshots = options.steps.clone();
    snapshots.sort_unstable();
    snapshots.dedup();
    let asked = session.common.asked_data()?.unwrap_or_else(|| Recipe::default().data);
    let recipe = Recipe::for_data(figure(&asked)?);
    let recipe = options.recipe.recipe(session, recipe, snapshots.last().copied())?;
    if recipe.activation != Activation::Relu {
        bail!(
            "ensemble judges observations about ReLU nodes, which slice or are dead: leave \
             --activation out"
        );
    }
    let recipe = Recipe { seed: session.common.seed(), ..recipe };
    limits::training(&recipe, 0)?;
    if snapshots.is_empty() {
        snapshots.push(recipe.steps);
    }
    let nodes = recipe.sizes[1..recipe.sizes.len() - 1].iter().sum();
    let networks = session.common.size(options.networks, NETWORKS, QUICK_NETWORKS);
    limits::ensemble(nodes, networks, recipe.seed)?;
    let n_points = session.common.n_points.unwrap_or(base::POINTS);
    limits::memory("evaluation points", n_points, 100 + 16 * nodes)?;
    let ablation = session.common.ablation.name().to_owned();
    Ok(Cell { recipe, snapshots, networks, n_points, ablation })
}

/// Trains and measures the networks of the parts that are not there yet.
fn make(session: &Session, cell: &Cell, parts: &Parts, wanted: &[usize]) -> Result<()> {
    let missing: Vec<usize> = wanted.iter().copied().filter(|&part| !parts.has(part)).collect();
    if missing.len() < wanted.len() {
        let found = wanted.len() - missing.len();
        session.say(&format!("going on: {found} of {} parts are there", wanted.len()));
    }
    let count: usize = missing.iter().map(|&part| cell.seeds(part).len()).sum();
    // A network's measurement takes about as long as some thousand steps of its training; progress
    // counts in steps.
    let measuring = 3000;
    let steps = cell.recipe.steps + measuring * cell.snapshots.len();
    let progress = session.progress("networks", count.saturating_mul(steps));
    let data = figure(&cell.recipe.data)?;
    let draw = |seed| data.training_points(cell.recipe.points, seed);
    let ids: Vec<CellId> = cell.ids().collect();
    let at_once = limits::networks_at_once(cell.nodes());
    // As many as networks are measured at once.
    let rooms = Mutex::new(Vec::<Room>::new());
    let lock = || rooms.lock().expect("nothing here panics");
    let seeds_of =
        |parts: &[usize]| parts.iter().flat_map(|&part| cell.seeds(part)).collect::<Vec<u64>>();
    let watch = |steps: usize| -> Result<()> {
        progress.add(steps);
        Ok(())
    };
    for together in missing.chunks(parts_for(TRAINED)) {
        let seeds = seeds_of(together);
        let trained =
            train_ensemble(&cell.recipe, draw, &seeds, &cell.snapshots, &session.compute, watch)?;
        let mut start = 0;
        for together in together.chunks(parts_for(MEASURED)) {
            let seeds = seeds_of(together);
            let measure = |k: usize| {
                let (id, k) = (k / seeds.len(), k % seeds.len());
                let (network, seed) = (&trained[id][start + k], seeds[k]);
                let points = data.evaluation_points(cell.n_points, seed);
                let radius = data.radius();
                let mut room = lock().pop().unwrap_or_default();
                let measured =
                    Measured::measure(network, &points, cell.ablation(), radius, seed, &mut room)?;
                lock().push(room);
                progress.add(measuring);
                Ok(NetworkRow::new(seed, ids[id].clone(), &table::row(&measured)))
            };
            let rows = side_by_side(seeds.len() * ids.len(), at_once, measure)?;
            write(cell, parts, together, &rows)?;
            start += seeds.len();
        }
    }
    Ok(())
}

/// Writes parts made together, whose rows are `[snapshots, networks]`.
fn write(cell: &Cell, parts: &Parts, together: &[usize], rows: &[NetworkRow]) -> Result<()> {
    let networks = rows.len() / cell.snapshots.len();
    let mut own = 0..0;
    for &part in together {
        own = own.end..own.end + cell.seeds(part).len();
        let rows: Vec<NetworkRow> =
            rows.chunks(networks).flat_map(|rows| &rows[own.clone()]).cloned().collect();
        parts.write(part, &rows)?;
    }
    Ok(())
}

/// A thread trains this many at once without taking longer for each.
const TRAINED: usize = 64;

/// Networks that a thread measures before they are written: an interruption costs these and some training.
const MEASURED: usize = 32;

/// Parts made together that have so many networks for every thread: what an interruption costs is the same
/// time on any number of them.
fn parts_for(of_thread: usize) -> usize {
    (of_thread * rayon::current_num_threads()).div_ceil(PART)
}

/// What `ensemble` has on record, but for what follows from the networks there.
#[derive(Default)]
struct OnRecord {
    networks: Vec<NetworkRow>,
    runs: Vec<Run>,
    /// Of recipes whose networks were measured after several numbers of steps.
    searched: Searched,
}

impl OnRecord {
    fn read(session: &Session) -> Result<Self> {
        let folder = session.common.out().join("ensemble");
        if !folder.join(report::MANIFEST).exists() {
            return Ok(Self::default());
        }
        let saved = Saved::open(&folder)?;
        let networks = NetworkRow::read(&saved)?;
        let searched = Searched::read(&saved)?;
        Ok(Self { networks, runs: saved.pairs("runs.csv")?, searched })
    }
}

/// Adds what follows from the cell's networks to what is on record, judges all, and puts everything
/// in place.
fn record(session: &Session, work: Work, parts: &Gathered) -> Result<()> {
    let rows = parts.rows()?;
    let cell = &parts.cell;
    let lock = lock(session)?;
    let mut old = OnRecord::read(session)?;
    if cell.snapshots.len() > 1 {
        old.searched.add(&rows);
    } else {
        old.networks.retain(|old| !rows.iter().any(|row| same_network(row, old)));
        old.networks.extend(rows);
        old.networks.sort_by(|a, b| a.cell.order(&b.cell).then(a.seed.cmp(&b.seed)));
    }
    let run = EnsembleRun {
        networks: cell.networks,
        first_seed: cell.recipe.seed,
        command: work.command(),
        git_revision: session.revision.0.clone().unwrap_or_default(),
        seconds: work.seconds(),
        threads: rayon::current_num_threads(),
        cpu: report::cpu_name(),
    };
    old.runs.retain(|old| !is_of(cell, old));
    old.runs.extend(cell.ids().map(|id| (id, run.clone())));
    old.runs.sort_by(|(a, _), (b, _)| a.order(b));
    output::print(&format!("{} networks of {}\n\n", cell.networks, cell.name()))?;
    let parameters = json!({
        "recipe": cell.recipe,
        "steps": cell.snapshots,
        "networks": cell.networks,
        "n_points": cell.n_points,
        "ablation": cell.ablation,
    });
    put(work, &old, parameters)?;
    drop(lock);
    Ok(())
}

/// Judges the networks on record, and puts everything in place again.
fn judge(session: &Session, work: Work) -> Result<()> {
    let _lock = lock(session)?;
    let old = OnRecord::read(session)?;
    if old.networks.is_empty() && old.runs.is_empty() {
        let folder = session.common.out().join("ensemble");
        bail!("no networks on record in {}: make some with `ensemble`", folder.display());
    }
    let networks = old.networks.len();
    output::print(&format!("{networks} networks on record\n\n"))?;
    put(work, &old, json!({ "networks": networks }))
}

/// Writes the record: the networks, and what follows from them.
fn put(work: Work, on_record: &OnRecord, mut parameters: Value) -> Result<()> {
    let OnRecord { networks, runs, searched } = on_record;
    let recipes = searched.with(networks);
    let verdicts = verdicts::judge(networks, &recipes);
    work.record.file("networks.csv", &NetworkRow::table(networks)?)?;
    work.record.table("statistics.csv", &table::rows())?;
    work.record.table("runs.csv", runs)?;
    work.record.table("verdicts.csv", &verdicts)?;
    work.record.table("recipes.csv", &recipes.numbers)?;
    work.record.table("recipe_claims.csv", &recipes.claims)?;
    work.record.table("fits.csv", &recipes.fits)?;
    work.record.table("likelihood.csv", &recipes.likelihood)?;
    work.record.table("summary.csv", &summary::summarize(networks))?;
    verdicts::print(&verdicts, &recipes)?;
    parameters["base"] = verdicts::base_cell(networks);
    parameters["default_seed"] = Recipe::default().seed.into();
    parameters["rule"] = verdicts::rule();
    let Value::Object(parameters) = parameters else { unreachable!("written as an object") };
    work.finish_with(parameters)
}

/// Until it is dropped, no other process adds to the record: the later of two would undo the
/// earlier.
fn lock(session: &Session) -> Result<std::fs::File> {
    let path = session.common.out().join(".ensemble.lock");
    let file = std::fs::File::create(&path)
        .and_then(|file| file.lock().map(|()| file))
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Whether a run made the networks of a cell.
fn is_of(cell: &Cell, (id, run): &Run) -> bool {
    cell.ids().any(|own| own == *id)
        && (run.networks, run.first_seed) == (cell.networks, cell.recipe.seed)
}

/// Whether this revision, unchanged, has recorded the cell already.
fn is_on_record(session: &Session, cell: &Cell) -> Result<bool> {
    let (Some(revision), Some(false)) = &session.revision else { return Ok(false) };
    let own = |run: &Run| run.1.git_revision == *revision && is_of(cell, run);
    Ok(OnRecord::read(session)?.runs.iter().any(own))
}

fn same_network(a: &NetworkRow, b: &NetworkRow) -> bool {
    a.seed == b.seed && a.cell == b.cell
}
