//! The words of the demo's lyrics, by topic.
//!
//! No genre owns a topic: each has all of them in its own proportions, as in
//! [`Topic::weights`].

/// A topic: words that may stand in for each other in a line.
#[derive(Debug)]
pub struct Topic {
    /// How often each genre (rap, pop, country, rock) speaks of it.
    pub weights: [f64; 4],
    /// Nouns, singular.
    pub nouns: &'static [&'static str],
    /// Verbs that take an object, in their base form.
    pub verbs: &'static [&'static str],
    /// Adjectives.
    pub adjectives: &'static [&'static str],
    /// Where it happens.
    pub places: &'static [&'static str],
}

/// All topics.
pub const TOPICS: [Topic; 8] = [
    Topic {
        weights: [0.10, 0.36, 0.26, 0.12],
        nouns: &[
            "heart",
            "kiss",
            "lover",
            "touch",
            "smile",
            "feeling",
            "promise",
            "whisper",
            "tear",
            "secret",
            "letter",
            "embrace",
            "valentine",
            "darling",
        ],
        verbs: &["love", "kiss", "hold", "miss", "need", "forgive", "trust", "adore", "touch"],
        adjectives: &["tender", "gentle", "sweet", "lonely", "faithful", "beautiful", "broken"],
        places: &["in your arms", "by your side", "in my heart", "on your lips", "in your eyes"],
    },
    Topic {
        weights: [0.20, 0.26, 0.10, 0.13],
        nouns: &[
            "party", "dance", "speaker", "rhythm", "floor", "weekend", "crowd", "beat", "disco",
            "glitter", "midnight", "body", "club", "neon",
        ],
        verbs: &["move", "shake", "feel", "start", "rock", "spin", "turn up", "dance to", "raise"],
        adjectives: &["electric", "crazy", "loud", "hot", "shiny", "wild", "dizzy"],
        places: &[
            "on the floor",
            "at the club",
            "under the neon",
            "in the crowd",
            "on the weekend",
        ],
    },
    Topic {
        weights: [0.03, 0.05, 0.27, 0.11],
        nouns: &[
            "truck", "river", "highway", "whiskey", "prairie", "boots", "tractor", "creek",
            "saddle", "fiddle", "barn", "field", "dust", "porch",
        ],
        verbs: &["ride", "drive", "follow", "cross", "plow", "pour", "wander", "saddle", "roam"],
        adjectives: &["dusty", "golden", "muddy", "southern", "old", "open", "rusty"],
        places: &[
            "down the gravel road",
            "by the river",
            "on the prairie",
            "across the county line",
            "out in the fields",
        ],
    },
    Topic {
        weights: [0.27, 0.05, 0.03, 0.14],
        nouns: &[
            "street", "corner", "block", "hustle", "city", "siren", "homie", "alley", "sidewalk",
            "game", "mic", "crew", "pavement", "struggle",
        ],
        verbs: &["run", "watch", "own", "grind for", "flip", "rep", "dodge", "work", "spit"],
        adjectives: &["cold", "real", "hungry", "raw", "gritty", "young", "restless"],
        places: &[
            "on the block",
            "in the city",
            "on the corner",
            "in the alley",
            "in these streets",
        ],
    },
    Topic {
        weights: [0.15, 0.05, 0.04, 0.30],
        nouns: &[
            "fire", "thunder", "machine", "rebel", "chain", "storm", "engine", "devil", "scream",
            "war", "blood", "steel", "riot", "shadow",
        ],
        verbs: &["burn", "fight", "break", "tear down", "scream at", "smash", "defy", "crush"],
        adjectives: &["burning", "savage", "black", "violent", "reckless", "hollow", "iron"],
        places: &[
            "in the fire",
            "on the edge",
            "through the storm",
            "against the wall",
            "in the wasteland",
        ],
    },
    Topic {
        weights: [0.06, 0.06, 0.19, 0.07],
        nouns: &[
            "mama",
            "daddy",
            "home",
            "kitchen",
            "church",
            "brother",
            "garden",
            "supper",
            "cradle",
            "window",
            "photograph",
            "neighbor",
            "prayer",
            "hometown",
        ],
        verbs: &["remember", "thank", "raise", "bless", "keep", "visit", "build", "bury"],
        adjectives: &["humble", "quiet", "little", "warm", "wooden", "simple", "holy"],
        places: &["back home", "at the table", "in the kitchen", "on a Sunday", "in my hometown"],
    },
    Topic {
        weights: [0.22, 0.05, 0.02, 0.05],
        nouns: &[
            "money",
            "paper",
            "diamond",
            "chain",
            "crown",
            "bank",
            "car",
            "boss",
            "deal",
            "stack",
            "champagne",
            "watch",
            "hater",
            "throne",
        ],
        verbs: &["count", "spend", "stack", "buy", "make", "chase", "earn", "flash"],
        adjectives: &["rich", "heavy", "major", "fresh", "expensive", "famous", "icy"],
        places: &[
            "at the top",
            "at the bank",
            "in the front row",
            "in a foreign car",
            "up in here",
        ],
    },
    Topic {
        weights: [0.08, 0.20, 0.09, 0.19],
        nouns: &[
            "dream", "star", "sky", "moon", "ocean", "angel", "wave", "rainbow", "universe",
            "ghost", "mirror", "horizon", "silence", "wing",
        ],
        verbs: &["chase", "dream of", "reach", "see", "believe", "imagine", "find", "paint"],
        adjectives: &["endless", "silver", "distant", "floating", "blue", "invisible", "bright"],
        places: &["in the sky", "among the stars", "in my dreams", "over the ocean", "up above"],
    },
];

