//! What is out there → whether it is what it should be, as a stranger sees it.

mod hosted;
mod package;
mod shown;
mod since;
pub mod site;
mod tags;

pub use package::{Released, VerifyError, meant};
pub use since::{Denied, Exposed, Past, exposed, seconds, span};
pub use tags::moved;
