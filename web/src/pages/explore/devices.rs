//! On which device the network that hears, or those that read, run: the processor, or the graphics processor where it
//! is quicker.
//!
//! Both are timed once, with the real networks on the listener's first song, and the quicker one is kept, from visit to
//! visit where the browser keeps things. `?device=cpu` or `?device=webgpu` decides instead. A graphics processor that
//! fails is not tried again.

/// What networks take in: the sound alone, or lyrics as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Hearing,
    Reading,
}

/// Where a network can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    Processor,
    Graphics,
}

/// What the address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// The quicker one.
    Quicker,
    /// This one.
    One(Device),
}

/// How it is with the graphics processor.
#[derive(Debug, Clone, PartialEq)]
enum Graphics {
    /// Not yet looked for.
    Unknown,
    /// There is none, or it is imitated, or not wanted: why.
    Without(&'static str),
    /// Its program and network are being fetched, or are there.
    Begun,
    /// It failed: why.
    Failed(String),
}

/// The devices, as far as they are known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Devices {
    wish: Wish,
    graphics: Graphics,
    /// Why the networks were not given to it this time.
    kept_from: Option<String>,
    /// Milliseconds that the networks took for a song.
    processor_millis: Option<f64>,
    graphics_millis: Option<f64>,
    /// Whether these are of an earlier visit.
    is_recalled: bool,
    /// Memory of the worker that ran them last, in bytes.
    memory_bytes: Option<u64>,
}

impl Wish {
    /// What the parameter `device` of the address says.
    pub(super) fn of(parameter: Option<&str>) -> Self {
        match parameter {
            Some("cpu") => Self::One(Device::Processor),
            Some("webgpu") => Self::One(Device::Graphics),
            _ => Self::Quicker,
        }
    }
}

impl Wish {
    /// Why there is to be no graphics processor, where the address says so.
    pub(super) fn against_graphics(self) -> Option<&'static str> {
        (self == Self::One(Device::Processor)).then_some("the address asks for the processor")
    }

    /// Whether the address asks for the graphics processor: one that is imitated is taken, too.
    pub(super) fn is_for_graphics(self) -> bool {
        self == Self::One(Device::Graphics)
    }
}

impl Devices {
    pub(super) fn new(wish: Wish) -> Self {
        let graphics = wish.against_graphics().map_or(Graphics::Unknown, Graphics::Without);
        Self {
            wish,
            graphics,
            kept_from: None,
            processor_millis: None,
            graphics_millis: None,
            is_recalled: false,
            memory_bytes: None,
        }
    }

    /// Whether the browser is still to be asked for a graphics processor.
    pub(super) fn is_unknown(&self) -> bool {
        self.graphics == Graphics::Unknown
    }

    /// Whether an imitated graphics processor is taken, too.
    pub(super) fn takes_any_graphics(&self) -> bool {
        self.wish.is_for_graphics()
    }

    /// There is no graphics processor to be used. What one took on an earlier visit says nothing of now.
    pub(super) fn without_graphics(&mut self, why: &'static str) {
        self.graphics = Graphics::Without(why);
        if self.is_recalled {
            self.graphics_millis = None;
            self.is_recalled = false;
        }
    }

    /// Its program is being fetched.
    pub(super) fn begin_graphics(&mut self) {
        self.graphics = Graphics::Begun;
        self.kept_from = None;
    }

    /// The networks could not be fetched for it.
    pub(super) fn keep_from_graphics(&mut self, why: String) {
        self.kept_from = Some(why);
    }

    /// Its worker was ended: it is to be begun anew.
    pub(super) fn end_graphics(&mut self) {
        if self.graphics == Graphics::Begun {
            self.graphics = Graphics::Unknown;
        }
    }

    /// It failed.
    pub(super) fn fail_graphics(&mut self, why: String) {
        self.graphics = Graphics::Failed(why);
        self.graphics_millis = None;
    }

    /// Where the network runs from now on.
    pub(super) fn chosen(&self) -> Device {
        let is_quicker = match (self.wish, self.graphics_millis, self.processor_millis) {
            (Wish::One(device), _, _) => device == Device::Graphics,
            (Wish::Quicker, Some(graphics), Some(processor)) => graphics < processor,
            (Wish::Quicker, _, _) => false,
        };
        match self.graphics == Graphics::Begun && is_quicker {
            true => Device::Graphics,
            false => Device::Processor,
        }
    }

