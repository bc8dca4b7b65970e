//! The answers of the committed pages, computed once more from the records beside them.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

#[expect(dead_code, reason = "other tests look at more of an element")]
#[path = "support/html.rs"]
mod html;

use std::fs;
use std::path::{Path, PathBuf};

use html::{Element, elements};
use report::records::{
    AveragedNode, BestSubsetRow, CriterionRow, DegreeWeight, ExactCheck, FlipPathsSummary,
    FrontierRow, HypercubeSummary, NodeKind, PairedMoment, RemovedNode, SanityRow, SpectrumRow,
    SplitNode, Summary, TrainingStep, Verdict,
};
use report::{PAGE, Saved};

/// A committed page and the records that it is about.
struct Study {
    folder: PathBuf,
    elements: Vec<Element>,
}

impl Study {
    fn open(folder: &Path) -> Self {
        let html = fs::read_to_string(folder.join(PAGE)).unwrap();
        Self { folder: folder.to_owned(), elements: elements(&html) }
    }

    fn section(&self, name: &str) -> Option<Saved> {
        let folder = self.folder.join(name);
        folder.is_dir().then(|| Saved::open(&folder).unwrap())
    }

    /// Every one of these is said in a part of the page.
    fn says(&self, part: &str, told: &[String]) {
        let found = self.elements.iter().find(|e| e.attribute("id") == part);
        let words = found.unwrap_or_else(|| panic!("no {part} in {:?}", self.folder)).words();
        for told in told {
            let told = told.replace('-', "−");
            let words = words.replace('-', "−");
            assert!(words.contains(&told), "{:?}: '{told}' is not in: {words}", self.folder);
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn studies() -> Vec<Study> {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results");
    let further = fs::read_dir(results.join("studies")).unwrap();
    let mut folders: Vec<PathBuf> = further.map(|entry| entry.unwrap().path()).collect();
    folders.push(results);
    folders.iter().map(|folder| Study::open(folder)).collect()
}

#[test]
fn training_and_single_removals() {
    for study in studies() {
        let history: Vec<TrainingStep> =
            study.section("train").unwrap().table("history.csv").unwrap();
        let last = history.last().unwrap();
        study.says("train-1", &[percent(last.accuracy), format!("{:.3} nats", last.loss)]);
        let Some(saved) = study.section("prediction-heatmap") else { continue };
        let removed: Vec<RemovedNode> = saved.table("removed.csv").unwrap();
        let of =
            |better: fn(f64, f64) -> f64| removed.iter().map(|r| r.loss).reduce(better).unwrap();
        let (low, high) = (of(f64::min), of(f64::max));
        assert!(low >= last.loss - 1e-9, "another sentence is due");
        let told =
            format!("the loss is higher: {low:.3} to {high:.3} in place of {:.3}", last.loss);
        study.says("prediction-heatmap-1", &[told]);
    }
}

#[test]
fn random_sub_networks_against_guessing_and_the_normal_distribution() {
    for study in studies() {
        let Some(saved) = study.section("loss-density") else { continue };
        let rows: Vec<Summary> = saved.table("summary.csv").unwrap();
        let sizes = saved.manifest().run.parameters["sizes"].as_array().unwrap().clone();
        let chance = (sizes.last().unwrap().as_u64().unwrap() as f64).ln();
        let at = |side: f64| {
            let far = |r: &&Summary| side * (r.mean - chance) > 1.96 * r.mean_se;
            let values: Vec<String> = rows.iter().filter(far).map(|r| r.p.to_string()).collect();
            values.join(" and ")
        };
        let told = match (at(1.0), at(-1.0)) {
            (worse, better) if better.is_empty() && !worse.is_empty() => {
                "are worse than guessing".into()
            }
            (worse, better) if worse.is_empty() && !better.is_empty() => {
                "are better than guessing".into()
            }
            (worse, better) => {
                format!("worse than guessing at p = {worse}, and better at p = {better}")
            }
        };
        study.says("loss-density-1", &[told]);
        let rows: Vec<Summary> =
            study.section("log-loss-density").unwrap().table("summary.csv").unwrap();
        let furthest = rows.iter().map(|row| row.ks_distance).fold(0.0, f64::max);
        study.says("log-loss-density-1", &[format!("at most {furthest:.3}")]);
    }
}

#[test]
fn gradients() {
    for study in studies() {
        if let Some(saved) = study.section("gradients") {
            let sanity: Vec<SanityRow> = saved.table("sanity.csv").unwrap();
            let checks: Vec<ExactCheck> = saved.table("exact.csv").unwrap();
            let told = |quantity: &str| {
                let row = sanity.iter().find(|row| row.quantity == quantity).unwrap();
                let exact = checks.iter().find(|row| row.quantity == quantity).unwrap().exact;
                let decimals = (1.0 - row.se.log10().floor()) as usize;
                format!("{:.decimals$} ± {:.decimals$}, exactly {exact:.4}", row.value, row.se)
            };
            let both = [told("ten_mean_gradient"), told("loss_difference")];
            study.says("gradients-2", &both);
            let [one, other] = ["ten_mean_gradient", "loss_difference"]
                .map(|q| checks.iter().find(|row| row.quantity == q).unwrap().exact);
            let near = (one - other).abs() <= 0.1 * other.abs();
            let foretell = if near { "gradients foretell" } else { "gradients do not foretell" };
            study.says("gradients-2", &[foretell.to_owned()]);
        }
        if let Some(saved) = study.section("node-on") {
            let nodes: Vec<SplitNode> = saved.table("nodes.csv").unwrap();
            let on: f64 = nodes.iter().map(|n| n.masks_on as f64 * n.mean_on).sum();
            let off: f64 = nodes.iter().map(|n| n.masks_off as f64 * n.mean_off).sum();
            let masks_on: usize = nodes.iter().map(|n| n.masks_on).sum();
            let masks_off: usize = nodes.iter().map(|n| n.masks_off).sum();
            let told = format!(
                "{:.3} on average where it is on, {:.3} where it is off",
                on / masks_on as f64,
                off / masks_off as f64
            );
            study.says("node-on-1", &[told]);
            let scales = nodes.iter().map(|n| n.scale).filter(|scale| *scale > 0.0);
            let most = scales.clone().fold(0.0, f64::max);
            let least = scales.fold(f64::INFINITY, f64::min);
            study.says("node-on-2", &[format!("up to {:.1} times", most / least)]);
        }
        if let Some(saved) = study.section("gradient-heatmap") {
            let nodes: Vec<NodeKind> = saved.table("nodes.csv").unwrap();
            let bias = nodes.iter().filter(|node| node.kind == "bias").count();
            let told = format!("{bias} of {} nodes act as a bias", nodes.len());
            study.says("gradient-heatmap-1", &[told]);
        }
    }
}

#[test]
fn reversals_and_paths() {
    for study in studies() {
        let paths: FlipPathsSummary =
            study.section("flip-paths").unwrap().json("summary.json").unwrap();
        let end = match (paths.reversal_low, paths.reversal_high) {
            (low, _) if low > 0.0 => "comes back at the reversal",
            (_, high) if high < 0.0 => "turns to its opposite at the reversal",
            _ => "does not come back",
        };
        let flips = paths.flips_until_insignificant.unwrap();
        let number = format!(
            "{:.3} (95 % interval {:.3} to {:.3})",
            paths.reversal_correlation, paths.reversal_low, paths.reversal_high
        );
        study.says("flip-paths-1", &[format!("after {flips} flips, and {end}"), number]);
        let Some(saved) = study.section("hypercube") else { continue };
        let summary: HypercubeSummary = saved.json("summary.json").unwrap();
        let spectrum: Vec<SpectrumRow> = saved.table("spectrum.csv").unwrap();
        let weight = |of: fn(usize) -> bool| -> f64 {
            let own = spectrum.iter().filter(|row| row.degree > 0 && of(row.degree));
            own.map(|row| row.log_loss_weight).sum()
        };
        let (even, odd) = (weight(|d| d % 2 == 0), weight(|d| d % 2 == 1));
        let correlation = (even - odd) / (even + odd);
        assert!((correlation - summary.reversal_correlation_log_loss).abs() < 1e-9);
        let told = match correlation {
            c if c >= 0.1 => "do well or badly together",
            c if c > -0.1 => "little to do with each other",
            _ => "its exact opposite does badly",
        };
        let shares = [even, weight(|d| d == 2), odd].map(|weight| percent(weight / (even + odd)));
        let [even, pairs, odd] = shares;
        study.says(
            "hypercube-1",
            &[
                told.to_owned(),
                format!("ln(loss) of {correlation:.3}, exact"),
                format!("{even} of the variance"),
                format!("{pairs} from pairs"),
                format!("{odd} comes from odd ones"),
            ],
        );
    }
}

#[test]
fn best_sub_networks() {
    for study in studies() {
        if let Some(saved) = study.section("hypercube") {
            let frontier: Vec<FrontierRow> = saved.table("frontier.csv").unwrap();
            let missed = |row: &FrontierRow| row.greedy.min(row.taylor) / row.best;
            let most = frontier.iter().max_by(|a, b| missed(a).total_cmp(&missed(b))).unwrap();
            let told = format!(
                "{} of {} nodes on: the best has {:.3}, greedy {:.3}, by gradient {:.3}",
                most.size,
                frontier.len() - 1,
                most.best,
                most.greedy,
                most.taylor
            );
            let finds =
                if missed(most) >= 1.05 { "misses the best" } else { "finds nearly the best" };
            study.says("hypercube-2", &[finds.to_owned(), told]);
            let spearman = &saved.manifest().run.parameters["removal_rank_correlation_spearman"];
            let spearman = spearman.as_f64().unwrap();
            study.says("hypercube-3", &[format!("{spearman:.3} (Spearman)")]);
        }
        let Some(saved) = study.section("best-subsets") else { continue };
        let best: Vec<BestSubsetRow> = saved.table("best_masks.csv").unwrap();
        let criteria: Vec<CriterionRow> = saved.table("criteria.csv").unwrap();
        let median = |name: &str| {
            let own = criteria.iter().filter(|row| row.criterion == name);
            let inner = own.filter(|row| row.size > 0 && row.size + 1 < best.len());
            let mut excess: Vec<f64> =
                inner.map(|row| (row.loss / best[row.size].loss - 1.0).max(0.0)).collect();
            excess.sort_by(f64::total_cmp);
            excess[excess.len() / 2]
        };
        let mut names: Vec<&str> = criteria.iter().map(|row| row.criterion.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let nearest = names.into_iter().map(median).fold(f64::INFINITY, f64::min);
        let proven = best.iter().filter(|row| row.proven).count();
        let proven = if proven == best.len() {
            "all of them are proven".to_owned()
        } else {
            format!("{proven} of {} are proven", best.len())
        };
        study.says("best-subsets-1", &[format!("by {} of the loss", percent(nearest)), proven]);
    }
}

#[test]
fn averages() {
    for study in studies() {
        let Some(saved) = study.section("averages") else { continue };
        let nodes: Vec<AveragedNode> = saved.table("nodes.csv").unwrap();
        let lower = nodes.iter().filter(|node| node.loss_shapley < 0.0).count();
        study.says("averages-1", &[format!("{lower} of {} nodes lower the loss", nodes.len())]);
        let pairs: Vec<PairedMoment> = saved.optional_table("point_pairs.csv").unwrap();
        let Some(variance) = pairs.iter().find(|row| row.statistic == "variance") else { continue };
        let spectrum: Vec<DegreeWeight> = saved.table("spectrum.csv").unwrap();
        let known = spectrum.iter().filter(|row| (1..=4).contains(&row.degree));
        let rest = 1.0 - known.map(|row| row.loss_weight).sum::<f64>() / variance.value;
        study.says("averages-2", &[format!("carry {:.2} %", 100.0 * rest.max(0.0))]);
    }
}

#[test]
fn claims_are_counted_up() {
    for study in studies() {
        let Some(saved) = study.section("ensemble") else { continue };
        let verdicts: Vec<Verdict> = saved.table("verdicts.csv").unwrap();
        let of = |kind: &str| verdicts.iter().filter(|row| row.verdict == kind).count();
        let told = format!(
            "Of {} claims, {} hold, {} fails, {} depend on the network and {} are not decided",
            verdicts.len(),
            of("holds"),
            of("fails"),
            of("depends on the network"),
            of("not decided by the text")
        );
        study.says("ensemble-1", &[told]);
    }
}
