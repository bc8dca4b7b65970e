//! The gate gradients of every sub-network.
//!
//! A node's gate is its mask value bᵢ, which multiplies its activation; its gate gradient is the
//! derivative of the mean loss by bᵢ, taken at a 0/1 mask. It exists for nodes that are off as
//! well.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::engine::backward::Backward;
use crate::engine::cells::{Cells, Rooms};
use crate::engine::odds::Setup;
use crate::engine::residual::{Source, gradients};
use crate::engine::simd::SimdLevel;
use crate::engine::solve::Problem;
use crate::engine::tiles::Slab;
use crate::gradient_blocks::{ByMask, ByNode, Take};
use crate::gradient_rows::Rows;
use crate::table::{Error, Options, Progress, check, check_time, free_memory};
use crate::{Ablation, Activation, Network, Points};

pub use crate::gradient_sums::GradientSums;

/// Numbers held at once: 64 MB as f32.
const MOST_NUMBERS: u64 = 1 << 24;

/// With several hidden layers of ReLUs, up to this many nodes in the last one every mask is passed back
/// through the network; beyond it, few of the last layer's nodes matter at any one point, and going
/// through the masks of those alone is less work.
const BACKWARD_LAST: usize = 12;

/// Numbers of all groups' tables that are held where gradients are taken cell by cell: 512 MB.
const MOST_CELLS: u64 = 1 << 27;

/// Gate gradients of all 2^N masks, in blocks in the order of the masks.
///
/// `block` is called with the first mask of the block and the block's gradients, row-major
/// `[masks, N]`: ∂(mean loss)/∂bᵢ in nats per unit of mask value, for the masks from the first one
/// on without a gap. Put one after the other, the blocks make an array of `[2^N, N]`.
/// [`ControlFlow::Break`] from `block` stops.
///
/// Computed in f32, to about 1e-5 of a mask's largest gradient, and where the points' terms all but
/// cancel, to about 1e-6 of their mean size; the result does not depend on the
/// number of threads. At most some 600 MB are
/// held at once, unless many nodes stand before the last of several hidden layers: with E of those
/// and L ≤ 12 in the last, a block holds at least 2^(E + min(L, 5)) masks, 4 N bytes each.
///
/// # Errors
///
/// [`Error::Width`], [`Error::Label`], [`Error::TooManyNodes`] and [`Error::Time`] as
/// [`crate::table::losses`]; [`Error::GradientMemory`] if blocks with many nodes before the last
/// hidden layer do not fit the free memory; [`Error::Cancelled`] if cancelled or if `block` broke
/// off.
pub fn visit(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
    block: impl FnMut(usize, &[f32]) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut to = ByMask { n_nodes: network.n_nodes(), block };
    run(network, points, ablation, options, &mut to)
}

/// The same gradients in pieces `[N, masks]`, node by node, of 4,096 masks in a row, or of all if there are
/// fewer: `of` is called with a piece's first mask and its gradients, on several threads at once, and `take`
/// with what it makes of them, in the order of the masks.
///
/// # Errors
///
/// As [`visit`].
pub fn visit_by_node<T: Send>(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
    of: impl Fn(usize, &[f32]) -> T + Sync,
    take: impl FnMut(T),
) -> Result<(), Error> {
    let mut to = ByNode { n_nodes: network.n_nodes(), of, take };
    run(network, points, ablation, options, &mut to)
}

