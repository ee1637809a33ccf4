//! One raw deflate stream → bytes in a given buffer, by libdeflate. The only unsafe code of the project.
//!
//! The safe wrapper does not tell how many bytes were consumed, and without that a second gzip member can hide
//! behind the first: comparing trailers is fooled by a forged one.
#![allow(unsafe_code, reason = "libdeflate is a C library; every call is bounded by the slices it is given")]

use libdeflate_sys as sys;

/// How far a whole stream was inflated.
pub(super) struct Inflated {
    /// Bytes read from the input.
    pub(super) consumed: usize,
    /// Bytes written to the output.
    pub(super) produced: usize,
}

/// Inflates the raw deflate stream at the start of `input` into `output`.
///
/// `None` where the stream is broken or does not fit: the caller then reads it piece by piece, which says why.
pub(super) fn inflate(input: &[u8], output: &mut [u8]) -> Option<Inflated> {
    // SAFETY: allocates and returns a pointer that is null or valid until it is freed below.
    let decompressor = unsafe { sys::libdeflate_alloc_decompressor() };
    if decompressor.is_null() {
        return None;
    }
    let mut consumed = 0;
    let mut produced = 0;
    // SAFETY: both pointers come from slices that outlive the call and are passed with the slices' own lengths;
    // libdeflate reads and writes within them only. The two results are plain integers on our stack.
    let result = unsafe {
        sys::libdeflate_deflate_decompress_ex(
            decompressor,
            input.as_ptr().cast(),
            input.len(),
            output.as_mut_ptr().cast(),
            output.len(),
            &raw mut consumed,
            &raw mut produced,
        )
    };
    // SAFETY: allocated above, freed once, not used again.
    unsafe { sys::libdeflate_free_decompressor(decompressor) };
    let sane = consumed <= input.len() && produced <= output.len();
    (result == sys::libdeflate_result_LIBDEFLATE_SUCCESS && sane).then_some(Inflated { consumed, produced })
}
