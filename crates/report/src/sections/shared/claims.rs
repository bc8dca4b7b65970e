//! What findings may claim: no more than their intervals support.

use crate::sections::flip_paths::rows::FlipPathsSummary;
use crate::words::counted;

/// What a reversal correlation means.
pub(crate) fn reversal_title(correlation: f64) -> &'static str {
    if correlation >= 0.1 {
        "A sub-network and its exact opposite do well or badly together"
    } else if correlation > -0.1 {
        "A sub-network and its exact opposite have little to do with each other"
    } else {
        "Where a sub-network does well, its exact opposite does badly"
    }
}

/// Whether a loss is forgotten along flip paths, and what is left at the reversal.
pub(crate) fn paths_title(summary: &FlipPathsSummary) -> String {
    let at_the_end = match (summary.reversal_low, summary.reversal_high) {
        (low, high) if low.is_nan() || high.is_nan() => {
            return "All sub-networks have the same loss".to_owned();
        }
        (low, _) if low > 0.0 => "comes back at the reversal",
        (_, high) if high < 0.0 => "turns to its opposite at the reversal",
        _ => "does not come back at the reversal, as far as the interval tells",
    };
    summary.flips_until_insignificant.map_or_else(
        || "A sub-network’s loss is never wholly forgotten along a flip path".to_owned(),
        |flips| {
            format!(
                "A sub-network’s loss is forgotten after {}, and {at_the_end}",
                counted(flips, "flip")
            )
        },
    )
}

/// The two sides of the sanity check, each with its standard error: within 10 % of the second they
/// are about the same, as in the verdict on observation 4.
pub(crate) fn sanity_title(gradient: (f64, f64), difference: (f64, f64)) -> &'static str {
    let gap = (gradient.0 - difference.0).abs();
    let bound = 0.1 * difference.0.abs();
    let error = 1.96 * gradient.1.hypot(difference.1);
    if gap + error <= bound {
        "On average, gate gradients foretell what removing many nodes does"
    } else if gap - error > bound {
        "Even on average, gate gradients do not foretell what removing many nodes does"
    } else {
        "Whether gate gradients foretell what removing many nodes does is left open"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_what_its_interval_supports() {
        for (correlation, words) in [
            (0.6, "do well or badly together"),
            (0.0, "little to do with each other"),
            (-0.5, "does badly"),
        ] {
            let title = reversal_title(correlation);
            assert!(title.contains(words), "{correlation}: {title}");
        }
        for (low, high, flips, words) in [
            (0.1, 0.2, Some(8), "forgotten after 8 flips, and comes back at the reversal"),
            (-0.2, -0.1, Some(1), "forgotten after 1 flip, and turns to its opposite"),
            (-0.1, 0.1, Some(2), "does not come back at the reversal, as far as"),
            (0.1, 0.2, None, "never wholly forgotten"),
            (f64::NAN, f64::NAN, Some(1), "All sub-networks have the same loss"),
        ] {
            let summary = FlipPathsSummary {
                paths: 100,
                flips_until_insignificant: flips,
                reversal_correlation: (low + high) / 2.0,
                reversal_low: low,
                reversal_high: high,
            };
            let title = paths_title(&summary);
            assert!(title.contains(words), "{low} to {high}: {title}");
        }
        for (gradient, difference, words) in [
            ((-0.455, 0.0), (-0.433, 0.0), "gradients foretell"),
            ((-0.9, 0.01), (-0.433, 0.01), "gradients do not foretell"),
            ((-0.455, 0.1), (-0.433, 0.1), "left open"),
            ((0.0, 0.0), (f64::NAN, 0.0), "left open"),
        ] {
            let title = sanity_title(gradient, difference);
            assert!(title.contains(words), "{gradient:?} and {difference:?}: {title}");
        }
    }
}
