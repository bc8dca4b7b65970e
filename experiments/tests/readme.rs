//! The numbers in the README are those of the committed records. `UPDATE_README=1` writes the table
//! of verdicts into it anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use report::Saved;
use report::records::{
    CellId, ExactCheck, FlipCovarianceRow, NetworkRow, RecipeRow, SanityRow, Summary, Verdict,
};
use report::words::{self, percent};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn saved(section: &str) -> Saved {
    Saved::open(&root().join("results").join(section)).unwrap()
}

/// The row that also says what p is.
const QUARTER: &str = "mean loss, p = 0.25 (each node on with probability p)";

/// The row of the numbers table that begins with this quantity.
fn row(readme: &str, quantity: &str) -> String {
    let line = readme.lines().find(|line| line.starts_with(&format!("| {quantity} |")));
    line.unwrap_or_else(|| panic!("no row '{quantity}'")).replace('−', "-")
}

fn assert_in(readme: &str, quantity: &str, numbers: &[String]) {
    let row = row(readme, quantity);
    for number in numbers {
        assert!(row.contains(number.as_str()), "'{quantity}' should say {number}: {row}");
    }
}

#[test]
fn the_table_of_numbers_is_that_of_the_records() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let exact = |section: &str, quantity: &str, p: Option<f64>, statistic: &str| -> f64 {
        let checks: Vec<ExactCheck> = saved(section).table("exact.csv").unwrap();
        let own = |c: &&ExactCheck| c.quantity == quantity && c.p == p && c.statistic == statistic;
        checks.iter().find(own).unwrap().exact
    };
    let losses: Vec<Summary> = saved("loss-density").table("summary.csv").unwrap();
    for (p, name) in [(0.25, QUARTER), (0.75, "mean loss, p = 0.75")] {
        let own = losses.iter().find(|s| s.p == p).unwrap();
        let sampled = format!("{:.4} ± {:.4}", own.mean, own.mean_se);
        let exact = format!("| {:.4}", exact("loss-density", "loss", Some(p), "mean"));
        assert_in(&readme, name, &[sampled, exact]);
    }
    let sanity: Vec<SanityRow> = saved("gradients").table("sanity.csv").unwrap();
    for (quantity, name) in [
        ("ten_mean_gradient", "10 × mean gate gradient, p = 0.5"),
        ("loss_difference", "difference of the two mean losses"),
    ] {
        let own = sanity.iter().find(|s| s.quantity == quantity).unwrap();
        let sampled = format!("{:.4} ± {:.4}", own.value, own.se);
        let exact = format!("| {:.4}", exact("gradients", quantity, None, "value"));
        assert_in(&readme, name, &[sampled, exact]);
    }
    let own = default_network();
    for (name, quantity, decimals) in [
        (
            "gradient_peak_ratio_50",
            "peak of the gate gradients' density at ½ over its normal fit's",
            3,
        ),
        ("gradient_kurtosis_50", "their excess kurtosis", 3),
        (
            "trough_lower_ratio_030",
            "density of ∂ln(loss)/∂bᵢ at 0 over the lower peak beside it",
            3,
        ),
        ("scale_ratio", "gradient scale of the strongest node over the weakest's", 1),
    ] {
        assert_in(&readme, quantity, &[format!("| {:.decimals$} |", own.get(name).unwrap())]);
    }
    let bias = format!("| {} of 20 |", own.get("bias_nodes").unwrap());
    assert_in(&readme, "nodes that act as a bias", &[bias]);
    let folder = root().join("results/flip-paths/summary.json");
    let paths: serde_json::Value = serde_json::from_slice(&fs::read(folder).unwrap()).unwrap();
    let number = |key: &str| paths[key].as_f64().unwrap();
    let sampled = format!(
        "{:.3} ({:.3} to {:.3})",
        number("reversal_correlation"),
        number("reversal_low"),
        number("reversal_high")
    );
    let reversal = format!("| {:.3}", exact("flip-paths", "log_loss", None, "correlation"));
    assert_in(&readme, "correlation of log loss with its reversal", &[sampled, reversal]);
}

/// The networks of the default recipe.
fn default_networks() -> Vec<NetworkRow> {
    let saved = saved("ensemble");
    let base: CellId = serde_json::from_value(saved.parameter("base").unwrap().clone()).unwrap();
    let mut networks = NetworkRow::read(&saved).unwrap();
    networks.retain(|row| row.cell == base);
    networks
}

