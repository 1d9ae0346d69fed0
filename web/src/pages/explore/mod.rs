//! Exploring the catalogue: a song leads to others, by each way of recommending, on a map, steered by taste.

mod catalogue;
mod catalogue_error;
mod clip_picture;
mod devices;
mod finder;
mod kept_focus;
mod kept_times;
mod lists;
mod lyrics_file;
mod lyrics_view;
mod map;
mod map_canvas;
mod moments;
mod own_song;
mod own_song_status;
mod own_song_view;
mod painter;
mod player;
mod search;
mod search_device;
mod search_files;
mod slice_shares;
mod song_pages;
mod song_picture;
mod song_row;
mod songs;
mod token_notes;
mod view_port;
mod whole_song;
mod why;

use self::catalogue::Catalogue;
use self::catalogue_error::CatalogueError;
use self::finder::{Finder, TasteSongs};
use self::lists::Lists;
use self::map::SongMapView;
use self::own_song::OwnSong;
use self::own_song_view::OwnSongView;
use self::player::Player;
use self::search::Search;
use self::song_pages::Pages;
use self::song_picture::SongPicture;
use crate::bundle_source::{Advice, sentence};
use crate::components::notice::Notice;
use crate::platform::search::{SearchError, Searching};
use crate::wording::{chain, counted};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::Song;
use shared::recommend::{Condition, Lead, Neighbour, Taste};
use std::rc::Rc;
use std::sync::Arc;

/// How far reading the catalogue is.
#[derive(Clone)]
enum Reading {
    Begun,
    Failed(Arc<CatalogueError>),
    Done(Arc<Catalogue>, Rc<Searching>),
}

/// The page.
#[component]
pub(crate) fn Explore() -> impl IntoView {
    let reading = RwSignal::new_local(Reading::Begun);
    let read = move || {
        reading.set(Reading::Begun);
        spawn_local(async move {
            let _gone = reading.try_set(match Catalogue::load().await {
                Ok((catalogue, searching)) => {
                    Reading::Done(Arc::new(catalogue), Rc::new(searching))
                }
                Err(error) => Reading::Failed(Arc::new(error)),
            });
        });
    };
    read();
    let retry = Callback::new(move |()| read());
    view! {
        <div data-screen="explore">
            <h1>"Explore"</h1>
            {move || match reading.get() {
                Reading::Begun => view! { <p class="loading" role="status">"Reading the songs…"</p> }
                    .into_any(),
                Reading::Failed(error) => {
                    view! { <Notice advice=advice(&error) retry /> }.into_any()
                }
                Reading::Done(catalogue, searching) => {
                    view! { <Contents catalogue searching /> }.into_any()
                }
            }}
        </div>
    }
}

fn advice(error: &CatalogueError) -> Advice {
    match error {
        CatalogueError::Load(error) => error.advice(),
        CatalogueError::Search(error @ SearchError::Refused(_)) => Advice {
            title: "A part of the bundle does not fit",
            what: sentence(&chain(error)),
            way_on: "Run 'segue verify' on the folder: it lists everything that is wrong with it.",
        },
        CatalogueError::Search(error @ SearchError::Gone(_)) => Advice {
            title: "Songs can't be looked for",
            what: sentence(&chain(error)),
            way_on: "Try again; if it stays so, close other pages, which take memory, or copy the website again.",
        },
        other @ (CatalogueError::NoPart { .. } | CatalogueError::NoTable) => Advice {
            title: "There is nothing to explore",
            what: sentence(&chain(other)),
            way_on: "Make embeddings with 'segue embed' and export the bundle again.",
        },
    }
}

