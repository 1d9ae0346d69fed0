//! Agreement with lme4 (values made by `tests/golden/statistics/generate_glmm.R`) and with itself.

use super::laplace::Laplace;
use super::*;
use crate::random::Seed;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    name: String,
    slopes: bool,
    fixed: Numbers,
    participant_variances: Vec<f64>,
    participant_covariance: Vec<f64>,
    song_variance: f64,
    singular: bool,
    log_likelihood: f64,
    modes: BTreeMap<String, Vec<f64>>,
    mode_sd: BTreeMap<String, f64>,
    default_log_likelihood: f64,
}

#[derive(Deserialize)]
struct Numbers {
    estimate: BTreeMap<String, f64>,
    se: BTreeMap<String, f64>,
}

fn goldens() -> Vec<Golden> {
    serde_json::from_str(include_str!("../../../../tests/golden/statistics/glmm.json")).unwrap()
}

macro_rules! tables {
    ($($name:literal),*) => {
        [$(($name, include_str!(
            concat!("../../../../tests/golden/statistics/glmm/", $name, ".csv")))),*]
    };
}

fn table(name: &str) -> RatingTable {
    let tables = tables![
        "study",
        "small",
        "many_songs",
        "many_people",
        "lost_rows",
        "few_likes",
        "no_song_variance",
        "no_variance",
        "slopes",
        "slopes_singular",
        "few_people",
        "fewer_people",
        "saddle",
        "saddle_singular",
        "valley"
    ];
    let (_, text) = tables.into_iter().find(|(other, _)| *other == name).unwrap();
    RatingTable::from_csv(text).unwrap()
}

fn model(name: &str, has_slopes: bool) -> MixedModel {
    let options = ModelOptions { reference: "control", has_slopes, ..Default::default() };
    MixedModel::new(&table(name).ratings(), options).unwrap()
}

