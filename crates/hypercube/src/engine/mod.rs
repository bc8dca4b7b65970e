//! The machinery behind [`crate::table`] and [`crate::gradients`].
//!
//! For each mask of the layers before the last hidden one, the loss of a point is a function of
//! the last hidden layer's mask alone, through logit differences that are linear in it
//! ([`odds`]). A node that contributes nothing at a point does not matter there, so the points are
//! grouped by the set of nodes that do ([`groups`]), each group is summed over the masks of its
//! own nodes only ([`kernel`]), and the groups' tables are added up over all masks ([`merge`]).
//!
//! Deep networks of two classes with a narrow last layer take other kernels, in which points and not
//! masks run along the lanes ([`dense`]), and gradients of those with few inputs are taken from
//! moments of the residuals ([`cells`]).

pub(crate) mod backward;
mod blocks;
mod cell;
pub(crate) mod cells;
pub(crate) mod deep;
mod dense;
pub(crate) mod exp;
pub(crate) mod extreme;
mod forward;
pub(crate) mod groups;
pub(crate) mod kernel;
mod lanes;
mod leaf;
pub(crate) mod ln;
pub(crate) mod merge;
mod moments;
mod multiply;
pub(crate) mod odds;
mod product;
mod ratios;
mod regions;
pub(crate) mod residual;
pub(crate) mod simd;
pub(crate) mod solve;
pub(crate) mod tiles;
