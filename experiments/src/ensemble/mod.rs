//! Many networks: which there are, their rows in parts that survive an interruption, and what
//! follows from all of them.

pub mod base;
pub mod parts;
pub mod recipes;
pub mod side_by_side;
pub mod summary;
pub mod verdicts;

use hypercube::Ablation;
use model::training::Recipe;
use report::records::CellId;
use serde::{Deserialize, Serialize};

/// Networks of one part: what an interruption costs on two threads, some seconds of the default recipe.
pub const PART: usize = 32;

/// Networks that differ in nothing but their seeds.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Cell {
    /// How they are trained; its seed is the first network's, and the others' follow. Its number of
    /// steps is not used.
    pub recipe: Recipe,
    /// After how many steps they are measured, ascending: at one number of steps a cell is
    /// [`CellId`]'s, at several it is as many, of the same networks as they are trained on.
    pub snapshots: Vec<usize>,
    /// How many.
    pub networks: usize,
    /// Evaluation points of each, drawn from its own seed.
    pub n_points: usize,
    /// How nodes are removed: `zero` or `mean`.
    pub ablation: String,
}

impl Cell {
    /// A name for messages and folders, which no other cell has.
    pub fn name(&self) -> String {
        let Self { recipe, snapshots, networks, n_points, ablation } = self;
        let Recipe { data, init, seed, batch, points, learning_rate, .. } = recipe;
        let data = data.to_string().replace(' ', "-");
        let hidden = self.hidden();
        let steps = joined(snapshots);
        format!(
            "{data}_{init}_{hidden}_{steps}-steps_{batch}-of-{points}_{learning_rate}_{ablation}_\
             {n_points}-points_{networks}-from-{seed}"
        )
    }

    /// Widths of the hidden layers, joined by `-`.
    pub fn hidden(&self) -> String {
        let hidden = &self.recipe.sizes[1..self.recipe.sizes.len() - 1];
        joined(hidden)
    }

    /// Hidden nodes of each network.
    pub fn nodes(&self) -> usize {
        self.recipe.sizes[1..self.recipe.sizes.len() - 1].iter().sum()
    }

    /// What the records call it, at each of its numbers of steps.
    pub fn ids(&self) -> impl Iterator<Item = CellId> {
        self.snapshots.iter().map(|&steps| self.id(steps))
    }

    /// What the records call it after so many steps.
    pub fn id(&self, steps: usize) -> CellId {
        CellId {
            data: self.recipe.data.to_string(),
            init: self.recipe.init.to_string(),
            hidden: self.hidden(),
            steps,
            batch: self.recipe.batch,
            learning_rate: self.recipe.learning_rate,
            training_points: self.recipe.points,
            ablation: self.ablation.clone(),
            n_points: self.n_points,
        }
    }

    /// How nodes are removed.
    pub fn ablation(&self) -> Ablation {
        if self.ablation == "mean" { Ablation::Mean } else { Ablation::Zero }
    }

    /// How many parts it is made in.
    pub fn parts(&self) -> usize {
        self.networks.div_ceil(PART)
    }

    /// The seeds of one part's networks.
    pub fn seeds(&self, part: usize) -> Vec<u64> {
        let end = self.networks.min((part + 1) * PART);
        (part * PART..end).map(|k| self.recipe.seed + k as u64).collect()
    }
}

/// Numbers joined by `-`.
fn joined(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_not_spelled_out() {
        let cell = |recipe| Cell {
            recipe,
            snapshots: vec![6000],
            networks: 1,
            n_points: 1024,
            ablation: "zero".to_owned(),
        };
        let usual = Recipe::default();
        let words = "circle 0.893, 20 nodes, he-uniform, 6,000 steps, zero";
        assert_eq!(cell(usual.clone()).id(6000).words(), words);
        let other = Recipe { batch: 128, points: 1000, ..usual };
        let expected = format!("{words}, batches of 128, 1,000 training points");
        assert_eq!(cell(other).id(6000).words(), expected);
    }
}
