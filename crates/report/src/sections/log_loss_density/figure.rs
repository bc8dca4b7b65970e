//! `log-loss-density`: the same for ln(loss), against normal fits.

use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::loss_density::figure::{Form, figure};
use crate::sections::shared::drawing::both;

pub(crate) fn draw(saved: &Saved) -> Result<Vec<Figure>> {
    let form = Form { x_label: "ln(loss / nat)", density: "density", normal: true };
    Ok(both("log-loss-density", figure(saved, &form)?)?.into())
}