    /// Whether both are still to be timed.
    pub(super) fn is_to_be_timed(&self) -> bool {
        self.wish == Wish::Quicker
            && self.graphics == Graphics::Begun
            && self.graphics_millis.is_none()
    }

    /// How long a device took for a song; once both were timed with the same song, that stays.
    pub(super) fn took(&mut self, device: Device, millis: f64) {
        if !(self.processor_millis.is_some() && self.graphics_millis.is_some()) {
            self.timed(device, millis);
        }
    }

    /// Both are to be timed again.
    pub(super) fn forget_times(&mut self) {
        (self.processor_millis, self.graphics_millis) = (None, None);
        self.is_recalled = false;
    }

    /// Milliseconds of the processor and of the graphics processor, once both were timed on this visit.
    pub(super) fn times(&self) -> Option<[f64; 2]> {
        let times = [self.processor_millis?, self.graphics_millis?];
        (!self.is_recalled).then_some(times)
    }

    /// Takes what [`Self::times`] gave on an earlier visit: a graphics processor that was slower is not begun.
    pub(super) fn recall(&mut self, [processor_millis, graphics_millis]: [f64; 2]) {
        if self.wish != Wish::Quicker || self.graphics != Graphics::Unknown {
            return;
        }
        self.processor_millis = Some(processor_millis);
        self.graphics_millis = Some(graphics_millis);
        self.is_recalled = true;
        if processor_millis <= graphics_millis {
            self.graphics = Graphics::Without("it was slower on an earlier visit");
        }
    }

    /// How much memory the worker has that ran the networks last.
    pub(super) fn takes(&mut self, memory_bytes: u64) {
        self.memory_bytes = Some(memory_bytes);
    }

    /// How long a device took for the song that both are timed with.
    pub(super) fn timed(&mut self, device: Device, millis: f64) {
        match device {
            Device::Processor => self.processor_millis = Some(millis),
            Device::Graphics => self.graphics_millis = Some(millis),
        }
    }

