//! Which recipes fit the write-up: where its three published numbers lie among the networks of each,
//! and of how many of them its claims are true.

use anyhow::Result;
use report::Saved;
use report::records::{CellId, Fit, Likelihood, NetworkRow, RecipeClaim, RecipeRow};
use report::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};
use stats::{Moments, covariance_matrix, wilson_interval};

use super::base::{Base, FEWEST};
use super::verdicts::{claims, claims_of};

/// The write-up's numbers, and the statistics that they are values of.
const NAMES: [&str; 3] = ["mean_loss_25", "mean_loss_75", "sanity_gradient"];
const WRITE_UP: [f64; 3] = [MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT];

/// Numbers of steps tried between two at which networks were measured.
const BETWEEN: usize = 32;

/// A recipe with a smaller share of networks as far off as the write-up's numbers does not fit them:
/// the usual bound.
pub const FITS: f64 = 0.05;

/// What is known of recipes, each with its [`CellId`].
#[derive(Clone, Debug, Default)]
pub struct Searched {
    /// Its networks' numbers.
    pub numbers: Vec<(CellId, RecipeRow)>,
    /// What is true of its networks.
    pub claims: Vec<(CellId, RecipeClaim)>,
    /// How well it fits with the steps free.
    pub fits: Vec<(CellId, Fit)>,
    /// How likely the write-up's numbers are under it, over steps.
    pub likelihood: Vec<(CellId, Likelihood)>,
}

impl Searched {
    /// What is on record.
    ///
    /// # Errors
    ///
    /// If a table is damaged.
    pub fn read(saved: &Saved) -> Result<Self> {
        Ok(Self {
            numbers: saved.pairs("recipes.csv")?,
            claims: saved.pairs("recipe_claims.csv")?,
            fits: saved.pairs("fits.csv")?,
            likelihood: saved.pairs("likelihood.csv")?,
        })
    }

    /// Adds a recipe whose networks were measured after several numbers of steps, in their order.
    pub fn add(&mut self, rows: &[NetworkRow]) {
        let steps: Vec<&[NetworkRow]> = rows.chunk_by(|a, b| a.cell == b.cell).collect();
        let is_new = |id: &CellId| steps.iter().any(|rows| rows[0].cell == *id);
        self.numbers.retain(|(id, _)| !is_new(id));
        self.claims.retain(|(id, _)| !is_new(id));
        for rows in steps.iter().filter(|rows| rows.len() >= FEWEST) {
            let id = &rows[0].cell;
            self.numbers.extend(numbers(rows).map(|row| (id.clone(), row)));
            let rows: Vec<&NetworkRow> = rows.iter().collect();
            self.claims.extend(claims(&rows).map(|claim| (id.clone(), claim)));
        }
        let curve = Curve::new(&steps);
        if let Some((id, fit)) = curve.fit(&steps) {
            self.fits.retain(|(old, _)| !is_of(&id, old));
            self.likelihood.retain(|(old, _)| !is_of(&id, old));
            self.likelihood.extend(curve.likelihood(&id));
            self.fits.push((id, fit));
        }
    }

    /// This with the recipes of the networks on record, which take the place of their like, the one
    /// that verdicts are about first.
    pub fn with(&self, networks: &[NetworkRow]) -> Self {
        let Self { fits, likelihood, .. } = self.clone();
        let mut all = Self { fits, likelihood, ..Self::default() };
        if let Some(base) = Base::find(networks) {
            let recipes = [base.own].into_iter().chain(base.recipes.iter().copied());
            for rows in recipes.filter(|rows| rows.len() >= FEWEST) {
                let id = &rows[0].cell;
                all.numbers.extend(numbers(rows).map(|row| (id.clone(), row)));
                all.claims.extend(claims_of(&base, rows).map(|claim| (id.clone(), claim)));
            }
        }
        let mut searched = self.clone();
        let of_networks = |id: &CellId| networks.iter().any(|row| row.cell == *id);
        searched.numbers.retain(|(id, _)| !of_networks(id));
        searched.claims.retain(|(id, _)| !of_networks(id));
        searched.numbers.sort_by(|(a, _), (b, _)| a.order(b));
        searched.claims.sort_by(|(a, _), (b, _)| a.order(b));
        all.fits.sort_by(|(a, _), (b, _)| a.order(b));
        all.likelihood.sort_by(|(a, _), (b, _)| a.order(b));
        all.numbers.extend(searched.numbers);
        all.claims.extend(searched.claims);
        all
    }

    /// The recipes other than `base` that fit the write-up's numbers: after the number of steps at
    /// which networks were measured that lies nearest to the best one.
    pub fn fitting(&self, base: &CellId) -> Vec<&CellId> {
        let alone = |id: &CellId| !self.fits.iter().any(|(best, _)| is_of(best, id));
        let single = self.numbers.iter().filter(|(id, row)| alone(id) && row.share_farther >= FITS);
        let nearest = |(best, fit): &(CellId, Fit)| {
            let own = self.numbers.iter().map(|(id, _)| id).filter(|id| is_of(best, id));
            let distance = |id: &&CellId| (id.steps as f64 / best.steps as f64).ln().abs();
            let nearest = own.min_by(|a, b| distance(a).total_cmp(&distance(b)));
            nearest.filter(|_| fit.share_farther >= FITS)
        };
        let searched = self.fits.iter().filter_map(nearest);
        single.map(|(id, _)| id).chain(searched).filter(|id| *id != base).collect()
    }
}

