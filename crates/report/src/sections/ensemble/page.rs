//! `ensemble`.

use super::networks::{CellId, NetworkRow};
use super::rows::{CellSummary, EnsembleRun, Fit, RecipeClaim, RecipeRow, StatisticRow, Verdict};
use crate::error::Result;
use crate::record::Saved;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::{Part, Table, Told, shown};
use crate::words::{count, counted, fixed, listed, optional, percent, short};
use crate::write_up::{MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT};

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    let networks = NetworkRow::read(saved)?;
    let runs: Vec<(CellId, EnsembleRun)> = saved.pairs("runs.csv")?;
    let recipes: Vec<(CellId, RecipeRow)> = saved.pairs("recipes.csv")?;
    let fits: Vec<(CellId, Fit)> = saved.pairs("fits.csv")?;
    let claims: Vec<(CellId, RecipeClaim)> = saved.pairs("recipe_claims.csv")?;
    let mut cells: Vec<(CellId, CellSummary)> = saved.pairs("summary.csv")?;
    cells.retain(|(_, row)| row.statistic == "reversal_correlation_log_loss");
    let median = |(_, row): &(CellId, CellSummary)| row.median.unwrap_or_default();
    let by =
        |a: &&(CellId, CellSummary), b: &&(CellId, CellSummary)| median(a).total_cmp(&median(b));
    let ends = cells.iter().min_by(by).zip(cells.iter().max_by(by)).map(|(low, high)| {
        let words = |(cell, row): &(CellId, CellSummary)| {
            format!("{} ({})", optional(row.median), cell.words())
        };
        format!(" The medians range from {} to {}.", words(low), words(high))
    });
    let ends = ends.unwrap_or_default();
    let count_of = counted(networks.len(), "network");
    let histograms = (!networks.is_empty()).then(|| {
        shown(
            "ensemble",
            &["networks.csv", "verdicts.csv"],
            "How the statistic behind each observation varies over networks.",
            format!(
                "Histograms over networks of the statistics behind the observations, with the write-up’s \
                 network and ours marked; the verdicts under Methods have their medians and ranges. \
                 {count_of} in all."
            ),
        )
    });
    let reversal = (!networks.is_empty()).then(|| {
        shown(
            "ensemble-reversal",
            &["networks.csv", "summary.csv"],
            "The reversal correlation of ln(loss) by depth, width, training and removal.",
            format!(
                "Median and 90\u{a0}% range of the reversal correlation over the networks of each \
                 recipe.{ends}"
            ),
        )
    });
    let likelihood = (!fits.is_empty()).then(|| {
        shown(
            "ensemble-recipes",
            &["likelihood.csv", "fits.csv"],
            "How likely the write-up’s three numbers are under each recipe, over training steps.",
            "Log-likelihood of the write-up’s three numbers over training steps, a line for each circle \
             and a panel for each distribution of the initial weights; the table of fits has the \
             highest point of each."
                .to_owned(),
        )
    });
    let verdicts: Vec<Verdict> = saved.optional_table("verdicts.csv")?;
    let tables = [
        recipes_table(&recipes),
        fits_table(&fits, &claims, &recipes),
        cells_table(&cells),
        runs_table(&runs),
    ];
    let claims = Part {
        question: "Which observations are true of most networks, and which of one network or one recipe?",
        finding: tally(&verdicts).map_or_else(
            || "Too few networks to judge the observations by".to_owned(),
            |tally| format!("Of {}, {tally}", counted(verdicts.len(), "claim")),
        ),
        rests_on: format!("{count_of}, each at every one of its sub-networks"),
        words: [
            Some(format!(
                "{count_of}, each trained from a seed of its own and measured at every one of its \
                 sub-networks. The rule by which claims are judged is under Methods."
            )),
            ordinary(&recipes),
        ]
        .into_iter()
        .flatten()
        .collect(),
        details: Vec::new(),
        figure: histograms,
        live: None,
    };
    Ok(Told {
        title: "Many networks",
        parts: vec![claims],
        more: reversal.into_iter().chain(likelihood).collect(),
        tables: tables.into_iter().flatten().collect(),
    })
}

/// The verdicts in the order in which they are counted up, as said of one and of several claims.
const KINDS: [(&str, &str, &str); 5] = [
    ("holds", "holds", "hold"),
    ("fails", "fails", "fail"),
    ("depends on the network", "depends on the network", "depend on the network"),
    ("undecided", "is undecided", "are undecided"),
    ("not decided by the text", "is not decided by the text", "are not decided by the text"),
];

