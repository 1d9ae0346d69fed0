//! `segue power`: how often a study would find what is there.

mod record;

use self::record::Record;
use crate::{files, interrupt, rasterize};
use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use shared::figure::{PowerLine, power_curves};
use shared::random::Seed;
use shared::recommend::Condition;
use shared::simulate::{
    Population, PowerCurve, PowerPlan, PowerSimulation, Replication, ThesisPower,
};
use shared::study::{Preset, StudyDesign};
use std::path::{Path, PathBuf};

/// Studies that are simulated before they are written down: so much is lost at most.
const STEPS_AT_ONCE: usize = 64;
/// Replications of the thesis that one task runs.
const THESIS_CHUNK: u64 = 250;
const PNG_SCALE: f32 = 2.0;

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
    /// Numbers of participants to try
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "10,20,30,40")]
    participants: Vec<usize>,
    /// Numbers of liked anchors a participant to try; each is followed by one song of each condition
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "12,24,48")]
    anchors: Vec<u32>,
    /// Whom participants are drawn from, as audio:0.55,multimodal:0.6,random:0.4,sd-song:0.6; what is
    /// not named keeps its default
    #[arg(long, value_name = "TEXT", default_value = "")]
    population: String,
    /// Let all conditions be liked alike: what is found is false
    #[arg(long)]
    without_effect: bool,
    /// Studies of each combination (default: 1,000; of the thesis 10,000)
    #[arg(long, value_name = "N")]
    replications: Option<u64>,
    /// Songs of the made-up catalogue
    #[arg(long, value_name = "N", default_value_t = 400)]
    songs: usize,
    /// Level of the tests
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// The power that is wanted
    #[arg(long, default_value_t = 0.8)]
    target: f64,
    /// Seed
    #[arg(long, default_value_t = 1)]
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
    for (name, value) in [("alpha", args.alpha), ("target", args.target)] {
        ensure!(0.0 < value && value < 1.0, "--{name} {value}: expected a number between 0 and 1");
    }
    if args.preset == Preset::Thesis && args.study.is_none() {
        return thesis(args);
    }
    let plan = plan(args)?;
    let simulation = PowerSimulation::new(&plan).context("the design and the catalogue")?;
    let mut record = match &args.out {
        Some(folder) => Record::open(folder, &plan)?,
        None => Record::default(),
    };
    simulate(&simulation, &mut record)?;
    let curve = PowerCurve::of(&plan, record.done());
    if args.json {
        println!("{}", serde_json::to_string_pretty(&curve)?);
    } else {
        print_curve(&curve, &plan, args.target);
    }
    match &args.out {
        Some(folder) => write(folder, (&curve, &plan), args.target),
        None => Ok(()),
    }
}

fn plan(args: &Args) -> anyhow::Result<PowerPlan> {
    let design = match &args.study {
        Some(path) => StudyDesign::from_json(&files::read(path)?)
            .with_context(|| format!("in '{}'", path.display()))?,
        None => args.preset.design(),
    };
    let mut population: Population = args.population.parse().context("--population")?;
    if args.without_effect {
        population = population.without_effect(design.control.condition());
    }
    let whole = |name: &str, is_whole: bool| {
        ensure!(is_whole, "--{name}: expected numbers from 1");
        Ok(())
    };
    whole("participants", args.participants.iter().all(|n| *n > 0))?;
    whole("anchors", args.anchors.iter().all(|n| *n > 0))?;
    whole("songs", args.songs > 0)?;
    Ok(PowerPlan {
        design,
        population,
        n_participants: args.participants.clone(),
        n_liked_anchors: args.anchors.clone(),
        n_songs: args.songs,
        n_replications: args.replications.unwrap_or(1_000),
        alpha: args.alpha,
        seed: Seed(args.seed),
    })
}

