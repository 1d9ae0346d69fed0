//! The worker that searches: embedding tables, and what in them is near to what.

fn main() {
    search_worker::serve_search();
}
