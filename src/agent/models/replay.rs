//! What was recorded → the same again, one reply after the other.

use std::collections::VecDeque;

use crate::agent::core::{Call, Model, ModelFault, Part, Reply, StopReason, Turn};
use crate::agent::session::{Line, What};

/// Says again what was said once.
#[derive(Debug)]
pub struct Replay {
    replies: VecDeque<Reply>,
}

impl Replay {
    /// Gives `replies` back in their order.
    #[must_use]
    pub fn of(replies: Vec<Reply>) -> Self {
        Self { replies: replies.into() }
    }

    /// Gives back what models said in a session.
    #[must_use]
    pub fn recorded(lines: &[Line]) -> Self {
        let mut replies: Vec<Reply> = Vec::new();
        for line in lines {
            let part = match &line.what {
                What::Replied { stop, tokens, cost, raw, .. } => {
                    let (stop, tokens, cost) = (StopReason::of_word(stop), *tokens, *cost);
                    replies.push(Reply { parts: Vec::new(), stop, tokens, cost, raw: raw.clone() });
                    continue;
                }
                What::Said { text, .. } => Part::Text(text.clone()),
                What::Called { id, tool, input, unread, .. } => {
                    let input =
                        if *unread { Err(input.as_str().unwrap_or_default().to_owned()) } else { Ok(input.clone()) };
                    Part::Call(Call { id: id.clone(), tool: tool.clone(), input })
                }
                _ => continue,
            };
            if let Some(reply) = replies.last_mut() {
                reply.parts.push(part);
            }
        }
        Self { replies: replies.into() }
    }
}

impl Model for Replay {
    fn name(&self) -> String {
        "replay".to_owned()
    }

    fn turn(&mut self, _: &Turn<'_>) -> Result<Reply, ModelFault> {
        self.replies.pop_front().ok_or_else(|| ModelFault {
            model: "replay".to_owned(),
            why: "the recording has no further reply".to_owned(),
        })
    }
}