/// The seed of the network in `results/train`.
fn trained_seed() -> u64 {
    let sidecar = fs::read_to_string(root().join("results/train/model.json")).unwrap();
    let sidecar: serde_json::Value = serde_json::from_str(&sidecar).unwrap();
    sidecar["recipe"]["seed"].as_u64().unwrap()
}

/// The default network, as it was measured among the others.
fn default_network() -> NetworkRow {
    let seed = trained_seed();
    default_networks().into_iter().find(|row| row.seed == seed).unwrap()
}

/// A number as the README writes it.
fn written(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−")
}

#[test]
fn the_headline_is_the_exact_covariance() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap().replace('\n', " ");
    let exact: Vec<FlipCovarianceRow> = saved("hypercube").table("flip_covariance.csv").unwrap();
    let at = |row: &FlipCovarianceRow| row.log_loss_covariance;
    let below: Vec<&FlipCovarianceRow> = exact.iter().filter(|row| at(row) < 0.0).collect();
    let (first, last) = (below[0].flips, below[below.len() - 1].flips);
    assert_eq!(last - first + 1, below.len(), "it is negative once");
    let least = below.iter().map(|row| at(row)).fold(0.0, f64::min);
    let (start, end) = (&exact[0], &exact[exact.len() - 1]);
    for said in [
        format!("falls from {} through zero", written(at(start), 3)),
        format!("between {} and {first} flips and dips slightly below,", first - 1),
        format!("below, to {}.", written(least, 3)),
        format!("from {} flips on it is positive again", last + 1),
        format!("when all {} nodes have been switched it is {}.", end.flips, written(at(end), 3)),
    ] {
        assert!(readme.contains(&said), "the README should say '{said}'");
    }
}

#[test]
fn intervals_that_miss_the_exact_value_are_marked() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut held = 0;
    let rows = [
        (QUARTER, "loss-density", "loss", Some(0.25), "mean"),
        ("mean loss, p = 0.75", "loss-density", "loss", Some(0.75), "mean"),
        ("10 × mean gate gradient, p = 0.5", "gradients", "ten_mean_gradient", None, "value"),
        ("difference of the two mean losses", "gradients", "loss_difference", None, "value"),
        (
            "correlation of log loss with its reversal",
            "flip-paths",
            "log_loss",
            None,
            "correlation",
        ),
    ];
    for (name, section, quantity, p, statistic) in rows {
        let checks: Vec<ExactCheck> = saved(section).table("exact.csv").unwrap();
        let own = |c: &&ExactCheck| c.quantity == quantity && c.p == p && c.statistic == statistic;
        let check = checks.iter().find(own).unwrap();
        let holds = (check.low..=check.high).contains(&check.exact);
        assert_eq!(check.inside, holds);
        held += usize::from(holds);
        let marked = row(&readme, name).contains("missed by the interval");
        assert_eq!(marked, !holds, "'{name}'");
    }
    let said = format!("{held} of {} have it within", rows.len());
    assert!(readme.contains(&said), "the README should say '{said}'");
}

#[test]
fn what_it_says_of_many_networks_is_in_the_records() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap().replace('\n', " ");
    let recipes: Vec<(CellId, RecipeRow)> = saved("ensemble").pairs("recipes.csv").unwrap();
    let own = &recipes[0].1;
    let spread = |mean, sd| format!("{} ± {}", written(mean, 3), written(sd, 3));
    assert_eq!(own.networks, 1000);
    let said = format!(
        "of 1,000 networks trained by it the two mean losses are {} and {}, and 10 × the mean \
         gradient is {}",
        spread(own.mean_loss_25, own.mean_loss_25_sd),
        spread(own.mean_loss_75, own.mean_loss_75_sd),
        spread(own.ten_mean_gradient, own.ten_mean_gradient_sd)
    );
    assert!(readme.contains(&said), "the README should say '{said}'");
    assert!(own.share_farther >= 0.05, "the write-up's network is ordinary");
}

