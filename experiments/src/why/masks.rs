//! Networks under masks: margins of sampled ones, and what follows from a table of all.

use anyhow::Result;
use hypercube::table::{Options, log_loss, losses};
use hypercube::walsh::Spectrum;
use hypercube::{Ablation, Mask, Network, Points};

/// The losses of all masks, removed nodes being 0.
pub fn table(network: &Network, points: &Points) -> Result<Vec<f64>> {
    Ok(losses(network, points, Ablation::Zero, &Options::default())?.into_losses())
}

/// Natural logarithms of losses.
pub fn logarithms(losses: &[f64]) -> Vec<f64> {
    losses.iter().map(|&loss| log_loss(loss)).collect()
}

/// Correlation over all masks of f(b) with f(b ⊕ flipped); NaN if f is constant.
pub fn flipped_correlation(values: &[f64], flipped: usize) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let (mut product, mut square) = (0.0, 0.0);
    for (mask, value) in values.iter().enumerate() {
        let d = value - mean;
        product += d * (values[mask ^ flipped] - mean);
        square += d * d;
    }
    if square > 1e-24 * (1.0 + mean * mean) * values.len() as f64 {
        product / square
    } else {
        f64::NAN
    }
}

/// Correlation with the reversal.
pub fn reversal(values: &[f64]) -> f64 {
    flipped_correlation(values, values.len() - 1)
}

/// Share of the variance over masks that single nodes make, W¹ of the sum of all.
pub fn first_degree(values: &[f64]) -> f64 {
    let weights = Spectrum::new(values.to_vec()).level_weights();
    weights[1] / weights[1..].iter().sum::<f64>()
}

/// Random masks and their reversals, each node on with probability ½: `pairs` of both.
pub fn mask_pairs(n_nodes: usize, pairs: usize, seed: u64) -> Vec<Mask> {
    let both = |k: usize| {
        let mask = Mask::random(n_nodes, 0.5, seed, k as u64);
        [mask.reversal(), mask]
    };
    (0..pairs).flat_map(both).collect()
}

/// z₁ − z₀ under every mask at every point, `[masks, M]`, removed nodes being 0. Two classes.
pub fn differences(network: &Network, points: &Points, masks: &[Mask]) -> Vec<f64> {
    let layers = network.layers();
    let (first, last) = (&layers[0], &layers[layers.len() - 1]);
    // A mask does not change what the first layer's nodes see.
    let firsts: Vec<Vec<f64>> = points.iter().map(|(x, _)| network.activated(first, x)).collect();
    let mut all = Vec::with_capacity(masks.len() * points.len());
    for mask in masks {
        for h in &firsts {
            let mut h = h.clone();
            let mut node = 0;
            let mut gate = |h: &mut Vec<f64>| {
                for h in h {
                    *h = if mask.is_on(node) { *h } else { 0.0 };
                    node += 1;
                }
            };
            gate(&mut h);
            for layer in &layers[1..layers.len() - 1] {
                h = network.activated(layer, &h);
                gate(&mut h);
            }
            let terms = h.iter().enumerate();
            let sum: f64 = terms.map(|(i, h)| (last.weight(1, i) - last.weight(0, i)) * h).sum();
            all.push(last.biases[1] - last.biases[0] + sum);
        }
    }
    all
}

/// By how much z₁ − z₀ makes a point wrong: turned where the label is 1.
pub fn sign(label: usize) -> f64 {
    if label == 1 { -1.0 } else { 1.0 }
}

/// ln(1 + eˢ).
pub fn softplus(s: f64) -> f64 {
    s.max(0.0) + (-s.abs()).exp().ln_1p()
}

/// Where the output bias would have to be for the mean loss over random masks to be least, and in which
/// unit that is told.
#[derive(Clone, Copy, Debug)]
pub struct Centre {
    /// What z₁ − z₀ would have to be raised by.
    pub shift: f64,
    /// Root mean square over points of the standard deviation of z₁ − z₀ over masks.
    pub sd: f64,
}

/// Masks with their reversals that a centre is found from.
const PAIRS: usize = 256;

impl Centre {
    /// Of random masks with their reversals.
    pub fn find(network: &Network, points: &Points, seed: u64) -> Self {
        let masks = mask_pairs(network.n_nodes(), PAIRS, seed);
        let z = differences(network, points, &masks);
        let m = points.len();
        let variance = |x: usize| {
            let own = || z.iter().skip(x).step_by(m);
            let mean = own().sum::<f64>() / masks.len() as f64;
            own().map(|z| (z - mean).powi(2)).sum::<f64>() / masks.len() as f64
        };
        let sd = ((0..m).map(variance).sum::<f64>() / m as f64).sqrt();
        Self { shift: best_shift(&z, points.labels()), sd }
    }

