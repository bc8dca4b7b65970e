//! `log-loss-density`: the same for ln(loss), against normal fits.

use crate::error::Result;
use crate::record::{Figure, Saved};
use crate::sections::loss_density::figure::{Quantity, figure};
use crate::style::Form;

pub(crate) fn draw(saved: &Saved, form: Form) -> Result<Vec<Figure>> {
    let log_loss = Quantity { x_label: "ln(loss / nat)", density: "density", normal: true };
    Ok(vec![Figure::drawing("log-loss-density", figure(saved, form, &log_loss)?)])
}
