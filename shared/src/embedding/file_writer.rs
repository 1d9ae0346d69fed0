//! Writing safetensors files.
//!
//! The header is written here rather than by the crate `safetensors`, which writes metadata in random
//! order: the same tensors must give the same bytes.

use safetensors::Dtype;
use serde::Serialize;
use std::collections::BTreeMap;

/// Collects tensors and then writes the file: 8 bytes length of the header, the header (JSON,
/// padded with blanks to a multiple of 8), the data.
#[derive(Default)]
pub(crate) struct FileWriter {
    header: BTreeMap<&'static str, HeaderEntry>,
    data: Vec<u8>,
}

/// An entry of the header. Its keys come in this order, whatever features `serde_json` has.
#[derive(Serialize)]
#[serde(untagged)]
enum HeaderEntry {
    Tensor { dtype: Dtype, shape: Vec<usize>, data_offsets: [usize; 2] },
    Metadata(BTreeMap<String, String>),
}

impl FileWriter {
    /// Adds a tensor; those with wider elements must come first, which keeps all of them aligned.
    pub(crate) fn tensor(
        &mut self,
        name: &'static str,
        dtype: Dtype,
        shape: &[usize],
        bytes: Vec<u8>,
    ) {
        let start = self.data.len();
        self.data.extend(bytes);
        let (shape, data_offsets) = (shape.to_vec(), [start, self.data.len()]);
        self.header.insert(name, HeaderEntry::Tensor { dtype, shape, data_offsets });
    }

    /// The bytes of the file.
    pub(crate) fn finish(mut self, metadata: BTreeMap<String, String>) -> Vec<u8> {
        self.header.insert("__metadata__", HeaderEntry::Metadata(metadata));
        let mut header = serde_json::to_vec(&self.header).expect("names and numbers are JSON");
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(self.data);
        bytes
    }
}
