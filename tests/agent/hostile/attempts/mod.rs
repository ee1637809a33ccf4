//! What there is to aim at -> every attempt, by what it goes for.

mod files;
mod kernel;
mod limits;
mod network;
mod packed;
mod processes;
mod publishing;
mod reading;
mod words;

use super::aim::Aim;
use super::attempt::Attempt;

/// All of them, in a fixed order.
pub fn attempts(aim: &Aim) -> Vec<Attempt> {
    let mut all = publishing::all(aim);
    all.extend(network::all());
    all.extend(reading::all());
    all.extend(processes::all());
    all.extend(kernel::all());
    all.extend(files::all(aim));
    all.extend(packed::all());
    all.extend(limits::all());
    all.extend(words::all());
    all
}
