//! What pipelines are given.
