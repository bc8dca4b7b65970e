//! `loss-density`: the loss of random sub-networks at three probabilities of being on.

use anyhow::Result;
use clap::Args;
use report::records::Summary;
use report::words;
use serde_json::json;

use crate::options::{Probabilities, SampleSize};
use crate::session::Session;
use crate::work::Work;
use crate::{exact, output, sampling};

#[derive(Args, Debug, Default)]
pub struct Options {
    #[command(flatten)]
    pub sample: SampleSize,
    #[command(flatten)]
    pub probabilities: Probabilities,
}

pub fn run(session: &Session, options: &Options) -> Result<()> {
    let work = Work::begin(session, "loss-density")?;
    let masks = options.sample.size(&session.common);
    let samples = sampling::losses(session, &options.probabilities.p, masks)?;

    let losses: Vec<f64> = samples.iter().flat_map(|s| s.losses.iter().copied()).collect();
    work.record.array_f64("losses.npy", &[samples.len(), masks], &losses)?;
    let grid = sampling::common_grid(samples.iter().map(|s| &s.losses[..]), 0.0);
    let (mut density, mut ecdf, mut summary) = (Vec::new(), Vec::new(), Vec::new());
    for s in &samples {
        density.extend(sampling::density_rows("loss", s.p, &s.losses, &grid));
        ecdf.extend(sampling::ecdf_rows(s.p, &s.losses));
        summary.push(sampling::summary(session.common.seed(), "loss", s.p, masks, &s.losses));
    }
    work.record.table("density.csv", &density)?;
    work.record.table("ecdf.csv", &ecdf)?;
    work.record.table("summary.csv", &summary)?;
    let checks = sampling::beside_exact(session, &work.record, &density, &summary)?;

    print(&summary)?;
    exact::print(&checks)?;
    let p = &options.probabilities.p;
    work.finish(json!({ "p": p, "masks": masks, "kernel_sd": sampling::KERNEL_SD }))
}

fn print(summary: &[Summary]) -> Result<()> {
    let row = |s: &Summary| {
        vec![s.p.to_string(), words::estimate(s.mean, s.mean_se), words::estimate(s.sd, s.sd_se)]
    };
    let rows: Vec<_> = summary.iter().map(row).collect();
    output::print(&output::table(&["p", "mean loss (nats)", "sd"], &rows))?;
    Ok(())
}
