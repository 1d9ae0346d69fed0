//! A table that can be sorted and copied.

use super::copy_button::CopyButton;
use leptos::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    numeric: bool,
}

impl Column {
    /// Words, sorted as such.
    pub(crate) const fn text(title: &'static str) -> Self {
        Self { title, numeric: false }
    }

    /// Numbers, aligned by their last digit.
    pub(crate) const fn number(title: &'static str) -> Self {
        Self { title, numeric: true }
    }
}

/// One cell: what is shown, copied, and sorted by.
#[derive(Clone)]
pub(crate) struct Cell {
    text: String,
    number: Option<f64>,
    shown: Option<Arc<dyn Fn() -> AnyView + Send + Sync>>,
}

impl Cell {
    /// Words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: None, shown: None }
    }

    /// A number and how it is written.
    pub(crate) fn number(number: f64, text: impl Into<String>) -> Self {
        Self { text: text.into(), number: Some(number), shown: None }
    }

    /// The same, shown by a view of its own.
    pub(crate) fn shown_as(mut self, shown: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        self.shown = Some(Arc::new(shown));
        self
    }

    fn view(&self) -> AnyView {
        match &self.shown {
            Some(shown) => shown(),
            None => self.text.clone().into_any(),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self.number, other.number) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => self.text.cmp(&other.text),
        }
    }
}

/// By which column, and whether the largest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sorting {
    column: usize,
    falling: bool,
}

/// A table with a caption; the first cell of each row names it.
#[component]
pub(crate) fn DataTable(
    /// What the table shows.
    caption: &'static str,
    /// The columns.
    columns: &'static [Column],
    /// The rows, each with a cell a column.
    rows: Vec<Vec<Cell>>,
) -> impl IntoView {
    let rows = StoredValue::new(rows);
    let sorting = RwSignal::new(None::<Sorting>);
    let text =
        Callback::new(move |()| rows.with_value(|rows| as_tsv(columns, rows, sorting.get())));
    let body = move || {
        let rows = rows.with_value(|rows| sorted(rows, sorting.get()));
        rows.into_iter().map(|row| row_view(columns, &row)).collect_view()
    };
    view! {
        <div class="table-frame" role="region" aria-label=caption tabindex="0">
            <table>
                <caption>{caption}</caption>
                <thead>
                    <tr>{columns
                        .iter()
                        .enumerate()
                        .map(|(at, column)| view! { <Head at column sorting /> })
                        .collect_view()}</tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
        <CopyButton text what=format!("Copy table: {caption}") label="Copy table" />
    }
}

#[component]
fn Head(at: usize, column: &'static Column, sorting: RwSignal<Option<Sorting>>) -> impl IntoView {
    let direction = move || match sorting.get().filter(|sorting| sorting.column == at) {
        None => "none",
        Some(Sorting { falling: false, .. }) => "ascending",
        Some(Sorting { falling: true, .. }) => "descending",
    };
    let turn = move |_| sorting.update(|sorting| *sorting = Some(next(*sorting, at)));
    view! {
        <th scope="col" class:number=column.numeric aria-sort=direction>
            <button on:click=turn>{column.title}</button>
        </th>
    }
}

fn row_view(columns: &[Column], row: &[Cell]) -> impl IntoView + use<> {
    let cells = row
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(at, (cell, column))| match at {
            0 => view! { <th scope="row">{cell.view()}</th> }.into_any(),
            _ => view! { <td class:number=column.numeric>{cell.view()}</td> }.into_any(),
        })
        .collect_view();
    view! { <tr>{cells}</tr> }
}

/// The first press sorts upwards, the next turns the order round.
fn next(sorting: Option<Sorting>, column: usize) -> Sorting {
    let falling = sorting.is_some_and(|sorting| sorting.column == column && !sorting.falling);
    Sorting { column, falling }
}

fn sorted(rows: &[Vec<Cell>], sorting: Option<Sorting>) -> Vec<Vec<Cell>> {
    let mut rows = rows.to_vec();
    if let Some(Sorting { column, falling }) = sorting {
        rows.sort_by(|a, b| {
            let order = a[column].order(&b[column]);
            if falling { order.reverse() } else { order }
        });
    }
    rows
}

/// The table for a spreadsheet: tabs between cells, numbers without their unit.
fn as_tsv(columns: &[Column], rows: &[Vec<Cell>], sorting: Option<Sorting>) -> String {
    let titles: Vec<_> = columns.iter().map(|column| column.title.to_owned()).collect();
    let value = |cell: &Cell| cell.number.map_or_else(|| cell.text.clone(), |n| n.to_string());
    let rows = sorted(rows, sorting);
    let rows = rows.iter().map(|row| row.iter().map(value).collect::<Vec<_>>());
    let lines: Vec<_> = std::iter::once(titles).chain(rows).map(|row| row.join("\t")).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    const COLUMNS: &[Column] = &[Column::text("name"), Column::number("size")];

    fn rows() -> Vec<Vec<Cell>> {
        [("b", 10.0, "10 kB"), ("a", 9.0, "9 kB"), ("c", 100.0, "0.1 MB")]
            .map(|(name, n, text)| vec![Cell::text(name), Cell::number(n, text)])
            .to_vec()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn numbers_sort_as_numbers_and_are_copied_without_unit() {
        let first = next(None, 1);
        assert_eq!(as_tsv(COLUMNS, &rows(), Some(first)), "name\tsize\na\t9\nb\t10\nc\t100\n");
        let second = next(Some(first), 1);
        assert_eq!(as_tsv(COLUMNS, &rows(), Some(second)), "name\tsize\nc\t100\nb\t10\na\t9\n");
        assert_eq!(next(Some(second), 1), first);
        assert_eq!(next(Some(first), 0), Sorting { column: 0, falling: false });
    }
}
