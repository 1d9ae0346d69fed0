//! The service worker: it keeps the page, and on request the bundle's stimuli, on this device, so
//! that a session goes on without a connection.
//!
//! The script `service-worker.js` beside the page answers these messages:
//! `{type: "cache-bundle", urls: [..]}` with any number of `{type: "cached", done, total}`, and
//! `{type: "skip-waiting"}` by taking over, or with `{type: "others-open"}` where another page of the site is
//! open. A new version waits until [`ServiceWorker::apply_update`] is called: nothing is swapped within a
//! session.

use super::listener::Listener;
use super::page::{error_text, navigator, property, window};
use js_sys::{Array, Object, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration};

/// The script, seen from the page.
const SCRIPT: &str = "service-worker.js";

/// How far the worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkerState {
    /// This browser has none, or the page is not served safely: a lost connection ends the page.
    Unsupported,
    /// It could not be installed; the page works, with a connection.
    Failed {
        /// What the browser said.
        reason: String,
    },
    /// It is fetching the page.
    Installing,
    /// The page can be opened without a connection.
    Ready,
    /// A new version of the page is there and waits.
    UpdateWaiting,
}

/// What the worker reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkerReport {
    /// It has come to another state.
    State(WorkerState),
    /// It has kept so many of the files of [`ServiceWorker::cache_bundle`].
    Cached {
        /// Kept.
        n_done: usize,
        /// Asked for.
        n_files: usize,
    },
    /// [`ServiceWorker::apply_update`] did nothing: the site is open in another tab as well.
    OthersOpen,
}

/// The page's service worker; it stays when this is dropped, but reports no more.
pub(crate) struct ServiceWorker {
    shared: Rc<Shared>,
    _listeners: Vec<Listener>,
}

struct Shared {
    report: Box<dyn Fn(WorkerReport)>,
    /// None before the first look.
    state: RefCell<Option<WorkerState>>,
    registration: RefCell<Option<ServiceWorkerRegistration>>,
    /// Of the registration and of the worker that is being installed.
    listeners: RefCell<Vec<Listener>>,
    is_updating: Cell<bool>,
}

impl ServiceWorker {
    /// Registers the worker and reports how far it is, at each change.
    pub(crate) fn register(report: impl Fn(WorkerReport) + 'static) -> Self {
        let shared = Rc::new(Shared {
            report: Box::new(report),
            state: RefCell::new(None),
            registration: RefCell::new(None),
            listeners: RefCell::new(Vec::new()),
            is_updating: Cell::new(false),
        });
        let Some(container) = container() else {
            shared.become_state(WorkerState::Unsupported);
            return Self { shared, _listeners: Vec::new() };
        };
        let message = {
            let shared = shared.clone();
            Listener::on(&container, "message", move |event| {
                if let Some(report) = event.dyn_ref::<MessageEvent>().and_then(answer) {
                    if report == WorkerReport::OthersOpen {
                        shared.is_updating.set(false);
                    }
                    (shared.report)(report);
                }
            })
        };
        let change = {
            let shared = shared.clone();
            Listener::on(&container, "controllerchange", move |_| shared.taken_over())
        };
        spawn_local(Shared::register(shared.clone(), container));
        Self { shared, _listeners: vec![message, change] }
    }

    /// How far the worker is.
    pub(crate) fn state(&self) -> WorkerState {
        self.shared.state.borrow().clone().unwrap_or(WorkerState::Installing)
    }

    /// Has these files kept in the background, by their addresses relative to the page; `false`
    /// where there is no worker to do it.
    pub(crate) fn cache_bundle(&self, urls: &[String]) -> bool {
        let urls: Array = urls.iter().map(|url| JsValue::from_str(url)).collect();
        let registration = self.shared.registration.borrow();
        let worker = registration.as_ref().and_then(ServiceWorkerRegistration::active);
        let message = message("cache-bundle", &[("urls", urls.into())]);
        worker.is_some_and(|worker| worker.post_message(&message).is_ok())
    }

    /// Lets the waiting version take over and loads the page anew; nothing happens where none waits, and where
    /// another page of the site is open [`WorkerReport::OthersOpen`] is reported.
    pub(crate) fn apply_update(&self) {
        let registration = self.shared.registration.borrow();
        if let Some(worker) = registration.as_ref().and_then(ServiceWorkerRegistration::waiting) {
            self.shared.is_updating.set(true);
            // It fails only for what can't be copied.
            let _posted = worker.post_message(&message("skip-waiting", &[]));
        }
    }
}

