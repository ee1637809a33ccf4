//! Which registry a package goes to, and what the way there is.

use serde_json::json;

use super::*;
use crate::publish::Vault;

/// Settings of a project, and of an environment in which npm says what `npm` prints.
fn settings(project: &str, variables: &[(&str, &str)], npm: Option<&str>) -> Result<Settings, SettingsError> {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("project");
    let bin = place.path().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(folder.join("package.json"), "{}").unwrap();
    std::fs::write(folder.join(".npmrc"), project).unwrap();
    #[cfg(unix)]
    if let Some(text) = npm {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(bin.join("npm"), format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(bin.join("npm"), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (home, path) = (place.path().display().to_string(), format!("{}:/bin:/usr/bin", bin.display()));
    let path = if npm.is_some() { path } else { home.clone() };
    let mut all = vec![("HOME", home.as_str()), ("PATH", path.as_str())];
    all.extend(variables);
    let read = Settings::read(&folder, &Vault::of(&all));
    // npm is asked later.
    std::mem::forget(place);
    read
}

fn chosen(settings: &Settings, asked: Option<&str>, config: &Value) -> Result<(String, bool), String> {
    let config = config.as_object().unwrap().clone();
    let chosen = settings.registry(asked, Some("@acme/w"), &config).map_err(|error| error.to_string())?;
    Ok((chosen.registry.url(), chosen.vouched))
}

#[test]
fn the_nearest_word_counts() {
    let ok = |host: &str, vouched| Ok((format!("https://{host}.example/"), vouched));
    let both = settings("registry=https://r.example\n@acme:registry=https://s.example", &[], None).unwrap();
    let one = settings("registry=https://r.example/", &[], None).unwrap();
    let of_package = json!({ "registry": "https://p.example", "@acme:registry": "https://q.example/" });
    assert_eq!(chosen(&both, Some("https://a.example"), &of_package), ok("a", true));
    assert_eq!(chosen(&both, None, &of_package), ok("q", false));
    assert_eq!(chosen(&both, None, &json!({ "@acme:registry": "https://s.example" })), ok("s", true));
    assert_eq!(chosen(&both, None, &json!({})), ok("s", true));
    assert_eq!(chosen(&both, None, &json!({ "registry": "https://S.example:443" })), ok("s", true));
    assert_eq!(chosen(&one, None, &json!({ "registry": "https://p.example" })), ok("p", false));
    assert_eq!(chosen(&one, None, &json!({ "registry": null })), ok("r", true));
    let config = json!({ "registry": "https://p.example" });
    let error = chosen(&both, None, &config).unwrap_err();
    assert!(
        error.contains("line 2 names the registry https://s.example/") && error.contains("https://p.example/"),
        "{error}"
    );
    assert!(chosen(&one, None, &json!({ "registry": 1 })).is_err());
    assert!(chosen(&one, Some("r.example"), &json!({})).is_err());
}

#[cfg(unix)]
#[test]
fn npm_is_asked_where_no_settings_name_one() {
    let says = "test \"$3\" = registry && echo https://n.example/ || echo undefined; test -z \"$NPM_TOKEN\"";
    let from_npm = settings("", &[("NPM_TOKEN", "hush")], Some(says)).unwrap();
    assert_eq!(chosen(&from_npm, None, &json!({})), Ok(("https://n.example/".to_owned(), true)));
    for (npm, why) in
        [(None, "npm was not found"), (Some("echo undefined"), "npm knows none"), (Some("exit 3"), "exit status: 3")]
    {
        let error = chosen(&settings("", &[], npm).unwrap(), None, &json!({})).unwrap_err();
        assert!(error.contains(why) && error.contains("--registry"), "{error}");
    }
}

#[test]
fn certificates_are_checked_and_proxies_known() {
    assert!(matches!(settings("strict-ssl=false", &[], None), Err(SettingsError::Loose { .. })));
    let registry = Registry::parse("https://r.corp.example/").unwrap();
    let of = |project: &str, variables: &[(&str, &str)]| {
        let settings = settings(project, variables, None).unwrap();
        settings.proxy(&registry).map(|proxy| (proxy.url().to_owned(), format!("{proxy} {proxy:?}")))
    };
    let shown = ("http://u:p@x.example:1".to_owned(), "http://x.example:1 Proxy(http://x.example:1)".to_owned());
    assert_eq!(of("https-proxy=http://u:p@x.example:1", &[]), Some(shown.clone()));
    assert_eq!(of("", &[("https_proxy", "http://u:p@x.example:1")]), Some(shown));
    assert_eq!(of("proxy=false", &[("HTTPS_PROXY", "http://x.example")]), None);
    for list in ["corp.example", ".corp.example, x", "r.corp.example", "*"] {
        assert_eq!(of("", &[("HTTPS_PROXY", "http://x.example"), ("NO_PROXY", list)]), None, "{list}");
    }
    assert!(of("noproxy=orp.example", &[("HTTPS_PROXY", "http://x.example")]).is_some());
    let settings =
        settings("cafile=~/ca.pem\naccess=all\ntag=next", &[("NODE_EXTRA_CA_CERTS", "/x.pem")], None).unwrap();
    assert!(settings.cafile().unwrap().is_absolute() && settings.extra_authorities().is_some());
    assert_eq!(settings.tag(), Some("next"));
    assert!(settings.access().unwrap_err().to_string().contains("access=all"));
}
