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
    FrontierRow, HypercubeSummary, MeanCurveRow, NodeKind, PairedMoment, RemovedNode,
    SampledMoment, SanityRow, SpectrumRow, SplitNode, Summary, TrainingStep, Verdict,
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

    /// Headings and paragraphs of a section's answers.
    fn answers(&self, section: &str) -> Vec<String> {
        let is_in = |mut index: usize, id: &str| loop {
            match self.elements[index].parent {
                Some(parent) if self.elements[parent].attribute("id") == id => break true,
                Some(parent) => index = parent,
                None => break false,
            }
        };
        let texts = self.elements.iter().enumerate().filter(|(index, e)| {
            ["h2", "h3", "p"].contains(&&*e.name)
                && e.attribute("class") != "question"
                && (1..10).any(|part| is_in(*index, &format!("{section}-{part}")))
        });
        texts.map(|(_, e)| e.words()).collect()
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

/// A number in a text.
#[derive(Clone, Copy)]
struct Number<'a> {
    value: f64,
    decimals: usize,
    percent: bool,
    /// What stands between the one before and this.
    before: &'a str,
}

impl Number<'_> {
    /// Whether it is this, rounded; shares are told of logarithms too.
    fn is(&self, recorded: f64) -> bool {
        let close = 0.5001 * 10_f64.powi(-(self.decimals as i32));
        let scale = if self.percent { 100.0 } else { 1.0 };
        let fits = |value: f64| (scale * value - self.value).abs() <= close;
        fits(recorded) || (self.percent && fits(recorded.exp()))
    }

    /// Another number of the same kind.
    fn moved(self) -> Self {
        Self { value: self.value + 7.0 * 10_f64.powi(-(self.decimals as i32)), ..self }
    }
}

fn numbers(text: &str) -> Vec<Number<'_>> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
        let digits = from[..end].trim_end_matches(['.', ',']).replace(',', "");
        rest = &from[end..];
        let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
        let sign = if before.ends_with('−') { -1.0 } else { 1.0 };
        // The number of a publication is none.
        let value = digits.parse::<f64>().ok().filter(|_| !before.ends_with("doi:"));
        let percent = rest.trim_start().starts_with('%');
        found.extend(value.map(|v| Number { value: sign * v, decimals, percent, before }));
    }
    found
}

/// Numbers that are told together: a value with its interval, as in `0.41 (0.38 to 0.44)`, or one alone.
fn told_together<'a>(all: &'a [Number<'a>]) -> Vec<&'a [Number<'a>]> {
    let plain = |text: &str| text.replace(['%', '−', ' ', '\u{a0}'], "");
    let mut groups = Vec::new();
    let mut rest = all;
    while let Some((_, after)) = rest.split_first() {
        let is_interval =
            rest.len() >= 3 && plain(rest[1].before) == "(" && plain(rest[2].before) == "to";
        let (group, next) = if is_interval { rest.split_at(3) } else { (&rest[..1], after) };
        groups.push(group);
        rest = next;
    }
    groups
}

/// The numbers of a section's record, row by row: those of its summary and parameters are rows of one.
/// Curves, and tables of every network, have so many that some number would always fit.
fn recorded(saved: &Saved) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    let outputs = saved.manifest().outputs.keys();
    for name in outputs.filter(|name| name.ends_with(".csv") && !name.contains("density")) {
        let text = fs::read_to_string(saved.path(name)).unwrap();
        if text.lines().count() <= 2000 && name != "ecdf.csv" {
            let cells = |line: &str| line.split(',').filter_map(|cell| cell.parse().ok()).collect();
            all.extend(text.lines().map(cells));
        }
    }
    let mut single = Vec::new();
    if saved.has("summary.json") {
        values(&saved.json("summary.json").unwrap(), &mut single);
    }
    let parameters = saved.manifest().run.parameters.clone();
    values(&serde_json::Value::Object(parameters.into_iter().collect()), &mut single);
    all.push(single);
    all
}

fn values(json: &serde_json::Value, to: &mut Vec<f64>) {
    match json {
        serde_json::Value::Number(number) => to.extend(number.as_f64()),
        serde_json::Value::Array(all) => all.iter().for_each(|value| values(value, to)),
        serde_json::Value::Object(all) => all.values().for_each(|value| values(value, to)),
        _ => {}
    }
}

