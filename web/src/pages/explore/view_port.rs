//! From map to screen and back: fit, zoom, pan, and what lies under the pointer.

/// Where a map is looked at. Screen coordinates are CSS pixels from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ViewPort {
    /// Width and height of the screen in pixels.
    pub(super) size: [f64; 2],
    /// The place of the map in the middle of the screen.
    centre: [f64; 2],
    /// Pixels for a unit of the map.
    scale: f64,
    /// The scale at which everything is seen.
    fitting: f64,
}

/// Free space around the songs, in pixels.
const MARGIN: f64 = 24.0;
/// How far one can zoom in and out from where everything is seen.
const ZOOM: (f64, f64) = (0.5, 200.0);

impl ViewPort {
    /// All songs on a screen of that size.
    pub(super) fn fit<'a>(
        positions: impl Iterator<Item = &'a [f32; 2]> + Clone,
        size: [f64; 2],
    ) -> Self {
        let range = |axis: usize| {
            let values = || positions.clone().map(|position| f64::from(position[axis]));
            let low = values().fold(f64::INFINITY, f64::min);
            let high = values().fold(f64::NEG_INFINITY, f64::max);
            if low <= high { (low, high) } else { (0.0, 0.0) }
        };
        let ranges = [range(0), range(1)];
        let scale = |axis: usize| {
            let (low, high) = ranges[axis];
            (size[axis] - 2.0 * MARGIN).max(1.0) / (high - low).max(1e-6)
        };
        let fitting = scale(0).min(scale(1));
        let centre = ranges.map(|(low, high)| f64::midpoint(low, high));
        Self { size, centre, scale: fitting, fitting }
    }

    /// The same on a screen of another size, on which everything is seen as `fitted`: what was zoomed or moved stays so.
    pub(super) fn resized(self, fitted: Self) -> Self {
        if self.scale == self.fitting && self.centre == fitted.centre {
            return fitted;
        }
        let range = (ZOOM.0 * fitted.fitting, ZOOM.1 * fitted.fitting);
        Self { scale: self.scale.clamp(range.0, range.1), centre: self.centre, ..fitted }
    }

    /// Where a place of the map is on the screen; up is up.
    pub(super) fn on_screen(&self, position: [f32; 2]) -> [f64; 2] {
        let [x, y] = position.map(f64::from);
        [
            self.size[0] / 2.0 + (x - self.centre[0]) * self.scale,
            self.size[1] / 2.0 - (y - self.centre[1]) * self.scale,
        ]
    }

    /// Moves what is seen by pixels.
    pub(super) fn pan(&mut self, by: [f64; 2]) {
        self.centre[0] -= by[0] / self.scale;
        self.centre[1] += by[1] / self.scale;
    }

    /// Zooms by a factor; what is at `fixed` stays there.
    pub(super) fn zoom(&mut self, factor: f64, fixed: [f64; 2]) {
        let scale = (self.scale * factor).clamp(ZOOM.0 * self.fitting, ZOOM.1 * self.fitting);
        let from_middle = [fixed[0] - self.size[0] / 2.0, fixed[1] - self.size[1] / 2.0];
        let moved = 1.0 / self.scale - 1.0 / scale;
        self.centre[0] += from_middle[0] * moved;
        self.centre[1] -= from_middle[1] * moved;
        self.scale = scale;
    }

    /// The middle of the screen.
    pub(super) fn middle(&self) -> [f64; 2] {
        self.size.map(|size| size / 2.0)
    }

    /// The song nearest to a point of the screen, if one is within `reach` pixels.
    pub(super) fn nearest(
        &self,
        positions: &[[f32; 2]],
        point: [f64; 2],
        reach: f64,
    ) -> Option<usize> {
        let distance = |position: &[f32; 2]| {
            let [x, y] = self.on_screen(*position);
            (x - point[0]).hypot(y - point[1])
        };
        let all = positions.iter().map(distance).enumerate();
        let (at, nearest) = all.min_by(|a, b| a.1.total_cmp(&b.1))?;
        (nearest <= reach).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    const SONGS: [[f32; 2]; 3] = [[-1.0, 0.0], [1.0, 0.5], [0.0, -0.5]];

    fn close(a: [f64; 2], b: [f64; 2]) -> bool {
        (a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn all_songs_fit_and_up_is_up() {
        let view = ViewPort::fit(SONGS.iter(), [448.0, 448.0]);
        assert!(close(view.on_screen(SONGS[0]), [24.0, 224.0]));
        assert!(close(view.on_screen(SONGS[1]), [424.0, 124.0]));
        // One song, or none, is in the middle.
        assert!(close(
            ViewPort::fit([[3.0, 3.0]].iter(), [100.0, 80.0]).on_screen([3.0, 3.0]),
            [50., 40.]
        ));
        assert!(close(ViewPort::fit([].iter(), [100.0, 80.0]).on_screen([0.0, 0.0]), [50.0, 40.0]));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_zoomed_at_stays_and_panning_follows_the_hand() {
        let mut view = ViewPort::fit(SONGS.iter(), [448.0, 448.0]);
        let fixed = view.on_screen(SONGS[1]);
        view.zoom(3.0, fixed);
        assert!(close(view.on_screen(SONGS[1]), fixed));
        view.pan([10.0, -5.0]);
        assert!(close(view.on_screen(SONGS[1]), [fixed[0] + 10.0, fixed[1] - 5.0]));
        view.zoom(1e9, view.middle());
        let far = view.scale;
        view.zoom(2.0, view.middle());
        assert!((view.scale - far).abs() < 1e-9 * far);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn another_size_of_the_screen_leaves_what_was_zoomed() {
        let [view, wider] = [448.0, 900.0].map(|width| ViewPort::fit(SONGS.iter(), [width, 448.0]));
        assert_eq!(view.resized(wider), wider, "everything is seen still");
        let mut near = view;
        near.zoom(3.0, view.on_screen(SONGS[1]));
        let resized = near.resized(wider);
        assert_eq!(
            (resized.scale, resized.centre, resized.size),
            (near.scale, near.centre, wider.size)
        );
        assert_eq!(resized.fitting, wider.fitting);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_nearest_song_is_found_within_reach() {
        let view = ViewPort::fit(SONGS.iter(), [448.0, 448.0]);
        assert_eq!(view.nearest(&SONGS, [30.0, 220.0], 12.0), Some(0));
        assert_eq!(view.nearest(&SONGS, [60.0, 220.0], 12.0), None);
        assert_eq!(view.nearest(&[], [60.0, 220.0], 12.0), None);
    }
}
