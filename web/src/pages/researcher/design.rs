//! Designing a study: what it asks of people, and how often it would find what is there.

use super::StudyFile;
use super::results::Picture;
use crate::computation::{self, PowerTask, Task, Told};
use crate::platform::download;
use crate::platform::draft;
use crate::platform::worker::Computation;
use leptos::prelude::*;
use shared::figure::{PowerLine, power_curves};
use shared::simulate::{PowerCurve, Replication};
use shared::study::{Control, Preset, Scale, StudyDesign};

/// Numbers of participants that are tried.
const PARTICIPANTS: [usize; 4] = [10, 20, 30, 40];
/// Songs of the made-up catalogue.
const N_SONGS: usize = 400;
/// The power that is commonly wanted.
const TARGET: f64 = 0.8;

/// What can be set.
#[derive(Clone, Copy)]
struct Choices {
    n_liked: RwSignal<f64>,
    clip_secs: RwSignal<f64>,
    practice: RwSignal<f64>,
    control: RwSignal<String>,
    scale: RwSignal<String>,
    audio: RwSignal<f64>,
    multimodal: RwSignal<f64>,
    chance: RwSignal<f64>,
    n_studies: RwSignal<f64>,
}

impl Choices {
    fn of(design: &StudyDesign) -> Self {
        Self {
            n_liked: RwSignal::new(f64::from(design.stop.liked_anchors.unwrap_or(24))),
            clip_secs: RwSignal::new(design.clip.seconds),
            practice: RwSignal::new(f64::from(design.practice_trials)),
            control: RwSignal::new(control_name(design.control).to_owned()),
            scale: RwSignal::new(scale_name(design.question.scale).to_owned()),
            audio: RwSignal::new(0.55),
            multimodal: RwSignal::new(0.6),
            chance: RwSignal::new(0.4),
            n_studies: RwSignal::new(100.0),
        }
    }

    /// The design as it is set now.
    fn design(self, base: &StudyDesign) -> StudyDesign {
        let mut design = base.clone();
        design.stop.liked_anchors = Some(self.n_liked.get() as u32);
        design.clip.seconds = self.clip_secs.get();
        design.answer.from_secs = design.answer.from_secs.min(design.clip.seconds);
        design.practice_trials = self.practice.get() as u32;
        let chosen = self.control.get();
        let controls = [Control::Random, Control::Genre];
        design.control =
            controls.into_iter().find(|c| control_name(*c) == chosen).unwrap_or(design.control);
        let chosen = self.scale.get();
        let scales = [Scale::Like, Scale::Points5, Scale::Points7];
        let scale =
            scales.into_iter().find(|s| scale_name(*s) == chosen).unwrap_or(design.question.scale);
        if scale != design.question.scale {
            design.question.scale = scale;
            design.question.liked_from = middle_of(scale);
        }
        design
    }

    fn population(self) -> String {
        let chance = self.chance.get();
        format!(
            "audio:{},multimodal:{},random:{chance},genre:{chance}",
            self.audio.get(),
            self.multimodal.get()
        )
    }
}

/// The first answer above the middle.
fn middle_of(scale: Scale) -> u8 {
    match scale {
        Scale::Like => 1,
        Scale::Points5 => 4,
        Scale::Points7 => 5,
    }
}

fn control_name(control: Control) -> &'static str {
    control.condition().name()
}

fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::Like => "like",
        Scale::Points5 => "points5",
        Scale::Points7 => "points7",
    }
}

/// The page.
#[component]
pub(super) fn Design(
    /// The study of the bundle, where the design begins.
    study: Signal<Option<StudyFile>>,
) -> impl IntoView {
    move || {
        let base = study.get().and_then(|file| file.design.ok());
        let base = base.map_or_else(|| Preset::Default.design(), |design| (*design).clone());
        view! { <Sheet base /> }
    }
}

