//! What is published, watched: over a day of made-up time, killed at every point, and with the real program.

mod day;
mod hook;
mod killed;
mod once;
mod receivers;
mod world;