/// Runs the steps that are left, on all cores.
fn simulate(simulation: &PowerSimulation, record: &mut Record) -> anyhow::Result<()> {
    interrupt::watch();
    let left = simulation.steps_left(record.done());
    let bar = ProgressBar::new(simulation.n_steps()).with_style(
        ProgressStyle::with_template("{bar:32} {pos} of {len} studies, {eta} left")
            .expect("the template is sound"),
    );
    bar.inc(simulation.n_steps() - left.len() as u64);
    for steps in left.chunks(STEPS_AT_ONCE) {
        let run = |step: &u64| {
            let replication = simulation.step(*step);
            bar.inc(1);
            replication
        };
        let found: Vec<Replication> = steps.par_iter().map(run).collect::<Result<_, _>>()?;
        record.add(found)?;
        if interrupt::is_asked() {
            bar.abandon();
            match record.folder() {
                Some(folder) => bail!(
                    "interrupted; the same command with --out '{}' goes on from here",
                    folder.display()
                ),
                None => bail!("interrupted; with --out DIR it could go on from here"),
            }
        }
    }
    bar.finish_and_clear();
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
    for (pair, n_anchors) in pairs(curve, plan) {
        let found = curve.minimum_participants(pair, n_anchors, target);
        let found = found.map_or("more than were tried".to_owned(), |n| n.to_string());
        println!("{} > {} with {n_anchors} anchors: power {target} needs {found}", pair.0, pair.1);
    }
}

/// Each contrast with each number of anchors.
fn pairs(curve: &PowerCurve, plan: &PowerPlan) -> Vec<((Condition, Condition), u32)> {
    let contrasts = curve.cells.first().map(|cell| cell.contrasts.clone()).unwrap_or_default();
    let with = |own: &shared::simulate::ContrastPower| {
        let pair = (own.first, own.second);
        plan.n_liked_anchors.iter().map(move |n| (pair, *n)).collect::<Vec<_>>()
    };
    contrasts.iter().flat_map(with).collect()
}

fn write(
    folder: &Path,
    (curve, plan): (&PowerCurve, &PowerPlan),
    target: f64,
) -> anyhow::Result<()> {
    let mut csv = "participants,liked_anchors,minutes,first,second,power,power_low,power_high,\
        uncorrected,n_studies,n_failed\n"
        .to_owned();
    for cell in &curve.cells {
        for own in &cell.contrasts {
            csv.push_str(&format!(
                "{},{},{},{},{},{},{},{},{},{},{}\n",
                cell.cell.n_participants,
                cell.cell.n_liked_anchors,
                cell.minutes,
                own.first,
                own.second,
                own.power.value,
                own.power.interval.low,
                own.power.interval.high,
                own.uncorrected.value,
                cell.n_studies,
                cell.n_failed
            ));
        }
    }
    files::write(&folder.join("power.csv"), csv.as_bytes())?;
    files::write(&folder.join("power.json"), &serde_json::to_vec_pretty(curve)?)?;
    let lines = pairs(curve, plan).into_iter().map(|((first, second), n_anchors)| PowerLine {
        label: format!("{first} > {second}, {n_anchors} anchors"),
        points: curve
            .cells
            .iter()
            .filter(|cell| cell.cell.n_liked_anchors == n_anchors)
            .filter_map(|cell| {
                let own = cell.contrasts.iter().find(|c| (c.first, c.second) == (first, second))?;
                Some((cell.cell.n_participants, own.power))
            })
            .collect(),
    });
    let svg = power_curves(&lines.collect::<Vec<_>>(), target);
    files::write(&folder.join("power.svg"), svg.as_bytes())?;
    files::write(&folder.join("power.png"), &rasterize::svg_to_png(&svg, PNG_SCALE)?)?;
    eprintln!("the curves stand in '{}'", folder.join("power.svg").display());
    Ok(())
}

/// The thesis's simulations beside the exact probabilities.
fn thesis(args: &Args) -> anyhow::Result<()> {
    let n = args.replications.unwrap_or(10_000);
    ensure!(n > 0, "--replications: expected a number from 1");
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
