//! What was published → whether it is what it should be, seen from outside.

pub mod site;
