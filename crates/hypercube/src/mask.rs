//! Masks over nodes.

use std::fmt;
use std::str::FromStr;

use rand::RngExt;
use rand::seq::SliceRandom;
use thiserror::Error;

use crate::stream;

/// The streams that masks and flip paths are drawn from.
const MASKS: u64 = 5;
const PATHS: u64 = 6;

/// Why [`Mask::parse`] refuses a text.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ParseMaskError {
    /// Not a number: the text.
    #[error("'{0}' is not a mask; give a whole number such as 5 or 0x5, bit i set for node i on")]
    NotANumber(String),
    /// A bit at or beyond the number of nodes.
    #[error("mask {mask} is out of range: {n_nodes} nodes make masks from 0 to 2^{n_nodes} − 1")]
    OutOfRange {
        /// The text.
        mask: String,
        /// Number of nodes, N.
        n_nodes: usize,
    },
}

/// A 0/1 mask over N nodes: which of them are on.
///
/// As an integer, bit i is set if and only if node i is on. It is displayed in decimal up to 64
/// nodes and in hexadecimal with `0x` beyond; [`Self::parse`] reads both.
///
/// ```
/// use hypercube::Mask;
///
/// let mask = Mask::parse("5", 4)?;
/// assert!(mask.is_on(0) && !mask.is_on(1) && mask.is_on(2) && !mask.is_on(3));
/// assert_eq!(mask.reversal(), Mask::from_bits(4, 0b1010));
/// # Ok::<(), hypercube::ParseMaskError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mask {
    on: Vec<bool>,
}

impl Mask {
    /// Every node on.
    pub fn full(n_nodes: usize) -> Self {
        Self { on: vec![true; n_nodes] }
    }

    /// The mask whose integer is `bits`, of which those from `n_nodes` up are ignored. Nodes from
    /// 64 up are off.
    pub fn from_bits(n_nodes: usize, bits: u64) -> Self {
        Self { on: (0..n_nodes).map(|i| i < 64 && bits >> i & 1 == 1).collect() }
    }

    /// Sample `index` of the masks in which every node is on with probability `p`, independently.
    ///
    /// One uniform variate is drawn per node and compared with `p`, so of the same seed and index
    /// every node that is on at a smaller `p` is on at a larger one. Drawn from [`stream`] for
    /// purpose 5. A `p` of 0 or less gives no node, one of 1 or more every node.
    pub fn random(n_nodes: usize, p: f64, seed: u64, index: u64) -> Self {
        let mut rng = stream(seed, MASKS, index);
        Self { on: (0..n_nodes).map(|_| rng.random::<f64>() < p).collect() }
    }

    /// Flip path `index`: a uniform mask, then every node flipped once in random order. `[N + 1]`
    /// masks, the last being the reversal of the first. Drawn from [`stream`] for
    /// purpose 6.
    pub fn flip_path(n_nodes: usize, seed: u64, index: u64) -> Vec<Self> {
        let mut rng = stream(seed, PATHS, index);
        let mut mask = Self { on: (0..n_nodes).map(|_| rng.random::<bool>()).collect() };
        let mut order: Vec<usize> = (0..n_nodes).collect();
        order.shuffle(&mut rng);
        let mut path = vec![mask.clone()];
        for node in order {
            mask.flip(node);
            path.push(mask.clone());
        }
        path
    }

