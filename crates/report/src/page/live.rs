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
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::explorer::rows::{ExplorerLayer, ExplorerPlane};
    use crate::record::{Drawing, Record, Run};

    fn begin(out: &Path, section: &str) -> Record {
        let drawing =
            Drawing { figures: |_| Ok(Vec::new()), page: |_| Ok(None), page_name: |_| None };
        Record::create(out, section, drawing).unwrap()
    }

    fn finish(record: Record) {
        record.finish(Run::default()).unwrap();
    }

    /// Records a 2-2-2 network and `points` after `spoil` has had its way with them.
    fn explore(out: &Path, points: &[f64], spoil: impl FnOnce(&Record)) {
        let record = begin(out, SECTION);
        let layer = || ExplorerLayer {
            inputs: 2,
            outputs: 2,
            weights: vec![1.0, -1.0, -1.0, 1.0],
            biases: vec![0.5, -0.5],
        };
        let layers = vec![layer(), layer()];
        let activation = Some("</script><!-- gelu".to_owned());
        let network = ExplorerNetwork { layers, activation, means: vec![0.0; 2] };
        record.json("network.json", &network).unwrap();
        let count = points.len() / 2;
        record.array_f64("points.npy", &[count, 2], points).unwrap();
        record.array_u16("labels.npy", &[count], &vec![1; count]).unwrap();
        let plane = ExplorerPlane { extent: 2.0, side: 1, labels: vec![(0, 1)] };
        record.json("plane.json", &plane).unwrap();
        spoil(&record);
        finish(record);
    }

    fn live(out: &Path) -> Option<Live> {
        read(&Results::open(out, [SECTION, "best-subsets"].into_iter()).unwrap()).unwrap()
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let out = tempfile::tempdir().unwrap();
        explore(out.path(), &[0.25, -0.5], |_| ());
        let live = live(out.path()).unwrap();
        assert!(!live.data.contains('<') && !live.script.to_lowercase().contains("</script"));
        let data: Value = serde_json::from_str(&live.data).unwrap();
        assert_eq!(data["network"]["activation"], "</script><!-- gelu");
        assert_eq!(data["extent"], 2.0);
        // 0.25 and −0.5, then 1, the low byte first.
        let points = json!({ "type": "Float32", "coordinates": "AACAPgAAAL8=", "labels": "AQA=" });
        assert_eq!(data["points"], points);
    }

    #[test]
    fn points_that_are_not_single_stay_double() {
        let out = tempfile::tempdir().unwrap();
        explore(out.path(), &[0.1, 1.0], |_| ());
        let data: Value = serde_json::from_str(&live(out.path()).unwrap().data).unwrap();
        assert_eq!(data["points"]["type"], "Float64");
        assert_eq!(data["points"]["coordinates"], "mpmZmZmZuT8AAAAAAADwPw==");
    }

    #[test]
    fn there_are_only_pieces_that_there_are_records_for() {
        let out = tempfile::tempdir().unwrap();
        explore(out.path(), &[0.0, 1.0], |_| ());
        assert_eq!(live(out.path()).unwrap().pieces, ["flip-path", "reversal", "centring"]);
        let record = begin(out.path(), "best-subsets");
        let row = |size, mask: &str, loss| BestSubsetRow {
            size,
            mask: mask.to_owned(),
            loss,
            accuracy: 1.0,
            lower_bound: 0.0,
            proven: size == 0,
        };
        let rows = [row(0, "0", 0.5), row(1, "2", 0.25), row(2, "3", 0.125)];
        record.table("best_masks.csv", &rows).unwrap();
        finish(record);
        let live = live(out.path()).unwrap();
        assert!(live.pieces.contains(&"greedy"));
        let data: Value = serde_json::from_str(&live.data).unwrap();
        let expected = json!({ "size": 1, "mask": "2", "loss": 0.25, "proven": false });
        assert_eq!(data["sizes"][1], expected);
        assert_eq!(data["reversal"], Value::Null, "nothing exact is on record");
    }

    #[test]
    fn without_a_record_that_can_be_read_there_is_nothing() {
        let none = |points: &[f64], spoil: &dyn Fn(&Record)| {
            let out = tempfile::tempdir().unwrap();
            explore(out.path(), points, spoil);
            live(out.path()).is_none()
        };
        assert!(!none(&[0.0, 1.0], &|_| ()));
        assert!(none(&[0.0, 1.0], &|r| std::fs::remove_file(r.path("points.npy")).unwrap()));
        assert!(none(&[0.0, 1.0], &|r| r.array_u16("labels.npy", &[1], &[2]).unwrap()));
        assert!(none(&[0.0, 1.0], &|r| r.file("network.json", b"{").unwrap()));
        assert!(none(&vec![0.5; MOST_COORDINATES + 2], &|_| ()), "too many points");
        let out = tempfile::tempdir().unwrap();
        finish(begin(out.path(), "best-subsets"));
        assert!(live(out.path()).is_none(), "never recorded");
    }
}
