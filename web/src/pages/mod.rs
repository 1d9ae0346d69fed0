//! The pages.

pub(crate) mod bundle;
mod bundle_parts;
pub(crate) mod explore;
pub(crate) mod participant;
pub(crate) mod researcher;
