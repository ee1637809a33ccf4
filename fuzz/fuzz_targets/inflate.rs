//! Any deflate stream behind a sound header, with a trailer that claims some length.
#![no_main]

use lastlook::model::Limits;
use lastlook::open::{Buffer, Input, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u32, u32, Vec<u8>)| {
    let (crc, len, stream) = data;
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bytes.extend(stream);
    bytes.extend(crc.to_le_bytes());
    bytes.extend((len % (1 << 20)).to_le_bytes());
    let input = Input::from_vec(bytes);
    let mut buffer = Buffer::default();
    drop(unpack(&input, &mut buffer, &Limits::default()));
});
