//! Reports of simulated studies, the thesis's published counts, and every kind of bad input.

use super::*;
use crate::hash::sha256_hex;
use crate::random::Seed;
use crate::recommend::Condition;
use crate::simulate::{Population, SimulatedStudy, simulated_catalogue};
use crate::statistics::{Bootstrap, Count};
use crate::study::export::{to_csv, to_json, to_psych_ds, zip};
use crate::study::{Event, Mode, Preset, SessionLog, StudyDesign, StudyHashes};
use std::sync::{Arc, LazyLock};

fn design() -> StudyDesign {
    let mut design = Preset::Default.design();
    design.question.familiarity = true;
    design
}

fn hashes(design: &StudyDesign) -> StudyHashes {
    StudyHashes {
        study_id: design.study_id.clone(),
        study: sha256_hex(&design.to_json()),
        catalog: "1b".repeat(32),
        embeddings: [("audio".to_owned(), "2c".repeat(32))].into(),
        wasm: "3d".repeat(32),
        version: "0.1.0".into(),
    }
}

/// The log of a session's events.
fn log(events: Vec<(u64, Event)>) -> SessionLog {
    let Event::Started(started) = &events[0].1 else { panic!("a session starts") };
    let mut log = SessionLog::new(started.session_id.clone());
    for (at_millis, event) in events {
        let row = log.next_row(event, at_millis);
        log.push(row);
    }
    log
}

/// The logs of a simulated study.
fn logs(design: &StudyDesign, population: Population, n: usize) -> Vec<SessionLog> {
    let catalogue = Arc::new(simulated_catalogue(design, 200, Seed(1)));
    let study = SimulatedStudy::new(Arc::new(design.clone()), catalogue, population, n);
    let sessions = study.with_hashes(hashes(design)).sessions(Seed(2)).unwrap();
    sessions.into_iter().map(log).collect()
}

static LOGS: LazyLock<Vec<SessionLog>> =
    LazyLock::new(|| logs(&design(), Population::default(), 14));

fn options() -> AnalysisOptions<'static> {
    let bootstrap = Bootstrap { n_replications: 300, level: 0.95 };
    AnalysisOptions { bootstrap, mode: Mode::Sim, ..AnalysisOptions::default() }
}

fn analysed(logs: Vec<SessionLog>) -> Result<Report, AnalysisError> {
    let sessions = Sessions { logs, ..Sessions::default() };
    let design = design();
    analyse(&sessions, (&design, &design.to_json()), options())
}

/// The first events of a log, changed.
fn changed(log: &SessionLog, change: impl Fn(Event) -> Event) -> SessionLog {
    let rows = log.rows().iter();
    self::log(rows.map(|row| (row.at_millis, change(row.event.clone()))).collect())
}

fn file(name: &str, text: impl Into<Vec<u8>>) -> SessionFile {
    SessionFile { name: name.to_owned(), bytes: text.into() }
}

