//! A map of the songs: embeddings in two dimensions, by principal component analysis.
//!
//! Vectors are scaled to length 1 first, since songs are compared by the cosine: for those the squared
//! distance is `2 - 2 cos`, so what lies close on the map tends to be recommended. The axes are the two
//! directions along which the vectors spread the most (Pearson 1901), found as eigenvectors of their
//! covariance by Jacobi rotations (Golub and Van Loan, *Matrix Computations*, 8.5). Each axis points to
//! the side of its largest loading, so that the same table gives the same map.

use super::EmbeddingTable;
use crate::eigen::Eigen;

/// Metadata: how a map was made.
const MAP_METHOD: &str = "method";
/// Metadata: the shares of the variance that the two axes carry, joined by a comma.
pub const MAP_EXPLAINED: &str = "explained";

/// Metadata: the mean of the vectors at length 1.
const MAP_MEAN: &str = "mean";
/// Metadata: the two directions, one after the other.
const MAP_AXES: &str = "axes";

/// The songs of a table in two dimensions: a table of the same name with vectors of length 2, whose
/// metadata say the method (`pca`), how much of the variance the axes explain, and how another vector comes onto the
/// map ([`MapProjection`]).
///
/// Where the vectors do not spread at all every song is at the origin.
pub fn principal_map(table: &EmbeddingTable) -> EmbeddingTable {
    let (dim, n) = (table.dim(), table.n_tracks());
    let (rows, mean) = centred_units(table);
    let covariance = covariance(&rows, dim, n);
    let total: f64 = (0..dim).map(|at| covariance[at * dim + at]).sum();
    let (variances, axes) = principal_axes(covariance, dim);
    let axis = |at: usize| axes.get(at).cloned().unwrap_or_else(|| vec![0.0; dim]);
    let projection = MapProjection { mean, axes: [axis(0), axis(1)] };
    let positions = rows.chunks_exact(dim).flat_map(|row| projection.place_centred(row));
    let share = |axis: usize| match variances.get(axis) {
        Some(variance) if total > 0.0 => variance / total,
        _ => 0.0,
    };
    let positions = positions.map(|value| value as f32).collect();
    EmbeddingTable::new(table.name(), 2, table.track_ids().to_vec(), positions)
        .expect("two finite values for each of the table's own ids")
        .with_metadata(MAP_METHOD, "pca")
        .with_metadata(MAP_EXPLAINED, format!("{:.4},{:.4}", share(0), share(1)))
        .with_metadata(MAP_MEAN, joined(&projection.mean))
        .with_metadata(MAP_AXES, joined(&projection.axes.concat()))
}

/// How a vector comes onto a map: at length 1, less the mean, along two directions.
#[derive(Debug, Clone, PartialEq)]
pub struct MapProjection {
    mean: Vec<f64>,
    axes: [Vec<f64>; 2],
}

impl MapProjection {
    /// As the metadata of a map say; `None` where they do not, as in maps of before version 0.1 was out.
    ///
    /// # Errors
    ///
    /// What in the metadata can't be understood.
    pub fn of(map: &EmbeddingTable) -> Result<Option<Self>, MapError> {
        let numbers = |name: &'static str| {
            let Some(text) = map.metadata().get(name) else { return Ok(None) };
            let numbers = text.split(',').map(str::parse::<f64>);
            let numbers = numbers.collect::<Result<Vec<f64>, _>>().ok();
            let finite = numbers.filter(|numbers| numbers.iter().all(|value| value.is_finite()));
            finite.map(Some).ok_or_else(|| MapError { map: map.name().to_owned(), field: name })
        };
        let (Some(mean), Some(axes)) = (numbers(MAP_MEAN)?, numbers(MAP_AXES)?) else {
            return Ok(None);
        };
        if axes.len() != 2 * mean.len() {
            return Err(MapError { map: map.name().to_owned(), field: MAP_AXES });
        }
        let (first, second) = axes.split_at(mean.len());
        Ok(Some(Self { axes: [first.to_vec(), second.to_vec()], mean }))
    }

    /// Where a vector lies; `None` for one of another length than the map was made of.
    pub fn place(&self, vector: &[f32]) -> Option<[f32; 2]> {
        (vector.len() == self.mean.len()).then_some(())?;
        let unit = unit(vector);
        let centred: Vec<f64> = unit.zip(&self.mean).map(|(value, mean)| value - mean).collect();
        Some(self.place_centred(&centred).map(|value| value as f32))
    }

    fn place_centred(&self, row: &[f64]) -> [f64; 2] {
        let along = |axis: &Vec<f64>| row.iter().zip(axis).map(|(a, b)| a * b).sum();
        [along(&self.axes[0]), along(&self.axes[1])]
    }
}

