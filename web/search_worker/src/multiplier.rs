//! Searching by a graphics processor: it multiplies, and what of the products comes next is found here.

use crate::graphics::{Graphics, GraphicsError, Rows};
use shared::recommend::{Condition, Explorer, Lead, Neighbour};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A graphics processor, once it was needed, and the tables that are there.
#[derive(Default)]
pub(crate) struct Multiplier {
    graphics: Option<Graphics>,
    rows: BTreeMap<Condition, Rows>,
}

impl Multiplier {
    /// What [`Explorer::next`] gives; `None` where the table is in parts, few of whose rows are looked at.
    ///
    /// # Errors
    ///
    /// If there is no graphics processor, or it fails.
    pub(crate) async fn next(
        &mut self,
        explorer: &mut Explorer,
        (condition, lead): (Condition, &Lead),
        k: usize,
    ) -> Result<Option<Vec<Neighbour>>, GraphicsError> {
        let Some(table) = explorer.rounded(condition) else { return Ok(None) };
        if table.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let graphics = match &mut self.graphics {
            Some(graphics) => graphics,
            none => none.insert(Graphics::open().await?),
        };
        let rows = match self.rows.entry(condition) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => place.insert(graphics.take(table).await?),
        };
        let Some(query) = explorer.query_codes(condition, lead) else {
            return Ok(Some(Vec::new()));
        };
        let products = graphics.products(rows, &query).await?;
        Ok(Some(explorer.next_by_products(condition, lead, k, &products)))
    }

    /// A table is another one from now on, or all are.
    pub(crate) fn forget(&mut self, condition: Option<Condition>) {
        self.rows.retain(|own, _| condition.is_some_and(|condition| condition != *own));
    }
}
