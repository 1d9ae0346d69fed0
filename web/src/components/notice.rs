//! A notice: what happened and the way on.

use crate::bundle_source::Advice;
use leptos::prelude::*;

/// Says what happened, that nothing is lost, and what to do.
#[component]
pub(crate) fn Notice(
    /// What to say.
    advice: Advice,
    /// What the button does.
    retry: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="notice" role="alert">
            <h2>{advice.title}</h2>
            <p>{advice.what}</p>
            <p>{advice.way_on}</p>
            <p class="quiet">"Nothing was lost: this page only reads."</p>
            <button class="main-button" on:click=move |_| retry.run(())>"Try again"</button>
        </section>
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use leptos::mount::mount_to;
    use leptos::task::tick;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn the_button_is_the_way_on() {
        let home: web_sys::HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&home).unwrap();
        let n_tries = RwSignal::new(0);
        let advice = Advice { title: "Title", what: "What.".to_owned(), way_on: "Way on." };
        let retry = Callback::new(move |()| n_tries.update(|n| *n += 1));
        let mounted = mount_to(home.clone(), move || view! { <Notice advice retry /> });
        let notice = home.query_selector("[role=alert]").unwrap().unwrap();
        assert!(notice.text_content().unwrap().contains("What."));
        let button = notice.query_selector("button").unwrap().unwrap();
        button.unchecked_into::<web_sys::HtmlElement>().click();
        tick().await;
        assert_eq!(n_tries.get_untracked(), 1);
        drop(mounted);
    }
}