/// What is computed from the records where it is told.
fn derived(study: &Study) -> Vec<f64> {
    let mut all = vec![0.1, 0.25, 0.5, 0.75, 0.05, 0.03, 2.0_f64.ln(), 10.0_f64.ln()];
    if let Some(saved) = study.section("hypercube") {
        let rows: Vec<SpectrumRow> = saved.table("spectrum.csv").unwrap();
        let weight = |of: &dyn Fn(usize) -> bool| -> f64 {
            rows.iter().filter(|r| r.degree > 0 && of(r.degree)).map(|r| r.log_loss_weight).sum()
        };
        let total = weight(&|_| true);
        all.extend(
            [weight(&|d| d % 2 == 0), weight(&|d| d == 2), weight(&|d| d % 2 == 1)]
                .map(|w| w / total),
        );
        let curve: Vec<MeanCurveRow> = saved.table("mean_curve.csv").unwrap();
        let at = |p: f64| curve.iter().find(|row| (row.p - p).abs() < 1e-9).unwrap();
        all.extend([at(0.5).loss_derivative / 2.0, at(0.75).loss - at(0.25).loss]);
        let frontier: Vec<FrontierRow> = saved.table("frontier.csv").unwrap();
        let half = &frontier[frontier.len() / 2];
        all.extend([half.best, half.median]);
        let rank = |kind: &str| {
            saved.parameter(&format!("removal_rank_correlation_{kind}")).unwrap().as_f64().unwrap()
        };
        all.extend(["spearman", "kendall"].map(rank));
    }
    if let Some(saved) = study.section("gradient-heatmap") {
        all.extend(["loss.npy", "gradients.npy"].map(|name| near_the_circle(&saved, name)));
    }
    if let Some(saved) = study.section("node-on") {
        let nodes: Vec<SplitNode> = saved.table("nodes.csv").unwrap();
        let mean = |of: &dyn Fn(&SplitNode) -> (usize, f64)| {
            let sums = nodes.iter().map(of).map(|(n, x)| (n as f64, n as f64 * x));
            let (n, x) = sums.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            x / n
        };
        let scales: Vec<f64> = nodes.iter().map(|n| n.scale).filter(|scale| *scale > 0.0).collect();
        let of = |better: fn(f64, f64) -> f64| scales.iter().copied().reduce(better).unwrap();
        all.extend([mean(&|n| (n.masks_on, n.mean_on)), mean(&|n| (n.masks_off, n.mean_off))]);
        all.push(of(f64::max) / of(f64::min));
    }
    if let Some(saved) = study.section("best-subsets") {
        let best: Vec<BestSubsetRow> = saved.table("best_masks.csv").unwrap();
        let criteria: Vec<CriterionRow> = saved.table("criteria.csv").unwrap();
        all.extend(criteria.iter().map(|row| row.loss / best[row.size].loss - 1.0));
    }
    if let Some(saved) = study.section("averages") {
        let spectrum: Vec<DegreeWeight> = saved.table("spectrum.csv").unwrap();
        let pairs: Vec<PairedMoment> = saved.optional_table("point_pairs.csv").unwrap();
        let sampled: Vec<SampledMoment> = saved.table("sampled.csv").unwrap();
        let of_pairs = pairs.iter().find(|row| row.statistic == "variance").map(|row| row.value);
        let of_masks = sampled.iter().find(|r| r.quantity == "loss" && r.statistic == "variance");
        let variance = of_pairs.or(of_masks.map(|row| row.estimate)).unwrap();
        let low = spectrum.iter().filter(|row| (1..=4).contains(&row.degree));
        let shares: Vec<f64> = low.map(|row| row.loss_weight / variance).collect();
        all.push(1.0 - shares.iter().sum::<f64>());
        all.extend(shares);
    }
    all
}

/// The share of a map, or of maps, within 0.1 of the circle, over the square of the data.
fn near_the_circle(saved: &Saved, name: &str) -> f64 {
    let number = |name: &str| saved.parameter(name).unwrap().as_f64().unwrap();
    let (extent, radius) = (number("extent"), number("circle_radius"));
    let map = saved.array(name).unwrap();
    let side = *map.shape.last().unwrap();
    let (mut near, mut all) = (0.0, 0.0);
    for (k, value) in map.data.iter().enumerate() {
        let centre = |pixel: usize| extent * ((2.0 * pixel as f64 + 1.0) / side as f64 - 1.0);
        let (x, y) = (centre(k % side), centre(k / side % side));
        if x.abs() <= 1.0 && y.abs() <= 1.0 {
            all += value.abs();
            near += if (x.hypot(y) - radius).abs() < 0.1 { value.abs() } else { 0.0 };
        }
    }
    near / all
}

#[test]
fn every_number_of_an_answer_is_on_record() {
    let (mut checked, mut caught, mut missing) = (0, 0, Vec::new());
    for study in studies() {
        let derived = derived(&study);
        let ensemble = study.section("ensemble").map(|saved| recorded(&saved)).unwrap_or_default();
        for name in report::sections() {
            let Some(saved) = study.section(name) else { continue };
            let own = recorded(&saved);
            let is_known = |group: &[Number]| {
                let rows = own.iter().chain(&ensemble).chain([&derived]);
                // An interval is of one row; others may be anywhere in this section's record.
                let mut rows = rows
                    .take(if group.len() > 1 { usize::MAX } else { own.len() })
                    .chain([&derived]);
                rows.any(|row| group.iter().all(|number| row.iter().any(|&value| number.is(value))))
            };
            for text in study.answers(name) {
                for group in told_together(&numbers(&text)) {
                    // Whole numbers count nodes, steps and networks, and fit almost anything.
                    if group[0].decimals == 0 {
                        continue;
                    }
                    checked += 1;
                    if !is_known(group) {
                        let told: Vec<f64> = group.iter().map(|number| number.value).collect();
                        missing.push(format!("{:?}, {name}: {told:?} in: {text}", study.folder));
                    }
                    let others: Vec<Number> = group.iter().map(|number| number.moved()).collect();
                    caught += usize::from(!is_known(&others));
                }
            }
        }
    }
    assert!(missing.is_empty(), "not on record: {missing:#?}");
    // Of most, any other number would not be on record.
    assert!(checked > 250 && 5 * caught > 3 * checked, "{caught} of {checked} tell");
}
