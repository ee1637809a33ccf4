//! Edits → one unified diff that a person can read and `git apply` takes.

use super::Edit;

/// Lines of context.
const AROUND: usize = 3;
/// How many lines are looked ahead to find where two texts meet again.
const REACH: usize = 60;

#[derive(Clone, Copy)]
struct Step<'t> {
    sign: char,
    line: &'t str,
}

/// The edits as one unified diff.
#[must_use]
pub fn patch(edits: &[Edit]) -> String {
    edits.iter().filter(|edit| edit.before.as_deref() != Some(edit.after.as_str())).map(file).collect()
}

fn file(edit: &Edit) -> String {
    let (old, new) = (name("a", &edit.path), name("b", &edit.path));
    // A tab ends a name that holds spaces.
    let tab = if edit.path.contains(' ') { "\t" } else { "" };
    let head = match edit.before {
        Some(_) => format!("diff --git {old} {new}\n--- {old}{tab}\n+++ {new}{tab}\n"),
        None => format!("diff --git {old} {new}\nnew file mode 100644\n--- /dev/null\n+++ {new}{tab}\n"),
    };
    head + &hunks(&steps(edit.before.as_deref().unwrap_or_default(), &edit.after))
}

/// A path as git writes it.
fn name(side: &str, path: &str) -> String {
    let odd = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\' || byte == 0x7f;
    if !path.bytes().any(odd) {
        return format!("{side}/{path}");
    }
    let mut quoted = format!("\"{side}/");
    for letter in path.chars() {
        match u8::try_from(letter) {
            Ok(byte) if odd(byte) => quoted.push_str(&format!("\\{byte:03o}")),
            _ => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn steps<'t>(before: &'t str, after: &'t str) -> Vec<Step<'t>> {
    let (old, new): (Vec<_>, Vec<_>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    let mut steps = Vec::new();
    while let (Some(left), Some(right)) = (old.first(), new.first()) {
        let (gone, come) = if left == right { (0, 0) } else { meet(old, new) };
        steps.extend(old.iter().take(gone).map(|line| Step { sign: '-', line }));
        steps.extend(new.iter().take(come).map(|line| Step { sign: '+', line }));
        (old, new) = (old.get(gone..).unwrap_or_default(), new.get(come..).unwrap_or_default());
        if let (Some((line, older)), Some((_, newer))) = (old.split_first(), new.split_first()) {
            steps.push(Step { sign: ' ', line });
            (old, new) = (older, newer);
        }
    }
    steps.extend(old.iter().map(|line| Step { sign: '-', line }));
    steps.extend(new.iter().map(|line| Step { sign: '+', line }));
    steps
}

/// How many lines of each text go by before they meet again.
fn meet(old: &[&str], new: &[&str]) -> (usize, usize) {
    let pairs = (1..=REACH).flat_map(|sum| (0..=sum).map(move |gone| (gone, sum - gone)));
    let same = |(gone, come): &(usize, usize)| old.get(*gone).is_some_and(|line| new.get(*come) == Some(line));
    pairs.into_iter().find(same).unwrap_or((old.len(), new.len()))
}

fn hunks(steps: &[Step<'_>]) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (at, _) in steps.iter().enumerate().filter(|(_, step)| step.sign != ' ') {
        let (from, to) = (at.saturating_sub(AROUND), (at + AROUND + 1).min(steps.len()));
        match spans.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            _ => spans.push((from, to)),
        }
    }
    let (mut text, mut done, mut old, mut new) = (String::new(), 0, 0, 0);
    let count = |part: &[Step<'_>], sign| part.iter().filter(|step| step.sign != sign).count();
    for (from, to) in spans {
        let between = steps.get(done..from).unwrap_or_default();
        (old, new) = (old + count(between, '+'), new + count(between, '-'));
        let part = steps.get(from..to).unwrap_or_default();
        let (gone, come) = (count(part, '+'), count(part, '-'));
        // An empty side is named by the line before it.
        let (left, right) = (old + usize::from(gone > 0), new + usize::from(come > 0));
        text.push_str(&format!("@@ -{left},{gone} +{right},{come} @@\n"));
        for step in part {
            write(&mut text, *step);
        }
        (old, new, done) = (old + gone, new + come, to);
    }
    text
}

fn write(text: &mut String, step: Step<'_>) {
    text.push(step.sign);
    text.push_str(step.line);
    if !step.line.ends_with('\n') {
        text.push_str("\n\\ No newline at end of file\n");
    }
}
