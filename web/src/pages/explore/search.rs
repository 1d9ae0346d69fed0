//! Asking what comes next: the worker that searches, what it lacks, and where it does so sooner.
//!
//! The page asks whenever what leads changes. Of large tables the worker has some parts; it names those that it lacks, which
//! are fetched for it before it is asked again.

use super::catalogue::{Catalogue, CatalogueError};
use super::devices::Wish;
use super::kept_times;
use super::lists::N_SONGS;
use super::songs::Songs;
use crate::bundle_source::{LoadError, file_address};
use crate::platform::address::Parameters;
use crate::platform::graphics;
use crate::platform::search::{
    BundleFile, Found, GraphicsUse, Heard, Job, SearchDevice, SearchTask, SearchTimes, SearchTold,
    Searching, searching_program,
};
use crate::platform::{fetch, worker::Message};
use crate::wording::chain;
use futures_util::future::join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::{BundleError, Manifest, TableEntry};
use shared::recommend::{Condition, ExplorerSong, Lead, Neighbour, SameArtist};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Under which name the times of searching are kept from visit to visit.
const TIMES_KEY: &str = "segue times of searching";

/// Starts the worker with the tables of these conditions.
pub(super) async fn open(
    manifest: &Manifest,
    songs: &Songs,
    rules: (&[ExplorerSong], SameArtist),
    conditions: &[Condition],
) -> Result<Searching, CatalogueError> {
    let mut given = vec![SearchTask::songs(rules.0, rules.1, songs.ids())];
    for condition in conditions {
        if let Some(entry) = manifest.embeddings.get(condition.name()) {
            given.push(table(manifest, *condition, entry).await?);
        }
    }
    Ok(Searching::open(given, conditions.len()).await?)
}

/// The task that gives the worker a table, or where its parts lie.
async fn table(
    manifest: &Manifest,
    condition: Condition,
    entry: &TableEntry,
) -> Result<Message, LoadError> {
    let Some(parts) = &entry.parts else {
        let task = |file| SearchTask::Table { condition, file };
        return with_file(manifest, &entry.file, task).await;
    };
    let most_rows = parts.most_rows;
    let task = |file| SearchTask::Index { condition, file, most_rows };
    with_file(manifest, &parts.index, task).await
}

/// A task with a file of the bundle, which the page hands on as it comes: the worker checks and reads it.
async fn with_file(
    manifest: &Manifest,
    path: &str,
    task: impl FnOnce(BundleFile) -> SearchTask,
) -> Result<Message, LoadError> {
    let missing = || BundleError::FileMissing { file: path.to_owned() };
    let record = manifest.files.get(path).ok_or_else(missing)?.clone();
    let file = fetch::blob(&file_address(path)).await?;
    Ok(task(BundleFile { path: path.to_owned(), record }).with_file(file))
}

/// What comes next, and how it is found out.
#[derive(Clone, Copy)]
pub(super) struct Search {
    /// What comes next, by condition.
    pub(super) lists: RwSignal<Vec<(Condition, Vec<Neighbour>)>>,
    /// Whether the lists lack something that is still to come.
    is_busy: RwSignal<bool>,
    /// Number of the last search.
    asked: StoredValue<Job>,
    /// Number of the search that the worker has: it is given one at a time.
    in_flight: StoredValue<Option<Job>>,
    /// What led to the lists.
    led_by: StoredValue<Leads>,
    /// Parts that were asked for and did not come yet.
    under_way: RwSignal<BTreeSet<Part>>,
    /// Parts that can't be had, until something else leads: why.
    not_had: StoredValue<BTreeMap<Part, String>>,
    failure: RwSignal<Option<String>>,
    times: RwSignal<Option<SearchTimes>>,
    /// Why no graphics processor is used.
    without_graphics: RwSignal<Option<&'static str>>,
    leads: Memo<Leads>,
    catalogue: StoredValue<Arc<Catalogue>>,
    searching: StoredValue<Rc<Searching>, LocalStorage>,
}

/// What leads, by the table of each condition.
type Leads = Vec<(Condition, Lead)>;

/// A part of a condition's table.
type Part = (Condition, usize);

