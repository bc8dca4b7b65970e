//! Observations 13 and 14: what the full network's nodes do, and where its loss and gradients sit.

use std::f64::consts::TAU;

use hypercube::reference::PointEvaluation;
use hypercube::{Network, Points};
use stats::Moments;

/// A node is called a bias node if its activation varies over the evaluation points by less than
/// this share of its mean, in size (its coefficient of variation): to the network it is then nearly a
/// constant. A node that cuts the points has a coefficient well above, since it is 0 on some.
pub const BIAS_VARIATION: f64 = 0.5;

/// Points nearer to the circle than this are near it.
const NEAR: f64 = 0.1;

/// Points of the circle at which a node has to be active to be active all round.
const ANGLES: usize = 360;

/// What kind of node it is in the full network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nearly constant over the points.
    Bias,
    /// Neither.
    Slicing,
    /// 0 on all points.
    Dead,
}

impl Kind {
    /// The kind's name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bias => "bias",
            Self::Slicing => "slicing",
            Self::Dead => "dead",
        }
    }
}

/// A node's activation over the evaluation points in the full network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    pub kind: Kind,
    /// Share of the points on which it is above 0.
    pub active_share: f64,
    pub mean: f64,
    /// Standard deviation (ddof 1).
    pub sd: f64,
}

/// Activity of every node, `[N]`.
pub fn activities(network: &Network, points: &Points) -> Vec<Activity> {
    let activations = network.activations(points);
    let n = network.n_nodes();
    let of = |node: usize| {
        let own: Vec<f64> = activations.iter().skip(node).step_by(n).copied().collect();
        let moments = Moments::new(&own);
        let active = own.iter().filter(|h| **h > 0.0).count();
        let kind = if own.iter().all(|h| *h == 0.0) {
            Kind::Dead
        } else if moments.sd < BIAS_VARIATION * moments.mean.abs() {
            Kind::Bias
        } else {
            Kind::Slicing
        };
        let active_share = active as f64 / own.len() as f64;
        Activity { kind, active_share, mean: moments.mean, sd: moments.sd }
    };
    (0..n).map(of).collect()
}

/// Share of the nodes that are of a kind.
pub fn share(activities: &[Activity], kind: Kind) -> f64 {
    activities.iter().filter(|a| a.kind == kind).count() as f64 / activities.len() as f64
}

/// Number of nodes whose activation varies over the points by less than a share of its mean.
pub fn constant(activities: &[Activity], variation: f64) -> usize {
    activities.iter().filter(|a| a.mean > 0.0 && a.sd < variation * a.mean).count()
}

/// Number of nodes that are active all round a circle about the origin: those whose gradient map
/// shows a full ring, for elsewhere on the circle the gradient is 0.
pub fn rings(network: &Network, radius: f64) -> usize {
    let at = |k: usize| TAU * k as f64 / ANGLES as f64;
    let points = (0..ANGLES).flat_map(|k| [radius * at(k).cos(), radius * at(k).sin()]);
    let circle = Points::new(2, points.collect(), vec![0; ANGLES]).expect("coordinates are finite");
    let activations = network.activations(&circle);
    let n = network.n_nodes();
    let all_round = |node: &usize| activations.iter().skip(*node).step_by(n).all(|&h| h > 0.0);
    (0..n).filter(all_round).count()
}

/// What part of the whole the points near the circle make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearCircle {
    pub points: f64,
    pub loss: f64,
    /// Of Σ_points Σᵢ |∂(loss at the point)/∂bᵢ|.
    pub gradient: f64,
}

impl NearCircle {
    /// From the evaluations of single points by the full network.
    pub fn new(points: &Points, evaluations: &[PointEvaluation], radius: f64) -> Self {
        let (mut near, mut all) = ([0.0; 3], [0.0; 3]);
        for ((x, _), evaluation) in points.iter().zip(evaluations) {
            let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
            let gradient = evaluation.gradient.iter().map(|g| g.abs()).sum::<f64>();
            for (k, term) in [1.0, evaluation.loss, gradient].into_iter().enumerate() {
                all[k] += term;
                near[k] += if (norm - radius).abs() < NEAR { term } else { 0.0 };
            }
        }
        let [points, loss, gradient] = std::array::from_fn(|k| near[k] / all[k]);
        Self { points, loss, gradient }
    }
}