impl Shared {
    async fn register(shared: Rc<Self>, container: ServiceWorkerContainer) {
        match JsFuture::from(container.register(SCRIPT)).await {
            Ok(registration) => {
                let registration: ServiceWorkerRegistration = registration.unchecked_into();
                *shared.registration.borrow_mut() = Some(registration.clone());
                let found = {
                    let shared = shared.clone();
                    Listener::on(&registration, "updatefound", move |_| Self::look(&shared))
                };
                shared.listeners.borrow_mut().push(found);
                Self::look(&shared);
            }
            Err(error) => {
                shared.become_state(WorkerState::Failed { reason: error_text(&error) });
            }
        }
    }

    /// Looks how far the registration is, and again when the worker being installed gets further.
    fn look(shared: &Rc<Self>) {
        let Some(registration) = shared.registration.borrow().clone() else { return };
        if let Some(worker) = registration.installing() {
            let listener = {
                let (shared, seen) = (shared.clone(), worker.clone());
                Listener::on(&worker, "statechange", move |_| {
                    let is_redundant = seen.state() == web_sys::ServiceWorkerState::Redundant;
                    shared.update(is_redundant);
                })
            };
            shared.listeners.borrow_mut().push(listener);
        }
        shared.update(false);
    }

    fn update(&self, is_redundant: bool) {
        let Some(registration) = self.registration.borrow().clone() else { return };
        let state = if registration.waiting().is_some() && registration.active().is_some() {
            WorkerState::UpdateWaiting
        } else if registration.active().is_some() {
            WorkerState::Ready
        } else if is_redundant {
            WorkerState::Failed { reason: "a file of the page could not be kept".to_owned() }
        } else {
            WorkerState::Installing
        };
        self.become_state(state);
    }

    fn become_state(&self, state: WorkerState) {
        if self.state.replace(Some(state.clone())).as_ref() != Some(&state) {
            (self.report)(WorkerReport::State(state));
        }
    }

    /// Another worker serves this page now.
    fn taken_over(&self) {
        if self.is_updating.replace(false) {
            // The old page stays where it can't be loaded anew.
            let _reloading = window().location().reload();
        } else {
            self.update(false);
        }
    }
}

fn container() -> Option<ServiceWorkerContainer> {
    let container = property(&navigator(), "serviceWorker")?;
    window().is_secure_context().then(|| container.unchecked_into())
}

fn message(kind: &str, parts: &[(&str, JsValue)]) -> JsValue {
    let message = Object::new();
    let kind = ("type", JsValue::from_str(kind));
    for (name, value) in std::iter::once(&kind).chain(parts) {
        // A new object takes any property.
        let _set = Reflect::set(&message, &JsValue::from_str(name), value);
    }
    message.into()
}

/// What the worker answers; `None` where it says something else.
fn answer(event: &MessageEvent) -> Option<WorkerReport> {
    let data = event.data();
    let number = |name| property(&data, name)?.as_f64().map(|number| number as usize);
    match property(&data, "type")?.as_string()?.as_str() {
        "cached" => {
            Some(WorkerReport::Cached { n_done: number("done")?, n_files: number("total")? })
        }
        "others-open" => Some(WorkerReport::OthersOpen),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use crate::platform::clock::sleep;
    use wasm_bindgen_test::wasm_bindgen_test;
    use web_sys::MessageEventInit;

    #[wasm_bindgen_test]
    async fn a_page_without_the_script_says_so_and_goes_on() {
        let reports = Rc::new(RefCell::new(Vec::new()));
        let worker = {
            let reports = reports.clone();
            ServiceWorker::register(move |report| reports.borrow_mut().push(report))
        };
        for _ in 0..50 {
            if worker.state() != WorkerState::Installing {
                break;
            }
            sleep(50).await;
        }
        assert!(matches!(worker.state(), WorkerState::Failed { .. }), "{:?}", worker.state());
        assert_eq!(reports.borrow().last(), Some(&WorkerReport::State(worker.state())));
        assert!(!worker.cache_bundle(&["bundle/a.mp3".to_owned()]));
        worker.apply_update();
    }

    #[wasm_bindgen_test]
    fn messages_have_their_agreed_shape() {
        let urls: Array = [JsValue::from_str("a")].iter().collect();
        let sent = js_sys::JSON::stringify(&message("cache-bundle", &[("urls", urls.into())]));
        assert_eq!(sent.unwrap(), r#"{"type":"cache-bundle","urls":["a"]}"#);
        let heard = |json: &str| {
            let init = MessageEventInit::new();
            init.set_data(&js_sys::JSON::parse(json).unwrap());
            let event = MessageEvent::new_with_event_init_dict("message", &init).unwrap();
            answer(&event)
        };
        let expected = WorkerReport::Cached { n_done: 2, n_files: 9 };
        assert_eq!(heard(r#"{"type":"cached","done":2,"total":9}"#), Some(expected));
        assert_eq!(heard(r#"{"type":"others-open"}"#), Some(WorkerReport::OthersOpen));
        assert_eq!(heard(r#"{"type":"other","done":2,"total":9}"#), None);
        assert_eq!(heard(r#""cached""#), None);
    }
}
