//! Small views.

pub(crate) mod copy_button;
pub(crate) mod data_table;
pub(crate) mod genre_mark;
pub(crate) mod markdown;
pub(crate) mod notice;
pub(crate) mod ring;
