//! The live pieces: what stands beside a section's main figure for those who have scripts, made from
//! what `explore` recorded of the network and its points.

use serde::Serialize;

use crate::error::{Result, While};
use crate::explorer::data::{Colours, Subject, bytes, codes};
use crate::explorer::rows::ExplorerNetwork;
use crate::explorer::{SECTION, bundle};
use crate::record::Saved;
use crate::sections::best_subsets::rows::BestSubsetRow;
use crate::sections::hypercube::rows::{
    BestMask, FlipCovarianceRow, FrontierRow, HypercubeSummary,
};
use crate::sections::shared::results::Results;
use crate::sections::why::rows::WhySummary;
use crate::style::base64;

/// Up to this many coordinates of points the page carries: as text they take about 100 kB.
const MOST_COORDINATES: usize = 20_000;

/// Each node is a square that a finger can hit; more of them would fill the screen.
const MOST_NODES: usize = 40;

/// What the page puts in.
#[derive(Debug)]
pub(super) struct Live {
    /// The content of `<script id="live-data" type="application/json">`.
    pub data: String,
    /// The script of all pieces.
    pub script: String,
    /// Their style.
    pub style: &'static str,
    /// The names of the pieces that there are records for.
    pub pieces: Vec<&'static str>,
}

/// Everything that the pieces know.
#[derive(Serialize)]
struct Data {
    network: ExplorerNetwork,
    points: Points,
    /// Half the side of the plane; none for a network with other than two inputs.
    extent: Option<f64>,
    /// Radius of the data's circle, if it is one.
    radius: Option<f64>,
    colours: Colours,
    /// Exact covariance of ln(loss) at the start of a flip path and after so many flips, `[N + 1]`.
    covariance: Option<Vec<f64>>,
    /// Exact correlation of ln(loss) with that of the reversal.
    reversal: Option<f64>,
    /// The best masks.
    sizes: Option<Vec<Best>>,
    /// The median loss of the masks of each size, `[N + 1]`.
    medians: Option<Vec<f64>>,
    centring: Option<Centring>,
}

/// The evaluation points, little-endian in base64.
#[derive(Serialize)]
struct Points {
    /// `Float32` where that is exact, else `Float64`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `[M, inputs]`.
    coordinates: String,
    /// u16 `[M]`.
    labels: String,
}

/// The best mask of a size.
#[derive(Serialize)]
struct Best {
    size: usize,
    mask: String,
    loss: f64,
    proven: bool,
}

/// The mean over other networks of the correlation of ln(loss) with the reversal's, against the place of
/// the output bias.
#[derive(Serialize)]
struct Centring {
    /// Widths of their hidden layers.
    cell: String,
    networks: usize,
    places: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    /// Standard deviations of the margin from the place at which random sub-networks do best.
    at: f64,
    value: f64,
}

/// Reads the records; none where `explore` has left none that can be read, or of too large a network.
///
/// # Errors
/// When a table of another section is broken.
pub(super) fn read(results: &Results) -> Result<Option<Live>> {
    let Ok(saved) = Saved::open(&results.folder().join(SECTION)) else { return Ok(None) };
    // Whoever draws the explorer from broken records says so; the page can do without the pieces.
    let Ok(subject) = Subject::read(&saved) else { return Ok(None) };
    let Subject { network, points, labels, plane } = subject;
    let n = network.means.len();
    if points.data.len() > MOST_COORDINATES || n > MOST_NODES {
        return Ok(None);
    }
    let widths: Vec<usize> =
        network.layers.iter().rev().skip(1).rev().map(|layer| layer.outputs).collect();
    let classes = network.layers.last().map_or(0, |layer| layer.outputs);
    let hypercube = results.hypercube_of(&saved);
    let sizes = best(results, &saved, widths.len())?;
    let mut pieces = vec!["flip-path", "reversal"];
    pieces.extend(sizes.is_some().then_some("greedy"));
    pieces.extend((classes == 2).then_some("centring"));
    let data = Data {
        points: pack(&points.data, &labels),
        extent: plane.map(|plane| plane.extent),
        radius: saved.parameter("circle_radius").and_then(serde_json::Value::as_f64),
        colours: Colours::of_maps(),
        covariance: hypercube.map(|own| covariance(own, n)).transpose()?.flatten(),
        reversal: hypercube.map(reversal).transpose()?.flatten(),
        sizes,
        medians: hypercube.map(|own| medians(own, n)).transpose()?.flatten(),
        centring: results.section("why").map(|why| centring(why, &widths)).transpose()?.flatten(),
        network,
    };
    let json = serde_json::to_string(&data)
        .while_doing(|| "cannot put live pieces together".to_owned())?;
    let (data, script) = (bundle::escaped(&json), bundle::live());
    Ok(Some(Live { data, script, style: bundle::LIVE_STYLE, pieces }))
}