    /// Reads a mask over `n_nodes` nodes, decimal (below 2^64) or, with `0x`, hexadecimal of any
    /// length. White space around it is ignored.
    ///
    /// # Errors
    ///
    /// [`ParseMaskError::NotANumber`] if the text is not such a number,
    /// [`ParseMaskError::OutOfRange`] if it sets a bit at or beyond `n_nodes`, or is a decimal of
    /// 2^64 or more.
    pub fn parse(text: &str, n_nodes: usize) -> Result<Self, ParseMaskError> {
        let text = text.trim();
        let bad = || ParseMaskError::NotANumber(text.to_owned());
        let out = || ParseMaskError::OutOfRange { mask: text.to_owned(), n_nodes };
        let mut on = vec![false; n_nodes];
        let mut set = |bit: usize| on.get_mut(bit).map(|b| *b = true).ok_or_else(out);
        if let Some(hex) = text.strip_prefix("0x").filter(|hex| !hex.is_empty()) {
            for (k, digit) in hex.chars().rev().enumerate() {
                let digit = digit.to_digit(16).ok_or_else(bad)?;
                for bit in (0..4).filter(|bit| digit >> bit & 1 == 1) {
                    set(4 * k + bit)?;
                }
            }
        } else {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(bad());
            }
            let bits = u64::from_str(text).map_err(|_| out())?;
            for bit in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                set(bit)?;
            }
        }
        Ok(Self { on })
    }

    /// Number of nodes, on or off: N.
    pub fn n_nodes(&self) -> usize {
        self.on.len()
    }

    /// Whether node `i` is on.
    ///
    /// # Panics
    ///
    /// If there is no node `i`.
    pub fn is_on(&self, i: usize) -> bool {
        self.on[i]
    }

    /// How many nodes are on.
    pub fn size(&self) -> usize {
        self.on.iter().filter(|&&on| on).count()
    }

    /// Switches node `i`: off if it is on, on if it is off.
    ///
    /// # Panics
    ///
    /// If there is no node `i`.
    pub fn flip(&mut self, i: usize) {
        self.on[i] = !self.on[i];
    }

    /// The complement: every node switched.
    pub fn reversal(&self) -> Self {
        Self { on: self.on.iter().map(|on| !on).collect() }
    }

    /// The mask as values to multiply with, 1 for on and 0 for off, in the order of the nodes:
    /// `[N]`.
    pub fn values(&self) -> impl Iterator<Item = f32> {
        self.on.iter().map(|&on| f32::from(u8::from(on)))
    }

    /// The mask as an integer, bit i set if node i is on; `None` beyond 64 nodes.
    pub fn bits(&self) -> Option<u64> {
        (self.on.len() <= 64)
            .then(|| self.on.iter().rev().fold(0, |bits, &on| bits << 1 | u64::from(on)))
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(bits) = self.bits() {
            return write!(f, "{bits}");
        }
        write!(f, "0x")?;
        for nibble in self.on.chunks(4).rev() {
            let digit = nibble.iter().rev().fold(0u8, |d, &on| d << 1 | u8::from(on));
            write!(f, "{digit:x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_back() {
        let mask = Mask::parse("5", 8).unwrap();
        assert!(mask.is_on(0) && !mask.is_on(1) && mask.is_on(2));
        assert_eq!((mask.to_string(), mask.bits(), mask.size()), ("5".to_owned(), Some(5), 2));
        assert_eq!(mask.reversal(), Mask::from_bits(8, 250));
        assert_eq!(Mask::parse("0x1f", 8).unwrap(), Mask::from_bits(8, 31));
        let wide = Mask::full(70);
        assert_eq!(wide.to_string(), "0x3fffffffffffffffff");
        assert_eq!(Mask::parse(&wide.to_string(), 70).unwrap(), wide);
    }

    #[test]
    fn refuses_what_is_no_mask() {
        for text in ["", "x", "-1", "1.5", "0x", "0xg", "+1"] {
            assert!(matches!(Mask::parse(text, 8), Err(ParseMaskError::NotANumber(_))), "{text}");
        }
        for text in ["256", "0x100", "99999999999999999999999"] {
            let error = Mask::parse(text, 8).unwrap_err();
            assert!(matches!(error, ParseMaskError::OutOfRange { .. }), "{text}");
        }
    }

    #[test]
    fn a_path_flips_every_node_once() {
        let path = Mask::flip_path(20, 3, 7);
        assert_eq!(path.len(), 21);
        assert_eq!(path[20], path[0].reversal());
        for pair in path.windows(2) {
            let flips = (0..20).filter(|&i| pair[0].is_on(i) != pair[1].is_on(i)).count();
            assert_eq!(flips, 1);
        }
    }

    #[test]
    fn random_masks_have_the_asked_share_on() {
        let n = 2000;
        for p in [0.0, 0.25, 0.5, 1.0] {
            let on: usize = (0..n).map(|k| Mask::random(20, p, 1, k).size()).sum();
            let share = on as f64 / (20 * n) as f64;
            // Five standard errors of a share of 40,000 draws.
            assert!((share - p).abs() <= 5.0 * (p * (1.0 - p) / 40_000.0).sqrt(), "{p}: {share}");
        }
    }
}
