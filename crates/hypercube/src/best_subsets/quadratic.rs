//! A small quadratic problem: the step of Newton's method within the box.

/// Factor L of the symmetric positive definite `[count, count]` matrix with entries
/// `h[at[i], at[j]]`, plus a little on the diagonal; `width` is h's.
pub(super) fn factor(h: &[f64], width: usize, at: &[usize], l: &mut Vec<f64>) {
    let count = at.len();
    l.clear();
    l.resize(count * count, 0.0);
    let trace: f64 = at.iter().map(|&i| h[i * width + i]).sum();
    // Nodes may be equal, or dead.
    let ridge = 1e-10 * trace / count.max(1) as f64 + 1e-30;
    for i in 0..count {
        for j in 0..=i {
            let (row, other) = (&l[i * count..][..j], &l[j * count..][..j]);
            let products: f64 = row.iter().zip(other).map(|(x, y)| x * y).sum();
            let left = h[at[i] * width + at[j]] - products;
            l[i * count + j] =
                if i == j { (left + ridge).max(ridge).sqrt() } else { left / l[j * count + j] };
        }
    }
}

/// Solves L Lᵀ x = y in place.
pub(super) fn substitute(l: &[f64], y: &mut [f64]) {
    let count = y.len();
    for i in 0..count {
        let (before, rest) = y.split_at_mut(i);
        let products: f64 = l[i * count..][..i].iter().zip(before).map(|(l, y)| l * *y).sum();
        rest[0] = (rest[0] - products) / l[i * count + i];
    }
    for i in (0..count).rev() {
        let products: f64 = (i + 1..count).map(|j| l[j * count + i] * y[j]).sum();
        y[i] = (y[i] - products) / l[i * count + i];
    }
}

/// Room for [`minimise`].
#[derive(Default)]
pub(super) struct Room {
    l: Vec<f64>,
    free: Vec<usize>,
    step: Vec<f64>,
    ones: Vec<f64>,
    g: Vec<f64>,
}

/// Moves x towards the minimum of `g·(x' − x) + ½ (x' − x)ᵀ H (x' − x)` over 0 ≤ x' ≤ 1 with the
/// sum of x, by the active-set method: a Newton step of the free variables as far as the box
/// allows, until none is stopped, then the variable with the most wrong sign of its multiplier is
/// freed. `g` is `[count]`, `h` `[count, count]`. Whatever happens, x stays feasible.
pub(super) fn minimise(h: &[f64], g: &[f64], x: &mut [f64], room: &mut Room) {
    let count = x.len();
    let Room { l, free, step, ones, g: gradient } = room;
    gradient.clear();
    gradient.extend_from_slice(g);
    free.clear();
    free.extend((0..count).filter(|&i| x[i] > 0.0 && x[i] < 1.0));
    let scale = g.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
    for _ in 0..4 * count + 8 {
        if free.len() > 1 {
            factor(h, count, free, l);
            step.clear();
            step.extend(free.iter().map(|&i| -gradient[i]));
            substitute(l, step);
            ones.clear();
            ones.resize(free.len(), 1.0);
            substitute(l, ones);
            let shift = step.iter().sum::<f64>() / ones.iter().sum::<f64>();
            step.iter_mut().zip(ones.iter()).for_each(|(p, one)| *p -= shift * one);
            // How far, and who stops it.
            let (mut far, mut stopped) = (1.0, None);
            for (k, (&i, &p)) in free.iter().zip(step.iter()).enumerate() {
                let room = if p < 0.0 { -x[i] / p } else { (1.0 - x[i]) / p };
                if room < far {
                    (far, stopped) = (room, Some(k));
                }
            }
            for (&i, &p) in free.iter().zip(step.iter()) {
                x[i] = (x[i] + far * p).clamp(0.0, 1.0);
                let row = &h[i * count..][..count];
                gradient.iter_mut().zip(row).for_each(|(g, h)| *g += far * p * h);
            }
            if let Some(k) = stopped {
                let i = free.remove(k);
                x[i] = if step[k] < 0.0 { 0.0 } else { 1.0 };
                continue;
            }
        }
        if !release(gradient, x, free, 1e-12 * scale) {
            return;
        }
    }
}

/// Frees what should move; whether there was anything.
fn release(g: &[f64], x: &[f64], free: &mut Vec<usize>, tolerance: f64) -> bool {
    let is_bound = |i: &usize| !free.contains(i);
    let lowest =
        (0..x.len()).filter(|i| is_bound(i) && x[*i] < 1.0).min_by(|&i, &j| g[i].total_cmp(&g[j]));
    let highest =
        (0..x.len()).filter(|i| is_bound(i) && x[*i] > 0.0).max_by(|&i, &j| g[i].total_cmp(&g[j]));
    if free.is_empty() {
        let (Some(low), Some(high)) = (lowest, highest) else { return false };
        if g[high] - g[low] <= tolerance {
            return false;
        }
        free.extend([low, high]);
        return true;
    }
    let level = free.iter().map(|&i| g[i]).sum::<f64>() / free.len() as f64;
    let low = lowest.map_or(0.0, |i| level - g[i]);
    let high = highest.map_or(0.0, |i| g[i] - level);
    match (lowest, highest) {
        (Some(i), _) if low >= high && low > tolerance => free.push(i),
        (_, Some(i)) if high > tolerance => free.push(i),
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    /// The quadratic step against all exchanges of a pair.
    #[test]
    fn the_quadratic_minimum_is_one() {
        let mut rng = crate::stream(5, 96, 0);
        for count in [2, 3, 6, 9] {
            for _ in 0..40 {
                let mut draw =
                    |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random::<f64>()).collect() };
                let (a, g) = (draw(count * count), draw(count));
                let of = |i: usize, j: usize| -> f64 {
                    (0..count).map(|k| (a[k * count + i] - 0.5) * (a[k * count + j] - 0.5)).sum()
                };
                let h: Vec<f64> = (0..count * count).map(|at| of(at / count, at % count)).collect();
                let start: Vec<f64> =
                    draw(count).iter().map(|x| (1.5 * x - 0.25).clamp(0.0, 1.0)).collect();
                let mut x = start.clone();
                minimise(&h, &g, &mut x, &mut Room::default());
                assert!((x.iter().sum::<f64>() - start.iter().sum::<f64>()).abs() < 1e-9);
                // No pair of values can be moved against each other.
                let slope = |i: usize| {
                    let moved = (0..count).map(|j| h[i * count + j] * (x[j] - start[j]));
                    g[i] + moved.sum::<f64>()
                };
                for i in (0..count).filter(|&i| x[i] < 1.0) {
                    for j in (0..count).filter(|&j| x[j] > 0.0) {
                        assert!(slope(i) >= slope(j) - 1e-6, "{x:?}");
                    }
                }
            }
        }
    }
}
