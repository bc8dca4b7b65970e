//! The sections: what each records, how that is drawn, and what the page says of it.
//!
//! A folder for each section: `rows` are its tables, `figure` draws them, `page` tells them. What
//! several sections share is in `shared`. [`SECTIONS`] is the only list of them.

pub(crate) mod averages;
pub(crate) mod best_subsets;
pub(crate) mod ensemble;
pub(crate) mod flip_paths;
pub(crate) mod gradient_heatmap;
pub(crate) mod gradients;
pub(crate) mod hypercube;
pub(crate) mod log_loss_density;
pub(crate) mod loss_density;
pub(crate) mod node_on;
pub(crate) mod prediction_heatmap;
pub(crate) mod shared;
pub(crate) mod train;
pub(crate) mod why;

use rayon::prelude::*;

use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::style::Form;
use shared::results::Results;
use shared::telling::Told;

/// A section.
pub(crate) struct Section {
    /// Its name on the command line, and of its folder.
    pub name: &'static str,
    /// Its figures in a form, from its records alone. Animations have no narrow form.
    pub draw: fn(&Saved, Form) -> Result<Vec<Figure>>,
    /// What the page says of it.
    pub tell: fn(&Saved, &Results) -> Result<Told>,
    /// The write-up's observations that it is about.
    pub observations: &'static [usize],
}

/// Every section, in the write-up's order, then beyond it.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        name: "train",
        draw: train::figure::draw,
        tell: train::page::tell,
        observations: &[],
    },
    Section {
        name: "prediction-heatmap",
        draw: prediction_heatmap::figure::draw,
        tell: prediction_heatmap::page::tell,
        observations: &[15],
    },
    Section {
        name: "loss-density",
        draw: loss_density::figure::draw,
        tell: loss_density::page::tell,
        observations: &[],
    },
    Section {
        name: "log-loss-density",
        draw: log_loss_density::figure::draw,
        tell: log_loss_density::page::tell,
        observations: &[1],
    },
    Section {
        name: "gradients",
        draw: gradients::figure::draw,
        tell: gradients::page::tell,
        observations: &[2, 3, 4, 5],
    },
    Section {
        name: "node-on",
        draw: node_on::figure::draw,
        tell: node_on::page::tell,
        observations: &[6, 7],
    },
    Section {
        name: "flip-paths",
        draw: flip_paths::figure::draw,
        tell: flip_paths::page::tell,
        observations: &[8, 9, 10, 11],
    },
    Section {
        name: "gradient-heatmap",
        draw: gradient_heatmap::figure::draw,
        tell: gradient_heatmap::page::tell,
        observations: &[13, 14],
    },
    Section {
        name: "hypercube",
        draw: hypercube::figure::draw,
        tell: hypercube::page::tell,
        observations: &[12],
    },
    Section {
        name: "averages",
        draw: averages::figure::draw,
        tell: averages::page::tell,
        observations: &[],
    },
    Section {
        name: "best-subsets",
        draw: best_subsets::figure::draw,
        tell: best_subsets::page::tell,
        observations: &[],
    },
    Section {
        name: "ensemble",
        draw: ensemble::figure::draw,
        tell: ensemble::page::tell,
        observations: &[],
    },
    Section { name: "why", draw: why::figure::draw, tell: why::page::tell, observations: &[] },
];

/// The names of the sections that have figures, in the write-up's order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().map(|section| section.name)
}

/// The section of this name.
pub(crate) fn section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.name == name)
}

/// The files of a section's figures: drawings, each as PNG as well, and animations; none for a
/// section that has no figures.
pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    // Half of the time goes into compressing the pixels.
    let with_png = |figure: Figure| {
        let png = figure.rasterised()?;
        Ok(std::iter::once(figure).chain(png))
    };
    let files: Result<Vec<_>> = draw_in(saved, Form::Wide)?.into_par_iter().map(with_png).collect();
    Ok(files?.into_iter().flatten().collect())
}

/// A section's drawings for the screen of a phone, which are in no file but the page.
///
/// # Errors
/// When its records are missing or broken.
pub fn draw_narrow(saved: &Saved) -> Result<Vec<Figure>> {
    draw_in(saved, Form::Narrow)
}

fn draw_in(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let own = section(&saved.manifest().section);
    own.map_or_else(|| Ok(Vec::new()), |own| (own.draw)(saved, form))
}
