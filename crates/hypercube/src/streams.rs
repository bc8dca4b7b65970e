//! Random streams that do not depend on the order in which they are drawn from.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a stream is for. Streams of different purposes have different keys, so that drawing more of
/// one thing changes nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// The initial weights of a network.
    Weights = 1,
    /// The points a network is trained on.
    TrainingPoints = 2,
    /// The order in which training visits those points.
    Batches = 3,
    /// The evaluation points.
    EvaluationPoints = 4,
    /// Masks drawn node by node.
    Masks = 5,
    /// Flip paths.
    Paths = 6,
    /// Bootstrap resamples.
    Bootstrap = 7,
}

/// The random stream of sample `index` for one purpose under one seed.
///
/// ChaCha is counter-based: the stream is a function of (seed, purpose, index) alone, so samples
/// can be drawn in any order and on any number of threads. Its key is the seed and the purpose, as
/// 64-bit little-endian integers followed by zeros, and its stream number the index.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(index);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_differ_by_seed_purpose_and_index_and_by_nothing_else() {
        let first = |seed, purpose, index| stream(seed, purpose, index).next_u64();
        let base = first(1, Purpose::Masks, 0);
        assert_eq!(base, first(1, Purpose::Masks, 0));
        assert_ne!(base, first(2, Purpose::Masks, 0));
        assert_ne!(base, first(1, Purpose::Paths, 0));
        assert_ne!(base, first(1, Purpose::Masks, 1));
    }
}
