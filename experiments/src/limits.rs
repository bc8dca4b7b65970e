//! Sizes that are refused before anything is allocated or trained.

use anyhow::{Result, bail};
use model::training::Recipe;

/// A run may take this much memory for what its options ask for.
const MEMORY: u128 = 8 << 30;

/// A run may take about this long: longer ones are more likely a slip than a wish.
const HOURS: f64 = 24.0;

/// Masks times points that autodiff takes in a second in a network of 20 nodes: 8e7 were measured on
/// two cores, rounded down.
const MASK_POINTS_PER_SECOND: f64 = 5e7;

/// Seconds of a training step of the smallest network on 32 points, what each weight adds to it, and
/// what one point costs for each weight when the network is evaluated. Measured on two cores with
/// 20 nodes, and with 8,192 + 8,192 (3.6 s a step; 70,000 points in 130 s), and rounded up.
const STEP: f64 = 3.5e-4;
const STEP_PER_WEIGHT: f64 = 6e-8;
const POINT_PER_WEIGHT: f64 = 4e-11;

/// Seconds that exact averages take for each point and node, and pair of nodes: measured on two cores
/// with 64 and 512 nodes, and rounded up.
const AVERAGED_NODE: f64 = 2e-5;
const AVERAGED_PAIR: f64 = 5e-9;

/// As many nodes as a model file may have.
const NODES: usize = 1 << 14;

/// The statistics of one network hold several numbers for each of its 2^N masks.
const ENSEMBLE_NODES: usize = 26;

/// Networks of 20 nodes are made and measured at some tenths of a second of a core, so that these are
/// days' work; a cluster shares them by `--shard`.
const NETWORKS: usize = 1_000_000;

/// Refuses `count` things of `bytes` each if they do not fit into memory.
///
/// # Errors
///
/// One line with the estimate, and how many would fit.
pub fn memory(what: &str, count: usize, bytes: usize) -> Result<()> {
    let needed = count as u128 * bytes as u128;
    if needed > MEMORY {
        bail!(
            "{count} {what} would take {:.1e} GiB of memory, more than the {} that a run may take: \
             at most {} fit",
            needed as f64 / f64::from(1 << 30),
            MEMORY >> 30,
            MEMORY / bytes as u128
        );
    }
    Ok(())
}

/// Refuses networks that are too wide, and training that is too long; on the way the network is
/// evaluated at `points` points in all.
///
/// # Errors
///
/// One line that says what fits.
pub fn training(recipe: &Recipe, points: usize) -> Result<()> {
    let Recipe { sizes, steps, batch, .. } = recipe;
    let steps = *steps;
    let hidden = sizes[1..sizes.len() - 1].iter().fold(0usize, |n, &width| n.saturating_add(width));
    if hidden > NODES {
        bail!("--hidden: {hidden} hidden nodes are more than the {NODES} that a network may have");
    }
    let weights: usize = sizes.windows(2).map(|pair| pair[0] * pair[1]).sum();
    // The weight, its gradient, Adam's two moments, and copies on the way.
    memory("weights", weights, 64)?;
    let watching = POINT_PER_WEIGHT * points as f64 * weights as f64;
    let batches = (*batch.min(&recipe.points) as f64 / 32.0).max(1.0);
    let each = batches * (STEP + STEP_PER_WEIGHT * weights as f64) + watching / steps.max(1) as f64;
    time("steps", steps, each)
}

/// Refuses masks at which a network would be evaluated for more than a day.
///
/// # Errors
///
/// One line with the estimate, and how many would be done in that time.
pub fn evaluations(masks: usize, points: usize, nodes: usize) -> Result<()> {
    let work = points as f64 * (nodes as f64 / 20.0).max(1.0);
    time("masks", masks, work / MASK_POINTS_PER_SECOND)
}

/// Refuses averages over all masks of `nodes` nodes that would not fit into memory, or take more than a
/// day.
///
/// # Errors
///
/// One line with the estimate, and how many would fit.
pub fn averages(points: usize, nodes: usize) -> Result<()> {
    memory("points", points, 16 * nodes + 100)?;
    // Sums over pairs of nodes, of several points at once.
    memory("pairs of nodes", nodes * nodes, 80)?;
    let n = nodes as f64;
    time("points", points, AVERAGED_NODE * n + AVERAGED_PAIR * n * n)
}

fn time(what: &str, count: usize, seconds: f64) -> Result<()> {
    let hours = count as f64 * seconds / 3600.0;
    if hours > HOURS {
        bail!(
            "{count} {what} would take about {hours:.0} hours, more than the {HOURS:.0} that a run \
             may take: give at most {:.0} {what}, or make the rest smaller",
            (HOURS * 3600.0 / seconds).floor()
        );
    }
    Ok(())
}

/// Refuses an ensemble whose networks cannot be enumerated, or are too many.
///
/// # Errors
///
/// One line that says what fits.
pub fn ensemble(nodes: usize, networks: usize, first_seed: u64) -> Result<()> {
    if nodes > ENSEMBLE_NODES {
        bail!(
            "every network of an ensemble is evaluated at all of its 2^N sub-networks: {nodes} nodes \
             are more than the {ENSEMBLE_NODES} that this is possible for; give fewer with --hidden"
        );
    }
    if networks > NETWORKS {
        bail!("--networks: {networks} would take many days: give at most {NETWORKS}");
    }
    if first_seed.checked_add((networks as u64).saturating_sub(1)).is_none() {
        bail!("--seed {first_seed}: {networks} seeds from there on go beyond 2^64");
    }
    Ok(())
}

/// How many networks of an ensemble can be measured at once: each holds a number for each of its 2^N
/// masks, a few bytes more, and what it counts.
pub fn networks_at_once(nodes: usize) -> usize {
    const COUNTS: u128 = 64 << 20;
    let each = (16u128 << nodes) + COUNTS;
    (MEMORY / each).max(1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_accepted_and_the_rest_names_what_would() {
        assert!(memory("masks", 1 << 20, 8).is_ok());
        let error = memory("masks", usize::MAX, 100).unwrap_err().to_string();
        assert!(error.contains("at most 85899345 fit"), "{error}");
        let train = |sizes: &[usize], steps, points| {
            training(&Recipe { sizes: sizes.to_vec(), steps, ..Recipe::default() }, points)
        };
        assert!(train(&[2, 20, 2], 6000, 300_000).is_ok());
        assert!(train(&[2, usize::MAX, usize::MAX, 2], 1, 1).is_err());
        let large = Recipe { batch: usize::MAX, points: 80_000_000, ..Recipe::default() };
        assert!(training(&large, 0).is_err(), "large batches take longer");
        let error = train(&[2, 20, 2], 1_000_000_000, 0).unwrap_err().to_string();
        assert!(
            error.contains("would take about 99 hours") && error.contains("give at most 2"),
            "{error}"
        );
        assert!(train(&[2, 8192, 8192, 2], 6000, 300_000).is_ok());
        assert!(train(&[2, 8192, 8192, 2], 100_000, 0).is_err(), "wide networks take longer");
        assert!(train(&[2, 8192, 8192, 2], 1, 100_000_000).is_err(), "and so do many points");
        assert!(evaluations(8192, 1_000_000, 20).is_ok());
        assert!(evaluations(100_000, 100_000_000, 20).is_err());
        assert!(ensemble(20, 1000, 0).is_ok() && ensemble(20, 1, u64::MAX).is_ok());
        assert_eq!([20, 26].map(networks_at_once), [102, 7]);
        assert!(ensemble(30, 1, 0).is_err() && ensemble(20, 2, u64::MAX).is_err());
    }
}
