//! Bytes of an event stream → the data of its events, however both are cut.

use super::fault::Fault;

/// No event is longer.
const LONGEST: usize = 4 << 20;

/// No answer has more.
const MOST: usize = 500_000;

#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    /// Whether the event has data, which may be empty.
    some: bool,
    /// Whether a line has just ended with a carriage return, to which a line feed may belong.
    returned: bool,
    count: usize,
}

impl Events {
    /// Hands on what `piece` completes; true when that was the last of it.
    pub(super) fn take(
        &mut self,
        piece: &[u8],
        each: &mut dyn FnMut(&str) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        for byte in piece {
            match byte {
                b'\n' if std::mem::take(&mut self.returned) => {}
                b'\n' | b'\r' => {
                    self.returned = *byte == b'\r';
                    if self.ended()? && self.event(each)? {
                        return Ok(true);
                    }
                }
                byte => {
                    self.returned = false;
                    self.line.push(*byte);
                    if self.line.len() > LONGEST {
                        return Err(too_much());
                    }
                }
            }
        }
        Ok(false)
    }

    /// Hands on an event that nothing came after.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&str) -> Result<bool, Fault>) -> Result<bool, Fault> {
        self.ended()?;
        Ok(self.some && self.event(each)?)
    }

    /// A line has ended; true when an event has, too.
    fn ended(&mut self) -> Result<bool, Fault> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(self.some);
        }
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        // Comments, names and numbers of events say nothing that the data doesn't.
        let Some(rest) = line.strip_prefix(b"data") else { return Ok(false) };
        let Some(rest) = rest.strip_prefix(b":").or_else(|| rest.is_empty().then_some(rest)) else { return Ok(false) };
        if self.some {
            self.data.push(b'\n');
        }
        self.some = true;
        self.data.extend_from_slice(rest.strip_prefix(b" ").unwrap_or(rest));
        if self.data.len() > LONGEST { Err(too_much()) } else { Ok(false) }
    }

    fn event(&mut self, each: &mut dyn FnMut(&str) -> Result<bool, Fault>) -> Result<bool, Fault> {
        self.some = false;
        self.count += 1;
        if self.count > MOST {
            return Err(too_much());
        }
        let data = std::mem::take(&mut self.data);
        each(&String::from_utf8_lossy(&data))
    }
}

fn too_much() -> Fault {
    Fault::last("the answer has more or longer events than any model needs; check the url")
}
