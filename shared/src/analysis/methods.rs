//! The methods paragraph, with the numbers filled in.

use super::options::AnalysisOptions;
use super::report::Report;
use super::robustness::N_PERMUTATIONS;
use crate::study::StudyDesign;

/// What was done and what came out, as a paper would say it.
pub(super) fn paragraph(
    report: &Report,
    design: &StudyDesign,
    options: AnalysisOptions<'_>,
) -> String {
    let parts = [sample(report, design), model(report), contrasts(report), checks(report, options)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn sample(report: &Report, design: &StudyDesign) -> String {
    let left = &report.left;
    let conditions: Vec<String> =
        design.conditions().iter().map(|condition| condition.name().to_owned()).collect();
    let reasons: Vec<String> =
        left.reasons().iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    let n_answers: u64 = report.default.conditions.iter().map(|c| c.count.n).sum();
    format!(
        "Participants liked or did not like songs; each liked song (anchor) was followed by one song of \
         each condition ({}). {} sessions began. By the rules of the study file (SHA-256 {}) {} of \
         them were left out{reasons}, and {} single trials that were answered too soon; where that was \
         an anchor, the songs after it were left out, too. {} participants with {n_answers} answers \
         remain.",
        conditions.join(", "),
        left.n_sessions,
        report.study_sha256.get(..12).unwrap_or_default(),
        left.n_sessions_left_out,
        left.n_trials_too_fast,
        report.n_participants,
    )
}

fn model(report: &Report) -> String {
    let model = match &report.default.model {
        Ok(model) => model,
        Err(reason) => return format!("No mixed model could be fitted: {reason}."),
    };
    let because = if model.has_slopes {
        ""
    } else {
        " The model with condition effects of each participant's own was planned first and set aside, \
         because it did not converge."
    };
    let said = match (model.fit.converged, model.fit.singular) {
        (false, _) => " The fit did not converge: its numbers are not to be relied on.",
        (true, true) => " The fit is singular: a variance is estimated to be zero.",
        (true, false) => "",
    };
    let random = &model.fit.random;
    format!(
        "Answers were analysed with a mixed-effects logistic regression, {}, fitted by maximum likelihood \
         (Laplace approximation).{because}{said} The standard deviation of participants was {:.2}, \
         that of {} songs {:.2} (logits).",
        model.formula, random.participant.sd, random.song.n_levels, random.song.sd,
    )
}

fn contrasts(report: &Report) -> String {
    let Ok(model) = &report.default.model else { return String::new() };
    let marginals = model.marginals.iter().map(|(condition, estimate)| {
        format!("{condition} {} ({})", percent(estimate.value), percents(estimate.interval))
    });
    let contrasts = model.contrasts.iter().map(|result| {
        format!(
            "{} against {}: odds ratio {:.2}, 95 % CI {:.2} to {:.2}, z = {:.2}, {}",
            result.first,
            result.second,
            result.odds_ratio.value,
            result.odds_ratio.interval.low,
            result.odds_ratio.interval.high,
            result.contrast.z,
            p_value(result.p_holm),
        )
    });
    format!(
        "Probability of a like over participants and songs, with 95 % CI: {}. Planned contrasts, p-values \
         corrected by Holm: {}.",
        marginals.collect::<Vec<_>>().join(", "),
        contrasts.collect::<Vec<_>>().join("; "),
    )
}

fn checks(report: &Report, options: AnalysisOptions<'_>) -> String {
    let found = report.default.robustness.iter().map(|check| {
        let interval = check.bootstrap.map_or_else(
            || "no interval".to_owned(),
            |interval| format!("95 % CI {}", percents(interval)),
        );
        format!(
            "{} less {} {} ({interval}), {}",
            check.first,
            check.second,
            percent(check.difference),
            p_value(check.p_permutation),
        )
    });
    let found: Vec<String> = found.collect();
    if found.is_empty() {
        return String::new();
    }
    format!(
        "Without a model (differences of shares; {N_PERMUTATIONS} permutations within anchors; intervals \
         by {} bootstrap replications over participants and songs): {}.",
        options.bootstrap.n_replications,
        found.join("; "),
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn percents(interval: crate::statistics::Interval) -> String {
    format!("{:.1} to {:.1}", interval.low * 100.0, interval.high * 100.0)
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "p < .001".to_owned() } else { format!("p = {p:.3}").replace("0.", ".") }
}
