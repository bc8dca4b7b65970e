//! `log-loss-density`: the same for ln(loss), against normal fits.

use crate::error::Result;
use crate::figures::Figure;
use crate::figures::loss_density::{Form, figure};
use crate::saved::Saved;

pub(super) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let form = Form { x_label: "ln(loss / nat)", density: "density", normal: true };
    Ok(Figure::both("log-loss-density", figure(saved, &form)?)?.into())
}
