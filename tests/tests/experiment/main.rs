//! The listening experiment in a real browser: whole sessions, and everything that may go wrong.

mod access;
mod before_and_after;
mod explore;
mod faults;
mod fingers;
mod firefox;
mod headphones;
mod kept;
mod lab;
mod nothing_lost;
mod search;
mod sending;
mod sessions;
