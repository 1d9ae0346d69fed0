//! Numbers to pictures: SVG and pixels, the same in browser and trainer.
//!
//! Pictures follow the product's look: paper and ink, lines labelled where they end instead of
//! legends, hues that colour-blind eyes tell apart (Okabe and Ito, 2008), and an alternative text that
//! says the finding.

pub mod colormap;
mod confusion;
mod curve;
mod dots;
mod evaluation;
mod page;
mod power;
mod results;
pub mod spectrogram;
mod svg;

pub use confusion::confusion_matrix;
pub use curve::{LearningCurve, learning_curve};
pub use dots::{DotPlot, DotRow, dot_plot};
pub use evaluation::{evaluation_figures, evaluation_page};
pub use page::{Part, report_page, report_parts};
pub use power::{PowerLine, false_positive_curves, power_curves};
pub use results::{Figure, figures};
