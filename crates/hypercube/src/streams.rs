//! Random streams that do not depend on the order in which they are drawn from.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The random stream of sample `index` for one purpose under one seed.
///
/// A purpose is a number of the caller's: streams of different purposes never overlap, so that
/// drawing more of one thing changes nothing else. This crate draws points from 2 and 4, masks from
/// 5, flip paths from 6 and held-out points from 9.
///
/// ChaCha is counter-based: the stream is a function of (seed, purpose, index) alone, so samples
/// can be drawn in any order and on any number of threads. Its key is the seed and the purpose, as
/// 64-bit little-endian integers followed by zeros, and its stream number the index.
pub fn stream(seed: u64, purpose: u64, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&purpose.to_le_bytes());
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
        let base = first(1, 5, 0);
        assert_eq!(base, first(1, 5, 0));
        assert_ne!(base, first(2, 5, 0));
        assert_ne!(base, first(1, 6, 0));
        assert_ne!(base, first(1, 5, 1));
    }
}
