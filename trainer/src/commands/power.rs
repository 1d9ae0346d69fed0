//! `segue power`: how often a study would find what is there.

mod record;

use self::record::Record;
use crate::steps::Steps;
use crate::{files, interrupt, rasterize};
use anyhow::{Context, bail, ensure};
use rayon::prelude::*;
use shared::figure::{PowerLine, false_positive_curves, power_curves};
use shared::random::Seed;
use shared::recommend::Condition;
use shared::simulate::{
    ContrastPower, Population, PowerCurve, PowerPlan, PowerSimulation, Replication, ThesisPower,
};
use shared::statistics::Estimate;
use shared::study::{Preset, StudyDesign};
use std::path::{Path, PathBuf};

/// Studies that are simulated before they are written down: so much is lost at most.
const STEPS_AT_ONCE: usize = 64;
/// What is tried unless something else is asked for.
const PARTICIPANTS: [usize; 4] = [10, 20, 30, 40];
const ANCHORS: [u32; 3] = [12, 24, 48];
const SONGS: usize = 400;
const ALPHA: f64 = 0.05;
const TARGET: f64 = 0.8;
/// Replications of the thesis that one task runs.
const THESIS_CHUNK: u64 = 250;
const PNG_SCALE: f32 = 2.0;
/// What is written of the studies without effect, and where they are kept.
const NULL: &str = "false_positives";
const NULL_FOLDER: &str = "without-effect";

/// Simulate studies before running one: power, false positives, time
///
/// Simulated participants with tastes go through the same plan, stopping rule, exclusions and analysis as
/// people. Interrupted, it goes on where it was when given the same --out again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// thesis: its two simulations, and the same computed exactly; default: the default design
    #[arg(long, default_value = "default", value_parser = super::study::preset)]
    preset: Preset,
    /// The design, instead of a preset
    #[arg(long, value_name = "FILE")]
    study: Option<PathBuf>,
    /// Numbers of participants to try (default: 10,20,30,40)
    #[arg(
        long,
        value_name = "N,...",
        value_delimiter = ',',
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..),
        allow_negative_numbers = true
    )]
    participants: Option<Vec<usize>>,
    /// Numbers of liked anchors a participant to try; each is followed by one song of each condition
    /// (default: 12,24,48)
    #[arg(
        long,
        value_name = "N,...",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..),
        allow_negative_numbers = true
    )]
    anchors: Option<Vec<u32>>,
    /// Whom participants are drawn from, as audio:0.55,multimodal:0.6,random:0.4,sd-song:0.6; what is
    /// not named keeps its default
    #[arg(long, value_name = "TEXT", default_value = "")]
    population: String,
    /// Let all conditions be liked alike: what is found is false
    #[arg(long)]
    without_effect: bool,
    /// Simulate as many studies in which all conditions are liked alike, for the rate of false positives
    #[arg(long, conflicts_with = "without_effect")]
    false_positives: bool,
    /// Studies of each combination (default: 1,000; of the thesis 10,000)
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..),
        allow_negative_numbers = true
    )]
    replications: Option<u64>,
    /// Songs of the made-up catalogue (default: 400)
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..),
        allow_negative_numbers = true
    )]
    songs: Option<usize>,
    /// Level of the tests (default: 0.05)
    #[arg(long, allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// The power that is wanted (default: 0.8)
    #[arg(long, allow_negative_numbers = true)]
    target: Option<f64>,
    /// Seed
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Folder for power.csv, power.json, the figure, and what was simulated
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// If a value does not fit, if files can't be read or written, or on Ctrl-C, with what was done kept.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if args.preset == Preset::Thesis {
        refuse_beside_thesis(args)?;
        return thesis(args);
    }
    let target = args.target.unwrap_or(TARGET);
    for (name, value) in [("alpha", args.alpha.unwrap_or(ALPHA)), ("target", target)] {
        ensure!(0.0 < value && value < 1.0, "--{name} {value}: expected a number between 0 and 1");
    }
    let plan = plan(args)?;
    let curve = curve(&plan, args.out.as_deref())?;
    let null = match args.false_positives {
        true => {
            let folder = args.out.as_ref().map(|folder| folder.join(NULL_FOLDER));
            Some(self::curve(&without_effect(&plan), folder.as_deref())?)
        }
        false => None,
    };
    if args.json {
        let mut json = serde_json::to_value(&curve)?;
        if let Some(null) = &null {
            json[NULL] = serde_json::to_value(null)?;
        }
        println!("{}", serde_json::to_string_pretty(&json)?);
    } else {
        print_curve(&curve, &plan, target);
        if let Some(null) = &null {
            print_false_positives(null);
        }
    }
    let Some(folder) = &args.out else { return Ok(()) };
    write(folder, "power", &curve, |own| own.power, |lines| power_curves(lines, target))?;
    if let Some(null) = &null {
        let draw = |lines: &[PowerLine]| false_positive_curves(lines, plan.alpha);
        write(folder, NULL, null, |own| own.uncorrected, draw)?;
    }
    Ok(())
}

