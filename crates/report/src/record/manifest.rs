//! `manifest.json`: how a section's results came about.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// File name of the manifest in every results folder.
pub const MANIFEST: &str = "manifest.json";

/// What the numbers of a section are about. Sections of one folder have the same study, so that
/// no page lays numbers of one network beside those of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Study {
    /// SHA-256 of the network's shape and values, in hexadecimal.
    pub network: String,
    /// SHA-256 of the evaluation points and their labels; in `train`, which evaluates no sub-network,
    /// of the points held out of given ones, and none where points are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<String>,
    /// How nodes are removed: `zero` or `mean`; none in `train`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ablation: Option<String>,
    /// What is measured of masks where that is not the loss: `kl`, the divergence from the full network's
    /// output; none in `train`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Study {
    /// Whether both can be about the same: what only one of them binds does not matter, and points
    /// bind no section that removes no nodes, for others can be evaluated.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        let trains = self.trains() || other.trains();
        self.network == other.network
            && (trains || same(&self.points, &other.points))
            && (trains || self.value == other.value)
            && same(&self.ablation, &other.ablation)
    }

    /// Whether it is that of the section which makes a network.
    pub(crate) fn trains(&self) -> bool {
        self.ablation.is_none()
    }

    /// Whether this is of a network that is made anew, with other points held out than those that
    /// `section` is about.
    pub(crate) fn outdates(&self, section: &Self) -> bool {
        self.trains() && self.points.is_some() && self.points != section.points
    }
}

/// What is known about a run when it is done, apart from its files.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Run {
    /// The command line.
    pub command: String,
    /// Every resolved parameter by name.
    pub parameters: Map<String, Value>,
    /// The seed that masks and paths were drawn from, and in `train` the network.
    pub seed: u64,
    /// Whether it was a quick look, which never takes the place of a full record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quick: bool,
    /// Commit of the working copy that the run was started in, if it was one.
    pub git_revision: Option<String>,
    /// Whether tracked files other than results differed from that commit.
    pub git_dirty: Option<bool>,
    /// Versions of the workspace, burn and rustc by name.
    pub versions: BTreeMap<String, String>,
    /// Name of the burn backend.
    pub backend: String,
    /// The device it ran on.
    pub device: String,
    /// Name of the processor.
    pub cpu: String,
    /// Threads used.
    pub threads: usize,
    /// Wall-clock time in seconds.
    pub seconds: f64,
}

/// Everything in `manifest.json`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Manifest {
    /// The section, as on the command line.
    pub section: String,
    /// What its numbers are about; none of an ensemble, and none in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub study: Option<Study>,
    /// How it was run.
    #[serde(flatten)]
    pub run: Run,
    /// SHA-256 of every file of the section but this one, in hexadecimal, by file name.
    pub outputs: BTreeMap<String, String>,
}

/// The processor's name as Linux gives it, else the architecture.
#[must_use]
pub fn cpu_name() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    });
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The commit of the current directory's working copy, and whether tracked files differ from it.
///
/// The top-level folder `results` does not count: writing results would otherwise make every run
/// after the first look as if the code had been changed. Both are none outside a working copy or
/// without git.
#[must_use]
pub fn git_state() -> (Option<String>, Option<bool>) {
    let Some(revision) = git(&["rev-parse", "HEAD"]) else { return (None, None) };
    let status = ["status", "--porcelain", "--untracked-files=no", "--"];
    let changes = git(&[&status[..], &[":(top)", ":(top,exclude)results"]].concat());
    (Some(revision), changes.map(|changes| !changes.is_empty()))
}

/// What git prints, trimmed; none when it fails.
fn git(arguments: &[&str]) -> Option<String> {
    // Status may refresh the index; a reader must not take a lock that a commit is waiting for.
    let output = Command::new("git").arg("--no-optional-locks").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
