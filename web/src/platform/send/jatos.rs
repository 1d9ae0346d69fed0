//! JATOS: a lab's own server, which serves this page and takes its data.
//!
//! JATOS puts a script `jatos.js` beside the page, which talks to the server. It is loaded only
//! where a design says so; each of its calls is awaited, one after the other, since some versions
//! drop a call that comes during another.

use super::SendError;
use crate::platform::clock::within;
use crate::platform::latch::Latch;
use crate::platform::listener::Listener;
use crate::platform::page::{document, error_text, method, property, window};
use js_sys::{Function, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlScriptElement;

/// Where the script is, seen from the page.
const SCRIPT: &str = "jatos.js";
/// What JATOS is told: how long one of its own tries may take, and how many further ones it makes.
const ITS_SETTINGS: [(&str, f64); 3] =
    [("httpTimeout", 20_000.0), ("httpRetry", 2.0), ("httpRetryWait", 1_000.0)];
/// A little longer than all of its tries take.
const PATIENCE_MILLIS: u32 = 70_000;

/// Its ends that stay on the page and say whether they failed, newest name first.
const ENDS: [&str; 2] = ["endStudyWithoutRedirect", "endStudyAjax"];

thread_local! {
    static OF_PAGE: PageJatos = PageJatos::default();
}

/// Where all of a page find their JATOS: it says once in the life of a page that it is ready, and its
/// calls must wait for each other whoever makes them. Its clones are the same.
#[derive(Clone, Default)]
pub(crate) struct PageJatos {
    found: Rc<RefCell<Option<Latch<Found>>>>,
}

/// The JATOS of a page, which need not be ready, or why there is none.
type Found = Result<Rc<Jatos>, SendError>;

impl PageJatos {
    /// That of this page.
    pub(crate) fn of_page() -> Self {
        OF_PAGE.with(Self::clone)
    }

    /// Loads the script where that was not done before, and waits until JATOS is ready. Who comes after
    /// one that waited in vain waits for the same.
    ///
    /// # Errors
    ///
    /// If there is no JATOS here or it does not get ready in time.
    pub(crate) async fn ready(&self, timeout_millis: u32) -> Result<Rc<Jatos>, SendError> {
        let late = || SendError::TimedOut { url: SCRIPT.to_owned(), millis: timeout_millis };
        within(timeout_millis, self.ready_some_time()).await.unwrap_or_else(|| Err(late()))
    }

    async fn ready_some_time(&self) -> Found {
        let coming = self.found.borrow_mut().get_or_insert_with(|| self.find()).clone();
        let jatos = coming.wait().await?;
        jatos.ready.wait().await;
        Ok(jatos)
    }

    /// Looks for it, whether or not someone still waits. Where there is none it is looked for anew the
    /// next time.
    fn find(&self) -> Latch<Found> {
        let (page, coming) = (self.clone(), Latch::new());
        let found = coming.clone();
        spawn_local(async move {
            let outcome = Jatos::find().await.map(Rc::new);
            if outcome.is_err() {
                *page.found.borrow_mut() = None;
            }
            found.set(outcome);
        });
        coming
    }
}

/// The JATOS that serves this page.
pub(crate) struct Jatos {
    object: JsValue,
    /// Set when it says that it is ready.
    ready: Latch<()>,
    /// Set when the last call has ended.
    last: RefCell<Latch<()>>,
}

impl Jatos {
    /// Loads the script and asks to be told when it is ready.
    async fn find() -> Result<Self, SendError> {
        if property(&window(), "jatos").is_none() {
            load_script().await?;
        }
        let object = property(&window(), "jatos").ok_or(SendError::NoJatos)?;
        for (name, value) in ITS_SETTINGS {
            // Its own default holds where it can't be set.
            let _set = Reflect::set(&object, &name.into(), &value.into());
        }
        let ready = Latch::new();
        let callback = {
            let ready = ready.clone();
            Closure::once_into_js(move || {
                ready.set(());
            })
        };
        call(&object, "onLoad", &[callback])?;
        let last = Latch::new();
        last.set(());
        Ok(Self { object, ready, last: RefCell::new(last) })
    }

    /// Sends the result data of this study, in place of any that were sent before.
    ///
    /// # Errors
    ///
    /// If JATOS did not acknowledge it; [`SendError::TooLarge`] where they are more than it takes.
    pub(crate) async fn submit(&self, data: &str) -> Result<(), SendError> {
        self.awaited("submitResultData", &[data.into()]).await
    }

    /// Adds to the result data of this study. A line break is for the caller to add.
    ///
    /// # Errors
    ///
    /// If JATOS did not acknowledge it.
    pub(crate) async fn append(&self, data: &str) -> Result<(), SendError> {
        self.awaited("appendResultData", &[data.into()]).await
    }

    /// Ends the study and stays on the page; JATOS takes no data after that.
    ///
    /// # Errors
    ///
    /// If JATOS did not acknowledge the end, or is so old that it can't end without leaving the page.
    pub(crate) async fn end(&self) -> Result<(), SendError> {
        match self.own_end() {
            Some(end) => self.awaited(end, &[JsValue::TRUE]).await,
            None => Err(SendError::Jatos { reason: format!("it has no '{}'", ENDS[0]) }),
        }
    }

    /// Ends the study and leaves for another page; JATOS takes no data after that.
    ///
    /// # Errors
    ///
    /// If JATOS did not acknowledge the end; the page stays then.
    pub(crate) async fn end_and_redirect(&self, url: &str) -> Result<(), SendError> {
        // Its own redirect says nothing of failures.
        match self.own_end() {
            Some(end) => {
                self.awaited(end, &[JsValue::TRUE]).await?;
                let left = window().location().assign(url);
                left.map_err(|error| SendError::Jatos { reason: error_text(&error) })
            }
            None => self.awaited("endStudyAndRedirect", &[url.into(), JsValue::TRUE]).await,
        }
    }

    /// The end that stays on the page, by the name that it has here.
    fn own_end(&self) -> Option<&'static str> {
        ENDS.into_iter().find(|end| method(&self.object, end).is_some())
    }

    /// Deletes the results of this study from the server, as a withdrawal asks for.
    ///
    /// # Errors
    ///
    /// If JATOS did not acknowledge it.
    pub(crate) async fn abort(&self) -> Result<(), SendError> {
        let ends = ["abortStudyWithoutRedirect", "abortStudyAjax", "abortStudy"];
        let found = ends.into_iter().find(|end| method(&self.object, end).is_some());
        self.awaited(found.unwrap_or("abortStudy"), &[]).await
    }

    /// Calls a function after the last call has ended, and waits for what it promises.
    async fn awaited(&self, name: &str, arguments: &[JsValue]) -> Result<(), SendError> {
        let own = Latch::new();
        let turn = Turn { before: self.last.replace(own.clone()), own };
        turn.before.wait().await;
        // What it gives is a promise of jQuery's, which a real one takes over.
        let promised = Promise::resolve(&call(&self.object, name, arguments)?);
        let settled = JsFuture::from(promised.clone());
        // JATOS goes on with a call that nobody here waits for any more.
        spawn_local(async move {
            let _outcome = within(PATIENCE_MILLIS, settled).await;
            drop(turn);
        });
        match within(PATIENCE_MILLIS, JsFuture::from(promised)).await {
            Some(outcome) => outcome.map(drop).map_err(|error| failure(&error)),
            None => Err(SendError::TimedOut { url: name.to_owned(), millis: PATIENCE_MILLIS }),
        }
    }
}

