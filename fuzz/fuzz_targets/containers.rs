//! Any bytes as a container inside an artifact: every form, every packer of programs.
#![no_main]

use lastlook::model::{Entry, Finding, Limits};
use lastlook::open::{Meter, Sink, sniff};
use libfuzzer_sys::fuzz_target;

/// Takes entries as far down as they go.
struct Taken<'m> {
    meter: &'m Meter,
    depth: u32,
    bytes: u64,
}

impl<'a> Sink<'a> for Taken<'_> {
    fn entry(&mut self, entry: Entry<'a>) {
        self.bytes += entry.body.len() as u64;
        if self.depth < 4 && !entry.rest {
            let mut inner = Taken { meter: self.meter, depth: self.depth + 1, bytes: 0 };
            let name = entry.path.as_str();
            sniff(&entry.body, name).and_then(|form| form.open(&entry.body, name, self.meter, &mut inner));
        }
    }
    fn finding(&mut self, _: Finding) {}
}

fuzz_target!(|data: (u8, Vec<u8>)| {
    let names = ["a", "a.zip", "a.js.br", "a.gz"];
    let limits = Limits { unpacked: 16 << 20, ..Limits::default() };
    let meter = Meter::new(limits, data.1.len() as u64);
    let mut taken = Taken { meter: &meter, depth: 0, bytes: 0 };
    let name = names[usize::from(data.0) % names.len()];
    sniff(&data.1, name).and_then(|form| form.open(&data.1, name, &meter, &mut taken));
});
