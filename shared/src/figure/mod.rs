//! Numbers to pictures (SVG).
//!
//! Pictures follow the product's look: paper and ink, lines labelled where they end instead of
//! legends, hues that colour-blind eyes tell apart (Okabe and Ito, 2008), and an alternative text that
//! says the finding.

mod confusion;
mod curve;
mod svg;

pub use confusion::confusion_matrix;
pub use curve::{LearningCurve, learning_curve};
