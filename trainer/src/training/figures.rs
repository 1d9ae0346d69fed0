//! Pictures of a run: `figures/`.

use super::contrastive::record;
use super::evaluate::TestReport;
use super::history::{Epoch, History};
use super::run_folder::RunFolder;
use crate::files::{self, FileError};
use crate::rasterize::{RasterError, svg_to_png};
use shared::figure::{LearningCurve, confusion_matrix, learning_curve};
use shared::statistics::ConfusionMatrix;

/// Pixels of the PNG for each unit of the SVG.
const SCALE: f32 = 2.0;

/// Draws loss and accuracy by epoch and the confusion matrix, and where there was contrastive pretraining its loss, each
/// as SVG and as PNG.
///
/// # Errors
///
/// If a picture can't be written.
pub fn draw(folder: &RunFolder, history: &History, report: &TestReport) -> Result<(), FigureError> {
    type OfSplits = fn(&Epoch) -> [f64; 2];
    let measures: [(&str, OfSplits); 2] = [
        ("loss", |epoch| [epoch.train.loss, epoch.validation.loss]),
        ("accuracy", |epoch| [epoch.train.accuracy, epoch.validation.accuracy]),
    ];
    for (measure, values) in measures {
        let svg = learning_curve(&LearningCurve {
            measure: measure.into(),
            train: history.epochs.iter().map(|epoch| values(epoch)[0]).collect(),
            validation: history.epochs.iter().map(|epoch| values(epoch)[1]).collect(),
            kept_epoch: report.kept_epoch,
        });
        write(folder, measure, &svg)?;
    }
    let pairs = record::read(folder, usize::MAX)?;
    let validation: Vec<f64> = pairs.iter().filter_map(|epoch| epoch.validation_loss).collect();
    // A validation split of fewer than two songs with lyrics has no loss, and this no second line to be compared with.
    let is_whole = validation.len() == pairs.len();
    if let Some(kept_epoch) = record::best(&pairs).filter(|_| is_whole) {
        let svg = learning_curve(&LearningCurve {
            measure: "contrastive loss".into(),
            train: pairs.iter().map(|epoch| epoch.train_loss).collect(),
            validation,
            kept_epoch,
        });
        write(folder, "contrastive_loss", &svg)?;
    }
    write(folder, "confusion", &confusion_matrix(&matrix(report), &report.genres))
}

fn matrix(report: &TestReport) -> ConfusionMatrix {
    let pairs = report.confusion.iter().enumerate().flat_map(|(truth, row)| {
        row.iter()
            .enumerate()
            .flat_map(move |(said, count)| (0..*count).map(move |_| (truth, said)))
    });
    ConfusionMatrix::from_pairs(report.genres.len(), pairs)
}

fn write(folder: &RunFolder, name: &str, svg: &str) -> Result<(), FigureError> {
    files::write(&folder.figures().join(format!("{name}.svg")), svg.as_bytes())?;
    files::write(&folder.figures().join(format!("{name}.png")), &svg_to_png(svg, SCALE)?)?;
    Ok(())
}

/// What can go wrong with pictures.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The picture.
    #[error("a figure can't be turned into pixels")]
    Raster(#[from] RasterError),
}
