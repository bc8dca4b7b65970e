//! What makes a network and its reversal alike: experiments on many networks, in pieces.
//!
//! A piece has cells, each of networks that differ in nothing but their seeds, and says what is measured of
//! one network.

mod balance;
mod centring;
mod masks;
pub mod parts;
mod removal;
pub mod summary;
mod theory;
mod training;
mod width;

use anyhow::Result;
use hypercube::data::Data;
use hypercube::{Network, Points};
use model::Source;
use model::device::Compute;
use model::training::{Recipe, train_ensemble};
use rayon::prelude::*;
use report::records::{WhyRow, WhyTable};
use serde::Serialize;

/// The pieces.
pub const PIECES: [Piece; 6] =
    [theory::PIECE, centring::PIECE, balance::PIECE, training::PIECE, width::PIECE, removal::PIECE];

/// Networks that are trained together, and what an interruption costs.
const PART: usize = 20;

/// A quick look leaves out wider networks, and makes as few as have a spread.
const QUICK_NODES: usize = 110;
const QUICK_NETWORKS: usize = 2;

/// A part of the section, on record as a whole.
pub struct Piece {
    /// Its name on the command line and of its table.
    pub name: &'static str,
    /// The columns of its table.
    pub quantities: &'static [&'static str],
    /// Which networks it is about.
    cells: fn() -> Vec<Cell>,
    /// What is measured of each.
    measure: fn(&Subject) -> Result<Vec<Measurement>>,
}

/// Networks that differ in nothing but their seeds, which count from 0.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// Its name in the tables.
    pub name: String,
    /// Its seed and number of steps are not used.
    pub recipe: Recipe,
    /// After how many steps they are measured, ascending.
    pub snapshots: Vec<usize>,
    /// How many.
    pub networks: usize,
    /// Evaluation points of each.
    pub n_points: usize,
}

impl Cell {
    /// So many networks that learn the circle by the default recipe.
    fn circle(name: &str, hidden: &[usize], networks: usize, n_points: usize) -> Self {
        Self::of(Data::default(), name, hidden, networks, n_points)
    }

    /// So many networks that learn a figure by its recipe.
    fn of(data: Data, name: &str, hidden: &[usize], networks: usize, n_points: usize) -> Self {
        let recipe = Recipe::for_data(data);
        let recipe = Recipe { sizes: [&[2], hidden, &[2]].concat(), ..recipe };
        let snapshots = vec![recipe.steps];
        Self { name: name.to_owned(), recipe, snapshots, networks, n_points }
    }

    /// The same measured after other numbers of steps.
    fn at(self, snapshots: &[usize]) -> Self {
        Self { snapshots: snapshots.to_vec(), ..self }
    }

    /// A look in seconds: few networks that are trained for a moment.
    fn quick(self) -> Self {
        let steps = self.snapshots.iter().map(|steps| steps / 20).collect();
        Self { snapshots: steps, networks: QUICK_NETWORKS, n_points: 64, ..self }
    }

    fn figure(&self) -> Data {
        let Source::Figure(data) = self.recipe.data else { unreachable!("cells learn figures") };
        data
    }
}

/// One network of a cell, after each of its numbers of steps.
pub struct Subject<'a> {
    pub cell: &'a Cell,
    pub seed: u64,
    pub networks: Vec<&'a Network>,
    pub points: Points,
    pub compute: &'a Compute,
}

impl Subject<'_> {
    /// The network after the last of its steps.
    fn network(&self) -> &Network {
        self.networks[self.networks.len() - 1]
    }
}

/// A row of the piece's table, but for cell and seed.
pub struct Measurement {
    setting: String,
    at: f64,
    /// The quantities; NaN where there is none.
    values: Vec<f64>,
}

impl Measurement {
    fn new(setting: impl Into<String>, at: f64, values: &[f64]) -> Self {
        Self { setting: setting.into(), at, values: values.to_vec() }
    }
}

/// Some networks of a cell, which are made and measured at once.
pub struct Job {
    pub cell: Cell,
    pub seeds: Vec<u64>,
}

impl Job {
    /// The network-steps that it takes.
    pub fn steps(&self) -> usize {
        self.seeds.len() * self.cell.snapshots.last().copied().unwrap_or(0).max(1)
    }
}

impl Piece {
    /// Its cells: all, or small, or with another number of networks each.
    pub fn cells(&self, quick: bool, networks: Option<usize>) -> Vec<Cell> {
        let cells = (self.cells)().into_iter();
        let small = |cell: &Cell| !quick || cell.recipe.sizes.iter().sum::<usize>() <= QUICK_NODES;
        let cells = cells.filter(small).map(|cell| if quick { cell.quick() } else { cell });
        cells.map(|cell| Cell { networks: networks.unwrap_or(cell.networks), ..cell }).collect()
    }

    /// What there is to do, in the order of the table.
    pub fn jobs(cells: &[Cell]) -> Vec<Job> {
        let of = |cell: &Cell| {
            let seeds: Vec<u64> = (0..cell.networks as u64).collect();
            let job = |seeds: &[u64]| Job { cell: cell.clone(), seeds: seeds.to_vec() };
            seeds.chunks(PART).map(job).collect::<Vec<Job>>()
        };
        cells.iter().flat_map(of).collect()
    }

    /// Trains and measures the networks of a job; `progress` is told how many more network-steps are done.
    ///
    /// # Errors
    ///
    /// If points and network do not fit each other, or there is no room for a table of all masks.
    pub fn run(
        &self,
        job: &Job,
        compute: &Compute,
        progress: impl Fn(usize) + Sync,
    ) -> Result<WhyTable> {
        let Job { cell, seeds } = job;
        let data = cell.figure();
        let draw = |seed| data.training_points(cell.recipe.points, seed);
        let watch = |steps: usize| -> Result<()> {
            progress(steps);
            Ok(())
        };
        let trained = train_ensemble(&cell.recipe, draw, seeds, &cell.snapshots, compute, watch)?;
        let measure = |(k, &seed): (usize, &u64)| -> Result<Vec<WhyRow>> {
            let networks = trained.iter().map(|networks| &networks[k]).collect();
            let points = data.evaluation_points(cell.n_points, seed);
            let measured = (self.measure)(&Subject { cell, seed, networks, points, compute })?;
            let known = |value: f64| value.is_finite().then_some(value);
            let row = |m: Measurement| WhyRow {
                cell: cell.name.clone(),
                setting: m.setting,
                at: m.at,
                seed,
                values: m.values.into_iter().map(known).collect(),
            };
            Ok(measured.into_iter().map(row).collect())
        };
        let rows: Vec<Vec<WhyRow>> =
            seeds.par_iter().enumerate().map(measure).collect::<Result<_>>()?;
        Ok(WhyTable { rows: rows.concat(), ..WhyTable::new(self.quantities) })
    }
}
