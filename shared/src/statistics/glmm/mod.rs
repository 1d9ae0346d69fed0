//! A mixed-effects logistic regression: answers of people who answer often, about songs that come up
//! often.
//!
//! Whether a song is liked depends on the condition, on the participant and on the song:
//!
//! ```text
//! logit P(like) = intercept + condition (+ covariates) + participant (+ participant's own
//!                 effect of each condition) + song
//! ```
//!
//! Participants and songs are *crossed* random effects: normal on the logit scale, and independent of
//! each other. The fit maximises the likelihood by Laplace's approximation and agrees with lme4's
//! `glmer(..., nAGQ = 1)`: same parameters, same standard errors (from the deviance's Hessian), same
//! notion of a singular fit. `docs/statistics.md` has the measured agreement.
//!
//! ```
//! use shared::statistics::glmm::{MixedModel, ModelOptions, RatingTable};
//!
//! let csv = "participant,song,condition,like\n\
//!            p1,s1,audio,1\np1,s2,control,0\np2,s1,control,1\np2,s2,audio,0\n\
//!            p1,s3,audio,1\np2,s3,control,0\n";
//! let table = RatingTable::from_csv(csv).unwrap();
//! let options = ModelOptions { reference: "control", ..Default::default() };
//! let fit = MixedModel::new(&table.ratings(), options).unwrap().fit();
//! assert!(fit.effect("conditionaudio").unwrap().estimate > 0.0);
//! ```

mod cholesky;
mod crossed;
mod fit;
mod laplace;
mod minimize;
mod model;
mod result;
mod table;

pub use model::{INTERCEPT, MixedModel, ModelError, ModelOptions, Rating};
pub use result::{Contrast, FixedEffect, GlmmFit, GroupEffect, Level, RandomEffects, SlopeEffect};
pub use table::{RatingTable, TableError};

#[cfg(test)]
mod tests;