/// A map that does not say well how vectors come onto it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the map '{map}' holds '{field}' in its metadata that is no list of as many numbers as its vectors have (twice as \
     many for 'axes')"
)]
pub struct MapError {
    map: String,
    field: &'static str,
}

/// Numbers as text, exact to 9 digits, as many as f32 has.
fn joined(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|value| format!("{value:.9}")).collect();
    numbers.join(",")
}

/// A vector at length 1; one of zeros stays one.
fn unit(vector: &[f32]) -> impl Iterator<Item = f64> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let scale = if length > 0.0 { length.recip() } else { 0.0 };
    vector.iter().map(move |value| f64::from(*value) * scale)
}

/// The rows at length 1, less their mean, `[n, dim]`, and that mean; a row of zeros stays one before that.
fn centred_units(table: &EmbeddingTable) -> (Vec<f64>, Vec<f64>) {
    let (dim, n) = (table.dim(), table.n_tracks());
    let mut rows: Vec<f64> = table.rows().flat_map(|(_, row)| unit(row)).collect();
    let sums = (0..dim).map(|at| rows.iter().skip(at).step_by(dim).sum::<f64>());
    let mean: Vec<f64> = sums.map(|sum| sum / n.max(1) as f64).collect();
    for row in rows.chunks_exact_mut(dim) {
        row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
    }
    (rows, mean)
}

/// `[dim, dim]`, divided by `n - 1`.
fn covariance(rows: &[f64], dim: usize, n: usize) -> Vec<f64> {
    let mut sums = vec![0.0; dim * dim];
    for row in rows.chunks_exact(dim) {
        for (a, line) in row.iter().zip(sums.chunks_exact_mut(dim)) {
            for (b, sum) in row.iter().zip(line) {
                *sum += a * b;
            }
        }
    }
    let scale = 1.0 / n.saturating_sub(1).max(1) as f64;
    sums.iter().map(|sum| sum * scale).collect()
}

