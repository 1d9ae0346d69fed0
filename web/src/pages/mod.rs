//! The pages.

pub(crate) mod bundle;
mod bundle_parts;
