//! The slow, obvious evaluation of one mask in f64, which everything faster is tested against. It
//! also takes what no table holds: mask values between 0 and 1, accuracies, single points.

use crate::{Ablation, Network, Points};

/// Mean loss of one mask and its gate gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy over the points, in nats.
    pub loss: f64,
    /// Share of the points whose largest logit (the first of several equal ones) is the label's.
    pub accuracy: f64,
    /// ∂loss/∂bᵢ for every node, on or off, `[N]`: in nats per unit of mask value.
    pub gradient: Vec<f64>,
}

/// Mean loss, accuracy and gate gradients of one mask, `[N]` values of any size: 0 for off, 1 for
/// on.
///
/// With hidden layers `z_k = W_k g_{k−1} + c_k`, `h_k = a(z_k)`, `a` the network's activation function, the mask enters as
/// `g_k = b_k h_k + (1 − b_k) m_k`, where `m` is 0 under zero ablation and the mean activation of
/// the full network under mean ablation. The loss is the mean over the points, of label y, of
/// `ln Σ_c exp(z_c − z_y)`; its gradient comes from plain backpropagation.
///
/// # Panics
///
/// If the mask does not have N values, the points another width than the network's input, or a
/// label is not a class of the network.
pub fn evaluate(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    mask: &[f64],
) -> Evaluation {
    mean(network, &pointwise(network, points, ablation, mask))
}

/// Loss of one mask at one point and its gate gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct PointEvaluation {
    /// Cross-entropy at the point, in nats.
    pub loss: f64,
    /// Whether the largest logit (the first of several equal ones) is the label's.
    pub correct: bool,
    /// ∂(loss at the point)/∂bᵢ for every node, `[N]`: in nats per unit of mask value.
    pub gradient: Vec<f64>,
}

/// What [`evaluate`] is the mean of, point by point: `[M]`, in the order of the points.
///
/// # Panics
///
/// As [`evaluate`].
pub fn pointwise(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    mask: &[f64],
) -> Vec<PointEvaluation> {
    each_point(network, points, ablation, mask, |m, z| cross_entropy(z, points.labels()[m]))
}

/// Mean Kullback–Leibler divergence of one mask from the full network, its accuracy and gate gradients:
/// [`evaluate`] with `Σ_c q_c ln(q_c / p_c)` in place of each point's cross-entropy, where p are the class
/// probabilities under the mask and q those of the full network (see [`fn@crate::divergences`]).
///
/// # Panics
///
/// As [`evaluate`].
pub fn divergence(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    mask: &[f64],
) -> Evaluation {
    let full: Vec<Vec<f64>> = points.iter().map(|(x, _)| logarithms(&network.logits(x))).collect();
    let from_full = |m: usize, z: &[f64]| {
        let (p, q) = (logarithms(z), &full[m]);
        let terms = q.iter().zip(&p).map(|(q, p)| q.exp() * (q - p));
        let divergence = terms.sum::<f64>().max(0.0);
        (divergence, p.iter().zip(q).map(|(p, q)| p.exp() - q.exp()).collect())
    };
    mean(network, &each_point(network, points, ablation, mask, from_full))
}

/// The means over points.
fn mean(network: &Network, each: &[PointEvaluation]) -> Evaluation {
    let m = each.len() as f64;
    let gradient = |i: usize| each.iter().map(|e| e.gradient[i]).sum::<f64>() / m;
    Evaluation {
        loss: each.iter().map(|e| e.loss).sum::<f64>() / m,
        accuracy: each.iter().filter(|e| e.correct).count() as f64 / m,
        gradient: (0..network.n_nodes()).map(gradient).collect(),
    }
}

/// The logarithms of the class probabilities.
fn logarithms(logits: &[f64]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = max + logits.iter().map(|z| (z - max).exp()).sum::<f64>().ln();
    logits.iter().map(|z| z - sum).collect()
}

/// The cross-entropy of logits, and its derivatives by them.
fn cross_entropy(logits: &[f64], label: usize) -> (f64, Vec<f64>) {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Of the other classes alone, so that a loss far below 1 keeps its digits.
    let wrong = (0..logits.len()).filter(|&c| c != label);
    let others: f64 = wrong.map(|c| (logits[c] - max).exp()).sum();
    let own = (logits[label] - max).exp();
    let loss =
        if own == 1.0 { others.ln_1p() } else { (max - logits[label]) + (others + own).ln() };
    let sum = others + own;
    let mut slopes: Vec<f64> = logits.iter().map(|z| (z - max).exp() / sum).collect();
    slopes[label] = -others / sum;
    (loss, slopes)
}

/// One mask at every point; `loss` gives a point's loss and its derivatives by the logits.
fn each_point(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    mask: &[f64],
    loss: impl Fn(usize, &[f64]) -> (f64, Vec<f64>),
) -> Vec<PointEvaluation> {
    assert_eq!(mask.len(), network.n_nodes(), "one mask value per node");
    let means = match ablation {
        Ablation::Zero => vec![0.0; network.n_nodes()],
        Ablation::Mean => network.mean_activations(points),
    };
    let activation = network.activation();
    let (hidden, last) = network.layers().split_at(network.layers().len() - 1);
    let at_point = |(m, (x, label)): (usize, (&[f64], usize))| {
        // Forward: activations before the mask with their derivatives, and what each layer hands on
        // after it.
        let (mut activations, mut slopes, mut given) = (Vec::new(), Vec::new(), x.to_vec());
        for layer in hidden {
            let start = activations.len();
            let z = layer.apply(&given);
            activations.extend(z.iter().map(|&z| activation.value(z)));
            slopes.extend(z.into_iter().map(|z| activation.derivative(z)));
            given = (start..activations.len())
                .map(|i| mask[i] * activations[i] + (1.0 - mask[i]) * means[i])
                .collect();
        }
        let logits = last[0].apply(&given);
        let best = (0..logits.len()).fold(0, |b, c| if logits[c] > logits[b] { c } else { b });

        // Backward: `upstream` is ∂loss/∂(outputs of the layer above).
        let (loss, mut upstream) = loss(m, &logits);
        let mut gradient = vec![0.0; network.n_nodes()];
        let mut end = activations.len();
        for k in (0..hidden.len()).rev() {
            let above = &network.layers()[k + 1];
            let start = end - above.inputs;
            let down: Vec<f64> = (0..above.inputs)
                .map(|i| (0..above.outputs).map(|o| upstream[o] * above.weight(o, i)).sum())
                .collect();
            for i in start..end {
                gradient[i] = down[i - start] * (activations[i] - means[i]);
            }
            upstream = (start..end)
                .map(|i| if slopes[i] == 0.0 { 0.0 } else { down[i - start] * mask[i] * slopes[i] })
                .collect();
            end = start;
        }
        PointEvaluation { loss, correct: best == label, gradient }
    };
    points.iter().enumerate().map(at_point).collect()
}
