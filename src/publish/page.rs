//! An address → what anybody gets who asks for it: no credential goes there.

use super::wire::{Answer, Ask, Wire};

/// What a server answered.
#[derive(Debug)]
pub struct Page {
    answer: Answer,
    body: Vec<u8>,
}

impl Page {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    /// All headers of this name.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.answer.headers(name)
    }

    /// The bytes of the answer; where it is not a good one, no more than it takes to say why.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        if self.answer.status == 200 { &self.body } else { &self.answer.body }
    }

    /// The same, taken out.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        if self.answer.status == 200 { self.body } else { self.answer.body }
    }
}

impl Wire {
    /// Asks for `url`, follows nothing, and reads no more than `most` bytes; each is counted in `read`.
    ///
    /// # Errors
    /// Why there is no answer, or not all of one, in words.
    pub fn get(&self, url: &str, most: u64, read: &mut u64) -> Result<Page, String> {
        let headers = &[("accept", "*/*")];
        let ask = Ask { method: "GET", url, headers, credential: None, otp: None, most };
        let mut body = Vec::new();
        let answer = self.read(&ask, None, &mut |piece| {
            *read += piece.len() as u64;
            body.extend_from_slice(piece);
            true
        });
        let answer = answer.map_err(|fault| fault.why)?;
        *read += answer.body.len() as u64;
        Ok(Page { answer, body })
    }
}