    /// How far the network's own bias lies from the best one, in standard deviations.
    pub fn offset(&self) -> f64 {
        -self.shift / self.sd
    }

    /// The network with its bias so many standard deviations above the best one.
    pub fn shifted(&self, network: &Network, offset: f64) -> Network {
        raised(network, self.shift + offset * self.sd)
    }
}

/// The network with z₁ − z₀ raised by `shift` at every point and mask.
pub fn raised(network: &Network, shift: f64) -> Network {
    let mut layers = network.layers().to_vec();
    if let Some(last) = layers.last_mut() {
        last.biases[1] += shift;
    }
    let shifted = Network::new(layers).expect("a finite shift leaves a network as it is");
    shifted.with_activation(network.activation())
}

/// The d that makes the mean of softplus(±(z + d)) least, `z` being `[masks, M]`: by halving, since its
/// derivative rises from the share of one label below 0 to that of the other above.
fn best_shift(z: &[f64], labels: &[usize]) -> f64 {
    let slope = |d: f64| {
        let rows = z.chunks_exact(labels.len());
        let of = |(z, &label): (&f64, &usize)| {
            let y = sign(label);
            y / (1.0 + (-y * (z + d)).exp())
        };
        rows.map(|row| row.iter().zip(labels).map(of).sum::<f64>()).sum::<f64>()
    };
    let mut most = 1.0;
    while (slope(-most) >= 0.0 || slope(most) <= 0.0) && most < 1e6 {
        most *= 2.0;
    }
    let (mut low, mut high) = (-most, most);
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use hypercube::biased::SizeSums;
    use hypercube::data::Data;
    use hypercube::reference::evaluate;
    use hypercube::values;
    use hypercube::walsh::reversal_correlation;
    use model::MlpConfig;

    use super::*;

    fn network(hidden: &[usize]) -> (Network, Points) {
        let config = MlpConfig::new().with_sizes([&[2], hidden, &[2]].concat());
        (config.network(3), Data::default().evaluation_points(60, 3))
    }

    #[test]
    fn differences_give_the_losses_of_the_reference() {
        let (network, points) = network(&[4, 3, 2]);
        let masks = mask_pairs(9, 3, 1);
        let z = differences(&network, &points, &masks);
        for (mask, z) in masks.iter().zip(z.chunks_exact(points.len())) {
            let losses = z.iter().zip(points.labels()).map(|(z, &y)| softplus(sign(y) * z));
            let values: Vec<f64> = mask.values().map(f64::from).collect();
            let expected = evaluate(&network, &points, Ablation::Zero, &values).loss;
            assert!((losses.sum::<f64>() / points.len() as f64 - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_reversal_correlation_is_that_of_the_spectrum() {
        let (network, points) = network(&[5, 4]);
        let values = logarithms(&table(&network, &points).unwrap());
        let weights = Spectrum::new(values.clone()).level_weights();
        assert!((reversal(&values) - reversal_correlation(&weights)).abs() < 1e-12);
        // W¹ is a quarter of the sum of the squared Banzhaf values.
        let banzhaf = values::banzhaf(&SizeSums::new(&values));
        let first = banzhaf.iter().map(|value| 0.25 * value * value).sum::<f64>();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / values.len() as f64;
        assert!((first_degree(&values) - first / variance).abs() < 1e-12);
        assert!((flipped_correlation(&values, 0) - 1.0).abs() < 1e-12, "nothing flipped");
        assert!(reversal(&[2.0; 8]).is_nan());
    }

    #[test]
    fn at_the_centre_the_mean_loss_is_least() {
        let (network, points) = network(&[6, 3]);
        let centre = Centre::find(&network, &points, 7);
        let mean = |offset: f64| {
            let losses = table(&centre.shifted(&network, offset), &points).unwrap();
            losses.iter().sum::<f64>() / losses.len() as f64
        };
        // Found from a sample of the 512 masks, so that it is near the best of all of them.
        let least = mean(0.0);
        assert!(least < mean(-0.3) && least < mean(0.3) && least <= mean(centre.offset()));
        let own = table(&network, &points).unwrap();
        let again = table(&centre.shifted(&network, centre.offset()), &points).unwrap();
        assert!(own.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-12), "its own bias");
    }
}
