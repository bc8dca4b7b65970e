//! Paths in few bytes.

use std::fmt::Write as _;

use plotters_backend::BackendCoord;

/// Adds a path in relative coordinates, without needless separators.
pub(super) fn write_path(points: &[BackendCoord], data: &mut String) {
    let Some(&(x, y)) = points.first() else { return };
    let _ = write!(data, "M{x} {y}");
    let mut last = ' ';
    for ends in points.windows(2) {
        let (dx, dy) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
        let (command, numbers) = match (dx, dy) {
            (_, 0) => ('h', &[dx][..]),
            (0, _) => ('v', &[dy][..]),
            _ => ('l', &[dx, dy][..]),
        };
        if command != last {
            data.push(command);
        }
        for (index, number) in numbers.iter().enumerate() {
            let begins = index == 0 && command != last;
            let space = if begins || *number < 0 { "" } else { " " };
            let _ = write!(data, "{space}{number}");
        }
        last = command;
    }
}

/// Leaves out points that are no farther from the line without them than rounding has moved them,
/// which is half a canvas unit (Ramer, Douglas and Peucker).
pub(super) fn simplified(points: &[BackendCoord]) -> Vec<BackendCoord> {
    const TOLERANCE: f64 = 0.5;
    let mut keep = vec![false; points.len()];
    let mut parts = vec![(0, points.len().saturating_sub(1))];
    while let Some((first, last)) = parts.pop() {
        for end in [first, last] {
            if let Some(kept) = keep.get_mut(end) {
                *kept = true;
            }
        }
        let between =
            (first + 1..last).map(|k| (k, distance(points[k], points[first], points[last])));
        let farthest = between.max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((k, _)) = farthest.filter(|(_, distance)| *distance > TOLERANCE) {
            parts.extend([(first, k), (k, last)]);
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

/// From a point to the straight line between two others.
fn distance(point: BackendCoord, from: BackendCoord, to: BackendCoord) -> f64 {
    let vector = |to: BackendCoord| {
        (f64::from(to.0) - f64::from(from.0), f64::from(to.1) - f64::from(from.1))
    };
    let ((x, y), (dx, dy)) = (vector(point), vector(to));
    let length = dx * dx + dy * dy;
    let share = if length > 0.0 { ((x * dx + y * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - share * dx).hypot(y - share * dy)
}

#[cfg(test)]
mod tests {
    use super::{distance, simplified, write_path};

    #[test]
    fn paths_are_short() {
        let mut data = String::new();
        write_path(&[(5, 5), (9, 5), (12, 5), (10, 3), (9, -4), (9, 7)], &mut data);
        assert_eq!(data, "M5 5h4 3l-2-2-1-7v11");
    }

    #[test]
    fn points_that_rounding_could_have_moved_are_left_out() {
        let stairs: Vec<_> = (0..400).map(|x| (x, (x + 3) / 7)).collect();
        let kept = simplified(&stairs);
        assert!(kept.len() < 20, "{} points", kept.len());
        assert_eq!((kept.first(), kept.last()), (stairs.first(), stairs.last()));
        let off = |&point: &(i32, i32)| {
            let near = kept.windows(2).map(|ends| distance(point, ends[0], ends[1]));
            near.fold(f64::INFINITY, f64::min)
        };
        assert!(stairs.iter().all(|point| off(point) <= 0.5));
        let spike = [(0, 0), (10, 0), (11, -90), (12, 0), (20, 0)];
        assert_eq!(simplified(&spike), spike);
        let closed = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)];
        assert_eq!(simplified(&closed), closed);
        assert_eq!(simplified(&[]), []);
    }
}
