//! Settings of a project and a user: which registry, and with what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::desk::{Desk, NAME, VERSION, found};
use crate::packages::{clean, package};
use crate::registry::{Registry, Route};

#[test]
fn a_token_is_found_where_npm_would_find_it() {
    let row = |desk: &Desk, value: &str| {
        format!("registry={}\n{}:_authToken={value}\n", desk.registry.url(), desk.registry.key())
    };
    for place in ["project", "user", "elsewhere", "variable"] {
        let desk = Desk::new();
        let file = desk.write(&clean(NAME, VERSION));
        let run = desk.plain(&["publish"]).arg(file);
        let run = match place {
            "project" => {
                desk.place.write(".npmrc", row(&desk, "${WIDGET_KEY}"));
                run.env("WIDGET_KEY", desk.registry.token())
            }
            "user" => {
                desk.place.write_home(".npmrc", row(&desk, &desk.registry.token()));
                run
            }
            "elsewhere" => {
                let named = desk.place.write_home("other/npmrc", row(&desk, &desk.registry.token()));
                // What the usual file says does not count then.
                desk.place.write_home(".npmrc", row(&desk, "wrong"));
                run.env("NPM_CONFIG_USERCONFIG", named)
            }
            _ => {
                let key = format!("npm_config_{}:_authToken", desk.registry.key());
                run.env(&key, desk.registry.token()).env("npm_config_registry", desk.registry.url())
            }
        };
        let ran = run.run();
        assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{place}: {ran:?}");
        assert_eq!(found(&desk.registry.token(), format!("{}{}", ran.stdout, ran.stderr).as_bytes()), None, "{ran:?}");
        let write = &desk.registry.requests_of(Route::Publish)[0];
        assert_eq!(write.header("authorization"), Some(format!("Bearer {}", desk.registry.token()).as_str()));
    }
}

#[test]
fn a_name_and_a_password_go_as_they_are_written() {
    let pair = STANDARD.encode("tester:pass word");
    for rows in [format!(":_auth={pair}"), format!(":username=tester\nKEY:_password={}", STANDARD.encode("pass word"))]
    {
        let desk = Desk::new();
        let text = format!("KEY{rows}\n").replace("KEY", &desk.registry.key());
        desk.place.write_home(".npmrc", text);
        let file = desk.write(&clean(NAME, VERSION));
        let ran = desk.plain(&["publish", "--registry", &desk.registry.url()]).arg(file).run();
        // The registry knows tokens only; what counts is what it was shown.
        assert_eq!((ran.code, desk.last().as_str()), (Some(2), "refused"), "{ran:?}");
        let write = &desk.registry.requests_of(Route::Publish)[0];
        assert_eq!(write.header("authorization"), Some(format!("Basic {pair}").as_str()));
        assert!(!ran.stderr.contains("pass word") && !ran.stderr.contains(&pair), "{}", ran.stderr);
    }
}

#[test]
fn where_there_is_none_it_is_said_what_is_missing() {
    let desk = Desk::new();
    let file = desk.write(&clean(NAME, VERSION));
    let key = desk.registry.key();
    for (text, says) in [
        (String::new(), format!("in .npmrc as {key}:_authToken=${{NPM_TOKEN}}")),
        (format!("{key}:_authToken=${{NOT_SET}}\n"), "names NOT_SET, which is not set".to_owned()),
        ("_authToken=hush-hush\n".to_owned(), format!("names no registry and is not used; write {key}:_authToken=")),
        ("//127.0.0.1:1/:_authToken=hush-hush\n".to_owned(), "there is no credential for".to_owned()),
    ] {
        desk.place.write_home(".npmrc", &text);
        let ran = desk.plain(&["publish", "--registry", &desk.registry.url()]).arg(&file).run();
        assert!(ran.code == Some(2) && ran.stderr.contains(&says), "{text}: {ran:?}");
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
        assert_eq!((desk.registry.requests().len(), desk.events()), (0, vec![]), "{text}");
    }
    // Looking is free.
    let ran = desk.plain(&["publish", "--dry-run", "--registry", &desk.registry.url()]).arg(&file).run();
    assert!(ran.code == Some(0) && ran.stderr.contains("for which there is no credential here"), "{ran:?}");
}

