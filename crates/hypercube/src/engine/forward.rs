//! What the earlier layers hand to the last hidden one, with points along the lanes.

use super::dense::{Block, Dense};
use super::exp::exp_within;
use super::leaf::Tables;
use crate::Activation;

/// Blocks with logit differences beyond this are left to the kernels that can take them.
const LIMIT: f64 = 300.0;
/// Beyond this an exponential would leave the range of normal f64s.
const MOST: f64 = 700.0;

/// A thread's room.
#[derive(Default)]
pub(super) struct Room {
    pub(super) h: Vec<f64>,
    pub(super) z: Vec<f64>,
    /// What each walked node changes P or z by, `[walked, rows, len]`.
    pub(super) steps: Vec<f64>,
    /// P or z with the nodes from each walked one on decided, `[walked + 1, rows, len]`.
    pub(super) slots: Vec<f64>,
    /// Three numbers of each point that bound its logits.
    pub(super) bound: Vec<f64>,
    pub(super) numbers: Vec<f64>,
    pub(super) tables: Tables,
}

impl Dense<'_> {
    /// Activations of the layer before the last hidden one under mask `early`, before the mask,
    /// `[width, len]`.
    #[inline(always)]
    fn activations(&self, block: &Block, early: u64, h: &mut Vec<f64>, z: &mut Vec<f64>) {
        let setup = self.setup;
        let activation = setup.network.activation();
        h.clear();
        h.extend_from_slice(&block.first);
        let mut start = 0;
        for layer in &setup.network.layers()[1..setup.hidden.len() - 1] {
            z.clear();
            for bias in &layer.biases {
                z.resize(z.len() + block.len, *bias);
            }
            for (i, h) in h.chunks_exact(block.len).enumerate() {
                let on = early >> (start + i) & 1 == 1;
                let mean = setup.means[start + i];
                if !on && mean == 0.0 {
                    continue;
                }
                for (o, z) in z.chunks_exact_mut(block.len).enumerate() {
                    let w = layer.weight(o, i);
                    if on {
                        z.iter_mut().zip(h).for_each(|(z, h)| *z += w * h);
                    } else {
                        z.iter_mut().for_each(|z| *z += w * mean);
                    }
                }
            }
            if activation == Activation::Relu {
                z.iter_mut().for_each(|z| *z = if *z > 0.0 { *z } else { 0.0 });
            } else {
                z.iter_mut().for_each(|z| *z = activation.value(*z));
            }
            std::mem::swap(h, z);
            start += layer.inputs;
        }
    }

    /// Fills the last slot and the steps from there for a block under mask `early`, the walked nodes
    /// off. The largest logit difference that any of the masks can have; none if that is beyond
    /// what the exponentials can take.
    #[inline(always)]
    pub(super) fn prepare(&self, block: &Block, early: u64, room: &mut Room) -> Option<f64> {
        let Room { h, z, steps, slots, bound, .. } = room;
        self.activations(block, early, h, z);
        let setup = self.setup;
        let len = block.len;
        let size = self.rows.len() * len;
        let walked = &self.nodes[self.walked.clone()];
        slots.resize((walked.len() + 1) * size, 0.0);
        steps.resize(walked.len() * size, 0.0);
        bound.clear();
        bound.resize(3 * len, 0.0);
        let (reach, bound) = bound.split_at_mut(len);
        let (high, spread) = bound.split_at_mut(len);
        reach.fill(block.constant.abs());
        let layer = &setup.network.layers()[setup.hidden.len() - 1];
        let before = setup.early() - layer.inputs;
        let activation = setup.network.activation();
        let relu = activation == Activation::Relu;
        let mut calm = true;
        for (row, node) in self.rows.iter().enumerate() {
            let base = &mut slots[walked.len() * size + row * len..][..len];
            let Some(o) = *node else {
                base.fill(1.0);
                for k in 0..walked.len() {
                    steps[k * size + row * len..][..len].fill(1.0);
                }
                continue;
            };
            let (by, mean) = (block.by[row], setup.means[setup.early() + o]);
            base.fill(layer.biases[o]);
            for (i, h) in h.chunks_exact(len).enumerate() {
                let w = layer.weight(o, i);
                if early >> (before + i) & 1 == 1 {
                    base.iter_mut().zip(h).for_each(|(z, h)| *z += w * h);
                } else {
                    let off = w * setup.means[before + i];
                    base.iter_mut().for_each(|z| *z += off);
                }
            }
            high.copy_from_slice(base);
            spread.fill(0.0);
            for (k, node) in walked.iter().enumerate() {
                let (i, m) = (node - before, setup.means[*node]);
                let w = layer.weight(o, i);
                let steps = &mut steps[k * size + row * len..][..len];
                let h = &h[i * len..][..len];
                for p in 0..len {
                    let step = w * (h[p] - m);
                    high[p] += if step > 0.0 { step } else { 0.0 };
                    spread[p] += step.abs();
                    steps[p] = if relu { exp_within(by * step) } else { step };
                }
            }
            if relu {
                for p in 0..len {
                    let most = by.abs() * ((base[p] - mean).abs() + spread[p]);
                    calm &= most <= MOST;
                    let high = if high[p] > 0.0 { high[p] } else { 0.0 };
                    let (low, high) = ((by * mean).abs(), (by * (high - mean)).abs());
                    reach[p] += if low > high { low } else { high };
                    base[p] = exp_within(by * (base[p] - mean));
                }
            } else {
                // Of every activation function here |a(z)| ≤ max(1, |z|).
                for p in 0..len {
                    let most = base[p].abs() + spread[p];
                    let most = if most > 1.0 { most } else { 1.0 };
                    reach[p] += by.abs() * (most + mean.abs());
                }
            }
        }
        let mut largest = 0.0;
        for &reach in &*reach {
            // Not so of a NaN.
            calm &= reach <= LIMIT;
            largest = if reach > largest { reach } else { largest };
        }
        calm.then_some(largest)
    }

    /// `exp(v (a(z) − m))` of every row.
    #[inline(always)]
    pub(super) fn exponentials(&self, block: &Block, z: &[f64], numbers: &mut Vec<f64>) {
        let setup = self.setup;
        let activation = setup.network.activation();
        numbers.clear();
        for ((node, by), z) in self.rows.iter().zip(&block.by).zip(z.chunks_exact(block.len)) {
            match node {
                Some(o) => {
                    let mean = setup.means[setup.early() + o];
                    numbers
                        .extend(z.iter().map(|z| exp_within(by * (activation.value(*z) - mean))));
                }
                None => numbers.resize(numbers.len() + block.len, 1.0),
            }
        }
    }
}

/// Goes on to the walked nodes' mask; the slot that has what they make of P or z. Masks must come in
/// order: slot k has what the nodes from k on make of it, the last one has none of them on.
#[inline(always)]
pub(super) fn walk(
    mask: usize,
    walked: usize,
    size: usize,
    slots: &mut [f64],
    steps: &[f64],
    relu: bool,
) -> usize {
    if mask == 0 {
        return walked;
    }
    let slot = mask.trailing_zeros() as usize;
    let from = ((mask & (mask - 1)).trailing_zeros() as usize).min(walked);
    let (to, rest) = slots[slot * size..].split_at_mut(size);
    let from = &rest[(from - slot - 1) * size..][..size];
    let changed = to.iter_mut().zip(from.iter().zip(&steps[slot * size..][..size]));
    if relu {
        changed.for_each(|(to, (from, by))| *to = from * by);
    } else {
        changed.for_each(|(to, (from, by))| *to = from + by);
    }
    slot
}
