//! A connection: one request after the other, with what goes wrong and where the test wants it held.

use super::body::Body;
use super::faults::{Fault, changed, refusal};
use super::hold::{Moment, Points};
use super::http::{Answer, Head};
use super::respond::respond;
use super::route::Call;
use super::wire::{Gone, Wire};

/// Until the other side hangs up, or there is reason to.
pub fn serve(mut wire: Wire) {
    while let Ok(true) = exchange(&mut wire) {}
}

fn pass(points: &Points, moment: Moment) -> Result<(), Gone> {
    if points.pass(moment) { Ok(()) } else { Err(Gone) }
}

/// One request and its answer. Whether another may follow.
fn exchange(wire: &mut Wire) -> Result<bool, Gone> {
    let start = wire.place();
    let head = wire.head()?;
    let shared = std::sync::Arc::clone(&wire.shared);
    let call = Call::read(&shared.prefix, &head.method, &head.target);
    let request = shared.record.lock().unwrap().request(wire.connection, start, wire.place(), &head, &call);
    shared.arrived.notify_all();
    let (faults, points) = (shared.faults.of(call.route), shared.holds.of(call.route));
    pass(&points, Moment::Head)?;
    if let Some(answer) = receive(wire, request, &head, &faults, &points)? {
        wire.send(&answer.1.head(Some(answer.1.body.len()), true))?;
        wire.send(&answer.1.body)?;
        let mut rest = answer.0;
        wire.drain(&mut rest)?;
        return Ok(false);
    }
    let body = shared.record.lock().unwrap().complete(request);
    pass(&points, Moment::Received)?;
    let answer = refusal(&faults, &head).unwrap_or_else(|| respond(&shared, &head, &call, &body));
    pass(&points, Moment::Done)?;
    answer_with(wire, &head, &faults, &points, &changed(&faults, answer))
}

/// Reads the body. What is to be said before all of it came, and how far it is then.
fn receive(
    wire: &mut Wire,
    request: usize,
    head: &Head,
    faults: &[Fault],
    points: &Points,
) -> Result<Option<(Body, Answer)>, Gone> {
    let early = faults.iter().find_map(|fault| match fault {
        Fault::Cut(bytes) => Some((*bytes, None)),
        Fault::Early(bytes, answer) => Some((*bytes, Some(answer))),
        _ => None,
    });
    let mut body = Body::of(head);
    let expects = head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    if expects && early.as_ref().is_none_or(|(bytes, _)| *bytes > 0) {
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut stops = points.of_body();
    stops.extend(early.as_ref().map(|(bytes, _)| *bytes));
    stops.sort_unstable();
    let mut have = 0;
    for stop in stops {
        have = wire.body(request, &mut body, have, stop)?;
        if have < stop {
            continue;
        }
        pass(points, Moment::Body(stop))?;
        if let Some((_, said)) = early.as_ref().filter(|(bytes, _)| *bytes == stop) {
            // Whoever expects a word before sending the rest has nothing to be thrown away.
            let rest = if expects && stop == 0 { Body::Done } else { body };
            return said.map(|answer| Some((rest, answer.clone()))).ok_or(Gone);
        }
    }
    wire.body(request, &mut body, have, usize::MAX)?;
    Ok(None)
}

/// Sends the answer as the faults will have it. Whether another request may follow.
fn answer_with(wire: &mut Wire, head: &Head, faults: &[Fault], points: &Points, answer: &Answer) -> Result<bool, Gone> {
    let mut pause = None;
    let (mut close, mut half) = (head.header("connection").is_some_and(|value| value == "close"), false);
    let mut length = answer.body.len();
    for fault in faults {
        match fault {
            Fault::DoneThenCut => return Err(Gone),
            Fault::Slow(limit) => wire.pause(*limit)?,
            Fault::Endless => return wire.endless(answer).map(|()| false),
            Fault::Trickle(each) => pause = Some(*each),
            Fault::Half => half = true,
            Fault::Length(more) => (length, close) = (length.saturating_add_signed(*more), true),
            _ => {}
        }
    }
    let mut bytes = answer.head(Some(length), close);
    bytes.extend_from_slice(&answer.body);
    if half || points.has(Moment::HalfAnswered) {
        let rest = bytes.split_off(bytes.len() / 2);
        wire.send(&bytes)?;
        pass(points, Moment::HalfAnswered)?;
        if half {
            return Err(Gone);
        }
        bytes = rest;
    }
    match pause {
        Some(pause) => wire.trickle(&bytes, pause)?,
        None => wire.send(&bytes)?,
    }
    Ok(!close)
}
