//! How a section's numbers came about, and where they are.

use super::parts::{Link, Made};
use crate::record::{Figure, MANIFEST, Saved};
use crate::sections::shared::drawing::caption;
use crate::words::fixed;

/// Tables of all masks are too large to be passed on with the results, and a page must not depend
/// on whether they are there.
const LARGE: [(&str, &str); 2] = [("hypercube", "losses.npy"), ("hypercube", "gradients.npy")];

/// How a section came about.
pub(super) fn made(saved: &Saved) -> Made {
    let names = saved.manifest().outputs.keys();
    let records = names.map(String::as_str).filter(|name| !Figure::is_named(name));
    Made {
        command: saved.manifest().run.command.clone(),
        subject: caption(saved, &[]),
        surroundings: surroundings(saved),
        files: [MANIFEST].into_iter().chain(records).map(|name| link(saved, name)).collect(),
    }
}

/// A link to a file of a section.
pub(super) fn link(saved: &Saved, name: &str) -> Link {
    let section = &saved.manifest().section;
    let passed_on = !LARGE.contains(&(section.as_str(), name)) && saved.has(name);
    let address = passed_on.then(|| format!("{section}/{name}"));
    Link { name: name.to_owned(), address }
}

fn surroundings(saved: &Saved) -> String {
    let run = &saved.manifest().run;
    let revision = run.git_revision.as_deref().map_or_else(
        || "revision unknown".to_owned(),
        |revision| {
            let short: String = revision.chars().take(12).collect();
            let state = match run.git_dirty {
                Some(true) => " with uncommitted changes",
                Some(false) => "",
                None => ", uncommitted changes unknown",
            };
            format!("revision {short}{state}")
        },
    );
    let versions = run.versions.iter().map(|(name, version)| match name.as_str() {
        // rustc's version begins with its name.
        "rustc" => version.clone(),
        name => format!("{name} {version}"),
    });
    let machine = [&run.backend, &run.cpu].into_iter().filter(|text| !text.is_empty()).cloned();
    let threads = (run.threads > 0).then(|| format!("{} threads", run.threads));
    let time = format!("{} s", fixed(run.seconds, if run.seconds < 10.0 { 2 } else { 0 }));
    let parts = [revision].into_iter().chain(versions).chain(machine).chain(threads).chain([time]);
    parts.collect::<Vec<_>>().join(", ")
}
