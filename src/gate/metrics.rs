//! What happens at the gate, in numbers, as Prometheus reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The counters of a gate.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    requests: Mutex<Requests>,
    outcomes: Mutex<BTreeMap<&'static str, u64>>,
    pub(super) connections: Gauge,
    pub(super) in_flight: Gauge,
    pub(super) received: AtomicU64,
    pub(super) open_ends: Gauge,
}

/// How many there were, and how long they took, by what they meant and how they were answered.
type Requests = BTreeMap<(&'static str, u16), (u64, f64)>;

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicI64);

/// One more, for as long as this is there.
pub(super) struct Counted<'g>(&'g Gauge);

impl Gauge {
    pub(super) fn count(&self) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self)
    }

    pub(super) fn set(&self, value: usize) {
        self.0.store(i64::try_from(value).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(super) fn request(&self, route: &'static str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let row = requests.entry((route, status)).or_default();
        row.0 += 1;
        row.1 += took.as_secs_f64();
    }

    pub(super) fn outcome(&self, word: &'static str) {
        *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).entry(word).or_default() += 1;
    }

    /// All of them, in the form that is scraped.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP lastlook_gate_{name} {help}\n# TYPE lastlook_gate_{name} {kind}");
        };
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        head(&mut text, "requests_total", "counter", "Requests, by what they meant and how they were answered.");
        for ((route, status), (count, _)) in &requests {
            let _ = writeln!(text, "lastlook_gate_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}");
        }
        head(&mut text, "request_seconds_total", "counter", "Time that they took.");
        for ((route, status), (_, seconds)) in &requests {
            let _ = writeln!(
                text,
                "lastlook_gate_request_seconds_total{{route=\"{route}\",status=\"{status}\"}} {seconds:.6}"
            );
        }
        head(&mut text, "releases_total", "counter", "Releases, by what became of them.");
        for (word, count) in self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(text, "lastlook_gate_releases_total{{outcome=\"{word}\"}} {count}");
        }
        for (name, help, gauge) in [
            ("connections", "Connections that are open.", &self.connections),
            ("in_flight", "Releases and changes that are being worked on.", &self.in_flight),
            ("open_ends", "Releases of which nobody knows yet whether they are out.", &self.open_ends),
        ] {
            head(&mut text, name, "gauge", help);
            let _ = writeln!(text, "lastlook_gate_{name} {}", gauge.0.load(Ordering::Relaxed));
        }
        head(&mut text, "received_bytes_total", "counter", "Bytes of bodies that were received.");
        let _ = writeln!(text, "lastlook_gate_received_bytes_total {}", self.received.load(Ordering::Relaxed));
        text
    }
}