/// A fault with its causes, on one line.
fn said(fault: &Fault) -> String {
    let mut text = fault.to_string();
    let mut source = std::error::Error::source(fault);
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

/// The thesis's counts give R 4.2's p-values, as printed in the thesis.
#[test]
fn the_published_counts_come_out() {
    let participant = |name: &str, [audio, multimodal, control]: [u64; 3], n| {
        let count = |n_yes| Count { n_yes, n };
        let (audio, multimodal, control) = (count(audio), count(multimodal), count(control));
        ParticipantCounts { participant: name.to_owned(), audio, multimodal, control }
    };
    let layer =
        thesis_layer(&[participant("1", [149, 148, 86], 239), participant("2", [79, 94, 76], 172)]);
    let p_values: Vec<f64> = layer.tests.iter().map(|t| t.test.as_ref().unwrap().p_value).collect();
    let r = [7.04e-09, 1.193e-08, 0.5, 0.4142, 0.03338, 0.06556];
    assert_eq!(p_values.len(), r.len());
    for (got, expected) in p_values.iter().zip(r) {
        assert!((got / expected - 1.0).abs() < 6e-4, "{got}, R {expected}");
    }
}

#[test]
fn a_report_has_both_layers_and_says_its_numbers() {
    let report = analysed(LOGS.clone()).unwrap();
    assert_eq!(report.left.n_sessions, 14);
    assert!(report.n_participants >= 10, "{:?}", report.left);
    assert_eq!(report.thesis.tests.len(), 3 * report.n_participants);
    let model = report.default.model.as_ref().unwrap();
    assert!(model.formula.starts_with("like ~ condition + position + familiar + ("));
    assert_eq!(model.contrasts.len(), 3);
    assert_eq!(model.contrasts[0].first, Condition::Multimodal);
    assert_eq!(model.contrasts[0].second, Condition::Audio);
    for contrast in &model.contrasts {
        assert!(contrast.p_holm >= contrast.contrast.p_value);
        let interval = contrast.odds_ratio.interval;
        assert!(
            interval.low < contrast.odds_ratio.value && contrast.odds_ratio.value < interval.high
        );
    }
    // The marginal probabilities are near the shares, the permutation near the model.
    for ((condition, marginal), summary) in model.marginals.iter().zip(&report.default.conditions) {
        assert_eq!(*condition, summary.condition);
        assert!((marginal.value - summary.share.value).abs() < 0.06, "{marginal:?} {summary:?}");
        assert!(summary.reaction.lower_quartile < summary.reaction.upper_quartile);
    }
    assert_eq!(report.default.robustness.len(), 3);
    for check in &report.default.robustness {
        let interval = check.bootstrap.unwrap();
        assert!(interval.low < check.difference && check.difference < interval.high);
        // 9,999 permutations of answers are the exact test, but for chance.
        assert!((check.p_permutation - check.mcnemar.p_exact).abs() < 0.025, "{check:?}");
    }
    let shrunk = report.default.participants.iter().filter_map(|own| own.shrunk);
    assert!(shrunk.clone().count() == 3 * report.n_participants);
    assert!(
        shrunk.clone().all(|own| own.interval.low < own.value && own.value < own.interval.high)
    );
    for part in ["14 sessions began", "odds ratio", "corrected by Holm", "permutations", "formula"]
    {
        let part = if part == "formula" { &model.formula } else { part };
        assert!(report.methods.contains(part), "{}", report.methods);
    }
    assert!(!report.methods.contains("NaN"), "{}", report.methods);
}

#[test]
fn shrinkage_draws_participants_together() {
    let report = analysed(LOGS.clone()).unwrap();
    let spread = |values: Vec<f64>| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let own = || report.default.participants.iter().filter(|own| own.condition == Condition::Audio);
    let raw = spread(own().map(|own| own.count.share()).collect());
    let shrunk = spread(own().map(|own| own.shrunk.unwrap().value).collect());
    assert!(shrunk < raw, "{shrunk} {raw}");
}

#[test]
fn the_same_seed_gives_the_same_report_and_the_csv_is_tidy() {
    let (report, again) = (analysed(LOGS.clone()).unwrap(), analysed(LOGS.clone()).unwrap());
    assert_eq!(report, again);
    let csv = report.to_tidy_csv();
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert!(records.len() > 100 && records.iter().all(|record| record.len() == headers.len()));
    let measures: std::collections::BTreeSet<&str> = records.iter().map(|r| &r[1]).collect();
    for measure in ["count", "prop.test greater", "contrast (logit)", "marginal probability"] {
        assert!(measures.contains(measure), "{measures:?}");
    }
    assert!(serde_json::to_string(&report).unwrap().contains("\"p_holm\""));
}

#[test]
fn sessions_are_read_from_every_kind_of_file() {
    let logs = &LOGS[..4];
    let folder = to_psych_ds(&logs[..2], (&design(), &design().to_json()));
    let jatos = format!("{}\n{}", to_json(&logs[2]), to_json(&logs[3]));
    let wide = crate::study::export::to_wide_csv(&logs[0]);
    let sessions = read_sessions([
        file("folder.zip", zip(&folder)),
        file("study_result_1/comp_result_2/data.txt", jatos),
        file("wide.csv", wide),
    ]);
    assert!(sessions.faults.is_empty(), "{:?}", sessions.faults);
    assert_eq!(sessions.logs, logs);
    // Both csv without events, description, README, design, recruitment, wide table.
    assert_eq!(sessions.passed_over.len(), 6 + 1, "{:?}", sessions.passed_over);
    let csv = read_sessions(logs.iter().map(|log| file("a.csv", to_csv(log))));
    assert_eq!(csv.logs, logs);
}

#[test]
fn broken_files_are_named_and_the_rest_is_read() {
    let csv = to_csv(&LOGS[0]);
    let other = to_csv(&LOGS[1]);
    let edited = csv.replacen("\"true\"", "\"false\"", 30);
    let event = csv.replacen("rt_millis\"\":", "rt_millis\"\":1", 1);
    let lines: Vec<&str> = csv.lines().collect();
    let without_row = [&lines[..9], &lines[10..]].concat().join("\r\n");
    let data = to_psych_ds(&LOGS[2..3], (&design(), &design().to_json()));
    let (path, without_events) = data.iter().find(|(path, _)| path.ends_with("_data.csv")).unwrap();
    let cases = [
        (file("empty.csv", ""), "empty.csv: the file is empty"),
        (file("edited.csv", edited), "was changed: by the event it is"),
        (file("event.csv", event), "the chain of hashes is broken"),
        (file("row.csv", without_row), "rows are missing or out of order"),
        (file("binary.csv", vec![0xff, 0xfe, 0x00]), "neither text (UTF-8) nor a zip file"),
        (file("half.json", "{\"format\":\"segue-session\",\"rows\":["), "the session is no JSON"),
        (
            file("new.json", "{\"format\":\"segue-session\",\"schema_version\":9,\"rows\":[]}"),
            "newer Segue",
        ),
        (file("broken.zip", b"PK\x03\x04nothing".to_vec()), "unpack it"),
        (file("other.csv", "a,b\n1,2\n"), "no column 'session_id'"),
        (file(path, without_events.clone()), "no column 'event'"),
    ];
    let n_cases = cases.len();
    for (broken, expected) in cases {
        let sessions = read_sessions([broken, file("good.csv", other.clone())]);
        assert_eq!(sessions.logs, LOGS[1..2], "{expected}");
        assert_eq!(sessions.faults.len(), 1);
        let text = said(&sessions.faults[0]);
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(n_cases, 10);
    assert!(read_sessions([]).logs.is_empty());
}

#[test]
fn a_session_counts_once() {
    let whole = &LOGS[0];
    let half = SessionLog::from_rows(whole.rows()[..20].to_vec()).unwrap();
    let sessions = read_sessions([
        file("half.json", to_json(&half)),
        file("whole.csv", to_csv(whole)),
        file("again.json", to_json(whole)),
    ]);
    assert_eq!(sessions.logs, std::slice::from_ref(whole));
    let texts: Vec<String> = sessions.faults.iter().map(said).collect();
    assert!(texts[0].contains("half.json: the session 'p0000' is in 'whole.csv' too"), "{texts:?}");
    assert!(texts[1].contains("again.json"), "{texts:?}");
    // Another log of the same name: neither is to be trusted.
    let forged = changed(whole, |event| match event {
        Event::TrialAnswered(mut answered) => {
            answered.response = 1;
            Event::TrialAnswered(answered)
        }
        event => event,
    });
    let sessions = read_sessions([
        file("a.json", to_json(whole)),
        file("b.json", to_json(&forged)),
        file("c.json", to_json(&LOGS[1])),
    ]);
    assert_eq!(sessions.logs, LOGS[1..2]);
    assert!(said(&sessions.faults[0]).contains("both are left out"));
}

#[test]
fn a_session_cut_off_in_the_middle_counts_by_the_rules() {
    let whole = &LOGS[0];
    let cut = |n| SessionLog::from_rows(whole.rows()[..n].to_vec()).unwrap();
    let mut logs = LOGS.clone();
    // After ten rows nobody has liked six anchors.
    logs[0] = cut(10);
    let report = analysed(logs.clone()).unwrap();
    assert_eq!(report.left.by_reason["too few liked anchors"], report.left.n_sessions_left_out);
    let before = report.n_participants;
    logs[0] = cut(whole.rows().len() - 4);
    let report = analysed(logs).unwrap();
    assert_eq!(report.n_participants, before + 1);
    assert!(report.left.n_incomplete >= 1);
}

#[test]
fn other_studies_are_refused_and_versions_told_apart() {
    let mut other = design();
    other.study_id = "other".into();
    let foreign = logs(&other, Population::default(), 2);
    let mut mixed = LOGS.clone();
    let with_name = |log: &SessionLog| {
        changed(log, |event| match event {
            Event::Started(mut started) => {
                started.session_id.push('x');
                Event::Started(started)
            }
            event => event,
        })
    };
    mixed.extend(foreign.iter().map(with_name));
    let report = analysed(mixed).unwrap();
    assert_eq!(report.left.n_sessions, 14);
    let (study, n) = report.refused.iter().next().unwrap();
    assert!(study.starts_with("other (") && *n == 2, "{:?}", report.refused);

    let error = analysed(foreign).unwrap_err().to_string();
    assert!(
        error.contains("there are sessions of other (") && error.contains("not mixed"),
        "{error}"
    );
    let error = analysed(Vec::new()).unwrap_err().to_string();
    assert!(error.contains("there is no session at all"), "{error}");

    let mut newer = LOGS.clone();
    newer[3] = changed(&newer[3], |event| match event {
        Event::Started(mut started) => {
            started.hashes.version = "0.2.0".into();
            Event::Started(started)
        }
        event => event,
    });
    let report = analysed(newer).unwrap();
    let n_of_each: Vec<usize> = report.versions.iter().map(|(_, n)| *n).collect();
    assert_eq!(report.versions.len(), 2);
    assert_eq!(n_of_each.iter().sum::<usize>(), 14);
}

/// Answers that the model can't be made of still have everything else.
#[test]
fn extreme_answers_have_a_report_too() {
    let answer_all = |liked: fn(&[Condition]) -> Option<bool>| {
        let change = move |event| match event {
            Event::TrialAnswered(mut answered) => {
                let conditions: Vec<Condition> =
                    answered.trial.sources.iter().map(|source| source.condition).collect();
                if let Some(liked) = liked(&conditions) {
                    answered.response = u8::from(liked);
                }
                Event::TrialAnswered(answered)
            }
            event => event,
        };
        LOGS.iter().map(|log| changed(log, change)).collect::<Vec<_>>()
    };
    let never = answer_all(|c| c.first().filter(|c| **c == Condition::Random).map(|_| false));
    let report = analysed(never).unwrap();
    let why = report.default.model.as_ref().unwrap_err();
    assert!(why.contains("'random' was never liked"), "{why}");
    assert!(report.methods.contains("No mixed model could be fitted"), "{}", report.methods);
    assert!(report.thesis.tests.iter().any(|test| test.test.is_some()));
    assert_eq!(report.default.robustness.len(), 3);

    let always = answer_all(|c| c.first().map(|_| true));
    let report = analysed(always).unwrap();
    assert!(report.default.model.as_ref().unwrap_err().contains("always liked"));
    let test = &report.thesis.tests[0];
    assert!(test.test.is_none() && test.why_not.as_ref().unwrap().contains("every answer is yes"));
    assert_eq!(report.default.cochran, None);
    assert!(report.default.robustness.iter().all(|check| check.p_permutation == 1.0));
    assert!(!report.methods.contains("NaN") && !report.to_tidy_csv().contains("NaN"));
    assert!(crate::figure::report_page(&report, &[]).contains("There is no model"));
}

#[test]
fn one_participant_has_the_thesis_layer() {
    let kept = LOGS.iter().find(|log| analysed(vec![(*log).clone()]).is_ok()).unwrap();
    let report = analysed(vec![kept.clone()]).unwrap();
    let why = report.default.model.as_ref().unwrap_err();
    assert!(why.contains("same participant"), "{why}");
    assert_eq!(report.thesis.tests.len(), 3);
    assert!(report.thesis.tests.iter().any(|test| test.test.is_some()));
    assert!(report.default.participants.iter().all(|own| own.shrunk.is_none()));
}

#[test]
fn what_is_left_out_is_counted() {
    let mut live = options();
    live.mode = Mode::Live;
    let sessions = Sessions { logs: LOGS.clone(), ..Sessions::default() };
    let design = design();
    let error = analyse(&sessions, (&design, &design.to_json()), live).unwrap_err().to_string();
    assert!(error.contains("of 14 sessions 14 are left out"), "{error}");
    assert!(error.contains("14: run in another mode"), "{error}");

    // The same people again, a day later.
    let later = LOGS.iter().map(|log| {
        let again = changed(log, |event| match event {
            Event::Started(mut started) => {
                started.session_id.push_str("-again");
                Event::Started(started)
            }
            event => event,
        });
        let rows = again.rows().iter();
        self::log(rows.map(|row| (row.at_millis + 86_400_000, row.event.clone())).collect())
    });
    let report = analysed(later.chain(LOGS.clone()).collect()).unwrap();
    let once = analysed(LOGS.clone()).unwrap();
    assert_eq!(report.left.n_repeated, once.n_participants);
    let repeated = format!("{} later sessions of a participant", once.n_participants);
    assert!(report.methods.contains(&repeated), "{}", report.methods);
    assert_eq!(report.default, once.default);

    let hasty = Population { careless: 0.2, ..Population::default() };
    let report = analysed(logs(&design, hasty, 10)).unwrap();
    assert!(report.left.n_trials_too_fast > 10, "{:?}", report.left);
}

#[test]
fn a_report_has_its_figures() {
    let catalogue = simulated_catalogue(&design(), 200, Seed(1));
    let tracks = catalogue.tracks().iter();
    let genres = tracks.map(|track| (track.track_id.to_string(), track.genre.clone())).collect();
    let sessions = Sessions { logs: LOGS.clone(), ..Sessions::default() };
    let design = design();
    let options = AnalysisOptions { genres: Some(&genres), ..options() };
    let report = analyse(&sessions, (&design, &design.to_json()), options).unwrap();
    assert_eq!(report.default.by_genre.len(), 4 * 3);
    let figures = crate::figure::figures(&report);
    let names: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
    let all = ["like_rates", "paired_differences", "position", "reaction_times", "genres"];
    assert_eq!(names, all);
    for figure in &figures {
        assert!(figure.svg.contains("<desc") && !figure.svg.contains("NaN"), "{}", figure.name);
    }
    let page = crate::figure::report_page(&report, &[]);
    for part in
        ["Planned contrasts", "Without a model", "prefers-color-scheme", &report.study_sha256]
    {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<figure>").count(), figures.len());
    assert!(!page.contains("NaN") && !page.contains("http-equiv") && !page.contains("src="));
    let n = report.n_participants;
    assert!(figures[1].svg.contains(&format!("of {n} participants liked songs of multimodal")));
}

/// A zip file of one member, packed, as JATOS and file managers make it.
fn packed_zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec(bytes, 6);
    let short = |numbers: &[u16]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let long = |numbers: &[usize]| {
        numbers.iter().flat_map(|n| (*n as u32).to_le_bytes()).collect::<Vec<u8>>()
    };
    // Version, flags, method, time, date; checksum and sizes; lengths of the name and of nothing more.
    let about = [
        short(&[20, 0, 8, 0, 0x21]),
        long(&[0, packed.len(), bytes.len()]),
        short(&[name.len() as u16, 0]),
    ]
    .concat();
    let local = [b"PK\x03\x04", &about[..], name.as_bytes(), &packed].concat();
    let end = short(&[0, 0, 0]);
    let central =
        [b"PK\x01\x02", &short(&[20])[..], &about, &end, &long(&[0, 0]), name.as_bytes()].concat();
    let sizes = [short(&[0, 0, 1, 1]), long(&[central.len(), local.len()]), short(&[0])].concat();
    [&local, &central, &b"PK\x05\x06"[..], &sizes].concat()
}

#[test]
fn packed_zip_files_are_unpacked_and_broken_ones_named() {
    let log = &LOGS[0];
    let archive = packed_zip("study/session.csv", to_csv(log).as_bytes());
    let sessions = read_sessions([file("jatos.zip", archive.clone())]);
    assert!(sessions.faults.is_empty(), "{:?}", sessions.faults);
    assert_eq!(sessions.logs, std::slice::from_ref(log));
    let mut broken = archive;
    for byte in &mut broken[60..90] {
        *byte = 0xff;
    }
    let faults = read_sessions([file("jatos.zip", broken)]).faults;
    let text = said(&faults[0]);
    assert!(text.contains("jatos.zip") && text.contains("session.csv"), "{text}");
}

#[test]
fn ten_thousand_sessions_are_read_and_analysed() {
    let mut design = design();
    design.stop.liked_anchors = Some(1);
    design.stop.anchors = Some(2);
    design.practice_trials = 0;
    design.exclusions.min_liked_anchors = None;
    let logs = logs(&design, Population::default(), 10_000);
    let sessions = read_sessions(logs.iter().map(|log| file("a.csv", to_csv(log))));
    assert!(sessions.faults.is_empty(), "{:?}", sessions.faults.first());
    let bootstrap = Bootstrap { n_replications: 20, level: 0.95 };
    let options = AnalysisOptions { bootstrap, ..options() };
    let report = analyse(&sessions, (&design, &design.to_json()), options).unwrap();
    assert_eq!(report.left.n_sessions, 10_000);
    assert!(report.default.model.is_ok(), "{:?}", report.default.model);
}
