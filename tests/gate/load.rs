//! Many clients at once: what is clean arrives, nothing else does, and nobody who dawdles stops the others.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::client::{ask, connect, publication};
use crate::desk::{Gate, lastlook};
use crate::make::Dice;
use crate::packages::{clean, package};
use crate::registry::Registry;
use crate::verdaccio::Verdaccio;

/// A package of about so many bytes that no packer makes smaller; one in ten gives its source away.
fn tarball(name: &str, size: usize, dirty: bool, seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut noise = String::with_capacity(size);
    while noise.len() < size {
        // Six bits of chance in each sign: what is packed is about as long as what is meant.
        let chance = dice.next();
        noise.extend((0..10).map(|at| {
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[(chance >> (at * 6) & 63) as usize],
            )
        }));
        noise.push('\n');
    }
    let map = r#"{"version":3,"sources":["a.ts"],"sourcesContent":["// never meant to be shown\n"],"mappings":"AAAA"}"#;
    let mut files = vec![("data.txt", noise.as_str())];
    if dirty {
        files.push(("index.js.map", map));
    }
    package(name, "1.0.0", serde_json::json!({}), &files)
}

fn body(name: &str, size: usize, dirty: bool, seed: u64) -> String {
    publication(name, "1.0.0", &tarball(name, size, dirty, seed)).to_string()
}

/// Has `clients` threads send all bodies, and says how long that took and how each was answered.
fn send(url: &str, tokens: &[String], bodies: &[(String, String)], clients: usize) -> (Duration, Vec<u16>) {
    let next = Mutex::new(0);
    let answers = Mutex::new(vec![0; bodies.len()]);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for client in 0..clients {
            let token = &tokens[client % tokens.len()];
            let (next, answers) = (&next, &answers);
            scope.spawn(move || {
                loop {
                    let number = {
                        let mut next = next.lock().unwrap();
                        *next += 1;
                        *next - 1
                    };
                    let Some((name, body)) = bodies.get(number) else { return };
                    let said = ask(url, "PUT", &format!("/{name}"), Some(token), body.as_bytes());
                    answers.lock().unwrap()[number] = said.status;
                }
            });
        }
    });
    (started.elapsed(), answers.into_inner().unwrap())
}

fn tokens(gate: &Gate, count: usize) -> Vec<String> {
    let state = gate.state().display().to_string();
    let one = |number: usize| {
        let (code, out, err) = lastlook(&["gate", "token", "add", &format!("client-{number}"), "--state", &state]);
        assert_eq!(code, 0, "{err}");
        out.lines().last().unwrap().to_owned()
    };
    (0..count).map(one).collect()
}

/// The most memory that it took so far, in MB.
fn peak(gate: &Gate) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gate.id().as_raw_nonzero())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// `rounds` times: all that is clean arrives, nothing that is dirty does. What the gate took beside the registry alone.
fn rounds(rounds: usize, count: usize, clients: usize, size: usize, compare: bool) {
    let Some(verdaccio) = Verdaccio::start() else { return };
    let gate = Gate::start(verdaccio.url(), verdaccio.token(), "", &[]);
    let tokens = tokens(&gate, clients);
    for round in 0..rounds {
        let dirty = |number: usize| number % 10 == 3;
        let make = |kind: &str| -> Vec<(String, String)> {
            let name = |number: usize| format!("load-{kind}-{round}-{number}");
            (0..count).map(|number| (name(number), body(&name(number), size, dirty(number), number as u64))).collect()
        };
        let (took, answers) = send(&gate.url, &tokens, &make("gate"), clients);
        for (number, status) in answers.iter().enumerate() {
            let there = verdaccio.storage().join(format!("load-gate-{round}-{number}")).exists();
            assert_eq!((*status, there), if dirty(number) { (403, false) } else { (201, true) }, "{number}");
        }
        println!("round {round}: {count} of {size} bytes from {clients} clients in {took:?}; peak {} MB", peak(&gate));
        assert!(peak(&gate) < 512, "{} MB", peak(&gate));
        if compare {
            let (straight, answers) =
                send(verdaccio.url(), &[verdaccio.token().to_owned()], &make("straight"), clients);
            assert!(answers.iter().all(|status| *status == 201), "{answers:?}");
            println!(
                "straight to the registry: {straight:?}, ratio {:.2}",
                straight.as_secs_f64() / took.as_secs_f64()
            );
        }
    }
    assert_eq!(gate.log().iter().filter(|line| line["event"] == "published").count(), rounds * count * 9 / 10);
}

#[test]
fn many_clients_at_once_get_what_is_clean_through() {
    rounds(1, 40, 8, 100_000, false);
}

