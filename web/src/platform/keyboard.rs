//! Keys as they go down, typed.
//!
//! A key that is held down counts once; keys that are pressed together with Ctrl, Alt or Meta belong
//! to the browser or to a screen reader, and keys that only the device listens to (volume, function
//! keys) belong to no one here.

use super::listener::Listener;
use super::page::window;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// What makes an element do something of its own at Space or Enter.
const CONTROLS: &str = "a[href], button, input, select, textarea, summary, [contenteditable]";
/// What takes letters and digits.
const TEXT_FIELDS: &str = "input, select, textarea, [contenteditable]";

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// 0 to 9, on the row or on the number pad.
    Digit(u8),
    /// A letter or sign, in lower case.
    Letter(char),
    /// Arrow to the left.
    ArrowLeft,
    /// Arrow to the right.
    ArrowRight,
    /// Arrow up.
    ArrowUp,
    /// Arrow down.
    ArrowDown,
    /// The space bar.
    Space,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab: it moves the focus, and is never an answer.
    Tab,
    /// Any other, by its name.
    Other(String),
}

impl Key {
    /// From the name that the browser gives it; `None` for keys that mean nothing to a page.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let mut letters = name.chars();
        Some(match (name, letters.next(), letters.next()) {
            (" ", ..) => Self::Space,
            (_, Some(digit @ '0'..='9'), None) => Self::Digit(digit as u8 - b'0'),
            (_, Some(letter), None) => Self::Letter(letter.to_lowercase().next().unwrap_or(letter)),
            ("ArrowLeft", ..) => Self::ArrowLeft,
            ("ArrowRight", ..) => Self::ArrowRight,
            ("ArrowUp", ..) => Self::ArrowUp,
            ("ArrowDown", ..) => Self::ArrowDown,
            ("Enter", ..) => Self::Enter,
            ("Escape", ..) => Self::Escape,
            ("Tab", ..) => Self::Tab,
            _ if is_of_the_device(name) => return None,
            _ => Self::Other(name.to_owned()),
        })
    }

    /// As it stands in the data.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Digit(digit) => digit.to_string(),
            Self::Letter(letter) => letter.to_string(),
            Self::ArrowLeft => "ArrowLeft".to_owned(),
            Self::ArrowRight => "ArrowRight".to_owned(),
            Self::ArrowUp => "ArrowUp".to_owned(),
            Self::ArrowDown => "ArrowDown".to_owned(),
            Self::Space => "Space".to_owned(),
            Self::Enter => "Enter".to_owned(),
            Self::Escape => "Escape".to_owned(),
            Self::Tab => "Tab".to_owned(),
            Self::Other(name) => name.clone(),
        }
    }
}

/// Keys that set the device or change what other keys mean.
fn is_of_the_device(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "",
        "Shift",
        "Control",
        "Alt",
        "AltGraph",
        "Meta",
        "CapsLock",
        "NumLock",
        "ScrollLock",
        "Fn",
        "FnLock",
        "Dead",
        "Process",
        "Unidentified",
    ];
    const FAMILIES: [&str; 7] =
        ["Audio", "Media", "Brightness", "Launch", "Browser", "Microphone", "Power"];
    let is_function_key = name.strip_prefix('F').is_some_and(|rest| rest.parse::<u8>().is_ok());
    NAMES.contains(&name)
        || is_function_key
        || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// A key that went down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyPress {
    /// Which.
    pub(crate) key: Key,
    /// When, on the monotonic clock: as the browser got it, before any work that held us up.
    pub(crate) at_monotonic_millis: f64,
    /// Whether the focus was on a link, button or field, which Space and Enter work by themselves.
    pub(crate) on_control: bool,
}

/// Whether a key was of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handled {
    /// It was: the browser shall do nothing else, such as scroll.
    Yes,
    /// It was not: it is the browser's.
    No,
}

/// Calls back at each key until it is dropped.
#[must_use = "no key is heard once it is dropped"]
pub(crate) struct KeyWatch {
    _listener: Listener,
}