/// How many claims hold, fail, and so on; none where nothing is decided.
fn tally(verdicts: &[Verdict]) -> Option<String> {
    let words = |(kind, one, many): (&str, &str, &str)| {
        let number = verdicts.iter().filter(|row| row.verdict == kind).count();
        (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
    };
    let decided = verdicts.iter().any(|row| row.verdict != "undecided");
    decided.then(|| listed(&KINDS.into_iter().filter_map(words).collect::<Vec<_>>()))
}

/// How ordinary the write-up's numbers are among networks of the default recipe.
fn ordinary(recipes: &[(CellId, RecipeRow)]) -> Option<String> {
    recipes.first().map(|(cell, row)| {
        format!(
            "Of {} made by the default recipe ({}), {} lie at least as far from their mean as the \
             write-up’s three published numbers do (95\u{a0}% interval {} to {}).",
            counted(row.networks, "network"),
            cell.words(),
            percent(row.share_farther),
            percent(row.farther_low),
            percent(row.farther_high)
        )
    })
}

/// The rule of the verdicts, with its thresholds where they are on record.
pub(crate) fn rule(saved: &Saved) -> String {
    let of = |name: &str| saved.parameter("rule")?.get(name)?.as_f64();
    let (Some(holds), Some(fewest), Some(fits)) = (of("holds"), of("fewest"), of("fits")) else {
        return "An observation holds if its criterion is true of nearly all networks, fails if of \
                nearly none, and depends on the network between."
            .to_owned();
    };
    format!(
        "An observation holds if its criterion is true of {} of the networks or more, fails if of \
         {} or less, and depends on the network between; it is undecided if the 95\u{a0}% interval \
         of that share (Wilson’s) lies on both sides of a line, or there are fewer than {} \
         networks. What would turn on something that the text does not say (how much is “greatly”, how \
         many paths were drawn) is not decided by the text. It does so whatever the recipe if all other recipes that fit the write-up’s \
         numbers (of whose networks at least {} are as far off, steps being free) give the same \
         answer. What is unusual under these recipes need not be false of the write-up’s network.",
        percent(holds),
        percent(1.0 - holds),
        short(fewest),
        percent(fits)
    )
}

fn recipes_table(recipes: &[(CellId, RecipeRow)]) -> Option<Table> {
    let mut table = Table::new(
        "How ordinary are the write-up’s three numbers? They among the networks of each recipe, mean \
         ± standard deviation over networks. Last column: share of the networks that lie at least as \
         far from their mean as the write-up does (Mahalanobis distance), and its 95 % interval. \
         That a recipe fits does not make it the write-up’s",
        &[
            "data",
            "initial weights",
            "steps",
            "networks",
            "mean loss, p = ¼",
            "mean loss, p = ¾",
            "10 × mean gradient",
            "as far",
        ],
    );
    let theirs = [MEAN_LOSS_25, MEAN_LOSS_75, TEN_MEAN_GRADIENT].map(|value| fixed(value, 4));
    let [low, high, gradient] = theirs;
    let dash = || "–".to_owned();
    let name = "the write-up".to_owned();
    table.row([name, dash(), dash(), "1".to_owned(), low, high, gradient, dash()]);
    for (cell, row) in recipes {
        let spread = |mean: f64, sd: f64| format!("{} ± {}", fixed(mean, 3), fixed(sd, 3));
        let [low, high] = [row.farther_low, row.farther_high].map(percent);
        table.row([
            cell.data.clone(),
            cell.init.clone(),
            count(cell.steps),
            count(row.networks),
            spread(row.mean_loss_25, row.mean_loss_25_sd),
            spread(row.mean_loss_75, row.mean_loss_75_sd),
            spread(row.ten_mean_gradient, row.ten_mean_gradient_sd),
            format!("{} ({low} to {high})", percent(row.share_farther)),
        ]);
    }
    (!recipes.is_empty()).then_some(table)
}

/// Every recipe at the steps that fit best, and of how many of its networks each claim is true that
/// is not true of nearly all or none everywhere.
fn fits_table(
    fits: &[(CellId, Fit)],
    claims: &[(CellId, RecipeClaim)],
    recipes: &[(CellId, RecipeRow)],
) -> Option<Table> {
    let mut observations: Vec<(usize, &str)> = Vec::new();
    for (_, claim) in claims {
        let decided = |row: &&(CellId, RecipeClaim)| {
            row.1.statement != claim.statement || row.1.share.is_none_or(|share| share >= 0.9)
        };
        let varies = !claims.iter().all(|row| decided(&row));
        let name = (claim.observation, claim.statement.as_str());
        if varies && !observations.contains(&name) {
            observations.push(name);
        }
    }
    let titles: Vec<String> = observations.iter().map(|(n, _)| n.to_string()).collect();
    let mut header = vec!["data", "initial weights", "best steps", "log-likelihood", "as far"];
    header.extend(titles.iter().map(String::as_str));
    let mut table = Table::new(
        "Which recipes fit? The number of steps that makes the write-up’s three numbers likeliest, \
         and the share of networks that are no nearer at steps of their own choice. Then, at the \
         nearest measured number of steps, the share of networks of which an observation is true, \
         for those that some recipe makes true of fewer than 90 %",
        &header,
    );
    for (best, fit) in fits {
        let same = |id: &CellId| CellId { steps: best.steps, ..id.clone() } == *best;
        let off = |id: &CellId| (id.steps as f64 / best.steps as f64).ln().abs();
        let own = recipes.iter().map(|(id, _)| id).filter(|id| same(id));
        let nearest = own.min_by(|a, b| off(a).total_cmp(&off(b)));
        let [low, high] = [fit.farther_low, fit.farther_high].map(percent);
        let mut row = vec![
            best.data.clone(),
            best.init.clone(),
            count(best.steps),
            fixed(fit.log_likelihood, 1),
            format!("{} ({low} to {high})", percent(fit.share_farther)),
        ];
        row.extend(observations.iter().map(|(observation, statement)| {
            let claim = claims.iter().find(|(id, claim)| {
                Some(id) == nearest
                    && claim.observation == *observation
                    && claim.statement == *statement
            });
            claim.and_then(|(_, c)| c.share).map_or_else(|| "–".to_owned(), percent)
        }));
        table.row(row);
    }
    (!fits.is_empty()).then_some(table)
}

fn cells_table(cells: &[(CellId, CellSummary)]) -> Option<Table> {
    let mut table = Table::new(
        "Reversal correlation of ln(loss) over the networks of each recipe: median, and what nine \
         networks in ten lie between",
        &[&CELL[..], &["networks", "median", "range"]].concat(),
    );
    for (cell, row) in cells {
        let range = format!("{} to {}", optional(row.low), optional(row.high));
        table.row(
            [cell_words(cell), vec![count(row.networks), optional(row.median), range]].concat(),
        );
    }
    (!cells.is_empty()).then_some(table)
}

fn runs_table(runs: &[(CellId, EnsembleRun)]) -> Option<Table> {
    let head = [&CELL[..], &["networks", "minutes"]].concat();
    let mut table = Table::new("What was run", &head);
    for (cell, run) in runs {
        table
            .row([cell_words(cell), vec![count(run.networks), short(run.seconds / 60.0)]].concat());
    }
    (!runs.is_empty()).then_some(table)
}

/// The columns that say which cell it is.
const CELL: [&str; 5] = ["data", "initial weights", "hidden nodes", "steps", "removal"];

fn cell_words(cell: &CellId) -> Vec<String> {
    let CellId { data, init, steps, ablation, .. } = cell.clone();
    vec![data, init, cell.widths(), count(steps), ablation]
}

/// The formula of each statistic.
///
/// # Errors
/// When the record is broken.
pub(crate) fn formulas_table(saved: &Saved) -> Result<Option<Table>> {
    let statistics: Vec<StatisticRow> = saved.optional_table("statistics.csv")?;
    let mut table = Table::new(
        "What is measured of each network, the columns of networks.csv. E is over all masks, E_p \
         with nodes on with probability p; gᵢ = ∂loss/∂bᵢ and λᵢ = ∂ln(loss)/∂bᵢ are pooled over \
         nodes and masks",
        &["statistic", "observation", "formula"],
    );
    table.prose = true;
    for row in &statistics {
        let observation = row.observation.map_or_else(|| "–".to_owned(), |n| n.to_string());
        table.row([row.statistic.clone(), observation, row.formula.clone()]);
    }
    Ok((!table.rows.is_empty()).then_some(table))
}
