//! The worker with the graphics processor (WebGPU).

use burn::tensor::Device;

fn main() {
    inference_worker::serve_graphics(async || {
        Device::wgpu_options().init_async().await.map_err(|error| error.to_string())
    });
}
