//! Who may do what: tokens, one-time passwords, and the identity of a build.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::http::{Answer, Head};
use super::route::Call;

/// Which one-time password is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otp {
    /// One that a person reads off a device.
    Code(String),
    /// One that a person gets in a browser. It is waited for so many times, so many seconds each.
    Web { polls: usize, retry_after: u64 },
}

/// What is known of those who ask.
pub struct Access {
    /// May write everything.
    pub token: String,
    /// What the build service wants before it says who a build is.
    pub request_token: String,
    pub otp: Option<Otp>,
    /// Whom identities must be meant for.
    pub audience: String,
    /// The tokens that builds were given, and the one package that each may write.
    issued: BTreeMap<String, String>,
    polled: usize,
}

impl Access {
    pub fn new(port: u16) -> Self {
        Self {
            // Of no form that a rule knows, so that only who knows it finds it.
            token: made_up("", port, "token"),
            request_token: made_up("", port, "request"),
            otp: None,
            audience: "npm:127.0.0.1".to_owned(),
            issued: BTreeMap::new(),
            polled: 0,
        }
    }

    /// Whether the request carries a token for the package; `None` for what belongs to no package.
    pub fn knows(&self, head: &Head, name: Option<&str>) -> bool {
        head.bearer().is_some_and(|token| {
            token == self.token || self.issued.get(token).is_some_and(|package| name.is_none_or(|name| name == package))
        })
    }

    /// What a write is refused with.
    pub fn refusal(&self, base: &str, head: &Head, name: Option<&str>) -> Option<Answer> {
        if !self.knows(head, name) {
            return Some(Answer::error(401, "You must be logged in to publish packages."));
        }
        let otp = self.otp.as_ref()?;
        // Whoever is a build needs none.
        if head.bearer() != Some(self.token.as_str()) || head.header("npm-otp") == Some(self.code(otp).as_str()) {
            return None;
        }
        Some(match otp {
            Otp::Code(_) => Answer::otp(),
            Otp::Web { .. } => Answer::web_otp(&format!("{base}/auth/cli/1"), &format!("{base}/-/v1/done?authId=1")),
        })
    }

    fn code(&self, otp: &Otp) -> String {
        match otp {
            Otp::Code(code) => code.clone(),
            Otp::Web { .. } => format!("web-{}", &self.request_token),
        }
    }

    /// What is said to whoever waits for a person in a browser.
    pub fn poll(&mut self) -> Answer {
        match &self.otp {
            Some(Otp::Web { polls, retry_after }) if self.polled < *polls => {
                self.polled += 1;
                Answer::json(202, &json!({})).header("retry-after", &retry_after.to_string())
            }
            Some(otp @ Otp::Web { .. }) => Answer::json(200, &json!({ "token": self.code(otp) })),
            Some(Otp::Code(_)) | None => Answer::error(404, "Not found"),
        }
    }

    /// What the build service says of a build, to whoever carries its token.
    pub fn identity(&self, head: &Head, call: &Call) -> Answer {
        if head.bearer() != Some(self.request_token.as_str()) {
            return Answer::json(401, &json!({ "message": "Unauthorized" }));
        }
        let audience = call.query("audience").unwrap_or("https://example.invalid");
        Answer::json(200, &json!({ "count": 1, "value": id_token(audience) }))
    }

    /// A token for one package, for an identity that is meant for this registry.
    pub fn exchange(&mut self, head: &Head, name: &str) -> Answer {
        let claims = head.bearer().and_then(claims);
        if claims.is_none_or(|claims| claims["aud"] != self.audience.as_str()) {
            return Answer::json(401, &json!({ "message": "the identity is not meant for this registry" }));
        }
        let token = made_up("npm_", self.issued.len() as u16, name);
        self.issued.insert(token.clone(), name.to_owned());
        Answer::json(201, &json!({ "token_type": "oidc", "token": token, "expires": "2099-01-01T00:00:00.000Z" }))
    }

    /// The tokens that builds were given.
    pub fn issued(&self) -> Vec<String> {
        self.issued.keys().cloned().collect()
    }
}

/// An identity as a build service makes it, but signed by nobody.
pub fn id_token(audience: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": "test" });
    let claims = json!({
        "aud": audience, "iss": "https://token.example.invalid", "sub": "repo:acme/widget:ref:refs/heads/main",
        "repository": "acme/widget", "repository_visibility": "public", "exp": 4_102_444_800_u64,
    });
    format!("{}.{}.{}", part(&head), part(&claims), URL_SAFE_NO_PAD.encode("signed by nobody"))
}

fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// 36 letters and digits that look like chance and stand nowhere else, so that a search for them finds only leaks.
fn made_up(prefix: &str, number: u16, word: &str) -> String {
    use sha2::Digest as _;
    let seed = format!("{number} {word} {}", std::process::id());
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let text: String = sha2::Sha512::digest(seed.as_bytes())
        .iter()
        .take(36)
        .map(|byte| char::from(letters[usize::from(*byte) % letters.len()]))
        .collect();
    format!("{prefix}{text}")
}
