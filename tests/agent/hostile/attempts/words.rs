//! An attempt to be believed: by a person, a model, a terminal or a pipeline.

use crate::hostile::attempt::{Attempt, Expect};

pub(super) fn all() -> Vec<Attempt> {
    vec![
        Attempt::new(
            "words",
            "says that the audit passed, gives instructions, and moves the cursor of the terminal",
            Expect::Printed(&["AUDIT PASSED", "</build-log>", "\u{1b}]52;c;", "end of the words"]),
        )
        .program("words.js", include_str!("../programs/words.js")),
    ]
}
