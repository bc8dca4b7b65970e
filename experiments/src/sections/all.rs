//! `all`: every section that studies a network.

use anyhow::Result;
use clap::Args;

use super::{
    averages, best_subsets, explore, flip_paths, gradient_heatmap, gradients, hypercube,
    log_loss_density, loss_density, node_on, prediction_heatmap,
};
use crate::session::Session;

#[derive(Args, Debug, Default)]
pub struct Options {}

/// All sections that study a network, in the write-up's order, each with its defaults.
///
/// # Errors
///
/// Those of the first section that fails.
pub fn run(session: &Session, _: &Options) -> Result<()> {
    let plane = session.subject()?.network.inputs() == 2;
    if plane {
        prediction_heatmap::run(session, &prediction_heatmap::Options::default())?;
    }
    loss_density::run(session, &loss_density::Options::default())?;
    log_loss_density::run(session, &log_loss_density::Options::default())?;
    gradients::run(session, &gradients::Options::default())?;
    node_on::run(session, &node_on::Options::default())?;
    flip_paths::run(session, &flip_paths::Options::default())?;
    if plane {
        gradient_heatmap::run(session, &gradient_heatmap::Options::default())?;
    } else {
        session.say("the two heatmaps need a network with 2 inputs: left out");
    }
    if session.exact()?.is_some() {
        hypercube::run(session, &hypercube::Options::default())?;
    }
    if session.subject()?.network.classes() == 2 {
        averages::run(session, &averages::Options::default())?;
    } else {
        session.say("averages are exact for two classes only: left out");
    }
    best_subsets::run(session, &best_subsets::Options::default())?;
    let points = &session.subject()?.points;
    if points.len() <= explore::most_points(points.inputs()) {
        explore::record(session, &explore::Options::default())?;
    } else {
        session.say("the points are too many for the explorer's page: left out");
    }
    Ok(())
}
