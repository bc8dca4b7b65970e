//! Made-up records of the ensemble section.

use std::path::Path;

use report::Run;
use report::records::NetworkRow;
use serde_json::json;

use super::begin;

/// Writes the section's results: 40 networks of one layer, 10 of two.
pub fn ensemble(out: &Path) {
    let record = begin(out, "ensemble");
    let row = |seed: u64, hidden: &str| {
        let wave = (1.9 * seed as f64).sin();
        NetworkRow {
            seed,
            data: "half-area".into(),
            hidden: hidden.into(),
            n_nodes: 20,
            n_layers: hidden.split('-').count(),
            steps: 7000,
            ablation: "zero".into(),
            n_points: 1024,
            mean_loss_25: 1.0 + 0.1 * wave,
            reversal_correlation_log_loss: 0.3 + 0.2 * wave,
            scale_ratio: (seed != 3).then_some(4.0 + wave),
            ..NetworkRow::default()
        }
    };
    let rows = (0..40).map(|seed| row(seed, "20")).chain((0..10).map(|seed| row(seed, "10-10")));
    record.table("networks.csv", &rows.collect::<Vec<_>>()).unwrap();
    let parameters = json!({ "base": {
        "data": "half-area", "hidden": "20", "steps": 7000, "ablation": "zero", "n_points": 1024,
    }});
    let run = Run { parameters: parameters.as_object().unwrap().clone(), ..Run::default() };
    record.finish(run).unwrap();
}
