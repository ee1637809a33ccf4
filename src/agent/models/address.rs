//! The url of a service → where its model is asked, if a key may go there.

use std::net::IpAddr;

use ureq::http::Uri;

use super::{Dialect, Settings};

/// A host that something is sent to.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::agent) struct Spot {
    /// Its scheme, its name and its port.
    pub(in crate::agent) base: String,
    /// Whether nobody on the way can read what goes there.
    pub(in crate::agent) secure: bool,
    /// Whether it is on this machine.
    pub(in crate::agent) local: bool,
    /// Whether it is named alone, without a user.
    pub(in crate::agent) plain: bool,
}

impl Spot {
    /// The host of `uri`, where that is http or https and has one.
    pub(in crate::agent) fn of(uri: &Uri) -> Option<Self> {
        let (scheme, host, authority) = (uri.scheme_str()?, uri.host()?, uri.authority()?);
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let bare = host.trim_matches(['[', ']']);
        let local = bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|own| own.is_loopback());
        let plain = !host.is_empty() && authority.as_str() == format!("{host}{port}");
        let secure = scheme == "https";
        (secure || scheme == "http").then(|| Self { base: format!("{scheme}://{host}{port}"), secure, local, plain })
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: String,
    pub(super) spot: Spot,
}

impl Address {
    /// What it says of a wrong url does not repeat it, since a password may be in it.
    pub(super) fn of(settings: &Settings) -> Result<Self, &'static str> {
        let form = "the url of the model must look like https://host or http://127.0.0.1:11434/v1";
        let uri: Uri = settings.url.trim().parse().map_err(|_| form)?;
        let authority = uri.scheme_str().and(uri.authority()).ok_or(form)?;
        if authority.as_str().contains('@') || settings.url.contains(['?', '#']) {
            return Err("the url of the model must hold no user and no query; a key is set apart from it");
        }
        let spot = Spot::of(&uri).filter(|spot| spot.plain).ok_or(form)?;
        if settings.key.is_some() && !spot.secure && !spot.local {
            return Err("a key goes over https or to this machine alone; use an https url, or set no key");
        }
        let path = uri.path().trim_end_matches('/');
        let tail = match settings.dialect {
            Dialect::Anthropic if path.ends_with("/v1") => "/messages",
            Dialect::Anthropic => "/v1/messages",
            Dialect::Chat => "/chat/completions",
        };
        Ok(Self { url: format!("{}{path}{tail}", spot.base), spot })
    }
}
