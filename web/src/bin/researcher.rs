//! The researcher's pages, which no participant has to load.

fn main() {
    website::start_researcher();
}
