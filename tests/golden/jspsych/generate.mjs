// What jsPsych writes as csv: npm install jspsych@8.3.0, then: node generate.mjs
//
// Made with Node 20.20.2 and jsPsych 8.3.0. Writes rows.json, the rows as lists of [key, value] in the
// order of their keys, and rows.csv, what jsPsych's DataCollection makes of them, beside this file.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import vm from "node:vm";

const here = import.meta.dirname;
const entry = createRequire(join(process.cwd(), "x.js")).resolve("jspsych");
// The function is not exported, so it is cut out of the published file.
const source = readFileSync(join(dirname(entry), "index.js"), "utf8");
const start = source.indexOf("function JSON2CSV(");
const end = source.indexOf("\nfunction ", start + 1);
const JSON2CSV = vm.runInNewContext(`${source.slice(start, end)}; JSON2CSV`);

const rows = [
  [["trial_type", "browser-check"], ["trial_index", 0], ["width", 1280], ["webaudio", true], ["vsync_rate", null]],
  [["trial_type", "audio-button-response"], ["trial_index", 1], ["rt", 812], ["stimulus", "stimuli/a.mp3"],
    ["response", 0], ["similarity", 0.9], ["embeddings", { audio: "00ff", lyrics: "" }]],
  [["trial_type", "said \"no\", twice"], ["trial_index", 2], ["note", "a\r\nb\tc"], ["response", null]],
  [["note", "=1+1"], ["similarity", 1e-7], ["rt", 1e21], ["width", 48000.0], ["latency", -0.000001]],
  [["note", ""], ["list", [1, "two", null]], ["similarity", 123456789.125], ["trial_index", 9007199254740991]],
  [["note", "ë ☃ 🎵"], ["similarity", 1.5e-5], ["latency", 5e-324], ["rt", 1.7976931348623157e308]],
];
writeFileSync(join(here, "rows.json"), JSON.stringify(rows, null, 1) + "\n");
writeFileSync(join(here, "rows.csv"), JSON2CSV(rows.map(Object.fromEntries)));
