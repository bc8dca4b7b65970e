//! `log-loss-density`: ln(loss) of random sub-networks against normal fits.
//!
//! The write-up's "log loss" is ln(loss), not the classifier metric of that name.

use anyhow::Result;
use report::records::Summary;
use report::words;
use serde_json::json;

use crate::session::Session;
use crate::work::Work;
use crate::{exact, output, sampling};

pub use super::loss_density::Options;

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin(session, "log-loss-density")?;
    let masks = options.sample.size(&session.common);
    let samples = sampling::losses(session, &options.probabilities.p, masks)?;
    let samples: Vec<(f64, Vec<f64>)> = samples.iter().map(|s| (s.p, s.log_losses())).collect();

    let values: Vec<f64> = samples.iter().flat_map(|(_, values)| values.iter().copied()).collect();
    work.record.array_f64("log_losses.npy", &[samples.len(), masks], &values)?;
    let grid = sampling::common_grid(samples.iter().map(|(_, values)| &values[..]), 0.0);
    let (mut density, mut ecdf, mut summary) = (Vec::new(), Vec::new(), Vec::new());
    for (p, values) in &samples {
        density.extend(sampling::density_rows("log_loss", *p, values, &grid));
        ecdf.extend(sampling::ecdf_rows(*p, values));
        summary.push(sampling::summary(session.common.seed(), "log_loss", *p, masks, values));
    }
    work.record.table("density.csv", &density)?;
    work.record.table("ecdf.csv", &ecdf)?;
    work.record.table("summary.csv", &summary)?;
    let checks = sampling::beside_exact(session, &work.record, &density, &summary)?;

    print("ln(loss)", &summary)?;
    exact::print(&checks)?;
    let p = &options.probabilities.p;
    work.finish(json!({ "p": p, "masks": masks, "kernel_sd": sampling::KERNEL_SD }))
}

/// Moments with standard errors, and the distance from normal.
pub fn print(quantity: &str, summary: &[Summary]) -> Result<()> {
    let row = |s: &Summary| {
        vec![
            s.p.to_string(),
            words::estimate(s.mean, s.mean_se),
            words::estimate(s.sd, s.sd_se),
            words::estimate(s.skewness, s.skewness_se),
            words::estimate(s.excess_kurtosis, s.excess_kurtosis_se),
            words::fixed(s.ks_distance, 4),
        ]
    };
    let rows: Vec<_> = summary.iter().map(row).collect();
    let mean = format!("mean {quantity}");
    let header = ["p", &mean, "sd", "skewness", "excess kurtosis", "KS distance"];
    output::print(&output::table(&header, &rows))?;
    Ok(())
}
