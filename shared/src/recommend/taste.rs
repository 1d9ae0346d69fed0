//! What leads to next tracks: songs that are liked and songs that are not, or a song that is none of the catalogue's.

use serde::{Deserialize, Serialize};

/// What someone likes and does not like: songs by their places in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Taste {
    /// Liked songs, in the order in which they were chosen.
    pub liked: Vec<usize>,
    /// Songs that are to be kept away from.
    pub disliked: Vec<usize>,
}

impl Taste {
    /// The taste that one song is.
    pub fn of(place: usize) -> Self {
        Self { liked: vec![place], disliked: Vec::new() }
    }

    /// Likes a song, or takes that back.
    pub fn turn_like(&mut self, place: usize) {
        self.disliked.retain(|own| *own != place);
        turn(&mut self.liked, place);
    }

    /// Dislikes a song, or takes that back.
    pub fn turn_dislike(&mut self, place: usize) {
        self.liked.retain(|own| *own != place);
        turn(&mut self.disliked, place);
    }

    /// The songs of both kinds, by their places.
    pub fn songs(&self) -> impl Iterator<Item = usize> {
        self.liked.iter().chain(&self.disliked).copied()
    }
}

fn turn(list: &mut Vec<usize>, place: usize) {
    let n_before = list.len();
    list.retain(|own| *own != place);
    if list.len() == n_before {
        list.push(place);
    }
}

/// What leads to next tracks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Lead {
    /// Songs of the catalogue that are liked, and not liked.
    Taste(Taste),
    /// The vector of a song that is none of the catalogue's.
    Vector(Vec<f32>),
}

impl From<Taste> for Lead {
    fn from(taste: Taste) -> Self {
        Self::Taste(taste)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_song_is_liked_or_disliked_or_neither() {
        let mut taste = Taste::of(1);
        taste.turn_dislike(1);
        assert_eq!(taste, Taste { liked: vec![], disliked: vec![1] });
        taste.turn_like(1);
        taste.turn_like(2);
        taste.turn_like(1);
        assert_eq!(taste, Taste::of(2));
    }
}