    /// For the listener: which device it is and why, without a full stop; `None` where nothing ran yet.
    pub(super) fn text(&self, sense: Sense) -> Option<String> {
        let (runs, unit) = match sense {
            Sense::Hearing => ("the network runs", "a clip"),
            Sense::Reading => ("the networks that read run", "for these lyrics"),
        };
        let took = |millis: Option<f64>| millis.map(|millis| format!("{millis:.0} ms {unit}"));
        let [processor, graphics] = [self.processor_millis, self.graphics_millis].map(took);
        let before = if self.is_recalled { ", as timed on an earlier visit" } else { "" };
        let memory = self.memory_bytes.map_or_else(String::new, |bytes| {
            format!("; its worker takes {:.0} MB of memory", bytes as f64 / 1e6)
        });
        let device = match (&self.graphics, self.chosen(), processor, graphics) {
            (Graphics::Failed(why), _, _, _) => {
                format!("the graphics processor failed ({why}); {runs} on the processor")
            }
            (_, Device::Graphics, Some(processor), Some(graphics)) => format!(
                "{runs} on the graphics processor: {graphics}, against {processor} on the processor{before}"
            ),
            (_, Device::Graphics, None, Some(graphics)) => {
                format!("{runs} on the graphics processor: {graphics}")
            }
            (_, Device::Processor, Some(processor), Some(graphics)) => format!(
                "{runs} on the processor: {processor}, against {graphics} on the graphics processor{before}"
            ),
            (Graphics::Without(why), _, Some(processor), None) => {
                format!("{runs} on the processor: {processor} ({why})")
            }
            (_, Device::Processor, Some(processor), None) => match &self.kept_from {
                Some(why) => format!(
                    "{runs} on the processor: {processor} (this time it could not be fetched for the graphics processor: {why})"
                ),
                None => format!("{runs} on the processor: {processor}"),
            },
            (_, _, None, _) => return None,
            (_, Device::Graphics, Some(_), None) => return None,
        };
        Some(format!("{device}{memory}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_quicker_device_is_kept() {
        let mut devices = Devices::new(Wish::of(None));
        assert!(devices.is_unknown() && !devices.takes_any_graphics());
        devices.begin_graphics();
        devices.took(Device::Processor, 30.0);
        assert!(devices.is_to_be_timed());
        assert_eq!(devices.chosen(), Device::Processor, "until both are timed");
        devices.took(Device::Graphics, 8.0);
        assert!(!devices.is_to_be_timed());
        assert_eq!(devices.chosen(), Device::Graphics);
        let text = devices.text(Sense::Hearing).unwrap();
        assert!(text.contains("graphics processor: 8 ms a clip, against 30 ms"), "{text}");
        devices.took(Device::Processor, 5.0);
        assert_eq!(devices.chosen(), Device::Graphics, "a shorter song is no reason");
        devices.timed(Device::Processor, 5.0);
        assert_eq!(devices.chosen(), Device::Processor);
        devices.forget_times();
        assert!(devices.is_to_be_timed());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_was_timed_on_an_earlier_visit_decides() {
        let mut devices = Devices::new(Wish::of(None));
        devices.recall([8.0, 30.0]);
        assert!(!devices.is_unknown() && !devices.is_to_be_timed());
        assert_eq!((devices.chosen(), devices.times()), (Device::Processor, None));
        devices.takes(41_600_000);
        let text = devices.text(Sense::Hearing).unwrap();
        let wanted = "on the processor: 8 ms a clip, against 30 ms a clip on the graphics processor, as timed on an \
                      earlier visit; its worker takes 42 MB of memory";
        assert!(text.ends_with(wanted), "{text}");

        let mut devices = Devices::new(Wish::of(None));
        devices.recall([30.0, 8.0]);
        assert!(devices.is_unknown(), "it is begun");
        devices.begin_graphics();
        assert!(!devices.is_to_be_timed());
        assert_eq!(devices.chosen(), Device::Graphics);
        devices.forget_times();
        devices.timed(Device::Graphics, 9.0);
        assert_eq!(devices.times(), None);
        devices.timed(Device::Processor, 31.0);
        assert_eq!(devices.times(), Some([31.0, 9.0]));

        let mut devices = Devices::new(Wish::of(None));
        devices.recall([30.0, 8.0]);
        devices.without_graphics("it was taken out");
        assert!(devices.text(Sense::Hearing).unwrap().contains("processor: 30 ms a clip (it was"));
        devices.took(Device::Processor, 31.0);
        let text = devices.text(Sense::Hearing).unwrap();
        assert!(text.ends_with("on the processor: 31 ms a clip (it was taken out)"), "{text}");

        let mut devices = Devices::new(Wish::of(Some("webgpu")));
        devices.recall([8.0, 30.0]);
        assert!(devices.is_unknown(), "the address has decided");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_graphics_processor_whose_worker_was_ended_is_begun_anew() {
        let mut devices = Devices::new(Wish::of(None));
        devices.begin_graphics();
        devices.took(Device::Graphics, 8.0);
        devices.took(Device::Processor, 30.0);
        devices.end_graphics();
        assert!(devices.is_unknown());
        assert_eq!(devices.chosen(), Device::Processor);
        devices.begin_graphics();
        assert_eq!(devices.chosen(), Device::Graphics, "both were timed before");
        devices.fail_graphics("it was lost".to_owned());
        devices.end_graphics();
        assert!(!devices.is_unknown(), "it is not tried again");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_graphics_processor_that_fails_is_left() {
        let mut devices = Devices::new(Wish::of(Some("webgpu")));
        assert!(devices.takes_any_graphics());
        devices.begin_graphics();
        assert_eq!(devices.chosen(), Device::Graphics);
        assert!(!devices.is_to_be_timed(), "the address has decided");
        devices.fail_graphics("it was lost".to_owned());
        assert_eq!(devices.chosen(), Device::Processor);
        assert!(devices.text(Sense::Hearing).unwrap().contains("failed (it was lost)"));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_network_that_could_not_be_fetched_is_offered_again() {
        let mut devices = Devices::new(Wish::of(Some("webgpu")));
        devices.keep_from_graphics("no network".to_owned());
        devices.took(Device::Processor, 30.0);
        assert!(devices.is_unknown());
        let text = devices.text(Sense::Hearing).unwrap();
        assert!(
            text.contains("30 ms a clip (this time") && text.ends_with("no network)"),
            "{text}"
        );
        devices.begin_graphics();
        devices.took(Device::Graphics, 8.0);
        assert!(!devices.text(Sense::Hearing).unwrap().contains("this time"));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_address_can_ask_for_the_processor() {
        let mut devices = Devices::new(Wish::of(Some("cpu")));
        assert!(!devices.is_unknown());
        assert_eq!(devices.text(Sense::Hearing), None);
        devices.took(Device::Processor, 23.4);
        assert!(devices.text(Sense::Hearing).unwrap().contains("23 ms a clip (the address asks"));
        let text = devices.text(Sense::Reading).unwrap();
        assert!(text.contains("that read run on the processor: 23 ms for these lyrics"), "{text}");
    }
}
