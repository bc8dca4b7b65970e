//! The numbers that the write-up's text gives of its one network, a circle's with 20 hidden nodes. Its
//! code, its figures and the circle's radius are not known here.

/// Mean loss at p = 0.25.
pub const MEAN_LOSS_25: f64 = 1.027_715_8;
/// Mean loss at p = 0.75.
pub const MEAN_LOSS_75: f64 = 0.584_365;
/// 10 × mean gate gradient of the loss at p = 0.5.
pub const TEN_MEAN_GRADIENT: f64 = -0.475_145_3;
/// The difference of the two mean losses, as it prints it.
pub const LOSS_DIFFERENCE: f64 = -0.443_350_8;
/// Flips until correlation is insignificant.
pub const FLIPS: &str = "5 or 6";
/// Correlation of log loss with that of the reversal.
pub const REVERSAL: &str = "“significant, positive”";
/// Nodes that act as a bias, of how many.
pub const BIAS_NODES: (usize, usize) = (4, 20);
/// Standard deviation of the Gaussian kernel that smooths its densities.
pub const KERNEL_SD: f64 = 0.03;
