//! Where the keys go when a list is made anew: to the same place of it. Otherwise whoever goes by keyboard or screen reader
//! would begin at the top of the page after each press.

use super::Explored;
use crate::platform::listener::Listener;
use crate::platform::page::document;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The lists of the page.
const LISTS: &str = "[data-screen=explore] .songs";

/// A button in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Which of the lists.
    list: u32,
    /// Which of its rows.
    row: u32,
    /// What the button does.
    action: String,
}

impl Explored {
    /// Keeps the place of the focus while lists change.
    pub(super) fn keep_focus(self) {
        let place = StoredValue::new(None::<Place>);
        let follow = move |event: web_sys::Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let _gone = place.try_set_value(target.and_then(|target| Place::of(&target)));
        };
        // A press elsewhere takes the focus away without giving it to anything.
        let listeners =
            ["focusin", "pointerdown"].map(|event| Listener::on(&document(), event, follow));
        let listeners = StoredValue::new_local(listeners);
        on_cleanup(move || listeners.dispose());
        Effect::new(move |_| {
            self.lists.track();
            self.taste.track();
            request_animation_frame(move || {
                if let Some(Some(place)) = place.try_get_value().filter(|_| is_lost()) {
                    place.take_focus();
                }
            });
        });
    }
}

impl Place {
    fn of(target: &Element) -> Option<Self> {
        let button = target.closest("[data-action]").ok()??;
        let list = button.closest(LISTS).ok()??;
        let lists = document().query_selector_all(LISTS).ok()?;
        let rows = list.children();
        let is_list = |at: &u32| lists.item(*at).is_some_and(|own| own.is_same_node(Some(&list)));
        let is_row = |at: &u32| rows.item(*at).is_some_and(|own| own.contains(Some(&button)));
        Some(Self {
            list: (0..lists.length()).find(is_list)?,
            row: (0..rows.length()).find(is_row)?,
            action: button.get_attribute("data-action")?,
        })
    }

    /// Gives the focus to the button there; where the list has become shorter, to that of its last row.
    fn take_focus(&self) {
        let lists = document().query_selector_all(LISTS).ok();
        let list = lists.and_then(|lists| lists.item(self.list)?.dyn_into::<Element>().ok());
        let Some(rows) = list.map(|list| list.children()) else { return };
        let row = rows.item(self.row.min(rows.length().saturating_sub(1)));
        let button = row.and_then(|row| {
            row.query_selector(&format!("[data-action='{}']", self.action)).ok().flatten()
        });
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _unfocusable = button.focus_with_options(&options);
        }
    }
}

/// Whether nothing has the focus.
fn is_lost() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}