impl KeyWatch {
    /// Begins to listen; keys that are typed into a field are left alone.
    pub(crate) fn start(callback: impl Fn(KeyPress) -> Handled + 'static) -> Self {
        let listener = Listener::on(&window(), "keydown", move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            if let Some(press) = press(event)
                && callback(press) == Handled::Yes
            {
                event.prevent_default();
            }
        });
        Self { _listener: listener }
    }
}

fn press(event: &KeyboardEvent) -> Option<KeyPress> {
    let combined = event.ctrl_key() || event.alt_key() || event.meta_key();
    if event.repeat() || combined || event.is_composing() {
        return None;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_in = |selector| {
        target.as_ref().is_some_and(|target| target.closest(selector).is_ok_and(|e| e.is_some()))
    };
    if is_in(TEXT_FIELDS) {
        return None;
    }
    Some(KeyPress {
        key: Key::from_name(&event.key())?,
        at_monotonic_millis: event.time_stamp(),
        on_control: is_in(CONTROLS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn names_become_keys() {
        assert_eq!(Key::from_name("1"), Some(Key::Digit(1)));
        assert_eq!(Key::from_name("J"), Some(Key::Letter('j')));
        assert_eq!(Key::from_name("É"), Some(Key::Letter('é')));
        assert_eq!(Key::from_name(" "), Some(Key::Space));
        assert_eq!(Key::from_name("ArrowLeft"), Some(Key::ArrowLeft));
        assert_eq!(Key::from_name("Home"), Some(Key::Other("Home".into())));
        let ours = ["Shift", "Meta", "F5", "F12", "AudioVolumeUp", "MediaPlayPause", "Dead", ""];
        assert!(ours.iter().all(|name| Key::from_name(name).is_none()));
        assert_eq!(Key::from_name("f"), Some(Key::Letter('f')));
        for name in ["7", "x", "Enter", "Escape", "Tab", "PageDown"] {
            assert_eq!(Key::from_name(name).unwrap().name(), name);
        }
    }

    #[cfg(target_arch = "wasm32")]
    mod in_the_browser {
        use super::*;
        use crate::platform::page::document;
        use std::cell::RefCell;
        use std::rc::Rc;
        use web_sys::{EventTarget, HtmlElement, KeyboardEventInit};

        /// Presses a key; whether the browser would still do something with it.
        fn strike(target: &EventTarget, key: &str, set: impl Fn(&KeyboardEventInit)) -> bool {
            let init = KeyboardEventInit::new();
            init.set_key(key);
            init.set_bubbles(true);
            init.set_cancelable(true);
            set(&init);
            let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init);
            target.dispatch_event(&event.unwrap()).unwrap()
        }

        #[wasm_bindgen_test]
        fn only_single_keys_outside_of_fields_are_heard() {
            let body = document().body().unwrap();
            let [field, button] = ["input", "button"].map(|name| {
                let element = document().create_element(name).unwrap();
                body.append_child(&element).unwrap();
                element.dyn_into::<HtmlElement>().unwrap()
            });
            let seen = Rc::new(RefCell::new(Vec::new()));
            let watch = {
                let seen = seen.clone();
                KeyWatch::start(move |press| {
                    let handled = if press.on_control { Handled::No } else { Handled::Yes };
                    seen.borrow_mut().push((press.key.name(), press.on_control));
                    handled
                })
            };
            assert!(!strike(&body, "f", |_| ()), "a handled key is the browser's no more");
            strike(&body, "f", |init| init.set_repeat(true));
            strike(&body, "f", |init| init.set_ctrl_key(true));
            strike(&field, "f", |_| ());
            assert!(strike(&button, " ", |_| ()), "a button still answers to Space");
            drop(watch);
            strike(&body, "g", |_| ());
            assert_eq!(*seen.borrow(), [("f".to_owned(), false), ("Space".to_owned(), true)]);
            field.remove();
            button.remove();
        }
    }
}