#[component]
fn Sheet(base: StudyDesign) -> impl IntoView {
    let choices = Choices::of(&base);
    let base = StoredValue::new(base);
    let design = Memo::new(move |_| base.with_value(|base| choices.design(base)));
    let faults = Memo::new(move |_| {
        design.with(|design| design.faults().iter().map(ToString::to_string).collect::<Vec<_>>())
    });
    let save = move |_| {
        let json = design.with_untracked(StudyDesign::to_json);
        if let Err(error) = download::save("study.json", "application/json", &json) {
            leptos::logging::error!("{error}");
        }
    };
    let preview = move |_| {
        draft::keep(&design.with_untracked(StudyDesign::to_json));
        // A page that is being left can't be led elsewhere, and need not be.
        let _leaving =
            window().location().set_href(&format!("?mode=pilot&config={}", draft::DRAFT));
    };
    view! {
        <section data-screen="design">
            <h1>"Design"</h1>
            <p>"Set the study, see what it would find and how long it takes, and save it as study.json."</p>
            <div class="settings">
                <Slider label="Liked anchors a participant" name="liked-anchors" value=choices.n_liked range=(6.0, 96.0, 6.0) />
                <Slider label="Seconds of each clip" name="clip-secs" value=choices.clip_secs range=(3.0, 30.0, 1.0) />
                <Slider label="Practice trials" name="practice" value=choices.practice range=(0.0, 6.0, 1.0) />
                <Choice label="Control" name="control" value=choices.control options=&[("random", "any song"), ("genre", "a song of the anchor's genre")] />
                <Choice label="Question" name="scale" value=choices.scale options=&[("like", "like, not like"), ("points5", "5 points"), ("points7", "7 points")] />
            </div>
            <ul class="wrong">
                {move || faults.get().into_iter().map(|fault| view! { <li>{fault}</li> }).collect_view()}
            </ul>
            <div class="row">
                <button class="main-button" data-action="save-study" disabled=move || !faults.read().is_empty() on:click=save>
                    "Save study.json"
                </button>
                <button class="side-button" data-action="preview" disabled=move || !faults.read().is_empty() on:click=preview>
                    "Preview the session"
                </button>
            </div>
            <Power choices design=design.into() />
        </section>
    }
}

#[component]
fn Power(choices: Choices, design: Signal<StudyDesign>) -> impl IntoView {
    let studies = RwSignal::new(Vec::<Replication>::new());
    let of = StoredValue::new(None::<(PowerTask, StudyDesign)>);
    let failure = RwSignal::new(None::<String>);
    let is_running = RwSignal::new(false);
    let worker = StoredValue::new_local(None::<Computation>);
    let begin = move |_| {
        let now = design.get_untracked();
        let mut task = PowerTask {
            n_participants: PARTICIPANTS.to_vec(),
            n_liked_anchors: now.stop.liked_anchors.unwrap_or(1),
            population: choices.population(),
            n_songs: N_SONGS,
            n_replications: choices.n_studies.get_untracked() as u64,
            done: Vec::new(),
        };
        // The same simulation goes on; what another one found is nothing to this one.
        let is_same = of.with_value(|of| {
            of.as_ref()
                .is_some_and(|(old, design)| *design == now && old.population == task.population)
        });
        if !is_same {
            studies.set(Vec::new());
        }
        of.set_value(Some((task.clone(), now.clone())));
        task.done = studies.get_untracked();
        failure.set(None);
        is_running.set(true);
        let heard = move |told| match told {
            Told::Study(study) => {
                let _gone = studies.try_update(|studies| studies.push(study));
            }
            Told::Simulated => {
                let _gone = is_running.try_set(false);
            }
            Told::Failed(why) => {
                let _gone = (failure.try_set(Some(why)), is_running.try_set(false));
            }
            Told::Report(_) => {}
        };
        match computation::start(&Task::Simulate(task), vec![now.to_json()], heard) {
            Ok(computation) => worker.set_value(Some(computation)),
            Err(why) => {
                failure.set(Some(why));
                is_running.set(false);
            }
        }
    };
    let pause = move |_| {
        worker.set_value(None);
        is_running.set(false);
    };
    let n_wanted = move || choices.n_studies.get() as usize * PARTICIPANTS.len();
    let curve = move || {
        let done = studies.get();
        of.with_value(|of| {
            let (task, design) = of.as_ref()?;
            let plan = computation::plan(task, design.clone()).ok()?;
            (!done.is_empty()).then(|| computation::curve(&plan, &done))
        })
    };
    view! {
        <h2>"What it would find"</h2>
        <p class="quiet">
            "Simulated participants go through this design, its exclusions and the planned analysis. Set how "
            "often songs of each kind are liked."
        </p>
        <div class="settings">
            <Slider label="Songs by sound are liked" name="p-audio" value=choices.audio range=(0.05, 0.95, 0.05) />
            <Slider label="Songs by sound and lyrics are liked" name="p-multimodal" value=choices.multimodal range=(0.05, 0.95, 0.05) />
            <Slider label="Songs of the control are liked" name="p-control" value=choices.chance range=(0.05, 0.95, 0.05) />
            <Slider label="Studies for each number of participants" name="studies" value=choices.n_studies range=(20.0, 1000.0, 20.0) />
        </div>
        <div class="row">
            <button class="main-button" data-action="simulate" disabled=is_running on:click=begin>"Simulate"</button>
            <button class="side-button" data-action="pause" disabled=move || !is_running.get() on:click=pause>"Pause"</button>
            <progress aria-label="Simulated studies" max=n_wanted value=move || studies.read().len() />
            <span class="quiet" role="status">
                {move || format!("{} of {} studies", studies.read().len(), n_wanted())}
            </span>
        </div>
        {move || failure.get().map(|why| view! { <p class="wrong" role="alert">{why}</p> })}
        {move || curve().map(|curve| found(&curve))}
    }
}

