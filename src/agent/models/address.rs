//! The url of a service → where its model is asked, if a key may go there.

use std::net::IpAddr;

use ureq::http::Uri;

use super::{Dialect, Settings};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: String,
    pub(super) secure: bool,
    /// Whether it is on this machine.
    pub(super) local: bool,
}

impl Address {
    /// What it says of a wrong url does not repeat it, since a password may be in it.
    pub(super) fn of(settings: &Settings) -> Result<Self, &'static str> {
        let form = "the url of the model must look like https://host or http://127.0.0.1:11434/v1";
        let uri: Uri = settings.url.trim().parse().map_err(|_| form)?;
        let (Some(scheme), Some(host), Some(authority)) = (uri.scheme_str(), uri.host(), uri.authority()) else {
            return Err(form);
        };
        let secure = scheme == "https";
        if authority.as_str().contains('@') || settings.url.contains(['?', '#']) {
            return Err("the url of the model must hold no user and no query; a key is set apart from it");
        }
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        if !(secure || scheme == "http") || host.is_empty() || authority.as_str() != format!("{host}{port}") {
            return Err(form);
        }
        let bare = host.trim_matches(['[', ']']);
        let local = bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|own| own.is_loopback());
        if settings.key.is_some() && !secure && !local {
            return Err("a key goes over https or to this machine alone; use an https url, or set no key");
        }
        let path = uri.path().trim_end_matches('/');
        let tail = match settings.dialect {
            Dialect::Anthropic if path.ends_with("/v1") => "/messages",
            Dialect::Anthropic => "/v1/messages",
            Dialect::Chat => "/chat/completions",
        };
        Ok(Self { url: format!("{scheme}://{host}{port}{path}{tail}"), secure, local })
    }
}
