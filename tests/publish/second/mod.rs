//! What comes beside the first credential: second factors, second looks, identities, settings and provenance.

mod codes;
mod jobs;
mod provenance;
mod settings;
mod staged;
