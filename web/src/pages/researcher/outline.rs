//! A design in sentences.

use crate::wording::counted;
use shared::recommend::SameArtist;
use shared::study::{Control, OrderScheme, SameSong, Scale, Send, Songs, StudyDesign};

/// One line: what it is about, and what the design says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) about: &'static str,
    pub(super) text: String,
}

/// The design, in the order in which a session goes.
pub(super) fn lines(design: &StudyDesign) -> Vec<Line> {
    let line = |about, text| Line { about, text };
    vec![
        line("Languages", design.languages.join(", ")),
        line("Ends", ends(design)),
        line("Takes", format!("about {}, if half of the songs are liked", minutes(design))),
        line("Songs", songs(design)),
        line("Conditions", conditions(design)),
        line("Order", order(design)),
        line("Clip", clip(design)),
        line("Question", question(design)),
        line("Before", before(design)),
        line("Pauses", pauses(design)),
        line("Data", data(design)),
        line("Afterwards", afterwards(design)),
    ]
}

fn number(number: u32, one: &str, many: &str) -> String {
    counted(number as usize, one, many)
}

fn ends(design: &StudyDesign) -> String {
    let stop = design.stop;
    let rules = [
        stop.liked_anchors.map(|n| number(n, "liked anchor", "liked anchors")),
        stop.anchors.map(|n| number(n, "anchor", "anchors")),
        stop.minutes.map(|n| number(n, "minute", "minutes")),
    ];
    let rules: Vec<_> = rules.into_iter().flatten().collect();
    match rules.len() {
        0 => "when no anchor is left".to_owned(),
        1 => format!("after {}", rules[0]),
        _ => format!("after {}, whichever comes first", rules.join(" or ")),
    }
}

/// Seconds between the end of a clip and the next one, on top of it.
const ANSWER_SECS: f64 = 2.0;

/// How long a session takes if every second song is liked and each is heard to its end.
fn minutes(design: &StudyDesign) -> String {
    let stop = design.stop;
    let by_liked = stop.liked_anchors.map(|n| 2 * n);
    let by_time = stop.minutes;
    let n_anchors = [by_liked, stop.anchors].into_iter().flatten().min();
    let heard = n_anchors.map(|n_anchors| {
        let n_songs = f64::from(n_anchors) * (1.0 + design.conditions().len() as f64 / 2.0);
        let n_songs = n_songs + f64::from(design.practice_trials);
        (n_songs * (design.clip.seconds + ANSWER_SECS) / 60.0).ceil() as u32
    });
    let shortest = [heard, by_time].into_iter().flatten().min();
    shortest.map_or("as long as there are songs".to_owned(), |n| number(n, "minute", "minutes"))
}

fn songs(design: &StudyDesign) -> String {
    let from = match design.songs {
        Songs::Test => "songs that no network learnt from",
        Songs::All => "every song of the bundle",
    };
    let again = if design.repeat_songs { "may be heard twice" } else { "each heard once at most" };
    format!("{from}; {again}")
}

fn conditions(design: &StudyDesign) -> String {
    let names: Vec<_> = design.recommenders.iter().map(|condition| condition.name()).collect();
    let control = match design.control {
        Control::Random => "a random song",
        Control::Genre => "a random song of the anchor's genre",
    };
    let artist = match design.same_artist {
        SameArtist::Exclude => "never by the anchor's artist",
        SameArtist::Allow => "also by the anchor's artist",
    };
    format!("{}, and {control} as control; {artist}", names.join(", "))
}

fn order(design: &StudyDesign) -> String {
    let order = match design.order {
        OrderScheme::Balanced => "all orders equally often, shuffled by seed",
        OrderScheme::Random => "drawn anew for each liked anchor",
    };
    let same = match design.same_song {
        SameSong::NextRank => "the later one takes its next song",
        SameSong::PlayOnce => "it is heard once and counts for both",
        SameSong::PlayTwice => "it is heard twice",
    };
    format!("{order}; where two conditions choose the same song, {same}")
}

