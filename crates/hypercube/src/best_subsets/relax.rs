//! Lower bounds on the loss of all masks of one size with some nodes fixed.

use super::points::tangent;
use super::problem::Problem;
use super::products::{add, curvatures, gradient, hessian};
use super::quadratic::{self, minimise};

/// What is known of a node in one part of the search: [`OFF`], [`ON`], or free, when the number
/// says where between 1 (off) and 254 (on) the relaxed problem last had it.
pub(super) type State = u8;
pub(super) const OFF: State = 0;
pub(super) const ON: State = 255;

/// A free node at `b`, from 0 to 1.
pub(super) fn free_at(b: f64) -> State {
    1 + (253.0 * b).round() as u8
}

fn value(state: State) -> f64 {
    match state {
        OFF => 0.0,
        ON => 1.0,
        free => f64::from(free - 1) / 253.0,
    }
}

/// Newton steps at most.
const MOST_STEPS: usize = 30;

/// The relaxed problem is solved until what is left to gain of the bound is at most this share of
/// what the bound lacks to close the part.
const STOP: f64 = 0.1;

/// A mask value this close to 0 or 1 is not a fraction.
const WHOLE: f64 = 1e-6;

/// Solves relaxed problems one after the other. What it holds afterwards is about the last one.
pub(super) struct Relaxation<'a> {
    problem: &'a Problem,
    /// Margins and the loss's derivatives by them, `[d, width]`.
    s: Vec<f64>,
    r: Vec<f64>,
    /// Mask values, `[n]`.
    pub b: Vec<f64>,
    /// Gradient of the tangent that gives the bound, `[n]`.
    pub g: Vec<f64>,
    /// The least value of that tangent over the masks of the size, which may be below 0.
    pub least: f64,
    g_here: Vec<f64>,
    /// Free nodes, by ascending gradient of that tangent.
    pub order: Vec<usize>,
    order_here: Vec<usize>,
    /// How many of them are to be on.
    pub missing: usize,
    /// Nodes that are not fixed off.
    open: Vec<usize>,
    moving: Vec<usize>,
    before: Vec<f64>,
    x: Vec<f64>,
    g_moving: Vec<f64>,
    h: Vec<f64>,
    column: Vec<f64>,
    room: quadratic::Room,
}

