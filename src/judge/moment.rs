//! A second ↔ how RFC 3339 writes it in UTC.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A second since 1970. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// This second.
    #[must_use]
    pub fn now() -> Self {
        Self::of(SystemTime::now())
    }

    /// The second in which `time` lies.
    #[must_use]
    pub fn of(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    /// How many seconds it lies behind `earlier`; none where a clock was set back.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Reads a time as registries write it: with parts of a second, and in any zone.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once('T')?;
        let mut date = date.split('-').map(|part| part.parse::<u64>().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let mut clock = rest.get(..8)?.split(':').map(|part| part.parse::<u64>().ok());
        let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
        if year > 9999 || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let local = days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second;
        // Behind the seconds and their parts stands how far that clock is from UTC.
        let zone = rest.get(8..)?.trim_start_matches(|sign: char| sign == '.' || sign.is_ascii_digit());
        let offset = |text: &str| {
            let (hours, minutes) = text.split_once(':')?;
            let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
            // No clock is further away.
            (hours < 24 && minutes < 60).then(|| hours * 3600 + minutes * 60)
        };
        let seconds = match zone.chars().next() {
            None => Some(local),
            Some('Z' | 'z') if zone.len() == 1 => Some(local),
            Some('+') => local.checked_sub(offset(zone.get(1..)?)?),
            Some('-') => local.checked_add(offset(zone.get(1..)?)?),
            Some(_) => None,
        };
        seconds.map(Self)
    }

    /// So many seconds later.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// So many seconds earlier.
    #[must_use]
    pub fn before(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Reads the one form that it is written in.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let part = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
        let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
        let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
        let moment = Self(days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second);
        // Whatever else could be read so is not written so.
        (moment.to_string() == text).then_some(moment)
    }
}

/// The days from 1 January 1970 to this one.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that a leap day is the last of its year.
    let years = if month < 3 { year - 1 } else { year };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (years * 365 + years / 4 - years / 100 + years / 400 + in_year).checked_sub(719_468)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0 / 86_400 + 719_468, self.0 % 86_400);
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month < 3);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// It is written in the one form that is parsed again.
impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a time is not written as lastlook writes it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (second, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_219_200, "2026-11-21T00:00:00Z"),
        ] {
            assert_eq!(Moment(second).to_string(), text);
            assert_eq!(Moment::parse(text), Some(Moment(second)));
        }
        for day in 0..200_000 {
            let moment = Moment(day * 86_400 + day % 86_400);
            assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
        }
    }

    #[test]
    fn no_other_form_is_a_moment() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T00:00:00+00:00",
            "2026-11-21T00:00:00.0Z",
            "2026-11-21 00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T00:00:60Z",
            "1969-12-31T23:59:59Z",
            "+026-11-21T00:00:00Z",
            "2026-11-21T00:00:00Z ",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
