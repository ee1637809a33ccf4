//! What went wrong → what is said of it, whether it is tried again, and when.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use ureq::http::HeaderMap;

use super::key::Key;
use crate::agent::clock::Clock;

/// No more of it is told.
const LONGEST: usize = 500;

#[derive(Debug)]
pub(super) struct Fault {
    pub(super) why: String,
    /// Whether another try may do better.
    pub(super) again: bool,
    /// How long the server wants to be left alone.
    pub(super) wait: Option<Duration>,
}

impl Fault {
    /// Another try would end the same way.
    pub(super) fn last(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: false, wait: None }
    }

    /// Another try may do better.
    pub(super) fn again(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: true, wait: None }
    }

    pub(super) fn cut() -> Self {
        Self::again("the answer was cut off before its end")
    }

    /// What a server says in place of an answer.
    pub(super) fn status(status: u16, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let text = String::from_utf8_lossy(body);
        let told = serde_json::from_str(&text).ok().and_then(|body| told(&body)).unwrap_or_else(|| text.into_owned());
        let tip = match status {
            401 | 403 => "; check the key",
            404 | 405 => "; check the url and the name of the model",
            300..=399 => "; it leads elsewhere, where nothing is sent: set the url to the right place",
            _ => "",
        };
        let place = header("location").filter(|_| tip.starts_with("; it")).unwrap_or_default();
        let again = match header("x-should-retry") {
            Some("true") => true,
            Some("false") => false,
            Some(_) | None => passes(status),
        };
        Self { why: format!("the server answers {status}{tip}: {told} {place}"), again, wait: wait(header, now) }
    }

    /// What a server says in the middle of an answer.
    pub(super) fn event(event: &Value) -> Self {
        let error = event.get("error").unwrap_or(event);
        let words = ["type", "code"].map(|key| error.get(key).and_then(Value::as_str).unwrap_or_default());
        let known = ["overloaded", "rate_limit", "api_error", "timeout", "server_error"];
        let code = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let again = code.is_some_and(passes) || words.iter().any(|word| known.iter().any(|own| word.contains(own)));
        let told = told(event).unwrap_or_else(|| error.to_string());
        Self { why: format!("the server broke off: {told}"), again, wait: None }
    }

    /// How long to wait before another try, of which there were `tries`.
    pub(super) fn pause(&self, tries: u32, clock: &dyn Clock) -> Duration {
        let full = Duration::from_millis(500_u64.saturating_mul(1 << tries.min(4)));
        self.wait.unwrap_or_else(|| full.saturating_sub(full / 1024 * u32::from(clock.chance())))
    }

    /// What is told of it: one line without the key.
    pub(super) fn told(&self, key: Option<&Key>) -> String {
        let mut why = line(&self.why, usize::MAX);
        if let Some(key) = key {
            key.scrub(&mut why);
        }
        line(&why, LONGEST)
    }
}

/// Whether it may be over soon.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..)
}

/// What is said in any of the forms that servers have for it.
fn told(body: &Value) -> Option<String> {
    let error = body.get("error").filter(|error| !error.is_null()).unwrap_or(body);
    let texts = [error.get("message"), error.get("detail"), Some(error)];
    let text = texts.into_iter().flatten().find_map(Value::as_str)?;
    let kind = error.get("type").and_then(Value::as_str);
    Some(kind.map_or_else(|| text.to_owned(), |kind| format!("{text} ({kind})")))
}

/// One line of it, without signs that steer a terminal.
fn line(text: &str, most: usize) -> String {
    let steers = |sign: char| {
        let steering = ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
        sign == '\u{feff}' || steering.iter().any(|signs| signs.contains(&sign))
    };
    let plain: String =
        text.chars().filter(|sign| sign.is_whitespace() || !(sign.is_control() || steers(*sign))).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let mut line = words.join(" ");
    if line.len() > most {
        line.truncate(line.floor_char_boundary(most));
        line.push('…');
    }
    line
}

fn wait<'h>(header: impl Fn(&str) -> Option<&'h str>, now: SystemTime) -> Option<Duration> {
    let number = |name: &str| header(name)?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|wait| wait / 1000.0).filter(|wait| *wait > 0.0);
    let seconds = seconds.or_else(|| number("retry-after"));
    let wait = match seconds {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => date(header("retry-after")?).and_then(|date| date.duration_since(now).ok()),
    };
    wait.filter(|wait| !wait.is_zero())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let name = words.next()?;
    let month = MONTHS.iter().zip(1_u64..).find(|(own, _)| **own == name)?.1;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<u64>().ok().filter(|part| *part <= 60));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Counted in years that begin in March, so that the day that is not always there is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let seconds = days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
