//! Links that lead participants to the study, ready to be pasted into a recruitment service.

use crate::components::copy_button::CopyButton;
use leptos::prelude::*;

/// A link: for what, what follows the page's own address, and how it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    service: &'static str,
    query: &'static str,
    use_of_it: &'static str,
}

/// The double braces and per cent signs are the services' own place holders.
const LINKS: [Link; 4] = [
    Link {
        service: "Prolific",
        query: "?mode=live&PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}\
                &SESSION_ID={{%SESSION_ID%}}",
        use_of_it: "As the study's URL, with “I'll use URL parameters”.",
    },
    Link {
        service: "SONA",
        query: "?mode=live&id=%SURVEY_CODE%",
        use_of_it: "As the Study URL of an online external study.",
    },
    Link {
        service: "MTurk",
        query: "?mode=live",
        use_of_it: "As the link of a project of the kind Survey Link; the worker enters the completion code, \
                    which the last screen shows, into the project's field.",
    },
    Link {
        service: "Anyone",
        query: "?mode=live&participant=NAME",
        use_of_it: "By mail; replace NAME by what you call the participant. Only a hash of it is kept, by \
                    which a short name can be guessed.",
    },
];

/// All links, built from the address of this page.
#[component]
pub(super) fn Links() -> impl IntoView {
    let base = base_address();
    let rows = LINKS.map(|link| {
        let address = format!("{base}{}", link.query);
        let copied = address.clone();
        view! {
            <div>
                <dt>{link.service}</dt>
                <dd>
                    <p class="link-row">
                        <code>{address}</code>
                        <CopyButton
                            text=Callback::new(move |()| copied.clone())
                            what=format!("Copy the link for {}", link.service)
                            label="Copy"
                        />
                    </p>
                    <p class="quiet">{link.use_of_it}</p>
                </dd>
            </div>
        }
    });
    view! {
        <section>
            <h3>"Links for participants"</h3>
            <dl class="links">{rows}</dl>
        </section>
    }
}

/// The page's own address without parameters.
fn base_address() -> String {
    let location = window().location();
    format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn every_link_leads_to_a_session() {
        for link in LINKS {
            let pairs = link.query.trim_start_matches('?').split('&');
            let pairs = pairs.map(|pair| pair.split_once('=').unwrap());
            assert_eq!(Entry::of(pairs), Entry::Participant, "{}", link.service);
        }
    }
}
