//! A registry that wants a second factor → a one-time password from whoever can be asked.

use std::time::{Duration, Instant};

use super::PublishError;
use super::credential::Otp;
use super::publisher::{POLL, Publisher};
use super::stage::word;
use super::wire::{Answer, Ask, SHORT};

/// Who can be asked for a second factor.
pub trait Person {
    /// A one-time password; none where nobody can be asked.
    fn code(&self, again: bool) -> Option<String>;
    /// Asks for a page to be opened; false where nobody can be asked. `done` is where it will show that it was answered.
    fn visit(&self, url: &str, done: &str) -> bool;
}

/// As often as a code may be wrong.
const CODES: usize = 3;

/// How long a page may take to be opened and answered.
const VISIT: Duration = Duration::from_mins(5);

/// A page to visit for a second factor.
struct Page {
    /// Where a person goes.
    visit: String,
    /// Where it shows that they did.
    done: String,
}

impl Page {
    fn of(body: &[u8]) -> Option<Self> {
        Some(Self { visit: word(body, "authUrl")?, done: word(body, "doneUrl")? })
    }
}

/// Whether an answer asks for a second factor.
pub(super) fn is_wanted(answer: &Answer) -> bool {
    let asked = answer.header("www-authenticate").is_some_and(|text| text.to_ascii_lowercase().contains("otp"));
    let said = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    answer.status == 401 && (asked || said.contains("one-time pass") || Page::of(&answer.body).is_some())
}

impl Publisher<'_> {
    /// Asks for a second factor, as the registry wants it, where `tries` were given already.
    pub(super) fn second_factor(
        &self,
        answer: &Answer,
        tries: usize,
        scrub: impl Fn(String) -> String,
    ) -> Result<Otp, PublishError> {
        let Some(page) = Page::of(&answer.body) else {
            let wrong = || PublishError::WrongCode;
            if tries >= CODES {
                return Err(wrong());
            }
            let code = self.person.code(tries > 0);
            let code = code.ok_or_else(|| if tries > 0 { wrong() } else { PublishError::Otp })?;
            return Ok(Otp::new(&code, self.registry)?);
        };
        // Whoever answers could send us anywhere.
        let shown = page.visit.starts_with("https://") || self.registry.owns(&page.visit);
        if !self.registry.owns(&page.done) || !shown {
            return Err(PublishError::Page("its address is not that of the registry".to_owned()));
        }
        if tries >= CODES {
            return Err(PublishError::Page("the registry asks for it again and again".to_owned()));
        }
        if !self.person.visit(&scrub(page.visit.clone()), &page.done) {
            return Err(PublishError::Otp);
        }
        self.visited(&page)
    }

    /// Waits until the page was confirmed.
    fn visited(&self, page: &Page) -> Result<Otp, PublishError> {
        let fault = |why: String| PublishError::Page(why);
        let until = Instant::now() + VISIT;
        while Instant::now() < until {
            let ask = Ask { method: "GET", url: &page.done, headers: &[], credential: None, otp: None, most: SHORT };
            let answer = self.wire.ask(&ask, None).map_err(|error| fault(error.why))?;
            match answer.status {
                200 => {
                    let token = word(&answer.body, "token").ok_or_else(|| fault("it gives no password".to_owned()))?;
                    return Ok(Otp::new(&token, self.registry)?);
                }
                202 => {
                    let asked = answer.header("retry-after").and_then(|text| text.parse().ok());
                    std::thread::sleep(Duration::from_secs(asked.unwrap_or(1_u64)).clamp(POLL, VISIT / 10));
                }
                status => return Err(fault(format!("it answers with status {status}"))),
            }
        }
        Err(fault("nobody did within five minutes".to_owned()))
    }
}