impl<'a> Relaxation<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let (n, len) = (problem.n, problem.d * problem.width);
        Self {
            problem,
            s: vec![0.0; len],
            r: vec![0.0; len],
            b: vec![0.0; n],
            g: vec![0.0; n],
            least: f64::NEG_INFINITY,
            g_here: vec![0.0; n],
            order: Vec::new(),
            order_here: Vec::new(),
            missing: 0,
            open: Vec::new(),
            moving: Vec::new(),
            before: Vec::new(),
            x: Vec::new(),
            g_moving: Vec::new(),
            h: Vec::new(),
            column: Vec::new(),
            room: quadratic::Room::default(),
        }
    }

    /// A lower bound on the loss of every mask of `size` nodes within `state`. Stops once it has
    /// reached `cutoff`. There must be at least as many nodes on or free as `size`, and no more on.
    ///
    /// # The bound
    ///
    /// At any margins s̃ whatsoever, with r the derivatives of each point's loss ℓ by its margins,
    /// convexity gives `ℓ(s) ≥ ℓ(s̃) + r·(s − s̃)`; with `s = k + Σ b_i a_i` the mean over the
    /// points is `C + Σ b_i g_i`, `C = mean(ℓ(s̃) + r·(k − s̃))` and `g_i = mean(r·a_i)`. Over the
    /// masks of one size this is least where the free nodes with the smallest g are on. Nothing
    /// depends on how s̃ was found: where the solver stops decides how good the bound is, not
    /// whether it holds.
    ///
    /// # The allowance for rounding
    ///
    /// Let u = 2^−53 and R_c the largest |margin| that any partial sum over nodes can have, at most
    /// |k| + Σ |a_i|.
    ///
    /// - The computed r is not quite the derivative: it is off by a few u, and by 2 u R through the
    ///   argument of an exponential, relatively. With r₀ = 1 − Σ r, the line of slope r that
    ///   touches ℓ from below has the constant −Σ r ln r; `ℓ(s̃) − r·s̃` exceeds that by the
    ///   Kullback–Leibler divergence of r from the derivative, which is of second order in the
    ///   error, or where r₀ nearly vanishes of the size of the error times R.
    /// - Every term of the sums is exact to at most 32 u of its own size, and adding up in eight
    ///   lanes, over points and then over nodes, adds at most u (points / 8 + n + 16) of the sum of
    ///   the absolute values. These add up to at most mean(ℓ + Σ_c r_c (2 R_c + 1)).
    ///
    /// Taken off is twice u (points / 8 + n + 4 (classes − 1) + 64) times that. The rounding of the
    /// k and a themselves comes in at the end ([`Problem::less_rounding`]).
    pub fn bound(&mut self, state: &[State], size: usize, cutoff: f64) -> f64 {
        let problem = self.problem;
        self.start(state, size);
        let mut bound = 0.0;
        let mut last_loss = f64::INFINITY;
        for _ in 0..MOST_STEPS {
            let here = tangent(problem, &self.s, &mut self.r);
            if here.loss > last_loss {
                self.step_back();
                continue;
            }
            gradient(problem, &self.r, &self.open, &mut self.g_here);
            let g = &self.g_here;
            self.order_here.sort_unstable_by(|&i, &j| g[i].total_cmp(&g[j]).then(i.cmp(&j)));
            let fixed = self.open.iter().filter(|&&i| state[i] == ON);
            let on: f64 = fixed.chain(&self.order_here[..self.missing]).map(|&i| g[i]).sum();
            let least = here.constant + on - here.error;
            if least > bound || self.order.is_empty() {
                bound = least.max(bound);
                self.least = least;
                self.g.clone_from(&self.g_here);
                self.order.clone_from(&self.order_here);
            }
            let left = here.loss - bound;
            if bound >= cutoff
                || left <= STOP * (cutoff - bound)
                || left <= 1e-13 * here.loss
                || !self.step()
            {
                break;
            }
            last_loss = here.loss;
        }
        bound
    }

    /// Mask values as the state says, moved so that they add up.
    fn start(&mut self, state: &[State], size: usize) {
        let problem = self.problem;
        let n = problem.n;
        self.b.clear();
        self.b.extend(state.iter().map(|&state| value(state)));
        self.open.clear();
        self.open.extend((0..n).filter(|&i| state[i] != OFF));
        self.order.clear();
        self.order_here.clear();
        self.order_here.extend((0..n).filter(|&i| state[i] != OFF && state[i] != ON));
        self.missing = size - (self.open.len() - self.order_here.len());
        fit_sum(&mut self.b, &self.order_here, self.missing as f64);
        self.before.clone_from(&self.b);
        self.s.copy_from_slice(&problem.k);
        for i in 0..n {
            if self.b[i] != 0.0 {
                add(&mut self.s, self.b[i], problem.node(i));
            }
        }
    }

    /// Half of the last step is taken back.
    fn step_back(&mut self) {
        for &i in &self.moving {
            let by = 0.5 * (self.before[i] - self.b[i]);
            self.b[i] += by;
            add(&mut self.s, by, self.problem.node(i));
        }
    }

    /// A Newton step of the fractions and of what should be none of 0 and 1; whether anything
    /// moved.
    fn step(&mut self) -> bool {
        let (b, g) = (&self.b, &self.g_here);
        let fractions = || self.order_here.iter().filter(|&&i| b[i] > 0.0 && b[i] < 1.0);
        let count = fractions().count();
        let level = if count > 0 {
            fractions().map(|&i| g[i]).sum::<f64>() / count as f64
        } else if self.missing > 0 && self.missing < self.order_here.len() {
            let (low, high) = (self.order_here[self.missing - 1], self.order_here[self.missing]);
            0.5 * (g[low] + g[high])
        } else {
            return false;
        };
        let moves = |&i: &usize| match b[i] {
            0.0 => g[i] < level,
            1.0 => g[i] > level,
            _ => true,
        };
        self.moving.clear();
        self.moving.extend(self.order_here.iter().copied().filter(moves));
        if self.moving.len() < 2 {
            return false;
        }
        hessian(self.problem, &self.r, &self.moving, &mut self.column, &mut self.h);
        self.x.clear();
        self.x.extend(self.moving.iter().map(|&i| self.b[i]));
        self.g_moving.clear();
        self.g_moving.extend(self.moving.iter().map(|&i| self.g_here[i]));
        minimise(&self.h, &self.g_moving, &mut self.x, &mut self.room);
        self.before.clone_from(&self.b);
        let mut moved = false;
        for (&i, &x) in self.moving.iter().zip(&self.x) {
            let by = x - self.b[i];
            if by != 0.0 {
                moved = true;
                self.b[i] = x;
                add(&mut self.s, by, self.problem.node(i));
            }
        }
        moved
    }

    /// The free nodes that are neither on nor off, with the loss's second derivative by them.
    pub fn fractions(&mut self) -> Vec<(usize, f64)> {
        let is_fraction = |&i: &usize| self.b[i] > WHOLE && self.b[i] < 1.0 - WHOLE;
        let nodes: Vec<usize> = self.order.iter().copied().filter(is_fraction).collect();
        let curvatures = curvatures(self.problem, &self.r, &nodes, &mut self.column);
        nodes.into_iter().zip(curvatures).collect()
    }
}

/// Moves the values of `free` nodes so that they add up to `sum`: fractions first, then any.
fn fit_sum(b: &mut [f64], free: &[usize], sum: f64) {
    for any in [false, true, true, true] {
        for _ in 0..8 {
            let lack = sum - free.iter().map(|&i| b[i]).sum::<f64>();
            if lack.abs() < 1e-12 {
                return;
            }
            let may = |b: f64| if lack > 0.0 { b < 1.0 } else { b > 0.0 };
            let fits = |&&i: &&usize| may(b[i]) && (any || (b[i] > 0.0 && b[i] < 1.0));
            let moving: Vec<usize> = free.iter().filter(fits).copied().collect();
            if moving.is_empty() {
                break;
            }
            let by = lack / moving.len() as f64;
            for i in moving {
                b[i] = (b[i] + by).clamp(0.0, 1.0);
            }
        }
    }
}