/// Whether two cells differ in their numbers of steps at most.
fn is_of(a: &CellId, b: &CellId) -> bool {
    CellId { steps: a.steps, ..b.clone() } == *a
}

/// The normal distribution of the three numbers over networks.
#[derive(Clone, Debug)]
struct Spread {
    mean: [f64; 3],
    /// `[3, 3]`.
    covariance: Vec<f64>,
}

impl Spread {
    /// None if the numbers do not vary, or not independently: no distance can be told then.
    fn new(rows: &[NetworkRow]) -> Option<Self> {
        let table: Vec<f64> = rows.iter().flat_map(three).collect();
        let mean = std::array::from_fn(|k| {
            table.iter().skip(k).step_by(3).sum::<f64>() / rows.len() as f64
        });
        let covariance = covariance_matrix(&table, 3);
        (determinant(&covariance) > 0.0).then_some(Self { mean, covariance })
    }

    /// Part of the way to another.
    fn towards(&self, other: &Self, share: f64) -> Self {
        let between = |a: f64, b: f64| a + share * (b - a);
        let covariance = self.covariance.iter().zip(&other.covariance);
        Self {
            mean: std::array::from_fn(|k| between(self.mean[k], other.mean[k])),
            covariance: covariance.map(|(a, b)| between(*a, *b)).collect(),
        }
    }

    /// Squared Mahalanobis distance from the mean.
    fn squared_distance(&self, at: [f64; 3]) -> f64 {
        let from_mean: [f64; 3] = std::array::from_fn(|k| at[k] - self.mean[k]);
        let solved = solve(&self.covariance, from_mean);
        from_mean.iter().zip(solved).map(|(a, b)| a * b).sum()
    }

    fn log_density(&self, at: [f64; 3]) -> f64 {
        let volume = 3.0 * std::f64::consts::TAU.ln() + determinant(&self.covariance).ln();
        -0.5 * (self.squared_distance(at) + volume)
    }
}

fn three(row: &NetworkRow) -> [f64; 3] {
    NAMES.map(|name| row.get(name).unwrap_or(f64::NAN))
}

fn numbers(rows: &[NetworkRow]) -> Option<RecipeRow> {
    let of = |k: usize| Moments::new(&rows.iter().map(|row| three(row)[k]).collect::<Vec<_>>());
    let [low, high, gradient] = [0, 1, 2].map(of);
    let spread = Spread::new(rows)?;
    let write_up = spread.squared_distance(WRITE_UP);
    let farther = rows.iter().filter(|r| spread.squared_distance(three(r)) >= write_up).count();
    let (farther_low, farther_high) = wilson_interval(farther, rows.len());
    Some(RecipeRow {
        networks: rows.len(),
        mean_loss_25: low.mean,
        mean_loss_25_sd: low.sd,
        mean_loss_75: high.mean,
        mean_loss_75_sd: high.sd,
        ten_mean_gradient: gradient.mean,
        ten_mean_gradient_sd: gradient.sd,
        write_up_distance: write_up.sqrt(),
        share_farther: farther as f64 / rows.len() as f64,
        farther_low,
        farther_high,
    })
}

/// The spread of the networks' numbers over ln(steps): mean and covariance are interpolated linearly
/// between the numbers of steps at which they were measured.
struct Curve(Vec<(f64, Spread)>);

impl Curve {
    fn new(steps: &[&[NetworkRow]]) -> Self {
        let known: Vec<(f64, Spread)> = steps
            .iter()
            .filter(|rows| rows.len() >= FEWEST)
            .filter_map(|rows| Some(((rows[0].cell.steps as f64).ln(), Spread::new(rows)?)))
            .collect();
        let mut curve: Vec<(f64, Spread)> = Vec::new();
        for pair in known.windows(2) {
            let [(start, a), (end, b)] = pair else { continue };
            let share = |k: usize| k as f64 / BETWEEN as f64;
            let at = |k: usize| (start + share(k) * (end - start), a.towards(b, share(k)));
            curve.extend((0..BETWEEN).map(at));
        }
        curve.extend(known.last().cloned());
        Self(curve)
    }

