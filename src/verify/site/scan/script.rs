//! A script → the files that it loads, or may load.

use super::{Link, Names, Scanner, Sort, Sure, sort, unescaped};

impl Scanner {
    /// What a script names. What it says of chunks is read besides (see `Chunks`).
    pub(in crate::verify::site) fn script(&self, text: &str, names: &mut Names) {
        let text = &*unescaped(text);
        for name in self.import.captures_iter(text).filter_map(|found| found.get(1)) {
            let sure = if in_comment(text, name.start()) { Sure::Perhaps } else { Sure::Here };
            match sort(name.as_str()) {
                Some(Sort::Json | Sort::Page) => {}
                Some(found) => names.link(Link::new(name.as_str(), found, plausible(name.as_str(), sure))),
                // Types in comments have no ending, and what a bundler left behind has none.
                None => names.link(Link::new(name.as_str(), Sort::Script, Sure::Perhaps)),
            }
        }
        for name in self.bare.captures_iter(text).filter_map(|found| found.get(1)) {
            names.bare.insert(name.as_str().to_owned());
        }
        for found in self.worker.captures_iter(text) {
            let Some(name) = found.get(2) else { continue };
            // Beside an address, it is relative to that: the script's own, mostly.
            let sure = if found.get(1).is_some() { Sure::Here } else { Sure::OnPage };
            names.link(Link::new(name.as_str(), Sort::Script, plausible(name.as_str(), sure)));
        }
        for list in self.scripts.captures_iter(text).filter_map(|found| found.get(1)) {
            quoted(list.as_str()).for_each(|name| {
                names.link(Link::new(name, Sort::Script, plausible(name, Sure::OnPage)));
            });
        }
        for name in self.beside.captures_iter(text).filter_map(|found| found.get(1)) {
            // A worker, a module or a picture: the name alone tells.
            if let Some(sort @ (Sort::Script | Sort::Style | Sort::Wasm)) = sort(name.as_str()) {
                names.link(Link::new(name.as_str(), sort, Sure::Here));
            }
        }
        for list in self.amd.captures_iter(text).filter_map(|found| found.get(1)) {
            for name in quoted(list.as_str()).filter(|name| name.starts_with("./") || name.starts_with("../")) {
                let file = if sort(name).is_some() { name.to_owned() } else { format!("{name}.js") };
                names.link(Link::new(&file, Sort::Script, Sure::Perhaps));
            }
        }
        if text.contains("precache") || text.contains("addAll") {
            for found in self.cached.captures_iter(text) {
                let lists = found.get(2).into_iter().flat_map(|list| quoted(list.as_str()));
                for name in found.get(1).map(|name| name.as_str()).into_iter().chain(lists) {
                    names.link(Link::new(name, sort(name).unwrap_or(Sort::Page), Sure::Perhaps));
                }
            }
        }
        for name in self.named.captures_iter(text).filter_map(|found| found.get(1)).map(|found| found.as_str()) {
            // What code puts behind the question mark is not known.
            let name = if name.contains("${") || name.ends_with(['=', '?', '&']) {
                name.split('?').next().unwrap_or(name)
            } else {
                name
            };
            // A name that ends alone is one that code puts together.
            if let (Some(sort), false) = (sort(name), name.starts_with(".js") || name.contains("//") && !remote(name)) {
                names.link(Link::new(name, sort, Sure::Perhaps));
            }
        }
    }
}

fn remote(name: &str) -> bool {
    name.starts_with("https://") || name.starts_with("http://") || name.starts_with("//")
}

/// The texts in a list.
fn quoted(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter_map(|part| {
        let part = part.trim();
        let quote = part.chars().next().filter(|quote| "\"'`".contains(*quote))?;
        let inner = part.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.is_empty() && !inner.contains(['\\', '$', '\n', quote])).then_some(inner)
    })
}

/// What stands between the quotes of two texts is no name.
pub(super) fn plausible(name: &str, sure: Sure) -> Sure {
    if name.contains(['(', ')', '{', '}', '<', '>']) || name.starts_with('+') || name.ends_with('+') {
        Sure::Perhaps
    } else {
        sure
    }
}

/// Whether the line begins as comments do, which name types of modules that nobody loads.
fn in_comment(text: &str, at: usize) -> bool {
    let from = text.floor_char_boundary(at.saturating_sub(300));
    let line = text.get(from..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default().trim_start();
    line.starts_with('*') || line.starts_with("//") || line.starts_with("/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_what_it_loads() {
        let scanner = Scanner::new().unwrap();
        let text = r#"import{a}from"./a-1.js";import"../b.js";const x=()=>import(/* c */ './c.js');
            new Worker(new URL("w-2.js",import.meta.url));navigator.serviceWorker.register('/sw.js');importScripts("/i");
            const d=["assets/lazy-3.js","assets/lazy-3.css"];"react";"x/y.png";self.f.push([1,"a:\"static/chunks/9-f.js\""])"#;
        let mut found = Names::default();
        scanner.script(text, &mut found);
        let mut links: Vec<(String, Sure)> = found.links.into_iter().map(|link| (link.reference, link.sure)).collect();
        links.sort();
        links.dedup_by(|a, b| a.0 == b.0);
        let names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "../b.js",
                "./a-1.js",
                "./c.js",
                "/i",
                "/sw.js",
                "assets/lazy-3.css",
                "assets/lazy-3.js",
                "static/chunks/9-f.js",
                "w-2.js"
            ]
        );
    }
}
