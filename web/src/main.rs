//! The page as it is loaded: sessions, and the way to the researcher's pages.

fn main() {
    website::start();
}
