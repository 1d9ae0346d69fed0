//! Asking what comes next: the worker that searches, and what it lacks.
//!
//! The page asks whenever what leads changes. Of large tables the worker has some parts; it names those that it lacks, which
//! are fetched for it before it is asked again.

use super::catalogue::Catalogue;
use super::{search_device, search_files};
use crate::platform::search::{
    Found, GraphicsUse, Heard, Job, SearchTask, SearchTimes, SearchTold, Searching,
};
use crate::platform::worker::Message;
use crate::wording::chain;
use futures_util::future::join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::recommend::{Condition, Lead, Neighbour};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// How many songs a list has.
const N_SONGS: usize = 10;

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
        self.times.with(|times| search_device::text(times.as_ref()?, self.without_graphics.get()))
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
        let fetching = new
            .iter()
            .map(|(condition, at)| search_files::part(catalogue.manifest(), *condition, *at));
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
        let (graphics_use, without) = search_device::wanted(catalogue.manifest()).await;
        if self.without_graphics.try_set(without).is_none() {
            self.send(SearchTask::Graphics(graphics_use).to_message());
        }
    }

    fn timed(self, times: SearchTimes) {
        if let (Some(processor), Some(graphics)) = (times.processor_millis, times.graphics_millis) {
            self.catalogue.with_value(|catalogue| {
                search_device::keep(catalogue.manifest(), [processor, graphics]);
            });
        }
        self.times.set(Some(times));
    }
}