#[test]
fn fits_are_those_of_glmer() {
    let goldens = goldens();
    assert_eq!(goldens.len(), 15);
    for golden in goldens {
        let fit = model(&golden.name, golden.slopes).fit();
        let near = |what: &str, got: f64, expected: f64, tolerance: f64| {
            let name = &golden.name;
            assert!((got - expected).abs() < tolerance, "{name}, {what}: {got}, glmer {expected}");
        };
        assert!(fit.converged, "{}: {:?}", golden.name, fit.messages);
        assert_eq!(fit.singular, golden.singular, "{}", golden.name);
        near("log likelihood", fit.log_likelihood, golden.log_likelihood, 1e-5);
        // The defaults of glmer stop a little early: never above this fit.
        assert!(fit.log_likelihood > golden.default_log_likelihood - 1e-5, "{}", golden.name);
        assert_eq!(fit.fixed.len(), golden.fixed.estimate.len());
        for effect in &fit.fixed {
            let term = &effect.term;
            near(term, effect.estimate, golden.fixed.estimate[term], 1e-3);
            near(term, effect.se, golden.fixed.se[term], 3e-3);
        }
        let participant = &fit.random.participant;
        let slopes = participant.slopes.iter().map(|slope| slope.variance);
        let variances: Vec<f64> = std::iter::once(participant.variance).chain(slopes).collect();
        assert_eq!(variances.len(), golden.participant_variances.len());
        for (got, expected) in variances.iter().zip(&golden.participant_variances) {
            near("variance of participants", *got, *expected, 1e-2);
        }
        near("variance of songs", fit.random.song.variance, golden.song_variance, 1e-2);
        if let [first, second] = &participant.slopes[..] {
            let correlations =
                [first.correlations[0], second.correlations[0], second.correlations[1]];
            let sds = [participant.sd, first.sd, second.sd];
            for (at, (i, j)) in [(0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
                let covariance = correlations[at].unwrap_or(0.0) * sds[i] * sds[j];
                near("covariance", covariance, golden.participant_covariance[at], 1e-2);
            }
        }
        for level in &fit.participants {
            for (got, expected) in level.effects.iter().zip(&golden.modes[&level.name]) {
                near(&level.name, *got, *expected, 3e-3);
            }
            near(&level.name, level.sds[0], golden.mode_sd[&level.name], 3e-3);
        }
    }
}

/// The gradient beside differences of the deviance, away from the minimum.
#[test]
fn the_gradient_is_the_slope_of_the_deviance() {
    for (name, has_slopes) in [("small", false), ("many_people", false), ("slopes_singular", true)]
    {
        let model = model(name, has_slopes);
        let mut laplace = Laplace::new(&model);
        let mut stream = Seed(4).stream("gradient");
        let at: Vec<f64> = (0..laplace.n_parameters()).map(|_| stream.between(0.2, 0.9)).collect();
        laplace.deviance(&at);
        let gradient = laplace.gradient();
        for (i, got) in gradient.iter().enumerate() {
            let width = 1e-4;
            let [above, below] = [width, -width].map(|width| {
                let mut moved = at.clone();
                moved[i] += width;
                laplace.deviance(&moved)
            });
            let expected = (above - below) / (2.0 * width);
            assert!(
                (got - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                "{name}, {i}: {got}, {expected}"
            );
        }
    }
}

#[test]
fn a_warm_start_comes_to_the_same_end_sooner() {
    let model = model("study", false);
    let cold = model.fit();
    let warm = model.fit_from(Some(&cold));
    assert!(warm.n_evaluations < cold.n_evaluations);
    for (a, b) in cold.fixed.iter().zip(&warm.fixed) {
        assert!((a.estimate - b.estimate).abs() < 1e-6 && (a.se - b.se).abs() < 1e-5);
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let table = table("small");
    let mut ratings = table.ratings();
    let options = ModelOptions { reference: "control", ..Default::default() };
    let fit = MixedModel::new(&ratings, options).unwrap().fit();
    Seed(8).stream("rows").shuffle(&mut ratings);
    let again = MixedModel::new(&ratings, options).unwrap().fit();
    for (a, b) in fit.fixed.iter().zip(&again.fixed) {
        assert!((a.estimate - b.estimate).abs() < 1e-6, "{a:?} {b:?}");
    }
}

#[test]
fn contrasts_are_differences_of_effects() {
    let fit = model("study", false).fit();
    let audio = fit.effect("conditionaudio").unwrap();
    let against_control = fit.contrast("audio", "control");
    assert!((against_control.estimate - audio.estimate).abs() < 1e-12);
    assert!((against_control.se - audio.se).abs() < 1e-12);
    assert!((against_control.p_value - audio.p_value).abs() < 1e-12);
    let turned = fit.contrast("control", "audio");
    assert!((turned.p_greater + against_control.p_greater - 1.0).abs() < 1e-12);
    // The same model with another reference has the contrast as a term.
    let options = ModelOptions { reference: "audio", ..Default::default() };
    let table = table("study");
    let other = MixedModel::new(&table.ratings(), options).unwrap().fit();
    let term = other.effect("conditionmultimodal").unwrap();
    let contrast = fit.contrast("multimodal", "audio");
    assert!((contrast.estimate - term.estimate).abs() < 1e-6);
    assert!((contrast.se - term.se).abs() < 1e-5);
}

/// The mean over simulated participants and songs is what `marginal` says.
#[test]
fn marginal_probabilities_are_means_over_people_and_songs() {
    for (name, has_slopes) in [("study", false), ("slopes", true)] {
        let fit = model(name, has_slopes).fit();
        let table = table(name);
        for condition in fit.conditions.clone() {
            let marginal = fit.marginal(&condition);
            let own: Vec<_> =
                table.ratings().into_iter().filter(|r| r.condition == condition).collect();
            let share = own.iter().filter(|r| r.liked).count() as f64 / own.len() as f64;
            // The share of the very answers differs by what people and songs happened to be drawn.
            let interval = marginal.interval;
            assert!(interval.low < share && share < interval.high, "{name}: {share}, {marginal:?}");
            assert!((marginal.value - share).abs() < 0.04, "{name}: {share}, {marginal:?}");
        }
    }
}

#[test]
fn json_has_the_keys_that_scripts_read() {
    let json = serde_json::to_value(model("slopes_singular", true).fit()).unwrap();
    assert!(json["fixed"]["(Intercept)"]["estimate"].is_f64(), "{json}");
    assert!(json["fixed"]["conditionaudio"]["se"].is_f64());
    assert!(json["random"]["participant"]["variance"].is_f64());
    assert!(json["random"]["participant"]["slopes"]["conditionaudio"]["variance"].is_f64());
    assert!(json["random"]["song"]["variance"].is_f64());
    assert_eq!((&json["converged"], &json["singular"]), (&true.into(), &true.into()));
    assert!(json["messages"][0].as_str().unwrap().contains("singular"));
    let plain = serde_json::to_value(model("small", false).fit()).unwrap();
    assert!(plain["random"]["participant"].get("slopes").is_none());
}

fn refused(rows: &str, reference: &str) -> String {
    let table = RatingTable::from_csv(&format!("participant,song,condition,like\n{rows}")).unwrap();
    let options = ModelOptions { reference, ..Default::default() };
    MixedModel::new(&table.ratings(), options).unwrap_err().to_string()
}

#[test]
fn what_has_no_model_says_why() {
    let rows = "p1,s1,a,1\np1,s2,b,0\np2,s1,a,0\np2,s2,b,1\n";
    let error = refused(rows, "c");
    assert!(error.contains("no answer has the condition 'c'; there are a, b"), "{error}");
    let error = refused("p1,s1,a,1\np1,s2,b,0\np1,s1,b,1\n", "a");
    assert!(
        error.contains("same participant") && error.contains("tests of proportions"),
        "{error}"
    );
    assert!(refused("p1,s1,a,1\np2,s1,b,0\n", "a").contains("same song"));
    assert!(refused("p1,s1,a,1\np2,s2,a,0\n", "a").contains("same condition"));
    let error = refused("p1,s1,a,1\np1,s2,b,0\np2,s1,a,0\np2,s2,b,0\n", "a");
    assert!(error.contains("'b' was never liked (2 answers)"), "{error}");
    let error = refused("p1,s1,a,1\np1,s2,b,1\np2,s1,a,1\np2,s2,b,0\n", "b");
    assert!(error.contains("'a' was always liked (2 answers)"), "{error}");
    let options = ModelOptions { reference: "a", ..Default::default() };
    assert_eq!(MixedModel::new(&[], options), Err(ModelError::Empty));
}

/// A covariate that tells liked from not liked: the effect grows without bound, and that is said.
#[test]
fn separation_by_a_covariate_does_not_converge() {
    let ratings: Vec<(String, String, bool)> = (0..80)
        .map(|at| (format!("p{}", at % 8), format!("s{}", at % 10), (at / 3) % 2 == 0))
        .collect();
    let conditions = ["audio", "control"];
    let mut rated = Vec::new();
    for (at, (participant, song, liked)) in ratings.iter().enumerate() {
        rated.push(Rating {
            participant,
            song,
            condition: conditions[(at / 2) % 2],
            liked: *liked,
            covariates: vec![if *liked { 1.0 } else { -1.0 }],
        });
    }
    let options =
        ModelOptions { reference: "control", covariates: &["tell"], ..Default::default() };
    let fit = MixedModel::new(&rated, options).unwrap().fit();
    assert!(!fit.converged, "{fit:?}");
    assert!(fit.messages[0].contains("did not converge"), "{:?}", fit.messages);
}

#[test]
fn tables_name_row_and_column() {
    let error = |text: &str| RatingTable::from_csv(text).unwrap_err().to_string();
    let head = "like,song,participant,condition,more";
    assert!(RatingTable::from_csv(&format!("\u{feff}{head}\nTRUE,s,p,c,x\n0,s,p,c,\n")).is_ok());
    assert_eq!(error(head), "the table has no row");
    assert_eq!(
        error(""),
        "the table has no column 'participant': it needs participant, song, condition and like, got ''"
    );
    assert!(error("participant,song,condition\np,s,c\n").contains("no column 'like'"));
    assert!(error(&format!("{head},like\n1,s,p,c,x,1\n")).contains("column 'like' twice"));
    assert_eq!(
        error(&format!("{head}\n1,s,p,c,x\n2,s,p,c,x\n")),
        "row 2, column 'like': expected 1 or 0, got '2'"
    );
    assert_eq!(
        error(&format!("{head}\n1, ,p,c,x\n")),
        "row 1, column 'song': expected a name, got nothing"
    );
    assert!(error(&format!("{head}\n1,s,p\n")).contains("no csv"));
}
