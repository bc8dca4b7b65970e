//! The sections of the write-up and what goes beyond it, one file each: its options, what it measures,
//! what it prints.

pub mod all;
pub mod averages;
pub mod best_subsets;
pub mod ensemble;
pub mod evaluate;
pub mod explore;
pub mod flip_paths;
pub mod gradient_heatmap;
pub mod gradients;
pub mod hypercube;
pub mod lesson;
pub mod log_loss_density;
pub mod loss_density;
pub mod node_on;
pub mod plane;
pub mod prediction_heatmap;
pub mod train;
pub mod why;
