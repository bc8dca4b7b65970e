//! What a network does at single points: maps over the plane.

use burn::prelude::*;
use burn::tensor::activation::{log_softmax, softmax};
use hypercube::{Ablation, Mask, Network, Points};

use crate::Mlp;
use crate::device::Compute;
use crate::mlp::{floats, host};

/// A network on a device, ready to be looked at point by point.
pub struct Pointwise<'a> {
    network: &'a Network,
    ablation: Ablation,
    evaluation: &'a Points,
    compute: &'a Compute,
}

/// Losses of single points and how each node's gate moves them.
#[derive(Clone, Debug, PartialEq)]
pub struct PointLosses {
    /// Cross-entropy at every point, in nats, `[M]`.
    pub losses: Vec<f32>,
    /// ∂(loss at the point)/∂bᵢ, row-major `[M, N]`.
    pub gradients: Vec<f32>,
}

impl<'a> Pointwise<'a> {
    /// `evaluation` are the points whose mean activations mean ablation puts in place of removed
    /// nodes; zero ablation does not use them.
    pub fn new(
        network: &'a Network,
        ablation: Ablation,
        evaluation: &'a Points,
        compute: &'a Compute,
    ) -> Self {
        Self { network, ablation, evaluation, compute }
    }

    fn mlp(&self, device: &Device) -> Mlp {
        Mlp::ablating(self.network, self.ablation, self.evaluation, device)
    }

    fn inputs(&self, points: &Points, device: &Device) -> Tensor<2> {
        floats(points.coordinates().iter().copied(), [points.len(), points.inputs()], device)
    }

    /// Probability of class 0 ("inside") at every point, `[M]`, for each mask in turn.
    pub fn probabilities(&self, points: &Points, masks: &[Mask]) -> Vec<Vec<f32>> {
        let device = &self.compute.device;
        let (mlp, x) = (self.mlp(device), self.inputs(points, device));
        let of_mask = |mask: &Mask| {
            let mask = floats(mask.values().map(f64::from), [1, mask.n_nodes()], device);
            let inside = softmax(mlp.forward(x.clone(), mask), 1).narrow(1, 0, 1);
            host(inside).into_iter().map(|p| p as f32).collect()
        };
        masks.iter().map(of_mask).collect()
    }

    /// Share of the points whose largest logit in the full network, the first of several equal ones,
    /// is the label's.
    pub fn accuracy(&self, points: &Points) -> f64 {
        let device = &self.compute.device;
        let full = Tensor::ones([1, self.network.n_nodes()], device);
        let logits = host(self.mlp(device).forward(self.inputs(points, device), full));
        let rows = logits.chunks_exact(self.network.classes());
        let largest =
            |z: &[f64]| (1..z.len()).fold(0, |best, c| if z[c] > z[best] { c } else { best });
        let right = rows.zip(points.labels()).filter(|(z, label)| largest(z) == **label);
        right.count() as f64 / points.len() as f64
    }

    /// Loss and gate gradients of the full network at every point, by one backward pass: each
    /// point is given a mask of its own, all ones.
    pub fn losses_and_gradients(&self, points: &Points) -> PointLosses {
        let device = self.compute.device.clone().autodiff();
        let (mlp, x) = (self.mlp(&device), self.inputs(points, &device));
        let masks = Tensor::<2>::ones([points.len(), self.network.n_nodes()], &device);
        let masks = masks.require_grad();
        let labels: Vec<i64> = points.labels().iter().map(|&l| l as i64).collect();
        let labels =
            Tensor::<2, Int>::from_data(TensorData::new(labels, [points.len(), 1]), &device);
        let losses = log_softmax(mlp.forward(x, masks.clone()), 1).gather(1, labels).neg();
        let gradients = masks.grad(&losses.clone().sum().backward()).expect("tracked");
        PointLosses {
            losses: losses.into_data().iter::<f32>().collect(),
            gradients: gradients.into_data().iter::<f32>().collect(),
        }
    }
}