/// Length of a session, the fewest participants, and the curves.
fn found(curve: &PowerCurve) -> impl IntoView + use<> {
    let minutes = curve.cells.first().map_or(0.0, |cell| cell.minutes);
    let first = curve.cells.first().map(|cell| cell.contrasts.clone()).unwrap_or_default();
    let n_anchors = curve.cells.first().map_or(0, |cell| cell.cell.n_liked_anchors);
    let lines: Vec<PowerLine> = first
        .iter()
        .enumerate()
        .map(|(series, own)| PowerLine {
            label: format!("{} > {}", own.first, own.second),
            series,
            group: 0,
            points: curve.by_participants((own.first, own.second), n_anchors, |own| own.power),
        })
        .collect();
    let needed = first.iter().map(|own| {
        let n = curve.minimum_participants((own.first, own.second), n_anchors, TARGET);
        let n = n.map_or("more than 40 participants".to_owned(), |n| format!("{n} participants"));
        let text = format!("{} > {}: {n} for a power of 80 %", own.first, own.second);
        view! { <li>{text}</li> }
    });
    view! {
        <p data-minutes="">{format!("A session takes about {minutes:.0} minutes.")}</p>
        <ul>{needed.collect_view()}</ul>
        <Picture name="power".to_owned() svg=power_curves(&lines, TARGET) />
    }
}

#[component]
fn Slider(
    label: &'static str,
    name: &'static str,
    value: RwSignal<f64>,
    range: (f64, f64, f64),
) -> impl IntoView {
    let (min, max, step) = range;
    let change = move |event| {
        if let Ok(number) = event_target_value(&event).parse() {
            value.set(number);
        }
    };
    view! {
        <label class="slider">
            <span>{label}</span>
            <input
                type="range"
                data-setting=name
                min=min
                max=max
                step=step
                prop:value=move || value.get().to_string()
                on:input=change
            />
            <output>{move || value.get().to_string()}</output>
        </label>
    }
}

#[component]
fn Choice(
    label: &'static str,
    name: &'static str,
    value: RwSignal<String>,
    options: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let options = options.iter().map(|(option, text)| {
        let is_chosen = move || *value.read() == *option;
        view! { <option value=*option prop:selected=is_chosen>{*text}</option> }
    });
    view! {
        <label class="slider">
            <span>{label}</span>
            <select data-setting=name on:change=move |event| value.set(event_target_value(&event))>
                {options.collect_view()}
            </select>
        </label>
    }
}
