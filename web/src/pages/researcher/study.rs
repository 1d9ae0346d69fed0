//! The study of the bundle: its design in sentences, its hash, and the ways into it.

use super::StudyFile;
use super::faults::Faults;
use super::links::Links;
use super::outline;
use crate::components::copy_button::CopyButton;
use leptos::prelude::*;
use shared::study::StudyDesign;
use std::sync::Arc;

/// The study, or what is wrong with it.
#[component]
pub(super) fn Study(file: StudyFile) -> impl IntoView {
    let StudyFile { design, sha256, .. } = file;
    let contents = match design {
        Ok(design) => view! { <Design design sha256 /> }.into_any(),
        Err(error) => view! { <Hash sha256 /> <Faults error /> }.into_any(),
    };
    view! {
        <section class="study">
            <h2>"Study"</h2>
            {contents}
        </section>
    }
}

#[component]
fn Design(design: Arc<StudyDesign>, sha256: String) -> impl IntoView {
    let first = design.languages.first().cloned().unwrap_or_default();
    let title = design.title.get(&first).to_owned();
    let rows = outline::lines(&design)
        .into_iter()
        .map(|line| view! { <div><dt>{line.about}</dt><dd>{line.text}</dd></div> })
        .collect_view();
    view! {
        <p class="study-title" lang=first>{title}</p>
        <p class="quiet">"study.json, "<code>{design.study_id.clone()}</code></p>
        <Hash sha256 />
        <nav class="row" aria-label="Ways into the study">
            <a class="main-button" href="?mode=pilot">"Preview a session"</a>
            <a class="side-button" href="?mode=live">"Take part"</a>
            <a class="side-button" href="?mode=sim&seed=1">"Watch a simulated listener"</a>
        </nav>
        <p class="quiet">
            "A preview and a simulated session are marked in their data, so that they are never taken for "
            "answers."
        </p>
        <dl class="outline">{rows}</dl>
        <Links />
    }
}

/// SHA-256 of study.json: with it the file serves as a preregistration.
#[component]
fn Hash(sha256: String) -> impl IntoView {
    let whole = sha256.clone();
    view! {
        <p class="link-row">
            <span class="quiet">"SHA-256 "</span>
            <code data-study-hash="">{sha256}</code>
            <CopyButton
                text=Callback::new(move |()| whole.clone())
                what="Copy the SHA-256 of study.json"
                label="Copy"
            />
        </p>
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use leptos::mount::mount_to;
    use shared::study::Preset;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// The section of a study.json, as text and HTML.
    fn shown(json: &[u8]) -> (String, String) {
        let home: web_sys::HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&home).unwrap();
        let design = StudyDesign::from_json(json).map(Arc::new).map_err(Arc::new);
        let file = StudyFile { design, sha256: "7".repeat(64), json: Arc::default() };
        let mounted = mount_to(home.clone(), move || view! { <Study file /> });
        let seen = (home.text_content().unwrap(), home.inner_html());
        drop(mounted);
        home.remove();
        seen
    }

    #[wasm_bindgen_test]
    fn a_sound_study_shows_its_hash_its_design_and_the_ways_into_it() {
        let (text, html) = shown(&Preset::Default.design().to_json());
        for wanted in ["What should play next?", &"7".repeat(64), "30 minutes", "audio, multimodal"]
        {
            assert!(text.contains(wanted), "'{wanted}' is missing in {text}");
        }
        for address in ["?mode=pilot", "?mode=live", "?mode=sim&amp;seed=1"] {
            assert!(html.contains(&format!("href=\"{address}\"")), "{address}");
        }
        let origin = window().location().origin().unwrap();
        let link = format!("{origin}{}", window().location().pathname().unwrap());
        assert!(text.contains(&format!("{link}?mode=live&PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}&")));
        assert!(text.contains(&format!("{link}?mode=live&id=%SURVEY_CODE%")), "{text}");
    }

    #[wasm_bindgen_test]
    fn a_broken_study_names_each_field_and_leads_nowhere() {
        let mut design = Preset::Default.design();
        design.study_id = "No Good".to_owned();
        design.clip.seconds = -1.0;
        let (text, html) = shown(&design.to_json());
        assert!(text.contains("study_id") && text.contains("clip.seconds"), "{text}");
        assert!(text.contains("No Good") && text.contains(&"7".repeat(64)), "{text}");
        assert!(!html.contains("?mode="), "{html}");
        let (text, _) = shown(b"{");
        assert!(text.contains("study.json is no JSON"), "{text}");
    }
}
