//! Points grouped by the nodes that matter to them.

use std::collections::BTreeMap;

use super::odds::Odds;

/// A tile needs this many nodes; smaller groups get nodes that contribute nothing.
pub(crate) const MIN_BITS: usize = 7;

/// Points at which the same nodes matter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// Bit i set: node i of the last hidden layer changes these points' logit differences.
    pub pattern: u32,
    /// The points, ascending.
    pub points: Vec<u32>,
}

/// Points' worth of work that a group costs per mask of its own beyond its points: a logarithm and
/// its share of the merge.
pub(crate) const OVERHEAD: u64 = 24;

/// Up to this many groups the quadratic search for absorptions is cheap.
const ABSORB_LIMIT: usize = 1024;

/// Groups the points, ascending by pattern.
///
/// A group whose pattern lies within another's is absorbed by it where that is less work: the
/// larger group's function does not mind points that some of its nodes do not matter to.
pub(crate) fn group(odds: &Odds) -> Vec<Group> {
    let mut by_pattern: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for m in 0..odds.points() {
        let matters = odds.slopes(m).chunks_exact(odds.d).map(|s| s.iter().any(|&s| s != 0.0));
        let mut pattern = matters.enumerate().fold(0, |bits, (i, on)| bits | u32::from(on) << i);
        // A node can stand at its mean, and yet pass on what earlier nodes do.
        for (k, tangent) in odds.tangents(m).chunks_exact(odds.d).enumerate() {
            pattern |= u32::from(tangent.iter().any(|&t| t != 0.0)) << (k % odds.n);
        }
        by_pattern.entry(pattern).or_default().push(m as u32);
    }
    let mut groups: Vec<Group> =
        by_pattern.into_iter().map(|(pattern, points)| Group { pattern, points }).collect();
    if groups.len() <= ABSORB_LIMIT {
        absorb(&mut groups);
    }
    groups
}

fn absorb(groups: &mut Vec<Group>) {
    groups.sort_by_key(|g| (g.pattern.count_ones(), g.pattern));
    for small in 0..groups.len() {
        let pattern = groups[small].pattern;
        let m = groups[small].points.len() as u64;
        let bits = |pattern: u32| pattern.count_ones().max(MIN_BITS as u32);
        let alone = (m + OVERHEAD) << bits(pattern);
        let host = (small + 1..groups.len())
            .find(|&k| groups[k].pattern & pattern == pattern && !groups[k].points.is_empty());
        if let Some(host) = host
            && m << bits(groups[host].pattern) < alone
        {
            let points = std::mem::take(&mut groups[small].points);
            groups[host].points.extend(points);
            groups[host].points.sort_unstable();
        }
    }
    groups.retain(|g| !g.points.is_empty());
    groups.sort_by_key(|g| g.pattern);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fall_into_groups_by_the_nodes_that_matter() {
        // 3 nodes, 40 + 40 + 1 points; the single point's nodes lie within the second pattern.
        let rows = [([1.0, 0.0, 0.0], 40), ([0.0, 1.0, 1.0], 40), ([0.0, 1.0, 0.0], 1)];
        let slopes: Vec<f64> = rows.iter().flat_map(|(row, times)| row.repeat(*times)).collect();
        let odds = Odds { n: 3, d: 1, consts: vec![0.0; 81], slopes, tangents: Vec::new() };
        let groups = group(&odds);
        let sizes: Vec<_> = groups.iter().map(|g| (g.pattern, g.points.len())).collect();
        assert_eq!(sizes, [(0b001, 40), (0b110, 41)]);
    }
}