/// The whole load, which takes a few minutes: `cargo test --release --test gate -- --ignored --nocapture load`.
#[test]
#[ignore = "takes minutes; a command of its own"]
fn load_of_two_hundred_publications_from_thirty_two_clients() {
    rounds(2, 200, 32, 1_000_000, true);
}

#[test]
#[ignore = "takes minutes; a command of its own"]
fn load_of_packages_of_twenty_megabytes() {
    rounds(1, 60, 32, 20_000_000, true);
}

#[test]
fn neither_a_thousand_idle_connections_nor_two_hundred_slow_ones_stop_a_publication() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let mut idle: Vec<TcpStream> = (0..1_000).map(|_| connect(&gate.url)).collect();
    let mut slow: Vec<TcpStream> = (0..200).map(|_| connect(&gate.url)).collect();
    for (number, stream) in slow.iter_mut().enumerate() {
        // A head that does not end, and a body that does not come.
        let head = if number % 2 == 0 {
            "PUT /w HTTP/1.1\r\nhost: here\r\nx: ".to_owned()
        } else {
            let token = &gate.token;
            format!(
                "PUT /w HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n{{"
            )
        };
        stream.write_all(head.as_bytes()).unwrap();
    }
    let other = tokens(&gate, 1).remove(0);
    let started = Instant::now();
    let body = publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
    let said = ask(&gate.url, "PUT", "/w", Some(&other), body.as_bytes());
    assert_eq!((said.status, started.elapsed() < Duration::from_secs(10)), (201, true), "{:?}", started.elapsed());
    for stream in idle.iter_mut().chain(&mut slow) {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

/// The same load as people make it: each publication is npm, from its start to its end.
#[test]
#[ignore = "takes minutes; a command of its own"]
fn load_of_two_hundred_publications_by_npm() {
    let npm =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gate/clients/node_modules/npm11/bin/npm-cli.js");
    let Some(verdaccio) = Verdaccio::start() else { return };
    assert!(npm.exists(), "run npm ci in tests/gate/clients");
    let gate = Gate::start(verdaccio.url(), verdaccio.token(), "", &[]);
    let tokens = tokens(&gate, 32);
    let (count, clients) = (200, 32);
    let dirty = |number: usize| number % 10 == 3;
    let run = |kind: &str, url: &str, tokens: &[String]| {
        let place = tempfile::tempdir().unwrap();
        for (number, token) in tokens.iter().enumerate() {
            let home = place.path().join(format!("home-{number}"));
            std::fs::create_dir(&home).unwrap();
            let key = url.trim_start_matches("http:");
            std::fs::write(home.join(".npmrc"), format!("registry={url}\n{key}:_authToken={token}\n")).unwrap();
        }
        for number in 0..count {
            let name = format!("npm-{kind}-{number}");
            let bytes = tarball(&name, 1_000_000, dirty(number), number as u64);
            std::fs::write(place.path().join(format!("{number}.tgz")), bytes).unwrap();
        }
        let (next, done) = (Mutex::new(0), Mutex::new(vec![false; count]));
        let started = Instant::now();
        std::thread::scope(|scope| {
            for client in 0..clients {
                let (next, done, place, npm) = (&next, &done, place.path(), &npm);
                let home = place.join(format!("home-{}", client % tokens.len()));
                scope.spawn(move || {
                    loop {
                        let number = {
                            let mut next = next.lock().unwrap();
                            *next += 1;
                            *next - 1
                        };
                        if number >= count {
                            return;
                        }
                        let output = std::process::Command::new("node")
                            .arg(npm)
                            .args(["publish", "--ignore-scripts", &format!("{number}.tgz")])
                            .current_dir(place)
                            .env_clear()
                            .envs([("PATH", std::env::var_os("PATH").unwrap()), ("HOME", home.clone().into())])
                            .output()
                            .unwrap();
                        done.lock().unwrap()[number] = output.status.success();
                    }
                });
            }
        });
        (started.elapsed(), done.into_inner().unwrap())
    };
    for round in 0..2 {
        let (took, done) = run(&format!("gate{round}"), &gate.url, &tokens);
        for (number, done) in done.into_iter().enumerate() {
            let there = verdaccio.storage().join(format!("npm-gate{round}-{number}")).exists();
            assert_eq!((done, there), (!dirty(number), !dirty(number)), "{number}");
        }
        let (straight, done) = run(&format!("straight{round}"), verdaccio.url(), &[verdaccio.token().to_owned()]);
        assert!(done.into_iter().all(|done| done));
        println!(
            "npm, round {round}: gate {took:?}, straight {straight:?}, ratio {:.2}; peak {} MB",
            straight.as_secs_f64() / took.as_secs_f64(),
            peak(&gate)
        );
    }
}
