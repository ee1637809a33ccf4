//! A request → what a registry that works answers to it.

use serde_json::json;

use super::Shared;
use super::http::{Answer, Head};
use super::release::Release;
use super::route::{Call, Route};

fn ok(status: u16) -> Answer {
    Answer::json(status, &json!({ "ok": true, "success": true }))
}

fn not_found() -> Answer {
    Answer::error(404, "Not found")
}

pub fn respond(shared: &Shared, head: &Head, call: &Call, body: &[u8]) -> Answer {
    match call.route {
        Route::Packument | Route::Manifest | Route::Tarball | Route::Tags => read(shared, head, call),
        Route::Publish | Route::Stage => send(shared, head, call, body),
        Route::TagSet | Route::TagRemove => tag(shared, head, call, body),
        Route::StageList
        | Route::StageView
        | Route::StageTarball
        | Route::StageApprove
        | Route::StageReject
        | Route::Whoami => account(shared, head, call),
        Route::Exchange => shared.access.lock().unwrap().exchange(head, &call.name),
        Route::Identity => shared.access.lock().unwrap().identity(head, call),
        Route::Poll => shared.access.lock().unwrap().poll(),
        Route::Ping => Answer::json(200, &json!({})),
        Route::Any | Route::Other => not_found(),
    }
}

fn read(shared: &Shared, head: &Head, call: &Call) -> Answer {
    let name = &call.name;
    // One lock after the other, never one within the other in two orders.
    let known = shared.access.lock().unwrap().knows(head, Some(name));
    let mut store = shared.store.lock().unwrap();
    if store.is_restricted(name) && !known {
        return not_found();
    }
    let answer = match call.route {
        Route::Tarball => store
            .file(name, &call.what)
            .map(|release| Answer::bytes(200, "application/octet-stream", release.tarball.clone())),
        Route::Tags => store.tags(name).map(|tags| Answer::json(200, &json!(tags))),
        Route::Manifest => store.read(&shared.base, name).and_then(|packument| {
            let version = packument["dist-tags"][&call.what].as_str().unwrap_or(&call.what);
            packument["versions"].get(version).map(|manifest| Answer::json(200, manifest))
        }),
        _ => store.read(&shared.base, name).map(|packument| Answer::json(200, &packument)),
    };
    answer.unwrap_or_else(not_found)
}

fn send(shared: &Shared, head: &Head, call: &Call, body: &[u8]) -> Answer {
    if let Some(refusal) = shared.access.lock().unwrap().refusal(&shared.base, head, Some(&call.name)) {
        return refusal;
    }
    let kind = head.header("content-type").unwrap_or_default();
    if kind.split(';').next() != Some("application/json") {
        return Answer::error(415, "the body must be application/json");
    }
    let release = match Release::read(&call.name, body) {
        Ok(release) => release,
        Err(refusal) => return refusal,
    };
    let mut store = shared.store.lock().unwrap();
    let answer = if call.route == Route::Stage {
        store.stage(release).map(|id| Answer::json(201, &json!({ "ok": true, "stageId": id })))
    } else {
        store.publish(release).map(|()| ok(201))
    };
    answer.unwrap_or_else(|refusal| refusal)
}

fn tag(shared: &Shared, head: &Head, call: &Call, body: &[u8]) -> Answer {
    if let Some(refusal) = shared.access.lock().unwrap().refusal(&shared.base, head, Some(&call.name)) {
        return refusal;
    }
    let mut store = shared.store.lock().unwrap();
    match call.route {
        Route::TagSet => store.set_tag(&call.name, &call.what, body),
        _ => store.remove_tag(&call.name, &call.what),
    }
}

/// What only those with a token are told, and what they do to stages.
fn account(shared: &Shared, head: &Head, call: &Call) -> Answer {
    let access = shared.access.lock().unwrap();
    if !access.knows(head, None) {
        return Answer::error(401, "You must be logged in.");
    }
    let mut store = shared.store.lock().unwrap();
    let found = match call.route {
        Route::Whoami => Some(Answer::json(200, &json!({ "username": "tester" }))),
        Route::StageList => {
            let number = |key: &str, usual| call.query(key).and_then(|text| text.parse().ok()).unwrap_or(usual);
            Some(Answer::json(200, &store.list(call.query("package"), number("page", 0), number("perPage", 100))))
        }
        Route::StageView => store.view(&call.what).map(|view| Answer::json(200, &view)),
        Route::StageTarball => {
            store.staged_tarball(&call.what).map(|bytes| Answer::bytes(200, "application/octet-stream", bytes))
        }
        _ => Some(match access.refusal(&shared.base, head, None) {
            Some(refusal) => refusal,
            None if call.route == Route::StageApprove => store.approve(&call.what),
            None => store.reject(&call.what),
        }),
    };
    found.unwrap_or_else(not_found)
}
