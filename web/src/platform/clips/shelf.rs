//! The few decoded clips that are kept.

/// Values by address, at most a fixed number: the least needed goes first.
pub(super) struct Shelf<T> {
    capacity: usize,
    /// The last used is last.
    items: Vec<(String, T)>,
}

impl<T: Clone> Shelf<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, items: Vec::with_capacity(capacity + 1) }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.items.iter().any(|(found, _)| found == key)
    }

    /// The value, which counts as used.
    pub(super) fn get(&mut self, key: &str) -> Option<T> {
        let at = self.items.iter().position(|(found, _)| found == key)?;
        let item = self.items.remove(at);
        let value = item.1.clone();
        self.items.push(item);
        Some(value)
    }

    /// Puts a value and, where it is one too many, takes away another: the longest unused of those
    /// that nobody wants, else the one that is wanted last.
    pub(super) fn put(&mut self, key: &str, value: T, wanted: &[String]) {
        self.items.retain(|(found, _)| found != key);
        self.items.push((key.to_owned(), value));
        if self.items.len() <= self.capacity {
            return;
        }
        let rank = |key: &str| wanted.iter().position(|wanted| wanted == key);
        let others = &self.items[..self.items.len() - 1];
        let unwanted = others.iter().position(|(found, _)| rank(found).is_none());
        let latest = || (0..others.len()).max_by_key(|at| rank(&others[*at].0));
        if let Some(at) = unwanted.or_else(latest) {
            self.items.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn wanted(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_longest_unused_goes_first() {
        let mut shelf = Shelf::new(3);
        for key in ["a", "b", "c"] {
            shelf.put(key, key, &[]);
        }
        assert_eq!(shelf.get("a"), Some("a"));
        shelf.put("d", "d", &[]);
        assert!(!shelf.has("b") && shelf.has("a") && shelf.has("c") && shelf.has("d"));
        shelf.put("d", "d2", &[]);
        assert_eq!((shelf.len(), shelf.get("d")), (3, Some("d2")));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_wanted_soon_stays() {
        let mut shelf = Shelf::new(3);
        let order = wanted(&["a", "b", "c", "d"]);
        for key in ["b", "old", "c"] {
            shelf.put(key, (), &order);
        }
        shelf.put("a", (), &order);
        assert!(!shelf.has("old"), "nobody wants it, though it is not the oldest");
        shelf.put("d", (), &order);
        assert!(shelf.has("a") && shelf.has("b") && !shelf.has("c"), "of the rest it is last");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_thousand_trials_keep_it_small() {
        let mut shelf = Shelf::new(8);
        for trial in 0..1_000 {
            let next: Vec<String> = (trial..trial + 20).map(|at| at.to_string()).collect();
            shelf.put(&trial.to_string(), trial, &next);
            assert!(shelf.len() <= 8);
        }
        assert_eq!(shelf.get("999"), Some(999));
    }
}
