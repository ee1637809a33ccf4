//! What clients read → asked of the registry in our words, without the credential that publishes.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::PoisonError;

use serde_json::{Value, json};

use super::reply::{Out, Reply};
use super::route::Read;
use super::upstream::Upstream;
use super::{Asked, Gate};
use crate::publish::Registry;

/// No document is longer, and no tarball.
const DOCUMENT: u64 = 100 << 20;
const VALUES: usize = 3_000_000;
const TARBALL: u64 = 1 << 30;

const JSON: &str = "application/json";
const SHORT_FORM: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";
const BYTES: &str = "application/octet-stream, */*; q=0.1";

impl Gate {
    /// Answers a read. `short` asks for the short form of a document.
    pub(super) fn read(&self, asked: &Asked, read: &Read, short: bool) -> Reply {
        let name = match read {
            Read::Package { name, .. }
            | Read::Version { name, .. }
            | Read::Tarball { name, .. }
            | Read::Tags { name } => Some(name),
            Read::Stages { .. } | Read::Stage { .. } => None,
        };
        let upstream = name.map_or_else(|| self.upstreams.account(), |name| self.upstreams.of(name));
        let Some(upstream) = upstream else {
            return Reply::no(404, "lastlook: no registry behind this gate has that");
        };
        let registry = &upstream.registry;
        let answer = match read {
            Read::Package { name, write } => {
                let query = if *write { "?write=true" } else { "" };
                let accept = if short { SHORT_FORM } else { JSON };
                self.document(asked, upstream, name, &format!("{}{query}", registry.package(name)), accept)
            }
            Read::Version { name, version } => {
                self.document(asked, upstream, name, &format!("{}/{version}", registry.package(name)), JSON)
            }
            Read::Tags { name } => self.fetched(upstream, &tags(registry, name), JSON, DOCUMENT),
            Read::Tarball { name, file } => self.tarball(upstream, name, file),
            Read::Stages { page } => {
                self.fetched(upstream, &registry.at(&format!("-/stage?page={page}&perPage=100")), JSON, DOCUMENT)
            }
            Read::Stage { id, tarball: false } => {
                self.fetched(upstream, &registry.at(&format!("-/stage/{id}")), JSON, DOCUMENT)
            }
            Read::Stage { id, tarball: true } => {
                self.fetched(upstream, &registry.at(&format!("-/stage/{id}/tarball")), BYTES, TARBALL)
            }
        };
        answer.unwrap_or_else(|why| {
            self.say("read", &[("why", &why), ("registry", &registry.url())]);
            Reply::no(502, "lastlook: the registry behind the gate can not be read")
        })
    }

    /// Whether a page for a second factor was answered.
    pub(super) fn done(&self, id: &str) -> Reply {
        let Some(url) = self.waiting.get(id) else { return Reply::no(404, "lastlook: there is no such page") };
        let Some(upstream) = self.upstreams.all().find(|upstream| upstream.registry.owns(&url)) else {
            return Reply::no(404, "lastlook: there is no such page");
        };
        let (mut text, mut read) = (None, 0);
        match upstream.wire.get(&url, 64 << 10, &mut read) {
            Ok(page) if page.status() == 200 => text = serde_json::from_slice::<Value>(page.body()).ok(),
            Ok(page) if page.status() == 202 => {
                let wait = page.header("retry-after").and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
                return Reply::json(202, &json!({})).with("retry-after", &wait.clamp(1, 60).to_string());
            }
            Ok(_) | Err(_) => {}
        }
        match text.as_ref().and_then(|text| text.get("token")?.as_str()) {
            Some(token) => Reply::json(200, &json!({ "token": token })),
            None => Reply::no(502, "lastlook: the registry does not say whether the page was answered"),
        }
    }

