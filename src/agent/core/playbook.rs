//! The model that needs none: it asks for the fixes that lastlook knows, and makes each of them.

use serde_json::{Value, json};

use super::model::{Call, Message, Model, ModelFault, Part, Reply, StopReason, Turn};

/// Asks for the known fixes, makes each of them, and ends.
#[derive(Debug, Default)]
pub struct Playbook {
    /// What is left to do; none before the fixes were asked for.
    fixes: Option<Vec<Value>>,
    calls: u64,
}

impl Model for Playbook {
    fn name(&self) -> String {
        "playbook".to_owned()
    }

    fn turn(&mut self, turn: &Turn<'_>) -> Result<Reply, ModelFault> {
        let part = match &mut self.fixes {
            None => {
                self.fixes = Some(Vec::new());
                self.call("fixes", json!({}))
            }
            Some(fixes) => {
                // The first answer is the list of them.
                if let (1, Some(Message::Answer { text, failed: false, .. })) = (self.calls, turn.messages.last()) {
                    // It stands between marks, on a line of its own.
                    let line = text.lines().find(|line| line.starts_with('{')).unwrap_or_default();
                    let list: Value = serde_json::from_str(line).unwrap_or_default();
                    fixes.extend(list.get("fixes").and_then(Value::as_array).into_iter().flatten().rev().cloned());
                }
                match fixes.pop() {
                    Some(fix) => self.call("fix", json!({ "fix": fix.get("fix") })),
                    None => Part::Text("These are the fixes that are known.".to_owned()),
                }
            }
        };
        let stop = if matches!(part, Part::Call(_)) { StopReason::Calls } else { StopReason::End };
        Ok(Reply { parts: vec![part], stop, tokens: 0, cost: 0, raw: Value::Null })
    }
}

impl Playbook {
    fn call(&mut self, tool: &str, input: Value) -> Part {
        self.calls += 1;
        Part::Call(Call { id: format!("call-{}", self.calls), tool: tool.to_owned(), input: Ok(input) })
    }
}
