//! Cells: points at which every earlier layer is affine in the inputs.

use std::ops::Range;

use super::cells::Cells;
use super::odds::Setup;
use super::ratios::calm;

/// A cell of a block under one task's mask.
pub(super) struct Cell<const K: usize> {
    pub(super) points: Range<usize>,
    /// Per node before the last hidden layer, at the cell's middle: activation less its mean, and
    /// slopes; 0 where the node is not active.
    pub(super) nodes: Vec<[f64; K]>,
    /// The same in f32.
    pub(super) values: Vec<[f32; K]>,
    pub(super) active: Vec<bool>,
    /// Per row of the last hidden layer the same of its value before the ReLU, walked nodes off.
    pub(super) last: Vec<[f64; K]>,
    /// Whether all points are [`calm`].
    pub(super) calm: bool,
}

impl Cells<'_> {
    /// Points in the order of their cells under mask `early`, else as they are, and the cells with which nodes of the
    /// layers before the last hidden one are active.
    pub(super) fn sorted(
        &self,
        points: &[u32],
        early: u64,
    ) -> (Vec<u32>, Vec<(u64, Range<usize>)>) {
        let setup = self.dense.setup;
        let width = setup.hidden[0];
        let between = (1u64 << (setup.early() - width)) - 1;
        let mut x = vec![0.0; setup.network.n_nodes()];
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(points.len());
        for (k, &m) in points.iter().enumerate() {
            let mut active = first_active(setup, m as usize);
            if between > 0 {
                let region = self.backward.forward(m as usize, early as usize, &mut x);
                active |= (u64::from(region) & between) << width;
            }
            order.push((active, k as u32));
        }
        order.sort_unstable();
        let mut cells = Vec::new();
        let mut start = 0;
        for cell in order.chunk_by(|a, b| a.0 == b.0) {
            cells.push((cell[0].0, start..start + cell.len()));
            start += cell.len();
        }
        (order.into_iter().map(|(_, k)| points[k as usize]).collect(), cells)
    }

    /// A cell of points in the order of `sorted`, whose `[1, x − x̄]` are appended to `common`; `reach` is the
    /// largest logit difference that each of them can have.
    pub(super) fn cell<const K: usize>(
        &self,
        sorted: &[u32],
        points: Range<usize>,
        active: u64,
        early: u64,
        reach: &[f64],
        common: &mut Vec<[f32; K]>,
    ) -> Cell<K> {
        let setup = self.dense.setup;
        let inputs = setup.network.inputs();
        let x = |m: u32| &setup.x[m as usize * inputs..][..inputs];
        let mut middle = [0.0; K];
        middle[0] = 1.0;
        for &m in &sorted[points.clone()] {
            for (middle, x) in middle[1..].iter_mut().zip(x(m)) {
                *middle += x / points.len() as f64;
            }
        }
        for &m in &sorted[points.clone()] {
            let mut row = [1.0f32; K];
            for (k, x) in x(m).iter().enumerate() {
                row[1 + k] = (x - middle[1 + k]) as f32;
            }
            common.push(row);
        }
        let network = setup.network.layers();
        let mut given: Vec<[f64; K]> = (0..inputs)
            .map(|i| {
                let mut x = [0.0; K];
                (x[0], x[1 + i]) = (middle[1 + i], 1.0);
                x
            })
            .collect();
        let (nodes, values) = (Vec::new(), Vec::new());
        let calm = reach[points.clone()].iter().all(|&reach| calm(reach));
        let (active_nodes, last) = (Vec::new(), Vec::new());
        let mut cell = Cell { points, nodes, values, active: active_nodes, last, calm };
        for (k, layer) in network[..setup.hidden.len()].iter().enumerate() {
            let start = cell.nodes.len();
            let mut values = vec![[0.0; K]; layer.outputs];
            for (o, value) in values.iter_mut().enumerate() {
                value[0] = layer.biases[o];
                for (i, given) in given.iter().enumerate() {
                    let w = layer.weight(o, i);
                    value.iter_mut().zip(given).for_each(|(value, x)| *value += w * x);
                }
            }
            if k + 1 == setup.hidden.len() {
                cell.last = values;
                break;
            }
            for (i, value) in values.iter_mut().enumerate() {
                let node = start + i;
                let mean = setup.means[node];
                let is_active = active >> node & 1 == 1;
                if !is_active {
                    *value = [0.0; K];
                }
                let mut off = *value;
                off[0] -= mean;
                cell.nodes.push(off);
                cell.values.push(off.map(|value| value as f32));
                cell.active.push(is_active);
                if early >> node & 1 == 0 {
                    *value = [0.0; K];
                    value[0] = mean;
                }
            }
            given = values;
        }
        cell
    }
}

/// Nodes of the first layer that are active.
pub(super) fn first_active(setup: &Setup, m: usize) -> u64 {
    let width = setup.hidden[0];
    let first = &setup.first[m * width..][..width];
    first.iter().enumerate().fold(0, |bits, (i, h)| bits | u64::from(*h > 0.0) << i)
}