/// Eigenvalues and eigenvectors of a symmetric matrix, the two largest; each vector points to where its largest part is
/// positive.
fn principal_axes(matrix: Vec<f64>, dim: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let Eigen { mut values, mut vectors } = Eigen::of(matrix, dim);
    values.truncate(2);
    vectors.truncate(2);
    for axis in &mut vectors {
        let largest = axis.iter().fold(0.0, |a: f64, b| if b.abs() > a.abs() { *b } else { a });
        axis.iter_mut().for_each(|value| *value *= largest.signum());
    }
    (values, vectors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::random::Seed;

    fn table(dim: usize, rows: &[Vec<f32>]) -> EmbeddingTable {
        let ids = (0..rows.len()).map(|at| TrackId::parse(&format!("t{at:03}")).unwrap());
        EmbeddingTable::new("audio", dim, ids.collect(), rows.concat()).unwrap()
    }

    /// Rows on a plane of a space of five dimensions, at length 1: a circle, and nothing beside it.
    #[test]
    fn a_circle_stays_a_circle() {
        let axes = [[0.6, 0.0, 0.8, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]];
        let row = |at: usize| {
            let angle = f64::from(at as u32) * std::f64::consts::TAU / 40.0;
            // Length does not matter.
            let length = 1.0 + at as f64;
            (0..5)
                .map(|k| (length * (angle.cos() * axes[0][k] + angle.sin() * axes[1][k])) as f32)
                .collect()
        };
        let map = principal_map(&table(5, &(0..40).map(row).collect::<Vec<_>>()));
        for (id, position) in map.rows() {
            let radius = position[0].hypot(position[1]);
            assert!((radius - 1.0).abs() < 1e-6, "{id}: {radius}");
        }
        assert_eq!(map.metadata()[MAP_EXPLAINED], "0.5000,0.5000");
        assert_eq!(map.metadata()[MAP_METHOD], "pca");
    }

    /// Against every direction of a fine grid: none spreads more than the first axis, and what both axes
    /// leave over is the least that any direction has.
    #[test]
    fn no_other_direction_spreads_more() {
        let mut stream = Seed(4).stream("projection");
        let mut value = || stream.normal(0.0, 1.0) as f32;
        let rows: Vec<Vec<f32>> =
            (0..200).map(|_| vec![3.0 * value(), value() + 1.0, 2.0 * value()]).collect();
        let table = table(3, &rows);
        let map = principal_map(&table);
        let (units, _) = centred_units(&table);
        let variance = |direction: [f64; 3]| {
            let along = |row: &[f64]| row.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>();
            units.chunks_exact(3).map(|row| along(row).powi(2)).sum::<f64>() / 199.0
        };
        let of_axis = |axis: usize| {
            map.rows().map(|(_, row)| f64::from(row[axis]).powi(2)).sum::<f64>() / 199.0
        };
        let everywhere: Vec<f64> = (0..180 * 360)
            .map(|at| {
                let (a, b) = (f64::from(at / 360).to_radians(), f64::from(at % 360).to_radians());
                variance([a.sin() * b.cos(), a.sin() * b.sin(), a.cos()])
            })
            .collect();
        let most = everywhere.iter().copied().fold(0.0, f64::max);
        let least = everywhere.iter().copied().fold(f64::INFINITY, f64::min);
        assert!((of_axis(0) - most).abs() < 1e-3 * most, "{} {most}", of_axis(0));
        let total: f64 = (0..3)
            .map(|k| variance([f64::from(k == 0), f64::from(k == 1), f64::from(k == 2)]))
            .sum();
        let left = total - of_axis(0) - of_axis(1);
        assert!((left - least).abs() < 1e-3 * most, "{left} {least}");
        let explained: Vec<f64> =
            map.metadata()[MAP_EXPLAINED].split(',').map(|share| share.parse().unwrap()).collect();
        assert!((of_axis(0) / total - explained[0]).abs() < 1e-4, "{explained:?}");
        assert!((of_axis(1) / total - explained[1]).abs() < 1e-4, "{explained:?}");
        // The axes tell different things.
        let product: f64 =
            map.rows().map(|(_, row)| f64::from(row[0]) * f64::from(row[1])).sum::<f64>() / 199.0;
        assert!(product.abs() < 1e-9, "{product}");
    }

    #[test]
    fn songs_that_are_all_alike_or_silent_stand_at_the_origin() {
        for rows in [vec![vec![1.0, 2.0]; 3], vec![vec![0.0, 0.0]; 2], vec![]] {
            let map = principal_map(&table(2, &rows));
            assert!(map.values().iter().all(|value| value.abs() < 1e-6), "{rows:?}");
            assert_eq!(map.n_tracks(), rows.len());
        }
        // One dimension has no second axis.
        let line = principal_map(&table(1, &[vec![2.0], vec![-3.0]]));
        assert_eq!(line.values(), [1.0, 0.0, -1.0, 0.0]);
    }

    #[test]
    fn a_song_comes_to_where_it_stands_on_the_map() {
        let mut stream = Seed(5).stream("projection");
        let rows: Vec<Vec<f32>> =
            (0..30).map(|_| (0..6).map(|_| stream.normal(0.3, 1.0) as f32).collect()).collect();
        let table = table(6, &rows);
        let map = principal_map(&table);
        let projection = MapProjection::of(&map).unwrap().expect("made above");
        for ((_, vector), (id, place)) in table.rows().zip(map.rows()) {
            let [x, y] = projection.place(vector).unwrap();
            assert!((x - place[0]).hypot(y - place[1]) < 1e-6, "{id}");
            // Length does not matter.
            let longer: Vec<f32> = vector.iter().map(|value| value * 7.0).collect();
            let [x, y] = projection.place(&longer).unwrap();
            assert!((x - place[0]).hypot(y - place[1]) < 1e-6, "{id}");
        }
        assert_eq!(projection.place(&[1.0; 5]), None);
    }

    #[test]
    fn maps_that_do_not_say_how_they_were_made_are_told_from_wrong_ones() {
        let map = |metadata: &[(&str, &str)]| {
            metadata.iter().fold(table(2, &[vec![1.0, 2.0]]), |map, (name, value)| {
                map.with_metadata(*name, *value)
            })
        };
        assert_eq!(MapProjection::of(&map(&[])), Ok(None));
        assert_eq!(MapProjection::of(&map(&[(MAP_MEAN, "1,2")])), Ok(None));
        for (mean, axes) in [("1,x", "1,2,3,4"), ("1,2", "1,2,3"), ("1,inf", "1,2,3,4"), ("", "")] {
            let error = MapProjection::of(&map(&[(MAP_MEAN, mean), (MAP_AXES, axes)]));
            let error = error.unwrap_err().to_string();
            assert!(error.contains("the map 'audio'"), "{error}");
        }
    }
}
