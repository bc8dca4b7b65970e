//! `averages` as it is typed, against `hypercube` on the same network.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use report::Saved;
use report::records::{
    AverageSummary, AveragedNode, DegreeWeight, ExactCheck, HypercubeSummary, InteractionRow,
    LossCurveRow, MeanCurveRow, NodeValue, PairedMoment, SpectrumRow,
};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests/reference").join(name)
}

fn run(section: &str, name: &str, out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args([section, "--quiet", "--out"])
        .arg(out)
        .arg("--model")
        .arg(reference(name).join("model.safetensors"))
        .arg("--points")
        .arg(reference(name).join("points.csv"))
        .args(more)
        .output()
        .unwrap()
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-12, "{what}: {found} is not {expected}");
}

#[test]
fn one_hidden_layer_gives_the_values_of_the_whole_table() {
    for (ablation, value) in [("zero", "loss"), ("mean", "loss"), ("mean", "kl")] {
        let out = tempfile::tempdir().unwrap();
        for section in ["averages", "hypercube"] {
            let options = ["--ablation", ablation, "--value", value];
            let output = run(section, "wide16", out.path(), &options);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let [averages, all] =
            ["averages", "hypercube"].map(|name| Saved::open(&out.path().join(name)).unwrap());
        let nodes: Vec<AveragedNode> = averages.table("nodes.csv").unwrap();
        let expected: Vec<NodeValue> = all.table("nodes.csv").unwrap();
        assert_eq!(nodes.len(), expected.len());
        for (node, expected) in nodes.iter().zip(&expected) {
            assert_eq!((node.node, node.layer), (expected.node, expected.layer));
            assert_near(node.loss_shapley, expected.loss_shapley, "Shapley value");
            assert_near(node.loss_banzhaf, expected.loss_banzhaf, "Banzhaf value");
        }
        let spectrum: Vec<DegreeWeight> = averages.table("spectrum.csv").unwrap();
        let expected: Vec<SpectrumRow> = all.table("spectrum.csv").unwrap();
        assert_eq!(spectrum.len(), 9, "with 300 points all pairs of them are taken");
        for (found, expected) in spectrum.iter().zip(&expected) {
            assert_near(found.loss_weight, expected.loss_weight, "weight");
        }
        let pairs: Vec<PairedMoment> = averages.table("point_pairs.csv").unwrap();
        let expected: HypercubeSummary = all.json("summary.json").unwrap();
        for (statistic, expected) in [
            ("variance", expected.sd_loss.powi(2)),
            ("reversal_correlation", expected.reversal_correlation_loss),
        ] {
            let row = pairs.iter().find(|row| row.statistic == statistic).unwrap();
            assert_near(row.value, expected, statistic);
            assert!(row.error < 1e-10 && row.share == 1.0, "{row:?}");
        }
        let curve: Vec<LossCurveRow> = averages.table("mean_curve.csv").unwrap();
        let expected: Vec<MeanCurveRow> = all.table("mean_curve.csv").unwrap();
        assert_eq!(curve.len(), 101);
        for found in &curve {
            let of = expected.iter().find(|row| (row.p - found.p).abs() < 1e-12).unwrap();
            assert_near(found.loss, of.loss, "mean loss");
        }
        let pairs: Vec<InteractionRow> = averages.table("interactions.csv").unwrap();
        let expected: Vec<InteractionRow> = all.table("interactions.csv").unwrap();
        // The table of all masks lists the strongest pairs only.
        let listed: Vec<_> = expected.iter().filter(|row| row.quantity == "loss").collect();
        assert!(listed.len() > 5);
        for expected in listed {
            let pair = (expected.first, expected.second);
            let found = pairs.iter().find(|row| (row.first, row.second) == pair).unwrap();
            assert_near(found.effect, expected.effect, "interaction");
        }
        let summary: AverageSummary = averages.json("summary.json").unwrap();
        assert!(summary.shapley_error < 1e-11, "{summary:?}");
    }
}

#[test]
fn deep_networks_count_their_last_layer_and_three_classes_are_refused() {
    let out = tempfile::tempdir().unwrap();
    let output = run("averages", "two_layer", out.path(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let saved = Saved::open(&out.path().join("averages")).unwrap();
    let nodes: Vec<AveragedNode> = saved.table("nodes.csv").unwrap();
    let numbers: Vec<(usize, usize)> = nodes.iter().map(|node| (node.node, node.layer)).collect();
    assert_eq!(numbers, (6..11).map(|node| (node, 1)).collect::<Vec<_>>());

    let out = tempfile::tempdir().unwrap();
    let output = run("averages", "three_class", out.path(), &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("two classes") && stderr.lines().count() == 1, "{stderr}");
}

/// Sampled sections lie beside the averages where there are too many masks for a table.
#[test]
fn wide_networks_have_exact_means_beside_the_sampled_ones() {
    let expected = std::fs::read(reference("wide40").join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let out = tempfile::tempdir().unwrap();
    let exact = |section: &str| -> Vec<ExactCheck> {
        let output = run(section, "wide40", out.path(), &["--masks", "64"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Saved::open(&out.path().join(section)).unwrap().table("exact.csv").unwrap()
    };
    for check in exact("loss-density") {
        let p = check.p.unwrap().to_string();
        assert_near(check.exact, expected["mean_loss"][&p].as_f64().unwrap(), "mean loss");
    }
    let checks = exact("gradients");
    for check in checks.iter().filter(|check| check.p.is_some()) {
        let p = check.p.unwrap();
        let half = |name| expected["gate_gradient"][p.to_string()][name].as_f64().unwrap();
        assert_near(check.exact, p * half("on") + (1.0 - p) * half("off"), "mean gate gradient");
    }
    assert_eq!(checks.len(), 6, "three probabilities and the sanity check");
}
