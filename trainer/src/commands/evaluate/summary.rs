//! What `segue evaluate` prints.

use shared::evaluation::{Comparison, Evaluation, Value};

/// Prints every measure, a column for each recommender.
pub(super) fn say(evaluation: &Evaluation) {
    for note in &evaluation.notes {
        eprintln!("note: {note}");
    }
    println!("{} songs by {} artists", evaluation.n_songs, evaluation.n_artists);
    print!("{}", table(&evaluation.songs));
    if let Some(history) = &evaluation.history {
        println!(
            "\n{} transitions of {} listeners ({} listens before them)",
            history.n_transitions, history.n_listeners, history.n_past
        );
        print!("{}", table(&history.measures));
    }
}

fn table(comparisons: &[Comparison]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for value in comparisons.iter().flat_map(|own| &own.values) {
        if !names.contains(&value.recommender.as_str()) {
            names.push(&value.recommender);
        }
    }
    let mut text = format!("{:<26}", "");
    for name in &names {
        text += &format!("{name:>27}");
    }
    text.push('\n');
    for comparison in comparisons {
        text += &format!("{:<26}", comparison.measure.name());
        for name in &names {
            let value = comparison.values.iter().find(|own| own.recommender == *name);
            text += &format!("{:>27}", value.map_or_else(String::new, cell));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn cell(value: &Value) -> String {
    let range = value.interval.map(|own| format!(" ({:.3} to {:.3})", own.low, own.high));
    format!("{:.3}{}", value.estimate, range.unwrap_or_default())
}
