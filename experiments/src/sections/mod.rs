//! The sections of the write-up and what goes beyond it, one file each: its parameters, what it measures, what it prints.

pub mod ensemble;
pub mod evaluate;
pub mod explore;
pub mod flip_paths;
pub mod gradient_heatmap;
pub mod gradients;
pub mod hypercube;
pub mod log_loss_density;
pub mod loss_density;
pub mod node_on;
pub mod plane;
pub mod prediction_heatmap;
pub mod train;

use anyhow::Result;

use crate::session::Session;

/// All sections that study a network, in the write-up's order, each with its defaults.
///
/// # Errors
///
/// Those of the first section that fails.
pub fn all(session: &Session) -> Result<()> {
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
        session.say("the two heatmaps and the explorer need a network with 2 inputs: left out");
    }
    if session.exact()?.is_some() {
        hypercube::run(session, &hypercube::Options::default())?;
    }
    if plane {
        explore::record(session, &explore::Options::default())?;
    }
    Ok(())
}
