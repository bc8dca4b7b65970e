//! Weights of gate gradients by bin, over all masks and within a stretch of them.

use super::curve::BINS;

/// Masks that agree on all nodes but so many low ones are a stretch.
pub const STRETCH_BITS: usize = 18;

/// Weights of a mask at p = ¼, ½ and ¾, and at ½ once more if the node is on; or sums of them. They are
/// whole numbers, so no order of adding them up matters, and up to 29 nodes none passes 2^64.
pub type Weights = [u64; 4];

/// Weights within a stretch, two in a number: those at ¾ and ½, and those at ¼ and at ½ if the node is on.
/// Half of the room for all bins is less to go through at random.
///
/// Sums over a stretch, of at most 30 nodes together, are below 2^41 at ¼ and ¾, where all of a stretch
/// weighs 4^18, and below 2^23 at ½.
pub type Packed = [u64; 2];
const AT_HALF_BITS: usize = 23;

/// A mask's weights within a stretch.
pub fn packed([low, half, high, on]: Weights) -> Packed {
    [(high << AT_HALF_BITS) | half, (low << AT_HALF_BITS) | on]
}

/// Weights of gate gradients g and of λ = g/loss, by bin.
pub struct Counts {
    n_nodes: usize,
    /// Of g, pooled over the nodes, `[BINS]`.
    gradients: Vec<Weights>,
    /// Of λᵢ, `[N, BINS]`.
    ratios: Vec<Weights>,
}

impl Counts {
    /// Nothing counted yet.
    pub fn new(n: usize) -> Self {
        Self { n_nodes: n, gradients: vec![[0; 4]; BINS], ratios: vec![[0; 4]; n * BINS] }
    }

    /// Number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// Those of g, pooled over the nodes: `[BINS]`.
    pub fn of_gradients(&self) -> &[Weights] {
        &self.gradients
    }

    /// Those of λᵢ of each node: `[BINS]`.
    pub fn of_ratios(&self) -> impl Iterator<Item = &[Weights]> + Clone {
        self.ratios.chunks(BINS)
    }

    /// With another worker's counts.
    pub fn joined(mut self, other: Self) -> Self {
        let join = |to: &mut [Weights], from: &[Weights]| {
            let weights = to.as_flattened_mut().iter_mut().zip(from.as_flattened());
            weights.for_each(|(to, from)| *to += from);
        };
        join(&mut self.gradients, &other.gradients);
        join(&mut self.ratios, &other.ratios);
        self
    }

    /// Adds what was counted of g in a stretch, which is 0 then; `others` are the weights of its masks' other
    /// nodes at p = ¼, ½ and ¾.
    pub fn add_pooled(&mut self, packed: &mut [Packed], others: [u64; 3]) {
        unpack(packed, others, &mut self.gradients);
    }

    /// The same of λᵢ.
    pub fn add_ratios(&mut self, i: usize, packed: &mut [Packed], others: [u64; 3]) {
        unpack(packed, others, &mut self.ratios[i * BINS..][..BINS]);
    }
}

fn unpack(packed: &mut [Packed], others: [u64; 3], to: &mut [Weights]) {
    for (packed, to) in packed.iter_mut().zip(to).filter(|(packed, _)| **packed != [0; 2]) {
        let [high, low] = packed.map(|packed| packed >> AT_HALF_BITS);
        let [half, on] = packed.map(|packed| packed & ((1 << AT_HALF_BITS) - 1));
        let more = [low * others[0], half * others[1], high * others[2], on * others[1]];
        to.iter_mut().zip(more).for_each(|(to, more)| *to += more);
        *packed = [0; 2];
    }
}