fn run(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
    to: &mut impl Take,
) -> Result<(), Error> {
    check(network, points)?;
    let fresh = Progress::default();
    let progress = options.progress.unwrap_or(&fresh);
    progress.start(1 << network.n_nodes());
    let setup = Setup::new(network, points, ablation);
    let n_nodes = network.n_nodes();
    if let Some(groups) = cell_groups(&setup) {
        return cells(&setup, groups, options.simd, progress, to);
    }
    // Only of ReLU networks do many points share what a node hands back.
    let relu = network.activation() == Activation::Relu;
    if relu && setup.early() > 0 && setup.last() <= BACKWARD_LAST {
        return backward(&setup, options.simd, progress, to);
    }
    let full = Problem::new(setup.odds_with_tangents((1 << setup.early()) - 1));
    let work = if setup.early() == 0 {
        full.work()
    } else {
        points.len() as f64 * (n_nodes as f64).exp2() * (1.0 + setup.early() as f64)
    };
    check_time(n_nodes, points.len(), work * (1.0 + n_nodes as f64 / 8.0))?;
    let bits = slab_bits(&full, setup.early());
    for index in 0..1u32 << (setup.last() - bits) {
        let slab = Slab { bits, index };
        let flow = if setup.early() == 0 {
            shallow(&full, slab, options.simd, progress, to)
        } else {
            deep(&setup, slab, options.simd, progress, to)
        };
        if flow.is_break() {
            return Err(Error::Cancelled);
        }
    }
    Ok(())
}

/// Points by the nodes of the first layer that matter to them, all nodes in between added, where
/// the gradients of these groups can be taken cell by cell and held; all points together where the
/// groups' tables would be too many.
fn cell_groups(setup: &Setup) -> Option<BTreeMap<u32, Vec<u32>>> {
    let (early, width) = (setup.early(), setup.hidden[0]);
    if !Cells::suits(setup) || setup.network.n_nodes() > 31 {
        return None;
    }
    let between = ((1u64 << early) - (1u64 << width)) as u32;
    let groups = setup.by_pattern();
    let groups: BTreeMap<u32, Vec<u32>> =
        groups.into_iter().map(|(pattern, points)| (pattern | between, points)).collect();
    if groups.keys().map(|&pattern| Cells::numbers(setup, pattern)).sum::<u64>() <= MOST_CELLS {
        return Some(groups);
    }
    let all = ((1u64 << early) - 1) as u32;
    let points = (0..setup.labels.len() as u32).collect();
    (Cells::numbers(setup, all) <= MOST_CELLS).then(|| BTreeMap::from([(all, points)]))
}

/// Several hidden layers, cell by cell.
fn cells(
    setup: &Setup,
    groups: BTreeMap<u32, Vec<u32>>,
    simd: SimdLevel,
    progress: &Progress,
    to: &mut impl Take,
) -> Result<(), Error> {
    let n = setup.network.n_nodes();
    let work = setup.labels.len() as f64 * (n as f64).exp2();
    check_time(n, setup.labels.len(), work * (1.0 + n as f64 / 8.0))?;
    let numbers: u64 = groups.keys().map(|&pattern| Cells::numbers(setup, pattern)).sum();
    check_gradient_memory(setup, 4.0 * numbers as f64)?;
    let solve = |rooms: &mut Rooms, (pattern, points): (&u32, &Vec<u32>)| {
        let setup = setup.of(points);
        Cells::new(&setup, *pattern, simd).solve(rooms, &|| !progress.is_cancelled())
    };
    let sources: Vec<Source> = groups.par_iter().map_init(Rooms::default, solve).collect();
    let last = ((1u64 << n) - (1u64 << setup.early())) as u32;
    let patterns: Vec<u32> = groups.keys().map(|pattern| pattern | last).collect();
    let rows = Rows::of(&patterns, &sources, n, n, setup.labels.len());
    if to.rows(0, &rows, progress).is_break() {
        return Err(Error::Cancelled);
    }
    Ok(())
}

/// Several hidden layers of which the last is not wide.
fn backward(
    setup: &Setup,
    simd: SimdLevel,
    progress: &Progress,
    to: &mut impl Take,
) -> Result<(), Error> {
    let (n_nodes, points) = (setup.network.n_nodes(), setup.labels.len());
    let work = points as f64 * (n_nodes as f64).exp2() * (1.0 + n_nodes as f64 / 8.0);
    check_time(n_nodes, points, work)?;
    check_gradient_memory(setup, Backward::bytes(setup))?;
    let all = Backward::new(setup);
    let bits = Backward::slab_bits(setup);
    for index in 0..1usize << (setup.last() - bits) {
        let rows = all.slab(index, simd, &|| !progress.is_cancelled());
        if to.block(index << (bits + setup.early()), &rows, progress).is_break() {
            return Err(Error::Cancelled);
        }
    }
    Ok(())
}

