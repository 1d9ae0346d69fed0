//! What is wrong with a `study.json`, by the path of the field.

use crate::wording::chain;
use leptos::prelude::*;
use shared::study::DesignError;
use std::sync::Arc;

/// The faults, and what to do.
#[component]
pub(super) fn Faults(error: Arc<DesignError>) -> impl IntoView {
    view! {
        <section class="notice" role="alert" data-study="broken">
            <h3>"The study can't be run"</h3>
            {listed(&error)}
            <p>
                "Mend "<code>"study.json"</code>" and load the page again; nobody can take part until "
                "then."
            </p>
        </section>
    }
}

fn listed(error: &DesignError) -> AnyView {
    let DesignError::Faults(faults) = error else {
        return view! { <p>{chain(error)}</p> }.into_any();
    };
    let rows = faults
        .iter()
        .map(|fault| {
            view! {
                <li>
                    <code>{fault.path.clone()}</code>": expected "{fault.expected}", got "
                    <code>{fault.got.clone()}</code>
                </li>
            }
        })
        .collect_view();
    view! { <ul>{rows}</ul> }.into_any()
}
