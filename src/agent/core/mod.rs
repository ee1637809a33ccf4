//! A task, a model and tools → turns, until one of a few known ends. Small, ours and blocking.

mod budget;
mod data;
mod leave;
mod model;
mod playbook;
mod tool;
mod turns;

pub use budget::{Budget, Spent};
pub use data::{DATA, Mark};
pub use leave::{Asked, Leave, UpTo, Word};
pub use model::{Call, Message, Model, ModelFault, Part, Reply, StopReason, Turn};
pub use playbook::Playbook;
pub use tool::{Effect, Outcome, Spec, Tool};
pub use turns::{Stop, Task, doubted, work};