/// Whether this many bytes are free.
fn check_gradient_memory(setup: &Setup, needed: f64) -> Result<(), Error> {
    const GIB: f64 = (1u64 << 30) as f64;
    match free_memory() {
        Some(free) if needed > free => Err(Error::GradientMemory {
            n_nodes: setup.network.n_nodes(),
            early: setup.early(),
            needed_gib: needed / GIB,
            free_gib: free / GIB,
        }),
        _ => Ok(()),
    }
}

/// Nodes of the widest slab whose groups' tables, and whose rows under every mask of `early`
/// earlier nodes, are few enough to hold.
fn slab_bits(problem: &Problem, early: usize) -> usize {
    let n = problem.odds.n;
    let fits = |&bits: &usize| {
        let inner = ((1u64 << bits) - 1) as u32;
        let tables = problem.groups.iter().map(|g| {
            let nodes = u64::from(g.pattern.count_ones()) + early as u64;
            nodes << (g.pattern & inner).count_ones()
        });
        let rows = if early == 0 { 0 } else { ((n + early) as u64) << (bits + early) };
        tables.sum::<u64>() <= MOST_NUMBERS && rows <= MOST_NUMBERS
    };
    (0..=n).rev().find(fits).unwrap_or(0)
}

/// One hidden layer: the groups' tables are made once per slab, then merged block by block.
fn shallow(
    problem: &Problem,
    slab: Slab,
    simd: SimdLevel,
    progress: &Progress,
    to: &mut impl Take,
) -> ControlFlow<()> {
    let sources = sources(problem, slab, 0, simd);
    let rows = Rows::new(problem, &sources, slab, 0);
    to.rows((slab.index as usize) << slab.bits, &rows, progress)
}

/// Several hidden layers: every mask of the earlier ones, for the slab's masks of the last.
fn deep(
    setup: &Setup,
    slab: Slab,
    simd: SimdLevel,
    progress: &Progress,
    to: &mut impl Take,
) -> ControlFlow<()> {
    let (early, n) = (setup.early(), setup.network.n_nodes());
    let masks = 1usize << early;
    let mut out = vec![0.0f32; n << (slab.bits + early)];
    let chunk = masks.min(64);
    for start in (0..masks).step_by(chunk) {
        if progress.is_cancelled() {
            return ControlFlow::Break(());
        }
        let solved: Vec<Vec<f32>> = (start..start + chunk)
            .into_par_iter()
            .map(|mask| {
                let problem = Problem::new(setup.odds_with_tangents(mask as u64));
                let sources = sources(&problem, slab, early, simd);
                let rows = Rows::new(&problem, &sources, slab, early);
                let mut out = vec![0.0; n << slab.bits];
                rows.write(0, &mut out);
                out
            })
            .collect();
        out.par_chunks_mut(n * masks).enumerate().for_each(|(last, out)| {
            for (to, solved) in out[start * n..].chunks_exact_mut(n).zip(&solved) {
                to.copy_from_slice(&solved[last * n..][..n]);
            }
        });
    }
    to.block((slab.index as usize) << (slab.bits + early), &out, progress)
}

fn sources(problem: &Problem, slab: Slab, early: usize, simd: SimdLevel) -> Vec<Source> {
    problem.groups.par_iter().map(|g| gradients(&problem.odds, g, slab, early, simd)).collect()
}

/// The sums of [`GradientSums`] over all 2^N masks, by [`visit`], without storing a gradient.
///
/// # Errors
///
/// As [`visit`].
pub fn sums(
    network: &Network,
    points: &Points,
    ablation: Ablation,
    options: &Options,
) -> Result<GradientSums, Error> {
    let mut sums = GradientSums::new(network.n_nodes());
    let n_nodes = network.n_nodes();
    let of = |first: usize, piece: &[f32]| GradientSums::of(n_nodes, first, piece);
    visit_by_node(network, points, ablation, options, of, |part| sums.join(&part))?;
    Ok(sums)
}