#[component]
fn Contents(catalogue: Arc<Catalogue>, searching: Rc<Searching>) -> impl IntoView {
    let explored = Explored::new(catalogue, searching);
    let catalogue = explored.catalogue.get_value();
    let (n_songs, n_candidates) = (catalogue.songs.index.n_songs(), catalogue.n_candidates);
    let has_maps = !catalogue.maps.is_empty();
    explored.end_what_is_gone();
    explored.keep_focus();
    view! {
        <p>
            "Start from any of " {counted(n_songs, "song", "songs")} ". " {counted(n_candidates, "song", "songs")}
            " can come next: those that no network learnt from, by the bundle's own rules."
        </p>
        {move || explored.player.failure().map(|why| view! { <p class="wrong" role="alert">{sentence(&why)}</p> })}
        {move || explored.pages.failure().map(|why| {
            let try_again = move |_| explored.pages.try_again();
            view! {
                <p class="wrong" role="alert">
                    {sentence(&why)}" "
                    <button class="side-button" on:click=try_again>"Try again"</button>
                </p>
            }
        })}
        <div class="explore">
            <div>
                <Finder explored />
                <TasteSongs explored />
            </div>
            // A bundle may lack maps.
            {has_maps.then(|| view! { <SongMapView explored /> })}
        </div>
        <SongPicture explored />
        <OwnSongView explored />
        <Lists explored />
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Explored {
    catalogue: StoredValue<Arc<Catalogue>>,
    /// Place of each song's genre.
    genres: StoredValue<Arc<Vec<usize>>>,
    taste: RwSignal<Taste>,
    /// What comes next, by condition.
    lists: RwSignal<Vec<(Condition, Vec<Neighbour>)>>,
    search: Search,
    /// Whose map is shown.
    shown: RwSignal<Condition>,
    player: Player,
    own: StoredValue<OwnSong>,
    /// What is heard of the song of the catalogue that leads.
    stimulus: StoredValue<OwnSong>,
    /// Pages of songs, as they are fetched.
    pages: Pages,
}

impl Explored {
    /// Begins at the first song.
    fn new(catalogue: Arc<Catalogue>, searching: Rc<Searching>) -> Self {
        let index = &catalogue.songs.index;
        let genres = (0..index.n_songs()).map(|place| index.genre(place)).collect();
        let first = (index.n_songs() > 0).then(|| Taste::of(0));
        let taste = RwSignal::new(first.unwrap_or_default());
        let shown = catalogue.maps.first().map_or(Condition::Audio, |map| map.condition);
        let (own, conditions) = (OwnSong::new(), catalogue.conditions.clone());
        let leads = Memo::new(move |_| {
            let conditions = conditions.iter().copied();
            if own.is_given() {
                let lead = |condition| Some((condition, Lead::Vector(own.vector(condition)?)));
                return conditions.filter_map(lead).collect();
            }
            let taste = taste.get();
            let lead = |condition| (condition, Lead::Taste(taste.clone()));
            if taste.liked.is_empty() { Vec::new() } else { conditions.map(lead).collect() }
        });
        let search = Search::new(Arc::clone(&catalogue), searching, leads);
        let catalogue = StoredValue::new(catalogue);
        Self {
            catalogue,
            genres: StoredValue::new(Arc::new(genres)),
            taste,
            lists: search.lists,
            search,
            shown: RwSignal::new(shown),
            player: Player::new(),
            own: StoredValue::new(own),
            stimulus: StoredValue::new(OwnSong::new()),
            pages: Pages::new(catalogue),
        }
    }

    /// The listener's own song.
    fn own(self) -> OwnSong {
        self.own.get_value()
    }

    /// What is heard of the song of the catalogue that leads.
    fn stimulus(self) -> OwnSong {
        self.stimulus.get_value()
    }

    /// Ends what is heard with what it belongs to: the button that would stop it goes as well.
    fn end_what_is_gone(self) {
        let (player, sound) = (self.player, self.own().sound);
        Effect::new(move |_| {
            sound.track();
            player.stop_own();
        });
        Effect::new(move |_| {
            self.lists.track();
            player.stop_pair();
        });
    }

    /// Makes a song the only liked one.
    fn choose(self, place: usize) {
        self.own().clear();
        self.taste.set(Taste::of(place));
    }

    /// A song, once it is known.
    fn song(self, place: usize) -> Memo<Option<Song>> {
        self.pages.song(place)
    }

    /// The songs of the catalogue that the lists start from: none where the listener's own leads.
    fn anchors(self) -> Vec<usize> {
        match self.own().is_given_untracked() {
            true => Vec::new(),
            false => self.taste.with_untracked(|taste| taste.liked.clone()),
        }
    }

    /// The songs of the list whose map is shown; none while they are of another song.
    fn next_shown(self) -> Vec<usize> {
        if !self.search.is_of_now_untracked() {
            return Vec::new();
        }
        let shown = self.shown.get_untracked();
        self.lists.with_untracked(|lists| {
            let list = lists.iter().find(|(condition, _)| *condition == shown);
            list.into_iter().flat_map(|(_, songs)| songs).map(|song| song.position).collect()
        })
    }
}

/// What a condition is called on this page.
fn condition_title(condition: Condition) -> &'static str {
    match condition {
        Condition::Audio => "Sound",
        Condition::Multimodal => "Sound + lyrics",
        Condition::Lyrics => "Lyrics",
        Condition::Random => "Chance",
        Condition::Genre => "Genre",
    }
}