    /// A document, in which tarballs lie behind the gate, too.
    fn document(
        &self,
        asked: &Asked,
        upstream: &Upstream,
        name: &str,
        url: &str,
        accept: &'static str,
    ) -> Result<Reply, String> {
        let reply = self.fetched(upstream, url, accept, DOCUMENT)?;
        if reply.status != 200 {
            return Ok(reply);
        }
        let text = bytes(reply.body).map_err(|error| error.to_string())?;
        // What is read takes many times its length: one at a time, and none that holds more than packages do.
        if memchr::memchr3_iter(b',', b'[', b'{', &text).take(VALUES + 1).count() > VALUES {
            return Err("its answer holds more values than any package has".to_owned());
        }
        let _one = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut document: Value =
            serde_json::from_slice(&text).map_err(|error| format!("its answer is no package: {error}"))?;
        drop(text);
        let behind = |manifest: &mut Value| {
            let tarball = manifest.pointer_mut("/dist/tarball");
            if let Some(Value::String(tarball)) = tarball {
                let file =
                    tarball.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
                *tarball = asked.at(&format!("{name}/-/{file}"));
            }
        };
        behind(&mut document);
        if let Some(Value::Object(versions)) = document.get_mut("versions") {
            versions.values_mut().for_each(behind);
        }
        let kind = if accept == JSON { JSON } else { "application/vnd.npm.install-v1+json" };
        Ok(Reply::text(kind, document.to_string().into_bytes()))
    }

    fn tarball(&self, upstream: &Upstream, name: &str, file: &str) -> Result<Reply, String> {
        let usual = upstream.registry.at(&format!("{name}/-/{file}"));
        let reply = self.fetched(upstream, &usual, BYTES, TARBALL)?;
        if reply.status != 404 {
            return Ok(reply);
        }
        // Some registries keep them elsewhere, and their documents tell.
        let Some(seen) = upstream.reader().package(name)? else { return Ok(reply) };
        let dist = seen.versions().map(|(_, dist)| dist).find(|dist| {
            dist.tarball.split(['?', '#']).next().is_some_and(|path| path.rsplit('/').next() == Some(file))
        });
        match dist {
            Some(dist) if dist.tarball != usual => self.fetched(upstream, &dist.tarball, BYTES, TARBALL),
            _ => Ok(reply),
        }
    }

    /// What is at an address, in a file that nobody else has: a client that takes its time keeps nobody waiting.
    fn fetched(&self, upstream: &Upstream, url: &str, accept: &'static str, most: u64) -> Result<Reply, String> {
        let fault = |error: io::Error| format!("no answer can be kept: {error}");
        let mut file = tempfile::tempfile_in(self.spool()).map_err(fault)?;
        let (mut len, mut failed) = (0, None);
        let status = upstream.reader().stream(url, accept, most, &mut |piece| {
            len += piece.len() as u64;
            failed = file.write_all(piece).err();
            failed.is_none()
        })?;
        if let Some(error) = failed {
            return Err(fault(error));
        }
        match status {
            200 => {
                file.seek(SeekFrom::Start(0)).map_err(fault)?;
                let kind = if accept == BYTES { "application/octet-stream" } else { JSON };
                Ok(Reply {
                    status: 200,
                    headers: vec![("content-type", kind.to_owned())],
                    body: Out::File(file, len, None),
                })
            }
            status @ (401 | 403 | 404 | 405 | 410 | 429) => {
                Ok(Reply::no(status, &format!("lastlook: the registry behind the gate answers {status}")))
            }
            status => Err(format!("it answers with status {status}")),
        }
    }
}

fn tags(registry: &Registry, name: &str) -> String {
    registry.at(&format!("-/package/{}/dist-tags", name.replace('/', "%2f")))
}

fn bytes(body: Out) -> io::Result<Vec<u8>> {
    match body {
        Out::Bytes(bytes) => Ok(bytes),
        Out::File(mut file, len, _) => {
            let mut bytes = Vec::with_capacity(usize::try_from(len).map_err(io::Error::other)? + 1);
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        }
    }
}