/// What a line may begin with, with weights by genre.
pub const OPENINGS: [(&str, [f64; 4]); 9] = [
    ("", [5.0, 6.0, 6.0, 6.0]),
    ("Yeah, ", [1.5, 0.7, 0.4, 1.0]),
    ("Yo, ", [0.8, 0.1, 0.02, 0.1]),
    ("Oh, ", [0.2, 1.0, 0.5, 0.7]),
    ("Baby, ", [0.3, 0.9, 0.6, 0.4]),
    ("Well, ", [0.1, 0.2, 0.9, 0.4]),
    ("Lord, ", [0.2, 0.05, 0.6, 0.2]),
    ("Hey, ", [0.4, 0.6, 0.3, 0.7]),
    ("Now ", [0.6, 0.4, 0.5, 0.6]),
];

/// What is called in between, with weights by genre.
pub const AD_LIBS: [(&str, [f64; 4]); 6] = [
    ("(Yeah)", [2.0, 1.0, 0.7, 1.0]),
    ("(Uh)", [2.0, 0.4, 0.1, 0.3]),
    ("(Oh-oh)", [0.3, 2.0, 1.0, 1.0]),
    ("(Come on)", [0.7, 1.0, 0.7, 1.0]),
    ("(Whoa)", [0.3, 1.0, 1.0, 2.0]),
    ("(Let's go)", [1.0, 0.7, 0.4, 1.0]),
];

/// Beginnings of lines: `n` stands for a noun, `v` for a verb, `a` for an adjective, `p` for a
/// place, each between braces.
pub const STEMS: [&str; 24] = [
    "I {v} the {n}",
    "You {v} my {a} {n}",
    "We {v} that {a} {n}",
    "There's a {n} {p}",
    "I found a {n} {p}",
    "I was waiting {p}",
    "Every {n} is {a}",
    "Tell me about the {n}",
    "Nobody can {v} my {n}",
    "I would never {v} a {a} {n}",
    "Give me the {n} and the {n}",
    "They always {v} the {n}",
    "You left your {n} {p}",
    "I can {v} it {p}",
    "Don't you {v} that {n}",
    "It's a {a} {a} {n}",
    "Let me {v} the {n}",
    "We were {a} {p}",
    "She told me to {v} the {n}",
    "He said the {n} was {a}",
    "All I want is a {a} {n}",
    "I still {v} the {n} {p}",
    "Who will {v} the {n}",
    "Take me to the {a} {n}",
];

/// Ends of lines, in groups that rhyme. They belong to every genre.
pub const RHYMES: [&[&str]; 10] = [
    &[
        "all through the night",
        "until the morning light",
        "and it feels alright",
        "holding on tight",
        "everything is right",
        "out of sight",
    ],
    &[
        "every single day",
        "but you never stay",
        "and I lose my way",
        "what can I say",
        "it won't go away",
        "and we start to play",
    ],
    &[
        "and I don't know why",
        "as the years go by",
        "I won't cry",
        "you can't deny",
        "way up high",
        "with a last goodbye",
    ],
    &[
        "I will let it go",
        "and I want you to know",
        "nice and slow",
        "everywhere I go",
        "from the highs to the low",
        "like I told you so",
    ],
    &[
        "and it's gone too far",
        "like a falling star",
        "you know who you are",
        "with an old guitar",
        "and it leaves a scar",
        "in a parked car",
    ],
    &[
        "like the falling rain",
        "and I feel the pain",
        "never be the same again",
        "running in my vein",
        "like a midnight train",
        "nothing to gain",
    ],
    &[
        "and I can't stand still",
        "over the hill",
        "and I always will",
        "just for the thrill",
        "it gives me a chill",
        "time to kill",
    ],
    &[
        "and we can't slow down",
        "all over town",
        "with my feet on the ground",
        "I hear the sound",
        "what goes around",
        "lost and found",
    ],
    &[
        "take me by the hand",
        "you don't understand",
        "like we planned",
        "take a stand",
        "in a promised land",
        "written in the sand",
    ],
    &[
        "one more time",
        "like a perfect rhyme",
        "it is no crime",
        "watch me climb",
        "in my prime",
        "it's worth a dime",
    ],
];
