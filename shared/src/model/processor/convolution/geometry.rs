//! The sizes of a convolution.

/// The sizes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) batch: usize,
    pub(super) channels_in: usize,
    pub(super) channels_out: usize,
    /// Height and width of the input.
    pub(super) size_in: [usize; 2],
    pub(super) kernel: usize,
    pub(super) stride: usize,
}

impl Geometry {
    /// # Panics
    ///
    /// If the window is larger than the input.
    pub(super) fn new(input: [usize; 4], weight: [usize; 4], stride: usize) -> Self {
        let [batch, channels_in, height, width] = input;
        let [channels_out, _, kernel, _] = weight;
        assert_eq!(weight[1..], [channels_in, kernel, kernel], "weights of another convolution");
        assert!(kernel <= height.min(width), "a window of {kernel} in {height} x {width} pixels");
        Self { batch, channels_in, channels_out, size_in: [height, width], kernel, stride }
    }

    /// The same for another number of pictures.
    pub(super) fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Height and width of the output.
    pub(super) fn size_out(&self) -> [usize; 2] {
        self.size_in.map(|size| (size - self.kernel) / self.stride + 1)
    }

    /// Pixels in one picture of the input.
    pub(super) fn area_in(&self) -> usize {
        self.size_in.iter().product()
    }

    /// Pixels in one picture of the output.
    pub(super) fn area_out(&self) -> usize {
        self.size_out().iter().product()
    }

    /// Numbers in one picture of the input.
    pub(super) fn size_of_input(&self) -> usize {
        self.channels_in * self.area_in()
    }

    /// Numbers in one picture of the output.
    pub(super) fn size_of_output(&self) -> usize {
        self.channels_out * self.area_out()
    }

    /// Pixels of the whole output.
    pub(super) fn n_pixels(&self) -> usize {
        self.batch * self.area_out()
    }

    /// Numbers in one row of a window.
    pub(super) fn run(&self) -> usize {
        self.kernel * self.channels_in
    }

    /// Numbers in one row of the input.
    pub(super) fn row(&self) -> usize {
        self.size_in[1] * self.channels_in
    }

    /// Where the window of each of the output's pixels begins in an input whose channels lie last.
    pub(super) fn windows(&self) -> Vec<usize> {
        let [height, width] = self.size_out();
        let mut windows = Vec::with_capacity(self.n_pixels());
        for picture in 0..self.batch {
            for y in 0..height {
                let row = picture * self.size_in[0] + y * self.stride;
                let first = row * self.row();
                windows.extend((0..width).map(|x| first + x * self.stride * self.channels_in));
            }
        }
        windows
    }

    /// Where each of the output's pixels lies in the first channel of an output whose channels lie first.
    pub(super) fn places(&self) -> Vec<usize> {
        let (area, size) = (self.area_out(), self.size_of_output());
        let pictures = (0..self.batch).map(|picture| picture * size);
        pictures.flat_map(|first| first..first + area).collect()
    }
}
