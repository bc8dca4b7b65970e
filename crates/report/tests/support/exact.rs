//! Made-up exact values beside sampled ones.

use report::Record;
use report::records::{ExactCheck, ExactDensityPoint};

use super::AtP;
use super::network::moments;

/// Whether records of a network of `n` nodes come with exact values: small ones do, some without.
pub fn is_exact(n: usize) -> bool {
    (4..=30).contains(&n)
}

/// `density_exact.csv`: normal distributions near the samples'.
pub fn exact_densities(record: &Record, quantities: &[(&str, &[AtP])]) {
    let mut rows = Vec::new();
    for (quantity, samples) in quantities {
        let all = samples.iter().flat_map(|(_, values)| values);
        let (low, high) =
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        for (p, values) in *samples {
            let (mean, sd) = moments(values);
            rows.extend((0..256).map(|step| low + (high - low) * f64::from(step) / 255.0).map(
                |x| {
                    let z = (x - mean) / sd;
                    let density = (-0.5 * z * z).exp() / sd / std::f64::consts::TAU.sqrt();
                    let fraction = 1.0 / (1.0 + (-1.702 * z).exp());
                    ExactDensityPoint { quantity: (*quantity).into(), p: *p, x, density, fraction }
                },
            ));
        }
    }
    record.table("density_exact.csv", &rows).unwrap();
}

/// `exact.csv` of (what, flips, sampled): a little off the sampled values.
pub fn exact_checks(record: &Record, values: impl Iterator<Item = (String, Option<usize>, f64)>) {
    let row = |(name, flips, sampled): (String, Option<usize>, f64)| ExactCheck {
        quantity: name.clone(),
        p: None,
        flips,
        statistic: name,
        sampled,
        low: sampled - 0.02,
        high: sampled + 0.02,
        exact: sampled + 0.006,
        inside: true,
    };
    record.table("exact.csv", &values.map(row).collect::<Vec<_>>()).unwrap();
}
