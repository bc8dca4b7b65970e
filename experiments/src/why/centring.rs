//! Centring: the output bias moved past its best value, with one to four hidden layers; and reversals of
//! single layers.

use anyhow::Result;
use hypercube::Network;

use super::masks::{Centre, first_degree, flipped_correlation, logarithms, reversal, table};
use super::{Cell, Measurement, Piece, Subject};

pub const PIECE: Piece = Piece {
    name: "centring",
    quantities: &[
        "reversal_log_loss",
        "reversal_loss",
        "first_degree_share",
        "mean_loss",
        "full_loss",
        "offset",
    ],
    cells,
    measure,
};

/// As many as the ensembles of several layers have.
const NETWORKS: usize = 100;

/// Few, since ten tables of each network are made: over 128 even points a mean is about as near to that
/// over the square as over a thousand random ones.
const POINTS: usize = 128;

/// Distances of the bias from its best value, in standard deviations of the margin.
const OFFSETS: [f64; 9] = [-2.0, -1.2, -0.6, -0.3, 0.0, 0.3, 0.6, 1.2, 2.0];

/// 16 nodes: with 20 in three or four layers, where masks of early layers share little work, the tables
/// of one network take seconds. One and two layers of 20 show whether size matters.
fn cells() -> Vec<Cell> {
    let circle = |name: &str, hidden: &[usize]| Cell::circle(name, hidden, NETWORKS, POINTS);
    vec![
        circle("16", &[16]),
        circle("8-8", &[8, 8]),
        circle("6-5-5", &[6, 5, 5]),
        circle("4-4-4-4", &[4, 4, 4, 4]),
        circle("20", &[20]),
        circle("10-10", &[10, 10]),
    ]
}

/// `own` bias, and `shifted` to each offset from the best; the `highest` correlation at any of these;
/// then reversals of each layer with its own bias and with the best.
fn measure(subject: &Subject) -> Result<Vec<Measurement>> {
    let network = subject.network();
    let centre = Centre::find(network, &subject.points, subject.seed);
    let own = At::new(subject, network)?;
    let mut rows = vec![Measurement::new("own", 0.0, &own.values(centre.offset(), true))];
    let (mut centred, mut highest) = (Vec::new(), (f64::NEG_INFINITY, 0.0));
    for offset in OFFSETS {
        let at = At::new(subject, &centre.shifted(network, offset))?;
        let values = at.values(offset, offset == 0.0);
        rows.push(Measurement::new("shifted", offset, &values));
        if values[0] > highest.0 {
            highest = (values[0], offset);
        }
        if offset == 0.0 {
            centred = at.logs;
        }
    }
    let nan = f64::NAN;
    rows.push(Measurement::new("highest", 0.0, &[highest.0, nan, nan, nan, nan, highest.1]));
    rows.extend(layers(network, &own.logs, ""));
    rows.extend(layers(network, &centred, ", centred"));
    Ok(rows)
}

/// Loss and ln(loss) at all masks.
struct At {
    losses: Vec<f64>,
    logs: Vec<f64>,
}

impl At {
    fn new(subject: &Subject, network: &Network) -> Result<Self> {
        let losses = table(network, &subject.points)?;
        let logs = logarithms(&losses);
        Ok(Self { losses, logs })
    }

    /// The quantities; the share of single nodes takes a transform, and is left out where not asked for.
    fn values(&self, offset: f64, with_share: bool) -> [f64; 6] {
        let Self { losses, logs } = self;
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        let share = if with_share { first_degree(logs) } else { f64::NAN };
        [reversal(logs), reversal(losses), share, mean, losses[losses.len() - 1], offset]
    }
}

/// What reversing one layer does to ln(loss), the others all on or at random.
fn layers(network: &Network, logs: &[f64], centred: &str) -> Vec<Measurement> {
    let hidden = network.hidden();
    let mut rows = Vec::new();
    if hidden.len() == 1 {
        return rows;
    }
    let mut first = 0;
    for (layer, width) in hidden.iter().enumerate() {
        let own = ((1usize << width) - 1) << first;
        let others = (logs.len() - 1) & !own;
        let with_others: Vec<f64> =
            (0..1usize << width).map(|mask| logs[mask << first | others]).collect();
        let mut row = |setting: &str, correlation: f64| {
            let values = [correlation, f64::NAN, f64::NAN, f64::NAN, f64::NAN, f64::NAN];
            let setting = format!("{setting}{centred}");
            rows.push(Measurement::new(setting, layer as f64 + 1.0, &values));
        };
        row("layer, others on", reversal(&with_others));
        row("layer, others at random", flipped_correlation(logs, own));
        // What is left if the layer stays as it is, and all others are reversed.
        row("all but the layer", flipped_correlation(logs, others));
        first += width;
    }
    rows
}
