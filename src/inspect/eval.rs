//! Development bundles that hold each module as a string for `eval` → the text of the modules.

use super::carry::carry;
use super::marks::Mark;
use super::{Found, Inspector, Subject, TextKind, map};
use crate::model::{Carrier, Level, Position, Rule};

const EVAL: Rule = Rule::fixed(
    "source/eval",
    (Level::Deny, Level::Warn),
    "a development bundle that carries its modules in eval",
    "Each module stands there with its comments and names, as it was before it was bundled.",
    "build for production: webpack mode: \"production\", and a devtool without \"eval\"",
);

pub(super) struct Evals;

impl Inspector for Evals {
    fn rules(&self) -> Vec<Rule> {
        vec![EVAL]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let text = &*subject.text.bytes;
        if !matches!(subject.text.kind, TextKind::Script | TextKind::Markup | TextKind::Other) {
            return;
        }
        if !subject.marks().any(Mark::Source) {
            return;
        }
        let mut modules = 0_u64;
        let mut first = None;
        let mut originals = Vec::new();
        for at in memchr::memmem::find_iter(text, b"eval").filter(|at| !subject.is_apart(*at)) {
            let Some(raw) = argument(text.get(at + 4..).unwrap_or_default()) else { continue };
            if memchr::memmem::find(raw, b"# sourceURL=")
                .or_else(|| memchr::memmem::find(raw, b"@ sourceURL="))
                .is_none()
            {
                continue;
            }
            modules += 1;
            first.get_or_insert(at);
            let decoded = map::literal(raw);
            if let Some(original) = module(&String::from_utf8_lossy(&decoded)) {
                originals.push(original);
            }
        }
        let Some(first) = first else { return };
        let position = Some(Position::of(text, first));
        carry(found, Carrier::Eval, position, &originals);
        let plural = if modules == 1 { "module stands" } else { "modules stand" };
        found.finding(
            &EVAL,
            position,
            format!("{modules} {plural} in eval, as the development modes of bundlers write them"),
        );
    }
}

/// The inside of the string that is given to `eval`, also through a policy for trusted types.
fn argument(rest: &[u8]) -> Option<&[u8]> {
    // `eval(`, `eval (`, `(0, eval)(`
    let call = rest.get(..rest.len().min(16))?.trim_ascii_start();
    let call = call.strip_prefix(b")").unwrap_or(call).trim_ascii_start();
    call.starts_with(b"(").then_some(())?;
    let rest = rest.get(memchr::memchr(b'(', rest)? + 1..)?;
    let head = rest.get(..rest.len().min(64))?;
    let quote_at = head.iter().position(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let call = head.get(..quote_at)?;
    let quote = *head.get(quote_at)?;
    if !call
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b'(') || b.is_ascii_whitespace())
    {
        return None;
    }
    let mut at = quote_at + 1;
    while let Some(step) = rest.get(at..).and_then(|rest| memchr::memchr2(quote, b'\\', rest)) {
        at += step;
        if rest.get(at) == Some(&quote) {
            return rest.get(quote_at + 1..at);
        }
        at += 2;
    }
    None
}

/// The name and text of a module, without what webpack puts around it; none where a map beside it holds the text.
fn module(evaluated: &str) -> Option<(String, String)> {
    const SOURCE: &str = " sourceURL=";
    if map::holds_text(evaluated) {
        return None;
    }
    let mark = |from: &str| from.rfind("\n//").or_else(|| from.rfind("\n/*"));
    let end = match evaluated.find("\n//# sourceURL=[module]") {
        Some(at) => at,
        None => mark(evaluated.get(..evaluated.rfind(SOURCE)?)?)?,
    };
    let (body, tail) = (evaluated.get(..end)?, evaluated.get(end..)?);
    let url = tail.rsplit(SOURCE).next()?.split_whitespace().next()?;
    let name = url.trim_end_matches('?').to_owned();
    let body = body.strip_suffix('\n').unwrap_or(body);
    // Since 5.99 the module is a block of its own.
    let wrapped = evaluated.trim_end().ends_with('}') && tail.trim_end().ends_with("\n}");
    let body = if wrapped { body.strip_prefix('{').unwrap_or(body) } else { body };
    Some((name, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_webpack_puts_around_a_module_is_taken_off() {
        for (evaluated, text) in [
            ("{a()\n\n\n//# sourceURL=webpack://x/./src/a.js?\n}", "a()\n"),
            ("a()\n\n//# sourceURL=webpack:///./src/a.js?", "a()"),
        ] {
            let (name, body) = module(evaluated).unwrap();
            assert!(name.ends_with("/./src/a.js"), "{name}");
            assert_eq!(body, text);
        }
        assert_eq!(module("a()"), None);
    }

    #[test]
    fn only_a_string_is_an_argument() {
        assert_eq!(argument(b"(\"a\\\"b\")"), Some(&b"a\\\"b"[..]));
        assert_eq!(argument(b")(__webpack_require__.ts(\"a\"))"), Some(&b"a"[..]));
        assert_eq!(argument(b"(code + \"a\")"), None);
    }
}
