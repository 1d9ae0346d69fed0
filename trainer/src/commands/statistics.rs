//! `segue statistics`: tests of counts and of tables of answers.

use crate::files;
use anyhow::{Context, ensure};
use clap::Subcommand;
use shared::statistics::glmm::{GlmmFit, MixedModel, ModelOptions, RatingTable};
use shared::statistics::{
    Alternative, Count, ProportionTest, ProportionTestOptions, proportion_test,
};
use std::path::PathBuf;

/// Test counts and tables of answers, as R does
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    test: Test,
}

#[derive(Debug, Subcommand)]
enum Test {
    PropTest(PropTestArgs),
    Glmm(GlmmArgs),
}

/// Test whether shares are equal, as R's prop.test
///
/// Every answer counts as independent of every other. Two shares are corrected for continuity; three
/// and more are tested two-sided.
#[derive(Debug, clap::Args)]
struct PropTestArgs {
    /// Counts: so many of so many, as in 149/239
    #[arg(value_name = "YES/ALL", required = true, num_args = 2..)]
    counts: Vec<Count>,
    /// What holds if the shares are not equal: two-sided, less, greater (the first than the second)
    #[arg(long, default_value_t = Alternative::TwoSided)]
    alternative: Alternative,
    /// Leave out the correction for continuity
    #[arg(long)]
    no_correction: bool,
    /// Coverage of the interval, between 0 and 1
    #[arg(long, default_value_t = 0.95, allow_negative_numbers = true)]
    level: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Fit a mixed-effects logistic regression, as lme4's glmer
///
/// like ~ condition + (1 | participant) + (1 | song), by Laplace's approximation (nAGQ = 1), for any
/// csv with the columns participant, song, condition and like (1 or 0). The term conditionaudio is
/// the logit of the condition audio less that of the reference.
#[derive(Debug, clap::Args)]
struct GlmmArgs {
    /// The answers
    #[arg(value_name = "CSV")]
    table: PathBuf,
    /// The condition that the others are compared with
    #[arg(long, value_name = "CONDITION", default_value = "control")]
    reference: String,
    /// Let the effect of each condition differ between participants: (1 + condition | participant)
    #[arg(long)]
    slopes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command: prints what came out.
///
/// # Errors
///
/// A table that can't be read, with its row and column; counts or answers that nothing can be tested
/// on.
pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.test {
        Test::PropTest(args) => prop_test(args),
        Test::Glmm(args) => glmm(args),
    }
}

fn prop_test(args: &PropTestArgs) -> anyhow::Result<()> {
    let level = args.level;
    ensure!(0.0 < level && level < 1.0, "--level {level}: expected a number between 0 and 1");
    let options = ProportionTestOptions {
        alternative: args.alternative,
        is_corrected: !args.no_correction,
        level,
    };
    let test = proportion_test(&args.counts, options)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&test)?);
    } else {
        print_test(&test, level);
    }
    Ok(())
}

fn print_test(test: &ProportionTest, level: f64) {
    let shares: Vec<String> = test.estimates.iter().map(|share| format!("{share:.4}")).collect();
    println!("shares {}", shares.join(", "));
    println!(
        "chi-squared {:.4}, df {}, p {:.4e} ({})",
        test.statistic, test.degrees_of_freedom, test.p_value, test.alternative
    );
    if let (Some(low), Some(high)) = (test.conf_low, test.conf_high) {
        println!("difference: {:.0} % interval {low:.4} to {high:.4}", level * 100.0);
    }
    if test.is_approximate {
        println!("an expected count is below 5: the p-value is a rough approximation");
    }
}

fn glmm(args: &GlmmArgs) -> anyhow::Result<()> {
    let in_table = || format!("'{}'", args.table.display());
    let table = RatingTable::from_csv(&files::read_text(&args.table)?).with_context(in_table)?;
    let options = ModelOptions {
        reference: &args.reference,
        has_slopes: args.slopes,
        ..ModelOptions::default()
    };
    let fit = MixedModel::new(&table.ratings(), options).with_context(in_table)?.fit();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&fit)?);
    } else {
        print_fit(&fit);
    }
    for message in &fit.messages {
        eprintln!("segue: {message}");
    }
    Ok(())
}

fn print_fit(fit: &GlmmFit) {
    let width = fit.fixed.iter().map(|effect| effect.term.len()).max().unwrap_or(0);
    println!("{:width$}  estimate      se       z  p", "");
    for effect in &fit.fixed {
        println!(
            "{:width$}  {:8.4}  {:.4}  {:6.2}  {:.4e}",
            effect.term, effect.estimate, effect.se, effect.z, effect.p_value
        );
    }
    for (name, group) in [("participants", &fit.random.participant), ("songs", &fit.random.song)] {
        println!("{} {name}: variance {:.4}", group.n_levels, group.variance);
        for slope in &group.slopes {
            println!("  of their {}: variance {:.4}", slope.term, slope.variance);
        }
    }
    println!(
        "{} answers, log likelihood {:.3}, converged: {}, singular: {}",
        fit.n_observations,
        fit.log_likelihood,
        yes_or_no(fit.converged),
        yes_or_no(fit.singular)
    );
}

fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