impl Search {
    /// Asks whenever what leads changes.
    pub(super) fn new(
        catalogue: Arc<Catalogue>,
        searching: Rc<Searching>,
        leads: Memo<Leads>,
    ) -> Self {
        let search = Self {
            lists: RwSignal::new(Vec::new()),
            is_busy: RwSignal::new(true),
            asked: StoredValue::new(0),
            in_flight: StoredValue::new(None),
            led_by: StoredValue::new(Vec::new()),
            under_way: RwSignal::new(BTreeSet::new()),
            not_had: StoredValue::new(BTreeMap::new()),
            failure: RwSignal::new(None),
            times: RwSignal::new(None),
            without_graphics: RwSignal::new(None),
            leads,
            catalogue: StoredValue::new(catalogue),
            searching: StoredValue::new_local(Rc::clone(&searching)),
        };
        searching.hear(move |heard| search.heard(heard));
        Effect::new(move |_| {
            leads.track();
            search.try_again();
        });
        spawn_local(search.offer_graphics());
        search
    }

    /// Whether the lists lack something that is still to come.
    pub(super) fn is_busy(self) -> bool {
        self.is_busy.get()
    }

    /// Follows whatever changes in the lists or in what they belong to.
    pub(super) fn follow(self) {
        self.lists.track();
        self.is_busy.track();
    }

    /// Whether the lists are those of what leads now.
    pub(super) fn is_of_now_untracked(self) -> bool {
        self.leads.with_untracked(|leads| self.led_by.with_value(|led_by| led_by == leads))
    }

    /// How it stands, for the listener; `None` where the lists say it.
    pub(super) fn text(self) -> Option<String> {
        let n_left = self.under_way.with(BTreeSet::len);
        let fetching = (n_left > 0).then(|| format!("fetching {n_left} parts of the tables"));
        let is_first = self.lists.with(Vec::is_empty) && self.is_busy();
        let searching = || is_first.then(|| "searching".to_owned());
        self.failure.get().or(fetching).or_else(searching)
    }

    /// Whether something could not be had.
    pub(super) fn has_failed(self) -> bool {
        self.failure.with(Option::is_some)
    }

    /// Asks, for what could not be had, too.
    pub(super) fn try_again(self) {
        self.not_had.set_value(BTreeMap::new());
        self.ask();
    }

    /// On which device songs are looked for and why; `None` where that is not known yet.
    pub(super) fn device_text(self) -> Option<String> {
        self.times.with(|times| device_text(times.as_ref()?, self.without_graphics.get()))
    }

    /// Asks the worker, or another one where it is gone. While it is at a search, it is asked once that is done.
    fn ask(self) {
        self.asked.update_value(|job| *job += 1);
        self.failure.set(None);
        self.is_busy.set(true);
        match self.searching.with_value(|searching| searching.restart()) {
            Ok(false) => {}
            Ok(true) => {
                self.in_flight.set_value(None);
                if self.asked.get_value() > 1 {
                    // Another one knows nothing of what the last one found out, and may have ended by it.
                    self.times.set(None);
                    self.without_graphics.set(Some("what looked for songs before ended"));
                    self.send(SearchTask::Graphics(GraphicsUse::Never).to_message());
                }
            }
            Err(why) => return self.fail(why),
        }
        if self.in_flight.get_value().is_none() {
            self.ask_now();
        }
    }

    fn ask_now(self) {
        let (job, leads) = (self.asked.get_value(), self.leads.get_untracked());
        if leads.is_empty() {
            self.show(Vec::new(), leads);
            return self.is_busy.set(false);
        }
        self.in_flight.set_value(Some(job));
        self.send(SearchTask::Next { job, leads, k: N_SONGS }.to_message());
    }

    fn send(self, task: Message) {
        if let Some(Err(why)) = self.searching.try_with_value(|searching| searching.send(task)) {
            self.fail(why);
        }
    }

    /// There is no answer: lists of something else would be taken for it.
    fn fail(self, why: String) {
        if !self.is_of_now_untracked() {
            self.show(Vec::new(), self.leads.get_untracked());
        }
        self.in_flight.set_value(None);
        self.failure.set(Some(why));
        self.is_busy.set(false);
    }

