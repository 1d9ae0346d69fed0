//! Figures: numbers to SVG and to pixels, the same in browser and trainer.

pub mod colormap;
pub mod spectrogram;
