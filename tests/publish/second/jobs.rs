//! What a build is trusted with: a token for one package, made of its identity.

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::clean;
use crate::registry::{Answer, Fault, Registry, Route, Which, id_token};
use crate::run::{Ran, Run};

/// Without the token of the desk.
fn publishing(desk: &Desk, names: &[&str]) -> Run {
    let mut run = desk.plain(&["publish", "--registry", &desk.registry.url()]);
    for (number, name) in names.iter().enumerate() {
        run = run.arg(desk.place.write(&format!("{number}.tgz"), clean(name, VERSION)));
    }
    run
}

fn on_github(desk: &Desk, run: Run) -> Run {
    let run = run.env("GITHUB_ACTIONS", "true").env("ACTIONS_ID_TOKEN_REQUEST_URL", desk.registry.identity_url());
    run.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", desk.registry.request_token())
}

#[track_caller]
fn told(desk: &Desk, ran: Ran) -> Ran {
    for secret in desk.registry.issued().into_iter().chain([desk.registry.request_token()]) {
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&secret), "{ran:?}");
    }
    desk.told_nobody(ran)
}

fn carried(desk: &Desk, route: Route) -> Vec<(String, String)> {
    let requests = desk.registry.requests_of(route).into_iter();
    requests
        .map(|request| {
            let bearer = request.header("authorization").unwrap_or_default().trim_start_matches("Bearer ").to_owned();
            (request.target, bearer)
        })
        .collect()
}

#[test]
fn a_job_of_github_asks_for_its_identity_and_exchanges_it_for_each_package() {
    let desk = Desk::new();
    let ran = told(&desk, on_github(&desk, publishing(&desk, &[NAME, "@acme/widget"])).run());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("by trusted publishing (GitHub Actions)"), "{}", ran.stderr);
    let identity = ("/identity?api-version=2.0&audience=npm%3a127.0.0.1".to_owned(), desk.registry.request_token());
    assert_eq!(carried(&desk, Route::Identity), [identity.clone(), identity]);
    let own = id_token("npm:127.0.0.1");
    let exchange = |name: &str| (format!("/-/npm/v1/oidc/token/exchange/package/{name}"), own.clone());
    assert_eq!(carried(&desk, Route::Exchange), [exchange(NAME), exchange("@acme%2fwidget")]);
    // Each of the tokens is for one package, and the registry takes none for another.
    let (writes, issued) = (carried(&desk, Route::Publish), desk.registry.issued());
    assert!(issued.len() == 2 && writes.len() == 2 && writes[0].1 != writes[1].1, "{writes:?}");
    assert!(writes.iter().all(|(_, token)| issued.contains(token)), "{writes:?}");
    for request in desk.registry.requests_of(Route::Exchange) {
        assert_eq!(
            (request.method.as_str(), request.body.len(), request.header("content-length")),
            ("POST", 0, Some("0"))
        );
    }
}

#[test]
fn a_job_elsewhere_brings_its_identity_along() {
    for (service, words) in [("GITLAB_CI", "GitLab CI"), ("CIRCLECI", "CircleCI"), ("GITHUB_ACTIONS", "GitHub Actions")]
    {
        let desk = Desk::new();
        let run = publishing(&desk, &[NAME]).env(service, "true").env("NPM_ID_TOKEN", id_token("npm:127.0.0.1"));
        let ran = told(&desk, run.run());
        assert!(ran.code == Some(0) && ran.stderr.contains(&format!("by trusted publishing ({words})")), "{ran:?}");
        assert_eq!((desk.registry.count(Route::Identity), desk.registry.count(Route::Exchange)), (0, 1));
    }
    // Somebody else could spend an identity that is meant for others.
    let desk = Desk::new();
    let run =
        publishing(&desk, &[NAME]).env("GITLAB_CI", "true").env("NPM_ID_TOKEN", id_token("npm:elsewhere.invalid"));
    let ran = told(&desk, run.run());
    assert_eq!((ran.code, desk.registry.count(Route::Exchange), desk.writes()), (Some(2), 0, 0), "{ran:?}");
    assert!(ran.stderr.contains("npm:127.0.0.1"), "{}", ran.stderr);
    // Outside of a job, it is nothing.
    let run = publishing(&desk, &[NAME]).env("NPM_ID_TOKEN", id_token("npm:127.0.0.1"));
    let ran = told(&desk, run.run());
    assert!(ran.code == Some(2) && ran.stderr.contains("there is no credential for"), "{ran:?}");
    assert_eq!(desk.registry.requests().len(), 0);
}

#[test]
fn where_nobody_is_trusted_the_settings_count() {
    let echo = |status| Fault::Answer(Answer::json(status, &serde_json::json!({ "message": "no such publisher" })));
    for (route, status, advice) in [
        (Route::Exchange, 404, "set up this workflow as a trusted publisher"),
        (Route::Exchange, 401, "see that the repository, the workflow and the environment"),
        (Route::Exchange, 503, "try again later"),
        (Route::Identity, 403, "no such publisher"),
    ] {
        let desk = Desk::new();
        desk.registry.fault(route, Which::Every, echo(status));
        let ran = told(&desk, on_github(&desk, publishing(&desk, &[NAME])).run());
        assert!(ran.code == Some(2) && ran.stderr.contains(advice), "{route:?} {status}: {ran:?}");
        assert_eq!((desk.writes(), desk.events()), (0, vec![]));
        let row = format!("{}:_authToken=${{WIDGET_KEY}}\n", desk.registry.key());
        desk.place.write(".npmrc", row);
        let run = on_github(&desk, publishing(&desk, &[NAME])).env("WIDGET_KEY", desk.registry.token());
        let ran = told(&desk, run.run());
        assert!(ran.code == Some(0) && ran.stderr.contains("not by trusted publishing"), "{ran:?}");
        assert_eq!(carried(&desk, Route::Publish)[0].1, desk.registry.token());
    }
}

#[test]
fn a_token_that_is_given_goes_before_an_identity() {
    let desk = Desk::new();
    let run = publishing(&desk, &[NAME]).arg("--token-file").arg(desk.place.home().join("token"));
    let ran = told(&desk, on_github(&desk, run).run());
    assert_eq!((ran.code, carried(&desk, Route::Publish)[0].1.as_str()), (Some(0), desk.registry.token().as_str()));
    assert_eq!(desk.registry.count(Route::Identity) + desk.registry.count(Route::Exchange), 0);
}

#[test]
fn an_identity_goes_nowhere_else() {
    let (desk, other) = (Desk::new(), Registry::start());
    for route in [Route::Identity, Route::Exchange] {
        desk.registry.heal();
        desk.registry.fault(route, Which::Every, Fault::Answer(Answer::redirect(&other.identity_url())));
        let ran = told(&desk, on_github(&desk, publishing(&desk, &[NAME])).run());
        assert_eq!((ran.code, desk.writes(), other.connections()), (Some(2), 0, vec![]), "{route:?}: {ran:?}");
    }
    desk.registry.heal();
    for url in ["http://192.0.2.7/identity?a=b", "ftp://x/", "", "https://a@b/"] {
        let run = on_github(&desk, publishing(&desk, &[NAME])).env("ACTIONS_ID_TOKEN_REQUEST_URL", url);
        let ran = told(&desk, run.run());
        assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{url}: {ran:?}");
    }
}