    fn show(self, lists: Vec<(Condition, Vec<Neighbour>)>, led_by: Leads) {
        self.led_by.set_value(led_by);
        // What stays as it is keeps the focus.
        if self.lists.with_untracked(|own| *own != lists) {
            self.lists.set(lists);
        }
    }

    fn heard(self, heard: Heard) {
        match heard {
            Heard::Told(SearchTold::Found(found)) => {
                self.in_flight.set_value(None);
                match found.job == self.asked.get_value() {
                    true => self.found(found),
                    false => self.ask_now(),
                }
            }
            Heard::Told(SearchTold::PartRefused { condition, number, causes }) => {
                let part = (condition, number);
                self.not_had.update_value(|own| drop(own.insert(part, causes.join(": "))));
            }
            Heard::Told(SearchTold::Times(times)) => self.timed(times),
            Heard::Told(SearchTold::Failed { job, causes }) => {
                self.in_flight.set_value(None);
                match job.is_none_or(|job| job == self.asked.get_value()) {
                    true => self.fail(causes.join(": ")),
                    false => self.ask_now(),
                }
            }
            Heard::Told(SearchTold::Taken { .. }) => {}
            Heard::Gone(why) => self.fail(format!("what finds the nearest songs ended ({why})")),
        }
    }

    fn found(self, found: Found) {
        let lists = found.lists.iter().map(|list| (list.condition, list.neighbours())).collect();
        self.show(lists, self.leads.get_untracked());
        let missing = found
            .lists
            .iter()
            .flat_map(|list| list.missing_parts.iter().map(|number| (list.condition, *number)));
        let (not_had, missing): (Vec<Part>, Vec<Part>) =
            missing.partition(|part| self.not_had.with_value(|own| own.contains_key(part)));
        let known = self.under_way.get_untracked();
        let new: Vec<Part> = missing.iter().filter(|part| !known.contains(part)).copied().collect();
        if !new.is_empty() {
            self.under_way.update(|own| own.extend(new.iter().copied()));
            spawn_local(self.fetch(new));
        }
        // What is under way leads to another search.
        if missing.is_empty() {
            let why = not_had
                .first()
                .and_then(|part| self.not_had.with_value(|own| own.get(part).cloned()));
            let refused = found.lists.into_iter().find_map(|list| list.failure);
            self.failure.set(refused.or(why));
            self.is_busy.set(false);
        }
    }

    /// Fetches parts and asks again.
    async fn fetch(self, new: Vec<Part>) {
        let catalogue = self.catalogue.get_value();
        // The browser asks for a few at a time by itself.
        let fetching = new.iter().map(|(condition, at)| part(&catalogue, *condition, *at));
        let fetched = join_all(fetching).await;
        let done = |own: &mut BTreeSet<Part>| own.retain(|part| !new.contains(part));
        if self.under_way.try_update(done).is_none() {
            // The page is gone.
            return;
        }
        for (part, fetched) in new.iter().zip(fetched) {
            match fetched {
                Ok(task) => self.send(task),
                Err(error) => {
                    self.not_had.update_value(|own| drop(own.insert(*part, chain(&error))));
                }
            }
        }
        self.ask();
    }

    /// Lets the worker use a graphics processor, where there is one that may be of use.
    async fn offer_graphics(self) {
        let catalogue = self.catalogue.get_value();
        let (graphics_use, without) = graphics_use(catalogue.manifest()).await;
        if self.without_graphics.try_set(without).is_none() {
            self.send(SearchTask::Graphics(graphics_use).to_message());
        }
    }

    fn timed(self, times: SearchTimes) {
        if let (Some(processor), Some(graphics)) = (times.processor_millis, times.graphics_millis) {
            let of = self.catalogue.with_value(|catalogue| timed_with(catalogue.manifest()));
            kept_times::keep(TIMES_KEY, of, [processor, graphics]);
        }
        self.times.set(Some(times));
    }
}

/// The task that gives the worker a part of a table.
async fn part(
    catalogue: &Catalogue,
    condition: Condition,
    number: usize,
) -> Result<Message, CatalogueError> {
    let manifest = catalogue.manifest();
    let table = manifest.embeddings.get(condition.name());
    let file = table.and_then(|table| table.parts.as_ref()?.files.get(number));
    let file = file.ok_or(CatalogueError::NoPart { condition, number })?;
    let task = |file| SearchTask::Part { condition, number, file };
    Ok(with_file(manifest, file, task).await?)
}