#[test]
fn two_registries_are_one_too_many() {
    let (desk, other) = (Desk::new(), Registry::start());
    let name = "@acme/widget";
    let extra = json!({ "publishConfig": { "registry": other.url() } });
    let file = desk.write(&package(name, VERSION, extra, &[("a.js", "exports.a = 1;\n")]));
    let key = desk.registry.key();
    let text = format!("@acme:registry={}\n{key}:_authToken={}\n", desk.registry.url(), desk.registry.token());
    desk.place.write_home(".npmrc", text);
    let ran = desk.plain(&["publish"]).arg(&file).run();
    assert!(ran.code == Some(2) && ran.stderr.contains("say --registry with the one you mean"), "{ran:?}");
    assert!(desk.registry.connections().is_empty() && other.connections().is_empty());
    let ran = desk.plain(&["publish", "--registry", &desk.registry.url()]).arg(&file).run();
    assert_eq!((ran.code, desk.registry.versions(name)), (Some(0), vec![VERSION.to_owned()]), "{ran:?}");
    assert!(other.connections().is_empty());
}

#[test]
fn a_package_may_name_its_registry_and_gets_no_token_that_is_not_for_it() {
    let (desk, other) = (Desk::new(), Registry::start());
    let extra = json!({ "publishConfig": { "registry": other.url() } });
    let file = desk.write(&package(NAME, VERSION, extra, &[("a.js", "exports.a = 1;\n")]));
    let token = desk.place.home().join("token");
    let ran = desk.plain(&["publish"]).arg("--token-file").arg(&token).arg(&file).run();
    assert_eq!((ran.code, other.connections().len()), (Some(2), 0), "{ran:?}");
    assert!(ran.stderr.contains(&other.url()) && ran.stderr.contains("--registry"), "{}", ran.stderr);
    // It is for that one where the user says so, or where the settings bind it to that one.
    desk.place.write_home("other", other.token());
    let mine = desk.plain(&["publish", "--registry", &other.url()]);
    let ran = mine.arg("--token-file").arg(desk.place.home().join("other")).arg(&file).run();
    assert_eq!((ran.code, other.versions(NAME).len()), (Some(0), 1), "{ran:?}");
    let extra = json!({ "publishConfig": { "registry": other.url() } });
    let file = desk.write(&package(NAME, "1.0.1", extra, &[("a.js", "exports.a = 1;\n")]));
    desk.place.write_home(".npmrc", format!("{}:_authToken={}\n", other.key(), other.token()));
    let ran = desk.plain(&["publish"]).arg(&file).run();
    assert_eq!((ran.code, other.versions(NAME).len()), (Some(0), 2), "{ran:?}");
    assert!(ran.stderr.contains("named by publishConfig of the package"), "{}", ran.stderr);
    assert!(desk.registry.connections().is_empty());
}

#[test]
fn a_registry_that_could_be_listened_to_gets_nothing() {
    let desk = Desk::new();
    let file = desk.write(&clean(NAME, VERSION));
    let token = desk.place.home().join("token");
    for (url, says) in [
        ("http://192.0.2.1/", "http://192.0.2.1/"),
        ("https://me:hush@192.0.2.1/", "carries a user or a password"),
        ("192.0.2.1", "is no address of a registry; write it as https://HOST/"),
        ("https://192.0.2.1/?x=y", "is no address of a registry"),
    ] {
        let run = desk.plain(&["publish", "--registry", url]).arg("--token-file").arg(&token).arg(&file);
        let ran = desk.told_nobody(run.run());
        assert!(ran.code == Some(2) && ran.stderr.contains(says) && !ran.stderr.contains("hush"), "{url}: {ran:?}");
        assert_eq!(desk.events(), [""; 0]);
    }
    desk.place.write(".npmrc", "strict-ssl=false\n");
    let ran = desk.told_nobody(desk.publishing(&[]).run());
    assert!(ran.code == Some(2) && ran.stderr.contains("turns off the check of certificates"), "{ran:?}");
    assert!(desk.registry.connections().is_empty());
}
