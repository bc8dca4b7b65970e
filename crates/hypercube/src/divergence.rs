//! How far every sub-network's output is from the full network's.

use rayon::prelude::*;

use crate::engine::odds::Setup;
use crate::table::{self, Error, Options, Table};
use crate::{Ablation, Network, Points};

/// Mean Kullback–Leibler divergences of all 2^N masks from the full network, in nats: for each mask b
/// the mean over the points of `Σ_c q_c ln(q_c / p_c(b))`, where p(b) are the class probabilities
/// under the mask and q those of the full network. Circuit work calls this faithfulness; it uses no
/// label, and those of the points are not looked at.
///
/// With y the class that the full network finds most likely, a point's divergence is its cross-entropy for
/// label y less `Σ_c q_c (z_c − z_y)` less the entropy of q, and that sum is linear in the last hidden
/// layer's mask: the table is that of [`table::losses`] with one linear term for every mask of the earlier
/// layers. Its error is about 1e-15 of the cross-entropy and the logits, which matters where little is
/// left of them: near the full network, whose divergence is 0. What rounding puts below 0 is 0.
///
/// Holds at most twice the memory of [`table::losses`].
///
/// # Errors
///
/// Those of [`table::losses`], but for labels.
pub fn divergences(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
) -> Result<Table, Error> {
    if points.inputs() != network.inputs() {
        return Err(Error::Width { points: points.inputs(), network: network.inputs() });
    }
    let (likely, of_full): (Vec<usize>, Vec<Vec<f64>>) =
        points.iter().map(|(x, _)| full_output(network, x)).unzip();
    let points = Points::new(points.inputs(), points.coordinates().to_vec(), likely)
        .expect("the same points with other labels");
    table::check(network, &points)?;
    let setup = Setup::new(network, &points, ablation);
    let (early, last) = (1usize << setup.early(), setup.last());
    table::check_memory(network.n_nodes(), (early * (last + 1)) as u64)?;
    let mut values = table::losses(network, &points, ablation, options)?.into_losses();
    let mut terms = vec![0.0; early * (last + 1)];
    let each = terms.par_chunks_mut(last + 1).enumerate();
    each.for_each(|(mask, term)| linear_term(&setup, &of_full, mask as u64, term));
    let entropy = of_full.iter().map(|q| entropy(q)).sum::<f64>() / points.len() as f64;
    values.par_chunks_mut(early).enumerate().for_each(|(mask, row)| {
        for (value, term) in row.iter_mut().zip(terms.chunks_exact(last + 1)) {
            let on = (0..last).filter(|i| mask >> i & 1 == 1).map(|i| term[i]);
            *value = (*value - (term[last] + on.sum::<f64>()) - entropy).max(0.0);
        }
    });
    Ok(Table::from_losses(values).expect("a table of the same length"))
}

/// The full network's most likely class, and the probabilities of all others in ascending order.
fn full_output(network: &Network, x: &[f64]) -> (usize, Vec<f64>) {
    let (last, hidden) = network.layers().split_last().expect("a network has layers");
    let h = hidden.iter().fold(x.to_vec(), |h, layer| network.activated(layer, &h));
    let z = last.apply(&h);
    let likely = (0..z.len()).fold(0, |best, c| if z[c] > z[best] { c } else { best });
    let others = (0..z.len()).filter(|&c| c != likely);
    let odds: Vec<f64> = others.map(|c| (z[c] - z[likely]).exp()).collect();
    let sum = 1.0 + odds.iter().sum::<f64>();
    (likely, odds.into_iter().map(|odds| odds / sum).collect())
}

/// `−Σ_c q_c ln q_c`, of the probabilities of all classes but the likeliest.
fn entropy(others: &[f64]) -> f64 {
    let rest = others.iter().sum::<f64>();
    let term = |q: &f64| if *q > 0.0 { -q * q.ln() } else { 0.0 };
    others.iter().map(term).sum::<f64>() - (1.0 - rest) * (-rest).ln_1p()
}

/// The mean over the points of `Σ_c q_c (z_c − z_y)` under a mask of the earlier layers: what each node
/// of the last hidden layer adds, and at the end what is there without any, into `[nodes + 1]` zeros.
fn linear_term(setup: &Setup, of_full: &[Vec<f64>], early: u64, term: &mut [f64]) {
    let odds = setup.odds(early);
    for (m, q) in of_full.iter().enumerate() {
        let weighted = |values: &[f64]| values.iter().zip(q).map(|(v, q)| v * q).sum::<f64>();
        for (i, slopes) in odds.slopes(m).chunks_exact(odds.d).enumerate() {
            term[i] += weighted(slopes);
        }
        term[odds.n] += weighted(odds.consts(m));
    }
    term.iter_mut().for_each(|sum| *sum /= of_full.len() as f64);
}
