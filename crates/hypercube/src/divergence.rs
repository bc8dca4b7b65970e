//! How far every sub-network's output is from the full network's.
//!
//! With q the class probabilities of the full network at a point, p(b) those under the mask b, and y the
//! class that the full network finds most likely, `Σ_c q_c ln(q_c / p_c)` is the cross-entropy for label y
//! less `Σ_c q_c (z_c − z_y)` less the entropy of q. The middle term is linear in the last hidden layer's
//! mask: whatever is computed of cross-entropies is computed of divergences with one linear term more.

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::engine::odds::{Odds, Setup};
use crate::gradients::visit;
use crate::table::{self, Error, Options, Table};
use crate::{Ablation, Network, Points};

/// Mean Kullback–Leibler divergences of all 2^N masks from the full network, in nats: for each mask b
/// the mean over the points of `Σ_c q_c ln(q_c / p_c(b))`, where p(b) are the class probabilities
/// under the mask and q those of the full network. Circuit work calls this faithfulness; it uses no
/// label, and those of the points are not looked at.
///
/// The table is that of [`table::losses`] for the full network's likeliest classes, with one linear term
/// for every mask of the earlier layers. Its error is about 1e-15 of the cross-entropy and the logits, which
/// matters where little is left of them: near the full network, whose divergence is 0. What rounding puts
/// below 0 is 0.
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
    let target = Target::checked(network, points)?;
    let setup = Setup::new(network, &target.points, ablation);
    let (early, last) = (1usize << setup.early(), setup.last());
    table::check_memory(network.n_nodes(), (early * (last + 1)) as u64)?;
    let mut values = table::losses(network, &target.points, ablation, options)?.into_losses();
    let mut terms = vec![0.0; early * (last + 1)];
    let each = terms.par_chunks_mut(last + 1).enumerate();
    each.for_each(|(mask, term)| target.linear_term(&setup.odds(mask as u64), term));
    values.par_chunks_mut(early).enumerate().for_each(|(mask, row)| {
        for (value, term) in row.iter_mut().zip(terms.chunks_exact(last + 1)) {
            let on = (0..last).filter(|i| mask >> i & 1 == 1).map(|i| term[i]);
            *value = (*value - (term[last] + on.sum::<f64>()) - target.entropy).max(0.0);
        }
    });
    Ok(Table::from_losses(values).expect("a table of the same length"))
}

/// Gate gradients of the mean divergence from the full network of all 2^N masks, in blocks, as
/// [`visit`] gives those of the mean loss. They are off by what those of the cross-entropy are (f32), also
/// near the full network, where they are 0.
///
/// # Errors
///
/// Those of [`visit`], but for labels.
pub fn visit_gradients(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
    mut block: impl FnMut(usize, &[f32]) -> ControlFlow<()>,
) -> Result<(), Error> {
    let target = Target::checked(network, points)?;
    let setup = Setup::new(network, &target.points, ablation);
    let (early, last, n) = (setup.early(), setup.last(), network.n_nodes());
    // Of every mask of the earlier layers, by its nodes: what each of the last layer's nodes adds.
    let width = (early + 1) * last;
    table::check_memory(n, (width as u64) << early)?;
    let mut slopes = vec![0.0; width << early];
    slopes.par_chunks_mut(width).enumerate().for_each(|(mask, own)| {
        let odds = setup.odds_with_tangents(mask as u64);
        target.slopes(&odds, own);
    });
    let subtract = |mask: usize, row: &mut [f32]| {
        let own = &slopes[(mask & ((1 << early) - 1)) * width..][..width];
        let (own_early, own_last) = own.split_at(early * last);
        for (gradient, by_last) in row.iter_mut().zip(own_early.chunks_exact(last)) {
            let on = (0..last).filter(|i| mask >> (early + i) & 1 == 1).map(|i| by_last[i]);
            *gradient = (f64::from(*gradient) - on.sum::<f64>()) as f32;
        }
        for (gradient, slope) in row[early..].iter_mut().zip(own_last) {
            *gradient = (f64::from(*gradient) - slope) as f32;
        }
    };
    let mut rows = Vec::new();
    visit(network, &target.points, ablation, options, |first, of_loss| {
        rows.clear();
        rows.extend_from_slice(of_loss);
        let each = rows.par_chunks_mut(n).enumerate();
        each.for_each(|(k, row)| subtract(first + k, row));
        block(first, &rows)
    })
}

