//! Logit differences as linear functions of the last hidden layer's mask.

use std::collections::BTreeMap;

use crate::{Ablation, Layer, Network, Points};

/// For every point and every class c other than its label, in ascending order of c, the numbers of
/// `z_c − z_y = consts + Σ_i b_i slopes_i`, i over the last hidden layer's nodes.
pub(crate) struct Odds {
    /// Number of nodes of the last hidden layer.
    pub n: usize,
    /// Number of classes less one.
    pub d: usize,
    /// `[M, d]`.
    pub consts: Vec<f64>,
    /// `[M, n, d]`.
    pub slopes: Vec<f64>,
    /// What an earlier node's mask value adds to the slopes: `[M, earlier nodes, n, d]`, or empty
    /// where nobody asked. Its gate gradient is the residuals' product with `Σ_i b_i tangents_i`.
    pub tangents: Vec<f64>,
}

impl Odds {
    /// Consts of point `m`, `[d]`.
    pub fn consts(&self, m: usize) -> &[f64] {
        &self.consts[m * self.d..][..self.d]
    }

    /// Slopes of point `m`, `[n, d]`.
    pub fn slopes(&self, m: usize) -> &[f64] {
        &self.slopes[m * self.n * self.d..][..self.n * self.d]
    }

    /// Tangents of point `m`, `[earlier nodes, n, d]`.
    pub fn tangents(&self, m: usize) -> &[f64] {
        let len = self.tangents.len() / self.points();
        &self.tangents[m * len..][..len]
    }

    /// Number of points.
    pub fn points(&self) -> usize {
        self.consts.len() / self.d
    }
}

/// What does not depend on the mask: the network, its first activations, its means.
pub(crate) struct Setup<'a> {
    pub network: &'a Network,
    /// The points, `[M, inputs]`.
    pub x: Vec<f64>,
    /// Classes of the points.
    pub labels: Vec<usize>,
    /// What a removed node hands on, `[N]`.
    pub means: Vec<f64>,
    /// Activations of the first hidden layer before the mask, `[M, width]`.
    pub first: Vec<f64>,
    /// Hidden widths.
    pub hidden: Vec<usize>,
}

impl<'a> Setup<'a> {
    pub fn new(network: &'a Network, points: &'a Points, ablation: Ablation) -> Self {
        let means = match ablation {
            Ablation::Zero => vec![0.0; network.n_nodes()],
            Ablation::Mean => network.mean_activations(points),
        };
        let layer = &network.layers()[0];
        let first = points.iter().flat_map(|(x, _)| network.activated(layer, x)).collect();
        let x = points.iter().flat_map(|(x, _)| x).copied().collect();
        let (labels, hidden) = (points.labels().to_vec(), network.hidden());
        Self { network, x, labels, means, first, hidden }
    }

    /// The same for those points only.
    pub fn of(&self, points: &[u32]) -> Self {
        let width = self.hidden[0];
        let row = |&m: &u32| &self.first[m as usize * width..][..width];
        let inputs = self.network.inputs();
        let x = |&m: &u32| &self.x[m as usize * inputs..][..inputs];
        Self {
            network: self.network,
            x: points.iter().flat_map(x).copied().collect(),
            labels: points.iter().map(|&m| self.labels[m as usize]).collect(),
            means: self.means.clone(),
            first: points.iter().flat_map(row).copied().collect(),
            hidden: self.hidden.clone(),
        }
    }

    /// The points by the nodes of the first layer that matter to them.
    pub fn by_pattern(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (m, h) in self.first.chunks_exact(self.hidden[0]).enumerate() {
            let matters = h.iter().zip(&self.means).map(|(h, mean)| u32::from(h != mean));
            let pattern = matters.enumerate().fold(0, |bits, (i, on)| bits | on << i);
            groups.entry(pattern).or_default().push(m as u32);
        }
        groups
    }

