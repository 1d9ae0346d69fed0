//! The graphics processor, which multiplies a query with all rows of a table (WebGPU).

use futures_channel::oneshot;
use shared::recommend::EightBitRows;
use std::sync::{Arc, OnceLock};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device, DeviceDescriptor,
    ErrorFilter, Instance, InstanceDescriptor, MapMode, PowerPreference, Queue,
    RequestAdapterOptions, ShaderModuleDescriptor, ShaderSource,
};

/// Rows that a group of the program takes, as it stands in `products.wgsl`.
const ROWS_PER_GROUP: u32 = 256;

/// A graphics processor with the program that multiplies.
pub(crate) struct Graphics {
    device: Device,
    queue: Queue,
    program: ComputePipeline,
    /// Why it is gone, once it is.
    lost: Arc<OnceLock<String>>,
}

/// The rows of a table, there.
pub(crate) struct Rows {
    n: u32,
    query: Buffer,
    products: Buffer,
    /// What the processor reads them from.
    copy: Buffer,
    bindings: BindGroup,
}

impl Graphics {
    /// Gets the graphics processor.
    ///
    /// # Errors
    ///
    /// If the browser has none, or it does not take the program.
    pub(crate) async fn open() -> Result<Self, GraphicsError> {
        let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
        let options = RequestAdapterOptions {
            power_preference: PowerPreference::HighPerformance,
            ..RequestAdapterOptions::default()
        };
        let had = |error: &dyn std::error::Error| GraphicsError::NotHad { why: error.to_string() };
        let adapter = instance.request_adapter(&options).await.map_err(|error| had(&error))?;
        // Tables may be larger than what every adapter takes.
        let wanted =
            DeviceDescriptor { required_limits: adapter.limits(), ..DeviceDescriptor::default() };
        let (device, queue) = adapter.request_device(&wanted).await.map_err(|error| had(&error))?;
        let lost = Arc::new(OnceLock::new());
        let seen = Arc::clone(&lost);
        device.set_device_lost_callback(move |_, message| drop(seen.set(message)));
        let make = || {
            let source = ShaderSource::Wgsl(include_str!("products.wgsl").into());
            let module = ShaderModuleDescriptor { label: Some("products"), source };
            let module = device.create_shader_module(module);
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some("products"),
                layout: None,
                module: &module,
                entry_point: Some("multiply"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        let program = checked(&device, make).await?;
        Ok(Self { device, queue, program, lost })
    }

    /// Brings rows there.
    ///
    /// # Errors
    ///
    /// If they are too large for it.
    pub(crate) async fn take(&self, rows: &EightBitRows) -> Result<Rows, GraphicsError> {
        let (limits, n_words) = (self.device.limits(), rows.n_words() as u32);
        let n_bytes = rows.len() as u64 * u64::from(n_words) * 4;
        let most = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size);
        let n = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if n_bytes > most
            || n.div_ceil(ROWS_PER_GROUP) > limits.max_compute_workgroups_per_dimension
        {
            return Err(GraphicsError::TooLarge { n_bytes, most });
        }
        checked(&self.device, || self.bound(n, n_words, &rows.words())).await
    }

    fn bound(&self, n: u32, n_words: u32, words: &[u32]) -> Rows {
        let empty = |size, usage| {
            let mapped_at_creation = false;
            self.device.create_buffer(&BufferDescriptor {
                label: None,
                size,
                usage,
                mapped_at_creation,
            })
        };
        // Written and not mapped: where there is no memory to map, browsers throw what can't be caught.
        let given = |contents: &[u32], usage| {
            let buffer = empty(contents.len() as u64 * 4, usage | BufferUsages::COPY_DST);
            self.queue.write_buffer(&buffer, 0, &le_bytes(contents, u32::to_le_bytes));
            buffer
        };
        let words = given(words, BufferUsages::STORAGE);
        let sizes = given(&[n, n_words], BufferUsages::UNIFORM);
        let query = empty(u64::from(n_words) * 16, BufferUsages::STORAGE | BufferUsages::COPY_DST);
        let n_bytes = u64::from(n) * 4;
        let products = empty(n_bytes, BufferUsages::STORAGE | BufferUsages::COPY_SRC);
        let copy = empty(n_bytes, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let all = [&words, &query, &sizes, &products];
        let entries: Vec<BindGroupEntry<'_>> = all
            .into_iter()
            .enumerate()
            .map(|(at, buffer)| BindGroupEntry {
                binding: at as u32,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let bindings = self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &self.program.get_bind_group_layout(0),
            entries: &entries,
        });
        Rows { n, query, products, copy, bindings }
    }

    /// The sums of the products of a query, `[4 * n_words]`, with each row, `[n]`.
    ///
    /// # Errors
    ///
    /// If the graphics processor was lost.
    pub(crate) async fn products(
        &self,
        rows: &Rows,
        query: &[i32],
    ) -> Result<Vec<i32>, GraphicsError> {
        self.queue.write_buffer(&rows.query, 0, &le_bytes(query, i32::to_le_bytes));
        let mut commands = self.device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(&self.program);
        pass.set_bind_group(0, &rows.bindings, &[]);
        pass.dispatch_workgroups(rows.n.div_ceil(ROWS_PER_GROUP), 1, 1);
        drop(pass);
        commands.copy_buffer_to_buffer(&rows.products, 0, &rows.copy, 0, rows.copy.size());
        self.queue.submit([commands.finish()]);
        let (answer, answered) = oneshot::channel();
        rows.copy.map_async(MapMode::Read, .., move |mapped| {
            // Whoever waited too long hears nothing.
            let _heard = answer.send(mapped.is_ok());
        });
        if answered.await != Ok(true) {
            return Err(self.gone());
        }
        let bytes = rows.copy.get_mapped_range(..).map_err(|_| self.gone())?;
        let products = bytes.as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect();
        drop(bytes);
        rows.copy.unmap();
        Ok(products)
    }

    fn gone(&self) -> GraphicsError {
        let why = self.lost.get().filter(|why| !why.is_empty()).cloned();
        GraphicsError::Lost { why: why.unwrap_or_else(|| "the browser took it away".to_owned()) }
    }
}

impl Drop for Graphics {
    /// Its memory is given back at once, and not when the browser finds the time.
    fn drop(&mut self) {
        self.device.destroy();
    }
}

/// What a device makes, where it can.
async fn checked<T>(device: &Device, make: impl FnOnce() -> T) -> Result<T, GraphicsError> {
    let scopes = [ErrorFilter::OutOfMemory, ErrorFilter::Validation, ErrorFilter::Internal];
    let scopes = scopes.map(|filter| device.push_error_scope(filter));
    let made = make();
    // The last one in is the first one out.
    let errors: Vec<_> = scopes.into_iter().rev().map(|scope| scope.pop()).collect();
    for error in errors {
        if let Some(error) = error.await {
            return Err(GraphicsError::Refused { why: error.to_string() });
        }
    }
    Ok(made)
}

fn le_bytes<T: Copy, const N: usize>(values: &[T], to_bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| to_bytes(*value)).collect()
}

/// Why the graphics processor can't do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GraphicsError {
    /// There is none.
    #[error("it can't be had: {why}")]
    NotHad {
        /// What the browser says.
        why: String,
    },
    /// It does not take a program, or has no memory for rows.
    #[error("it does not take this: {why}")]
    Refused {
        /// What the browser says.
        why: String,
    },
    /// A table that it does not take.
    #[error("a table has {n_bytes} bytes, and it takes {most} at once")]
    TooLarge {
        /// Bytes of the rows.
        n_bytes: u64,
        /// The most that it takes.
        most: u64,
    },
    /// It was taken away.
    #[error("it was lost: {why}")]
    Lost {
        /// What the browser says.
        why: String,
    },
    /// It hangs.
    #[error("it did not answer within {secs} seconds")]
    NoAnswer {
        /// How long it was waited for.
        secs: u64,
    },
    /// It computes something else.
    #[error("it finds other songs than the processor")]
    Wrong,
}
