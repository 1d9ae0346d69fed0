//! wip
pub mod artist; pub mod composition; pub mod genre; pub mod lyrics; pub mod names; pub mod song; pub mod style; pub mod synth;