    /// Where some numbers lie nearest, as squared distance and place.
    fn nearest(&self, at: [f64; 3]) -> Option<(f64, &(f64, Spread))> {
        let distances = self.0.iter().map(|place| (place.1.squared_distance(at), place));
        distances.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// How well the recipe fits the write-up's numbers with its number of steps free.
    ///
    /// That the steps which suit best are chosen makes any network's numbers fit better; therefore
    /// the networks as they are after the nearest measured number of steps are fitted the same way,
    /// and the share of them that do no better is what the fit is judged by.
    fn fit(&self, steps: &[&[NetworkRow]]) -> Option<(CellId, Fit)> {
        let (squared, (ln_steps, spread)) = self.nearest(WRITE_UP)?;
        let off = |rows: &&&[NetworkRow]| ((rows[0].cell.steps as f64).ln() - ln_steps).abs();
        let rows = steps.iter().min_by(|a, b| off(a).total_cmp(&off(b)))?;
        let no_nearer =
            |row: &&NetworkRow| self.nearest(three(row)).is_some_and(|n| n.0 >= squared);
        let farther = rows.iter().filter(no_nearer).count();
        let (farther_low, farther_high) = wilson_interval(farther, rows.len());
        let fit = Fit {
            networks: rows.len(),
            distance: squared.sqrt(),
            log_likelihood: spread.log_density(WRITE_UP),
            share_farther: farther as f64 / rows.len() as f64,
            farther_low,
            farther_high,
        };
        let id = CellId { steps: ln_steps.exp().round() as usize, ..rows[0].cell.clone() };
        Some((id, fit))
    }

    /// How likely the write-up's numbers are at each number of steps, for a recipe.
    fn likelihood(&self, recipe: &CellId) -> impl Iterator<Item = (CellId, Likelihood)> {
        self.0.iter().map(|(ln_steps, spread)| {
            let steps = ln_steps.exp().round() as usize;
            let log_likelihood = spread.log_density(WRITE_UP);
            (CellId { steps, ..recipe.clone() }, Likelihood { log_likelihood })
        })
    }
}

fn determinant(m: &[f64]) -> f64 {
    m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
        + m[2] * (m[3] * m[7] - m[4] * m[6])
}

/// x with A x = b, for a symmetric positive definite A `[3, 3]`: Cramer's rule.
fn solve(a: &[f64], b: [f64; 3]) -> [f64; 3] {
    let whole = determinant(a);
    std::array::from_fn(|column| {
        let mut replaced = a.to_vec();
        for row in 0..3 {
            replaced[3 * row + column] = b[row];
        }
        determinant(&replaced) / whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_equations_are_solved() {
        let a = [4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0];
        let x = solve(&a, [1.0, 2.0, 3.0]);
        for (row, b) in a.chunks(3).zip([1.0, 2.0, 3.0]) {
            let left: f64 = row.iter().zip(x).map(|(a, x)| a * x).sum();
            assert!((left - b).abs() < 1e-12);
        }
    }

    /// Networks whose numbers go a straight way with ln(steps) and pass the write-up's at 2,000.
    #[test]
    fn the_steps_that_fit_are_found_between_those_measured() {
        // Three numbers that go round a sphere: their covariance is a multiple of the unit matrix.
        let around = |k: usize| {
            let angle = k as f64 * 2.399_963;
            let z = 1.0 - (k as f64 + 0.5) / 50.0;
            [(1.0 - z * z).sqrt() * angle.cos(), (1.0 - z * z).sqrt() * angle.sin(), z]
        };
        let row = |steps: usize, seed: usize| {
            let cell = CellId { steps, ..CellId::default() };
            let along = 0.1 * (steps as f64 / 2000.0).ln();
            let values: Vec<(&str, report::records::Value)> = (0..3)
                .map(|k| {
                    let value = WRITE_UP[k] + 0.01 * around(seed)[k] + along;
                    (NAMES[k], value.into())
                })
                .collect();
            NetworkRow::new(seed as u64, cell, &values)
        };
        let cell = |steps: usize| (0..100).map(|seed| row(steps, seed)).collect::<Vec<_>>();
        let (early, middle, late) = (cell(1000), cell(1900), cell(4000));
        let steps: [&[NetworkRow]; 3] = [&early, &middle, &late];
        let (id, found) = Curve::new(&steps).fit(&steps).unwrap();
        assert!((1900..2100).contains(&id.steps), "{}", id.steps);
        assert!(found.distance < 0.7 && found.share_farther > 0.8, "{found:?}");
        let expected = -1.5 * (std::f64::consts::TAU.ln() + (0.01f64.powi(2) / 3.0).ln());
        assert!((found.log_likelihood - expected).abs() < 0.5, "{found:?}");
        // At 1,000 steps alone they are far off.
        assert!(numbers(&early).unwrap().share_farther == 0.0);
        let mut searched = Searched::default();
        searched.add(&[early, middle, late].concat());
        assert_eq!(
            searched.fitting(&CellId::default()),
            [&CellId { steps: 1900, ..CellId::default() }]
        );
        assert_eq!((searched.numbers.len(), searched.likelihood.len()), (3, 2 * BETWEEN + 1));
        let by = |a: &&(CellId, Likelihood), b: &&(CellId, Likelihood)| {
            a.1.log_likelihood.total_cmp(&b.1.log_likelihood)
        };
        let most = searched.likelihood.iter().max_by(by).unwrap();
        assert_eq!((most.0.steps, most.1.log_likelihood), (id.steps, found.log_likelihood));
    }
}