/// Options that would be without effect, since the thesis's simulations are what they were.
fn refuse_beside_thesis(args: &Args) -> anyhow::Result<()> {
    let options = [
        ("--study", args.study.is_some()),
        ("--participants", args.participants.is_some()),
        ("--anchors", args.anchors.is_some()),
        ("--population", !args.population.is_empty()),
        ("--without-effect", args.without_effect),
        ("--false-positives", args.false_positives),
        ("--songs", args.songs.is_some()),
        ("--alpha", args.alpha.is_some()),
        ("--target", args.target.is_some()),
    ];
    let given = options.iter().filter(|(_, is_given)| *is_given).map(|(option, _)| *option);
    let given: Vec<&str> = given.collect();
    let verb = if given.len() == 1 { "is" } else { "are" };
    ensure!(
        given.is_empty(),
        "{} {verb} for a design that is simulated, and --preset thesis repeats the thesis's own simulations; \
         leave one or the other out",
        given.join(", ")
    );
    Ok(())
}

/// Simulates what is left of a plan; kept in a folder, where there is one.
fn curve(plan: &PowerPlan, folder: Option<&Path>) -> anyhow::Result<PowerCurve> {
    let simulation = PowerSimulation::new(plan).context("the design and the catalogue")?;
    let mut record = match folder {
        Some(folder) => Record::open(folder, plan)?,
        None => Record::default(),
    };
    simulate(&simulation, &mut record)?;
    Ok(PowerCurve::of(plan, record.done()))
}

/// The same plan where all conditions are liked alike.
fn without_effect(plan: &PowerPlan) -> PowerPlan {
    let population = plan.population.clone().without_effect(plan.design.control.condition());
    PowerPlan { population, ..plan.clone() }
}

fn plan(args: &Args) -> anyhow::Result<PowerPlan> {
    let design = match &args.study {
        Some(path) => StudyDesign::from_json(&files::read(path)?)
            .with_context(|| format!("in '{}'", path.display()))?,
        None => args.preset.design(),
    };
    let population: Population = args.population.parse().context("--population")?;
    let plan = PowerPlan {
        design,
        population,
        n_participants: once(args.participants.as_deref().unwrap_or(&PARTICIPANTS)),
        n_liked_anchors: once(args.anchors.as_deref().unwrap_or(&ANCHORS)),
        n_songs: args.songs.unwrap_or(SONGS),
        n_replications: args.replications.unwrap_or(1_000),
        alpha: args.alpha.unwrap_or(ALPHA),
        seed: Seed(args.seed),
    };
    Ok(if args.without_effect { without_effect(&plan) } else { plan })
}

/// Each value once, so that the plan is the same however often one was given.
fn once<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(value) {
            found.push(*value);
        }
    }
    found
}

