//! Where the numbers of dots stand, so that all of them can be read.

use std::f64::consts::TAU;

type Place = (f64, f64);

/// How far labels may be from their dots in pixels, and in how many directions.
const RINGS: [f64; 5] = [NEAREST, 20.0, 30.0, 42.0, 56.0];
const DIRECTIONS: u32 = 24;

/// Labels so near to their dots need no line to them.
pub(super) const NEAREST: f64 = 11.0;

/// How often every label looks for a better place, at most.
const ROUNDS: usize = 6;

/// Offsets of labels from their dots that keep clear of other dots and labels, and of the lines that
/// join these; less strictly, of other lines; as near to the dots as that allows, and between two
/// corners.
pub(super) fn beside(
    dots: &[Place],
    lines: &[(Place, Place)],
    corners: (Place, Place),
) -> Vec<Place> {
    let around = |ring: f64| {
        let angles = (0..DIRECTIONS).map(|step| TAU * f64::from(step) / f64::from(DIRECTIONS));
        angles.map(move |angle| (ring * angle.cos(), -ring * angle.sin()))
    };
    let offsets: Vec<Place> = RINGS.into_iter().flat_map(around).collect();
    let mut chosen: Vec<Option<Place>> = vec![None; dots.len()];
    for _ in 0..ROUNDS {
        let before = chosen.clone();
        for (index, dot) in dots.iter().enumerate() {
            let others: Vec<(Place, Option<Place>)> = (dots.iter().zip(&chosen).enumerate())
                .filter(|(other, _)| *other != index)
                .map(|(_, (dot, offset))| (*dot, offset.map(|offset| sum(*dot, offset))))
                .collect();
            let cost = |offset: &Place| {
                let label = sum(*dot, *offset);
                let crossed = lines.iter().filter(|line| from_line(label, line.0, line.1) < 8.0);
                let outside = label.0 < corners.0.0 + 7.0
                    || label.0 > corners.1.0 - 7.0
                    || label.1 < corners.0.1 + 5.0
                    || label.1 > corners.1.1 - 5.0;
                let hit: u32 = others.iter().map(|other| hits((*dot, label), *other)).sum();
                100.0 * f64::from(hit + u32::from(outside))
                    + 15.0 * crossed.count() as f64
                    + offset.0.hypot(offset.1).round()
            };
            let costs = offsets.iter().map(|offset| (cost(offset), *offset));
            chosen[index] = costs.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, offset)| offset);
        }
        if chosen == before {
            break;
        }
    }
    chosen.into_iter().map(Option::unwrap_or_default).collect()
}

/// How often a label with the line to its dot gets in the way of another dot and its label.
fn hits((dot, label): (Place, Place), (other, its): (Place, Option<Place>)) -> u32 {
    let near = |at: Place, wide: f64, high: f64| {
        (at.0 - label.0).abs() < wide && (at.1 - label.1).abs() < high
    };
    let joined = (label.0 - dot.0).hypot(label.1 - dot.1) > NEAREST + 1.0;
    let mut hits = u32::from(near(other, 11.0, 9.0));
    hits += u32::from(joined && from_line(other, dot, label) < 5.0);
    let Some(its) = its else { return hits };
    hits += u32::from(near(its, 15.0, 12.0));
    hits += u32::from(from_line(label, other, its) < 8.0);
    hits + u32::from(
        joined && (from_line(its, dot, label) < 8.0 || cross((dot, label), (other, its))),
    )
}

fn sum(a: Place, b: Place) -> Place {
    (a.0 + b.0, a.1 + b.1)
}

/// From a point to the straight line between two others.
fn from_line(point: Place, from: Place, to: Place) -> f64 {
    let (x, y) = (point.0 - from.0, point.1 - from.1);
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let share = ((x * dx + y * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
    (x - share * dx).hypot(y - share * dy)
}

/// Whether two lines cross.
fn cross((a, b): (Place, Place), (c, d): (Place, Place)) -> bool {
    let side = |p: Place, q: Place, r: Place| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::{NEAREST, Place, beside, cross, hits};

    const ROOM: (Place, Place) = ((0.0, 0.0), (400.0, 300.0));

    #[test]
    fn labels_of_close_dots_do_not_get_in_the_way() {
        // A cluster as dense as 12 nodes in a corner of a panel.
        let dots: Vec<Place> = (0..12)
            .map(|k| (100.0 + f64::from(k % 4) * 7.0, 100.0 + f64::from(k / 4) * 6.0))
            .collect();
        let offsets = beside(&dots, &[((300.0, 0.0), (300.0, 300.0))], ROOM);
        let labels: Vec<Place> =
            dots.iter().zip(&offsets).map(|(dot, by)| (dot.0 + by.0, dot.1 + by.1)).collect();
        for (index, a) in labels.iter().enumerate() {
            let apart = |b: &Place| (a.0 - b.0).abs() >= 15.0 || (a.1 - b.1).abs() >= 12.0;
            assert!(labels[..index].iter().all(apart), "{labels:?}");
            let clear = |dot: &Place| (a.0 - dot.0).abs() >= 7.0 || (a.1 - dot.1).abs() >= 7.0;
            assert!(dots.iter().all(clear), "{labels:?}");
        }
        let alone = beside(&[(50.0, 50.0)], &[], ROOM);
        assert_eq!(alone, [(NEAREST, 0.0)], "to the right, close by");
        let at_the_edge = beside(&[(398.0, 50.0)], &[], ROOM);
        assert!(at_the_edge[0].0 < 0.0, "{at_the_edge:?}");
        let under_a_line = beside(&[(50.0, 50.0)], &[((0.0, 48.0), (400.0, 48.0))], ROOM);
        assert!((50.0 + under_a_line[0].1 - 48.0).abs() >= 8.0, "{under_a_line:?}");
    }

    #[test]
    fn lines_get_in_the_way() {
        assert!(cross(((0.0, 0.0), (9.0, 9.0)), ((0.0, 9.0), (9.0, 0.0))));
        assert!(!cross(((0.0, 0.0), (9.0, 9.0)), ((0.0, 9.0), (4.0, 6.0))));
        let line = ((0.0, 0.0), (40.0, 0.0));
        assert_eq!(hits(line, ((20.0, 1.0), None)), 1, "a dot under the line");
        assert_eq!(hits(line, ((20.0, 30.0), None)), 0);
    }
}