    /// Number of nodes before the last hidden layer.
    pub fn early(&self) -> usize {
        self.hidden[..self.hidden.len() - 1].iter().sum()
    }

    /// Width of the last hidden layer.
    pub fn last(&self) -> usize {
        self.hidden[self.hidden.len() - 1]
    }

    /// Odds under mask `early` of the nodes before the last hidden layer.
    pub fn odds(&self, early: u64) -> Odds {
        let d = self.network.classes() - 1;
        let n = self.last();
        let m = self.labels.len();
        let mut odds = Odds {
            n,
            d,
            consts: Vec::with_capacity(m * d),
            slopes: Vec::with_capacity(m * n * d),
            tangents: Vec::new(),
        };
        let width = self.hidden[0];
        for (first, &label) in self.first.chunks_exact(width).zip(&self.labels) {
            let h = self.last_activations(first, early);
            self.push(&mut odds, &h, label);
        }
        odds
    }

    /// Odds with their tangents.
    pub fn odds_with_tangents(&self, early: u64) -> Odds {
        let mut odds = self.odds(early);
        let output = &self.network.layers()[self.hidden.len()];
        let width = self.hidden[0];
        for (first, &label) in self.first.chunks_exact(width).zip(&self.labels) {
            for node in 0..self.early() {
                let tangent = self.last_tangent(first, early, node);
                for (i, t) in tangent.iter().enumerate() {
                    let others = (0..output.outputs).filter(|&c| c != label);
                    odds.tangents.extend(
                        others.map(|c| t * (output.weight(c, i) - output.weight(label, i))),
                    );
                }
            }
        }
        odds
    }

    /// Derivative of the last hidden layer's activations by the mask value of an earlier node.
    fn last_tangent(&self, first: &[f64], early: u64, node: usize) -> Vec<f64> {
        let activation = self.network.activation();
        let mut h = first.to_vec();
        let mut tangent = vec![0.0; h.len()];
        let mut start = 0;
        for layer in &self.network.layers()[1..self.hidden.len()] {
            for (k, (h, t)) in h.iter_mut().zip(&mut tangent).enumerate() {
                let on = early >> (start + k) & 1 == 1;
                *t = if on { *t } else { 0.0 };
                if start + k == node {
                    *t += *h - self.means[node];
                }
                *h = if on { *h } else { self.means[start + k] };
            }
            start += h.len();
            let z = layer.apply(&h);
            let linear = Layer { biases: vec![0.0; layer.outputs], ..layer.clone() };
            tangent = linear.apply(&tangent);
            tangent.iter_mut().zip(&z).for_each(|(t, &z)| *t *= activation.derivative(z));
            h = z.into_iter().map(|z| activation.value(z)).collect();
        }
        tangent
    }

    /// Last hidden layer's activations before the mask, under mask `early` of those before it.
    fn last_activations(&self, first: &[f64], early: u64) -> Vec<f64> {
        let mut h = first.to_vec();
        let mut node = 0;
        for layer in &self.network.layers()[1..self.hidden.len()] {
            for h in &mut h {
                if early >> node & 1 == 0 {
                    *h = self.means[node];
                }
                node += 1;
            }
            h = self.network.activated(layer, &h);
        }
        h
    }

    fn push(&self, odds: &mut Odds, h: &[f64], label: usize) {
        let output = &self.network.layers()[self.hidden.len()];
        let means = &self.means[self.early()..];
        let others = || (0..output.outputs).filter(|&c| c != label);
        for c in others() {
            let mut k = output.biases[c] - output.biases[label];
            for (i, mean) in means.iter().enumerate() {
                k += mean * (output.weight(c, i) - output.weight(label, i));
            }
            odds.consts.push(k);
        }
        for (i, (h, mean)) in h.iter().zip(means).enumerate() {
            for c in others() {
                odds.slopes.push((h - mean) * (output.weight(c, i) - output.weight(label, i)));
            }
        }
    }
}
