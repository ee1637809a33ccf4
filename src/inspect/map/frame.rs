//! What is open while JSON is read, and what the grammar asks for next.

use super::fields::{Fields, Key};

/// An object or a list that is open.
#[derive(Debug)]
pub(super) enum Frame {
    Object { key: Key, fields: Option<Box<Fields>>, section: bool, section_map: bool, holds: bool, at: usize },
    Array { list: Key, index: usize },
}

/// What the grammar asks for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    Colon,
    CommaOrClose,
    Nothing,
}
