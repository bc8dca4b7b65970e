//! Sizes that are refused before anything is allocated or trained.

use anyhow::{Result, bail};

/// A run may take this much memory for what its options ask for.
const MEMORY: u128 = 8 << 30;

/// Steps take some 10 to 100 microseconds each, so that this many are an hour's training.
const STEPS: usize = 100_000_000;

/// As many nodes as a model file may have.
const NODES: usize = 1 << 14;

/// The statistics of one network hold several numbers for each of its 2^N masks.
const ENSEMBLE_NODES: usize = 26;

/// Makes a network of 20 nodes in a tenth of a second or more, so that this many are days' work.
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

/// Refuses networks that are too wide, and training that is too long.
///
/// # Errors
///
/// One line that says what fits.
pub fn training(sizes: &[usize], steps: usize) -> Result<()> {
    let hidden = sizes[1..sizes.len() - 1].iter().fold(0usize, |n, &width| n.saturating_add(width));
    if hidden > NODES {
        bail!("--hidden: {hidden} hidden nodes are more than the {NODES} that a network may have");
    }
    let weights: usize = sizes.windows(2).map(|pair| pair[0] * pair[1]).sum();
    // The weight, its gradient, Adam's two moments, and copies on the way.
    memory("weights", weights, 64)?;
    if steps > STEPS {
        bail!(
            "--steps: {steps} would take more than {} hours: give at most {STEPS}",
            steps / STEPS
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_accepted_and_the_rest_names_what_would() {
        assert!(memory("masks", 1 << 20, 8).is_ok());
        let error = memory("masks", usize::MAX, 100).unwrap_err().to_string();
        assert!(error.contains("at most 85899345 fit"), "{error}");
        assert!(training(&[2, 20, 2], 7000).is_ok());
        assert!(training(&[2, usize::MAX, usize::MAX, 2], 1).is_err());
        assert!(training(&[2, 20, 2], STEPS + 1).is_err());
        assert!(ensemble(20, 1000, 0).is_ok() && ensemble(20, 1, u64::MAX).is_ok());
        assert!(ensemble(30, 1, 0).is_err() && ensemble(20, 2, u64::MAX).is_err());
    }
}
