//! The worker that reads: the tokenizer and the networks that read, alone or with what was heard.

fn main() {
    inference_worker::serve_reading();
}