fn pack(points: &[f64], labels: &[f64]) -> Points {
    let is_single = points.iter().all(|&x| f64::from(x as f32) == x);
    let coordinates = if is_single {
        bytes(points, |x| (x as f32).to_le_bytes())
    } else {
        bytes(points, f64::to_le_bytes)
    };
    Points {
        kind: if is_single { "Float32" } else { "Float64" },
        coordinates: base64(&coordinates),
        labels: base64(&codes(labels)),
    }
}

/// The best mask of each size: exact ones, or with one hidden layer those of the search.
fn best(results: &Results, of: &Saved, hidden: usize) -> Result<Option<Vec<Best>>> {
    if let Some(saved) = results.hypercube_of(of).filter(|saved| saved.has("best_masks.csv")) {
        let rows: Vec<BestMask> = saved.table("best_masks.csv")?;
        let own = |row: BestMask| Best {
            size: row.size,
            mask: row.mask.to_string(),
            loss: row.loss,
            proven: true,
        };
        return Ok(Some(rows.into_iter().map(own).collect()));
    }
    let search = results.section_of("best-subsets", of).filter(|_| hidden == 1);
    let Some(saved) = search else { return Ok(None) };
    let rows: Vec<BestSubsetRow> = saved.table("best_masks.csv")?;
    let own = |row: BestSubsetRow| Best {
        size: row.size,
        mask: row.mask,
        loss: row.loss,
        proven: row.proven,
    };
    Ok(Some(rows.into_iter().map(own).collect()))
}

fn covariance(saved: &Saved, n: usize) -> Result<Option<Vec<f64>>> {
    let rows: Vec<FlipCovarianceRow> = saved.optional_table("flip_covariance.csv")?;
    let is_whole = rows.len() == n + 1 && rows[0].log_loss_covariance > 0.0;
    Ok(is_whole.then(|| rows.into_iter().map(|row| row.log_loss_covariance).collect()))
}

fn reversal(saved: &Saved) -> Result<Option<f64>> {
    let summary: HypercubeSummary = saved.json("summary.json")?;
    Ok(Some(summary.reversal_correlation_log_loss).filter(|r| r.is_finite()))
}

fn medians(saved: &Saved, n: usize) -> Result<Option<Vec<f64>>> {
    let rows: Vec<FrontierRow> = saved.optional_table("frontier.csv")?;
    let is_whole = rows.len() == n + 1 && rows.iter().enumerate().all(|(k, row)| row.size == k);
    Ok(is_whole.then(|| rows.into_iter().map(|row| row.median).collect()))
}

/// Networks of these widths; where there are none, and this is one hidden layer, others of one.
fn centring(why: &Saved, widths: &[usize]) -> Result<Option<Centring>> {
    let rows: Vec<WhySummary> = why.optional_table("summary.csv")?;
    let own = |row: &&WhySummary| {
        let what = [&row.piece, &row.setting, &row.quantity, &row.statistic].map(String::as_str);
        what == ["centring", "shifted", "reversal_log_loss", "mean"]
    };
    let rows: Vec<&WhySummary> = rows.iter().filter(own).collect();
    let name = widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
    let same = rows.iter().find(|row| row.cell == name);
    let alike = || rows.iter().find(|row| widths.len() == 1 && !row.cell.contains('-'));
    let Some(first) = same.or_else(alike) else { return Ok(None) };
    let place = |row: &&WhySummary| Place { at: row.at, value: row.value };
    let places = rows.iter().filter(|row| row.cell == first.cell).map(place).collect();
    Ok(Some(Centring { cell: first.cell.clone(), networks: first.networks, places }))
}

#[cfg(test)]
mod tests;
