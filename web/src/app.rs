//! The frame around every page.

use crate::components::ring::Ring;
use crate::pages::bundle::BundlePage;
use leptos::prelude::*;

/// The website.
#[component]
pub(crate) fn App() -> impl IntoView {
    view! {
        <a class="skip" href="#content">"Skip to the content"</a>
        <header class="masthead">
            <Ring share=Signal::stored(0.7) small=true />
            <p class="wordmark">"Segue"</p>
            <p class="quiet">"From one track to the next"</p>
        </header>
        <main class="page" id="content" tabindex="-1">
            <BundlePage />
        </main>
        <footer class="page quiet">
            <p>"Everything on this page is read and checked on your own device."</p>
        </footer>
    }
}
