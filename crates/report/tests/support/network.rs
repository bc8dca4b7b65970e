//! A network of ReLU nodes that look outwards in all directions, so that their sum grows with the
//! distance from the origin.

/// The network; two classes, of which 0 is "inside".
pub struct Toy {
    pub n: usize,
    points: Vec<[f64; 2]>,
    directions: Vec<[f64; 2]>,
}

/// A mask with its loss and gate gradients.
pub struct Sample {
    pub mask: Vec<f64>,
    pub loss: f64,
    pub gradient: Vec<f64>,
}

impl Toy {
    pub fn new(n: usize) -> Self {
        let angle = |node: usize| 2.4 * node as f64;
        let strength = |node: usize| 0.6 + 0.8 * (node as f64 * 1.3).sin().abs();
        let direction =
            |node| [strength(node) * f64::cos(angle(node)), strength(node) * f64::sin(angle(node))];
        let points = (0..256).map(|k| {
            [f64::from(k) * 0.618_034, f64::from(k) * 0.754_878].map(|x| 2.0 * x.fract() - 1.0)
        });
        Self { n, points: points.collect(), directions: (0..n).map(direction).collect() }
    }

    pub fn full(&self) -> Vec<f64> {
        vec![1.0; self.n]
    }

    /// Logit of "outside" and the nodes' parts in it.
    fn logit(&self, mask: &[f64], [x0, x1]: [f64; 2]) -> (f64, Vec<f64>) {
        let gain = 50.0 / self.n as f64;
        let act = |d: &[f64; 2]| gain * (d[0] * x0 + d[1] * x1 - 0.05).max(0.0);
        let parts: Vec<f64> = self.directions.iter().map(act).collect();
        let sum: f64 = parts.iter().zip(mask).map(|(part, gate)| part * gate).sum();
        (sum - 13.0, parts)
    }

    pub fn inside(&self, mask: &[f64], x: [f64; 2]) -> f64 {
        1.0 / (1.0 + self.logit(mask, x).0.exp())
    }

    /// Loss at a point and its gradient by the mask.
    pub fn point(&self, mask: &[f64], x: [f64; 2]) -> (f64, Vec<f64>) {
        let (logit, parts) = self.logit(mask, x);
        let outside = x[0] * x[0] + x[1] * x[1] > 0.798;
        let sign = if outside { -1.0 } else { 1.0 };
        let residual = sign / (1.0 + (-sign * logit).exp());
        ((sign * logit).exp().ln_1p(), parts.iter().map(|part| residual * part).collect())
    }

    pub fn loss(&self, mask: &[f64]) -> f64 {
        self.points.iter().map(|&x| self.point(mask, x).0).sum::<f64>() / self.points.len() as f64
    }

    /// Masks of which each node is on with probability `p`.
    pub fn sample(&self, p: f64, count: usize) -> Vec<Sample> {
        let mut uniform = uniform(p.to_bits());
        let one = |_| {
            let mask: Vec<f64> = (0..self.n).map(|_| f64::from(u8::from(uniform() < p))).collect();
            let (mut loss, mut gradient) = (0.0, vec![0.0; self.n]);
            for &x in &self.points {
                let (here, by_gate) = self.point(&mask, x);
                loss += here / self.points.len() as f64;
                for (sum, part) in gradient.iter_mut().zip(by_gate) {
                    *sum += part / self.points.len() as f64;
                }
            }
            Sample { mask, loss, gradient }
        };
        (0..count).map(one).collect()
    }

    /// ln(loss) along flip paths.
    pub fn paths(&self, count: usize) -> Vec<Vec<f64>> {
        let mut uniform = uniform(3);
        let one = |_| {
            let mut mask: Vec<f64> = (0..self.n).map(|_| uniform().round()).collect();
            let mut left: Vec<usize> = (0..self.n).collect();
            let mut values = vec![self.loss(&mask).ln()];
            while !left.is_empty() {
                let node = left.swap_remove((uniform() * left.len() as f64) as usize);
                mask[node] = 1.0 - mask[node];
                values.push(self.loss(&mask).ln());
            }
            values
        };
        (0..count).map(one).collect()
    }

    /// A value at the centres of the pixels of a square, the lowest row first.
    pub fn map(
        &self,
        mask: &[f64],
        extent: f64,
        side: usize,
        value: impl Fn(&Self, &[f64], [f64; 2]) -> f64,
    ) -> Vec<f32> {
        let centre = |index: usize| extent * ((2 * index + 1) as f64 / side as f64 - 1.0);
        let pixels = (0..side).flat_map(|row| (0..side).map(move |column| (column, row)));
        pixels.map(|(x0, x1)| value(self, mask, [centre(x0), centre(x1)]) as f32).collect()
    }
}

/// Numbers from 0 to 1 (splitmix64).
fn uniform(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Mean and standard deviation.
pub fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(2) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// Gaussian kernel density, standard deviation 0.03.
pub fn density(values: &[f64], x: f64) -> f64 {
    let kernel = |value: &f64| (-0.5 * ((x - value) / 0.03).powi(2)).exp();
    let norm = 0.03 * std::f64::consts::TAU.sqrt() * values.len().max(1) as f64;
    values.iter().map(kernel).sum::<f64>() / norm
}
