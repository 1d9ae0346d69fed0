//! The worker that hears: decoders, the mel spectrogram and the networks that hear only.

fn main() {
    inference_worker::serve_listening();
}
