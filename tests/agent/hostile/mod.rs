//! A project whose build is hostile, in many variants, and the listeners that would notice if one succeeded.
//!
//! Aim at the listeners and the planted files, write the project of an attempt, run it, and ask who heard and what
//! changed. `control` shows that each attempt works where nothing holds it back.

mod aim;
mod attempt;
mod attempts;
mod bystander;
mod contained;
mod control;
mod held;
mod listeners;
mod looked;
mod manifest;
mod minds;
mod planted;
mod project;
mod said;
mod sources;

use aim::Aim;
pub use looked::found;

/// The attempts that are asked for by their names, separated by commas.
fn named() -> Option<String> {
    std::env::var("LASTLOOK_HOSTILE_ONLY").ok()
}

/// Four tests share the attempts: in a pipeline each is tried in one way, elsewhere each second one, since they take
/// minutes; `LASTLOOK_HOSTILE=all` tries each in every way.
fn in_share(number: usize, share: usize) -> bool {
    let set = |name: &str, value: &str| std::env::var_os(name).is_some_and(|own| own == value);
    let of = if set("CI", "true") { 4 } else { 8 };
    set("LASTLOOK_HOSTILE", "all") || number % of == share
}