/// Runs the steps that are left, on all cores.
fn simulate(simulation: &PowerSimulation, record: &mut Record) -> anyhow::Result<()> {
    interrupt::watch();
    let left = simulation.steps_left(record.done());
    let shown = Steps::new("studies", simulation.n_steps());
    shown.begin_at(simulation.n_steps() - left.len() as u64);
    for steps in left.chunks(STEPS_AT_ONCE) {
        let run = |step: &u64| {
            let replication = simulation.step(*step);
            shown.inc();
            replication
        };
        let found: Vec<Replication> = steps.par_iter().map(run).collect::<Result<_, _>>()?;
        record.add(found)?;
        if interrupt::is_asked() {
            shown.finish();
            match record.folder() {
                Some(folder) => bail!(
                    "interrupted; the same command with --out '{}' goes on from here",
                    folder.display()
                ),
                None => bail!("interrupted; with --out DIR it could go on from here"),
            }
        }
    }
    shown.finish();
    Ok(())
}

fn print_curve(curve: &PowerCurve, plan: &PowerPlan, target: f64) {
    println!("participants  liked anchors  minutes  contrast               power  (95 %)");
    for cell in &curve.cells {
        for own in &cell.contrasts {
            println!(
                "{:12}  {:13}  {:7.1}  {:21}  {:5.3}  ({:.3} to {:.3})",
                cell.cell.n_participants,
                cell.cell.n_liked_anchors,
                cell.minutes,
                format!("{} > {}", own.first, own.second),
                own.power.value,
                own.power.interval.low,
                own.power.interval.high
            );
        }
    }
    for (pair, n_anchors) in pairs(curve, &plan.n_liked_anchors) {
        let found = curve.minimum_participants(pair, n_anchors, target);
        let found = found.map_or("more than were tried".to_owned(), |n| n.to_string());
        println!("{} > {} with {n_anchors} anchors: power {target} needs {found}", pair.0, pair.1);
    }
}

fn print_false_positives(null: &PowerCurve) {
    println!("participants  liked anchors  contrast, none there    found  (95 %)");
    for cell in &null.cells {
        for own in &cell.contrasts {
            println!(
                "{:12}  {:13}  {:22}  {:5.3}  ({:.3} to {:.3})",
                cell.cell.n_participants,
                cell.cell.n_liked_anchors,
                format!("{} and {}", own.first, own.second),
                own.uncorrected.value,
                own.uncorrected.interval.low,
                own.uncorrected.interval.high
            );
        }
    }
}

/// Each contrast with each number of anchors.
fn pairs(curve: &PowerCurve, n_liked_anchors: &[u32]) -> Vec<((Condition, Condition), u32)> {
    let contrasts = curve.cells.first().map(|cell| cell.contrasts.clone()).unwrap_or_default();
    let with = |own: &ContrastPower| {
        let pair = (own.first, own.second);
        n_liked_anchors.iter().map(move |n| (pair, *n)).collect::<Vec<_>>()
    };
    contrasts.iter().flat_map(with).collect()
}

/// Writes a curve as table, JSON and figure of that name.
fn write(
    folder: &Path,
    name: &str,
    curve: &PowerCurve,
    shown: impl Fn(&ContrastPower) -> Estimate,
    draw: impl Fn(&[PowerLine]) -> String,
) -> anyhow::Result<()> {
    let file = |extension: &str| folder.join(format!("{name}.{extension}"));
    files::write(&file("csv"), table(curve).as_bytes())?;
    files::write(&file("json"), &serde_json::to_vec_pretty(curve)?)?;
    let mut n_liked_anchors: Vec<u32> =
        curve.cells.iter().map(|cell| cell.cell.n_liked_anchors).collect();
    n_liked_anchors.sort_unstable();
    n_liked_anchors.dedup();
    let lines = pairs(curve, &n_liked_anchors).into_iter().enumerate().map(|(at, (pair, n))| {
        let contrast = format!("{} > {}", pair.0, pair.1);
        let n_groups = n_liked_anchors.len();
        PowerLine {
            label: if n_groups == 1 { contrast } else { format!("{contrast}, {n} anchors") },
            series: at / n_groups,
            group: at % n_groups,
            points: curve.by_participants(pair, n, &shown),
        }
    });
    let svg = draw(&lines.collect::<Vec<_>>());
    files::write(&file("svg"), svg.as_bytes())?;
    files::write(&file("png"), &rasterize::svg_to_png(&svg, PNG_SCALE)?)?;
    eprintln!("the curves stand in '{}'", file("svg").display());
    Ok(())
}

