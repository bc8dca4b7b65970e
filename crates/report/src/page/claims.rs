//! What findings may claim: no more than their intervals support.

/// What a reversal correlation means.
pub(super) fn reversal_title(correlation: f64) -> &'static str {
    if correlation >= 0.1 {
        "A sub-network and its exact opposite do well or badly together"
    } else if correlation > -0.1 {
        "A sub-network and its exact opposite have little to do with each other"
    } else {
        "Where a sub-network does well, its exact opposite does badly"
    }
}

/// [`reversal_title`] of a sampled correlation, if both ends of its interval agree on it.
pub(super) fn sampled_title(correlation: f64, (low, high): (f64, f64)) -> &'static str {
    let title = reversal_title(correlation);
    if [low, high].map(reversal_title) == [title; 2] {
        return title;
    }
    match () {
        () if low > 0.0 => "The losses of a sub-network and its exact opposite rise together",
        () if high < 0.0 => "The losses of a sub-network and its exact opposite go apart",
        () => "How a sub-network and its exact opposite compare is left open by this sample",
    }
}

/// The two sides of the sanity check, each with its standard error: within 10 % of the second they
/// are about the same, as in the verdict on observation 4.
pub(super) fn sanity_title(gradient: (f64, f64), difference: (f64, f64)) -> &'static str {
    let gap = (gradient.0 - difference.0).abs();
    let bound = 0.1 * difference.0.abs();
    let error = 1.96 * gradient.1.hypot(difference.1);
    if gap + error <= bound {
        "Gradients of single gates foretell what removing many nodes does on average"
    } else if gap - error > bound {
        "Gradients of single gates do not foretell what removing many nodes does on average"
    } else {
        "Whether gradients of single gates foretell what removing many nodes does is left open"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_what_its_interval_supports() {
        for (correlation, interval, words) in [
            (0.6, (0.55, 0.65), "do well or badly together"),
            (0.12, (0.05, 0.19), "rise together"),
            (0.6, (-0.2, 0.9), "left open"),
            (0.0, (-0.05, 0.05), "little to do with each other"),
            (-0.5, (-0.6, -0.4), "does badly"),
            (-0.12, (-0.19, -0.05), "go apart"),
        ] {
            let title = sampled_title(correlation, interval);
            assert!(title.contains(words), "{correlation} in {interval:?}: {title}");
        }
        for (gradient, difference, words) in [
            ((-0.455, 0.0), (-0.433, 0.0), "gates foretell"),
            ((-0.9, 0.01), (-0.433, 0.01), "do not foretell"),
            ((-0.455, 0.1), (-0.433, 0.1), "left open"),
            ((0.0, 0.0), (f64::NAN, 0.0), "left open"),
        ] {
            let title = sanity_title(gradient, difference);
            assert!(title.contains(words), "{gradient:?} and {difference:?}: {title}");
        }
    }
}
