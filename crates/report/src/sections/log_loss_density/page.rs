//! What the page says of `log-loss-density`.

use crate::error::Result;
use crate::record::Saved;
use crate::sections::loss_density::page;
use crate::sections::shared::results::Results;
use crate::sections::shared::telling::Told;

pub(crate) fn tell(saved: &Saved, _: &Results) -> Result<Told> {
    page::log_loss(saved)
}
