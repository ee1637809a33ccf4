//! A job's identity → a token for one package, where its registry trusts the job.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

use super::secret::Secret;
use super::{Credential, CredentialError, Kind, Vault, header, scrub};
use crate::publish::Registry;
use crate::publish::registry::escaped;

/// An answer's words are cut behind this many signs.
const WORDS: usize = 300;

/// Sends one request without a body, and follows no redirect.
pub trait Ask {
    /// The status and the body, or why there is none. The body has to be bounded.
    ///
    /// # Errors
    /// Why there is no answer.
    fn ask(&self, method: &str, url: &str, authorization: HeaderValue) -> Result<(u16, Vec<u8>), String>;
}

/// Who this job is, to those who trust where it runs.
pub struct Identity {
    service: &'static str,
    way: Way,
}

enum Way {
    /// The token is there.
    Ready(Secret),
    /// It has to be asked for.
    Asked { url: Secret, token: Secret },
}

impl Identity {
    /// The identity that the environment offers, if it does.
    ///
    /// # Errors
    /// When it offers something that can be none.
    pub fn found(vault: &Vault) -> Result<Option<Self>, CredentialError> {
        let services = [("GITHUB_ACTIONS", "GitHub Actions"), ("GITLAB_CI", "GitLab CI"), ("CIRCLECI", "CircleCI")];
        let Some((name, service)) = services.into_iter().find(|(name, _)| vault.plain(name).is_some()) else {
            return Ok(None);
        };
        let secret = |name: &str| {
            let value = vault.variable(name).filter(|value| !value.is_empty());
            value.map(|value| Secret::new(&value, &format!("the variable {name}"))).transpose()
        };
        if let Some(token) = secret("NPM_ID_TOKEN")? {
            return Ok(Some(Self { service, way: Way::Ready(token) }));
        }
        if name != "GITHUB_ACTIONS" {
            return Ok(None);
        }
        let parts = (secret("ACTIONS_ID_TOKEN_REQUEST_URL")?, secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?);
        let (Some(url), Some(token)) = parts else { return Ok(None) };
        Ok(Some(Self { service, way: Way::Asked { url, token } }))
    }

    /// Where it came from, for people.
    #[must_use]
    pub fn source(&self) -> String {
        format!("trusted publishing ({})", self.service)
    }

    /// Has `registry` make a token of it, which is for this package alone.
    ///
    /// # Errors
    /// Why it makes none, and what to do about it.
    pub fn exchange(&self, package: &str, registry: &Registry, ask: &dyn Ask) -> Result<Credential, CredentialError> {
        if !registry.is_private() {
            return Err(CredentialError::Insecure { registry: registry.url() });
        }
        let audience = format!("npm:{}", registry.host());
        let asked;
        let token = match &self.way {
            Way::Ready(token) if is_for(token, &audience) => token,
            Way::Ready(_) => return Err(CredentialError::Audience { audience }),
            Way::Asked { url, token } => {
                asked = identity(url.text(), token, &audience, ask)?;
                &asked
            }
        };
        let failed = |answer: String, advice| {
            let (registry, package) = (registry.url(), package.to_owned());
            CredentialError::Exchange { registry, package, answer, advice }
        };
        let url = registry.at(&format!("-/npm/v1/oidc/token/exchange/package/{}", escaped(package)));
        let (status, body) =
            post(ask, "POST", &url, token).map_err(|answer| failed(answer, "try again, or publish with a token"))?;
        if !matches!(status, 200 | 201) {
            return Err(failed(answer(status, &body, token), advice(status)));
        }
        let made = field(&body, "token");
        let made = made.ok_or_else(|| failed("its answer holds no token".to_owned(), advice(status)))?;
        let source = self.source();
        Credential::bind(Kind::Bearer(Arc::new(Secret::new(&made, "the registry's token")?)), registry, &source)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.service)
    }
}

/// Asks GitHub for the job's identity; nobody else gets the token that this takes.
fn identity(url: &str, token: &Secret, audience: &str, ask: &dyn Ask) -> Result<Secret, CredentialError> {
    let (scheme, rest) = url.split_once("://").ok_or(CredentialError::RequestUrl)?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let origin = Registry::parse(&format!("{scheme}://{authority}/")).map_err(|_| CredentialError::RequestUrl)?;
    if !origin.is_private() || !origin.owns(url) || url.contains('#') {
        return Err(CredentialError::RequestUrl);
    }
    let sign = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{sign}audience={}", escaped(audience));
    let failed = |answer| CredentialError::Identity { answer };
    let (status, body) = post(ask, "GET", &url, token).map_err(failed)?;
    if status != 200 {
        return Err(failed(answer(status, &body, token)));
    }
    let value = field(&body, "value").ok_or_else(|| failed("its answer holds no identity".to_owned()))?;
    Secret::new(&value, "GitHub's answer")
}

/// Sends a request that carries `token`.
fn post(ask: &dyn Ask, method: &str, url: &str, token: &Secret) -> Result<(u16, Zeroizing<Vec<u8>>), String> {
    let authorization = header("Bearer", token).ok_or("the token fits into no header")?;
    let answer = ask.ask(method, url, authorization);
    let (status, body) = answer.map_err(|mut error| {
        scrub::scrub(&mut error, token.text(), false);
        error
    })?;
    Ok((status, Zeroizing::new(body)))
}

/// One text of an answer.
fn field(body: &[u8], name: &str) -> Option<Zeroizing<String>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    match answer.get_mut(name)?.take() {
        Value::String(text) if !text.is_empty() => Some(Zeroizing::new(text)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The status and the words of an answer, in one short line without the token.
fn answer(status: u16, body: &[u8], token: &Secret) -> String {
    let words = field(body, "message").or_else(|| field(body, "error"));
    let mut words = words.map_or_else(|| String::from_utf8_lossy(body).into_owned(), |words| words.to_string());
    scrub::scrub(&mut words, token.text(), false);
    let words: String = words.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(WORDS).collect();
    let words = words.trim();
    if words.is_empty() { format!("it answers {status}") } else { format!("it answers {status}: {words}") }
}

const fn advice(status: u16) -> &'static str {
    match status {
        404 => "set up this workflow as a trusted publisher of the package there, or publish with a token",
        401 | 403 => {
            "see that the repository, the workflow and the environment of its trusted publisher are this job's"
        }
        500.. => "try again later",
        _ => "publish with a token",
    }
}

/// Whether a token that was made before is for this registry: another one could spend it.
fn is_for(token: &Secret, audience: &str) -> bool {
    let claims =
        token.text().split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    let named = claims.as_ref().and_then(|claims| claims.get("aud"));
    let one = |value: &Value| value.as_str() == Some(audience);
    named.is_some_and(|named| one(named) || named.as_array().is_some_and(|all| all.iter().any(one)))
}

#[cfg(test)]
mod tests;