/// The table of verdicts: between its two marks in the README.
fn verdict_table() -> String {
    let number = words::optional;
    let row = |v: &Verdict| {
        let range = match v.median {
            None if v.verdict == "holds" => "an identity".to_owned(),
            None => "–".to_owned(),
            median => format!("{} ({} to {})", number(median), number(v.low), number(v.high)),
        };
        let share = v.share.filter(|_| v.median.is_some());
        let share = share.map(|share| format!(": true of {}", percent(share)));
        let share = share.unwrap_or_default();
        let across = match v.across.as_str() {
            "" => String::new(),
            "depends on the recipe" => "; depends on the recipe".to_owned(),
            across => format!(" {across}"),
        };
        let Verdict { observation, statement, verdict, .. } = v;
        format!("| {observation} {statement} | {range} | **{verdict}**{share}{across} |\n")
    };
    let verdicts: Vec<Verdict> = saved("ensemble").table("verdicts.csv").unwrap();
    let head = "| observation | median (90 % of networks) | verdict |\n| --- | --- | --- |\n";
    head.to_owned() + &verdicts.iter().map(row).collect::<String>()
}

#[test]
fn the_table_of_verdicts_is_that_of_the_records() {
    const MARKS: [&str; 2] = ["<!-- verdicts: from results/ensemble -->\n", "<!-- end -->\n"];
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(MARKS[0]).expect("the README marks its verdicts");
    let (table, after) = rest.split_once(MARKS[1]).expect("the README marks their end");
    let expected = verdict_table();
    if std::env::var_os("UPDATE_README").is_some() {
        let new = [before, MARKS[0], &expected, MARKS[1], after].concat();
        fs::write(&path, new).unwrap();
        return;
    }
    assert!(table == expected, "UPDATE_README=1 writes it:\n{expected}");
}

#[test]
fn the_digits_are_read_as_well_as_the_record_says() {
    let sidecar: serde_json::Value = saved("studies/digits/train").json("model.json").unwrap();
    assert_eq!(sidecar["recipe"]["sizes"], serde_json::json!([64, 20, 10]));
    let accuracy = 100.0 * sidecar["reached"]["accuracy"].as_f64().unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&format!("Twenty nodes read {accuracy:.1} % of [handwritten digits]")));
}

#[test]
fn the_readme_stays_short() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 150, "{} lines", readme.lines().count());
    let long = readme.lines().find(|line| line.chars().count() > 250);
    assert_eq!(long, None);
}

#[test]
fn every_file_that_a_document_links_is_there() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "crates/hypercube/README.md",
        "crates/hypercube/benches/peers/README.md",
        "crates/python/README.md",
        "crates/stats/README.md",
        "experiments/sweeps/README.md",
    ] {
        let path = root().join(document);
        let text = fs::read_to_string(&path).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http")) {
            let file = path.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(file.exists(), "{document} links {link}");
        }
    }
}

/// The default network: the first with four bias nodes and ordinary numbers of which observations 1
/// to 7 are true.
#[test]
fn the_default_network_is_the_first_that_looks_like_the_write_ups() {
    let own = default_networks();
    let names = ["mean_loss_25", "mean_loss_75", "sanity_gradient"];
    let numbers = |row: &NetworkRow| names.map(|name| row.get(name).unwrap());
    // Within two standard deviations in each of the numbers: less than what makes the write-up's
    // numbers ordinary, and enough for one network of many.
    let ordinary = |row: &NetworkRow| {
        (0..3).all(|k| {
            let column: Vec<f64> = own.iter().map(|row| numbers(row)[k]).collect();
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let squares = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
            (numbers(row)[k] - mean).abs() < 2.0 * (squares / column.len() as f64).sqrt()
        })
    };
    let looks_alike = |row: &NetworkRow| {
        let get = |name: &str| row.get(name);
        let at = |name: &str, p: &str| row.get(&format!("{name}_{p}"));
        let each = |holds: &dyn Fn(&str) -> bool| ["25", "50", "75"].into_iter().all(holds);
        let troughs = ["trough_lower_ratio_25", "trough_lower_ratio_030", "trough_lower_ratio_75"];
        get("bias_nodes") == Some(4.0)
            && each(&|p| at("log_loss_ks", p).unwrap() <= 0.05)
            && each(&|p| at("gradient_kurtosis", p).unwrap() > 0.0)
            && each(&|p| at("gradient_peak_ratio", p).unwrap() > 1.0)
            && get("mean_gradient_50").unwrap() < 0.0
            && (get("sanity_gradient").unwrap() / get("sanity_difference").unwrap() - 1.0).abs()
                <= 0.1
            && troughs.iter().all(|name| get(name).is_some_and(|ratio| ratio < 1.0))
            && get("peaks_on").unwrap() + get("peaks_off").unwrap() > 2.0
            && get("scale_ratio").unwrap() >= 5.0
            && ordinary(row)
    };
    let first = own.iter().find(|row| looks_alike(row)).unwrap();
    assert_eq!(trained_seed(), first.seed);
}
