//! What fixing a node has cost so far, as a guess of what it will cost.

/// A guess of by how much fixing a node off, or on, raises the bound.
///
/// The rise is taken to be a factor times `distance · curvature`, the distance that the node is
/// moved and the loss's second derivative by it ([`measure`]); the factor, small because other
/// nodes make up for it, is the mean of those seen at this node and direction, and of all nodes
/// before any. (Pseudo-costs: M. Bénichou et al., "Experiments in mixed-integer linear
/// programming", Mathematical Programming 1 (1971) 76–94.)
#[derive(Clone, Debug)]
pub(super) struct Costs {
    /// Sum of the factors seen and their number, by node, then off and on.
    seen: Vec<[(f64, f64); 2]>,
    all: (f64, f64),
}

/// A factor that was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub node: usize,
    pub on: bool,
    pub factor: f64,
}

/// What the rise of the bound is measured in.
pub(super) fn measure(distance: f64, curvature: f64) -> f64 {
    (distance * curvature).max(f64::MIN_POSITIVE)
}

impl Costs {
    pub fn new(n: usize) -> Self {
        Self { seen: vec![[(0.0, 0.0); 2]; n], all: (0.0, 0.0) }
    }

    pub fn add(&mut self, seen: Seen) {
        for sum in [&mut self.seen[seen.node][usize::from(seen.on)], &mut self.all] {
            sum.0 += seen.factor;
            sum.1 += 1.0;
        }
    }

    /// The factor to expect.
    pub fn factor(&self, node: usize, on: bool) -> f64 {
        let prior = if self.all.1 > 0.0 { self.all.0 / self.all.1 } else { 1.0 };
        let (sum, count) = self.seen[node][usize::from(on)];
        (sum + prior) / (count + 1.0)
    }

    /// How often the node was seen, in the direction in which that was less often.
    pub fn count(&self, node: usize) -> f64 {
        let [off, on] = self.seen[node];
        off.1.min(on.1)
    }
}
