//! Who is handed the gate gradients, and in which layout.

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::gradient_rows::Rows;
use crate::table::Progress;

/// Rows of merged masks, 4,096 at most each, in a block that is handed on.
const ROWS_PER_BLOCK: usize = 16;
/// Pieces made before they are handed on together.
const PIECES_AT_ONCE: usize = 64;
/// Masks of a piece, as of a row: tables and blocks of fewer have all masks that there are.
pub(crate) const PIECE: usize = 4096;

/// Takes the gradients of all masks in their order.
pub(crate) trait Take {
    /// The merged rows of the masks from `first` on.
    fn rows(&mut self, first: usize, rows: &Rows, progress: &Progress) -> ControlFlow<()>;

    /// The gradients `[masks, N]` of the masks from `first` on.
    fn block(&mut self, first: usize, block: &[f32], progress: &Progress) -> ControlFlow<()>;
}

/// Blocks `[masks, N]`.
pub(crate) struct ByMask<F> {
    pub n_nodes: usize,
    pub block: F,
}

impl<F: FnMut(usize, &[f32]) -> ControlFlow<()>> Take for ByMask<F> {
    fn rows(&mut self, first: usize, rows: &Rows, progress: &Progress) -> ControlFlow<()> {
        let mut out = vec![0.0; ROWS_PER_BLOCK.min(rows.count) * rows.len * self.n_nodes];
        for start in (0..rows.count).step_by(ROWS_PER_BLOCK) {
            rows.write(start, &mut out);
            self.block(first + start * rows.len, &out, progress)?;
        }
        ControlFlow::Continue(())
    }

    fn block(&mut self, first: usize, block: &[f32], progress: &Progress) -> ControlFlow<()> {
        let masks = (block.len() / self.n_nodes) as u64;
        if !progress.is_cancelled()
            && (self.block)(first, block).is_continue()
            && progress.advance(masks)
        {
            return ControlFlow::Continue(());
        }
        progress.cancel();
        ControlFlow::Break(())
    }
}

/// Pieces `[N, masks]`, each made and turned into something on one thread.
pub(crate) struct ByNode<F, G> {
    pub n_nodes: usize,
    pub of: F,
    pub take: G,
}

impl<T: Send, F: Fn(usize, &[f32]) -> T + Sync, G: FnMut(T)> ByNode<F, G> {
    fn hand_on(&mut self, made: Vec<T>, masks: usize, progress: &Progress) -> ControlFlow<()> {
        made.into_iter().for_each(&mut self.take);
        if progress.advance(masks as u64) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

impl<T: Send, F: Fn(usize, &[f32]) -> T + Sync, G: FnMut(T)> Take for ByNode<F, G> {
    fn rows(&mut self, first: usize, rows: &Rows, progress: &Progress) -> ControlFlow<()> {
        for start in (0..rows.count).step_by(PIECES_AT_ONCE) {
            let end = rows.count.min(start + PIECES_AT_ONCE);
            let of = &self.of;
            let piece = |room: &mut _, row| of(first + row * rows.len, rows.by_node(row, room));
            let made = (start..end).into_par_iter().map_init(|| rows.room(), piece).collect();
            self.hand_on(made, (end - start) * rows.len, progress)?;
        }
        ControlFlow::Continue(())
    }

    fn block(&mut self, first: usize, block: &[f32], progress: &Progress) -> ControlFlow<()> {
        let (n, masks) = (self.n_nodes, block.len() / self.n_nodes);
        let len = masks.min(PIECE);
        let of = &self.of;
        let piece = |(k, rows): (usize, &[f32])| {
            let mut piece = vec![0.0; rows.len()];
            for (node, to) in piece.chunks_exact_mut(len).enumerate() {
                to.iter_mut().zip(rows[node..].iter().step_by(n)).for_each(|(to, g)| *to = *g);
            }
            of(first + k * len, &piece)
        };
        let made = block.par_chunks(len * n).enumerate().map(piece).collect();
        self.hand_on(made, masks, progress)
    }
}