fn clip(design: &StudyDesign) -> String {
    let seconds = design.clip.seconds;
    let from = match design.answer.from_secs {
        from if from <= 0.0 => "can be answered at once".to_owned(),
        from if from >= seconds => "can be answered at its end".to_owned(),
        from => format!("can be answered after {from} s"),
    };
    let replays = match design.answer.replays {
        0 => "no replay".to_owned(),
        n => number(n, "replay", "replays"),
    };
    format!("{seconds} s; {from}; {replays}")
}

fn question(design: &StudyDesign) -> String {
    let scale = match design.question.scale {
        Scale::Like => "like or not like".to_owned(),
        Scale::Points5 => format!("1 to 5, liked from {}", design.question.liked_from),
        Scale::Points7 => format!("1 to 7, liked from {}", design.question.liked_from),
    };
    if design.question.familiarity { format!("{scale}; then whether it was known") } else { scale }
}

fn before(design: &StudyDesign) -> String {
    let practice = match design.practice_trials {
        0 => "no practice".to_owned(),
        n => number(n, "practice trial", "practice trials"),
    };
    let check = match design.checks.headphones {
        None => "sound check".to_owned(),
        Some(check) => {
            let required = if check.required { ", required" } else { ", recorded only" };
            format!(
                "sound check; headphone check, {} of {}{required}",
                check.pass_from, check.trials
            )
        }
    };
    format!("{check}; {practice}")
}

fn pauses(design: &StudyDesign) -> String {
    design.breaks.map_or("none".to_owned(), |breaks| {
        let every = format!("after every {} trials", breaks.every_trials);
        match breaks.at_least_secs {
            0 => every,
            secs => format!("{every}, {secs} s at least"),
        }
    })
}

fn data(design: &StudyDesign) -> String {
    match &design.data.send {
        None => "stay with the participant, who saves a file".to_owned(),
        Some(Send::Datapipe { experiment_id, url }) => {
            format!("to DataPipe ({url}), experiment {experiment_id}")
        }
        Some(Send::Jatos) => "to the JATOS server that serves the page".to_owned(),
        Some(Send::Post { url }) => format!("by POST to {url}"),
    }
}

fn afterwards(design: &StudyDesign) -> String {
    match &design.completion.link {
        None => "a completion code".to_owned(),
        Some(link) => format!("a completion code and the link {link}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::study::Preset;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn text(design: &StudyDesign, about: &str) -> String {
        lines(design).into_iter().find(|line| line.about == about).unwrap().text
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_default_design_reads_as_what_it_is() {
        let design = Preset::Default.design();
        assert_eq!(
            text(&design, "Ends"),
            "after 12 liked anchors or 30 minutes, whichever comes first"
        );
        // 24 anchors, 12 blocks of 3, 2 for practice: 62 songs of 12 s.
        assert!(text(&design, "Takes").starts_with("about 13 minutes"));
        assert!(text(&design, "Conditions").starts_with("audio, multimodal, and a random song"));
        assert_eq!(text(&design, "Before"), "sound check; 2 practice trials");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_thesis_differs_where_it_did() {
        let (thesis, default) = (Preset::Thesis.design(), Preset::Default.design());
        for about in ["Ends", "Songs", "Order", "Pauses"] {
            assert_ne!(text(&thesis, about), text(&default, about), "{about}");
        }
        assert_eq!(text(&thesis, "Ends"), "after 600 anchors");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn where_data_go_is_named() {
        let mut design = Preset::Default.design();
        let url = "https://example.org/in".to_owned();
        design.data.send = Some(Send::Post { url });
        design.completion.link = Some("https://example.org/{code}".to_owned());
        assert_eq!(text(&design, "Data"), "by POST to https://example.org/in");
        assert!(text(&design, "Afterwards").ends_with("https://example.org/{code}"));
    }
}
