//! The memory of tensors and songs.

/// Keeps memory that was given back for what comes next, where the C library is glibc.
///
/// A training step makes tensors of tens of megabytes and drops them. glibc asks the system for each of these and
/// returns it at once, so that every step touches fresh pages, which the system fills with zeros first: half of the time
/// of a step of the thesis's network, and a tenth of preparing a song (`docs/performance.md`). Elsewhere this does
/// nothing.
pub(crate) fn keep() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // Nothing mapped for itself; the heap grows by 64 MiB at a time and shrinks never.
        let options = [
            (libc::M_MMAP_MAX, 0),
            (libc::M_TOP_PAD, 64 << 20),
            (libc::M_TRIM_THRESHOLD, libc::c_int::MAX),
        ];
        for (option, value) in options {
            #[expect(unsafe_code, reason = "there is no other way to tell the C library")]
            // SAFETY: the function takes its own lock, and these options only say where later memory comes from.
            let _kept_or_not = unsafe { libc::mallopt(option, value) };
        }
    }
}