/// The mean entropy of the full network's output over the points, in nats: of a mask, the divergence and
/// this are together the cross-entropy whose labels are the full network's class probabilities.
///
/// # Panics
///
/// If the points have another width than the network's input.
pub fn output_entropy(network: &Network, points: &Points) -> f64 {
    Target::new(network, points).entropy
}

/// The full network's output in place of labels.
pub(crate) struct Target {
    /// The points, each labelled with the class that the full network finds most likely.
    pub points: Points,
    /// The probabilities of all other classes, in ascending order of the class: `[M, classes − 1]`.
    pub others: Vec<f64>,
    /// The mean entropy of the output, in nats.
    pub entropy: f64,
}

impl Target {
    pub fn new(network: &Network, points: &Points) -> Self {
        let (mut likely, mut others, mut entropies) = (Vec::new(), Vec::new(), 0.0);
        for (x, _) in points.iter() {
            let z = network.logits(x);
            let own = (0..z.len()).fold(0, |best, c| if z[c] > z[best] { c } else { best });
            let odds = (0..z.len()).filter(|&c| c != own).map(|c| (z[c] - z[own]).exp());
            let sum = 1.0 + odds.clone().sum::<f64>();
            let q: Vec<f64> = odds.map(|odds| odds / sum).collect();
            likely.push(own);
            entropies += entropy(&q);
            others.extend(q);
        }
        let points = Points::new(points.inputs(), points.coordinates().to_vec(), likely)
            .expect("the same points with other labels");
        let entropy = entropies / points.len() as f64;
        Self { points, others, entropy }
    }

    fn checked(network: &Network, points: &Points) -> Result<Self, Error> {
        if points.inputs() != network.inputs() {
            return Err(Error::Width { points: points.inputs(), network: network.inputs() });
        }
        let target = Self::new(network, points);
        table::check(network, &target.points)?;
        Ok(target)
    }

    /// The mean over the points of `Σ_c q_c (z_c − z_y)` under a mask of the earlier layers: what each
    /// node of the last hidden layer adds, and at the end what is there without any, into `[nodes + 1]`
    /// zeros.
    fn linear_term(&self, odds: &Odds, term: &mut [f64]) {
        for (m, q) in self.others.chunks_exact(odds.d).enumerate() {
            for (i, slopes) in odds.slopes(m).chunks_exact(odds.d).enumerate() {
                term[i] += dot(slopes, q);
            }
            term[odds.n] += dot(odds.consts(m), q);
        }
        term.iter_mut().for_each(|sum| *sum /= self.points.len() as f64);
    }

    /// The mean of `Σ_c q_c tangents`, `[earlier nodes, nodes]`, then that of `Σ_c q_c slopes`, `[nodes]`,
    /// into zeros.
    fn slopes(&self, odds: &Odds, sums: &mut [f64]) {
        for (m, q) in self.others.chunks_exact(odds.d).enumerate() {
            let rows = odds.tangents(m).chunks_exact(odds.d);
            let rows = rows.chain(odds.slopes(m).chunks_exact(odds.d));
            sums.iter_mut().zip(rows).for_each(|(sum, row)| *sum += dot(row, q));
        }
        sums.iter_mut().for_each(|sum| *sum /= self.points.len() as f64);
    }
}

fn dot(values: &[f64], q: &[f64]) -> f64 {
    values.iter().zip(q).map(|(v, q)| v * q).sum()
}

/// `−Σ_c q_c ln q_c`, of the probabilities of all classes but the likeliest.
fn entropy(others: &[f64]) -> f64 {
    let rest = others.iter().sum::<f64>();
    let term = |q: &f64| if *q > 0.0 { -q * q.ln() } else { 0.0 };
    others.iter().map(term).sum::<f64>() - (1.0 - rest) * (-rest).ln_1p()
}