/// Whether a graphics processor is to be used, and why not.
async fn graphics_use(manifest: &Manifest) -> (GraphicsUse, Option<&'static str>) {
    let wish = Wish::of(Parameters::of_page().device());
    if let Some(why) = wish.against_graphics() {
        return (GraphicsUse::Never, Some(why));
    }
    if manifest.embeddings.values().all(|table| table.parts.is_some()) {
        return (GraphicsUse::Never, Some("of tables in parts few songs are looked at"));
    }
    let is_asked_for = wish.is_for_graphics();
    let earlier = kept_times::recall(TIMES_KEY, &timed_with(manifest));
    if !is_asked_for && earlier.is_some_and(|[processor, graphics]| processor <= graphics) {
        let why = "the graphics processor was slower on an earlier visit";
        return (GraphicsUse::Never, Some(why));
    }
    match (graphics::lacking(is_asked_for).await, is_asked_for) {
        (Some(why), _) => (GraphicsUse::Never, Some(why)),
        (None, true) => (GraphicsUse::Always, None),
        (None, false) => (GraphicsUse::IfQuicker, None),
    }
}

/// What is timed: the browser, the program, and the tables by their hashes.
fn timed_with(manifest: &Manifest) -> String {
    let tables = manifest.embeddings.values();
    let tables = tables.filter_map(|table| Some(manifest.files.get(&table.file)?.sha256.clone()));
    kept_times::of_this_browser(searching_program().into_iter().chain(tables))
}

fn device_text(times: &SearchTimes, without: Option<&str>) -> Option<String> {
    let took = |millis: f64| format!("{millis:.1} ms for all lists");
    let [processor, graphics] =
        [times.processor_millis, times.graphics_millis].map(|own| own.map(took));
    match (times.device, &times.failed) {
        (SearchDevice::Processor, Some(why)) => Some(format!(
            "the graphics processor failed ({why}); songs are looked for on the processor: {}",
            processor?
        )),
        (SearchDevice::Processor, None) => {
            let processor = processor?;
            let reason = match (graphics, without) {
                (Some(graphics), _) => format!(", against {graphics} on the graphics processor"),
                (None, Some(why)) => format!(" ({why})"),
                (None, None) => String::new(),
            };
            Some(format!("songs are looked for on the processor: {processor}{reason}"))
        }
        (SearchDevice::Graphics, _) => {
            let reason =
                processor.map(|processor| format!(", against {processor} on the processor"));
            let reason = reason.unwrap_or_default();
            Some(format!("songs are looked for on the graphics processor: {}{reason}", graphics?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_device_and_why_are_told() {
        let times = |device, processor_millis, graphics_millis, failed: Option<&str>| SearchTimes {
            device,
            processor_millis,
            graphics_millis,
            failed: failed.map(str::to_owned),
        };
        let quicker = times(SearchDevice::Graphics, Some(8.04), Some(1.26), None);
        let wanted = "songs are looked for on the graphics processor: 1.3 ms for all lists, against 8.0 ms for all lists \
                      on the processor";
        assert_eq!(device_text(&quicker, None).as_deref(), Some(wanted));
        let slower = times(SearchDevice::Processor, Some(0.7), Some(1.26), None);
        assert!(
            device_text(&slower, None)
                .unwrap()
                .ends_with("1.3 ms for all lists on the graphics processor")
        );
        let none = times(SearchDevice::Processor, Some(0.7), None, None);
        let text = device_text(&none, Some("there is none")).unwrap();
        assert!(text.ends_with("on the processor: 0.7 ms for all lists (there is none)"), "{text}");
        let failed = times(SearchDevice::Processor, Some(0.7), None, Some("it was lost"));
        let text = device_text(&failed, None).unwrap();
        assert!(text.starts_with("the graphics processor failed (it was lost); songs"), "{text}");
        assert_eq!(device_text(&times(SearchDevice::Processor, None, None, None), None), None);
    }
}
