//! What the tests of publishing stand on holds by itself.

mod access;
mod faults;
mod holds;
mod peers;
mod records;
mod store;
