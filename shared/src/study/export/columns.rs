//! What each column of the csv holds.

/// The columns with what they hold, in the order in which a session meets them.
///
/// `docs/protocol.md` shows the same list, and `dataset_description.json` of the Psych-DS folder names
/// those of its files.
pub const COLUMNS: &[(&str, &str)] = &[
    (
        "trial_type",
        "Kind of the row: audio-button-response for a song, html-button-response for a question without a song, browser-check for the start, preload for a clip that could not be had, segue-KIND for anything else",
    ),
    ("trial_index", "Number of the row in the session, from 0; every row counts"),
    ("plugin_version", "Version of Segue that recorded the row"),
    ("time_elapsed", "Milliseconds since the first row, by the device's clock"),
    (
        "subject_id",
        "Name of the participant: random, or a hash of what a recruitment service calls them",
    ),
    ("study_id", "Name of the study"),
    ("session_id", "Random name of the session"),
    ("mode", "Why the session was run: live, pilot, demo, or sim for a simulated participant"),
    ("seed", "Seed of all draws of the session"),
    ("study_sha256", "SHA-256 of study.json"),
    ("catalog_sha256", "SHA-256 of catalog.json"),
    ("wasm_sha256", "SHA-256 of the page's program"),
    ("embeddings_sha256", "SHA-256 of each embedding table, as a JSON object by name"),
    ("segue_version", "Version of Segue"),
    ("event", "What happened, as canonical JSON: what the hash is taken of"),
    ("at_millis", "When it happened, in milliseconds since 1970 by the device's clock"),
    ("prev_hash", "Hash of the row before; 64 zeros in the first row"),
    ("row_hash", "SHA-256 of the row; in the last row of a complete session the completion code"),
    ("width", "Width of the page in CSS pixels"),
    ("height", "Height of the page in CSS pixels"),
    ("webaudio", "Whether the browser has Web Audio"),
    ("browser", "Family of the browser"),
    ("browser_version", "Major version of the browser"),
    ("mobile", "Whether the device is a phone or tablet"),
    ("os", "Operating system"),
    ("fullscreen", "Whether the page filled the screen at the start"),
    ("vsync_rate", "Frames a second; null where not measured"),
    ("reduced_motion", "Whether the device asks for less motion"),
    ("language", "Language of the page: at the start, or from this row on"),
    ("storage", "Where answers were kept: indexeddb, or memory where the browser refused to store"),
    ("liked_from", "From which answer on a song counts as liked in this study"),
    (
        "rt",
        "Milliseconds to the answer: from the moment that the clip was audible (songs, slips), from the end of the last noise (headphone check), from the moment that the question was shown (familiarity); null where nothing was audible yet",
    ),
    ("stimulus", "What was heard or asked"),
    (
        "response",
        "Number of the answer from 0: of like / not like 1 is like, of yes / no 1 is yes, of a scale of n points n - 1 is the highest; null for a slip",
    ),
    ("answer", "The answer as given: 0 or 1, or 1 to the number of points"),
    ("liked", "Whether the answer counts as liking the song"),
    ("trial", "Number of the trial in the session, from 0, practice included"),
    ("role", "What the song was heard for: practice, anchor, recommendation"),
    ("anchor_number", "Number of the anchor in the session, from 0"),
    ("anchor_id", "Track id of the anchor"),
    (
        "condition",
        "Why the song was heard: audio, multimodal, lyrics, random, genre; two joined by + where it was heard once for both; null for anchors and practice",
    ),
    ("control_kind", "random or genre where the song is the control's; else null"),
    ("song_id", "Track id of the song"),
    ("position", "Place after the anchor, from 1; 0 for the anchor itself"),
    (
        "similarity",
        "Cosine similarity to the anchor; null where the condition does not look at embeddings; joined by + as the conditions",
    ),
    ("rank", "Place in the condition's list, from 1; joined by + as the conditions"),
    ("listened_ms", "How much of the last playing was heard, in milliseconds"),
    ("clip_ms", "Length of the clip as played, in milliseconds"),
    ("replays", "How often the clip was heard again"),
    ("slip", "Whether the row is a key that means nothing"),
    ("familiar", "Whether the song was known; missing where that was not asked or not answered"),
    (
        "focus_losses",
        "How often the page lost the focus or went out of sight since the trial before; one departure counts once",
    ),
    (
        "resumed",
        "Whether the session was gone on with, after a reload, a crash or sound that the device took away, since the trial before",
    ),
    ("given_by", "How the answer was given"),
    ("clip_started_at_millis", "When the clip was audible, in milliseconds since 1970"),
    ("audio_context_state", "State of the browser's audio context"),
    ("sample_rate_hz", "Its sample rate in Hz"),
    ("base_latency_ms", "Its base latency in milliseconds; null where not told"),
    ("output_latency_ms", "Its output latency in milliseconds; null where not told"),
    ("audio_rebuilt", "Whether the audio context had to be built anew"),
    ("key", "The key that means nothing, as the browser names it"),
    ("n_plays", "How often the test tone was played"),
    ("headphone_trial", "Number of the trial of the headphone check, from 0"),
    ("target", "Which noise hid the tone, 0 to 2"),
    ("correct", "Whether that one was chosen"),
    ("liked_number", "Number of the liked anchor in the session, from 0"),
    ("order", "Order of the conditions after the anchor, joined by +"),
    ("success", "false: the clip could not be had"),
    ("timeout", "Whether it did not come in time"),
    ("failed_images", "Always an empty list"),
    ("failed_audio", "The clip, in a JSON list"),
    ("failed_video", "Always an empty list"),
    ("reason", "Why the clip could not be had"),
    (
        "focus_change",
        "How attention changed: blur, focus, hidden, visible, fullscreenenter, fullscreenexit",
    ),
];

/// What a column holds.
pub(super) fn description(column: &str) -> Option<&'static str> {
    COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, description)| *description)
}