fn table(curve: &PowerCurve) -> String {
    let mut csv = "participants,liked_anchors,minutes,first,second,power,power_low,power_high,\
        uncorrected,uncorrected_low,uncorrected_high,n_studies,n_failed\n"
        .to_owned();
    for cell in &curve.cells {
        for own in &cell.contrasts {
            let rates = [own.power, own.uncorrected]
                .map(|own| format!("{},{},{}", own.value, own.interval.low, own.interval.high));
            csv.push_str(&format!(
                "{},{},{},{},{},{},{},{}\n",
                cell.cell.n_participants,
                cell.cell.n_liked_anchors,
                cell.minutes,
                own.first,
                own.second,
                rates.join(","),
                cell.n_studies,
                cell.n_failed
            ));
        }
    }
    csv
}

/// The thesis's simulations beside the exact probabilities.
fn thesis(args: &Args) -> anyhow::Result<()> {
    let n = args.replications.unwrap_or(10_000);
    let mut all = serde_json::Map::new();
    for (name, study) in [("one", ThesisPower::ONE), ("population", ThesisPower::POPULATION)] {
        let chunk = |at: u64| {
            let first = at * THESIS_CHUNK;
            study.simulate(first..n.min(first + THESIS_CHUNK), Seed(args.seed))
        };
        let n_rejected = (0..n.div_ceil(THESIS_CHUNK))
            .into_par_iter()
            .map(chunk)
            .reduce(|| [0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        let simulated = n_rejected.map(|rejected| rejected as f64 / n as f64);
        let exact = study.exact();
        if !args.json {
            println!("{name}: {} participants, {} songs each", study.n_participants, study.n_rated);
            let tests = ["audio > control", "multimodal > control", "multimodal > audio"];
            for (at, test) in tests.into_iter().enumerate() {
                println!("  {test:21} simulated {:.4}, exact {:.4}", simulated[at], exact[at]);
            }
        }
        let tests = ["audio_control", "multimodal_control", "multimodal_audio"];
        let by_test = |values: [f64; 3]| {
            let named = tests.into_iter().zip(values);
            named
                .map(|(test, value)| (test.to_owned(), value.into()))
                .collect::<serde_json::Map<_, _>>()
        };
        let found = serde_json::json!({
            "n_replications": n, "simulated": by_test(simulated), "exact": by_test(exact),
        });
        all.insert(name.to_owned(), found);
    }
    let json = serde_json::to_string_pretty(&all)?;
    if args.json {
        println!("{json}");
    }
    match &args.out {
        Some(folder) => Ok(files::write(&folder.join("power.json"), json.as_bytes())?),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(more: &[&str]) -> Result<Args, clap::Error> {
        Ok(Line::try_parse_from(["power"].iter().chain(more))?.args)
    }

    #[test]
    fn a_value_that_is_given_twice_counts_once() {
        let plan = plan(&args(&["--participants", "8,4,8", "--anchors", "3,3"]).unwrap()).unwrap();
        assert_eq!((plan.n_participants, plan.n_liked_anchors), (vec![8, 4], vec![3]));
        let plan = super::plan(&args(&[]).unwrap()).unwrap();
        assert_eq!(plan.n_participants, PARTICIPANTS);
        assert_eq!((plan.n_liked_anchors, plan.n_songs), (ANCHORS.to_vec(), SONGS));
    }

    #[test]
    fn numbers_are_from_one() {
        for option in ["--participants", "--anchors", "--songs", "--replications"] {
            let error = args(&[option, "0"]).unwrap_err().to_string();
            assert!(error.contains(option) && error.contains("0 is not in 1"), "{error}");
        }
    }

    #[test]
    fn options_that_the_thesis_has_no_use_for_are_refused() {
        let error = |more: &[&str]| {
            let line = [&["--preset", "thesis"][..], more].concat();
            run(&args(&line).unwrap()).unwrap_err().to_string()
        };
        assert!(error(&["--without-effect"]).starts_with("--without-effect is for a design"));
        let both = error(&["--alpha", "0.05", "--participants", "10"]);
        assert!(both.starts_with("--participants, --alpha are for a design"), "{both}");
    }
}