/// Lets the next call begin when it is dropped.
struct Turn {
    /// Set when the call before has ended.
    before: Latch<()>,
    own: Latch<()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.before.get().is_some() {
            self.own.set(());
            return;
        }
        // It was given up before its turn came: the next one still waits for the one before.
        let (before, own) = (self.before.clone(), self.own.clone());
        spawn_local(async move {
            before.wait().await;
            own.set(());
        });
    }
}

fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, SendError> {
    let missing = || SendError::Jatos { reason: format!("it has no '{name}'") };
    let function: Function = method(object, name).ok_or_else(missing)?;
    let arguments = arguments.iter().collect();
    function.apply(object, &arguments).map_err(|error| failure(&error))
}

/// Puts the script into the page.
async fn load_script() -> Result<(), SendError> {
    let broken = |error: JsValue| SendError::Jatos { reason: error_text(&error) };
    let script = document().create_element("script").map_err(broken)?;
    let script: HtmlScriptElement = script.unchecked_into();
    let outcome = Latch::new();
    let listeners = [("load", true), ("error", false)].map(|(event, is_there)| {
        let outcome = outcome.clone();
        Listener::on(&script, event, move |_| {
            outcome.set(is_there);
        })
    });
    script.set_src(SCRIPT);
    let body = document().body().ok_or(SendError::NoJatos)?;
    body.append_child(&script).map_err(broken)?;
    let is_there = outcome.wait().await;
    drop(listeners);
    if !is_there {
        script.remove();
        return Err(SendError::NoJatos);
    }
    Ok(())
}

/// From what JATOS rejected with: a text such as `PUT to URL failed: 413, Request Entity Too Large`,
/// or an answer with its status.
fn failure(error: &JsValue) -> SendError {
    let reason = error_text(error);
    let status = property(error, "status").and_then(|status| status.as_f64());
    match status.map(|status| status as u16).or_else(|| status_in(&reason)) {
        Some(status) => SendError::refused("JATOS", status, &reason),
        None => SendError::Jatos { reason },
    }
}

/// The first number in a text that is a status code of a failure. An address may hold numbers, so
/// that what stands after `failed:` is looked at where there is such a thing.
fn status_in(text: &str) -> Option<u16> {
    let text = text.rsplit_once("failed:").map_or(text, |(_, end)| end);
    let numbers = text.split(|c: char| !c.is_ascii_alphanumeric());
    numbers.filter_map(|number| number.parse().ok()).find(|status| (400..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_status_is_found_in_what_jatos_says() {
        let said = "PUT to /publix/500/404/resultData failed: 413, Request Entity Too Large";
        assert_eq!(status_in(said), Some(413));
        assert_eq!(status_in("413 (Request Entity Too Large)"), Some(413));
        assert_eq!(status_in("Can't send result data. This study run is invalid."), None);
        assert_eq!(status_in("PUT to /x4 failed: error"), None);
    }
}
