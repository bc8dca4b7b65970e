//! The networks that verdicts are about.

use model::training::Recipe;
use report::records::{CellId, NetworkRow};

use super::Cell;
use crate::statistics::claims::Claim;

/// Fewer networks decide nothing.
pub const FEWEST: usize = 20;

/// Evaluation points of each network by default. They are spread evenly: over 1,024 of them a mean
/// loss is as near to that over the square as over some thirty times as many random ones
/// (`experiments/sweeps/README.md` has what share of the spread over networks they leave).
pub const POINTS: usize = 1024;

/// The networks that verdicts are about, and those that they are compared with.
pub struct Base<'a> {
    networks: &'a [NetworkRow],
    /// The default cell's, or if it is not there, those of the largest cell.
    pub own: &'a [NetworkRow],
    /// The cells that differ from it by the recipe alone.
    pub recipes: Vec<&'a [NetworkRow]>,
}

impl<'a> Base<'a> {
    /// Looks for them among the networks on record, which are in the order of their cells; none if
    /// there are no networks.
    pub fn find(networks: &'a [NetworkRow]) -> Option<Self> {
        let (recipe, ablation) = (Recipe::default(), "zero".to_owned());
        let steps = recipe.steps;
        let cell = Cell { recipe, snapshots: vec![steps], networks: 0, n_points: POINTS, ablation };
        let default = cell.id(steps);
        let cells: Vec<_> = networks.chunk_by(|a, b| a.cell == b.cell).collect();
        let own = cells.iter().copied().max_by_key(|r| (r[0].cell == default, r.len()))?;
        let base = &own[0].cell;
        let differs_by_recipe = |rows: &&[NetworkRow]| {
            let CellId { hidden, ablation, n_points, .. } = &rows[0].cell;
            (hidden, ablation, n_points) == (&base.hidden, &base.ablation, &base.n_points)
                && rows[0].cell != *base
                && rows.len() >= FEWEST
        };
        let recipes = cells.iter().copied().filter(differs_by_recipe).collect();
        Some(Self { networks, own, recipes })
    }

    /// The networks of a cell's recipe that a claim is about: its own, or those with as many nodes
    /// in several layers.
    pub fn about(&self, claim: &Claim, cell: &'a [NetworkRow]) -> Vec<&'a NetworkRow> {
        let of = &cell[0].cell;
        let is_deep = |row: &&NetworkRow| {
            let same = CellId { hidden: row.cell.hidden.clone(), ..of.clone() };
            row.cell == same && same.layers() > 1 && same.nodes() == of.nodes()
        };
        if claim.deep {
            self.networks.iter().filter(is_deep).collect()
        } else {
            cell.iter().collect()
        }
    }
}
